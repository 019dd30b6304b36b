//! What people see, as golden files, and what holds for every report.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{cluster, plain, rendered, report, small, small_benchmark, without_kubernetes};
use merlon_model::{Location, Report};
use merlon_report::{Format, Options, RenderError, render};

fn nothing() -> Report {
    report(Vec::new(), Vec::new())
}

/// A control that this version does not know brings no documentation, which may change.
fn without_documentation() -> Report {
    let mut report = small_benchmark();
    for finding in &mut report.findings {
        finding.control = format!("sample-{}", finding.control);
    }
    report
}

#[test]
fn golden_files() {
    let verbose = Options { verbose: true, ..plain() };
    let styled = Options { colour: true, unicode: true, ..plain() };
    let check = |name: &str, format, report: &Report, options: &Options<'_>| {
        insta::assert_snapshot!(name, rendered(format, report, options));
    };
    check("text", Format::Text, &small(), &plain());
    check("text-verbose", Format::Text, &small(), &verbose);
    check("text-styled", Format::Text, &small_benchmark(), &styled);
    check("text-benchmark", Format::Text, &small_benchmark(), &plain());
    check("text-without-kubernetes", Format::Text, &without_kubernetes(), &plain());
    check("text-nothing", Format::Text, &nothing(), &plain());
    check("json", Format::Json, &small(), &plain());
    check("kube-bench", Format::KubeBench, &small_benchmark(), &plain());
    check("kube-bench-text", Format::KubeBenchText, &small_benchmark(), &plain());
    check("junit", Format::Junit, &small(), &plain());
    check("junit-benchmark", Format::Junit, &small_benchmark(), &plain());
    check("sarif", Format::Sarif, &without_documentation(), &plain());
    check("csv", Format::Csv, &small_benchmark(), &plain());
    check("markdown", Format::Markdown, &small_benchmark(), &plain());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        let report = cluster();
        let first = rendered(format, &report, &plain());
        assert_eq!(first, rendered(format, &cluster(), &plain()), "{format}");
    }
}

#[test]
fn reports_without_benchmark_are_refused_where_one_is_needed() {
    let mut asked = without_kubernetes();
    asked.nodes[0].benchmark_problem = Some("no release of Kubernetes is known".to_owned());
    let check = |report: &Report, expected: &str| {
        for format in [Format::KubeBench, Format::KubeBenchText] {
            let error = render(format, report, &plain(), &mut Vec::new()).unwrap_err();
            assert!(matches!(error, RenderError::NoBenchmark { .. }));
            assert_eq!(error.to_string(), expected.replace("FORMAT", format.as_str()));
        }
    };
    check(
        &small(),
        "the report has no benchmark, which the format FORMAT is made of; scan again with \
         --benchmark",
    );
    check(
        &asked,
        "the report has no benchmark, which the format FORMAT is made of; laptop: no release of \
         Kubernetes is known; scan again with --benchmark",
    );
}

#[test]
fn paths_stay_whole_in_narrow_terminals() {
    let path = "/var/lib/kubelet/a/path/that/is/much/longer/than/the/terminal/is/wide.yaml";
    let mut report = small();
    for evidence in report.findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        evidence.location = Some(Location::line(path, 7));
    }
    let text = rendered(Format::Text, &report, &Options { width: 40, ..plain() });
    assert!(text.contains(&format!("{path}:7")), "{text}");
    let long_word = |line: &&str| line.split(' ').any(|word| word.len() > 26);
    for line in text.lines().filter(|line| !long_word(line) && !line.contains('$')) {
        assert!(line.chars().count() <= 44, "{line}");
    }
}

#[test]
fn one_cause_is_one_line() {
    let text = rendered(Format::Text, &cluster(), &plain());
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("controls on worker-2")).collect();
    assert_eq!(
        lines,
        ["  11 controls on worker-2: /var/lib/kubelet/config.yaml: permission denied"]
    );
}

#[test]
fn what_several_nodes_share_is_said_once() {
    let text = rendered(Format::Text, &cluster(), &plain());
    assert!(text.contains("  kubelet on control-plane-1, worker-1\n"), "{text}");
    // A process id is one node's.
    assert!(!text.contains("kubelet[812] argument"), "{text}");
}

#[test]
fn the_page_loads_nothing_and_allows_only_its_own_script() {
    let page = rendered(Format::Html, &cluster(), &plain());
    assert!(page.contains("default-src 'none'; style-src 'sha256-"), "no policy");
    for external in
        ["src=", "href=", "url(", "@import", "http://", "https://", " style=", " onclick"]
    {
        assert!(!page.contains(external), "the page has {external}");
    }
    assert_eq!(page.matches("<script").count(), 1);
}
