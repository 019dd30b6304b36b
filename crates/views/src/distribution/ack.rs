//! Nodes of ACK are set up with kubeadm; the release tells them apart. In managed clusters the control
//! plane is on machines of Alibaba Cloud; in dedicated ones it is in static pods.

use merlon_model::{Carrier, Component, Role};

use super::kubeadm::{ADMIN, ROOTS_OWN};
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, KnownComponent, Runs, Sign, sign};
use crate::files::FileRole;

pub(super) static ACK: Distribution = Distribution {
    id: "ack",
    name: "Alibaba Cloud ACK",
    signals: &[
        sign(Sign::VersionSuffix("-aliyun."), 20),
        sign(Sign::Flag("node-labels", "alibabacloud.com/"), 12),
        sign(Sign::OsRelease("ID", "alinux"), 1),
    ],
    variants: &[],
    layout: &[
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/pki"),
        known(FileRole::Kubeconfig(Component::Kubelet), "/etc/kubernetes/kubelet.conf"),
        known(FileRole::KubeletConfiguration, "/var/lib/kubelet/config.yaml"),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/pki/ca.crt"),
        optional(FileRole::AdminKubeconfig, "/etc/kubernetes/admin.conf", ADMIN),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        known(FileRole::EtcdData, "/var/lib/etcd"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
    ],
    carriers: &[KnownCarrier {
        component: Component::Kubelet,
        carrier: |_| vendor("the kubelet configuration of the node pool"),
    }],
    components: &NODE_COMPONENTS,
};

/// Only what both kinds of cluster have: where the control plane runs is seen, not assumed.
const NODE_COMPONENTS: [KnownComponent; 2] = [
    KnownComponent { component: Component::Kubelet, role: Role::Worker, runs: Runs::Process },
    KnownComponent { component: Component::KubeProxy, role: Role::Worker, runs: Runs::DaemonSet },
];

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
