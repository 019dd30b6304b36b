//! The table of settings against what the components themselves say about their flags.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use merlon_model::Component as Model;
use merlon_snapshot::{Node, Process};
use merlon_testkit::{Binaries, Component, Version};
use merlon_views::setting::{Kind, Setting};
use merlon_views::{NodeView, Told, Unknown, Value, settings};

const COMPONENTS: [(Component, Model); 5] = [
    (Component::Etcd, Model::Etcd),
    (Component::ApiServer, Model::KubeApiserver),
    (Component::ControllerManager, Model::KubeControllerManager),
    (Component::Scheduler, Model::KubeScheduler),
    (Component::Kubelet, Model::Kubelet),
];

/// Where the help does not tell the default: the flag, and why.
const EXCEPTIONS: &[(Model, &str, &str)] = &[
    (Model::Etcd, "data-dir", "depends on the name"),
    (Model::KubeApiserver, "authorization-mode", "`Complete` takes AlwaysAllow for nothing"),
    (Model::KubeApiserver, "goaway-chance", "a zero that is kept as a text"),
    (Model::KubeApiserver, "tls-min-version", "`TLSVersion` takes 1.2 for nothing"),
    (Model::KubeControllerManager, "tls-min-version", "`TLSVersion` takes 1.2 for nothing"),
    (Model::KubeScheduler, "tls-min-version", "`TLSVersion` takes 1.2 for nothing"),
    (Model::Kubelet, "tls-min-version", "`TLSVersion` takes 1.2 for nothing"),
];

/// Every flag of the table exists where it says so, with the default that it gives.
pub(crate) fn flags_and_defaults(version: Version) {
    let binaries = Binaries::locate(version).unwrap();
    let mut wrong = Vec::new();
    for (executable, component) in COMPONENTS {
        let program = Program { path: binaries.path(executable), component };
        let release = program.version();
        let help = program.help();
        let process = process(component, &release);
        let node = Node { processes: vec![process], ..Node::default() };
        let view = NodeView::new(&node, 0, &Told::default());
        let instance = &view.instances(component)[0];
        let (mut flags, mut defaults) = (0, 0);
        for setting in settings::of(component).iter().filter(|row| row.flag) {
            let name = setting.name;
            let effective = instance.effective(name);
            let claimed = !matches!(effective, Err(Unknown::NotInRelease { .. }));
            let exists = help.contains_key(name) || program.knows(name);
            if claimed != exists {
                wrong.push(format!(
                    "{component} {release} --{name}: exists {exists}, the table says {claimed}"
                ));
            }
            flags += 1;
            let Some(written) = help.get(name).filter(|_| claimed) else { continue };
            if EXCEPTIONS.iter().any(|(of, flag, _)| (*of, *flag) == (component, name)) {
                continue;
            }
            defaults += 1;
            match (default(setting, written), effective) {
                (Ok(told), Ok(effective)) if same(&told, &effective.value) => {}
                (told, effective) => wrong.push(format!(
                    "{component} {release} --{name}: default {written:?} is {told:?}, the table says {:?}",
                    effective.map(|effective| effective.value)
                )),
            }
        }
        assert!(flags > 10 && defaults > 10, "{component}: {flags} flags, {defaults} defaults");
        println!("{component} {release}: {flags} flags, {defaults} defaults");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct Program<'path> {
    path: &'path std::path::Path,
    component: Model,
}

impl Program<'_> {
    fn run(&self, arguments: &[&str]) -> String {
        let Output { stdout, stderr, .. } =
            Command::new(self.path).args(arguments).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))
    }

    /// `3.7.0` or `1.37.1`.
    fn version(&self) -> String {
        let text = self.run(&["--version"]);
        let line = text.lines().next().unwrap();
        line.rsplit([' ', 'v']).next().unwrap().to_owned()
    }

    /// Whether the flag is known, be it hidden or not. Nothing starts: after `--version` comes the end.
    fn knows(&self, flag: &str) -> bool {
        let said = self.run(&[&format!("--{flag}=1"), "--version"]);
        !(said.contains("unknown flag") || said.contains("flag provided but not defined"))
    }

    /// The default of each flag as the help writes it; empty where it writes none.
    fn help(&self) -> BTreeMap<String, String> {
        let text = self.run(&["--help"]);
        let mut flags: BTreeMap<String, String> = BTreeMap::new();
        let mut last: Option<String> = None;
        for line in text.lines() {
            let trimmed = line.trim_start();
            let after_short = match trimmed.split_once(", --") {
                Some((short, rest)) if short.len() == 2 && short.starts_with('-') => Some(rest),
                _ => trimmed.strip_prefix("--"),
            };
            if let Some(rest) = after_short.filter(|_| line.starts_with(' ')) {
                let name = rest.split([' ', '[', '=']).next().unwrap().to_owned();
                flags.insert(name.clone(), rest[name.len()..].to_owned());
                last = Some(name);
            } else if let Some(usage) = last.as_ref().and_then(|name| flags.get_mut(name)) {
                usage.push('\n');
                usage.push_str(trimmed);
            }
        }
        let told = |usage: &String| match self.component {
            Model::Etcd => quoted(usage),
            _ => in_parentheses(usage),
        };
        flags.iter().map(|(name, usage)| (name.clone(), told(usage))).collect()
    }
}

/// etcd's way: `--name 'default'`, and sometimes without quotes.
fn quoted(usage: &str) -> String {
    let first = usage.lines().next().unwrap_or_default();
    let bare = first.split_whitespace().next().unwrap_or_default();
    first.split('\'').nth(1).unwrap_or(bare).to_owned()
}

/// pflag's way: `(default …)`; a zero value is not written.
fn in_parentheses(usage: &str) -> String {
    let Some((_, rest)) = usage.rsplit_once("(default ") else { return String::new() };
    let text = match rest.strip_prefix('"') {
        Some(text) => text.split("\")").next(),
        None => rest.split(')').next(),
    };
    text.unwrap_or_default().to_owned()
}

fn default(setting: &Setting, written: &str) -> Result<Value, String> {
    let text = written.trim_start_matches('[').trim_end_matches(']');
    match setting.kind {
        Kind::Bool | Kind::Integer | Kind::Duration if text.is_empty() => {
            Ok(Value::parse(if setting.kind == Kind::Bool { "false" } else { "0" }, setting.kind)?)
        }
        kind => Ok(Value::parse(text, kind)?),
    }
}

/// An empty map is no map.
pub(crate) fn same(told: &Value, ours: &Value) -> bool {
    let empty =
        |value: &Value| value.is_unset() || matches!(value, Value::Map(pairs) if pairs.is_empty());
    told == ours || (empty(told) && empty(ours))
}

fn process(component: Model, release: &str) -> Process {
    Process {
        pid: 7,
        parent: 1,
        name: component.as_str().to_owned(),
        component: Some(component),
        executable: None,
        argv: vec![component.as_str().to_owned()],
        uid: Some(0),
        cgroup: None,
        environment: BTreeMap::new(),
        own_mounts: Some(false),
        build_version: merlon_model::Version::parse(release),
    }
}
