//! What a scan of the node says, section by section.

use serde_json::Value;

use crate::node::merlon;
use crate::table;

const BENCHMARK: &str = "cis-1.12";

/// Every section of the chapters that are about a node has the outcomes of the case's table.
pub(crate) fn sections(case: &str) {
    let report = report(&["--benchmark", BENCHMARK]);
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

fn row(section: &str, finding: &Value) -> String {
    let field = |name: &str| finding[name].as_str().unwrap();
    let fields = [section, field("control"), field("resource"), field("outcome")];
    assert!(fields.iter().all(|field| !field.contains([',', '"', '\n'])), "{fields:?}");
    fields.join(",")
}

/// The report of a scan of this host.
pub(crate) fn report(arguments: &[&str]) -> Value {
    let output = merlon()
        .args(["scan", "--node", "-o", "json", "--fail-on", "never"])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}
