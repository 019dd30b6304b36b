//! `rancher/rke2`: `pkg/podexecutor`, `pkg/rke2` (static pods and paths), `bundle/lib/systemd`. Its
//! supervisor starts the kubelet as a process and the control plane as static pods.

use merlon_model::{Carrier, Component};
use merlon_snapshot::{DocumentKind, Node, Want};

use super::kubeadm::ROOTS_OWN;
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static RKE2: Distribution = Distribution {
    id: "rke2",
    name: "RKE2",
    signals: &[
        sign(Sign::VersionSuffix("+rke2r"), 10),
        path("/var/lib/rancher/rke2", 8),
        path("/etc/rancher/rke2", 4),
        sign(Sign::Process("rke2"), 6),
        sign(Sign::ExecutableBelow("/var/lib/rancher/rke2/"), 8),
        path("/usr/local/lib/systemd/system/rke2-server.service", 2),
        path("/usr/local/lib/systemd/system/rke2-agent.service", 2),
    ],
    variants: &[],
    layout: &[
        optional(FileRole::SupervisorConfiguration, "/etc/rancher/rke2/config.yaml", NO_FILE),
        optional(FileRole::SupervisorConfiguration, "/etc/rancher/rke2/config.yaml.d", NO_FILE)
            .holding(".yaml", DocumentKind::SupervisorConfiguration),
        optional(FileRole::SupervisorConfiguration, "/etc/rancher/rke2/registries.yaml", NO_FILE)
            .wanting(Want::State),
        optional(
            FileRole::SupervisorConfiguration,
            "/var/lib/rancher/rke2/server/token",
            ONLY_SERVERS,
        )
        .wanting(Want::State),
        optional(FileRole::AdminKubeconfig, "/etc/rancher/rke2/rke2.yaml", ONLY_SERVERS),
        optional(
            FileRole::AdminKubeconfig,
            "/var/lib/rancher/rke2/server/cred/admin.kubeconfig",
            ONLY_SERVERS,
        ),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        optional(FileRole::PkiDirectory, "/var/lib/rancher/rke2/server/tls", ONLY_SERVERS),
        known(FileRole::StaticPodDirectory, "/var/lib/rancher/rke2/agent/pod-manifests"),
        known(
            FileRole::Kubeconfig(Component::Kubelet),
            "/var/lib/rancher/rke2/agent/kubelet.kubeconfig",
        ),
        known(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/var/lib/rancher/rke2/agent/kubeproxy.kubeconfig",
        ),
        known(FileRole::KubeletClientCa, "/var/lib/rancher/rke2/agent/client-ca.crt"),
        known(FileRole::EtcdData, "/var/lib/rancher/rke2/server/db/etcd"),
        known(FileRole::EtcdConfiguration, "/var/lib/rancher/rke2/server/db/etcd/config"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
        known(FileRole::CriSocket, "/run/k3s/containerd/containerd.sock"),
        known(
            FileRole::RuntimeConfiguration,
            "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
        ),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |node| supervisor(node, "kube-apiserver-arg"),
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |node| supervisor(node, "kube-controller-manager-arg"),
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |node| supervisor(node, "kube-scheduler-arg"),
        },
        KnownCarrier { component: Component::Etcd, carrier: |node| supervisor(node, "etcd-arg") },
        KnownCarrier {
            component: Component::Kubelet,
            carrier: |node| supervisor(node, "kubelet-arg"),
        },
        KnownCarrier {
            component: Component::KubeProxy,
            carrier: |node| supervisor(node, "kube-proxy-arg"),
        },
    ],
    components: &components(Runs::StaticPod, Runs::StaticPod, Runs::Process, Runs::StaticPod),
};

const ONLY_SERVERS: &str = "only servers have it";
const NO_FILE: &str = "RKE2 needs no configuration file";

/// The key of the supervisor's configuration, and the unit that runs on this node.
fn supervisor(node: &Node, key: &str) -> Carrier {
    let agent = node.processes.iter().any(|process| {
        let mut words = process.argv.iter().flat_map(|word| word.split_whitespace());
        process.name.starts_with("rke2") && words.nth(1) == Some("agent")
    });
    let unit = if agent { "rke2-agent.service" } else { "rke2-server.service" };
    Carrier::Supervisor {
        path: "/etc/rancher/rke2/config.yaml".to_owned(),
        key: key.to_owned(),
        unit: unit.to_owned(),
    }
}
