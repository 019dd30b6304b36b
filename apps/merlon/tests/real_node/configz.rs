//! What a kubelet answers about itself, against what its flags and files come to.

use std::process::Stdio;

use merlon_model::{Component, Location};
use merlon_snapshot::Snapshot;
use merlon_views::{NodeView, Told, settings};

use crate::node::{Node, merlon};
use crate::{help::same, scan};

/// Every setting has the value that the kubelet itself tells, and every control the same outcome.
pub(crate) fn files_and_flags_come_to_the_same(node: &Node) {
    let arguments = arguments(node);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    settings_agree(&collect(&[]), &collect(&arguments));
    outcomes_agree(&arguments);
}

/// Asks as the API server would: with its certificate for kubelets.
fn arguments(node: &Node) -> Vec<String> {
    let trust = std::env::temp_dir().join(format!("kubelet-{}.crt", std::process::id()));
    std::fs::write(&trust, node.kubelet.trust()).unwrap();
    let url = format!("https://{}:{}", node.kubelet.node(), node.kubelet.port());
    let client = "/etc/kubernetes/pki/apiserver-kubelet-client";
    [
        ("--configz", url),
        ("--configz-ca", trust.to_str().unwrap().to_owned()),
        ("--configz-certificate", format!("{client}.crt")),
        ("--configz-key", format!("{client}.key")),
    ]
    .into_iter()
    .flat_map(|(flag, value)| [flag.to_owned(), value])
    .collect()
}

fn collect(arguments: &[&str]) -> Snapshot {
    let output = merlon()
        .args(["collect", "-o", "-"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    merlon_snapshot::read(output.stdout.as_slice()).unwrap()
}

fn settings_agree(without: &Snapshot, with: &Snapshot) {
    assert!(without.nodes[0].live_kubelet.is_none());
    assert!(with.nodes[0].live_kubelet.is_some(), "{:?}", with.nodes[0].gaps);
    let told = Told::default();
    let without = NodeView::new(&without.nodes[0], 0, &told);
    let with = NodeView::new(&with.nodes[0], 0, &told);
    let without = &without.instances(Component::Kubelet)[0];
    let with = &with.instances(Component::Kubelet)[0];
    let mut wrong = Vec::new();
    let mut compared = 0;
    for setting in settings::of(Component::Kubelet).iter().filter(|row| row.config.is_some()) {
        let name = setting.name;
        match (without.effective(name), with.effective(name)) {
            (Ok(computed), Ok(live)) => {
                compared += 1;
                let told = matches!(live.location, Location::Live { .. });
                let by_default = matches!(live.location, Location::Default { .. });
                if !told && !by_default && !setting.filled_in {
                    wrong.push(format!("  {name}: decided by {}", live.location));
                }
                if !same(&computed.value, &live.value) {
                    let from = computed.location;
                    wrong.push(format!(
                        "  {name}: {} by {from}, live {}",
                        computed.value, live.value
                    ));
                }
            }
            // Neither is known where the release has no such setting.
            (Err(one), Err(other)) if one == other => {}
            (one, other) => wrong.push(format!("  {name}: {one:?}, live {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "the kubelet itself tells otherwise:\n{}", wrong.join("\n"));
    assert!(compared > 30, "only {compared} settings were compared");
}

fn outcomes_agree(arguments: &[&str]) {
    let controls = ["--control", "kubelet-*"];
    let rows = |arguments: &[&str]| {
        let report = scan::report(&[&controls, arguments].concat());
        let findings = report["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .map(|finding| {
                ["control", "resource", "outcome"].map(|name| finding[name].to_string()).join(" ")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&[]), rows(arguments), "with and without --configz");
}
