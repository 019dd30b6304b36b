//! The report for eyes.
//!
//! Nodes and objects first, then what fails with where it stands and how to mend it, then what could not be
//! evaluated, then a line for each of the rest, and a verdict at the end, where eyes are.

pub(crate) mod attack;
mod benchmark;
mod finding;
mod header;
pub(crate) mod page;

use std::io;

use anstyle::Style;
use merlon_model::{
    Action, Component, Finding, InventoryReport, JustificationProblem, Outcome, Report, Severity,
};

use crate::{Options, RenderError, order, scope, view};
use page::Page;

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let mut page = Page::new(out, options);
    let title = format!("{}{}{}", report.tool, page.separator(), report.taken_at);
    page.heading(&title)?;
    for node in &report.nodes {
        header::node(&mut page, node)?;
    }
    for inventory in &report.inventories {
        header::inventory(&mut page, inventory)?;
    }
    if let Some(why) = scope::nothing_judged(report)
        && !options.verbose
    {
        return Ok(nothing_here(&mut page, report, why)?);
    }
    benchmark::sections(&mut page, report)?;
    finding::failing(&mut page, report)?;
    finding::errors(&mut page, report)?;
    if options.verbose {
        for outcome in OTHERS {
            finding::others(&mut page, report, outcome)?;
        }
    } else {
        not_shown(&mut page, report)?;
    }
    justification_notes(&mut page, report)?;
    benchmark::summary(&mut page, report)?;
    Ok(verdict(&mut page, report)?)
}

/// The outcomes that want no attention at first sight.
const OTHERS: [Outcome; 4] =
    [Outcome::Manual, Outcome::Justified, Outcome::NotApplicable, Outcome::Pass];

fn nothing_here(page: &mut Page<'_, impl io::Write>, report: &Report, why: &str) -> io::Result<()> {
    page.blank()?;
    page.heading(why)?;
    if report.nodes.is_empty() {
        if report.inventories.iter().any(|inventory| !inventory.gaps.is_empty()) {
            page.words(0, "What could not be seen is listed above.")?;
        }
        page.words(
            0,
            "Name manifests, Helm charts or kustomizations, --cluster for the kubeconfig's cluster, \
             --node for this host, or --snapshot for a file of facts.",
        )?;
        return Ok(());
    }
    let looked_for: Vec<&str> = Component::ALL.into_iter().map(Component::as_str).collect();
    page.words(
        0,
        &format!(
            "Looked for processes, static pods, services and configuration files of {}.",
            looked_for.join(", ")
        ),
    )?;
    page.words(
        0,
        "If Kubernetes should be here, run as root on the node itself, not in a container.",
    )
}

fn justification_notes(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    if report.justification_notes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.heading("Justifications that need care")?;
    for note in &report.justification_notes {
        let problem = match note.problem {
            JustificationProblem::Expired => "expired",
            JustificationProblem::Unused => "unused",
            JustificationProblem::Expiring => "expiring",
            JustificationProblem::NotUnderstood => "unreadable",
        };
        page.field(
            2,
            problem,
            &format!("{}: {} ({})", note.subject, note.message, note.written_in),
        )?;
    }
    Ok(())
}

fn verdict(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    page.blank()?;
    let style = if report.summary.get(Outcome::Fail) > 0 {
        page::outcome_style(Outcome::Fail)
    } else if report.summary.get(Outcome::Error) > 0 {
        page::outcome_style(Outcome::Error)
    } else {
        page::outcome_style(Outcome::Pass)
    };
    let text = verdict_text(report);
    page.paragraph(0, "Verdict: ", style, &text, Style::new().bold())?;
    if let Some(attack) = &report.attack {
        attack::summary(page, report, attack)?;
    }
    if let Some((new, known, gone)) = view::against_baseline(report) {
        let text = format!("{new} new, {known} known, {gone} gone");
        page.paragraph(0, "Baseline: ", Style::new(), &text, Style::new())?;
    }
    if let Some(next) = next_step(page, report) {
        page.paragraph(0, "Next: ", Style::new(), &next, Style::new())?;
    }
    Ok(())
}

/// `37 findings, 12 root causes: 3 critical, 34 high; 1 could not be evaluated; 51 pass on 1 node`
fn verdict_text(report: &Report) -> String {
    let fails = report.summary.get(Outcome::Fail);
    let failing = if fails == 0 {
        "nothing fails".to_owned()
    } else {
        let causes = match report.causes {
            0 => String::new(),
            causes if causes == fails => String::new(),
            causes => format!(", {}", view::count(causes, "root cause")),
        };
        let severities: Vec<String> =
            Severity::ALL.into_iter().rev().filter_map(|s| failing_of(report, s)).collect();
        format!("{}{causes}: {}", view::count(fails, "finding"), severities.join(", "))
    };
    let errors = match report.summary.get(Outcome::Error) {
        0 => String::new(),
        errors => format!("; {errors} could not be evaluated"),
    };
    let passes = view::counts(&report.findings).get(Outcome::Pass);
    let place = if report.inventories.is_empty() { "on" } else { "in" };
    format!("{failing}{errors}; {passes} pass {place} {}", scope::extent(report))
}

/// One line for each of the outcomes whose findings are not shown.
fn not_shown(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    let counts = view::counts(&report.findings);
    if OTHERS.into_iter().all(|outcome| counts.get(outcome) == 0) {
        return Ok(());
    }
    page.blank()?;
    page.heading("Not shown without --verbose")?;
    for outcome in OTHERS {
        let number = counts.get(outcome);
        let meaning = match outcome {
            Outcome::Manual => "to be judged by a person",
            Outcome::Justified => "failing, and accepted by somebody",
            Outcome::NotApplicable => "about what is not here",
            _ => "as asked",
        };
        if number > 0 {
            let label = format!("{outcome:16}");
            let text = format!("{number} {meaning}");
            page.paragraph(2, &label, page::outcome_style(outcome), &text, Style::new())?;
        }
    }
    Ok(())
}

fn failing_of(report: &Report, severity: Severity) -> Option<String> {
    let fails = |f: &&Finding| f.outcome == Outcome::Fail && f.severity == severity;
    let number = report.findings.iter().filter(fails).count();
    (number > 0).then(|| format!("{number} {severity}"))
}

fn next_step(page: &Page<'_, impl io::Write>, report: &Report) -> Option<String> {
    let mut steps = Vec::new();
    if let Some(worst) = order::alike(report, Outcome::Fail).first() {
        let control = &worst.finding.control;
        steps.push(format!("`merlon explain {control}` tells more about the worst finding"));
        steps.push(match manifests_to_fix(report) {
            Some(path) => format!("`merlon fix {path}` shows the changes"),
            None => "`merlon fix` plans the changes".to_owned(),
        });
        if report.attack.as_ref().is_some_and(|attack| !attack.routes.is_empty()) {
            steps.push(match manifests_to_fix(report) {
                Some(path) => format!("`merlon paths {path}` tells the ways step by step"),
                None => "`merlon paths`, on the same, tells the ways step by step".to_owned(),
            });
        }
    } else if let Some(error) = report.findings.iter().find(|f| f.outcome == Outcome::Error) {
        steps.push(see_more(report, error).to_owned());
    }
    if !page.options.verbose && !report.findings.is_empty() {
        steps.push("--verbose shows every outcome with its evidence".to_owned());
    }
    (!steps.is_empty()).then(|| steps.join("; "))
}

/// The path of the first manifests that a change mends, if a shell takes it as it is.
fn manifests_to_fix(report: &Report) -> Option<&str> {
    let edits = |finding: &&Finding| {
        finding.outcome == Outcome::Fail
            && finding
                .actions
                .iter()
                .any(|action| matches!(action, Action::EditObject { manifest: Some(_), .. }))
    };
    let path = report.findings.iter().find(edits)?.scope.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    (!path.starts_with('-') && !path.is_empty() && path.chars().all(plain)).then_some(path)
}

/// What to do so that what could not be evaluated can be.
fn see_more(report: &Report, error: &Finding) -> &'static str {
    match report.inventories.iter().find(|inventory| inventory.name == error.scope) {
        None => "scan as root, so that everything can be seen",
        Some(InventoryReport { server: None, .. }) => "mend what could not be read, and scan again",
        Some(_) => "let the account read what could not be seen, and scan again",
    }
}
