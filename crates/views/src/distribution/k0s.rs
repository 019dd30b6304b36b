//! `k0sproject/k0s`: `pkg/constant/constant.go` (paths), `pkg/component/controller`, `install`. One
//! supervisor starts each component as a process of its own.

use merlon_model::{Carrier, Component};
use merlon_snapshot::Node;

use super::kubeadm::ROOTS_OWN;
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static K0S: Distribution = Distribution {
    id: "k0s",
    name: "k0s",
    signals: &[
        path("/var/lib/k0s", 8),
        path("/etc/k0s", 4),
        path("/run/k0s", 4),
        sign(Sign::Process("k0s"), 6),
        sign(Sign::VersionSuffix("+k0s"), 10),
        sign(Sign::ExecutableBelow("/var/lib/k0s/bin/"), 8),
    ],
    variants: &[],
    layout: &[
        optional(FileRole::SupervisorConfiguration, "/etc/k0s/k0s.yaml", NO_FILE),
        optional(FileRole::PkiDirectory, "/var/lib/k0s/pki", ONLY_CONTROLLERS),
        optional(FileRole::AdminKubeconfig, "/var/lib/k0s/pki/admin.conf", ONLY_CONTROLLERS),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        known(FileRole::Kubeconfig(Component::Kubelet), "/var/lib/k0s/kubelet.conf"),
        known(FileRole::KubeletConfiguration, "/var/lib/k0s/kubelet-config.yaml"),
        known(FileRole::KubeletClientCa, "/var/lib/k0s/pki/ca.crt"),
        known(FileRole::EtcdData, "/var/lib/k0s/etcd"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
        known(FileRole::CriSocket, "/run/k0s/containerd.sock"),
        known(FileRole::RuntimeConfiguration, "/etc/k0s/containerd.toml"),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |_| controller("spec.api.extraArgs"),
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |_| controller("spec.controllerManager.extraArgs"),
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |_| controller("spec.scheduler.extraArgs"),
        },
        KnownCarrier {
            component: Component::Etcd,
            carrier: |_| controller("spec.storage.etcd.extraArgs"),
        },
        KnownCarrier { component: Component::Kubelet, carrier: kubelet },
    ],
    components: &components(Runs::Process, Runs::Process, Runs::Process, Runs::DaemonSet),
};

const NO_FILE: &str = "without it k0s uses its defaults";
const ONLY_CONTROLLERS: &str = "only controllers have it";

fn controller(key: &str) -> Carrier {
    Carrier::Supervisor {
        path: "/etc/k0s/k0s.yaml".to_owned(),
        key: key.to_owned(),
        unit: "k0scontroller.service".to_owned(),
    }
}

/// `--kubelet-extra-args` of the supervisor's own command line, or a worker profile.
fn kubelet(_: &Node) -> Carrier {
    Carrier::Vendor {
        tool: "spec.workerProfiles in k0s.yaml, or --kubelet-extra-args of k0s worker".to_owned(),
    }
}
