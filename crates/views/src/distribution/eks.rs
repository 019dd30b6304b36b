//! `awslabs/amazon-eks-ami`: `templates/al2/runtime/kubelet.service`, `templates/al2023/runtime/rootfs`
//! and `nodeadm/internal/kubelet` (paths). The control plane is on machines of AWS.

use merlon_model::{Carrier, Component};

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, Variant, components, path, sign};
use crate::files::FileRole;

pub(super) static EKS: Distribution = Distribution {
    id: "eks",
    name: "Amazon EKS",
    signals: &[
        sign(Sign::VersionSuffix("-eks-"), 10),
        path("/etc/eks", 8),
        path("/etc/kubernetes/kubelet/kubelet-config.json", 3),
        path("/etc/kubernetes/kubelet/config.json", 3),
        sign(Sign::Flag("cloud-provider", "aws"), 1),
        sign(Sign::Flag("config", "/etc/kubernetes/kubelet/"), 2),
    ],
    variants: &[Variant { name: "Bottlerocket", sign: Sign::OsRelease("ID", "bottlerocket") }],
    layout: &[
        known(FileRole::Kubeconfig(Component::Kubelet), "/var/lib/kubelet/kubeconfig"),
        optional(FileRole::KubeletConfiguration, "/etc/kubernetes/kubelet/config.json", IMAGES),
        optional(
            FileRole::KubeletConfiguration,
            "/etc/kubernetes/kubelet/kubelet-config.json",
            IMAGES,
        ),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/pki/ca.crt"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/pki"),
        optional(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/var/lib/kube-proxy/kubeconfig",
            "kube-proxy takes its kubeconfig from a ConfigMap",
        ),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
        known(FileRole::CriSocket, "/run/containerd/containerd.sock"),
        known(FileRole::RuntimeConfiguration, "/etc/containerd/config.toml"),
    ],
    carriers: &[KnownCarrier {
        component: Component::Kubelet,
        carrier: |_| vendor("spec.kubelet of the NodeConfig in the node group's launch template"),
    }],
    components: &components(Runs::Vendor, Runs::Vendor, Runs::Process, Runs::DaemonSet),
};

const IMAGES: &str =
    "Amazon Linux 2 and 2023 name it differently, and Bottlerocket keeps it elsewhere";

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
