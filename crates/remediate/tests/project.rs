//! What the generated project and script say, without running them.

mod support;

use std::collections::BTreeMap;

use merlon_model::{Action, Component, ConfigValue, Report};
use merlon_remediate::{ansible, shell};
use support::{
    KUBELET, everything, hostile, remove_flag, report, set_config, set_flag, static_pod,
};

fn project(report: &Report) -> String {
    let own = |path: &str| !path.starts_with("library/") && !path.starts_with("module_utils/");
    let files = ansible(report).into_iter().filter(|(path, _)| own(path));
    files.map(|(path, content)| format!("==> {path}\n{content}\n")).collect()
}

/// The script up to the Python it carries.
fn script(report: &Report) -> String {
    let script = shell(report);
    script.split("# The edits themselves").next().expect("a start").to_owned()
}

#[test]
fn a_project_for_every_kind_of_action() {
    insta::assert_snapshot!(project(&everything()));
}

#[test]
fn a_script_for_every_kind_of_action() {
    insta::assert_snapshot!(script(&everything()));
}

#[test]
fn only_what_failed_is_touched() {
    let report = everything();
    for (path, content) in ansible(&report) {
        assert!(!content.contains("/untouched"), "{path}");
    }
    assert!(!shell(&report).contains("/untouched"));
    let mut nothing = report.clone();
    nothing.findings.retain(|finding| finding.control == "spared");
    let files = ansible(&nothing);
    assert!(files.keys().all(|path| !path.starts_with("tasks/")), "{:?}", files.keys());
    assert!(files["README.md"].contains("Nothing is left to a person"));
    assert!(script(&nothing).contains("nothing failed here"));
}

#[test]
fn the_same_report_gives_the_same_text() {
    assert_eq!(ansible(&everything()), ansible(&everything()));
    assert_eq!(shell(&everything()), shell(&everything()));
}

#[test]
fn here_documents_end_where_they_should() {
    let ends = shell(&everything()).lines().filter(|line| *line == "MERLON_END").count();
    let begins = shell(&everything()).matches("<<'MERLON_END'").count();
    assert_eq!(begins, ends);
}

/// The values that several controls ask of one setting, and what is written for all of them.
fn check(wishes: &[(&str, Option<&str>, Option<&str>)], expected: &str) {
    let flag = "enable-admission-plugins";
    let action = |value: Option<&str>| match value {
        Some(value) => set_flag(Component::KubeApiserver, static_pod(), flag, value),
        None => remove_flag(Component::KubeApiserver, static_pod(), flag),
    };
    let controls = ["a", "b", "c"];
    let mut report = report(
        wishes
            .iter()
            .zip(controls)
            .map(|((message, _, value), control)| ("cp-1", control, *message, vec![action(*value)]))
            .collect(),
    );
    for (finding, (_, wanted, _)) in report.findings.iter_mut().zip(wishes) {
        finding.expected = wanted.map(Into::into);
    }
    let tasks = ansible(&report);
    let found = tasks.get("tasks/control_plane/static_pods.yml").map_or_else(
        || "a person".to_owned(),
        |tasks| {
            let value = tasks.lines().find_map(|line| line.trim().strip_prefix("value: "));
            value.unwrap_or("nothing").trim_matches('"').to_owned()
        },
    );
    assert_eq!(found, expected, "{wishes:?}");
}

#[test]
fn what_several_controls_ask_of_a_list_comes_true_together() {
    let off = |plugin: &str| format!("the admission plugin {plugin} is on");
    let is = "--enable-admission-plugins is A,B";
    check(&[(is, None, Some("A,B,C")), (is, None, Some("A,B,D"))], "A,B,C,D");
    check(&[(is, None, Some("A,B,C")), (is, None, Some("B"))], "B,C");
    check(&[(is, None, Some("A")), (is, None, Some("B"))], "nothing");
    check(&[(is, None, Some("A,B,C")), (is, None, None)], "C");
    let unset = "--enable-admission-plugins is not set";
    check(&[(unset, None, Some("A")), (unset, None, Some("B"))], "A,B");
    let (c, d) = (off("C"), off("D"));
    check(&[("", Some(&c), Some("A,B,C")), ("", Some(&d), Some("A,B,D"))], "A,B,C,D");
    check(&[("", Some(&c), Some("A,B,C")), ("", Some("A is off"), Some("B"))], "B,C");
    check(&[("", Some("A is off"), Some("B,C")), ("", Some("B is off"), Some("A,C"))], "C");
    check(&[("", None, Some("")), ("", None, Some("A"))], "A");
    check(&[("", None, Some("A")), ("", None, Some("A"))], "A");
    // They tell of different lists.
    check(&[(is, None, Some("A,B,C")), (unset, None, Some("D"))], "a person");
}

#[test]
fn contradictions_are_left_to_a_person() {
    let set = |value| vec![set_config(KUBELET, &["maxPods"], ConfigValue::Integer(value))];
    let report = report(vec![("worker-1", "a", "x", set(1)), ("worker-1", "b", "x", set(2))]);
    let files = ansible(&report);
    assert!(!files.contains_key("tasks/workers/components.yml"));
    let readme = &files["README.md"];
    assert!(readme.contains("Decide about maxPods, of which controls ask different things"));
    assert!(readme.contains("# a asks to set maxPods: 1 in /var/lib/kubelet/config.yaml"));
}

#[test]
fn a_step_that_nodes_share_is_one_task_with_all_reasons() {
    let mode = || vec![Action::RestrictMode { path: "/a".to_owned(), mode: 0o600 }];
    let report = report(vec![
        ("worker-1", "one", "x", mode()),
        ("worker-1", "second", "x", mode()),
        ("worker-2", "one", "x", mode()),
    ]);
    let files = ansible(&report);
    let tasks = &files["tasks/workers/files.yml"];
    assert_eq!(tasks.matches("- name:").count(), 1, "{tasks}");
    assert!(tasks.contains("when: inventory_hostname in ['worker-1', 'worker-2']"), "{tasks}");
    assert!(tasks.contains("tags: [cis-1.12, cis-1.12/1.2.3, cis-1.12/1.2.6, one, second]"));
}

#[test]
fn hostile_texts_stay_texts() {
    let files = ansible(&hostile());
    for (path, content) in &files {
        for line in content.lines().filter(|line| !line.starts_with("# ")) {
            let opens = line.contains("{{ lookup") || line.contains("{% for");
            assert!(!opens || line.contains("!unsafe") || path == "README.md", "{path}: {line}");
        }
    }
    assert!(!project(&hostile()).contains("\n- name: x"));
}

#[test]
fn a_large_fleet_stays_reviewable() {
    let names: Vec<String> = (0..1000).map(|number| format!("worker-{number:04}")).collect();
    let mode = || vec![Action::RestrictMode { path: "/a".to_owned(), mode: 0o600 }];
    let findings = names.iter().map(|name| (name.as_str(), "one", "x", mode())).collect();
    let files: BTreeMap<String, String> = ansible(&report(findings));
    assert_eq!(files["tasks/workers/files.yml"].lines().count(), 7);
}
