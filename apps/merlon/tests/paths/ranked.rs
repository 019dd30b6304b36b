use merlon_model::{Outcome, Report};
use serde_json::Value;

use crate::world::{Output, SHOP, directory, merlon};

fn scan(configuration: Option<&str>, arguments: &[&str]) -> Output {
    let directory = directory(&[("all.yaml", SHOP)]);
    if let Some(text) = configuration {
        std::fs::write(directory.path().join("merlon.yaml"), text).unwrap();
    }
    let arguments: Vec<&str> = ["scan", "all.yaml"].iter().chain(arguments).copied().collect();
    merlon(directory.path(), &arguments)
}

fn report(configuration: Option<&str>, arguments: &[&str]) -> Report {
    let arguments: Vec<&str> = ["-o", "json"].iter().chain(arguments).copied().collect();
    let output = scan(configuration, &arguments);
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Failing findings, the riskiest first, each by control and object.
fn order(report: &Report) -> Vec<String> {
    let mut fails: Vec<_> =
        report.findings.iter().filter(|it| it.outcome == Outcome::Fail).collect();
    let risk = |finding: &&merlon_model::Finding| finding.risk.as_ref().unwrap().tenths;
    fails.sort_by_key(|finding| std::cmp::Reverse(risk(finding)));
    fails.iter().map(|it| format!("{}: {}", it.control, risk(it))).collect()
}

#[test]
fn a_scan_ends_with_what_an_attacker_gets_to() {
    let text = scan(None, &[]).ended(1).stdout;
    let (_, end) = text.split_once("Attack paths: ").unwrap_or_else(|| panic!("{text}"));
    // Every entry that gets there is named, and not only the nearest.
    let all = "any-pod and internet reach cluster-admin; any-pod reaches node";
    let both = "any-pod and internet reach cluster-admin and node";
    assert!(end.starts_with(all) || end.starts_with(both), "{end}");
    assert!(end.contains("(threat model general)"), "{end}");
    assert!(end.contains("`merlon paths all.yaml` tells the ways step by step"), "{end}");
    assert!(end.contains("remove every path to cluster-admin and node"), "{end}");
    assert!(end.contains("lie on a path"), "{end}");
}

#[test]
fn the_json_report_has_risks_as_the_schema_says() {
    let schema = merlon(&std::env::temp_dir(), &["schema", "report"]).ended(0).stdout;
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report = report(None, &[]);
    let value = serde_json::to_value(&report).unwrap();
    let problems: Vec<String> = validator.iter_errors(&value).map(|it| it.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let attack = report.attack.as_ref().unwrap();
    assert_eq!(attack.threat_model, "general");
    assert!(attack.findings_on_paths > 0 && !attack.changes.is_empty());
    for finding in &report.findings {
        assert_eq!(finding.risk.is_some(), finding.outcome == Outcome::Fail, "{}", finding.control);
    }
}

#[test]
fn a_threat_model_changes_the_order() {
    let (general, sensitive) =
        (report(None, &[]), report(None, &["--threat-model", "sensitive-data"]));
    assert_eq!(sensitive.attack.as_ref().unwrap().threat_model, "sensitive-data");
    assert_eq!(general.findings.len(), sensitive.findings.len());
    assert_ne!(order(&general), order(&sensitive));
}

#[test]
fn the_configuration_chooses_entries_targets_and_weights() {
    let configuration = "threatModel:\n  entries: [serviceaccount shop/web]\n  targets: [cluster-admin]\n  \
        weights:\n  - {controls: [container-privileged], percent: 300, reason: we dread it}\n";
    let report = report(Some(configuration), &[]);
    let attack = report.attack.as_ref().unwrap();
    let routes: Vec<String> =
        attack.routes.iter().map(|it| format!("{} > {}", it.entry, it.target)).collect();
    assert_eq!(routes, ["serviceaccount shop/web > cluster-admin"]);
    let dreaded = report
        .findings
        .iter()
        .find(|it| it.control == "container-privileged" && it.outcome == Outcome::Fail);
    let risk = dreaded.and_then(|it| it.risk.as_deref()).unwrap();
    assert!(risk.factors.iter().any(|it| it.percent == 300 && it.reason == "we dread it"));
    let bad = scan(Some("threatModel: {entries: [attic]}\n"), &[]).ended(3);
    assert!(bad.stderr.contains("merlon.yaml") && bad.stderr.contains("attic"), "{bad:?}");
}

#[test]
fn what_lies_on_no_path_is_told_so() {
    let configuration = "threatModel: {entries: [user nobody], targets: [cluster-admin]}\n";
    let report = report(Some(configuration), &[]);
    let attack = report.attack.as_ref().unwrap();
    assert!(attack.routes.is_empty() && attack.findings_on_paths == 0);
    let text = scan(Some(configuration), &[]).stdout;
    assert!(text.contains("Attack paths: none that the objects show"), "{text}");
}
