//! How a cluster is configured, as data.

mod hardened;
mod kubeadm;
mod unhardened;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Flags;

/// What decides how safe a cluster is: arguments, configuration files and permissions.
///
/// Every field is there to be changed by a test. Strings may hold placeholders:
///
/// | placeholder | stands for |
/// |---|---|
/// | `{root}` | the directory that is laid out like the host's `/` |
/// | `{node}` | the name of the node |
/// | `{etcd-port}`, `{etcd-peer-port}`, `{etcd-metrics-port}` | etcd's ports |
/// | `{apiserver-port}`, `{controller-manager-port}`, `{scheduler-port}` | the other control-plane ports |
/// | `{random-key}` | 32 random bytes in base64, the same throughout one cluster |
///
/// Ports of the kubelet are never taken from a profile: `port` and `healthzPort` are chosen free,
/// and `readOnlyPort` too where a profile gives anything but 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Arguments of etcd.
    pub etcd: Flags,
    /// Arguments of the API server.
    pub apiserver: Flags,
    /// Arguments of the controller manager.
    pub controller_manager: Flags,
    /// Arguments of the scheduler.
    pub scheduler: Flags,
    /// Arguments of the kubelet.
    pub kubelet: Flags,
    /// The kubelet's `KubeletConfiguration`, written to `/var/lib/kubelet/config.yaml`.
    pub kubelet_config: Value,
    /// Partial `KubeletConfiguration`s by file name, written to `/etc/kubernetes/kubelet.conf.d`,
    /// which becomes the kubelet's `--config-dir` when there are any.
    pub kubelet_drop_ins: BTreeMap<String, Value>,
    /// Further files of the control plane.
    pub files: Vec<HostFile>,
    /// Permissions by path, set after everything is written, in this order. The last part of a path may
    /// be a `*` with a suffix, such as `/etc/kubernetes/pki/*.key`. Paths that do not exist are passed over.
    pub modes: Vec<(String, u32)>,
}

/// A file on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFile {
    /// The absolute path on the host.
    pub path: String,
    /// The text, which may hold placeholders.
    pub contents: String,
    /// The permissions, such as `0o600`.
    pub mode: u32,
}

impl Profile {
    /// What `kubeadm init` and `kubeadm join` write, on loopback.
    pub fn kubeadm() -> Profile {
        kubeadm::profile()
    }

    /// As the CIS Kubernetes Benchmark wants it, as far as one host without a network allows.
    ///
    /// Two settings are spelled unusually on purpose: the API server gets `--audit-log-maxage 30`
    /// as two arguments, and the kubelet's `podPidsLimit` stands in a drop-in file only.
    pub fn hardened() -> Profile {
        hardened::profile()
    }

    /// As the CIS Kubernetes Benchmark does not want it, as far as it still starts.
    ///
    /// All ports stay on loopback, because somebody's machine runs this.
    pub fn unhardened() -> Profile {
        unhardened::profile()
    }

    /// The profile called `kubeadm`, `hardened` or `unhardened`.
    pub fn named(name: &str) -> Option<Profile> {
        match name {
            "kubeadm" => Some(Profile::kubeadm()),
            "hardened" => Some(Profile::hardened()),
            "unhardened" => Some(Profile::unhardened()),
            _ => None,
        }
    }

    /// Lets the API server and the kubelet listen on every address, as they do without us, and etcd on the
    /// node's address too. For a [`PrivateHost`](crate::PrivateHost), whose network is nobody else's.
    #[must_use]
    pub fn listening_everywhere(mut self) -> Profile {
        const ADDRESS: &str = "203.0.113.10";
        self.apiserver.remove("bind-address");
        self.configure_kubelet(&json!({"address": null}));
        for (flag, port, with_loopback) in [
            ("listen-client-urls", "{etcd-port}", true),
            ("advertise-client-urls", "{etcd-port}", false),
            ("listen-peer-urls", "{etcd-peer-port}", false),
            ("initial-advertise-peer-urls", "{etcd-peer-port}", false),
        ] {
            let loopback =
                if with_loopback { format!("https://127.0.0.1:{port},") } else { String::new() };
            self.etcd.set(flag, &format!("{loopback}https://{ADDRESS}:{port}"));
        }
        self.etcd.set("initial-cluster", &format!("{{node}}=https://{ADDRESS}:{{etcd-peer-port}}"));
        self
    }

    /// Adds or replaces a file.
    pub fn file(&mut self, path: &str, contents: &str, mode: u32) -> &mut Profile {
        self.files.retain(|file| file.path != path);
        self.files.push(HostFile { path: path.to_owned(), contents: contents.to_owned(), mode });
        self
    }

    /// Merges `patch` into the kubelet's configuration: objects are merged, `null` removes, anything else replaces.
    pub fn configure_kubelet(&mut self, patch: &Value) -> &mut Profile {
        merge(&mut self.kubelet_config, patch);
        self
    }

    fn set_modes(&mut self, modes: &[(&str, u32)]) {
        self.modes.extend(modes.iter().map(|(path, mode)| ((*path).to_owned(), *mode)));
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

fn set_all(flags: &mut Flags, values: &[(&str, &str)]) {
    for (name, value) in values {
        flags.set(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelet_is_configured_by_merging() {
        let check = |before: Value, patch: Value, after: Value| {
            let mut profile = Profile { kubelet_config: before, ..Profile::default() };
            profile.configure_kubelet(&patch);
            assert_eq!(profile.kubelet_config, after);
        };
        check(json!({"a": {"b": 1}}), json!({"a": {"c": 2}}), json!({"a": {"b": 1, "c": 2}}));
        check(json!({"a": {"b": 1}}), json!({"a": null}), json!({}));
        check(json!({"a": [1]}), json!({"a": [2]}), json!({"a": [2]}));
        check(
            json!({"a": 1}),
            json!({"a": {"b": {"c": null, "d": 1}}}),
            json!({"a": {"b": {"d": 1}}}),
        );
    }

    #[test]
    fn a_file_is_replaced_by_its_path() {
        let mut profile = Profile::default();
        profile.file("/a", "1", 0o600).file("/b", "2", 0o600).file("/a", "3", 0o644);
        let files: Vec<_> =
            profile.files.iter().map(|file| (&*file.path, &*file.contents)).collect();
        assert_eq!(files, [("/b", "2"), ("/a", "3")]);
    }
}
