//! `canonical/microk8s`: `microk8s-resources/default-args`, `snap/snapcraft.yaml`. All components but
//! the datastore (dqlite, or etcd) run inside `kubelite`; see `embedded::microk8s`.

use merlon_model::{Carrier, Component, Role};
use merlon_snapshot::Want;

use super::kubeadm::ROOTS_OWN;
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, KnownComponent, Runs, Sign, path, sign};
use crate::files::FileRole;

pub(super) static MICROK8S: Distribution = Distribution {
    id: "microk8s",
    name: "MicroK8s",
    signals: &[
        path("/var/snap/microk8s/current", 10),
        path("/snap/microk8s/current", 6),
        sign(Sign::Process("kubelite"), 8),
    ],
    variants: &[],
    layout: &[
        known(FileRole::PkiDirectory, "/var/snap/microk8s/current/certs"),
        known(
            FileRole::Kubeconfig(Component::Kubelet),
            "/var/snap/microk8s/current/credentials/kubelet.config",
        ),
        known(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/var/snap/microk8s/current/credentials/proxy.config",
        ),
        optional(
            FileRole::AdminKubeconfig,
            "/var/snap/microk8s/current/credentials/client.config",
            "only control plane nodes have it",
        ),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        known(FileRole::KubeletClientCa, "/var/snap/microk8s/current/certs/ca.crt"),
        known(FileRole::CniConfiguration, "/var/snap/microk8s/current/args/cni-network"),
        known(FileRole::CriSocket, "/var/snap/microk8s/common/run/containerd.sock"),
        known(FileRole::RuntimeConfiguration, "/var/snap/microk8s/current/args/containerd.toml"),
        optional(
            FileRole::SupervisorConfiguration,
            "/var/snap/microk8s/current/args",
            "the snap keeps it",
        )
        .wanting(Want::Directory),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |_| arguments("kube-apiserver"),
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |_| arguments("kube-controller-manager"),
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |_| arguments("kube-scheduler"),
        },
        KnownCarrier { component: Component::Kubelet, carrier: |_| arguments("kubelet") },
        KnownCarrier { component: Component::KubeProxy, carrier: |_| arguments("kube-proxy") },
    ],
    components: &[
        inside(Component::KubeApiserver, Role::ControlPlane),
        inside(Component::KubeControllerManager, Role::ControlPlane),
        inside(Component::KubeScheduler, Role::ControlPlane),
        inside(Component::Kubelet, Role::Worker),
        inside(Component::KubeProxy, Role::Worker),
    ],
};

const fn inside(component: Component, role: Role) -> KnownComponent {
    KnownComponent { component, role, runs: Runs::Embedded("kubelite") }
}

fn arguments(component: &str) -> Carrier {
    Carrier::ArgumentsFile {
        path: format!("/var/snap/microk8s/current/args/{component}"),
        unit: "snap.microk8s.daemon-kubelite.service".to_owned(),
    }
}
