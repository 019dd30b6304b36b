use std::io;

use anstyle::Style;
use merlon_model::{Action, Evidence, Finding, Location, Outcome, Report};

use super::page::{Page, outcome_style, severity_style};
use crate::order::{self, Alike, Cause};
use crate::{scope, view};

/// Blocks that show commands without being asked: the worst ones.
const WITH_COMMANDS: usize = 3;

/// What fails, the worst first: where it stands, what would pass and how to mend it.
pub(super) fn failing(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    let groups = order::alike(report, Outcome::Fail);
    if groups.is_empty() {
        return Ok(());
    }
    let sections = order::sections_by_finding(report);
    page.blank()?;
    page.heading("Failing")?;
    let mut previous: Option<&Finding> = None;
    let mut of_control = OfControl::default();
    for (number, group) in groups.iter().enumerate() {
        let finding = group.finding;
        if previous.is_none_or(|p| p.control != finding.control || p.severity != finding.severity) {
            let title = title(finding, group, &sections);
            of_control.rest(page)?;
            of_control = OfControl::default();
            page.blank()?;
            let label = format!("{:10}", finding.severity.as_str().to_uppercase());
            let style = severity_style(finding.severity);
            page.paragraph(0, &label, style, &title, Style::new().bold())?;
        }
        previous = Some(finding);
        if finding.part.is_some() && !page.options.verbose && of_control.shown == CAUSES_SHOWN {
            of_control.causes += 1;
            of_control.findings += group.places.len();
            continue;
        }
        of_control.shown += 1;
        let with_commands = page.options.verbose || number < WITH_COMMANDS;
        resource(page, report, group)?;
        details(page, group, with_commands)?;
    }
    of_control.rest(page)
}

/// Root causes of one control that are shown before they are only counted.
const CAUSES_SHOWN: usize = 5;

/// What was shown of a control's root causes, and what was only counted.
#[derive(Default)]
struct OfControl {
    shown: usize,
    causes: usize,
    findings: usize,
}

impl OfControl {
    fn rest(&self, page: &mut Page<'_, impl io::Write>) -> io::Result<()> {
        let OfControl { causes, findings, .. } = self;
        match causes {
            0 => Ok(()),
            causes => page.words(
                2,
                &format!(
                    "and {} of this, {} (--verbose lists them)",
                    view::count(*causes, "further cause"),
                    view::count(*findings, "finding")
                ),
            ),
        }
    }
}

/// `title (control)`, with the sections of the benchmark that ask for it.
fn title(finding: &Finding, group: &Alike<'_>, sections: &[Vec<&str>]) -> String {
    let mut answers: Vec<&str> = Vec::new();
    for section in group.places.iter().flat_map(|&place| &sections[place]) {
        if !answers.contains(section) {
            answers.push(section);
        }
    }
    let numbers =
        if answers.is_empty() { String::new() } else { format!("{} ", answers.join(", ")) };
    match view::known_control(&finding.control) {
        Some(control) => format!("{numbers}{} ({})", control.title, control.id),
        None => format!("{numbers}{}", finding.control),
    }
}

/// Nodes that are named before they are only counted.
const NODES_NAMED: usize = 4;

/// `kubelet on worker-1, worker-2`, or `web.yaml:23:9  Deployment shop/web container app (and 3 more
/// with this cause)`; a report of one node or inventory need not repeat its name.
fn resource(
    page: &mut Page<'_, impl io::Write>,
    report: &Report,
    group: &Alike<'_>,
) -> io::Result<()> {
    let mut text = String::new();
    let place = view::manifest_place(group.finding);
    if let Some((path, region)) = place {
        text.push_str(&format!("{path}:{}:{}  ", region.line, region.column));
    }
    text.push_str(&group.finding.resource);
    if scope::has_several_scopes(report) && place.is_none() {
        text.push_str(" on ");
        text.push_str(&nodes(&group.nodes, page.options.verbose));
    }
    let others = group.others(report);
    if !others.is_empty() {
        text.push_str(&format!(" (and {} more with this cause)", others.len()));
    }
    page.words(2, &text)?;
    if page.options.verbose {
        for other in others {
            page.words(4, &format!("and {}", view::placed(other)))?;
        }
    }
    Ok(())
}

fn nodes(names: &[&str], all: bool) -> String {
    if all || names.len() <= NODES_NAMED {
        return names.join(", ");
    }
    let more = names.len() - NODES_NAMED;
    format!("{} and {more} more nodes", names[..NODES_NAMED].join(", "))
}

fn details(
    page: &mut Page<'_, impl io::Write>,
    group: &Alike<'_>,
    with_commands: bool,
) -> io::Result<()> {
    let finding = group.finding;
    page.field(4, "found", &finding.message)?;
    if let Some(risk) = view::risk(finding) {
        page.field(4, "risk", &risk)?;
    }
    if page.options.verbose {
        for evidence in &finding.evidence {
            seen(page, group, evidence)?;
        }
    } else if view::manifest_place(finding).is_some() {
        // The place stands beside the object already.
    } else if let Some(evidence) = view::main_evidence(finding) {
        seen(page, group, evidence)?;
    }
    if let Some(expected) = &finding.expected {
        page.field(4, "expected", expected)?;
    }
    if let Some(accepted) = view::justification_line(finding) {
        page.field(4, "accepted", accepted.trim_start_matches("accepted "))?;
    }
    for action in &finding.actions {
        let remedy = (page.options.remedy)(action);
        let label = if finding.outcome == Outcome::Manual { "to do" } else { "fix" };
        page.field(4, label, &view::remedy_line(action, &remedy))?;
        // `merlon fix` mends manifests, many findings at once: the last line says so.
        let mends_manifest = matches!(action, Action::EditObject { manifest: Some(_), .. });
        if with_commands && (page.options.verbose || !mends_manifest) {
            for command in &remedy.commands {
                page.command(14, command)?;
            }
        }
    }
    Ok(())
}

/// `at  /etc/kubernetes/manifests/etcd.yaml:14: --cert-file is not set`
fn seen(
    page: &mut Page<'_, impl io::Write>,
    group: &Alike<'_>,
    evidence: &Evidence,
) -> io::Result<()> {
    match &evidence.location {
        // The object is named above, and the statement names the field.
        Some(Location::Object { object, .. })
            if group.finding.part.as_ref().is_some_and(|part| part.object == *object) =>
        {
            page.field(4, "seen", &evidence.statement)
        }
        Some(location) => {
            let place = group.location(location);
            page.field(4, "at", &format!("{place}: {}", evidence.statement))
        }
        None => page.field(4, "seen", &evidence.statement),
    }
}

/// What could not be evaluated, one line for each cause.
pub(super) fn errors(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    let causes = order::causes(report);
    if causes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let style = outcome_style(Outcome::Error);
    page.paragraph(0, "", Style::new(), "Could not be evaluated", style)?;
    for cause in &causes {
        page.words(2, &cause_line(report, cause))?;
        if page.options.verbose {
            for finding in &cause.findings {
                let Finding { scope: node, control, resource, message, .. } = finding;
                page.words(4, &format!("{control}: {resource} on {node}: {message}"))?;
            }
        }
    }
    Ok(())
}

fn cause_line(report: &Report, cause: &Cause<'_>) -> String {
    let mut nodes: Vec<&str> = cause.findings.iter().map(|f| f.scope.as_str()).collect();
    nodes.dedup();
    let mut controls: Vec<&str> = cause.findings.iter().map(|f| f.control.as_str()).collect();
    controls.sort_unstable();
    controls.dedup();
    let who = match controls.as_slice() {
        [control] => (*control).to_owned(),
        several => view::count(several.len(), "control"),
    };
    let noun = if report.inventories.is_empty() { "node" } else { "place" };
    let place = match nodes.as_slice() {
        _ if !scope::has_several_scopes(report) => String::new(),
        [node] => format!(" on {node}"),
        several => format!(" on {}", view::count(several.len(), noun)),
    };
    // Of a node every control has one finding, of objects many.
    let times = match cause.findings.len() {
        findings if cause.findings.iter().any(|finding| finding.part.is_some()) => {
            format!(" ({})", view::count(findings, "finding"))
        }
        _ => String::new(),
    };
    format!("{who}{place}{times}: {}", cause.cause)
}

/// All findings of an outcome, for readers who asked for everything.
pub(super) fn others(
    page: &mut Page<'_, impl io::Write>,
    report: &Report,
    outcome: Outcome,
) -> io::Result<()> {
    let groups = order::alike(report, outcome);
    if groups.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let heading = match outcome {
        Outcome::Manual => "A person has to judge",
        Outcome::Justified => "Justified",
        Outcome::NotApplicable => "Not applicable",
        _ => "Passing",
    };
    page.heading(heading)?;
    let mut previous = None;
    for group in &groups {
        let finding = group.finding;
        if previous != Some(&finding.control) {
            page.blank()?;
            page.heading(&title_of(finding))?;
        }
        previous = Some(&finding.control);
        resource(page, report, group)?;
        details(page, group, true)?;
    }
    Ok(())
}

fn title_of(finding: &Finding) -> String {
    let statement = view::control_statement(&finding.control, finding.outcome);
    if statement == finding.control {
        return statement;
    }
    format!("{statement} ({})", finding.control)
}
