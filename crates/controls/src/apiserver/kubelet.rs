//! How the API server talks to kubelets.

use merlon_model::Component::KubeApiserver;

use crate::control::{Applies, Control, Documentation, Expect};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-kubelet-http",
        title: "the API server is told to talk to kubelets without TLS",
        vector: vector("AV:A/AC:M/Au:N/C:C/I:C/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("kubelet-https", Expect::Is("true"))]),
        documentation: Documentation {
            finds: "\
An API server started with `--kubelet-https=false`. The default is `true`, so that an absent flag \
passes. From release 1.19 on the API server always uses TLS and the flag has no effect; one that is \
left over is reported all the same. 1.22 took it away, and there the control does not apply.",
            matters: "\
Logs, `exec` and `port-forward` go over this connection, and with it what people type into \
containers. Whoever stands between control plane and node reads all of it and can put words of \
their own in.",
            options: "\
- **Drop the flag**, which every release that has it supports; kubelets serve TLS by default, with \
a self-signed certificate if they have no other.
- **Upgrade**: every release that knows the flag is past its end of support.",
            acceptable: "\
Never on a network; the kubelet's plain port can only list and read in any release of today.",
        },
        examples: &[
            pass("run kube-apiserver@1.18"),
            pass("run kube-apiserver@1.18 --kubelet-https=true"),
            fail("run kube-apiserver@1.18 --kubelet-https=false"),
            fail("run kube-apiserver@1.20 --kubelet-https=false"),
            not_applicable("run kube-apiserver@1.22"),
            not_applicable("run kubelet@1.20"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-kubelet-client-certificate-missing",
        title: "the API server has no certificate to show to kubelets",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[
                require("kubelet-client-certificate", Expect::IsSet),
                require("kubelet-client-key", Expect::IsSet),
            ],
        ),
        documentation: Documentation {
            finds: "\
An API server that lacks `--kubelet-client-certificate` or `--kubelet-client-key`. Neither has a \
default, and one without the other is of no use. The files themselves are judged by the controls \
of the PKI.",
            matters: "\
Without a client certificate the API server is anonymous to kubelets. Either logs, `exec` and \
metrics stop working, or the kubelets were opened to anonymous callers to keep them working, and \
then everybody on the network may do what the API server does.",
            options: "\
- **A certificate of its own** whose subject is bound to `system:kubelet-api-admin` (kubeadm makes \
`apiserver-kubelet-client.crt`). It expires: renew it with the other certificates.
- **The certificate of an administrator** works as well and gives the API server's key holder more \
than is needed.",
            acceptable: "\
When no node is reached from this API server: a control plane that only serves data, or one whose \
nodes are reached by other means that present a certificate.",
        },
        examples: &[
            pass(
                "run kube-apiserver@1.31 --kubelet-client-certificate=/pki/k.crt --kubelet-client-key=/pki/k.key",
            ),
            pass(
                "run kube-apiserver@1.31 --kubelet-client-certificate /pki/k.crt --kubelet-client-key /pki/k.key",
            ),
            fail("run kube-apiserver@1.31 --kubelet-client-certificate=/pki/k.crt"),
            fail("run kube-apiserver@1.31 --kubelet-client-key=/pki/k.key"),
            fail("run kube-apiserver@1.31"),
            fail(
                "run kube-apiserver@1.31 --kubelet-client-certificate= --kubelet-client-key=/pki/k.key",
            ),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-kubelet-unverified",
        title: "the API server does not verify the certificates of kubelets",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("kubelet-certificate-authority", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
An API server without `--kubelet-certificate-authority`. It has no default: without it the API \
server takes whatever certificate a kubelet shows.",
            matters: "\
An attacker who can divert traffic between control plane and node, by ARP, DNS or a node address \
of their own, answers in a kubelet's place: they see commands and their input, return forged logs \
and, when the API server logs in with a bearer token, collect it.",
            options: "\
- **Name the authority and let kubelets ask for serving certificates** (`serverTLSBootstrap: true` \
in the kubelet's configuration). Somebody or something has to approve the requests; \
kube-controller-manager does not do so by itself.
- **Sign serving certificates when the node is set up**, and see to their renewal.
- Set the flag alone and `exec`, `logs` and `port-forward` fail on every kubelet that still has a \
self-signed certificate.",
            acceptable: "\
When nodes are reached over a tunnel that authenticates both ends (konnectivity, WireGuard), or \
when control plane and node are the same machine.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --kubelet-certificate-authority=/pki/ca.crt"),
            pass("run kube-apiserver@1.31 --kubelet_certificate_authority /pki/ca.crt"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --kubelet-certificate-authority="),
            // A flag without its value: the process could not have started so.
            error("run kube-apiserver@1.31 --kubelet-certificate-authority"),
            not_applicable("run etcd@3.5"),
            error(
                "gap /etc/kubernetes/manifests permission-denied\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root",
            ),
        ],
    },
];
