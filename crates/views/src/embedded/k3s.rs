//! k3s: `pkg/daemons/control/server.go`, `pkg/daemons/agent/agent.go` and `agent_linux.go`,
//! `pkg/daemons/control/deps/deps.go` (paths), `pkg/configfilearg/parser.go` (configuration
//! files) and `pkg/util/args.go` (how a user's arguments join those of k3s).

use std::collections::BTreeMap;

use merlon_model::{Carrier, Component, Location, Version};
use merlon_snapshot::{DocumentKind, Lookup, Node, Process, Want, Wanted};
use merlon_yaml::{Node as Yaml, Value};

use super::{Embedded, SupervisorOption, document, options};
use crate::text::Texts;
use crate::unit::Units;
use crate::wanted::join;

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

/// What the API server keeps its objects in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Storage {
    /// etcd inside the same process.
    Etcd,
    /// An etcd elsewhere.
    ExternalEtcd,
    /// kine, which speaks etcd's protocol on a local socket for another database.
    Kine,
}

struct K3s<'t> {
    instructed: &'t Instructions,
    data: &'t str,
    version: Option<&'t Version>,
    node: &'t Node,
}

impl K3s<'_> {
    fn storage(&self) -> Result<Storage, String> {
        if let Some(endpoint) = self.instructed.last(&["datastore-endpoint"]) {
            let etcd = endpoint.starts_with("http://") || endpoint.starts_with("https://");
            return Ok(if etcd { Storage::ExternalEtcd } else { Storage::Kine });
        }
        let path = format!("{}/server/db/etcd/config", self.data);
        match self.node.files.get(&path) {
            Some(Lookup::Present(_)) => Ok(Storage::Etcd),
            Some(Lookup::Absent) => Ok(Storage::Kine),
            None => Err(unseen(&path, self.node)),
        }
    }

    fn since(&self, release: (u32, u32)) -> bool {
        self.version.is_none_or(|version| version.minor_release() >= release)
    }

    fn tls(&self, name: &str) -> String {
        format!("{}/server/tls/{name}", self.data)
    }

    /// The key that signs service account tokens has a file of its own since it can be rotated.
    fn service_key(&self) -> String {
        let current = self.tls("service.current.key");
        match self.node.files.get(&current) {
            Some(Lookup::Present(_)) => current,
            _ => self.tls("service.key"),
        }
    }

    fn api_server(&self, storage: &Storage) -> Vec<(String, Location)> {
        let instructed = |name: &str| {
            let mut values = self.instructed.all(&["kube-apiserver-arg"]);
            values
                .any(|option| option.value.trim_start_matches("--").split('=').next() == Some(name))
        };
        let text = str::to_owned;
        let mut initial = vec![
            ("profiling", text("false")),
            ("enable-admission-plugins", text("NodeRestriction")),
            ("allow-privileged", text("true")),
            ("bind-address", text("127.0.0.1")),
            ("client-ca-file", self.tls("client-ca.crt")),
            ("tls-cert-file", self.tls("serving-kube-apiserver.crt")),
            ("tls-private-key-file", self.tls("serving-kube-apiserver.key")),
            ("service-account-key-file", self.tls("service.key")),
            ("service-account-signing-key-file", self.service_key()),
            ("kubelet-certificate-authority", self.tls("server-ca.crt")),
            ("kubelet-client-certificate", self.tls("client-kube-apiserver.crt")),
            ("kubelet-client-key", self.tls("client-kube-apiserver.key")),
            ("requestheader-client-ca-file", self.tls("request-header-ca.crt")),
            ("requestheader-allowed-names", text("system:auth-proxy")),
            ("proxy-client-cert-file", self.tls("client-auth-proxy.crt")),
            ("proxy-client-key-file", self.tls("client-auth-proxy.key")),
            ("storage-backend", text("etcd3")),
        ];
        if !instructed("authorization-config") {
            initial.push(("authorization-mode", text("Node,RBAC")));
        }
        if !instructed("authentication-config") {
            initial.push(("anonymous-auth", text("false")));
        }
        if !self.since((1, 24)) {
            initial.push(("insecure-port", text("0")));
        }
        if self.instructed.last(&["https-listen-port"]).is_none() {
            initial.push(("secure-port", text("6444")));
        }
        if self.instructed.is_true("secrets-encryption") {
            let path = format!("{}/server/cred/encryption-config.json", self.data);
            initial.push(("encryption-provider-config", path));
        }
        match storage {
            Storage::Etcd => initial.extend([
                ("etcd-servers", text("https://127.0.0.1:2379")),
                ("etcd-cafile", self.tls("etcd/server-ca.crt")),
                ("etcd-certfile", self.tls("etcd/client.crt")),
                ("etcd-keyfile", self.tls("etcd/client.key")),
            ]),
            Storage::Kine => {
                initial.push(("etcd-servers", format!("unix://{}/server/kine.sock", self.data)));
            }
            Storage::ExternalEtcd => {
                for (flag, option) in [
                    ("etcd-servers", "datastore-endpoint"),
                    ("etcd-cafile", "datastore-cafile"),
                    ("etcd-certfile", "datastore-certfile"),
                    ("etcd-keyfile", "datastore-keyfile"),
                ] {
                    initial
                        .extend(self.instructed.last(&[option]).map(|value| (flag, text(value))));
                }
            }
        }
        self.join(Component::KubeApiserver, &["kube-apiserver-arg"], initial)
    }

    fn controller_manager(&self) -> Vec<(String, Location)> {
        let kubeconfig = format!("{}/server/cred/controller.kubeconfig", self.data);
        let mut initial = vec![
            ("kubeconfig", kubeconfig.clone()),
            ("service-account-private-key-file", self.service_key()),
            ("root-ca-file", self.tls("server-ca.crt")),
            ("profiling", "false".to_owned()),
            ("bind-address", "127.0.0.1".to_owned()),
            ("use-service-account-credentials", "true".to_owned()),
        ];
        if self.since((1, 22)) {
            initial.push(("authentication-kubeconfig", kubeconfig.clone()));
            initial.push(("authorization-kubeconfig", kubeconfig));
        }
        let names = ["kube-controller-manager-arg", "kube-controller-arg"];
        self.join(Component::KubeControllerManager, &names, initial)
    }

    fn scheduler(&self) -> Vec<(String, Location)> {
        let kubeconfig = format!("{}/server/cred/scheduler.kubeconfig", self.data);
        let mut initial = vec![
            ("kubeconfig", kubeconfig.clone()),
            ("profiling", "false".to_owned()),
            ("bind-address", "127.0.0.1".to_owned()),
        ];
        if self.since((1, 22)) {
            initial.push(("authentication-kubeconfig", kubeconfig.clone()));
            initial.push(("authorization-kubeconfig", kubeconfig));
        }
        self.join(Component::KubeScheduler, &["kube-scheduler-arg"], initial)
    }

    /// What a user gives etcd is written to its configuration file as well.
    fn etcd(&self) -> Vec<(String, Location)> {
        let path = format!("{}/server/db/etcd/config", self.data);
        self.join(Component::Etcd, &[], vec![("config-file", path)])
    }

    fn agent(&self, name: &str) -> String {
        format!("{}/agent/{name}", self.data)
    }

    /// Since 1.32 k3s writes most of the kubelet's configuration to drop-in files; before, it
    /// passes flags.
    fn kubelet(&self) -> Result<Vec<(String, Location)>, String> {
        let directory = self.agent("etc/kubelet.conf.d");
        let mut initial = vec![
            ("kubeconfig", self.agent("kubelet.kubeconfig")),
            ("read-only-port", "0".to_owned()),
        ];
        let user = ["kubelet-arg"];
        match (self.node.directories.get(&directory), self.node.files.get(&directory)) {
            (Some(names), _) if names.iter().any(|name| name == "00-k3s-defaults.conf") => {
                initial.push(("config-dir", directory));
                // k3s copies these files into its own directory and does not pass the flags on.
                let words = self.join(Component::Kubelet, &user, initial);
                let copied = |word: &str, location: &Location| {
                    !matches!(location, Location::Embedded { .. })
                        && (word.starts_with("--config=") || word.starts_with("--config-dir="))
                };
                let mut kept: Vec<_> =
                    words.into_iter().filter(|(word, location)| !copied(word, location)).collect();
                if !kept.iter().any(|(word, _)| word.starts_with("--config-dir=")) {
                    let directory = self.agent("etc/kubelet.conf.d");
                    kept.push((
                        format!("--config-dir={directory}"),
                        embedded_in(Component::Kubelet),
                    ));
                }
                Ok(kept)
            }
            (Some(_), _) => {
                Err(format!("{directory} lacks the file with which k3s configures the kubelet"))
            }
            (None, Some(Lookup::Absent)) if !self.since((1, 32)) => {
                let text = str::to_owned;
                initial.extend([
                    ("anonymous-auth", text("false")),
                    ("authentication-token-webhook", text("true")),
                    ("authorization-mode", text("Webhook")),
                    ("client-ca-file", self.agent("client-ca.crt")),
                    ("tls-cert-file", self.agent("serving-kubelet.crt")),
                    ("tls-private-key-file", self.agent("serving-kubelet.key")),
                    ("pod-manifest-path", self.agent("pod-manifests")),
                    ("healthz-bind-address", text("127.0.0.1")),
                    ("fail-swap-on", text("false")),
                    (
                        "container-runtime-endpoint",
                        text("unix:///run/k3s/containerd/containerd.sock"),
                    ),
                ]);
                if self.instructed.is_true("protect-kernel-defaults") {
                    initial.push(("protect-kernel-defaults", text("true")));
                }
                Ok(self.join(Component::Kubelet, &user, initial))
            }
            (None, Some(Lookup::Absent)) => Err(format!(
                "{directory} does not exist, and without the release of k3s it is not known \
                 whether it should"
            )),
            (None, _) => Err(unseen(&directory, self.node)),
        }
    }

    fn proxy(&self) -> Vec<(String, Location)> {
        let initial = vec![
            ("kubeconfig", self.agent("kubeproxy.kubeconfig")),
            ("healthz-bind-address", "127.0.0.1".to_owned()),
            ("proxy-mode", "iptables".to_owned()),
        ];
        self.join(Component::KubeProxy, &["kube-proxy-arg"], initial)
    }

    /// Joins a user's arguments with those of k3s (`GetArgs`): they take the place of an argument
    /// of the same name, unless theirs ends with `+` (added after) or `-` (put before).
    fn join(
        &self,
        component: Component,
        names: &[&str],
        initial: Vec<(&str, String)>,
    ) -> Vec<(String, Location)> {
        let mut all: BTreeMap<String, Vec<(String, Location)>> = initial
            .into_iter()
            .map(|(name, value)| (name.to_owned(), vec![(value, embedded_in(component))]))
            .collect();
        // Arguments of k3s that a user's have taken the place of.
        let mut replaced = Vec::new();
        for option in self.instructed.all(names) {
            let argument = option.value.trim_start_matches("--");
            let (name, value) = argument.split_once('=').unwrap_or((argument, "true"));
            let clean = name.trim_end_matches(['+', '-']);
            let given = (value.to_owned(), option.location.clone());
            let values = all.entry(clean.to_owned()).or_default();
            let first = !replaced.iter().any(|known| known == clean);
            if first {
                replaced.push(clean.to_owned());
            }
            if name.ends_with('+') {
                values.push(given);
            } else if name.ends_with('-') {
                values.insert(0, given);
            } else {
                if first {
                    values.clear();
                }
                values.push(given);
            }
        }
        all.into_iter()
            .flat_map(|(name, values)| {
                values
                    .into_iter()
                    .map(move |(value, location)| (format!("--{name}={value}"), location))
            })
            .collect()
    }
}

fn embedded_in(component: Component) -> Location {
    Location::Embedded { distribution: DISTRIBUTION.to_owned(), component }
}
