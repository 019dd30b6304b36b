use merlon_model::{Carrier, Component};

use super::{Distribution, KnownCarrier, KnownPath, Sign, Signal};
use crate::files::FileRole;

pub(super) static KUBEADM: Distribution = Distribution {
    id: "kubeadm",
    name: "kubeadm",
    signals: &[
        Signal { sign: Sign::Path("/var/lib/kubelet/kubeadm-flags.env"), weight: 5 },
        Signal { sign: Sign::Path("/etc/kubernetes/manifests"), weight: 1 },
        Signal { sign: Sign::Path("/etc/kubernetes/kubelet.conf"), weight: 2 },
    ],
    layout: &[
        known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
        known(FileRole::PkiDirectory, "/etc/kubernetes/pki"),
        optional(
            FileRole::AdminKubeconfig,
            "/etc/kubernetes/admin.conf",
            "it may be kept somewhere safer than on the node",
        ),
        known(FileRole::CniConfiguration, "/etc/cni/net.d"),
    ],
    carriers: &[KnownCarrier { component: Component::Kubelet, carrier: kubelet }],
};

const fn known(role: FileRole, path: &'static str) -> KnownPath {
    KnownPath { role, path, why_optional: None }
}

const fn optional(role: FileRole, path: &'static str, why: &'static str) -> KnownPath {
    KnownPath { role, path, why_optional: Some(why) }
}

fn kubelet() -> Carrier {
    Carrier::EnvironmentFile {
        path: "/etc/default/kubelet".to_owned(),
        variable: "KUBELET_EXTRA_ARGS".to_owned(),
        unit: "kubelet.service".to_owned(),
    }
}
