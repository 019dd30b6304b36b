//! What k3s passes to the components by itself, joined with what its user asks for.

use std::collections::BTreeMap;

use merlon_model::{Component, Location, Version};
use merlon_snapshot::{Lookup, Node};

use super::{DISTRIBUTION, Instructions, unseen};

/// What the API server keeps its objects in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// etcd inside the same process.
    Etcd,
    /// An etcd elsewhere.
    ExternalEtcd,
    /// kine, which speaks etcd's protocol on a local socket for another database.
    Kine,
}

pub(super) struct K3s<'t> {
    pub(super) instructed: &'t Instructions,
    pub(super) data: &'t str,
    pub(super) version: Option<&'t Version>,
    pub(super) node: &'t Node,
}

impl K3s<'_> {
    pub(super) fn storage(&self) -> Result<Storage, String> {
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

    pub(super) fn api_server(&self, storage: &Storage) -> Vec<(String, Location)> {
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

    pub(super) fn controller_manager(&self) -> Vec<(String, Location)> {
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

    pub(super) fn scheduler(&self) -> Vec<(String, Location)> {
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
    pub(super) fn etcd(&self) -> Vec<(String, Location)> {
        let path = format!("{}/server/db/etcd/config", self.data);
        self.join(Component::Etcd, &[], vec![("config-file", path)])
    }

    fn agent(&self, name: &str) -> String {
        format!("{}/agent/{name}", self.data)
    }

    /// Since 1.32 k3s writes most of the kubelet's configuration to drop-in files; before, it
    /// passes flags.
    pub(super) fn kubelet(&self) -> Result<Vec<(String, Location)>, String> {
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

    pub(super) fn proxy(&self) -> Vec<(String, Location)> {
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
