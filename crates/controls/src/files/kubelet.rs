//! Files of the kubelet, kube-proxy and the network plugins.

use merlon_model::Component::{KubeProxy, Kubelet};
use merlon_views::FileRole::{
    CniConfiguration, Kubeconfig, KubeletClientCa, KubeletConfiguration, KubeletUnit,
};

use super::{
    MODE_ACCEPTABLE, MODE_OPTIONS, OWNER_ACCEPTABLE, OWNER_OPTIONS, mode, modes, owned_by_root,
    owners,
};
use crate::control::{
    Applies, Control,
    Directories::{Contents, Themselves},
    Documentation,
};
use crate::row::{error, not_applicable, pass, vector};

const NODE_KEY: &str = "\
The kubeconfig leads to the node's key. With it one is the node: reads the Secrets of all its \
pods, and makes tokens for their service accounts.";
const PROXY_KEY: &str = "\
The kubeconfig holds or leads to kube-proxy's identity, which reads all services and endpoints, \
and says which API server kube-proxy believes.";
const KUBELET_ROOT: &str = "\
Whoever writes it decides how the kubelet starts: another API server, anonymous requests, a \
directory of static pods. The kubelet is root, and so then are they.";
const CA: &str = "\
Whoever writes the CA decides whose client certificates the kubelet takes: one of their own \
making, in the group of administrators.";
const NETWORK: &str = "\
The runtime runs the plugins that these files name, as root, for every pod. Whoever writes them \
runs what they like on the node, or routes traffic of pods to themselves.";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-unit-mode",
        title: "others than root may read or write the kubelet's unit",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: mode(&[KubeletUnit], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the systemd unit that starts the kubelet and of its drop-ins. Not \
applicable where no unit starts it. Packages install units with 0644: reading is harmless unless \
flags hold secrets.",
            matters: KUBELET_ROOT,
            options: MODE_OPTIONS,
            acceptable: "\
0644 where the unit holds no secrets: writing is what matters, and CIS asked for no more up to 1.23.",
        },
        examples: modes!(
            "run kubelet@1.31",
            "/etc/systemd/system/kubelet.service",
            " systemd-unit\n  [Service]\n  ExecStart=/usr/bin/kubelet",
            "0600",
            "0644",
            error(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
gap /usr/lib/systemd/system/kubelet.service permission-denied",
            ),
        ),
    },
    Control {
        id: "kubelet-unit-owner",
        title: "the kubelet's unit does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: owned_by_root(&[KubeletUnit], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the systemd unit that starts the kubelet and of its drop-ins.",
            matters: KUBELET_ROOT,
            options: OWNER_OPTIONS,
            acceptable: "Never: systemd runs the unit as root.",
        },
        examples: owners!(
            "run kubelet@1.31",
            "/etc/systemd/system/kubelet.service",
            " systemd-unit\n  [Service]\n  ExecStart=/usr/bin/kubelet",
        ),
    },
    Control {
        id: "kubelet-kubeconfig-mode",
        title: "others than root may read or write the kubelet's kubeconfig",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: mode(&[Kubeconfig(Kubelet)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the file in `--kubeconfig`, or of the distribution's place for it \
where the kubelet's arguments do not name one.",
            matters: NODE_KEY,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kubelet@1.31 --kubeconfig=/k.conf",
            "/k.conf",
            "",
            "0600",
            "0644",
            pass("run kubelet@1.31 --kubeconfig=/k.conf\nfile /k.conf 0400 root:root"),
            error("run kubelet@1.31 --kubeconfig=/k.conf\ngap /k.conf permission-denied"),
            error("run kubelet@1.31 --kubeconfig=/k.conf\nabsent /k.conf"),
        ),
    },
    Control {
        id: "kubelet-kubeconfig-owner",
        title: "the kubelet's kubeconfig does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: owned_by_root(&[Kubeconfig(Kubelet)], Themselves),
        documentation: Documentation {
            finds: "An owner or group besides root of the kubeconfig that the kubelet is given.",
            matters: NODE_KEY,
            options: OWNER_OPTIONS,
            acceptable: "Never: the kubelet is root.",
        },
        examples: owners!(
            "run kubelet@1.31 --kubeconfig=/k.conf",
            "/k.conf",
            "",
            error("run kubelet@1.31 --kubeconfig=/k.conf\nabsent /k.conf"),
        ),
    },
    Control {
        id: "kubelet-client-ca-mode",
        title: "others than root may write the CA that the kubelet believes",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: mode(&[KubeletClientCa], 0o644, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0644 of the file in `clientCAFile`. The certificates in it are public: \
only writing matters.",
            matters: CA,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kubelet@1.31 --client-ca-file=/ca.crt",
            "/ca.crt",
            "",
            "0644",
            "0664",
            error("run kubelet@1.31 --client-ca-file=/ca.crt\nabsent /ca.crt"),
        ),
    },
    Control {
        id: "kubelet-client-ca-owner",
        title: "the CA that the kubelet believes does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: owned_by_root(&[KubeletClientCa], Themselves),
        documentation: Documentation {
            finds: "An owner or group besides root of the file in `clientCAFile`.",
            matters: CA,
            options: OWNER_OPTIONS,
            acceptable: "Never: the kubelet is root.",
        },
        examples: owners!(
            "run kubelet@1.31 --client-ca-file=/ca.crt",
            "/ca.crt",
            "",
            error("run kubelet@1.31 --client-ca-file=/ca.crt\nabsent /ca.crt"),
        ),
    },
    Control {
        id: "kubelet-configuration-mode",
        title: "others than root may read or write the kubelet's configuration",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: mode(&[KubeletConfiguration], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the file in `--config` and of the drop-ins in `--config-dir`. Not \
applicable to a kubelet that flags alone configure.",
            matters: KUBELET_ROOT,
            options: MODE_OPTIONS,
            acceptable: "0644 where the file holds no secrets: writing is what matters.",
        },
        examples: modes!(
            "run kubelet@1.31 --config=/k.yaml",
            "/k.yaml",
            " kubelet-configuration\n  kind: KubeletConfiguration",
            "0600",
            "0644",
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            error("run kubelet@1.31 --config=/k.yaml\nabsent /k.yaml"),
        ),
    },
    Control {
        id: "kubelet-configuration-owner",
        title: "the kubelet's configuration does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: owned_by_root(&[KubeletConfiguration], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the file in `--config` and of the drop-ins in `--config-dir`.",
            matters: KUBELET_ROOT,
            options: OWNER_OPTIONS,
            acceptable: "Never: the kubelet is root.",
        },
        examples: owners!(
            "run kubelet@1.31 --config=/k.yaml",
            "/k.yaml",
            " kubelet-configuration\n  kind: KubeletConfiguration",
            error("run kubelet@1.31 --config=/k.yaml\nabsent /k.yaml"),
        ),
    },
    Control {
        id: "kube-proxy-kubeconfig-mode",
        title: "others than root may read or write kube-proxy's kubeconfig",
        vector: vector("AV:L/AC:L/Au:N/C:P/I:P/A:P"),
        applies: Applies::Component(KubeProxy),
        check: mode(&[Kubeconfig(KubeProxy)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the kubeconfig in `clientConnection.kubeconfig` or \
`--kubeconfig`. Where kube-proxy runs in a pod, the file in its container counts: it comes from a \
ConfigMap and names a token.",
            matters: PROXY_KEY,
            options: MODE_OPTIONS,
            acceptable: "\
In a pod of kube-proxy's own, whose file only names its service account token.",
        },
        examples: modes!(
            "run kube-proxy@1.31 --kubeconfig=/p.conf",
            "/p.conf",
            "",
            "0600",
            "0644",
            error("run kube-proxy@1.31 --kubeconfig=/p.conf\nabsent /p.conf"),
        ),
    },
    Control {
        id: "kube-proxy-kubeconfig-owner",
        title: "kube-proxy's kubeconfig does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeProxy),
        check: owned_by_root(&[Kubeconfig(KubeProxy)], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the kubeconfig in `clientConnection.kubeconfig` or `--kubeconfig`.",
            matters: PROXY_KEY,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kube-proxy@1.31 --kubeconfig=/p.conf",
            "/p.conf",
            "",
            error("run kube-proxy@1.31 --kubeconfig=/p.conf\nabsent /p.conf"),
        ),
    },
    Control {
        id: "cni-configuration-mode",
        title: "others than root may read or write the network plugins' configuration",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: mode(&[CniConfiguration], 0o600, Contents),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the files in the directory of network configurations, kubeconfigs \
of plugins included.",
            matters: NETWORK,
            options: MODE_OPTIONS,
            acceptable: "\
0644 for files without credentials, where a plugin rewrites them with that mode.",
        },
        examples: modes!(
            "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root",
            "/etc/cni/net.d/10-net.conflist",
            "",
            "0600",
            "0644",
            error(
                "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root\n\
                 absent /etc/cni/net.d",
            ),
            not_applicable(
                "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root\n\
                 dir /etc/cni/net.d 0755 root:root\nlist /etc/cni/net.d",
            ),
            error(
                "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root\n\
                 dir /etc/cni/net.d 0700 root:root\ngap /etc/cni/net.d/10-net.conf permission-denied",
            ),
        ),
    },
    Control {
        id: "cni-configuration-owner",
        title: "the network plugins' configuration does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: owned_by_root(&[CniConfiguration], Contents),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the files in the directory of network configurations.",
            matters: NETWORK,
            options: OWNER_OPTIONS,
            acceptable: "Never: the runtime is root.",
        },
        examples: owners!(
            "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root",
            "/etc/cni/net.d/10-net.conflist",
            "",
            error(
                "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root\n\
                 gap /etc/cni/net.d permission-denied",
            ),
        ),
    },
];
