//! `openshift/machine-config-operator`: `templates/{master,worker}/01-*-kubelet`;
//! `openshift/cluster-kube-apiserver-operator` and its siblings (static pods). Operators write the static
//! pods and the machine configuration, and undo what is changed by hand.

use merlon_model::{Carrier, Component};

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static OPENSHIFT: Distribution = Distribution {
    id: "openshift",
    name: "OpenShift 4",
    signals: &[
        path("/etc/machine-config-daemon", 8),
        path("/etc/kubernetes/static-pod-resources", 6),
        sign(Sign::Flag("openshift-config", ""), 10),
        sign(Sign::OsRelease("ID", "rhcos"), 8),
        sign(Sign::OsRelease("ID", "scos"), 8),
        sign(Sign::Flag("node-labels", "node.openshift.io/"), 10),
        sign(Sign::Process("machine-config-daemon"), 6),
    ],
    variants: &[],
    layout: &[
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        known(FileRole::KubeletConfiguration, "/etc/kubernetes/kubelet.conf"),
        known(FileRole::Kubeconfig(Component::Kubelet), "/var/lib/kubelet/kubeconfig"),
        optional(
            FileRole::AdminKubeconfig,
            "/etc/kubernetes/kubeconfig",
            "the bootstrap kubeconfig goes once the node has joined",
        ),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/kubelet-ca.crt"),
        optional(
            FileRole::PkiDirectory,
            "/etc/kubernetes/static-pod-resources",
            "only control plane nodes have it",
        ),
        known(FileRole::EtcdData, "/var/lib/etcd"),
        known(FileRole::CniConfiguration, "/etc/kubernetes/cni/net.d"),
        known(FileRole::CriSocket, "/var/run/crio/crio.sock"),
        known(FileRole::RuntimeConfiguration, "/etc/crio/crio.conf"),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |_| vendor("oc edit kubeapiserver cluster"),
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |_| vendor("oc edit kubecontrollermanager cluster"),
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |_| vendor("oc edit kubescheduler cluster"),
        },
        KnownCarrier { component: Component::Etcd, carrier: |_| vendor("oc edit etcd cluster") },
        KnownCarrier {
            component: Component::Kubelet,
            carrier: |_| {
                vendor("a KubeletConfig object, which the machine config operator rolls out")
            },
        },
    ],
    components: &components(Runs::StaticPod, Runs::StaticPod, Runs::Process, Runs::DaemonSet),
};

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
