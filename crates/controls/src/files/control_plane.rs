//! Manifests and kubeconfigs of the control plane.

use merlon_model::Component::{KubeApiserver, KubeControllerManager, KubeScheduler};
use merlon_views::FileRole::{Kubeconfig, StaticPodManifest};

use super::{
    MODE_ACCEPTABLE, MODE_OPTIONS, OWNER_ACCEPTABLE, OWNER_OPTIONS, mode, modes, owned_by_root,
    owners,
};
use crate::control::{Applies, Control, Directories::Themselves, Documentation};
use crate::row::{error, not_applicable, vector};

const MANIFEST_MODE: &str = "\
Whoever can write the manifest decides what the kubelet runs as root: with the next change it is \
their image, their flags, their mounts. Whoever can read it learns every flag of the component.";
const MANIFEST_OWNER: &str = "\
The owner of a file can always give themselves the right to write it, and whoever writes the \
manifest decides what the kubelet runs as root.";
const KUBECONFIG_MODE: &str = "\
The kubeconfig holds the key of the component's identity. Whoever reads it acts as the component: \
reads every Secret as the controller manager, binds pods as the scheduler.";
const KUBECONFIG_OWNER: &str = "\
The owner can always give themselves the right to read the key of the component's identity, and \
to point the component at another API server.";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-manifest-mode",
        title: "others than root may read or write the API server's manifest",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: mode(&[StaticPodManifest(KubeApiserver)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits of the API server's static pod manifest besides 0600. Not applicable where the \
API server does not run from a manifest.",
            matters: MANIFEST_MODE,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/kube-apiserver.yaml",
            " static-pod\n  spec: {containers: [{command: [kube-apiserver]}]}",
            "0600",
            "0644",
            not_applicable("run kube-apiserver@1.31"),
            error("run kubelet@1.31\ngap /etc/kubernetes/manifests permission-denied"),
            // It runs, and whether from a manifest could not be seen.
            error(
                "\
run kubelet@1.31 --pod-manifest-path=/etc/kubernetes/manifests
run kube-apiserver@1.31
gap /etc/kubernetes/manifests/kube-apiserver.yaml permission-denied",
            ),
        ),
    },
    Control {
        id: "apiserver-manifest-owner",
        title: "the API server's manifest does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: owned_by_root(&[StaticPodManifest(KubeApiserver)], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group of the API server's static pod manifest besides root. Not applicable where the \
API server does not run from a manifest.",
            matters: MANIFEST_OWNER,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/kube-apiserver.yaml",
            " static-pod\n  spec: {containers: [{command: [kube-apiserver]}]}",
            not_applicable("run kube-apiserver@1.31"),
        ),
    },
    Control {
        id: "controller-manager-manifest-mode",
        title: "others than root may read or write the controller manager's manifest",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeControllerManager),
        check: mode(&[StaticPodManifest(KubeControllerManager)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits of the controller manager's static pod manifest besides 0600. Not applicable \
where it does not run from a manifest.",
            matters: MANIFEST_MODE,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/kube-controller-manager.yaml",
            " static-pod\n  spec: {containers: [{command: [kube-controller-manager]}]}",
            "0400",
            "0604",
            not_applicable("run kube-controller-manager@1.31"),
        ),
    },
    Control {
        id: "controller-manager-manifest-owner",
        title: "the controller manager's manifest does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeControllerManager),
        check: owned_by_root(&[StaticPodManifest(KubeControllerManager)], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group of the controller manager's static pod manifest besides root. Not applicable \
where it does not run from a manifest.",
            matters: MANIFEST_OWNER,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/kube-controller-manager.yaml",
            " static-pod\n  spec: {containers: [{command: [kube-controller-manager]}]}",
            not_applicable("run kube-controller-manager@1.31"),
        ),
    },
    Control {
        id: "scheduler-manifest-mode",
        title: "others than root may read or write the scheduler's manifest",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeScheduler),
        check: mode(&[StaticPodManifest(KubeScheduler)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits of the scheduler's static pod manifest besides 0600. Not applicable where it does \
not run from a manifest.",
            matters: MANIFEST_MODE,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/kube-scheduler.yaml",
            " static-pod\n  spec: {containers: [{command: [kube-scheduler]}]}",
            "0600",
            "4600",
            not_applicable("run kube-scheduler@1.31"),
        ),
    },
    Control {
        id: "scheduler-manifest-owner",
        title: "the scheduler's manifest does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeScheduler),
        check: owned_by_root(&[StaticPodManifest(KubeScheduler)], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group of the scheduler's static pod manifest besides root. Not applicable where it \
does not run from a manifest.",
            matters: MANIFEST_OWNER,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/kube-scheduler.yaml",
            " static-pod\n  spec: {containers: [{command: [kube-scheduler]}]}",
            not_applicable("run kube-scheduler@1.31"),
        ),
    },
    Control {
        id: "scheduler-kubeconfig-mode",
        title: "others than root may read or write the scheduler's kubeconfig",
        vector: vector("AV:L/AC:L/Au:N/C:P/I:P/A:C"),
        applies: Applies::Component(KubeScheduler),
        check: mode(&[Kubeconfig(KubeScheduler)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the kubeconfigs that the scheduler is given: `--kubeconfig`, \
`clientConnection.kubeconfig`, `--authentication-kubeconfig`, `--authorization-kubeconfig`.",
            matters: KUBECONFIG_MODE,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kube-scheduler@1.31 --kubeconfig=/s.conf",
            "/s.conf",
            "",
            "0600",
            "0644",
            error("run kube-scheduler@1.31 --kubeconfig=/s.conf\ngap /s.conf permission-denied"),
            error("run kube-scheduler@1.31 --kubeconfig=/s.conf\nabsent /s.conf"),
        ),
    },
    Control {
        id: "scheduler-kubeconfig-owner",
        title: "the scheduler's kubeconfig does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:P/I:P/A:C"),
        applies: Applies::Component(KubeScheduler),
        check: owned_by_root(&[Kubeconfig(KubeScheduler)], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the kubeconfigs that the scheduler is given by its flags or its \
configuration file.",
            matters: KUBECONFIG_OWNER,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kube-scheduler@1.31 --kubeconfig=/s.conf",
            "/s.conf",
            "",
            error("run kube-scheduler@1.31 --kubeconfig=/s.conf\ngap /s.conf permission-denied"),
            error("run kube-scheduler@1.31 --kubeconfig=/s.conf\nabsent /s.conf"),
        ),
    },
    Control {
        id: "controller-manager-kubeconfig-mode",
        title: "others than root may read or write the controller manager's kubeconfig",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeControllerManager),
        check: mode(&[Kubeconfig(KubeControllerManager)], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the kubeconfigs that the controller manager is given: \
`--kubeconfig`, `--authentication-kubeconfig`, `--authorization-kubeconfig`.",
            matters: KUBECONFIG_MODE,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kube-controller-manager@1.31 --kubeconfig=/c.conf",
            "/c.conf",
            "",
            "0600",
            "0644",
            error("run kube-controller-manager@1.31 --kubeconfig=/c.conf\nabsent /c.conf"),
        ),
    },
    Control {
        id: "controller-manager-kubeconfig-owner",
        title: "the controller manager's kubeconfig does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeControllerManager),
        check: owned_by_root(&[Kubeconfig(KubeControllerManager)], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the kubeconfigs that the controller manager is given by its flags.",
            matters: KUBECONFIG_OWNER,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kube-controller-manager@1.31 --kubeconfig=/c.conf",
            "/c.conf",
            "",
            error("run kube-controller-manager@1.31 --kubeconfig=/c.conf\nabsent /c.conf"),
        ),
    },
];
