//! Container-Optimized OS and Ubuntu images of GKE, `kubernetes/kubernetes`
//! `cluster/gce/gci/configure-helper.sh` (paths). The control plane is on machines of Google.

use merlon_model::{Carrier, Component};

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static GKE: Distribution = Distribution {
    id: "gke",
    name: "Google GKE",
    signals: &[
        sign(Sign::VersionSuffix("-gke."), 10),
        path("/home/kubernetes/kubelet-config.yaml", 6),
        path("/home/kubernetes/bin", 5),
        path("/etc/srv/kubernetes", 3),
        sign(Sign::OsRelease("ID", "cos"), 2),
        sign(Sign::ExecutableBelow("/home/kubernetes/bin/"), 6),
    ],
    variants: &[],
    layout: &[
        known(FileRole::Kubeconfig(Component::Kubelet), "/var/lib/kubelet/kubeconfig"),
        known(FileRole::KubeletConfiguration, "/home/kubernetes/kubelet-config.yaml"),
        known(FileRole::KubeletClientCa, "/etc/srv/kubernetes/pki/ca-certificates.crt"),
        known(FileRole::PkiDirectory, "/etc/srv/kubernetes/pki"),
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        optional(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/var/lib/kube-proxy/kubeconfig",
            "clusters on Dataplane V2 run no kube-proxy",
        ),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
        known(FileRole::CriSocket, "/run/containerd/containerd.sock"),
        known(FileRole::RuntimeConfiguration, "/etc/containerd/config.toml"),
    ],
    carriers: &[KnownCarrier {
        component: Component::Kubelet,
        carrier: |_| vendor("--system-config-from-file of gcloud container node-pools update"),
    }],
    components: &components(Runs::Vendor, Runs::Vendor, Runs::Process, Runs::StaticPod),
};

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
