//! k3s: `pkg/daemons/control/server.go`, `pkg/daemons/agent/agent.go` and `agent_linux.go`,
//! `pkg/daemons/control/deps/deps.go` (paths), `pkg/configfilearg/parser.go` (configuration
//! files) and `pkg/util/args.go` (how a user's arguments join those of k3s).

mod arguments;

use std::collections::BTreeMap;

use merlon_model::{Carrier, Component, Location};
use merlon_snapshot::{DocumentKind, Lookup, Node, Process, Want, Wanted};
use merlon_yaml::{Node as Yaml, Value};

use super::{Embedded, SupervisorOption, document, options};
use crate::text::Texts;
use crate::unit::Units;
use crate::wanted::join;
use arguments::{K3s, Storage};

const CONFIGURATION: &str = "/etc/rancher/k3s/config.yaml";
const DATA: &str = "/var/lib/rancher/k3s";
const DISTRIBUTION: &str = "k3s";

/// What a k3s process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Server,
    Agent,
}

/// A k3s on the node, with how it was started.
struct Supervisor<'a> {
    mode: Mode,
    process: Option<&'a Process>,
    unit: String,
    /// The words after `server` or `agent`, and the environment, or why they are not known.
    started: Result<Started, String>,
}

struct Started {
    words: Vec<(String, Location)>,
    environment: BTreeMap<String, String>,
}

pub(super) fn embedded<'a>(
    node: &'a Node,
    texts: &Texts<'a>,
    units: &Units<'a>,
) -> Vec<Embedded<'a>> {
    supervisors(node, units)
        .into_iter()
        .flat_map(|supervisor| components(&supervisor, node, texts))
        .collect()
}

pub(super) fn wanted(
    node: &Node,
    texts: &Texts<'_>,
    units: &Units<'_>,
    into: &mut impl FnMut(Wanted),
) {
    for supervisor in supervisors(node, units) {
        let configuration = match &supervisor.started {
            Ok(started) => configuration_path(started),
            Err(_) => CONFIGURATION.to_owned(),
        };
        let directory = format!("{configuration}.d");
        into(document(&configuration, DocumentKind::SupervisorConfiguration));
        for name in drop_ins(node.directories.get(&directory)) {
            let path = join(&directory, name);
            into(document(&path, DocumentKind::SupervisorConfiguration));
        }
        into(Wanted { path: directory, want: Want::Directory });
        let instructed = supervisor.started.as_ref().ok().and_then(|started| {
            let instructions = Instructions::read(started, node, texts).ok()?;
            Some(instructions.data(&started.environment).to_owned())
        });
        for data in [DATA.to_owned()].into_iter().chain(instructed) {
            into(document(
                &format!("{data}/server/db/etcd/config"),
                DocumentKind::EtcdConfiguration,
            ));
            into(Wanted {
                path: format!("{data}/agent/etc/kubelet.conf.d"),
                want: Want::Directory,
            });
            let key = format!("{data}/server/tls/service.current.key");
            into(Wanted { path: key, want: Want::State });
        }
    }
}

fn supervisors<'a>(node: &'a Node, units: &Units<'a>) -> Vec<Supervisor<'a>> {
    let mut found: Vec<_> = node
        .processes
        .iter()
        .filter(|process| process.component.is_none() && process.name.starts_with("k3s"))
        .filter_map(|process| running(process, node, units))
        .collect();
    if found.is_empty() {
        for (mode, unit) in [(Mode::Server, "k3s.service"), (Mode::Agent, "k3s-agent.service")] {
            if units.would_run(unit, node) {
                let started = by_unit(unit, node, units);
                found.push(Supervisor { mode, process: None, unit: unit.to_owned(), started });
            }
        }
    }
    found
}

fn running<'a>(process: &'a Process, node: &'a Node, units: &Units<'a>) -> Option<Supervisor<'a>> {
    // k3s overwrites its command line with `k3s server`, which is then one word or two.
    let shown: Vec<&str> = process.argv.iter().flat_map(|word| word.split_whitespace()).collect();
    let mode = match *shown.get(1)? {
        "server" => Mode::Server,
        "agent" => Mode::Agent,
        _ => return None,
    };
    let default = if mode == Mode::Server { "k3s.service" } else { "k3s-agent.service" };
    let unit = Units::of_process(process).unwrap_or_else(|| default.to_owned());
    let started = if process.argv.len() > 2 && shown.iter().any(|word| word.starts_with('-')) {
        let words = process.argv.iter().enumerate().skip(2).filter(|(_, word)| !word.is_empty());
        let words = words.map(|(index, word)| {
            let location = Location::Argument {
                process: process.name.clone(),
                pid: process.pid,
                index: u32::try_from(index).unwrap_or(u32::MAX),
            };
            (word.clone(), location)
        });
        Ok(Started { words: words.collect(), environment: process.environment.clone() })
    } else {
        by_unit(&unit, node, units).map_err(|why| {
            format!("k3s hides its command line, and the unit that starts it cannot be read: {why}")
        })
    };
    Some(Supervisor { mode, process: Some(process), unit, started })
}

fn by_unit(unit: &str, node: &Node, units: &Units<'_>) -> Result<Started, String> {
    let unit = units.get(unit).ok_or_else(|| format!("there is no {unit}"))?;
    let command = unit.command(node)?;
    let mut words = command.words.into_iter();
    if !words.next().is_some_and(|(word, _)| matches!(word.as_str(), "server" | "agent")) {
        return Err(format!("{} does not start `k3s server` or `k3s agent`", unit.name));
    }
    let environment = command.environment.into_iter();
    Ok(Started {
        words: words.collect(),
        environment: environment.map(|(name, (value, _))| (name, value)).collect(),
    })
}

/// Everything k3s was told: the configuration files first, then the command line.
struct Instructions {
    options: Vec<SupervisorOption>,
    configuration: String,
}

impl Instructions {
    fn read(started: &Started, node: &Node, texts: &Texts<'_>) -> Result<Self, String> {
        let configuration = configuration_path(started);
        let mut all = from_files(&configuration, node, texts)?;
        all.extend(options(&started.words, takes_value));
        Ok(Self { options: all, configuration })
    }

    /// All values of an option, whatever name of it was used.
    fn all<'t>(&'t self, names: &'t [&str]) -> impl Iterator<Item = &'t SupervisorOption> {
        self.options.iter().filter(|option| names.contains(&option.name.as_str()))
    }

    fn last(&self, names: &[&str]) -> Option<&str> {
        self.options
            .iter()
            .rev()
            .find(|option| names.contains(&option.name.as_str()))
            .map(|option| option.value.as_str())
    }

    /// The data directory.
    fn data<'t>(&'t self, environment: &'t BTreeMap<String, String>) -> &'t str {
        let named = self.last(&["data-dir", "d"]);
        let named = named.or(environment.get("K3S_DATA_DIR").map(String::as_str));
        named.unwrap_or(DATA).trim_end_matches('/')
    }

    fn is_true(&self, name: &str) -> bool {
        self.last(&[name])
            .is_some_and(|value| matches!(value, "true" | "TRUE" | "True" | "1" | "t"))
    }
}

fn takes_value(name: &str) -> bool {
    name.ends_with("-arg") || matches!(name, "data-dir" | "d" | "config" | "c" | "token" | "t")
}

fn configuration_path(started: &Started) -> String {
    let options = options(&started.words, takes_value).into_iter();
    let named = options.rev().find(|option| matches!(option.name.as_str(), "config" | "c"));
    // The environment wins over the flag (`findConfigFileFlag`).
    let environment = started.environment.get("K3S_CONFIG_FILE").filter(|path| !path.is_empty());
    environment
        .cloned()
        .or(named.map(|option| option.value))
        .unwrap_or_else(|| CONFIGURATION.to_owned())
}

fn drop_ins(names: Option<&Vec<String>>) -> impl Iterator<Item = &String> {
    names.into_iter().flatten().filter(|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with(".yaml") || name.ends_with(".yml")
    })
}

/// The options of the configuration file and its drop-ins (`readConfigFile`): a later value
/// replaces an earlier one, unless its key ends with `+`.
fn from_files(
    configuration: &str,
    node: &Node,
    texts: &Texts<'_>,
) -> Result<Vec<SupervisorOption>, String> {
    let directory = format!("{configuration}.d");
    let mut files = vec![configuration.to_owned()];
    match (node.directories.get(&directory), node.files.get(&directory)) {
        (Some(names), _) => {
            files.extend(drop_ins(Some(names)).map(|name| join(&directory, name)));
        }
        (None, Some(Lookup::Absent)) => {}
        (None, _) => return Err(unseen(&directory, node)),
    }
    let mut order: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, Vec<SupervisorOption>> = BTreeMap::new();
    for path in &files {
        if let Some(Lookup::Absent) = node.files.get(path) {
            continue;
        }
        let text = texts.get(path)?;
        let root = text.root()?;
        let Some(mapping) = root.as_mapping() else {
            if root.is_null() {
                continue;
            }
            return Err(format!("{path} is no mapping"));
        };
        for entry in mapping.entries() {
            let (name, adds) = match entry.key.strip_suffix('+') {
                Some(name) => (name, true),
                None => (&*entry.key, false),
            };
            let each = |value: &Yaml| {
                let location = text.location(value.span);
                let value =
                    plain(value).ok_or_else(|| format!("{name} at {location} is no text"))?;
                Ok(SupervisorOption { name: name.to_owned(), value, location })
            };
            let new: Vec<SupervisorOption> = match &entry.value.value {
                Value::Sequence(items) => items.iter().map(each).collect::<Result<_, String>>()?,
                _ => vec![each(&entry.value)?],
            };
            if !order.iter().any(|known| known == name) {
                order.push(name.to_owned());
            }
            let known = values.entry(name.to_owned()).or_default();
            if !adds {
                known.clear();
            }
            known.extend(new);
        }
    }
    Ok(order.iter().flat_map(|name| values.remove(name)).flatten().collect())
}

fn plain(node: &Yaml) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

fn unseen(path: &str, node: &Node) -> String {
    match node.gap_at(path) {
        Some(gap) => gap.to_string(),
        None => format!("{path} was not collected"),
    }
}

fn components<'a>(
    supervisor: &Supervisor<'a>,
    node: &'a Node,
    texts: &Texts<'_>,
) -> Vec<Embedded<'a>> {
    use Component::{
        Etcd, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet,
    };
    let instructed = match &supervisor.started {
        Ok(started) => Instructions::read(started, node, texts)
            .map(|instructed| (instructed, started.environment.clone())),
        Err(why) => Err(why.clone()),
    };
    let mut found = Vec::new();
    let mut add = |component: Component, words: Result<Vec<(String, Location)>, String>| {
        let path = instructed
            .as_ref()
            .map_or(CONFIGURATION, |(instructed, _)| instructed.configuration.as_str());
        let carrier = Carrier::Supervisor {
            path: path.to_owned(),
            key: format!("{component}-arg"),
            unit: supervisor.unit.clone(),
        };
        found.push(Embedded { component, process: supervisor.process, words, carrier });
    };
    let (instructed, environment) = match &instructed {
        Ok((instructed, environment)) => (instructed, environment),
        Err(why) => {
            if supervisor.mode == Mode::Server {
                for component in [KubeApiserver, KubeControllerManager, KubeScheduler] {
                    add(component, Err(why.clone()));
                }
            }
            for component in [Kubelet, KubeProxy] {
                add(component, Err(why.clone()));
            }
            return found;
        }
    };
    let data = instructed.data(environment);
    let version = supervisor.process.and_then(|process| process.build_version.as_ref());
    let k3s = K3s { instructed, data, version, node };
    if supervisor.mode == Mode::Server {
        let storage = k3s.storage();
        if !instructed.is_true("disable-apiserver") {
            add(KubeApiserver, storage.clone().map(|storage| k3s.api_server(&storage)));
        }
        if !instructed.is_true("disable-controller-manager") {
            add(KubeControllerManager, Ok(k3s.controller_manager()));
        }
        if !instructed.is_true("disable-scheduler") {
            add(KubeScheduler, Ok(k3s.scheduler()));
        }
        match storage {
            Ok(Storage::Etcd) => add(Etcd, Ok(k3s.etcd())),
            Ok(_) => {}
            Err(why) => add(Etcd, Err(why)),
        }
    }
    if supervisor.mode == Mode::Agent || !instructed.is_true("disable-agent") {
        add(Kubelet, k3s.kubelet());
        // An agent is instructed by its server whether to run a proxy; only the server's own flag shows.
        if !instructed.is_true("disable-kube-proxy") {
            add(KubeProxy, Ok(k3s.proxy()));
        }
    }
    found
}
