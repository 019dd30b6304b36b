//! `cmd/kubeadm/app/constants/constants.go` and the kubelet's unit that kubeadm's packages bring
//! (`kubernetes/release`, `cmd/krel/templates/latest/kubeadm/10-kubeadm.conf`).

use merlon_model::{Carrier, Component};
use merlon_snapshot::Node;

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, Variant, components, path, sign};
use crate::files::FileRole;

pub(super) static KUBEADM: Distribution = Distribution {
    id: "kubeadm",
    name: "kubeadm",
    signals: &[
        path("/var/lib/kubelet/kubeadm-flags.env", 5),
        path("/etc/kubernetes/manifests", 1),
        path("/etc/kubernetes/kubelet.conf", 2),
        path("/etc/kubernetes/super-admin.conf", 2),
        sign(Sign::Flag("bootstrap-kubeconfig", "/etc/kubernetes/bootstrap-kubelet.conf"), 2),
    ],
    variants: &[
        Variant { name: "kind", sign: Sign::Path("/kind") },
        Variant { name: "minikube", sign: Sign::Path("/var/lib/minikube") },
    ],
    layout: &[
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/pki"),
        known(FileRole::Kubeconfig(Component::Kubelet), "/etc/kubernetes/kubelet.conf"),
        known(FileRole::KubeletConfiguration, "/var/lib/kubelet/config.yaml"),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/pki/ca.crt"),
        optional(FileRole::AdminKubeconfig, "/etc/kubernetes/admin.conf", ADMIN),
        optional(FileRole::AdminKubeconfig, "/etc/kubernetes/super-admin.conf", SUPER_ADMIN),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        known(FileRole::EtcdData, "/var/lib/etcd"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
    ],
    carriers: &[KnownCarrier { component: Component::Kubelet, carrier: kubelet }],
    components: &components(Runs::StaticPod, Runs::StaticPod, Runs::Process, Runs::DaemonSet),
};

pub(super) const ADMIN: &str =
    "only control plane nodes get it, and it may be kept somewhere safer";
pub(super) const SUPER_ADMIN: &str =
    "only the first control plane node gets it, since 1.29, and it may be kept somewhere safer";
pub(super) const ROOTS_OWN: &str = "root needs no kubeconfig of its own";

fn kubelet(_: &Node) -> Carrier {
    Carrier::EnvironmentFile {
        path: "/etc/default/kubelet".to_owned(),
        variable: "KUBELET_EXTRA_ARGS".to_owned(),
        unit: "kubelet.service".to_owned(),
    }
}
