//! The report for eyes.
//!
//! Nodes first, then what fails with where it stands and how to mend it, then what could not be
//! evaluated, then a line for each of the rest, and a verdict at the end, where eyes are.

mod benchmark;
mod finding;
mod page;

use std::io;

use anstyle::Style;
use merlon_model::{
    Component, ComponentReport, JustificationProblem, NodeReport, Outcome, Report, Severity,
};

use crate::{Options, RenderError, order, view};
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
        node_header(&mut page, node)?;
    }
    if view::is_without_kubernetes(report) && !options.verbose {
        return Ok(nothing_here(&mut page, report)?);
    }
    if report.nodes.iter().any(|node| node.benchmark.is_some()) {
        benchmark::sections(&mut page, report)?;
    }
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

fn node_header(page: &mut Page<'_, impl io::Write>, node: &NodeReport) -> io::Result<()> {
    page.blank()?;
    page.heading(&node.name)?;
    page.field(2, "platform", &platform(page, node))?;
    if !node.roles.is_empty() {
        let roles: Vec<&str> = node.roles.iter().map(|role| role.as_str()).collect();
        page.field(2, "roles", &roles.join(", "))?;
    }
    page.field(2, "runs", &components(node))?;
    if let Some(benchmark) = &node.benchmark {
        page.field(2, "benchmark", &format!("{} ({})", benchmark.name, benchmark.why))?;
    }
    if let Some(problem) = &node.benchmark_problem {
        page.field(2, "benchmark", &format!("none: {problem}"))?;
    }
    gaps(page, &node.gaps)
}

/// The distribution with what gave it away, and the release of Kubernetes.
fn platform(page: &Page<'_, impl io::Write>, node: &NodeReport) -> String {
    let distribution = node.distribution.as_deref().unwrap_or("no distribution recognised");
    let separator = page.separator();
    let mut text = match &node.kubernetes_version {
        Some(version) => format!("{distribution}{separator}Kubernetes {version}"),
        None => format!("{distribution}{separator}release of Kubernetes not known"),
    };
    let shown = if page.options.verbose { usize::MAX } else { 1 };
    let evidence: Vec<String> =
        node.distribution_evidence.iter().take(shown).map(view::evidence_line).collect();
    if !evidence.is_empty() {
        text.push_str(&format!(" ({})", evidence.join("; ")));
    }
    text
}

fn components(node: &NodeReport) -> String {
    if node.components.is_empty() {
        return "no component of Kubernetes".to_owned();
    }
    let names: Vec<String> = node.components.iter().map(component).collect();
    names.join(", ")
}

fn component(component: &ComponentReport) -> String {
    let mut text = component.name.clone();
    if let Some(version) = &component.version {
        text.push_str(&format!(" {version}"));
    }
    match component.pid {
        Some(pid) => text.push_str(&format!(" (pid {pid})")),
        None => text.push_str(" (not running)"),
    }
    text
}

/// Gaps to show before they are only counted.
const GAPS_SHOWN: usize = 3;

fn gaps(page: &mut Page<'_, impl io::Write>, gaps: &[String]) -> io::Result<()> {
    let all = page.options.verbose || gaps.len() <= GAPS_SHOWN;
    let shown = if all { gaps.len() } else { GAPS_SHOWN - 1 };
    for gap in &gaps[..shown] {
        page.field(2, "not seen", gap)?;
    }
    if !all {
        let more = gaps.len() - shown;
        page.field(2, "not seen", &format!("and {more} more (--verbose lists them)"))?;
    }
    Ok(())
}

fn nothing_here(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    page.blank()?;
    if report.nodes.is_empty() {
        return page.heading("The report has no node, so nothing was judged.");
    }
    let looked_for: Vec<&str> = Component::ALL.into_iter().map(Component::as_str).collect();
    page.heading("Nothing of Kubernetes was found here, so nothing was judged.")?;
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
    let nodes = view::count(report.nodes.len(), "node");
    let text = format!("{} on {nodes}", verdict_counts(report));
    page.paragraph(0, "Verdict: ", style, &text, Style::new().bold())?;
    if let Some(next) = next_step(page, report) {
        page.paragraph(0, "Next: ", Style::new(), &next, Style::new())?;
    }
    Ok(())
}

fn verdict_counts(report: &Report) -> String {
    let counted = |outcome, words: &str| {
        let number = report.summary.get(outcome);
        (number > 0).then(|| format!("{number} {words}"))
    };
    let fails = counted(Outcome::Fail, "fail").map(|fails| {
        let severities: Vec<String> =
            Severity::ALL.into_iter().rev().filter_map(|s| failing_of(report, s)).collect();
        format!("{fails} ({})", severities.join(", "))
    });
    let parts = [
        Some(fails.unwrap_or_else(|| "nothing fails".to_owned())),
        counted(Outcome::Error, "could not be evaluated"),
        Some(format!("{} pass", report.summary.get(Outcome::Pass))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// One line for each of the outcomes whose findings are not shown.
fn not_shown(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    if OTHERS.into_iter().all(|outcome| report.summary.get(outcome) == 0) {
        return Ok(());
    }
    page.blank()?;
    page.heading("Not shown without --verbose")?;
    for outcome in OTHERS {
        let number = report.summary.get(outcome);
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
    let fails = |f: &&merlon_model::Finding| f.outcome == Outcome::Fail && f.severity == severity;
    let number = report.findings.iter().filter(fails).count();
    (number > 0).then(|| format!("{number} {severity}"))
}

fn next_step(page: &Page<'_, impl io::Write>, report: &Report) -> Option<String> {
    let mut steps = Vec::new();
    if let Some(worst) = order::alike(report, Outcome::Fail).first() {
        let control = &worst.finding.control;
        steps.push(format!("`merlon explain {control}` tells more about the worst finding"));
        steps.push("`merlon fix` plans the changes".to_owned());
    } else if report.summary.get(Outcome::Error) > 0 {
        steps.push("scan as root, so that everything can be seen".to_owned());
    }
    if !page.options.verbose && !report.findings.is_empty() {
        steps.push("--verbose shows every outcome with its evidence".to_owned());
    }
    (!steps.is_empty()).then(|| steps.join("; "))
}
