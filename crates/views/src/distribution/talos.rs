//! `siderolabs/talos`: `pkg/machinery/constants/constants.go` (paths). The system is immutable; its
//! machine configuration makes the static pods and starts the kubelet and etcd in containers.

use merlon_model::{Carrier, Component};

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static TALOS: Distribution = Distribution {
    id: "talos",
    name: "Talos Linux",
    signals: &[
        sign(Sign::OsRelease("ID", "talos"), 10),
        path("/system/secrets/kubernetes", 6),
        path("/system/state", 3),
        path("/etc/kubernetes/kubeconfig-kubelet", 3),
        path("/etc/kubernetes/manifests/talos-kube-apiserver.yaml", 6),
        sign(Sign::Process("machined"), 3),
    ],
    variants: &[],
    layout: &[
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/pki"),
        optional(FileRole::PkiDirectory, "/system/secrets/etcd", ONLY_CONTROL_PLANE),
        optional(
            FileRole::PkiDirectory,
            "/system/secrets/kubernetes/kube-apiserver",
            ONLY_CONTROL_PLANE,
        ),
        known(FileRole::Kubeconfig(Component::Kubelet), "/etc/kubernetes/kubeconfig-kubelet"),
        known(
            FileRole::Kubeconfig(Component::KubeControllerManager),
            "/system/secrets/kubernetes/kube-controller-manager/kubeconfig",
        ),
        known(
            FileRole::Kubeconfig(Component::KubeScheduler),
            "/system/secrets/kubernetes/kube-scheduler/kubeconfig",
        ),
        known(FileRole::KubeletConfiguration, "/etc/kubernetes/kubelet.yaml"),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/pki/ca.crt"),
        known(FileRole::EtcdData, "/var/lib/etcd"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
        known(FileRole::CriSocket, "/run/containerd/containerd.sock"),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |_| vendor("cluster.apiServer.extraArgs with talosctl edit machineconfig"),
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |_| {
                vendor("cluster.controllerManager.extraArgs with talosctl edit machineconfig")
            },
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |_| vendor("cluster.scheduler.extraArgs with talosctl edit machineconfig"),
        },
        KnownCarrier {
            component: Component::Etcd,
            carrier: |_| vendor("cluster.etcd.extraArgs with talosctl edit machineconfig"),
        },
        KnownCarrier {
            component: Component::KubeProxy,
            carrier: |_| vendor("cluster.proxy.extraArgs with talosctl edit machineconfig"),
        },
        KnownCarrier {
            component: Component::Kubelet,
            carrier: |_| vendor("machine.kubelet with talosctl edit machineconfig"),
        },
    ],
    components: &components(Runs::StaticPod, Runs::Container, Runs::Container, Runs::DaemonSet),
};

const ONLY_CONTROL_PLANE: &str = "only control plane nodes have it";

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
