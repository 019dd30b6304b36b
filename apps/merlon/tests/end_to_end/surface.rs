//! The command line as people and shells meet it.

use std::fs;
use std::process::Command;

use crate::support::{Host, merlon, scan};

const COMMANDS: [&str; 9] = [
    "scan",
    "collect",
    "snapshot",
    "fix",
    "explain",
    "controls",
    "benchmarks",
    "schema",
    "completions",
];

pub(crate) fn every_command_has_help() {
    let whole = merlon(["--help"]).ended(0).stdout;
    for command in COMMANDS {
        assert!(whole.contains(&format!("\n  {command}")), "{command}");
        let help = merlon([command, "--help"]).ended(0).stdout;
        assert!(help.contains("Usage: merlon"), "{command}: {help}");
        let told = help.contains("Exit codes:");
        assert_eq!(told, command == "scan", "{command} has codes of its own to tell");
    }
    let help = merlon(["scan", "--help"]).stdout;
    for code in 0..=3 {
        assert!(help.contains(&format!("\n  {code}  ")), "{code}: {help}");
    }
}

pub(crate) fn explaining_what_does_not_exist_says_what_does() {
    for (asked, near) in [
        ("kubelet-anonymous", "kubelet-anonymous-auth"),
        ("anonymous-auth", "kubelet-anonymous-auth"),
        ("etcd-data-permissions", "etcd-data-mode"),
    ] {
        let output = merlon(["explain", asked]).ended(3);
        assert!(output.stdout.is_empty(), "{output:?}");
        output.says("did you mean");
        output.says(near);
    }
    merlon(["explain", "x"]).ended(3).says("`merlon controls` lists them");
}

pub(crate) fn every_control_can_be_explained() {
    let list = merlon(["controls", "--json"]).ended(0).stdout;
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    assert!(list.len() > 200, "{}", list.len());
    let table = merlon(["controls"]).ended(0).stdout;
    assert_eq!(table.lines().count(), list.len());
    for control in list.iter().step_by(16) {
        let id = control["id"].as_str().unwrap();
        let told = merlon(["explain", id]).ended(0).stdout;
        let (score, vector) =
            (control["score"].as_f64().unwrap(), control["vector"].as_str().unwrap());
        let severity = control["severity"].as_str().unwrap();
        let line = format!("{severity}, {score:.1} of 10 by {vector}: impact 10.41 × ");
        assert!(told.contains(&line), "{id} does not tell its score: {told}");
        for part in ["finds", "matters", "options", "acceptable"] {
            let text = control[part].as_str().unwrap();
            assert!(!text.is_empty() && told.contains(text), "{id} does not tell {part}");
        }
    }
}

pub(crate) fn completions_are_what_the_shells_read() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let completions = merlon(["completions", shell]).ended(0).stdout;
        for command in COMMANDS {
            assert!(completions.contains(command), "{shell}: {command}");
        }
        let file = directory.path().join(shell);
        fs::write(&file, completions).unwrap();
        match Command::new(shell).arg("-n").arg(&file).output() {
            Ok(read) => {
                let problem = String::from_utf8_lossy(&read.stderr).into_owned();
                assert!(read.status.success() && problem.is_empty(), "{shell}: {problem}");
            }
            Err(error) => {
                assert_ne!(shell, "bash", "{error}");
                eprintln!("{shell} is not here to read its completions: {error}");
            }
        }
    }
}

pub(crate) fn reports_are_as_the_schema_says() {
    let schema = merlon(["schema", "report"]).ended(0).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["empty", "kubeadm-control-plane", "rke2-server", "eks", "secrets"] {
        for arguments in [&["-o", "json"][..], &["-o", "json", "--benchmark"]] {
            let output = scan(Host::named(name).root(), arguments);
            let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
            let problems: Vec<String> =
                validator.iter_errors(&report).map(|problem| problem.to_string()).collect();
            assert!(problems.is_empty(), "{name} {arguments:?}: {problems:#?}");
        }
    }
    let broken = serde_json::json!({ "format": 1, "findings": [] });
    assert!(!validator.is_valid(&broken), "the schema asks for nothing");
}

pub(crate) fn configurations_are_as_the_schema_says() {
    let schema = merlon(["schema", "configuration"]).ended(0).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let entry = serde_json::json!({ "control": "a", "reason": "r", "owner": "o" });
    assert!(validator.is_valid(&serde_json::json!({ "justifications": [entry] })));
    assert!(!validator.is_valid(&serde_json::json!({ "justifications": [{ "control": "a" }] })));
    assert!(!validator.is_valid(&serde_json::json!({ "justification": [] })));
}

pub(crate) fn the_manual_page_names_every_command() {
    let page = merlon(["man-page"]).ended(0).stdout;
    assert!(page.starts_with(".ie") || page.contains(".TH"), "{page}");
    for command in COMMANDS {
        assert!(page.contains(command), "{command}");
    }
}
