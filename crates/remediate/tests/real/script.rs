use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use merlon_model::Report;
use merlon_remediate::shell;
use tempfile::TempDir;

use crate::host::Hosts;
use crate::support::{MANIFEST, everything, hostile as hostile_report, report};
use crate::tools::{Tools, text};

fn written(report: &Report) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("fix.sh");
    fs::write(&path, shell(report)).expect("a file");
    (folder, path)
}

fn run(script: &Path, node: &str, root: &Path, arguments: &[&str]) -> Output {
    Command::new("sh")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::null())
        .env("MERLON_NODE", node)
        .env("MERLON_ROOT", root)
        .env("MERLON_RESTART", "no")
        .output()
        .expect("sh runs")
}

fn said(output: &Output) -> String {
    let said = text(output);
    assert!(output.status.success(), "{said}");
    said
}

pub(crate) fn mends(_: &Tools) {
    let hosts = Hosts::new();
    let (_folder, script) = written(&everything());
    let before = hosts.files();
    for node in ["cp-1", "etcd-1", "worker-1"] {
        let shown = said(&run(&script, node, &hosts.root(node), &[]));
        assert!(shown.contains("would change"), "{shown}");
        assert!(shown.contains("Nothing was changed"), "{shown}");
        assert!(!shown.contains("k3s-secret"), "{shown}");
    }
    assert_eq!(hosts.files(), before, "nothing is changed without --apply");
    for node in ["cp-1", "etcd-1", "worker-1"] {
        said(&run(&script, node, &hosts.root(node), &["--apply"]));
    }
    hosts.assert_mended();
    for node in ["cp-1", "etcd-1", "worker-1"] {
        let again = said(&run(&script, node, &hosts.root(node), &["--apply"]));
        assert!(!again.contains("changed /") && !again.contains("restrict"), "{again}");
    }
    let stranger = run(&script, "cp-2", &hosts.root("cp-1"), &["--apply"]);
    assert_eq!(stranger.status.code(), Some(2), "{}", text(&stranger));
    let wrong = run(&script, "cp-1", &hosts.root("cp-1"), &["--aply"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong));

    hosts.write("cp-1", MANIFEST, "spec: {containers: []}\n", 0o600);
    let refused = run(&script, "cp-1", &hosts.root("cp-1"), &["--apply"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("is no block mapping"), "{}", text(&refused));
    assert_eq!(hosts.read("cp-1", MANIFEST), "spec: {containers: []}\n");
}

pub(crate) fn hostile(_: &Tools) {
    let mark = Path::new("/tmp/merlon-owned");
    assert!(!mark.exists(), "left by somebody else");
    let hosts = Hosts::empty();
    let report = hostile_report();
    let (_folder, script) = written(&report);
    for node in &report.nodes {
        let output = run(&script, &node.name, &hosts.root("x"), &["--apply"]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{:?}: {said}", node.name);
        assert!(said.contains("No such file"), "{:?}: {said}", node.name);
    }
    assert!(!mark.exists(), "a text was run");
}

pub(crate) fn shellcheck(tools: &Tools) {
    for report in [everything(), report(Vec::new()), hostile_report()] {
        let (_folder, script) = written(&report);
        // Texts between single quotes are not to be expanded: that is what SC2016 wonders about.
        let options = ["--shell=sh", "--exclude=SC2016"];
        let output = tools.command("shellcheck").args(options).arg(&script).output();
        said(&output.expect("shellcheck runs"));
    }
}
