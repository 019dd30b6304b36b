//! Runs the commands that reports show, on copies of files.

use std::process::{Command, Stdio};

use merlon_model::{Action, Carrier, Component, ConfigValue};
use merlon_remediate::commands;

use crate::host::Hosts;
use crate::support::{remove_flag, set_config, set_flag};
use crate::tools::{Tools, text};

/// What a file says after the commands of an action were run on it, with a `systemctl` that does
/// nothing but show the unit.
fn check(before: &str, make: impl Fn(String) -> Action, expected: &str) {
    let hosts = Hosts::empty();
    hosts.write("x", "/file.yaml", before, 0o640);
    let path = hosts.path("x", "/file.yaml").display().to_string();
    let action = make(path.clone());
    let scratch = hosts.root("x").display().to_string();
    let script: Vec<String> = commands(&action)
        .into_iter()
        .map(|line| line.replace("/root/", &format!("{scratch}/copy-of-")))
        .map(|line| line.replace("/etc/systemd/system", &scratch))
        .map(|line| line.replace("diff -u", "! diff -u"))
        .collect();
    let setup = format!("systemctl() {{ if [ \"$1\" = cat ]; then cat '{path}'; fi; }}\n");
    let output = Command::new("bash")
        .args(["-euc", &format!("{setup}{}", script.join("\n"))])
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    assert!(output.status.success(), "{}: {}", script.join("\n"), text(&output));
    let drop_in = hosts.path("x", "/u.service.d/90-merlon.conf");
    let element = hosts.path("x", "/file.yaml.d/90-merlon-kubelet-a.yaml");
    let written = [drop_in, element].into_iter().find(|path| path.exists());
    let found = match written {
        Some(path) => std::fs::read_to_string(path).expect("a text"),
        None => hosts.read("x", "/file.yaml"),
    };
    assert_eq!(found, expected, "{}", script.join("\n"));
}

pub(crate) fn do_what_they_say(_: &Tools) {
    use Component::{Etcd, KubeApiserver, Kubelet};
    let unit = || "u.service".to_owned();
    let pod = |path| Carrier::StaticPod { path };
    let manifest =
        "  - command:\n    - kube-apiserver\n    # c\n    - --a=1\n    - \"--b\"\n    - --ab=1\n";
    check(
        manifest,
        |path| set_flag(KubeApiserver, pod(path), "a", "x&y|z"),
        "  - command:\n    - kube-apiserver\n    - \"--a=x&y|z\"\n    # c\n    - \"--b\"\n    - --ab=1\n",
    );
    check(
        manifest,
        |path| set_flag(KubeApiserver, pod(path), "b", "false"),
        "  - command:\n    - kube-apiserver\n    - --b=false\n    # c\n    - --a=1\n    - --ab=1\n",
    );
    check(
        manifest,
        |path| remove_flag(KubeApiserver, pod(path), "a"),
        "  - command:\n    - kube-apiserver\n    # c\n    - \"--b\"\n    - --ab=1\n",
    );
    let file = |path| Carrier::EnvironmentFile { path, variable: "ARGS".to_owned(), unit: unit() };
    let set = |path| set_flag(Kubelet, file(path), "a", "2");
    check("ARGS=\"--b=1 --a=1 --ab=1\"\n", set, "ARGS=\"--a=2 --b=1 --ab=1\"\n");
    check("ARGS=\n", set, "ARGS=--a=2 \n");
    check("", set, "ARGS=\"--a=2 \"\n");
    check("ARGS=\"--a=1 \\\n--b=1\"\n", set, "ARGS=\"--a=2  \\\n--b=1\"\n");
    let gone = |path| remove_flag(Kubelet, file(path), "a");
    check("ARGS=\"--b=1 --a=1 --ab=1\"\n", gone, "ARGS=\"--b=1 --ab=1\"\n");
    let variables = |path| Carrier::Environment { path, unit: unit() };
    check(
        "ETCD_A_B=1\nETCD_A=1\n",
        |path| set_flag(Etcd, variables(path), "a-b", "true"),
        "ETCD_A=1\nETCD_A_B=true\n",
    );
    let lines = |path| Carrier::ArgumentsFile { path, unit: unit() };
    check("--a 1\n--ab=1\n", |path| set_flag(Kubelet, lines(path), "a", "2"), "--ab=1\n--a=2\n");
    check(
        "token: x\n",
        |path| {
            let key = "kubelet-arg".to_owned();
            set_flag(Kubelet, Carrier::Supervisor { path, key, unit: unit() }, "a", "2")
        },
        "kubelet-arg+:\n  - \"a=2\"\n",
    );
    let start = "[Service]\n# x\nExecStart=/usr/bin/kubelet --b=1 \\\n  --a=1 $ARGS\n";
    check(
        start,
        |_| set_flag(Kubelet, Carrier::Unit { unit: unit() }, "c", "1%"),
        "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --b=1   --a=1 $ARGS --c=1%%\n",
    );
    check(
        start,
        |_| remove_flag(Kubelet, Carrier::Unit { unit: unit() }, "a"),
        "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --b=1   $ARGS\n",
    );
    check(
        "a: 1\nab: 1\n",
        |path| set_config(&path, &["a"], ConfigValue::Integer(2)),
        "ab: 1\na: 2\n",
    );
    check(
        "a: 1\nab: 1\n",
        |path| set_config(&path, &["x", "a"], ConfigValue::Bool(false)),
        "a: 1\nab: 1\n",
    );
}
