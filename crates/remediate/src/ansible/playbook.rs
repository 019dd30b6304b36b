//! Everything of the project that is no task: plays, handlers, inventory, variables.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use merlon_model::Role;

use super::gather::{Area, Play, Plays};
use super::text::{label, text};
use crate::plan::{Change, Plan, Target, Value};

const SYSCTL: &str = "load the kernel parameters";

pub(super) fn configuration() -> String {
    "\
[defaults]
inventory = inventory.yml
library = library
module_utils = module_utils
interpreter_python = auto_silent
retry_files_enabled = False
"
    .to_owned()
}

/// The nodes in their groups. A node of the control plane is no worker here, whatever runs on it.
pub(super) fn inventory(plan: &Plan<'_>) -> String {
    let mut out = String::from(
        "---\n# How each node is reached (ansible_host, ansible_user) is for you to add.\n\
         all:\n  children:\n",
    );
    for play in [Play::ControlPlane, Play::Workers, Play::Etcd] {
        let members = plan
            .nodes
            .iter()
            .filter(|node| Play::home(node) == play || play == Play::Etcd && node.has(Role::Etcd));
        let members: Vec<String> = members
            .map(|node| {
                let renamed = node.name != node.report.name;
                let original = label(&node.report.name);
                let comment = if renamed { format!("  # {original}") } else { String::new() };
                format!("        {}: {{}}{comment}\n", text(&node.name))
            })
            .collect();
        let group = play.group();
        if members.is_empty() {
            out += &format!("    {group}:\n      hosts: {{}}\n");
        } else {
            out += &format!("    {group}:\n      hosts:\n{}", members.concat());
        }
    }
    out
}

pub(super) fn variables(plays: &Plays) -> String {
    let mut out = String::from(
        "---
# Put before every path: the root of the nodes' files.
merlon_root: /
# Whether changed components are restarted and waited for. Without it changes count later.
merlon_restart: true
# How long a component may take until it runs again, in seconds.
merlon_wait_seconds: 300

merlon_prefix: \"{{ merlon_root | regex_replace('/+$', '') }}\"
",
    );
    for (variable, (list, what)) in choices(plays.edits()) {
        let empty = if list { "[]" } else { "\"\"" };
        out += &format!(
            "\n# Nobody but you can choose this; what needs it is left out until it is set here, or \
             in host_vars\n# for single nodes. It is for {}\n{variable}: {empty}\n",
            comment(&what),
        );
    }
    out
}

/// What only a person can choose: variable, whether it is a list, what it is for.
pub(crate) fn choices<'t>(
    edits: impl Iterator<Item = (&'t Target, &'t [Change])>,
) -> BTreeMap<String, (bool, String)> {
    let mut found = BTreeMap::new();
    for (target, changes) in edits {
        for change in changes {
            if let Some(Value::Chosen { variable, list }) = &change.to {
                let what = format!("{} in {}", change.name.dotted(), target.place());
                let control = change.reasons.title();
                found.entry(variable.clone()).or_insert((*list, format!("{what} ({control}).")));
            }
        }
    }
    found
}

/// A text as the rest of a comment's line.
pub(crate) fn comment(value: &str) -> String {
    let special = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    value.chars().map(|c| if special(c) { '?' } else { c }).collect()
}

pub(super) fn site(plays: &Plays) -> String {
    let mut out = String::from("---\n");
    for (play, areas) in plays.plays() {
        let (name, serial) = match play {
            Play::Etcd => ("etcd, one member after another", "1"),
            Play::ControlPlane => ("control plane, one node after another", "1"),
            Play::Workers => ("workers, a quarter at a time", "\"25%\""),
        };
        let group = play.group();
        out += &format!(
            "- name: {}
  hosts: {group}
  serial: {serial}
  any_errors_fatal: true
  gather_facts: false
  become: true
  module_defaults:
    merlon_edit:
      root: \"{{{{ merlon_root }}}}\"
      run_tags: \"{{{{ ansible_run_tags }}}}\"
      skip_tags: \"{{{{ ansible_skip_tags }}}}\"
    merlon_wait:
      root: \"{{{{ merlon_root }}}}\"
      seconds: \"{{{{ merlon_wait_seconds }}}}\"
  handlers:
    - name: Restart and wait
      ansible.builtin.import_tasks: handlers.yml
  tasks:
",
            label(name)
        );
        for area in areas {
            out += &format!(
                "    - name: {}\n      ansible.builtin.import_tasks: tasks/{group}/{}.yml\n",
                title(area),
                area.file(),
            );
            if area == Area::StaticPods {
                out += "    - name: Wait for static pods before anything else changes\n      \
                        ansible.builtin.meta: flush_handlers\n      tags: [always]\n";
            }
        }
        out.push('\n');
    }
    if plays.plays().next().is_none() {
        out += "- name: nothing failed that could be mended without a person
  hosts: all
  gather_facts: false
  tasks: []
";
    }
    out.trim_end().to_owned() + "\n"
}

fn title(area: Area) -> &'static str {
    match area {
        Area::Files => "Modes and owners of files",
        Area::Kernel => "Kernel parameters",
        Area::StaticPods => "Commands of static pods",
        Area::Components => "Configuration and flags of components",
    }
}

/// The handlers that an edit notifies.
pub(super) fn topics(target: &Target) -> Vec<String> {
    match target {
        Target::Sysctl => vec![SYSCTL.to_owned()],
        Target::StaticPod { path, program } => vec![format!("wait for {program} of {path}")],
        _ => {
            let restart = target.unit().map(|unit| format!("restart {unit}"));
            let api = target
                .takes_api_away()
                .then(|| format!("wait for the API server of {}", target.path()));
            restart.into_iter().chain(api).collect()
        }
    }
}

pub(super) fn handlers(plays: &Plays) -> String {
    let targets: BTreeSet<&Target> = plays.edits().map(|(target, _)| target).collect();
    let (mut restarts, mut waits) = (BTreeMap::new(), BTreeMap::new());
    for target in targets {
        let mut topics = topics(target).into_iter();
        match target {
            Target::Sysctl => {
                restarts.insert(SYSCTL.to_owned(), load_parameters());
            }
            Target::StaticPod { path, program } => {
                let topic = topics.next().unwrap_or_default();
                let wait = wait(&topic, "static-pod", program.as_str(), Some(path));
                waits.insert(topic, wait);
            }
            _ => {
                if let (Some(topic), Some(unit)) = (topics.next(), target.unit()) {
                    let restart = restart(&topic, unit);
                    restarts.insert(topic, restart);
                }
                if let Some(topic) = topics.next() {
                    let wait = wait(&topic, "api", target.kind(), Some(&target.path()));
                    waits.insert(topic, wait);
                }
            }
        }
    }
    let all: Vec<String> = restarts.into_values().chain(waits.into_values()).collect();
    if all.is_empty() { "---\n[]\n".to_owned() } else { format!("---\n{}", all.join("\n")) }
}

fn load_parameters() -> String {
    format!(
        "- name: {SYSCTL}
  ansible.builtin.command:
    cmd: sysctl --load=/etc/sysctl.d/90-merlon.conf
  changed_when: true
  when: merlon_restart | bool
"
    )
}

fn restart(topic: &str, unit: &str) -> String {
    let topic = label(topic);
    let stays = label(&format!("{unit} stays up"));
    let unit = text(unit);
    format!(
        "- name: {topic}
  ansible.builtin.systemd_service:
    name: {unit}
    state: restarted
    daemon_reload: true
  when: merlon_restart | bool

- name: {stays}
  listen: {topic}
  merlon_wait:
    until: unit
    name: {unit}
  when: merlon_restart | bool
"
    )
}

fn wait(topic: &str, until: &str, name: &str, path: Option<&str>) -> String {
    let path = path.map(|path| format!("    path: {}\n", text(path))).unwrap_or_default();
    format!(
        "- name: {}
  merlon_wait:
    until: {until}
    name: {}
{path}  when: merlon_restart | bool
",
        label(topic),
        text(name),
    )
}
