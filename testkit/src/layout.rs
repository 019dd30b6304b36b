//! The files of a node as kubeadm lays them out.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::home::{below, write_in};
use crate::pki::Certified;
use crate::yaml::to_yaml;
use crate::{Component, Version};

/// Writes a kubeconfig the way kubeadm does: certificates embedded, one context.
pub(crate) fn write_kubeconfig(
    root: &Path,
    path: &str,
    server: &str,
    trust: &str,
    user: &str,
    credentials: &Value,
) -> io::Result<()> {
    let context = format!("{user}@kubernetes");
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "kubernetes",
            "cluster": {"certificate-authority-data": BASE64_STANDARD.encode(trust), "server": server},
        }],
        "contexts": [{"name": context, "context": {"cluster": "kubernetes", "user": user}}],
        "current-context": context,
        "preferences": {},
        "users": [{"name": user, "user": credentials}],
    });
    write_in(root, path, to_yaml(&config).as_bytes(), 0o600)
}

/// The `user` of a kubeconfig with its certificate in it.
pub(crate) fn embedded(pair: &Certified) -> Value {
    json!({
        "client-certificate-data": BASE64_STANDARD.encode(&pair.certificate),
        "client-key-data": BASE64_STANDARD.encode(&pair.key),
    })
}

/// What a static pod's manifest says besides its command.
pub(crate) struct StaticPod<'text> {
    pub(crate) component: Component,
    pub(crate) arguments: &'text [String],
    /// The port, scheme and path of the probes.
    pub(crate) probe: (u16, &'static str, &'static str),
    /// Name, host path and `hostPath` type of each volume.
    pub(crate) volumes: &'text [(&'static str, &'static str, &'static str)],
}

/// Writes the manifest of a static pod to `/etc/kubernetes/manifests`.
pub(crate) fn write_static_pod(
    root: &Path,
    version: Version,
    pod: &StaticPod<'_>,
) -> io::Result<()> {
    let name = pod.component.name();
    let mut command = vec![name.to_owned()];
    command.extend_from_slice(pod.arguments);
    let image = match pod.component {
        Component::Etcd => format!("registry.k8s.io/etcd:{}-0", version.etcd_release()),
        _ => format!("registry.k8s.io/{name}:{}", version.release()),
    };
    let (port, scheme, path) = pod.probe;
    let probe = |failures: u32, period: u32| {
        json!({
            "failureThreshold": failures,
            "httpGet": {"host": "127.0.0.1", "path": path, "port": port, "scheme": scheme},
            "initialDelaySeconds": 10,
            "periodSeconds": period,
            "timeoutSeconds": 15,
        })
    };
    let directory = |path: &str| root.join(path.trim_start_matches('/'));
    let manifest = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "labels": {"component": name, "tier": "control-plane"},
            "name": name,
            "namespace": "kube-system",
        },
        "spec": {
            "containers": [{
                "command": command,
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "livenessProbe": probe(8, 10),
                "name": name,
                "resources": {"requests": {"cpu": "100m"}},
                "startupProbe": probe(24, 10),
                "volumeMounts": pod.volumes.iter().map(|(name, path, _)| json!({
                    "mountPath": directory(path), "name": name, "readOnly": *name != "etcd-data",
                })).collect::<Vec<_>>(),
            }],
            "hostNetwork": true,
            "priority": 2_000_001_000,
            "priorityClassName": "system-node-critical",
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": pod.volumes.iter().map(|(name, path, kind)| json!({
                "hostPath": {"path": directory(path), "type": kind}, "name": name,
            })).collect::<Vec<_>>(),
        },
    });
    let path = format!("/etc/kubernetes/manifests/{name}.yaml");
    write_in(root, &path, to_yaml(&manifest).as_bytes(), 0o600)
}

const KUBELET_SERVICE: &str = "\
[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
";

/// Writes the kubelet's systemd unit and kubeadm's drop-in, which starts it with `arguments`.
pub(crate) fn write_kubelet_unit(root: &Path, arguments: &[String]) -> io::Result<()> {
    let units = "/etc/systemd/system";
    write_in(root, &format!("{units}/kubelet.service"), KUBELET_SERVICE.as_bytes(), 0o644)?;
    let (configured, extra): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| {
        ["--bootstrap-kubeconfig=", "--kubeconfig=", "--config="]
            .iter()
            .any(|flag| argument.starts_with(flag))
    });
    let variable = |flag: &str| -> String {
        let chosen: Vec<&str> = configured
            .iter()
            .filter(|argument| argument.starts_with("--config=") == (flag == "config"))
            .map(|argument| argument.as_str())
            .collect();
        chosen.join(" ")
    };
    let environment = root.join("var/lib/kubelet/kubeadm-flags.env");
    let drop_in = format!(
        "[Service]\n\
         Environment=\"KUBELET_KUBECONFIG_ARGS={}\"\n\
         Environment=\"KUBELET_CONFIG_ARGS={}\"\n\
         EnvironmentFile=-{}\n\
         EnvironmentFile=-/etc/default/kubelet\n\
         ExecStart=\n\
         ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n",
        variable("kubeconfig"),
        variable("config"),
        environment.display(),
    );
    let drop_in_path = format!("{units}/kubelet.service.d/10-kubeadm.conf");
    write_in(root, &drop_in_path, drop_in.as_bytes(), 0o644)?;
    let extra: Vec<&str> = extra.into_iter().map(String::as_str).collect();
    let flags = format!("KUBELET_KUBEADM_ARGS=\"{}\"\n", extra.join(" "));
    write_in(root, "/var/lib/kubelet/kubeadm-flags.env", flags.as_bytes(), 0o644)
}

/// Sets permissions by path; see [`Profile::modes`](crate::Profile::modes).
pub(crate) fn set_modes(root: &Path, modes: &[(String, u32)]) -> io::Result<()> {
    for (pattern, mode) in modes {
        for path in matching(root, pattern)? {
            fs::set_permissions(path, Permissions::from_mode(*mode))?;
        }
    }
    Ok(())
}

fn matching(root: &Path, pattern: &str) -> io::Result<Vec<std::path::PathBuf>> {
    let Some((directory, suffix)) = pattern.split_once("/*") else {
        let path = below(root, pattern);
        return Ok(if path.exists() { vec![path] } else { Vec::new() });
    };
    let directory = below(root, directory);
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_file() && path.to_string_lossy().ends_with(suffix) {
            paths.push(path);
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;

    #[test]
    fn modes_are_set_by_pattern() {
        let home = Home::create("modes").expect("a directory can be made");
        let root = home.root();
        for name in ["/pki/a.key", "/pki/b.crt", "/pki/etcd/c.key"] {
            write_in(&root, name, b"", 0o644).expect("written");
        }
        let modes = [("/pki/*.key", 0o600), ("/pki/b.crt", 0o666), ("/absent/*.x", 0o600)];
        let modes: Vec<_> = modes.iter().map(|(path, mode)| ((*path).to_owned(), *mode)).collect();
        set_modes(&root, &modes).expect("set");
        let mode =
            |path| fs::metadata(below(&root, path)).expect("exists").permissions().mode() & 0o7777;
        assert_eq!(
            [mode("/pki/a.key"), mode("/pki/b.crt"), mode("/pki/etcd/c.key")],
            [0o600, 0o666, 0o644]
        );
    }

    #[test]
    fn the_unit_holds_every_argument_once() {
        let home = Home::create("unit").expect("a directory can be made");
        let root = home.root();
        let arguments =
            ["--kubeconfig=/k", "--config=/c", "--config-dir=/d", "--v=2"].map(str::to_owned);
        write_kubelet_unit(&root, &arguments).expect("written");
        let read = |path: &str| fs::read_to_string(below(&root, path)).expect("exists");
        let drop_in = read("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf");
        assert!(drop_in.contains("KUBELET_KUBECONFIG_ARGS=--kubeconfig=/k\""));
        assert!(drop_in.contains("KUBELET_CONFIG_ARGS=--config=/c\""));
        assert_eq!(
            read("/var/lib/kubelet/kubeadm-flags.env"),
            "KUBELET_KUBEADM_ARGS=\"--config-dir=/d --v=2\"\n"
        );
    }
}
