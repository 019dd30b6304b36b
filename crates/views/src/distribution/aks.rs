//! `Azure/AgentBaker`: `parts/linux/cloud-init/artifacts/kubelet.service` and `cse_config.sh` (paths). The
//! control plane is on machines of Azure.

use merlon_model::{Carrier, Component};

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static AKS: Distribution = Distribution {
    id: "aks",
    name: "Azure AKS",
    signals: &[
        path("/etc/kubernetes/azure.json", 6),
        path("/opt/azure/containers", 6),
        path("/etc/default/kubeletconfig.json", 4),
        path("/etc/kubernetes/certs", 2),
        path("/var/lib/waagent", 1),
        sign(Sign::Flag("node-labels", "kubernetes.azure.com/"), 10),
    ],
    variants: &[],
    layout: &[
        known(FileRole::Kubeconfig(Component::Kubelet), "/var/lib/kubelet/kubeconfig"),
        optional(
            FileRole::KubeletConfiguration,
            "/etc/default/kubeletconfig.json",
            "the kubelet can be configured by flags alone",
        ),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/certs/ca.crt"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/certs"),
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
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
        carrier: |_| vendor("--kubelet-config of az aks nodepool add"),
    }],
    components: &components(Runs::Vendor, Runs::Vendor, Runs::Process, Runs::DaemonSet),
};

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
