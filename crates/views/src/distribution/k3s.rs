//! `k3s-io/k3s`: `pkg/daemons/control/deps/deps.go` and `pkg/agent/config/config.go` (paths),
//! `install.sh` (units). All components run inside one process; see `embedded::k3s`.

use merlon_model::{Carrier, Component};
use merlon_snapshot::{DocumentKind, Node, Want};

use super::kubeadm::ROOTS_OWN;
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static K3S: Distribution = Distribution {
    id: "k3s",
    name: "k3s",
    signals: &[
        sign(Sign::VersionSuffix("+k3s"), 10),
        path("/var/lib/rancher/k3s", 8),
        path("/etc/rancher/k3s", 4),
        sign(Sign::Process("k3s"), 6),
        sign(Sign::Process("k3s-server"), 6),
        sign(Sign::Process("k3s-agent"), 6),
        path("/etc/systemd/system/k3s.service", 4),
        path("/etc/systemd/system/k3s-agent.service", 4),
    ],
    variants: &[],
    layout: &[
        optional(FileRole::SupervisorConfiguration, "/etc/rancher/k3s/config.yaml", NO_FILE),
        optional(FileRole::SupervisorConfiguration, "/etc/rancher/k3s/config.yaml.d", NO_FILE)
            .holding(".yaml", DocumentKind::SupervisorConfiguration),
        optional(FileRole::SupervisorConfiguration, "/etc/rancher/k3s/registries.yaml", NO_FILE)
            .wanting(Want::State),
        optional(
            FileRole::SupervisorConfiguration,
            "/var/lib/rancher/k3s/server/token",
            ONLY_SERVERS,
        )
        .wanting(Want::State),
        optional(FileRole::AdminKubeconfig, "/etc/rancher/k3s/k3s.yaml", ONLY_SERVERS),
        optional(
            FileRole::AdminKubeconfig,
            "/var/lib/rancher/k3s/server/cred/admin.kubeconfig",
            ONLY_SERVERS,
        ),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        optional(FileRole::PkiDirectory, "/var/lib/rancher/k3s/server/tls", ONLY_SERVERS),
        known(FileRole::StaticPodDirectory, "/var/lib/rancher/k3s/agent/pod-manifests"),
        known(
            FileRole::Kubeconfig(Component::Kubelet),
            "/var/lib/rancher/k3s/agent/kubelet.kubeconfig",
        ),
        known(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/var/lib/rancher/k3s/agent/kubeproxy.kubeconfig",
        ),
        known(FileRole::KubeletClientCa, "/var/lib/rancher/k3s/agent/client-ca.crt"),
        known(FileRole::EtcdData, "/var/lib/rancher/k3s/server/db/etcd"),
        known(FileRole::EtcdConfiguration, "/var/lib/rancher/k3s/server/db/etcd/config"),
        known(FileRole::CniConfiguration, "/var/lib/rancher/k3s/agent/etc/cni/net.d"),
        known(FileRole::CriSocket, "/run/k3s/containerd/containerd.sock"),
        known(
            FileRole::RuntimeConfiguration,
            "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
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
    components: &components(
        Runs::Embedded("k3s"),
        Runs::Embedded("k3s"),
        Runs::Embedded("k3s"),
        Runs::Embedded("k3s"),
    ),
};

const ONLY_SERVERS: &str = "only servers have it";
const NO_FILE: &str = "k3s needs no configuration file";

/// The key of the supervisor's configuration, and the unit that runs on this node.
fn supervisor(node: &Node, key: &str) -> Carrier {
    let agent = node.processes.iter().any(|process| {
        let mut words = process.argv.iter().flat_map(|word| word.split_whitespace());
        process.name.starts_with("k3s") && words.nth(1) == Some("agent")
    });
    let unit = if agent { "k3s-agent.service" } else { "k3s.service" };
    Carrier::Supervisor {
        path: "/etc/rancher/k3s/config.yaml".to_owned(),
        key: key.to_owned(),
        unit: unit.to_owned(),
    }
}
