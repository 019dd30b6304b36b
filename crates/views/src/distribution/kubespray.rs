//! `kubernetes-sigs/kubespray`: `roles/kubernetes/node/templates/kubelet.service.j2` and
//! `kubelet.env.v1beta1.j2`, `roles/etcd/templates/etcd.env.j2`. It calls kubeadm for the control
//! plane and keeps its own files beside kubeadm's.

use merlon_model::{Carrier, Component};
use merlon_snapshot::{DocumentKind, Node, Want};

use super::kubeadm::{ADMIN, ROOTS_OWN, SUPER_ADMIN};
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static KUBESPRAY: Distribution = Distribution {
    id: "kubespray",
    name: "Kubespray",
    signals: &[
        path("/etc/kubernetes/kubelet.env", 8),
        path("/etc/kubernetes/kubelet-config.yaml", 6),
        path("/etc/etcd.env", 5),
        path("/etc/ssl/etcd/ssl", 4),
        path("/etc/kubernetes/ssl", 2),
        path("/etc/kubernetes/kubeadm-config.yaml", 3),
        sign(Sign::Flag("config", "/etc/kubernetes/kubelet-config.yaml"), 4),
    ],
    variants: &[],
    layout: &[
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/ssl"),
        optional(
            FileRole::PkiDirectory,
            "/etc/ssl/etcd/ssl",
            "only nodes that speak to etcd get it",
        ),
        known(FileRole::Kubeconfig(Component::Kubelet), "/etc/kubernetes/kubelet.conf"),
        known(FileRole::KubeletConfiguration, "/etc/kubernetes/kubelet-config.yaml"),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/ssl/ca.crt"),
        known(FileRole::EtcdConfiguration, "/etc/etcd.env")
            .wanting(Want::Document(DocumentKind::EnvironmentFile)),
        known(FileRole::EtcdData, "/var/lib/etcd"),
        optional(FileRole::AdminKubeconfig, "/etc/kubernetes/admin.conf", ADMIN),
        optional(FileRole::AdminKubeconfig, "/etc/kubernetes/super-admin.conf", SUPER_ADMIN),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
    ],
    carriers: &[
        KnownCarrier { component: Component::Kubelet, carrier: kubelet },
        KnownCarrier { component: Component::Etcd, carrier: etcd },
    ],
    components: &components(Runs::StaticPod, Runs::Process, Runs::Process, Runs::DaemonSet),
};

fn kubelet(_: &Node) -> Carrier {
    Carrier::EnvironmentFile {
        path: "/etc/kubernetes/kubelet.env".to_owned(),
        variable: "KUBELET_ARGS".to_owned(),
        unit: "kubelet.service".to_owned(),
    }
}

fn etcd(_: &Node) -> Carrier {
    Carrier::Environment { path: "/etc/etcd.env".to_owned(), unit: "etcd.service".to_owned() }
}
