//! What the program's exit code says to a pipeline.

use std::fs;

use crate::support::{Host, Merlon, merlon, scan};

const CLEAN: i32 = 0;
const FINDINGS: i32 = 1;
const NOT_UNDERSTOOD: i32 = 2;
const NOT_EVALUATED: i32 = 3;

/// Of the control plane node: `kubelet-anonymous-auth` passes, `private-key-exposed` fails as
/// high and has errors too, `scheduler-manifest-mode` fails as high, `apiserver-anonymous-auth`
/// as medium, `apiserver-profiling` as low, `etcd-shares-cluster-ca` passes,
/// `private-key-mode` has errors.
const SCANS: &[(&[&str], i32)] = &[
    (&["--control", "kubelet-anonymous-auth"], CLEAN),
    (&["--control", "kubelet-anonymous-auth", "--fail-on", "low"], CLEAN),
    // Below what was asked for.
    (&["--control", "apiserver-profiling"], CLEAN),
    (&["--control", "apiserver-anonymous-auth"], CLEAN),
    (&["--control", "apiserver-anonymous-auth", "--fail-on", "critical"], CLEAN),
    (&["--control", "scheduler-manifest-mode", "--fail-on", "critical"], CLEAN),
    (&["--control", "scheduler-manifest-mode", "--fail-on", "never"], CLEAN),
    // Others may read the manifest, and no more.
    (&["--control", "scheduler-manifest-mode"], CLEAN),
    (&["--control", "scheduler-manifest-mode", "--fail-on", "low"], FINDINGS),
    (&["--control", "apiserver-anonymous-auth", "--fail-on", "medium"], FINDINGS),
    (&["--control", "apiserver-profiling", "--fail-on", "low"], FINDINGS),
    // What fails outweighs what could not be evaluated …
    (&["--control", "private-key-exposed"], FINDINGS),
    (&["--control", "private-key-exposed", "--fail-on", "high"], FINDINGS),
    (&[], FINDINGS),
    (&["--benchmark", "--fail-on", "medium"], FINDINGS),
    (&["--benchmark", "cis-1.12", "--fail-on", "medium"], FINDINGS),
    // … which is never silent, whatever fails the run.
    (&["--control", "private-key-exposed", "--fail-on", "never"], NOT_EVALUATED),
    (&["--fail-on", "never"], NOT_EVALUATED),
    // Nothing that concerns the node was asked.
    (&["--control", "apiserver-insecure-port"], NOT_EVALUATED),
    // A person's work is not a failure.
    (&["--benchmark", "cis-1.12", "--section", "5.1.*"], CLEAN),
    (&["--fail-on", "sometimes"], NOT_UNDERSTOOD),
    (&["--output", "yaml"], NOT_UNDERSTOOD),
    (&["--section", "1.2.1"], NOT_UNDERSTOOD),
    (&["--kubernetes-version", "newest"], NOT_UNDERSTOOD),
    (&["--configz-token", "t"], NOT_UNDERSTOOD),
    (&["--what"], NOT_UNDERSTOOD),
    (&["--benchmark", "cis-0.1"], NOT_EVALUATED),
    (&["--control", "no-such-control"], NOT_EVALUATED),
    (&["--config", "absent.yaml"], NOT_EVALUATED),
    (&["--justifications", "absent.yaml"], NOT_EVALUATED),
    (&["--output-file", "/absent/report"], NOT_EVALUATED),
    (&["--output", "kube-bench"], NOT_EVALUATED),
    (&["--configz", "https://127.0.0.1:1"], NOT_EVALUATED),
    (&["--configz", "http://127.0.0.1:1"], NOT_EVALUATED),
];

pub(crate) fn codes_say_what_a_scan_came_to() {
    let host = Host::named("kubeadm-control-plane");
    let mut wrong = Vec::new();
    for (arguments, expected) in SCANS {
        let output = scan(host.root(), arguments);
        if output.code != *expected {
            wrong.push(format!("{arguments:?}: {} and not {expected}", output.code));
        }
        if *expected == NOT_UNDERSTOOD {
            assert!(output.stdout.is_empty() && output.stderr.contains("--help"), "{output:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub(crate) fn other_commands_use_the_same_codes() {
    for (arguments, expected) in [
        (&["controls"][..], CLEAN),
        (&["benchmarks", "cis-1.12"], CLEAN),
        (&["explain", "kubelet-anonymous-auth"], CLEAN),
        (&["--help"], CLEAN),
        (&["--version"], CLEAN),
        (&[], NOT_UNDERSTOOD),
        (&["scam"], NOT_UNDERSTOOD),
        (&["completions", "tcsh"], NOT_UNDERSTOOD),
        (&["explain", "no-such-control"], NOT_EVALUATED),
        (&["benchmarks", "cis-0.1"], NOT_EVALUATED),
        (&["fix", "--report", "absent.json"], NOT_EVALUATED),
    ] {
        let output = merlon(arguments);
        assert_eq!(output.code, expected, "{arguments:?}: {output:?}");
    }
}

pub(crate) fn a_configuration_beside_the_caller_is_used() {
    let host = Host::named("kubeadm-control-plane");
    let call = || {
        Merlon::new(["scan", "--control", "kubelet-anonymous-auth", "--host-root"])
            .argument(host.root())
    };
    let broken = call();
    fs::write(broken.directory().join("merlon.yaml"), "justifications:\n- contrl: a\n").unwrap();
    broken.run().ended(NOT_EVALUATED).says("merlon.yaml:2: ");
    let severe = Merlon::new(["scan", "--control", "apiserver-profiling", "--host-root"]);
    let severe = severe.argument(host.root());
    fs::write(severe.directory().join("merlon.yaml"), "severities: {apiserver-profiling: high}\n")
        .unwrap();
    severe.run().ended(FINDINGS);
}

pub(crate) fn a_report_goes_to_the_file_that_is_named() {
    let host = Host::named("kubeadm-control-plane");
    let directory = tempfile::tempdir().unwrap();
    let named = directory.path().join("report.json");
    let call = Merlon::new(["scan", "-o", "json", "--output-file"]).argument(&named);
    let output = call.argument("--host-root").argument(host.root()).run().ended(FINDINGS);
    assert!(output.stdout.is_empty(), "{output:?}");
    let report: merlon_model::Report = serde_json::from_slice(&fs::read(&named).unwrap()).unwrap();
    assert!(report.findings.len() > 100);
    let planned = Merlon::new(["fix", "--report"]).argument(&named).run().ended(CLEAN);
    planned.says("scheduler-manifest-mode");
    planned.says("Nothing was changed");
}
