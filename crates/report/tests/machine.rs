//! Machine formats, read as their readers read them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;

use common::objects::{everywhere, in_manifest, manifests_only, many};
use common::{
    cluster, finding, node, plain, rendered, report, small, small_benchmark, without_kubernetes,
};
use merlon_model::{Action, BaselineState, Finding, Location, Outcome, Report, Severity};
use merlon_report::{Fix, Format, Options, REPORT_SCHEMA_ID, Replacement, report_schema};
use serde::Deserialize;
use serde_json::Value;

fn reports() -> [Report; 8] {
    let nothing = report(Vec::new(), Vec::new());
    [
        small(),
        small_benchmark(),
        without_kubernetes(),
        cluster(),
        nothing,
        manifests_only(),
        everywhere(),
        many(40),
    ]
}

fn valid(schema: &Value, text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    document
}

#[test]
fn json_is_the_report_and_fits_its_schema() {
    let schema = report_schema().to_value();
    for report in reports() {
        let text = rendered(Format::Json, &report, &plain());
        assert_eq!(valid(&schema, &text)["$schema"], REPORT_SCHEMA_ID);
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema = report_schema().to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut document: Value =
        serde_json::from_str(&rendered(Format::Json, &small(), &plain())).unwrap();
    document["findings"][0]["outcome"] = "green".into();
    assert!(!validator.is_valid(&document));
}

#[test]
fn sarif_fits_the_official_schema() {
    let mut schema: Value =
        serde_json::from_str(include_str!("data/sarif-schema-2.1.0.json")).unwrap();
    // The pattern of languages has a bracket too many, which ECMA 262 refuses as well.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    for report in reports() {
        for verbose in [false, true] {
            let options = Options { verbose, fix: &fix, ..plain() };
            let log = valid(&schema, &rendered(Format::Sarif, &report, &options));
            let results = log["runs"][0]["results"].as_array().unwrap();
            for result in results {
                // What the schema cannot say: a place for every result, levels for fails only.
                assert_eq!(result["locations"].as_array().unwrap().len(), 1);
                assert_eq!(result["kind"] == "fail", result["level"] != "none");
                let rule = &log["runs"][0]["tool"]["driver"]["rules"]
                    [usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
                assert_eq!(rule["id"], result["ruleId"]);
            }
            if verbose {
                assert_eq!(results.len(), report.findings.len());
            }
        }
    }
}

/// A fix of every finding in a manifest.
fn fix(finding: &Finding) -> Option<Fix> {
    finding.actions.iter().find_map(|action| match action {
        Action::EditObject { manifest: Some(path), .. } => Some(Fix {
            summary: "set a[0] to {b}".to_owned(),
            path: path.to_string(),
            replacements: vec![
                Replacement { line: 3, deleted: String::new(), inserted: "a: 1\n".to_owned() },
                Replacement { line: 5, deleted: "b: 1\nc: 1".to_owned(), ..Replacement::default() },
            ],
        }),
        _ => None,
    })
}

#[test]
fn sarif_fixes_replace_exact_regions() {
    let options = Options { fix: &fix, ..plain() };
    let log: Value =
        serde_json::from_str(&rendered(Format::Sarif, &manifests_only(), &options)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let fixes: Vec<&Value> = results.iter().filter_map(|it| it.pointer("/fixes/0")).collect();
    assert!(!fixes.is_empty());
    for fix in fixes {
        assert_eq!(fix["description"]["text"], "set a\\[0\\] to {{b}}");
        let change = &fix["artifactChanges"][0];
        assert_eq!(change["artifactLocation"]["uriBaseId"], "SRCROOT");
        assert_eq!(
            change["replacements"],
            serde_json::json!([
                {
                    "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 1},
                    "insertedContent": {"text": "a: 1\n"},
                },
                {"deletedRegion": {"startLine": 5, "startColumn": 1, "endLine": 6, "endColumn": 5}},
            ])
        );
    }
}

#[test]
fn sarif_rules_have_the_score_of_their_control_or_the_severity_that_took_its_place() {
    let check = |control: &str, findings: &[(Outcome, Severity)], expected: &str| {
        let findings = findings.iter().map(|&(outcome, severity)| Finding {
            severity,
            ..finding(control, "worker-1", "kubelet", outcome)
        });
        let report = report(vec![node("worker-1")], findings.collect());
        let options = Options { verbose: true, ..plain() };
        let log: Value = serde_json::from_str(&rendered(Format::Sarif, &report, &options)).unwrap();
        let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
        assert_eq!(rule["properties"]["security-severity"], expected, "{control}");
    };
    let fail = |severity| (Outcome::Fail, severity);
    let score = merlon_controls::find("scheduler-manifest-mode").unwrap().vector.score();
    assert_eq!(score.severity(), Severity::High);
    check("scheduler-manifest-mode", &[fail(Severity::High)], &score.to_string());
    // Lowered by what was seen, raised by the configuration.
    check("scheduler-manifest-mode", &[fail(Severity::Low)], "2.0");
    check("scheduler-manifest-mode", &[fail(Severity::Critical)], "9.5");
    // The worst of those that fail counts, wherever it stands.
    let (low, high) = (fail(Severity::Low), fail(Severity::High));
    check("scheduler-manifest-mode", &[low, high], &score.to_string());
    check("scheduler-manifest-mode", &[high, low], &score.to_string());
    check("scheduler-manifest-mode", &[low, (Outcome::Pass, Severity::High)], "2.0");
    check("sample-control-of-another-version", &[high], "8.0");
}

#[test]
fn sarif_fingerprints_outlive_moved_lines_and_restarts() {
    let fingerprints = |report: &Report| -> BTreeSet<String> {
        let log: Value = serde_json::from_str(&rendered(Format::Sarif, report, &plain())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect()
    };
    let before = cluster();
    let mut after = before.clone();
    for evidence in after.findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        match &mut evidence.location {
            Some(Location::File { line: Some(line), .. }) => *line += 3,
            Some(Location::Argument { pid, .. } | Location::Process { pid, .. }) => *pid += 100,
            _ => {}
        }
    }
    assert_ne!(before, after);
    assert_eq!(fingerprints(&before), fingerprints(&after));
    // Different findings have different fingerprints.
    let attention = [Outcome::Fail, Outcome::Error, Outcome::Justified];
    let expected = before.findings.iter().filter(|f| attention.contains(&f.outcome)).count();
    assert_eq!(fingerprints(&before).len(), expected);
}

/// kube-bench's own structs, as it reads its output back.
mod go {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "PascalCase")]
    pub(super) struct Overall {
        pub(super) controls: Vec<Controls>,
        pub(super) totals: Summary,
    }

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Summary {
        pub(super) total_pass: i64,
        pub(super) total_fail: i64,
        pub(super) total_warn: i64,
        pub(super) total_info: i64,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Controls {
        pub(super) id: String,
        pub(super) version: String,
        pub(super) detected_version: Option<String>,
        pub(super) text: String,
        pub(super) node_type: String,
        pub(super) tests: Option<Vec<Group>>,
        pub(super) total_pass: i64,
        pub(super) total_fail: i64,
        pub(super) total_warn: i64,
        pub(super) total_info: i64,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Group {
        pub(super) section: String,
        pub(super) r#type: String,
        pub(super) pass: i64,
        pub(super) fail: i64,
        pub(super) warn: i64,
        pub(super) info: i64,
        pub(super) desc: String,
        pub(super) results: Vec<Check>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Check {
        pub(super) test_number: String,
        pub(super) test_desc: String,
        #[serde(rename = "audit")]
        pub(super) _audit: String,
        #[serde(rename = "AuditEnv")]
        pub(super) _audit_env: String,
        #[serde(rename = "AuditConfig")]
        pub(super) _audit_config: String,
        pub(super) r#type: String,
        pub(super) remediation: String,
        pub(super) test_info: Vec<String>,
        pub(super) status: String,
        #[serde(rename = "actual_value")]
        pub(super) _actual_value: String,
        #[serde(rename = "scored")]
        pub(super) _scored: bool,
        #[serde(rename = "IsMultiple")]
        pub(super) is_multiple: bool,
        #[serde(rename = "expected_result")]
        pub(super) _expected_result: String,
        pub(super) reason: Option<String>,
    }
}

#[test]
fn kube_bench_reads_our_json() {
    for report in [small_benchmark(), cluster()] {
        let text = rendered(Format::KubeBench, &report, &plain());
        assert_eq!(text.lines().count(), 1);
        let overall =
            go::Overall::deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        let mut total = go::Summary { total_pass: 0, total_fail: 0, total_warn: 0, total_info: 0 };
        let mut sections = 0;
        for controls in &overall.controls {
            assert_eq!(controls.version, "cis-1.12");
            assert_eq!(controls.detected_version.as_deref(), Some("1.31"));
            assert!(!controls.text.is_empty() && !controls.node_type.is_empty());
            let groups = controls.tests.as_ref().unwrap();
            for group in groups {
                assert!(group.section.starts_with(&controls.id) && group.r#type.is_empty());
                assert!(!group.desc.is_empty());
                sections += group.results.len();
                for check in &group.results {
                    assert!(check.test_number.starts_with(&group.section));
                    assert!(check.test_desc.starts_with("whether "), "{}", check.test_desc);
                    assert_eq!(check.test_info, std::slice::from_ref(&check.remediation));
                    assert!(!check.is_multiple);
                    assert_eq!(check.status == "INFO", check.r#type == "skip");
                    assert_eq!(check.status == "PASS", check.reason.is_none());
                }
                let of = |status: &str| {
                    i64::try_from(group.results.iter().filter(|c| c.status == status).count())
                        .unwrap()
                };
                assert_eq!(
                    (group.pass, group.fail, group.warn, group.info),
                    (of("PASS"), of("FAIL"), of("WARN"), of("INFO"))
                );
            }
            total.total_pass += controls.total_pass;
            total.total_fail += controls.total_fail;
            total.total_warn += controls.total_warn;
            total.total_info += controls.total_info;
        }
        assert_eq!(overall.totals, total);
        let expected: usize =
            report.nodes.iter().map(|n| n.benchmark.as_ref().unwrap().sections.len()).sum();
        assert_eq!(sections, expected);
    }
}

#[test]
fn junit_counts_what_the_report_counts() {
    let text = rendered(Format::Junit, &small(), &plain());
    let junit = quick_junit::Report::deserialize_from_str(&text).unwrap();
    let summary = small().summary;
    assert_eq!(junit.failures, summary.get(Outcome::Fail));
    assert_eq!(junit.errors, summary.get(Outcome::Error));
    assert_eq!(junit.tests, small().findings.len());
}

#[test]
fn junit_has_a_case_for_each_control_and_object() {
    let text = rendered(Format::Junit, &everywhere(), &plain());
    let junit = quick_junit::Report::deserialize_from_str(&text).unwrap();
    let names: Vec<&str> = junit.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["worker-1", "deploy", "prod"]);
    assert_eq!(junit.tests, everywhere().findings.len());
}

#[test]
fn findings_of_the_same_field_have_different_fingerprints() {
    let mut report = many(1);
    report.findings = vec![
        in_manifest("deploy/web.yaml", 3, "web", "app"),
        in_manifest("deploy/web.yaml", 9, "web", "app"),
    ];
    let fingerprints = |report: &Report| -> Vec<String> {
        let text = rendered(Format::Gitlab, report, &plain());
        let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
        entries.iter().map(|entry| entry["fingerprint"].to_string()).collect()
    };
    let before = fingerprints(&report);
    assert_ne!(before[0], before[1]);
    report.findings[1] = in_manifest("deploy/web.yaml", 90, "web", "app");
    assert_eq!(fingerprints(&report), before);
}

#[test]
fn gitlab_entries_have_what_code_quality_asks_for() {
    for report in reports() {
        let text = rendered(Format::Gitlab, &report, &plain());
        let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
        let shown = |f: &&Finding| matches!(f.outcome, Outcome::Fail | Outcome::Error);
        assert_eq!(entries.len(), report.findings.iter().filter(shown).count());
        let mut known = BTreeSet::new();
        for entry in &entries {
            let severity = entry["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
            assert!(known.insert(entry["fingerprint"].as_str().unwrap().to_owned()));
            let path = entry["location"]["path"].as_str().unwrap();
            assert!(!path.is_empty() && !path.starts_with("./"), "{path}");
            assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() > 0);
            assert!(!entry["check_name"].as_str().unwrap().is_empty());
        }
    }
}

#[test]
fn github_gets_as_many_annotations_as_it_shows() {
    let annotations = |report: &Report, options: &Options<'_>| {
        let text = rendered(Format::Github, report, options);
        (text.lines().filter(|line| line.starts_with("::")).count(), text)
    };
    let (shown, text) = annotations(&many(40), &plain());
    assert_eq!(shown, 10);
    assert!(text.contains("Not annotated: 30 more"), "{text}");
    assert_eq!(annotations(&many(40), &Options { verbose: true, ..plain() }).0, 40);
    // What was there before is none of the change's doing.
    let mut known = many(3);
    known.findings[0].baseline = Some(BaselineState::Unchanged);
    known.gone = Some(0);
    let (shown, text) = annotations(&known, &plain());
    assert_eq!(shown, 2);
    assert!(text.contains("Against the baseline: 2 new, 1 known, 0 gone."), "{text}");
}

#[test]
fn kube_bench_shows_benchmarks_of_inventories_as_further_entries() {
    let mut report = small_benchmark();
    let mut inventory = everywhere().inventories.remove(1);
    inventory.benchmark = report.nodes[0].benchmark.clone();
    report.inventories = vec![inventory];
    let document: Value =
        serde_json::from_str(&rendered(Format::KubeBench, &report, &plain())).unwrap();
    let texts: Vec<&str> = document["Controls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|controls| controls["node_type"] == "policies")
        .map(|controls| controls["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Policies (worker-1)", "Policies (prod)"]);
}
