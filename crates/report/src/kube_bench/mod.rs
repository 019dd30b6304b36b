//! kube-bench's output, for programs that read it.
//!
//! Outcomes that kube-bench does not have become the nearest of its four states:
//!
//! | outcome | state | |
//! |---|---|---|
//! | pass, fail | `PASS`, `FAIL` | |
//! | error | `FAIL` when the benchmark holds that it can be automated, else `WARN` | as kube-bench does when an audit breaks; `reason` says why |
//! | manual | `WARN` | |
//! | not-applicable | `INFO`, type `skip` | what kube-bench makes of a check that is left out |
//! | justified | `INFO`, type `skip` | accepted deviations are skipped checks there; `reason` says who accepted it |
//!
//! kube-bench knows one node. A report of several, or of nodes and objects, has one controls object
//! per target and node or inventory, with its name in `text`.

mod shape;
pub(crate) mod text;

use std::collections::BTreeSet;
use std::io;

use merlon_model::{BenchmarkReport, Finding, Outcome, Report, SectionReport, Version};

use crate::scope::{self, Scope};
use crate::view::{self, Chapter};
use crate::visible::visible;
use crate::{Format, Options, RenderError};
use shape::{Check, Controls, Group, Overall, Summary};

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let document = document(report, options, Format::KubeBench)?;
    out.write_all(shape::go_json(&document)?.as_bytes())?;
    writeln!(out)?;
    Ok(())
}

fn document(
    report: &Report,
    options: &Options<'_>,
    format: Format,
) -> Result<Overall, RenderError> {
    let mut controls = Vec::new();
    for (scope, benchmark) in view::with_benchmark(report, format)? {
        for chapter in view::chapters(benchmark) {
            controls.push(chapter_controls(report, options, scope, benchmark, &chapter));
        }
    }
    let totals = Summary::sum(controls.iter().map(|controls| &controls.summary));
    Ok(Overall { controls, totals })
}

fn chapter_controls(
    report: &Report,
    options: &Options<'_>,
    scope: Scope<'_>,
    benchmark: &BenchmarkReport,
    chapter: &Chapter<'_>,
) -> Controls {
    let mut groups: Vec<Group> = Vec::new();
    for section in &chapter.sections {
        let id = view::group_of(&section.id);
        let place = groups.iter().position(|group| group.section == id).unwrap_or_else(|| {
            let desc = view::group_title(&benchmark.id, chapter.target, id).to_owned();
            groups.push(Group { section: id.to_owned(), desc, ..Group::default() });
            groups.len() - 1
        });
        groups[place].add(check(report, options, section));
    }
    let text = match scope::has_several_scopes(report) {
        false => chapter.title().to_owned(),
        true => format!("{} ({})", chapter.title(), scope.name),
    };
    Controls {
        id: chapter.number().to_owned(),
        version: benchmark.id.clone(),
        detected_version: scope.kubernetes_version.map(minor_release),
        text,
        node_type: chapter.target.to_owned(),
        summary: Summary::of_groups(&groups),
        tests: groups,
    }
}

/// `1.31` of `1.31.2+rke2r1`; what is not a version stays as it is.
fn minor_release(version: &str) -> String {
    match Version::parse(version) {
        Some(version) => format!("{}.{}", version.major, version.minor),
        None => version.to_owned(),
    }
}

fn check(report: &Report, options: &Options<'_>, section: &SectionReport) -> Check {
    let findings: Vec<&Finding> = view::findings_of(report, section).collect();
    let telling: Vec<&Finding> =
        findings.iter().copied().filter(|finding| finding.outcome == section.outcome).collect();
    let status = status(section);
    let remediation = remediation(&telling, options);
    let reason = match section.outcome {
        Outcome::Pass => None,
        Outcome::Justified => joined(telling.iter().filter_map(|f| view::justification_line(f))),
        _ => joined(telling.iter().map(|f| format!("{}: {}", f.resource, f.message))),
    };
    Check {
        test_number: section.id.clone(),
        test_desc: view::section_question(section),
        audit: format!("merlon: {}", section.controls.join(", ")),
        audit_env: "",
        audit_config: "",
        kind: match section.outcome {
            Outcome::Manual => "manual",
            Outcome::NotApplicable | Outcome::Justified => "skip",
            _ => "",
        },
        test_info: vec![remediation.clone()],
        remediation,
        status,
        actual_value: joined(
            telling.iter().flat_map(|f| f.evidence.iter().map(view::evidence_line)),
        )
        .unwrap_or_default(),
        scored: section.automated,
        is_multiple: false,
        expected_result: joined(
            telling.iter().filter_map(|f| f.expected.clone().map(String::from)),
        )
        .unwrap_or_default(),
        reason,
        broken: section.outcome == Outcome::Error,
    }
}

fn status(section: &SectionReport) -> &'static str {
    match section.outcome {
        Outcome::Pass => "PASS",
        Outcome::Fail => "FAIL",
        Outcome::Error if section.automated => "FAIL",
        Outcome::Error | Outcome::Manual => "WARN",
        Outcome::NotApplicable | Outcome::Justified => "INFO",
    }
}

/// What to do, each step with its commands indented on the lines below it, where no line of a
/// command can pass for a result.
fn remediation(findings: &[&Finding], options: &Options<'_>) -> String {
    let mut known = BTreeSet::new();
    let mut steps: Vec<String> = Vec::new();
    for action in findings.iter().flat_map(|finding| &finding.actions) {
        let remedy = (options.remedy)(action);
        let mut step = visible(&view::remedy_line(action, &remedy)).into_owned();
        for line in remedy.commands.iter().flat_map(|command| command.lines()) {
            step.push_str("\n  ");
            step.push_str(&visible(line));
        }
        if known.insert(step.clone()) {
            steps.push(step);
        }
    }
    let more = steps.len().saturating_sub(LINES_JOINED);
    steps.truncate(LINES_JOINED);
    if more > 0 {
        steps.push(format!("and {more} more"));
    }
    steps.join("\n")
}

/// Lines put together, each once and the first of them; nothing when there is none.
fn joined(lines: impl IntoIterator<Item = String>) -> Option<String> {
    let mut known = BTreeSet::new();
    let mut unique: Vec<String> = Vec::new();
    for line in lines {
        if known.insert(line.clone()) {
            unique.push(line);
        }
    }
    let more = unique.len().saturating_sub(LINES_JOINED);
    unique.truncate(LINES_JOINED);
    if more > 0 {
        unique.push(format!("and {more} more"));
    }
    (!unique.is_empty()).then(|| unique.join("; "))
}

/// Lines of one check that are written before they are only counted: of nodes there are few, of
/// objects there may be thousands.
const LINES_JOINED: usize = 50;
