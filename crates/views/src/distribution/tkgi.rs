//! BOSH releases of TKGI (`cloudfoundry-incubator/kubo-release`, `jobs/`): monit starts the components
//! from `/var/vcap/jobs`.

use merlon_model::{Carrier, Component};

use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static TKGI: Distribution = Distribution {
    id: "tkgi",
    name: "VMware TKGI",
    signals: &[
        path("/var/vcap/jobs/kubelet", 8),
        path("/var/vcap/jobs/kube-apiserver", 8),
        sign(Sign::ExecutableBelow("/var/vcap/"), 8),
        sign(Sign::VersionSuffix("+vmware"), 2),
    ],
    variants: &[],
    layout: &[
        optional(
            FileRole::PkiDirectory,
            "/var/vcap/jobs/kube-apiserver/config",
            "only control plane nodes have it",
        ),
        known(FileRole::Kubeconfig(Component::Kubelet), "/var/vcap/jobs/kubelet/config/kubeconfig"),
        known(FileRole::KubeletConfiguration, "/var/vcap/jobs/kubelet/config/kubeletconfig.yml"),
        known(FileRole::KubeletClientCa, "/var/vcap/jobs/kubelet/config/kubelet-client-ca.pem"),
        known(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/var/vcap/jobs/kube-proxy/config/kubeconfig",
        ),
        known(FileRole::EtcdData, "/var/vcap/store/etcd"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |_| {
                vendor("the plan or the Kubernetes profile of the cluster (tkgi update-cluster)")
            },
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |_| {
                vendor("the plan or the Kubernetes profile of the cluster (tkgi update-cluster)")
            },
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |_| {
                vendor("the plan or the Kubernetes profile of the cluster (tkgi update-cluster)")
            },
        },
        KnownCarrier {
            component: Component::Etcd,
            carrier: |_| {
                vendor("the plan or the Kubernetes profile of the cluster (tkgi update-cluster)")
            },
        },
        KnownCarrier {
            component: Component::Kubelet,
            carrier: |_| {
                vendor("the plan or the Kubernetes profile of the cluster (tkgi update-cluster)")
            },
        },
        KnownCarrier {
            component: Component::KubeProxy,
            carrier: |_| {
                vendor("the plan or the Kubernetes profile of the cluster (tkgi update-cluster)")
            },
        },
    ],
    components: &components(Runs::Process, Runs::Process, Runs::Process, Runs::Process),
};

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
