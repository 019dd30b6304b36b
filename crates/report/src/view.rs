//! What all formats look up in a report.

use std::collections::BTreeMap;

use merlon_controls::Control;
use merlon_model::{
    Action, BaselineState, BenchmarkReport, Counts, Evidence, Finding, Location, Outcome, Region,
    Report, Safety, SectionReport, Severity,
};
use sha2::{Digest, Sha256};

use crate::scope::{self, Scope};
use crate::{Format, Options, Remedy, RenderError};

/// A control's title; its id when this version does not know the control.
pub(crate) fn control_title(id: &str) -> &str {
    merlon_controls::find(id).map_or(id, |control| control.title)
}

/// The control, when this version knows it.
pub(crate) fn known_control(id: &str) -> Option<&'static Control> {
    merlon_controls::find(id)
}

/// What a section is about whatever its outcome: `whether others than root may read the file`.
///
/// Titles say what is found when something fails, and would lie beside a pass.
pub(crate) fn section_question(section: &SectionReport) -> String {
    question(&section.title)
}

/// What to write beside a section's outcome: what was found, what was seen, or what was asked.
///
/// A row that passes, does not apply or could not be judged says what that rests on, so that a
/// reader need not unfold it.
pub(crate) fn section_statement(report: &Report, section: &SectionReport) -> String {
    let seen = match section.outcome {
        Outcome::Pass | Outcome::NotApplicable | Outcome::Error => seen(report, section),
        Outcome::Fail | Outcome::Manual | Outcome::Justified => None,
    };
    seen.unwrap_or_else(|| statement(&section.title, section.outcome))
}

/// What the first finding of the section's outcome says, and how many others there are.
fn seen(report: &Report, section: &SectionReport) -> Option<String> {
    let findings = section.findings.iter().filter_map(|&place| report.findings.get(place));
    let mut deciding = findings.filter(|finding| finding.outcome == section.outcome);
    let first = deciding.next()?;
    let mut text = first.message.to_string();
    if first.resource.starts_with('/') && !text.contains(first.resource.as_str()) {
        text = format!("{}: {text}", first.resource);
    }
    match deciding.count() {
        0 => {}
        1 => text.push_str(" (and another)"),
        others => text.push_str(&format!(" (and {others} others)")),
    }
    Some(text)
}

/// What to write beside a control's outcome.
pub(crate) fn control_statement(id: &str, outcome: Outcome) -> String {
    match known_control(id) {
        Some(control) => statement(control.title, outcome),
        None => id.to_owned(),
    }
}

/// A title beside an outcome: as it is where it was found, else as the question it answers.
pub(crate) fn statement(title: &str, outcome: Outcome) -> String {
    match outcome {
        Outcome::Fail | Outcome::Justified => title.to_owned(),
        Outcome::Pass | Outcome::Manual | Outcome::NotApplicable | Outcome::Error => {
            question(title)
        }
    }
}

fn question(title: &str) -> String {
    format!("whether {title}")
}

/// The findings of a section. Places that the report does not have are left out.
pub(crate) fn findings_of<'r>(
    report: &'r Report,
    section: &'r SectionReport,
) -> impl Iterator<Item = &'r Finding> {
    section.findings.iter().filter_map(|&place| report.findings.get(place))
}

/// The worst severity among a section's findings of the section's outcome.
pub(crate) fn section_severity(report: &Report, section: &SectionReport) -> Option<Severity> {
    findings_of(report, section)
        .filter(|finding| finding.outcome == section.outcome)
        .map(|finding| finding.severity)
        .max()
}

/// A chapter of a benchmark: the sections about one target.
#[derive(Debug)]
pub(crate) struct Chapter<'r> {
    pub(crate) target: &'r str,
    pub(crate) sections: Vec<&'r SectionReport>,
}

impl Chapter<'_> {
    /// The chapter's number, which begins the ids of its sections.
    pub(crate) fn number(&self) -> &str {
        self.sections.first().map_or("", |section| section.id.split('.').next().unwrap_or(""))
    }

    pub(crate) fn title(&self) -> &str {
        target_title(self.target)
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts::of(self.sections.iter().map(|section| section.outcome))
    }
}

/// A benchmark's chapters in the order of their first sections.
pub(crate) fn chapters(benchmark: &BenchmarkReport) -> Vec<Chapter<'_>> {
    let mut chapters: Vec<Chapter<'_>> = Vec::new();
    for section in &benchmark.sections {
        match chapters.iter_mut().find(|chapter| chapter.target == section.target) {
            Some(chapter) => chapter.sections.push(section),
            None => chapters.push(Chapter { target: &section.target, sections: vec![section] }),
        }
    }
    chapters
}

/// What a target is called over its chapter.
pub(crate) fn target_title(target: &str) -> &str {
    match target {
        "master" => "Control plane components",
        "etcd" => "etcd",
        "controlplane" => "Control plane configuration",
        "node" => "Worker nodes",
        "policies" => "Policies",
        "managedservices" => "Managed services",
        other => other,
    }
}

/// The group a section stands in: `1.2` of `1.2.1`, `2` of `2.1`.
pub(crate) fn group_of(section: &str) -> &str {
    section.rsplit_once('.').map_or(section, |(group, _)| group)
}

/// What a group is called: the subjects of the CIS benchmark for upstream Kubernetes since 1.5,
/// elsewhere the chapter's title.
pub(crate) fn group_title<'t>(benchmark: &str, target: &'t str, group: &str) -> &'t str {
    if !benchmark.starts_with("cis-1.") && benchmark != "cis-2.0" {
        return target_title(target);
    }
    match (target, group) {
        ("master", "1.1") => "Files of the control plane",
        ("master", "1.2") => "API server",
        ("master", "1.3") => "Controller manager",
        ("master", "1.4") => "Scheduler",
        ("controlplane", "3.1") => "Authentication and authorization",
        ("controlplane", "3.2") => "Logging",
        ("node", "4.1") => "Files of the worker node",
        ("node", "4.2") => "Kubelet",
        ("node", "4.3") => "kube-proxy",
        ("policies", "5.1") => "RBAC and service accounts",
        ("policies", "5.2") => "Pod security",
        ("policies", "5.3") => "Network policies and CNI",
        ("policies", "5.4") => "Secrets",
        ("policies", "5.5") => "Admission control",
        ("policies", "5.6" | "5.7") => "General policies",
        _ => target_title(target),
    }
}

/// The nodes and inventories with a benchmark, or the error that says why there is none.
pub(crate) fn with_benchmark(
    report: &Report,
    format: Format,
) -> Result<Vec<(Scope<'_>, &BenchmarkReport)>, RenderError> {
    let judged: Vec<_> =
        scope::scopes(report).filter_map(|scope| Some((scope, scope.benchmark?))).collect();
    if judged.is_empty() {
        let problem =
            |scope: Scope<'_>| Some(format!("; {}: {}", scope.name, scope.benchmark_problem?));
        let reasons = scope::scopes(report).filter_map(problem).collect();
        return Err(RenderError::NoBenchmark { format, reasons });
    }
    Ok(judged)
}

/// The remedies of a finding, one for each of its actions.
pub(crate) fn remedies(finding: &Finding, options: &Options<'_>) -> Vec<Remedy> {
    finding.actions.iter().map(options.remedy).collect()
}

/// The evidence that shows best where a finding stands: in a file if any is, else at any place.
pub(crate) fn main_evidence(finding: &Finding) -> Option<&Evidence> {
    let in_file = |evidence: &&Evidence| {
        matches!(evidence.location, Some(Location::File { .. } | Location::Manifest { .. }))
    };
    let placed = |evidence: &&Evidence| evidence.location.is_some();
    let evidence = &finding.evidence;
    evidence
        .iter()
        .find(in_file)
        .or_else(|| evidence.iter().find(placed))
        .or_else(|| evidence.first())
}

/// Evidence in one line: `statement (place)`, or the statement alone where it names the place.
pub(crate) fn evidence_line(evidence: &Evidence) -> String {
    match evidence.location.as_ref().map(ToString::to_string) {
        Some(place) if !evidence.statement.contains(&place) => {
            format!("{} ({place})", evidence.statement)
        }
        _ => evidence.statement.to_string(),
    }
}

/// A justification in one sentence: `accepted by OWNER until DATE: REASON (TICKET)`.
pub(crate) fn justification_line(finding: &Finding) -> Option<String> {
    let by = finding.justification.as_ref()?;
    let until = by.expires.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
    let ticket = by.ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
    Some(format!("accepted by {}{until}: {}{ticket}", by.owner, by.reason))
}

/// How many resources there are of each outcome: a finding counts for all that it stands for.
pub(crate) fn counts<'r>(findings: impl IntoIterator<Item = &'r Finding>) -> Counts {
    let mut counts = Counts::of([]);
    for finding in findings {
        let number = counts.0.entry(finding.outcome).or_default();
        *number = number.saturating_add(finding.count);
    }
    counts
}

/// The place of a finding about an object in its manifest: the path and the stretch.
///
/// The first piece of evidence is where such a finding stands; any other may be in another file.
pub(crate) fn manifest_place(finding: &Finding) -> Option<(&str, &Region)> {
    match finding.evidence.first()?.location.as_ref()? {
        Location::Manifest { path, region, .. } => Some((path, region)),
        _ => None,
    }
}

/// What a finding is about, with its place in a manifest: `web.yaml:23:9 Deployment shop/web`.
pub(crate) fn placed(finding: &Finding) -> String {
    match manifest_place(finding) {
        Some((path, region)) => {
            format!("{path}:{}:{} {}", region.line, region.column, finding.resource)
        }
        None => finding.resource.to_string(),
    }
}

/// A remedy in one line, with what is known of its safety: `set hostNetwork: false (safe)`.
pub(crate) fn remedy_line(action: &Action, remedy: &Remedy) -> String {
    match safety(action) {
        Some(safety) => format!("{} ({safety})", remedy.summary),
        None => remedy.summary.clone(),
    }
}

/// Whether a change can be made without thinking about it, in one word; nothing for actions that
/// do not say.
fn safety(action: &Action) -> Option<&'static str> {
    match action {
        Action::EditObject { safety: Safety::Safe, .. } => Some("safe"),
        Action::EditObject { safety: Safety::NeedsReview, .. } => Some("review"),
        _ => None,
    }
}

/// A name for each finding that outlives moved lines, in the report's order: a digest of
/// [`Finding::identity`], with a number where several findings have the same.
pub(crate) fn fingerprints(report: &Report) -> Vec<String> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let fingerprint = |finding: &Finding| {
        let identity = finding.identity();
        let before = known.entry(identity.clone()).or_default();
        let text =
            if *before == 0 { identity } else { format!("{identity} | number {}", *before + 1) };
        *before += 1;
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    report.findings.iter().map(fingerprint).collect()
}

/// How many findings are new and how many known, where an earlier report was compared.
pub(crate) fn against_baseline(report: &Report) -> Option<(usize, usize, usize)> {
    let gone = report.gone?;
    let of = |state| report.findings.iter().filter(|f| f.baseline == Some(state)).count();
    Some((of(BaselineState::New), of(BaselineState::Unchanged), gone))
}

/// `1 control`, `2 controls`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `12.0, from 8.0: it lies on a path from internet to node (× 1.5)`; `None` where nothing moved it.
pub(crate) fn risk(finding: &Finding) -> Option<String> {
    let risk = finding.risk.as_deref().filter(|risk| !risk.factors.is_empty())?;
    let factors: Vec<String> = risk
        .factors
        .iter()
        .map(|factor| format!("{} (× {})", factor.reason, decimal(factor.percent, 100)))
        .collect();
    let (moved, base) = (decimal(risk.tenths, 10), decimal(risk.base, 10));
    Some(format!("{moved}, from {base}: {}", factors.join("; ")))
}

fn decimal(number: u16, of: u16) -> String {
    format!("{}.{}", number / of, number % of * 10 / of)
}

#[cfg(test)]
mod tests {
    use super::{group_of, group_title};

    #[test]
    fn groups_are_named_by_benchmark_and_number() {
        let check = |benchmark, target, section, expected| {
            assert_eq!(group_title(benchmark, target, group_of(section)), expected, "{section}");
        };
        check("cis-1.12", "master", "1.2.1", "API server");
        check("cis-1.12", "etcd", "2.1", "etcd");
        check("cis-1.12", "node", "4.2.14", "Kubelet");
        check("eks-1.7", "node", "3.1.1", "Worker nodes");
        check("cis-1.12", "other", "9", "other");
        check("cis-2.0", "node", "4.2.14", "Kubelet");
    }
}
