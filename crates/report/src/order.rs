//! Findings that belong together: those that say the same of several nodes, and those about objects
//! that one change mends.

use std::collections::BTreeMap;

use merlon_model::{Action, Evidence, Finding, Location, Outcome, Report, Severity};

use crate::scope;
use crate::view::manifest_place;

/// Findings that differ only in their node and in process ids, or that have one root cause.
#[derive(Debug)]
pub(crate) struct Alike<'r> {
    /// The worst of them, the first of these.
    pub(crate) finding: &'r Finding,
    /// The places of all of them in the report's list.
    pub(crate) places: Vec<usize>,
    /// Their nodes, in the report's order.
    pub(crate) nodes: Vec<&'r str>,
}

impl<'r> Alike<'r> {
    /// The others that have the root cause; none where what is put together says the same.
    pub(crate) fn others(&self, report: &'r Report) -> Vec<&'r Finding> {
        if self.finding.cause.is_none() {
            return Vec::new();
        }
        let all = self.places.iter().filter_map(|&place| report.findings.get(place));
        all.filter(|other| !std::ptr::eq(*other, self.finding)).collect()
    }

    /// Where evidence stands; without process ids when it stands for several nodes.
    pub(crate) fn location(&self, location: &Location) -> String {
        if self.nodes.len() > 1 { without_pid(location) } else { location.to_string() }
    }
}

/// Puts the report's findings of an outcome together, the riskiest first, then by severity, control and
/// resource.
pub(crate) fn alike(report: &Report, outcome: Outcome) -> Vec<Alike<'_>> {
    let all = report.findings.iter().enumerate();
    alike_among(report, all.filter(|(_, f)| f.outcome == outcome).map(|(place, _)| place))
}

/// Puts the findings at these places of the report's list together, in the same order.
pub(crate) fn alike_among(
    report: &Report,
    places: impl IntoIterator<Item = usize>,
) -> Vec<Alike<'_>> {
    let mut known: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    let mut groups: Vec<Alike<'_>> = Vec::new();
    for place in places {
        let Some(finding) = report.findings.get(place) else { continue };
        let group = *known.entry(Key::of(finding)).or_insert_with(|| {
            groups.push(Alike { finding, places: Vec::new(), nodes: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[group];
        group.places.push(place);
        if (risk(finding), finding.severity) > (risk(group.finding), group.finding.severity) {
            group.finding = finding;
        }
        if !group.nodes.contains(&finding.scope.as_str()) {
            group.nodes.push(&finding.scope);
        }
    }
    sort(&mut groups);
    groups
}

/// The riskiest first, then the worst severity; what one control found of one severity stays together, where the
/// riskiest of it is.
fn sort(groups: &mut [Alike<'_>]) {
    let mut risk_of: BTreeMap<(&str, Severity), u16> = BTreeMap::new();
    for group in groups.iter() {
        let finding = group.finding;
        let most = risk_of.entry((&finding.control, finding.severity)).or_default();
        *most = (*most).max(risk(finding));
    }
    let together = |finding: &Finding| risk_of[&(finding.control.as_str(), finding.severity)];
    let place = |finding| manifest_place(finding).map(|(path, region)| (path, region.line));
    groups.sort_by(|a, b| {
        let (a, b) = (a.finding, b.finding);
        let by_control = (together(b).cmp(&together(a)))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.control.cmp(&b.control));
        by_control
            .then_with(|| risk(b).cmp(&risk(a)))
            .then_with(|| place(a).cmp(&place(b)))
            .then_with(|| a.resource.cmp(&b.resource))
    });
}

/// A finding's risk in tenths; 0 where nobody looked at it.
fn risk(finding: &Finding) -> u16 {
    finding.risk.as_ref().map_or(0, |risk| risk.tenths)
}

/// The sections that each of the report's findings answers, by the finding's place.
pub(crate) fn sections_by_finding(report: &Report) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new(); report.findings.len()];
    for section in scope::benchmarks(report).flat_map(|benchmark| &benchmark.sections) {
        for &place in &section.findings {
            if let Some(known) = sections.get_mut(place) {
                known.push(section.id.as_str());
            }
        }
    }
    sections
}

/// What findings have in common that are put together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'r> {
    /// A root cause. The same object of two clusters is changed twice.
    Cause { control: &'r str, outcome: Outcome, scope: &'r str, cause: &'r str },
    /// All they say.
    Same(Sameness<'r>),
}

impl<'r> Key<'r> {
    fn of(finding: &'r Finding) -> Self {
        let Finding { control, outcome, scope, cause, .. } = finding;
        match cause {
            Some(cause) => Self::Cause { control, outcome: *outcome, scope, cause },
            None => Self::Same(Sameness::of(finding)),
        }
    }
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
/// gap of the node or inventory, that is the cause; elsewhere what follows `is not known: `.
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
    let gaps = scope::scopes(report)
        .filter(|scope| scope.name == finding.scope)
        .flat_map(|scope| scope.gaps.iter().map(String::as_str));
    let message = finding.message.as_str();
    gaps.filter(|gap| !gap.is_empty() && message.ends_with(gap))
        .max_by_key(|gap| gap.len())
        .or_else(|| Some(message.split_once(" is not known: ")?.1))
        .unwrap_or(message)
}
