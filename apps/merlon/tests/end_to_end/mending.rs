//! What `merlon fix` writes, run for real on a host, after which a scan finds it mended.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use merlon_model::{Action, Carrier, Finding, Outcome, Report};

use crate::support::{Host, Merlon, report};
use crate::tools::{Tools, text};

/// Static pods of the host: their processes go when a manifest changes, and the manifest counts.
const STATIC_PODS: [u32; 4] = [1201, 1202, 1203, 1204];

pub(crate) fn what_a_script_mended_passes() {
    let (host, before) = unmended();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("fix.sh");
    fix(&host, &["--shell", script.to_str().unwrap()]);
    let run = |arguments: &[&str]| {
        let mut shell = Command::new("sh");
        shell.arg(&script).args(arguments).stdin(Stdio::null());
        shell.env("MERLON_NODE", &before.nodes[0].name).env("MERLON_ROOT", host.root());
        let output = shell.env("MERLON_RESTART", "no").output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    run(&[]);
    assert_eq!(outcomes(&report(host.root(), &[]).0), outcomes(&before), "a dry run changed it");
    run(&["--apply"]);
    check_mended(&host, &before);
}

pub(crate) fn what_a_playbook_mended_passes(tools: &Tools) {
    let (host, before) = unmended();
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("playbook");
    fix(&host, &["--ansible", project.to_str().unwrap()]);
    let name = &before.nodes[0].name;
    fs::create_dir_all(project.join("host_vars")).unwrap();
    let variables = format!(
        "ansible_connection: local\nansible_python_interpreter: '{{{{ ansible_playbook_python }}}}'\n\
         ansible_become: false\nmerlon_restart: false\nmerlon_root: {}\n",
        host.root().display()
    );
    fs::write(project.join(format!("host_vars/{name}.yml")), variables).unwrap();
    let run = |arguments: &[&str]| {
        let mut playbook = tools.command("ansible-playbook");
        playbook.current_dir(&project).env("ANSIBLE_CONFIG", "ansible.cfg");
        playbook.env("ANSIBLE_LOCAL_TEMP", folder.path().join("temporary"));
        let output = playbook.arg("site.yml").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    run(&["--syntax-check"]);
    run(&["--check", "--diff"]);
    assert_eq!(outcomes(&report(host.root(), &[]).0), outcomes(&before), "check mode changed it");
    run(&[]);
    check_mended(&host, &before);
}

fn unmended() -> (Host, Report) {
    let host = Host::named("kubeadm-control-plane");
    let (before, _) = report(host.root(), &[]);
    (host, before)
}

fn fix(host: &Host, arguments: &[&str]) {
    let call = Merlon::new(["fix", "--host-root"]).argument(host.root());
    call.arguments(arguments).run().ended(0);
}

fn outcomes(report: &Report) -> BTreeMap<(String, String), Outcome> {
    let findings = report.findings.iter();
    findings.map(|finding| (key(finding), finding.outcome)).collect()
}

fn key(finding: &Finding) -> (String, String) {
    (finding.control.to_string(), finding.resource.to_string())
}

/// Whether all that mends a finding is done by the plan: nothing is left to a person.
fn is_planned(finding: &Finding) -> bool {
    let planned = |action: &Action| match action {
        Action::RestrictMode { .. } | Action::SetOwner { .. } => true,
        Action::SetConfig { .. } | Action::RemoveConfig { .. } => true,
        Action::SetFlag { carrier: Carrier::StaticPod { .. }, value, .. } => !value.is_empty(),
        Action::RemoveFlag { carrier: Carrier::StaticPod { .. }, .. } => true,
        _ => false,
    };
    finding.outcome == Outcome::Fail
        && !finding.actions.is_empty()
        && finding.actions.iter().all(planned)
}

fn check_mended(host: &Host, before: &Report) {
    for pid in STATIC_PODS {
        fs::remove_dir_all(host.path(&format!("/proc/{pid}"))).unwrap();
    }
    let (after, _) = report(host.root(), &[]);
    let after = outcomes(&after);
    let planned: Vec<&Finding> = before.findings.iter().filter(|f| is_planned(f)).collect();
    assert!(planned.len() >= 12, "the host has enough to mend: {planned:#?}");
    let left: Vec<String> = planned
        .iter()
        .filter_map(|finding| {
            let outcome = after.get(&key(finding)).copied();
            let text = format!("{} {}: {outcome:?}", finding.control, finding.resource);
            (outcome != Some(Outcome::Pass)).then_some(text)
        })
        .collect();
    assert!(left.is_empty(), "not mended:\n{}", left.join("\n"));
}
