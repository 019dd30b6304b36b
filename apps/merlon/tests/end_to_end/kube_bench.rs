//! kube-bench's JSON, read as strictly as kube-bench's own structures allow
//! (`check/controls.go`, `check/check.go`).

#![allow(dead_code, reason = "the fields say what may be there")]

use serde::Deserialize;

use crate::support::{Host, merlon, scan};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overall {
    #[serde(rename = "Controls")]
    controls: Vec<Controls>,
    #[serde(rename = "Totals")]
    totals: Totals,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Totals {
    total_pass: usize,
    total_fail: usize,
    total_warn: usize,
    total_info: usize,
}

// Its totals are fields of its own, so that no structure is put into it: unknown ones are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Controls {
    id: String,
    version: String,
    detected_version: Option<String>,
    text: String,
    node_type: String,
    tests: Vec<Group>,
    total_pass: usize,
    total_fail: usize,
    total_warn: usize,
    total_info: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    section: String,
    #[serde(rename = "type")]
    kind: String,
    pass: usize,
    fail: usize,
    warn: usize,
    info: usize,
    desc: String,
    results: Vec<Check>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    test_number: String,
    test_desc: String,
    audit: String,
    #[serde(rename = "AuditEnv")]
    audit_env: String,
    #[serde(rename = "AuditConfig")]
    audit_config: String,
    #[serde(rename = "type")]
    kind: String,
    remediation: String,
    test_info: Vec<String>,
    status: Status,
    actual_value: String,
    scored: bool,
    #[serde(rename = "IsMultiple")]
    is_multiple: bool,
    expected_result: String,
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Pass,
    Fail,
    Warn,
    Info,
}

pub(crate) fn programs_that_read_kube_bench_read_this() {
    for (host, benchmark) in [
        ("kubeadm-control-plane", "cis-1.12"),
        ("empty", "cis-1.12"),
        ("rke2-server", "rke2-cis-1.8"),
    ] {
        let output =
            scan(Host::named(host).root(), &["--benchmark", benchmark, "--output", "kube-bench"]);
        assert_eq!(output.stdout.lines().count(), 1, "one compact line");
        let read: Overall = serde_json::from_str(&output.stdout).unwrap();
        check_totals(&read);
        assert_eq!(sections(&read), listed(benchmark), "{host}");
        for controls in &read.controls {
            assert_eq!(controls.version, benchmark);
            for group in &controls.tests {
                group.results.iter().for_each(check_result);
            }
        }
    }
}

#[track_caller]
fn check_totals(read: &Overall) {
    let mut sum = Totals { total_pass: 0, total_fail: 0, total_warn: 0, total_info: 0 };
    for controls in &read.controls {
        for group in &controls.tests {
            let count = |status| group.results.iter().filter(|one| one.status == status).count();
            assert_eq!(group.pass, count(Status::Pass), "{}", group.section);
            assert_eq!(group.fail, count(Status::Fail), "{}", group.section);
            assert_eq!(group.warn, count(Status::Warn), "{}", group.section);
            assert_eq!(group.info, count(Status::Info), "{}", group.section);
        }
        let add = |of: fn(&Group) -> usize| controls.tests.iter().map(of).sum::<usize>();
        assert_eq!(controls.total_pass, add(|group| group.pass), "{}", controls.id);
        assert_eq!(controls.total_fail, add(|group| group.fail), "{}", controls.id);
        assert_eq!(controls.total_warn, add(|group| group.warn), "{}", controls.id);
        assert_eq!(controls.total_info, add(|group| group.info), "{}", controls.id);
        sum.total_pass += controls.total_pass;
        sum.total_fail += controls.total_fail;
        sum.total_warn += controls.total_warn;
        sum.total_info += controls.total_info;
    }
    assert_eq!(read.totals, sum);
}

#[track_caller]
fn check_result(result: &Check) {
    let number = &result.test_number;
    assert!(!result.test_desc.is_empty(), "{number}");
    assert_eq!(result.test_info, [result.remediation.as_str()], "{number}");
    assert!(["", "manual", "skip"].contains(&result.kind.as_str()), "{number}: {}", result.kind);
    if result.status == Status::Pass {
        assert!(!result.actual_value.is_empty(), "{number} passes without evidence");
    }
}

fn sections(read: &Overall) -> Vec<String> {
    let groups = read.controls.iter().flat_map(|controls| &controls.tests);
    let results = groups.flat_map(|group| &group.results);
    let mut sections: Vec<String> = results.map(|result| result.test_number.clone()).collect();
    sections.sort();
    sections
}

/// What `merlon benchmarks` lists, which the table of the benchmark decides.
fn listed(benchmark: &str) -> Vec<String> {
    let listed = merlon(["benchmarks", benchmark]).ended(0).stdout;
    let first = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let mut sections: Vec<String> = listed.lines().map(first).collect();
    sections.sort();
    assert!(sections.len() > 100, "{benchmark} lists {}", sections.len());
    sections
}
