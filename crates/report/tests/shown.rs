//! What people see, as golden files, and what holds for every report.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::sync::Arc;

use common::objects::{everywhere, in_manifest, manifests, manifests_only, many};
use common::{
    cluster, finding, plain, rendered, report, small, small_benchmark, without_kubernetes,
};
use merlon_model::{Location, Outcome, Report};
use merlon_report::{Format, Options, RenderError, render};

fn nothing() -> Report {
    report(Vec::new(), Vec::new())
}

/// Manifests that hold no object.
fn without_objects() -> Report {
    let mut inventory = manifests();
    inventory.objects.clear();
    inventory.manifests = 1;
    let absent = finding("sample-privileged", "deploy", "objects", Outcome::NotApplicable);
    let mut report = report(Vec::new(), vec![absent]);
    report.inventories = vec![inventory];
    report
}

fn without_documentation() -> Report {
    undocumented(small_benchmark())
}

fn everywhere_without_documentation() -> Report {
    undocumented(everywhere())
}

/// A control that this version does not know brings no documentation, which may change.
fn undocumented(mut report: Report) -> Report {
    for finding in &mut report.findings {
        finding.control = format!("sample-{}", finding.control).into();
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
    check("text-manifests", Format::Text, &manifests_only(), &plain());
    check("text-manifests-verbose", Format::Text, &manifests_only(), &verbose);
    check("text-everywhere", Format::Text, &everywhere(), &styled);
    check("text-many", Format::Text, &many(9), &plain());
    check("text-without-objects", Format::Text, &without_objects(), &plain());
    check("markdown-everywhere", Format::Markdown, &everywhere(), &plain());
    check("sarif-objects", Format::Sarif, &everywhere_without_documentation(), &plain());
    check("junit-manifests", Format::Junit, &manifests_only(), &plain());
    check("github", Format::Github, &everywhere(), &plain());
    check("gitlab", Format::Gitlab, &everywhere(), &plain());
    check("csv-everywhere", Format::Csv, &everywhere(), &plain());
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

#[test]
fn many_root_causes_are_counted_and_listed_when_asked() {
    let short = rendered(Format::Text, &many(2_000), &plain());
    assert!(short.contains("and 1995 further causes of this, 1995 findings"), "{short}");
    assert!(short.lines().count() < 60, "{short}");
    let all = rendered(Format::Text, &many(2_000), &Options { verbose: true, ..plain() });
    assert!(all.contains("deploy/app-1999.yaml:2000:9  Deployment shop/app-1999"), "not listed");
}

#[test]
fn a_page_of_thousands_of_findings_stays_a_page() {
    let page = rendered(Format::Html, &many(2_000), &plain());
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("<article").count(), 2_000);
    assert_eq!(page.matches("<article").count(), page.matches("</article>").count());
    assert!(page.contains("2000 of 2000 findings in 12 manifests fail."), "no verdict");
}

#[test]
fn very_long_fields_are_written_whole_or_not_at_all() {
    let long = "a".repeat(100_000);
    let mut report = many(1);
    report.findings = vec![in_manifest("deploy/web.yaml", 3, &long, &long)];
    for format in Format::ALL {
        if matches!(format, Format::KubeBench | Format::KubeBenchText) {
            continue;
        }
        assert!(rendered(format, &report, &plain()).contains("sample-privilege"), "{format}");
    }
}

#[test]
fn the_page_filters_by_namespace_and_kind_where_there_are_several() {
    let mut report = many(2);
    assert!(!rendered(Format::Html, &report, &plain()).contains("select id=\"namespace\""));
    let part = report.findings[0].part.as_mut().unwrap();
    Arc::make_mut(&mut part.object).namespace = Some("<b>".to_owned());
    let page = rendered(Format::Html, &report, &plain());
    assert!(page.contains("<option value=\"0\">&lt;b&gt;</option>"), "{page}");
    assert!(page.contains("data-namespaces=\" 0 \""), "{page}");
    assert!(!page.contains("select id=\"kind\""), "{page}");
}
