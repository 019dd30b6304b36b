//! Controls of the controller manager.

use merlon_model::Component::KubeControllerManager;

use crate::control::{Applies, Control, Documentation, Expect, Requirement};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

const APPLIES: Applies = Applies::Component(KubeControllerManager);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "controller-manager-profiling",
        title: "the controller manager serves profiles of itself",
        vector: vector("AV:A/AC:L/Au:M/C:P/I:N/A:N"),
        applies: APPLIES,
        check: settings(KubeControllerManager, &[require("profiling", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "\
A controller manager with `--profiling` on, given or by default. The default is on from 1.18; \
before, a flag that is left out means off.",
            matters: "\
`/debug/pprof` tells what the process is doing, down to the functions it runs, and a CPU profile \
of a minute costs the control plane time. Callers need permission for the path, so this is one \
more thing to learn for somebody who already is inside.",
            options: "\
- **Turn it off** with `--profiling=false` and on again for the day it is needed: a restart.
- **Keep it** behind `--bind-address=127.0.0.1`, so that only the node itself can ask.",
            acceptable: "\
While a performance problem is being looked into, or where profiles are collected continuously \
with an identity made for that.",
        },
        examples: &[
            pass("run kube-controller-manager@1.31 --profiling=false"),
            fail("run kube-controller-manager@1.31 --profiling=true"),
            fail("run kube-controller-manager@1.31"),
            pass("run kube-controller-manager@1.17"),
            // A boolean takes no next word: the flag stands alone and means true.
            fail("run kube-controller-manager@1.31 --profiling false"),
            // Without a release, the default cannot be told.
            error("run kube-controller-manager"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-terminated-pod-gc",
        title: "terminated pods are never collected",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:N/A:P"),
        applies: APPLIES,
        check: settings(
            KubeControllerManager,
            &[Requirement {
                setting: "terminated-pod-gc-threshold",
                expect: Expect::AtLeast("1"),
                remedy: "12500",
            }],
        ),
        documentation: Documentation {
            finds: "\
A `--terminated-pod-gc-threshold` of 0 or less, which turns the collector off. Left out, the \
threshold is 12500 terminated pods, and the control passes with that as evidence.",
            matters: "\
Pods that ended stay in etcd until somebody deletes them. Whoever may create pods, or jobs that \
fail, can then fill etcd and with it stop the API server.",
            options: "\
- **Keep the default** of 12500: enough for almost every cluster.
- **Lower it** where pods are many and etcd is small; logs of collected pods are gone, so ship \
them off the node first.",
            acceptable: "Where something else deletes terminated pods, and is watched.",
        },
        examples: &[
            pass("run kube-controller-manager@1.31 --terminated-pod-gc-threshold=100"),
            pass("run kube-controller-manager@1.31 --terminated-pod-gc-threshold 10"),
            pass("run kube-controller-manager"),
            fail("run kube-controller-manager@1.31 --terminated-pod-gc-threshold=0"),
            fail("run kube-controller-manager@1.31 --terminated-pod-gc-threshold=-1"),
            error("run kube-controller-manager@1.31 --terminated-pod-gc-threshold=many"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-shared-credentials",
        title: "all controllers act with the same credentials",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: APPLIES,
        check: settings(
            KubeControllerManager,
            &[require("use-service-account-credentials", Expect::Is("true"))],
        ),
        documentation: Documentation {
            finds: "\
A controller manager without `--use-service-account-credentials`; the default is off. Each \
controller then uses the identity of the whole process instead of its own service account in \
`kube-system`.",
            matters: "\
The shared identity needs the sum of all permissions. A flaw in one controller, or one that \
can be led to act for somebody, has all of them, and the audit log no longer tells which \
controller did what.",
            options:
                "\
- **Turn it on** and let RBAC's bootstrap roles (`system:controller:*`) give each controller its \
own permissions. The process needs to create tokens, so `--service-account-private-key-file` has \
to be set too.
- **Leave it off** only where authorization is not RBAC and nobody maintains roles for controllers.",
            acceptable: "Where the API server does not use RBAC, which is the greater problem.",
        },
        examples: &[
            pass("run kube-controller-manager@1.31 --use-service-account-credentials"),
            pass("run kube-controller-manager@1.31 --use-service-account-credentials=true"),
            fail("run kube-controller-manager@1.31 --use-service-account-credentials=false"),
            fail("run kube-controller-manager@1.31"),
            // The last of repeated flags wins.
            fail(
                "run kube-controller-manager@1.31 --use-service-account-credentials=true \
                 --use-service-account-credentials=false",
            ),
            error("run kube-controller-manager@1.31 --use-service-account-credentials=sometimes"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-service-account-key-missing",
        title: "the controller manager has no key to sign service account tokens with",
        vector: vector("AV:N/AC:H/Au:M/C:P/I:P/A:N"),
        applies: APPLIES,
        check: settings(
            KubeControllerManager,
            &[require("service-account-private-key-file", Expect::IsSet)],
        ),
        documentation: Documentation {
            finds: "\
A controller manager without `--service-account-private-key-file`. It then issues no tokens for \
Secrets of type `kubernetes.io/service-account-token`, and controllers cannot have credentials of \
their own.",
            matters: "\
A key pair of its own for service accounts can be rotated without touching the TLS keys. Without \
one, installations tend to sign with another key, whose loss then is also the loss of every \
service account.",
            options: "\
- **Give it the key** whose public half is in the API server's `--service-account-key-file`.
- **Do without** where no legacy token Secrets are used and tokens come from the `TokenRequest` \
API alone: the API server signs those itself.",
            acceptable: "\
Clusters that forbid long-lived token Secrets, with the API server as the only issuer.",
        },
        examples: &[
            pass(
                "run kube-controller-manager@1.31 \
                 --service-account-private-key-file=/etc/kubernetes/pki/sa.key",
            ),
            pass(
                "run kube-controller-manager@1.31 \
                 --service-account-private-key-file /etc/kubernetes/pki/sa.key",
            ),
            fail("run kube-controller-manager@1.31"),
            fail("run kube-controller-manager@1.31 --service-account-private-key-file="),
            error("gap processes permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-root-ca-missing",
        title: "pods are not told which CA the API server's certificate comes from",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: settings(KubeControllerManager, &[require("root-ca-file", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
A controller manager without `--root-ca-file`. From it come the `kube-root-ca.crt` ConfigMap of \
every namespace and the `ca.crt` beside service account tokens.",
            matters: "\
Without the CA a pod cannot verify the API server, and its authors tend to turn verification off. \
Whoever stands between then reads the service account's token.",
            options: "\
- **Set it** to the CA bundle that signed the API server's serving certificate; during a change of \
CA, to a bundle with both.
- **Distribute the CA in another way** where the serving certificate comes from a public CA that \
the images trust anyway.",
            acceptable: "Where pods verify the API server against a public CA.",
        },
        examples: &[
            pass("run kube-controller-manager@1.31 --root-ca-file=/etc/kubernetes/pki/ca.crt"),
            pass("run kube-controller-manager@1.31 --root-ca-file /etc/kubernetes/pki/ca.crt"),
            fail("run kube-controller-manager@1.31"),
            fail("run kube-controller-manager@1.31 --root-ca-file="),
            error("gap processes permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-kubelet-certificate-rotation-off",
        title: "the controller manager does not take part in the rotation of kubelet certificates",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: settings(
            KubeControllerManager,
            &[require("feature-gates", Expect::Excludes("RotateKubeletServerCertificate=false"))],
        ),
        documentation: Documentation {
            finds: "\
The feature gate `RotateKubeletServerCertificate` switched off in the controller manager's \
`--feature-gates`. It is on by default since 1.12, so leaving it out passes.",
            matters: "\
Serving certificates that are not renewed expire, and what then keeps working does so because \
somebody turned verification off between API server and kubelet.",
            options: "\
- **Take the entry out** of `--feature-gates`, or set it to true. Requests for serving \
certificates are still approved by a person or by an approver that checks names; the controller \
manager only signs them.",
            acceptable: "Where serving certificates of kubelets come from another authority.",
        },
        examples: &[
            pass("run kube-controller-manager@1.31"),
            pass(
                "run kube-controller-manager@1.31 \
                 --feature-gates=RotateKubeletServerCertificate=true",
            ),
            fail(
                "run kube-controller-manager@1.31 \
                 --feature-gates=RotateKubeletServerCertificate=false",
            ),
            // Gates are read as Go reads booleans, and repeated flags add up.
            fail(
                "run kube-controller-manager@1.31 --feature-gates A=true,\
                 RotateKubeletServerCertificate=False --feature-gates=B=true",
            ),
            error(
                "run kube-controller-manager@1.31 --feature-gates=RotateKubeletServerCertificate",
            ),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-bind-address",
        title: "the controller manager can be reached from the network",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:N/A:N"),
        applies: APPLIES,
        check: settings(KubeControllerManager, &[require("bind-address", Expect::Loopback)]),
        documentation: Documentation {
            finds: "\
A `--bind-address` that is not of the loopback network (`127.0.0.1`, `::1`). Left out, it is \
`0.0.0.0`: every address of the node.",
            matters: "\
Port 10257 serves metrics, health and profiles. It asks for authentication, but a port that nobody \
outside needs is one flaw away from telling the cluster's inner life.",
            options: "\
- **Bind to 127.0.0.1**, as kubeadm does. Metrics are then scraped through something that runs on \
the node.
- **Keep it open to the monitoring network** and restrict who may reach 10257 by firewall, with a \
role that allows only `/metrics`.",
            acceptable: "\
Where monitoring scrapes the port from outside, authenticated, and a firewall admits nobody else.",
        },
        examples: &[
            pass("run kube-controller-manager@1.31 --bind-address=127.0.0.1"),
            pass("run kube-controller-manager@1.31 --bind-address ::1"),
            fail("run kube-controller-manager@1.31 --bind-address=10.0.0.1"),
            fail("run kube-controller-manager@1.31 --bind-address=::"),
            fail("run kube-controller-manager@1.31"),
            error("gap processes permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "controller-manager-insecure-port",
        title: "the controller manager serves without TLS and without asking who calls",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:P"),
        applies: APPLIES,
        check: settings(KubeControllerManager, &[require("port", Expect::Is("0"))]),
        documentation: Documentation {
            finds: "\
An insecure `--port` other than 0. It defaults to 10252 up to 1.21, does nothing in 1.22 and \
1.23, and went away with 1.24, where the control is not applicable.",
            matters: "\
Metrics and profiles go to anybody who reaches the port, in the clear: names of objects, load, \
memory contents in profiles.",
            options: "\
- **Set `--port=0`** and use the authenticated port 10257 for health checks and metrics.",
            acceptable: "Never needed: all that uses it can use the secure port.",
        },
        examples: &[
            pass("run kube-controller-manager@1.19 --port=0"),
            fail("run kube-controller-manager@1.19"),
            fail("run kube-controller-manager@1.19 --port 10252"),
            pass("run kube-controller-manager@1.22"),
            not_applicable("run kube-controller-manager@1.31"),
            error("run kube-controller-manager"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];
