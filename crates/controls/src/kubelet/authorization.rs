//! What callers of the kubelet's API may do.

use merlon_model::Component::Kubelet;

use crate::control::{Applies, Control, Documentation, Expect, Requirement};
use crate::row::{error, fail, not_applicable, pass, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "kubelet-always-allow",
    title: "the kubelet lets every caller do everything",
    vector: vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
    applies: Applies::Component(Kubelet),
    check: settings(
        Kubelet,
        &[Requirement {
            setting: "authorization-mode",
            expect: Expect::IsNot("AlwaysAllow"),
            remedy: "Webhook",
        }],
    ),
    documentation: Documentation {
        finds: "\
The authorization mode `AlwaysAllow`, from `authorization.mode`, its drop-ins or \
`--authorization-mode`. A kubelet with a configuration file defaults to `Webhook`, one without to \
`AlwaysAllow`.",
        matters: "\
Every caller that the kubelet authenticates, and with anonymous requests allowed every caller at \
all, can run commands in any container of the node, read logs and fetch what pods are given. The \
service account token of one pod is enough.",
        options: "\
- **Webhook**: the kubelet asks the API server whether the caller may use `nodes/proxy`, \
`nodes/log`, `nodes/metrics` and the like. Monitoring then needs a role, and the node needs to \
reach the API server for new callers.",
        acceptable: "Never on a node that anything else can reach.",
    },
    examples: &[
        pass("run kubelet@1.31 --authorization-mode=Webhook"),
        pass("run kubelet@1.31 --authorization-mode Webhook"),
        fail("run kubelet@1.31 --authorization-mode=AlwaysAllow"),
        // Without a configuration file the old default holds.
        fail("run kubelet@1.31"),
        pass(
            "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  kind: KubeletConfiguration",
        ),
        fail(
            "\
run kubelet@1.31 --config=/k.yaml --config-dir=/k.d
file /k.yaml 0600 root:root kubelet-configuration
  authorization: {mode: Webhook}
file /k.d/10-open.conf 0600 root:root kubelet-configuration
  authorization: {mode: AlwaysAllow}
list /k.d 10-open.conf",
        ),
        error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
        not_applicable("run etcd@3.5"),
    ],
}];
