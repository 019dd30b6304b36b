//! What a scan of the node says, section by section.

use std::path::Path;

use serde_json::Value;

use crate::node::merlon;
use crate::table;

const BENCHMARK: &str = "cis-1.12";

/// Every section of the chapters that are about a node has the outcomes of the case's table.
pub(crate) fn sections(case: &str) {
    check_sections(case, &report(&["--benchmark", BENCHMARK]));
}

/// A snapshot in `examples/nodes` has the outcomes of the table of its name.
pub(crate) fn recorded(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/nodes");
    let snapshot = root.join(format!("{name}.merlon"));
    let arguments = ["--snapshot", snapshot.to_str().unwrap(), "--benchmark", BENCHMARK];
    check_sections(&format!("recorded-{name}"), &answer(&arguments));
}

fn check_sections(case: &str, report: &Value) {
    let node = &report["nodes"][0];
    assert_eq!(node["distribution"], "kubeadm");
    assert_eq!(node.get("gaps"), None, "everything can be seen");
    let mut rows = Vec::new();
    for section in node["benchmark"]["sections"].as_array().unwrap() {
        let id = section["id"].as_str().unwrap();
        if id.starts_with('5') {
            continue;
        }
        let findings = section["findings"].as_array().unwrap();
        assert!(!findings.is_empty(), "{id} is answered by nothing");
        for place in findings {
            let finding = &report["findings"][usize::try_from(place.as_u64().unwrap()).unwrap()];
            rows.push(row(id, finding));
        }
    }
    table::check(case, "section,control,resource,outcome", &rows);
}

/// What decided, where more than one source could have: case, control, message, place.
const DECIDED: &[(&str, &str, &str, &str)] = &[
    // Two arguments, `--audit-log-maxage 30`.
    (
        "hardened",
        "apiserver-audit-log-maxage",
        "--audit-log-maxage is 30",
        "/etc/kubernetes/manifests/kube-apiserver.yaml:",
    ),
    ("unhardened-1.37", "apiserver-audit-log-maxage", "366", "default of kube-apiserver 1.37"),
    ("unhardened-1.32", "apiserver-audit-log-maxage", "0", "default of kube-apiserver"),
    ("kubeadm", "apiserver-profiling", "true", "default of kube-apiserver"),
    (
        "hardened",
        "kubelet-pod-pids-unlimited",
        "4096",
        "/etc/kubernetes/kubelet.conf.d/10-pids.conf:",
    ),
    ("hardened", "kubelet-anonymous-auth", "false", "/var/lib/kubelet/config.yaml:"),
    ("kubeadm", "kubelet-pod-pids-unlimited", "-1", "default of kubelet"),
    // A zero in the file is no value: the kubelet takes its default.
    ("unhardened", "kubelet-streaming-timeout-off", "4h0m0s", "default of kubelet"),
    // The flag wins over the file, the last file over the first.
    ("structured", "kubelet-streaming-timeout-off", "5m0s", "/var/lib/kubelet/kubeadm-flags.env:"),
    (
        "structured",
        "kubelet-pod-pids-unlimited",
        "1024",
        "/etc/kubernetes/kubelet.conf.d/20-pids.conf:",
    ),
    // Files in the place of flags.
    (
        "structured",
        "apiserver-anonymous-auth",
        "is true",
        "/etc/kubernetes/structured/authentication.yaml:",
    ),
    (
        "structured",
        "apiserver-without-rbac",
        "RBAC",
        "/etc/kubernetes/structured/authorization.yaml:",
    ),
];

/// Evidence names the source that decided.
pub(crate) fn evidence(case: &str) {
    let report = report(&[]);
    let findings = report["findings"].as_array().unwrap();
    for (of, control, says, place) in DECIDED.iter().filter(|row| case.starts_with(row.0)) {
        let named = |finding: &&Value| finding["control"] == *control;
        let finding = findings.iter().find(named).expect(control);
        let evidence = finding["evidence"].as_array().unwrap();
        let matches = evidence.iter().any(|one| {
            one["statement"].as_str().unwrap().contains(says)
                && shown(&one["location"]).starts_with(place)
        });
        assert!(matches, "{of} {control}: {says} at {place} is not in {evidence:#?}");
    }
}

/// A place without what differs from run to run.
fn shown(location: &Value) -> String {
    let text = |name: &str| location[name].as_str().unwrap_or_default();
    match text("kind") {
        "argument" => format!("{} argument", text("process")),
        "default" => format!("default of {} {}", text("component"), text("version")),
        "file" => format!("{}:{}", text("path"), location["line"]),
        other => other.to_owned(),
    }
}

fn row(section: &str, finding: &Value) -> String {
    let field = |name: &str| finding[name].as_str().unwrap();
    let fields = [section, field("control"), field("resource"), field("outcome")];
    assert!(fields.iter().all(|field| !field.contains([',', '"', '\n'])), "{fields:?}");
    fields.join(",")
}

/// The report of a scan of this host.
pub(crate) fn report(arguments: &[&str]) -> Value {
    answer(&[&["--node"], arguments].concat())
}

fn answer(arguments: &[&str]) -> Value {
    let output = merlon()
        .args(["scan", "-o", "json", "--fail-on", "never"])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}
