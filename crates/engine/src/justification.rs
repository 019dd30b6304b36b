use jiff::civil::Date;
use merlon_model::{
    BenchmarkReport, Finding, JustificationNote, JustificationProblem, JustifiedBy, Location,
    Outcome,
};

use crate::glob::matches;
use crate::inline::{self, Inline};

/// How long before its end a justification is announced.
const ANNOUNCED_DAYS: i32 = 30;

/// A deviation that somebody accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Justification {
    /// Pattern of control ids; absent when it is about a section.
    pub control: Option<String>,
    /// The benchmark and the pattern of its sections; absent when it is about a control.
    pub section: Option<(String, String)>,
    /// Patterns of the names of nodes, clusters and sets of manifests; empty for all.
    pub scopes: Vec<String>,
    /// Patterns of resources; empty for all.
    pub resources: Vec<String>,
    /// Patterns of containers; empty for all, and for what is not about a container.
    pub containers: Vec<String>,
    /// Patterns of the files that manifests stand in; empty for all.
    pub files: Vec<String>,
    /// Patterns of fields of objects; empty for all.
    pub fields: Vec<String>,
    /// Pattern of the finding's message; absent for any.
    pub value: Option<String>,
    /// The outcomes it covers.
    pub outcomes: Vec<Outcome>,
    /// Why the deviation is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it holds.
    pub expires: Option<Date>,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// Where it is written: file and line.
    pub written_in: String,
}

impl Justification {
    fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether it covers a finding that sections of a benchmark ask for.
    fn covers(&self, finding: &Finding, sections: &[(&str, &str)]) -> bool {
        let subject = match (&self.control, &self.section) {
            (Some(control), _) => matches(control, &finding.control),
            (None, Some((benchmark, id))) => sections
                .iter()
                .any(|(in_benchmark, section)| in_benchmark == benchmark && matches(id, section)),
            (None, None) => false,
        };
        subject
            && self.outcomes.contains(&finding.outcome)
            && any(&self.scopes, &finding.scope)
            && self.covers_resource(finding)
            && self.covers_part(finding)
            && self.value.as_ref().is_none_or(|value| matches(value, &finding.message))
    }

    /// A resource that is an object may be named without its container.
    fn covers_resource(&self, finding: &Finding) -> bool {
        any(&self.resources, &finding.resource)
            || finding.part.as_ref().is_some_and(|it| any(&self.resources, &it.object.to_string()))
    }

    fn covers_part(&self, finding: &Finding) -> bool {
        let part = finding.part.as_ref();
        let container = part.and_then(|part| part.container.as_deref());
        let field = part.and_then(|part| part.field.as_deref());
        let file = finding.evidence.first().and_then(|evidence| match &evidence.location {
            Some(Location::Manifest { path, .. }) => Some(path.as_str()),
            _ => None,
        });
        let covers = |patterns: &[String], text: Option<&str>| {
            patterns.is_empty() || text.is_some_and(|text| any(patterns, text))
        };
        covers(&self.containers, container)
            && covers(&self.fields, field)
            && covers(&self.files, file)
    }

    fn subject(&self) -> String {
        match (&self.control, &self.section) {
            (Some(control), _) => control.clone(),
            (None, Some((benchmark, id))) => format!("{benchmark}/{id}"),
            (None, None) => String::new(),
        }
    }

    fn note(&self, problem: JustificationProblem, message: String) -> JustificationNote {
        JustificationNote {
            written_in: self.written_in.clone(),
            subject: self.subject(),
            problem,
            message,
        }
    }
}

fn any(patterns: &[String], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, text))
}

/// Turns covered findings into justified ones; the first justification that covers one counts.
///
/// Returns what needs care: expired ones that would have covered something, ones that cover
/// nothing, ones that end soon.
pub(crate) fn apply(
    justifications: &[Justification],
    inline: &[Inline],
    findings: &mut [Finding],
    benchmarks: &[&BenchmarkReport],
    today: Date,
) -> Vec<JustificationNote> {
    if justifications.is_empty() && inline.is_empty() {
        return Vec::new();
    }
    let mut used = vec![false; justifications.len() + inline.len()];
    let sections = sections_by_finding(benchmarks, findings.len());
    let beside = inline::Places::of(inline);
    for (finding, sections) in findings.iter_mut().zip(&sections) {
        let listed =
            justifications.iter().enumerate().filter(|(_, it)| it.covers(finding, sections));
        let beside = beside.at(finding).into_iter().map(|number| (number, &inline[number]));
        let beside = beside.filter(|(_, inline)| inline.covers(finding));
        let beside =
            beside.map(|(number, inline)| (justifications.len() + number, &inline.justification));
        let mut in_force = None;
        for (number, justification) in listed.chain(beside) {
            used[number] = true;
            if in_force.is_none() && !justification.has_expired(today) {
                in_force = Some(justification);
            }
        }
        if let Some(justification) = in_force {
            justify(finding, justification);
        }
    }
    justifications
        .iter()
        .chain(inline.iter().map(|inline| &inline.justification))
        .zip(used)
        .filter_map(|(justification, used)| attention(justification, used, today))
        .collect()
}

/// For each finding the benchmarks and sections that ask for it.
fn sections_by_finding<'b>(
    benchmarks: &[&'b BenchmarkReport],
    findings: usize,
) -> Vec<Vec<(&'b str, &'b str)>> {
    let mut by_finding = vec![Vec::new(); findings];
    for benchmark in benchmarks {
        for section in &benchmark.sections {
            for &place in &section.findings {
                by_finding[place].push((benchmark.id.as_str(), section.id.as_str()));
            }
        }
    }
    by_finding
}

fn justify(finding: &mut Finding, justification: &Justification) {
    finding.justification = Some(Box::new(JustifiedBy {
        instead_of: finding.outcome,
        reason: justification.reason.clone(),
        owner: justification.owner.clone(),
        expires: justification.expires.map(|day| day.to_string()),
        ticket: justification.ticket.clone(),
        written_in: justification.written_in.clone(),
    }));
    finding.outcome = Outcome::Justified;
}

fn attention(justification: &Justification, used: bool, today: Date) -> Option<JustificationNote> {
    if !used {
        let message = "it covers nothing in this scan: was the deviation mended?".to_owned();
        return Some(justification.note(JustificationProblem::Unused, message));
    }
    let last = justification.expires?;
    if justification.has_expired(today) {
        let message = format!("it ended on {last}; what it covered counts again");
        return Some(justification.note(JustificationProblem::Expired, message));
    }
    let left = (last - today).get_days();
    (left <= ANNOUNCED_DAYS).then(|| {
        let message = format!("it ends on {last}, in {left} days");
        justification.note(JustificationProblem::Expiring, message)
    })
}
