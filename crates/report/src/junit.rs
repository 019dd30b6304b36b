//! JUnit XML, for CI servers.
//!
//! With a benchmark there is one suite per node and chapter, and one case per section; without
//! one there is one suite per node, and one case per finding. Objects have one suite per cluster or
//! set of manifests, and one case per control and object, with the file and line it stands at. A fail is a failure, an error is
//! an error, and what a person has to judge, what does not apply and what is justified is skipped
//! with the reason.

use std::io;

use merlon_model::{BenchmarkReport, Finding, NodeReport, Outcome, Report, SectionReport};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::visible::visible;
use crate::{Options, RenderError, view};

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let mut junit = quick_junit::Report::new("merlon");
    for node in &report.nodes {
        match &node.benchmark {
            Some(benchmark) => junit.add_test_suites(chapters(report, node, benchmark, options)),
            None => junit.add_test_suite(findings(report, &node.name, Some(node), options)),
        };
    }
    for inventory in &report.inventories {
        junit.add_test_suite(findings(report, &inventory.name, None, options));
    }
    junit.serialize(&mut *out)?;
    Ok(())
}

fn chapters(
    report: &Report,
    node: &NodeReport,
    benchmark: &BenchmarkReport,
    options: &Options<'_>,
) -> Vec<TestSuite> {
    let chapters = view::chapters(benchmark);
    let suite = |chapter: &view::Chapter<'_>| {
        let name = format!("{} {} {}", node.name, benchmark.id, chapter.target);
        let mut suite = suite(report, Some(node), &name);
        for section in &chapter.sections {
            let group = view::group_of(&section.id);
            let class = format!("{}.{} {group}", node.name, benchmark.id);
            suite.add_test_case(section_case(report, section, &class, options));
        }
        suite
    };
    chapters.iter().map(suite).collect()
}

fn findings(
    report: &Report,
    scope: &str,
    host: Option<&NodeReport>,
    options: &Options<'_>,
) -> TestSuite {
    let mut suite = suite(report, host, scope);
    for finding in report.findings.iter().filter(|finding| finding.scope == scope) {
        let name = format!("{} {}", finding.control, finding.resource);
        let mut case = TestCase::new(shown(&name), status(finding.outcome, &[finding], options));
        case.set_classname(shown(&finding.control));
        if let Some((path, region)) = view::manifest_place(finding) {
            case.extra.insert("file".into(), shown(path).into());
            case.extra.insert("line".into(), region.line.to_string().into());
        }
        output(&mut case, &[finding]);
        suite.add_test_case(case);
    }
    suite
}

fn suite(report: &Report, host: Option<&NodeReport>, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(shown(name));
    if let Some(host) = host {
        suite.extra.insert("hostname".into(), shown(&host.name).into());
    }
    suite.add_property(("tool", shown(&report.tool).as_str()));
    suite.add_property(("taken-at", shown(&report.taken_at).as_str()));
    suite
}

fn section_case(
    report: &Report,
    section: &SectionReport,
    class: &str,
    options: &Options<'_>,
) -> TestCase {
    let findings: Vec<&Finding> = view::findings_of(report, section).collect();
    let telling: Vec<&Finding> =
        findings.iter().copied().filter(|f| f.outcome == section.outcome).collect();
    let name = format!("{} {}", section.id, view::section_question(section));
    let mut case = TestCase::new(shown(&name), status(section.outcome, &telling, options));
    case.set_classname(shown(class));
    output(&mut case, &findings);
    case
}

fn status(outcome: Outcome, findings: &[&Finding], options: &Options<'_>) -> TestCaseStatus {
    let mut status = match outcome {
        Outcome::Pass => return TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Manual | Outcome::NotApplicable | Outcome::Justified => TestCaseStatus::skipped(),
    };
    let message = |finding: &&Finding| match view::justification_line(finding) {
        Some(accepted) => format!("{}: {}; {accepted}", finding.resource, finding.message),
        None => format!("{}: {}", finding.resource, finding.message),
    };
    let messages: Vec<String> = findings.iter().map(message).collect();
    status.set_message(shown(&format!("{outcome}: {}", messages.join("; "))));
    if let Some(worst) = findings.iter().map(|finding| finding.severity).max() {
        status.set_type(worst.as_str());
    }
    status.set_description(remedy(findings, options));
    status
}

/// What would pass and what to do, one line each.
fn remedy(findings: &[&Finding], options: &Options<'_>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in findings {
        if let Some(expected) = &finding.expected {
            lines.push(format!("{} expected: {}", shown(&finding.resource), shown(expected)));
        }
        for action in &finding.actions {
            let remedy = (options.remedy)(action);
            lines.push(shown(&view::remedy_line(action, &remedy)));
            let commands = remedy.commands.iter().flat_map(|command| command.lines());
            lines.extend(commands.map(|command| format!("$ {}", shown(command))));
        }
    }
    lines.join("\n")
}

/// The evidence, so that a passing case shows why it passes.
fn output(case: &mut TestCase, findings: &[&Finding]) {
    let line = |finding: &Finding, text: &str| {
        shown(&format!("{} {}: {text}", finding.outcome, finding.resource))
    };
    let lines: Vec<String> = findings
        .iter()
        .flat_map(|finding| {
            let evidence = finding.evidence.iter().map(view::evidence_line);
            let message = line(finding, &finding.message);
            std::iter::once(message).chain(evidence.map(|text| line(finding, &text)))
        })
        .collect();
    if !lines.is_empty() {
        case.set_system_out(lines.join("\n"));
    }
}

/// XML 1.0 has no way to write most control characters, so that they are made visible.
fn shown(text: &str) -> String {
    visible(text).into_owned()
}
