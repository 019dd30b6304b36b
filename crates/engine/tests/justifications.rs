//! What justifications cover, and what is told about them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use merlon_controls::example;
use merlon_engine::{BenchmarkChoice, Configuration, Request, RequestError, evaluate};
use merlon_model::{JustificationProblem, Outcome, Report};
use merlon_snapshot::{FORMAT, Header, Snapshot};

/// A kubelet that takes anonymous requests, looked at on 2026-01-01.
const NODE: &str = "run kubelet@1.31 --anonymous-auth=true --hostname-override=other";

fn report(justifications: &str, request: Request) -> Report {
    let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
    let snapshot = Snapshot { header, nodes: vec![example::node(NODE)], inventories: Vec::new() };
    let configuration = Configuration::read("merlon.yaml", justifications).unwrap();
    evaluate(&snapshot, &Request { configuration, ..request }).unwrap()
}

fn controls(patterns: &[&str]) -> Request {
    let controls = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Request { controls, ..Request::default() }
}

/// One justification in the shape of `merlon.yaml`, with what it covers given.
fn justification(fields: &str) -> String {
    format!("justifications:\n- {{{fields}, reason: known, owner: platform}}\n")
}

#[test]
fn a_justification_covers_what_it_names_and_nothing_else() {
    let check = |fields: &str, expected: Outcome, problem: Option<JustificationProblem>| {
        let report = report(&justification(fields), controls(&["kubelet-anonymous-auth"]));
        let [finding] = report.findings.as_slice() else { panic!("one finding: {report:#?}") };
        assert_eq!(finding.outcome, expected, "{fields}");
        assert_eq!(finding.justification.is_some(), expected == Outcome::Justified, "{fields}");
        let problems: Vec<_> = report.justification_notes.iter().map(|n| n.problem).collect();
        assert_eq!(problems, Vec::from_iter(problem), "{fields}");
    };
    use JustificationProblem::{Expired, Expiring, Unused};
    use Outcome::{Fail, Justified};
    check("control: kubelet-anonymous-auth", Justified, None);
    check("control: 'kubelet-*'", Justified, None);
    check("control: kubelet-always-allow", Fail, Some(Unused));
    check("control: kubelet-anonymous-auth, nodes: [example]", Justified, None);
    check("control: kubelet-anonymous-auth, nodes: [worker-*, other]", Fail, Some(Unused));
    check("control: kubelet-anonymous-auth, resources: [kubelet]", Justified, None);
    check("control: kubelet-anonymous-auth, resources: [/etc/*]", Fail, Some(Unused));
    check("control: kubelet-anonymous-auth, value: --anonymous-auth is true", Justified, None);
    check("control: kubelet-anonymous-auth, value: --anonymous-auth is 1", Fail, Some(Unused));
    check("control: kubelet-anonymous-auth, outcomes: [error]", Fail, Some(Unused));
    check("control: kubelet-anonymous-auth, expires: 2025-12-31", Fail, Some(Expired));
    check("control: kubelet-anonymous-auth, expires: 2026-01-01", Justified, Some(Expiring));
    check("control: kubelet-anonymous-auth, expires: 2026-06-30", Justified, None);
}

#[test]
fn a_justified_finding_stays_visible() {
    let text = justification("control: kubelet-anonymous-auth, ticket: SEC-1");
    let report = report(&text, controls(&["kubelet-anonymous-auth"]));
    let accepted = report.findings[0].justification.as_ref().unwrap();
    assert_eq!(accepted.instead_of, Outcome::Fail);
    assert_eq!(accepted.written_in, "merlon.yaml:2");
    assert_eq!(accepted.ticket.as_deref(), Some("SEC-1"));
    assert_eq!(report.summary.get(Outcome::Justified), 1);
    assert_eq!(report.summary.get(Outcome::Fail), 0);
    assert!(!report.findings[0].actions.is_empty(), "the remedy is not lost");
}

#[test]
fn an_expired_justification_does_not_hide_one_in_force() {
    let text = "\
justifications:
- {control: kubelet-anonymous-auth, reason: old, owner: o, expires: 2025-01-01}
- {control: kubelet-anonymous-auth, reason: new, owner: o, expires: 2027-01-01}
";
    let report = report(text, controls(&["kubelet-anonymous-auth"]));
    assert_eq!(report.findings[0].justification.as_ref().unwrap().reason, "new");
    assert_eq!(report.justification_notes[0].problem, JustificationProblem::Expired);
}

#[test]
fn sections_are_justified_in_their_benchmark_only() {
    let check = |section: &str, expected: Outcome| {
        let request = Request {
            benchmark: BenchmarkChoice::Named("cis-1.12".to_owned()),
            sections: vec!["4.2.1".to_owned(), "3.1.1".to_owned()],
            ..Request::default()
        };
        let report = report(&justification(&format!("section: {section}")), request);
        let benchmark = report.nodes[0].benchmark.as_ref().unwrap();
        let kubelet = benchmark.sections.iter().find(|section| section.id == "4.2.1").unwrap();
        assert_eq!(kubelet.outcome, expected, "{section}");
    };
    check("cis-1.12/4.2.1", Outcome::Justified);
    check("cis-1.12/4.*", Outcome::Justified);
    check("cis-1.11/4.2.1", Outcome::Fail);
    check("cis-1.12/4.2.10", Outcome::Fail);
}

#[test]
fn what_a_person_judges_can_be_justified_as_well() {
    let request = Request {
        benchmark: BenchmarkChoice::Named("cis-1.12".to_owned()),
        sections: vec!["5.1.1".to_owned()],
        ..Request::default()
    };
    let report = report(&justification("section: cis-1.12/5.1.1"), request);
    let accepted = report.findings[0].justification.as_ref().unwrap();
    assert_eq!(accepted.instead_of, Outcome::Manual);
}

#[test]
fn severities_of_the_configuration_replace_the_built_in_ones() {
    let text = "severities: {kubelet-anonymous-auth: low}\n";
    let report = report(text, controls(&["kubelet-anonymous-auth"]));
    assert_eq!(report.findings[0].severity, merlon_model::Severity::Low);
}

#[test]
fn what_does_not_exist_is_refused() {
    let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
    let snapshot = Snapshot { header, nodes: Vec::new(), inventories: Vec::new() };
    let check = |request: Request, expected: RequestError| {
        assert_eq!(evaluate(&snapshot, &request).unwrap_err(), expected);
    };
    check(controls(&["kubelet-*", "nothing-*"]), RequestError::NoSuchControl("nothing-*".into()));
    let configuration = Configuration::read("merlon.yaml", "severities: {mistyped: low}").unwrap();
    let request = Request { configuration, ..Request::default() };
    check(request, RequestError::NoSuchControl("mistyped".into()));
    let benchmark = BenchmarkChoice::Named("cis-0.1".to_owned());
    let request = Request { benchmark, ..Request::default() };
    check(request, RequestError::NoSuchBenchmark("cis-0.1".into()));
}
