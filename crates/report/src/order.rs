//! Findings that say the same of several nodes, put together.

use std::collections::BTreeMap;

use merlon_model::{Action, Evidence, Finding, Location, Outcome, Report};

/// Findings that differ only in their node and in process ids.
#[derive(Debug)]
pub(crate) struct Alike<'r> {
    /// The first of them.
    pub(crate) finding: &'r Finding,
    /// The places of all of them in the report's list.
    pub(crate) places: Vec<usize>,
    /// Their nodes, in the report's order.
    pub(crate) nodes: Vec<&'r str>,
}

impl Alike<'_> {
    /// Where evidence stands; without process ids when it stands for several nodes.
    pub(crate) fn location(&self, location: &Location) -> String {
        if self.nodes.len() > 1 { without_pid(location) } else { location.to_string() }
    }
}

/// Puts the report's findings of an outcome together, the worst severity first, then by control
/// and resource.
pub(crate) fn alike(report: &Report, outcome: Outcome) -> Vec<Alike<'_>> {
    let all = report.findings.iter().enumerate();
    alike_among(report, all.filter(|(_, f)| f.outcome == outcome).map(|(place, _)| place))
}

/// Puts the findings at these places of the report's list together, in the same order.
pub(crate) fn alike_among(
    report: &Report,
    places: impl IntoIterator<Item = usize>,
) -> Vec<Alike<'_>> {
    let mut known: BTreeMap<Sameness<'_>, usize> = BTreeMap::new();
    let mut groups: Vec<Alike<'_>> = Vec::new();
    for place in places {
        let Some(finding) = report.findings.get(place) else { continue };
        let group = *known.entry(Sameness::of(finding)).or_insert_with(|| {
            groups.push(Alike { finding, places: Vec::new(), nodes: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[group];
        group.places.push(place);
        if !group.nodes.contains(&finding.scope.as_str()) {
            group.nodes.push(&finding.scope);
        }
    }
    groups.sort_by(|a, b| {
        let (a, b) = (a.finding, b.finding);
        let by_severity = b.severity.cmp(&a.severity);
        by_severity.then_with(|| (&a.control, &a.resource).cmp(&(&b.control, &b.resource)))
    });
    groups
}

/// The sections that each of the report's findings answers, by the finding's place.
pub(crate) fn sections_by_finding(report: &Report) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new(); report.findings.len()];
    let benchmarks = report.nodes.iter().filter_map(|node| node.benchmark.as_ref());
    for section in benchmarks.flat_map(|benchmark| &benchmark.sections) {
        for &place in &section.findings {
            if let Some(known) = sections.get_mut(place) {
                known.push(section.id.as_str());
            }
        }
    }
    sections
}

/// Everything about a finding that is not its node.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sameness<'r> {
    control: &'r str,
    resource: &'r str,
    outcome: Outcome,
    message: &'r str,
    expected: Option<&'r str>,
    evidence: Vec<(&'r str, Option<String>)>,
    actions: &'r [Action],
    written_in: Option<&'r str>,
}

impl<'r> Sameness<'r> {
    fn of(finding: &'r Finding) -> Self {
        let evidence = |evidence: &'r Evidence| {
            (evidence.statement.as_str(), evidence.location.as_ref().map(without_pid))
        };
        Self {
            control: &finding.control,
            resource: &finding.resource,
            outcome: finding.outcome,
            message: &finding.message,
            expected: finding.expected.as_deref(),
            evidence: finding.evidence.iter().map(evidence).collect(),
            actions: &finding.actions,
            written_in: finding.justification.as_ref().map(|by| by.written_in.as_str()),
        }
    }
}

fn without_pid(location: &Location) -> String {
    match location {
        Location::Argument { process, index, .. } => format!("{process} argument {index}"),
        Location::Environment { process, name, .. } => format!("{process} environment {name}"),
        Location::Process { process, .. } => process.clone(),
        other => other.to_string(),
    }
}

/// Findings that have one cause.
#[derive(Debug)]
pub(crate) struct Cause<'r> {
    pub(crate) cause: &'r str,
    pub(crate) findings: Vec<&'r Finding>,
}

/// Puts the findings that could not be evaluated together by what was in the way, most first.
///
/// One gap (a directory that is not readable) stops many controls: where the message ends with a
/// gap of the node, that is the cause; elsewhere what follows `is not known: `.
pub(crate) fn causes(report: &Report) -> Vec<Cause<'_>> {
    let mut by_cause: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.outcome == Outcome::Error) {
        by_cause.entry(cause_of(report, finding)).or_default().push(finding);
    }
    let mut causes: Vec<_> =
        by_cause.into_iter().map(|(cause, findings)| Cause { cause, findings }).collect();
    causes.sort_by(|a, b| b.findings.len().cmp(&a.findings.len()).then(a.cause.cmp(b.cause)));
    causes
}

fn cause_of<'r>(report: &'r Report, finding: &'r Finding) -> &'r str {
    let gaps = report
        .nodes
        .iter()
        .filter(|node| node.name == finding.scope)
        .flat_map(|node| node.gaps.iter().map(String::as_str));
    let message = finding.message.as_str();
    gaps.filter(|gap| !gap.is_empty() && message.ends_with(gap))
        .max_by_key(|gap| gap.len())
        .or_else(|| Some(message.split_once(" is not known: ")?.1))
        .unwrap_or(message)
}
