//! What DISA's STIG asks besides.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "stig-old-tls-allowed",
        "the controller manager or scheduler may accept TLS older than 1.2",
        vector("AV:A/AC:H/Au:N/C:P/I:P/A:N"),
        Documentation {
            finds: "\
`--tls-min-version` of the controller manager and the scheduler. Unset means 1.2 with every \
current release.",
            matters: "Old versions allow known attacks on the connection.",
            options: "**`VersionTLS12`**, or **`VersionTLS13`** when all clients can.",
            acceptable: "Where the provider runs them and vouches for it.",
        },
        &[
            "\
On a control plane of your own, look at the arguments; on a managed one, ask the provider's \
compliance report.
$ kubectl get pods -n kube-system -l tier=control-plane -o jsonpath='{range \
.items[*]}{.metadata.name} {.spec.containers[0].command}{\"\\n\"}{end}'",
        ],
    ),
    manual(
        "stig-ports-unregistered",
        "ports, protocols and services of the control plane are not on record",
        vector("AV:N/AC:H/Au:N/C:P/I:N/A:N"),
        Documentation {
            finds: "\
The listening ports of API server, scheduler, controllers and etcd against the organisation's \
register (PPSM CAL).",
            matters: "Ports that nobody registered are ports that nobody filters or watches.",
            options: "**Register them, or close them.**",
            acceptable: "Outside organisations that keep such a register.",
        },
        &[
            "\
List what listens and compare it with the register.
$ ss -ltnp
$ kubectl get svc -A",
        ],
    ),
    manual(
        "stig-validating-webhooks-off",
        "validating admission webhooks are switched off",
        vector("AV:N/AC:H/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "\
Whether the API server runs the plugin `ValidatingAdmissionWebhook`; it is on by default.",
            matters: "Policy engines that rely on it are silently without effect.",
            options: "**Leave it on**; look for it among the disabled plugins.",
            acceptable: "When no policy engine uses webhooks.",
        },
        &[
            "\
On a control plane of your own, look at the arguments; on a managed one, prove it with an object \
that a webhook refuses.
$ kubectl get pods -n kube-system -l component=kube-apiserver -o \
jsonpath='{.items[*].spec.containers[0].command}'
$ kubectl get validatingwebhookconfigurations",
        ],
    ),
    manual(
        "stig-updates-missing",
        "the cluster lacks security updates that are out",
        vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
The releases of the control plane, nodes and add-ons against those still maintained, and the \
organisation's notices (IAVM, CTO).",
            matters: "Published flaws come with published attacks.",
            options: "**Follow the minor releases**: each is maintained for about fourteen months.",
            acceptable: "Within the time the organisation allows for updates.",
        },
        &[
            "\
Compare the releases with the publisher's list.
$ kubectl version
$ kubectl get nodes -o wide
$ aws eks describe-cluster-versions",
        ],
    ),
    manual(
        "stig-old-components-left",
        "components of earlier releases were left behind",
        vector("AV:L/AC:H/Au:M/C:P/I:P/A:N"),
        Documentation {
            finds: "Old binaries, images, manifests and node groups that remain after an update.",
            matters: "An old kubelet or image that can still be started brings its flaws back.",
            options: "\
**Replace nodes** instead of updating them; clean images by the kubelet's thresholds.",
            acceptable: "While an update can still be rolled back.",
        },
        &[
            "\
Look for nodes and images of older releases.
$ kubectl get nodes -o \
custom-columns=NODE:.metadata.name,KUBELET:.status.nodeInfo.kubeletVersion,RUNTIME:.status.nodeInfo.containerRuntimeVersion
$ kubectl get pods -n kube-system -o jsonpath='{range \
.items[*].spec.containers[*]}{.image}{\"\\n\"}{end}' | sort -u",
        ],
    ),
    manual(
        "stig-kubectl-copy-vulnerable",
        "kubectl clients still have the flaws of its copy command",
        vector("AV:N/AC:M/Au:N/C:N/I:P/A:P"),
        Documentation {
            finds: "\
The version of kubectl that people and pipelines use; `kubectl cp` before 1.12.9 could write \
outside the target directory.",
            matters: "A hostile container could replace files on the administrator's machine.",
            options: "**Use a client of the cluster's minor release.**",
            acceptable: "Never.",
        },
        &[
            "\
Ask each user and pipeline for the client's version.
$ kubectl version --client",
        ],
    ),
    manual(
        "stig-ssh-running",
        "the SSH service runs on worker nodes",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether sshd runs on the nodes.",
            matters: "\
A second way in, past the API server's authentication, authorization and audit.",
            options: "\
**Use the provider's session manager or `kubectl debug`.** Where SSH stays: keys, a bastion, an \
audit.",
            acceptable: "On nodes that nothing else can reach for repair.",
        },
        &[
            "\
Look at the service on each node.
$ systemctl is-active sshd.service ssh.service
$ ss -ltnp",
        ],
    ),
    manual(
        "stig-ssh-enabled",
        "the SSH service starts with worker nodes",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether sshd, or its socket, is enabled to start at boot.",
            matters: "A service that is stopped but enabled is back after the next reboot.",
            options: "**Disable or mask it** in the node image.",
            acceptable: "On nodes that nothing else can reach for repair.",
        },
        &[
            "\
Look at the service on each node.
$ systemctl is-enabled sshd.service ssh.service ssh.socket",
        ],
    ),
];
