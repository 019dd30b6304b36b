//! `rancher/rke`: `cluster/plan.go` (arguments and paths), `services/`. Every component is a container
//! that Docker runs; `rke up` makes them from `cluster.yml`.

use merlon_model::{Carrier, Component};

use super::kubeadm::ROOTS_OWN;
use super::layout::{known, optional};
use super::{Distribution, KnownCarrier, Runs, Sign, components, path, sign};
use crate::files::FileRole;

pub(super) static RKE: Distribution = Distribution {
    id: "rke",
    name: "RKE (version 1)",
    signals: &[
        path("/etc/kubernetes/ssl/kubecfg-kube-node.yaml", 10),
        path("/etc/kubernetes/ssl/kubecfg-kube-proxy.yaml", 4),
        path("/opt/rke", 4),
        sign(Sign::Flag("kubeconfig", "/etc/kubernetes/ssl/kubecfg-"), 8),
    ],
    variants: &[],
    layout: &[
        known(FileRole::PkiDirectory, "/etc/kubernetes/ssl"),
        known(
            FileRole::Kubeconfig(Component::Kubelet),
            "/etc/kubernetes/ssl/kubecfg-kube-node.yaml",
        ),
        known(
            FileRole::Kubeconfig(Component::KubeProxy),
            "/etc/kubernetes/ssl/kubecfg-kube-proxy.yaml",
        ),
        known(FileRole::KubeletClientCa, "/etc/kubernetes/ssl/kube-ca.pem"),
        optional(FileRole::AdminKubeconfig, "/root/.kube/config", ROOTS_OWN),
        known(FileRole::EtcdData, "/var/lib/etcd"),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
        known(FileRole::CriSocket, "/var/run/docker.sock"),
    ],
    carriers: &[
        KnownCarrier {
            component: Component::KubeApiserver,
            carrier: |_| vendor("services.kube-api.extra_args in cluster.yml, then rke up"),
        },
        KnownCarrier {
            component: Component::KubeControllerManager,
            carrier: |_| vendor("services.kube-controller.extra_args in cluster.yml, then rke up"),
        },
        KnownCarrier {
            component: Component::KubeScheduler,
            carrier: |_| vendor("services.scheduler.extra_args in cluster.yml, then rke up"),
        },
        KnownCarrier {
            component: Component::Etcd,
            carrier: |_| vendor("services.etcd.extra_args in cluster.yml, then rke up"),
        },
        KnownCarrier {
            component: Component::Kubelet,
            carrier: |_| vendor("services.kubelet.extra_args in cluster.yml, then rke up"),
        },
        KnownCarrier {
            component: Component::KubeProxy,
            carrier: |_| vendor("services.kubeproxy.extra_args in cluster.yml, then rke up"),
        },
    ],
    components: &components(Runs::Container, Runs::Container, Runs::Container, Runs::Container),
};

fn vendor(tool: &str) -> Carrier {
    Carrier::Vendor { tool: tool.to_owned() }
}
