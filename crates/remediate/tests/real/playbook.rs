use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use merlon_model::{Action, Component, ConfigValue, Report};
use merlon_remediate::ansible;
use tempfile::TempDir;

use crate::host::Hosts;
use crate::support::{
    HOSTILE, KUBELET, MANIFEST, everything, report, set_config, set_flag, static_pod,
};
use crate::tools::{Tools, text};

/// A project on disk, whose nodes are copies of hosts.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(report: &Report, hosts: &Hosts) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        for (path, content) in ansible(report) {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        let project = Self { folder };
        for node in &report.nodes {
            let root = hosts.root(&node.name);
            let variables = format!(
                "ansible_connection: local\n\
                 ansible_python_interpreter: \"{{{{ ansible_playbook_python }}}}\"\nansible_become: false\nmerlon_restart: false\n\
                 merlon_root: {}\n",
                root.display()
            );
            project.write(&format!("host_vars/{}.yml", node.name), &variables);
        }
        project
    }

    fn write(&self, path: &str, content: &str) {
        let path: PathBuf = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    fn run(&self, tools: &Tools, arguments: &[&str]) -> String {
        let output = self.output(tools, arguments);
        let said = text(&output);
        assert!(output.status.success(), "{arguments:?}: {said}");
        assert!(!said.contains("DEPRECATION"), "{said}");
        said
    }

    fn output(&self, tools: &Tools, arguments: &[&str]) -> Output {
        let temporary = self.folder.path().join("tmp");
        let mut command = tools.command("ansible-playbook");
        command
            .current_dir(self.folder.path())
            .env("ANSIBLE_CONFIG", Path::new("ansible.cfg"))
            .env("ANSIBLE_LOCAL_TEMP", &temporary)
            .env("ANSIBLE_NOCOLOR", "1")
            .args(["site.yml"])
            .args(arguments);
        command.output().expect("ansible-playbook runs")
    }
}

/// How many tasks changed something, over all nodes.
fn changed(said: &str) -> u32 {
    let counts = said.lines().filter_map(|line| line.split_once("changed=")?.1.split(' ').next());
    counts.map(|count| count.parse::<u32>().expect("a number")).sum()
}

pub(crate) fn mends(tools: &Tools) {
    let hosts = Hosts::new();
    let project = Project::new(&everything(), &hosts);
    project.run(tools, &["--syntax-check"]);
    let tags = project.run(tools, &["--list-tags"]);
    assert!(tags.contains("cis-1.12/1.2.9") && tags.contains("profiling"), "{tags}");

    let before = hosts.files();
    let shown = project.run(tools, &["--check", "--diff"]);
    assert_eq!(hosts.files(), before, "--check changes nothing");
    assert!(changed(&shown) >= 10, "{shown}");
    assert!(shown.contains("+    - \"--profiling=false\""), "{shown}");
    assert!(shown.contains("left out until merlon_kube_apiserver_audit_policy_file"), "{shown}");
    assert!(!shown.contains("k3s-secret"), "{shown}");

    let first = project.run(tools, &[]);
    assert_eq!(changed(&first), changed(&shown), "{first}");
    hosts.assert_mended();

    let after = hosts.files();
    let second = project.run(tools, &[]);
    assert_eq!(changed(&second), 0, "{second}");
    assert_eq!(hosts.files(), after);

    let choice = "merlon_kube_apiserver_audit_policy_file=/etc/audit.yaml";
    let chosen = project.run(tools, &["--extra-vars", choice]);
    assert_eq!(changed(&chosen), 1, "{chosen}");
    assert!(hosts.read("cp-1", MANIFEST).contains("- --audit-policy-file=/etc/audit.yaml\n"));
}

pub(crate) fn tags(tools: &Tools) {
    let hosts = Hosts::new();
    let project = Project::new(&everything(), &hosts);
    let before = hosts.files();
    project.run(tools, &["--tags", "profiling"]);
    let after = hosts.read("cp-1", MANIFEST);
    assert!(after.contains("--profiling=false") && after.contains("--token-auth-file"), "{after}");
    project.run(tools, &["--tags", "cis-1.12", "--skip-tags", "tokens", "--limit", "cp-1"]);
    assert!(hosts.read("cp-1", MANIFEST).contains("--token-auth-file"));
    let worker = |files: &std::collections::BTreeMap<PathBuf, String>| {
        files[Path::new("/worker-1").join(&KUBELET[1..]).as_path()].clone()
    };
    assert_eq!(worker(&hosts.files()), worker(&before), "--limit holds");
}

pub(crate) fn hostile(tools: &Tools) {
    let mark = Path::new("/tmp/merlon-owned");
    assert!(!mark.exists(), "left by somebody else");
    let hosts = Hosts::new();
    let findings = HOSTILE.iter().flat_map(|text: &&'static str| {
        let text: &'static str = text;
        let path = format!("/files/{}", text.replace('/', "_"));
        hosts.write("cp-1", &path, "first: 1 # kept\n", 0o666);
        let flag = if text.contains("$(") || text.contains('\n') { "x" } else { text };
        [
            ("cp-1", text, text, vec![Action::RestrictMode { path: path.clone(), mode: 0o600 }]),
            (
                "cp-1",
                text,
                text,
                vec![set_config(&path, &[text], ConfigValue::Text(text.to_owned()))],
            ),
            (
                "cp-1",
                text,
                text,
                vec![set_flag(
                    Component::KubeApiserver,
                    static_pod(),
                    &format!("f-{}", text.len()),
                    flag,
                )],
            ),
        ]
    });
    let project = Project::new(&report(findings.collect()), &hosts);
    let first = project.run(tools, &[]);
    assert!(changed(&first) >= 2 * HOSTILE.len() as u32, "{first}");
    let second = project.run(tools, &[]);
    assert_eq!(changed(&second), 0, "{second}");
    for text in HOSTILE {
        let path = format!("/files/{}", text.replace('/', "_"));
        assert_eq!(hosts.mode("cp-1", &path), 0o600, "{text:?}");
        assert!(hosts.read("cp-1", &path).starts_with("first: 1 # kept\n"), "{text:?}");
    }
    assert!(!mark.exists(), "a text was run");
    // Names of nodes, owners, units and paths as well, as far as that goes without the files.
    let everywhere = Project::new(&report(Vec::new()), &hosts);
    for (path, content) in ansible(&crate::support::hostile()) {
        everywhere.write(&path, &content);
    }
    everywhere.run(tools, &["--syntax-check"]);
    everywhere.run(tools, &["--list-tasks", "--list-tags"]);
    everywhere.output(tools, &["--check", "--connection", "local", "-e", "ansible_become=false"]);
    assert!(!mark.exists(), "a text was run");
}

pub(crate) fn nothing(tools: &Tools) {
    let project = Project::new(&report(Vec::new()), &Hosts::empty());
    project.run(tools, &["--syntax-check"]);
}
