//! Files of the API server and of supervisors that hold secrets or traces.

use merlon_model::Component::KubeApiserver;
use merlon_views::FileRole::{
    AuditLog, AuditPolicy, EncryptionConfiguration, SupervisorConfiguration,
};

use super::{MODE_ACCEPTABLE, MODE_OPTIONS, mode, modes};
use crate::control::{
    Applies, Control,
    Directories::{Contents, Ignored, Themselves},
    Documentation,
};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "encryption-configuration-exposed",
        title: "others than root may read or write the keys that Secrets are encrypted with",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:P/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: mode(&[EncryptionConfiguration], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the file in `--encryption-provider-config`. Not applicable where \
it is not set, which `apiserver-encryption-missing` reports.",
            matters: "\
The file holds the keys themselves, unless a KMS does. With them a backup of etcd is a list of \
all Secrets; whoever writes the file can turn encryption off for what is written next.",
            options: MODE_OPTIONS,
            acceptable: "\
With KMS alone, where the file holds no key: then 0644 tells only how it is set up.",
        },
        examples: modes!(
            "run kube-apiserver@1.31 --encryption-provider-config=/enc.yaml",
            "/enc.yaml",
            "",
            "0600",
            "0644",
            error(
                "run kube-apiserver@1.31 --encryption-provider-config=/enc.yaml\nabsent /enc.yaml"
            ),
            not_applicable("run kube-apiserver@1.31"),
        ),
    },
    Control {
        id: "audit-log-exposed",
        title: "others than root may read or write the audit log",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: mode(&[AuditLog], 0o600, Ignored),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the file in `--audit-log-path`. Not applicable where events go to \
standard output, to a webhook, or nowhere.",
            matters: "\
The log tells who did what, and with bodies logged what is in the objects, tokens among them. \
Whoever can write it can take their own traces out.",
            options: "\
- **0600**, and a log shipper that runs as root or is given the file by a group of its own.
- **Ship events off the node** as they come: what left cannot be changed here any more.",
            acceptable: "\
Read permission for the group of a log shipper, and no other member in it.",
        },
        examples: modes!(
            "run kube-apiserver@1.31 --audit-log-path=/var/log/audit.log",
            "/var/log/audit.log",
            "",
            "0600",
            "0644",
            error(
                "\
run kube-apiserver@1.31 --audit-log-path=/var/log/audit.log
absent /var/log/audit.log"
            ),
            not_applicable("run kube-apiserver@1.31"),
            not_applicable("run kube-apiserver@1.31 --audit-log-path=-"),
        ),
    },
    Control {
        id: "audit-policy-mode",
        title: "others than root may write what the audit log leaves out",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:P/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: mode(&[AuditPolicy], 0o644, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0644 of the file in `--audit-policy-file`. Not applicable where it is not \
set.",
            matters: "\
Whoever writes the policy makes their actions disappear from the log, from the next start of the \
API server on.",
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kube-apiserver@1.31 --audit-policy-file=/audit.yaml",
            "/audit.yaml",
            "",
            "0644",
            "0646",
            error("run kube-apiserver@1.31 --audit-policy-file=/audit.yaml\nabsent /audit.yaml"),
            not_applicable("run kube-apiserver@1.31"),
        ),
    },
    Control {
        id: "supervisor-configuration-mode",
        title: "others than root may read or write the supervisor's configuration",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Kubernetes,
        check: mode(&[SupervisorConfiguration], 0o600, Contents),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the configuration of k3s, RKE2 or k0s, drop-ins included. Not \
applicable to distributions without a supervisor.",
            matters: "\
The file can hold the token that makes a machine a node or a server of the cluster, and the \
password of the datastore. Whoever writes it sets every flag of every component.",
            options: MODE_OPTIONS,
            acceptable: "0644 for a file without `token`, `agent-token` and datastore credentials.",
        },
        examples: &[
            pass(
                "\
run k3s
file /etc/rancher/k3s/config.yaml 0600 root:root supervisor-configuration
  write-kubeconfig-mode: \"0600\"
absent /etc/rancher/k3s/config.yaml.d
absent /etc/rancher/k3s/registries.yaml
absent /var/lib/rancher/k3s/server/token",
            ),
            fail(
                "\
run k3s
file /etc/rancher/k3s/config.yaml 0644 root:root supervisor-configuration
  write-kubeconfig-mode: \"0600\"
absent /etc/rancher/k3s/config.yaml.d
absent /etc/rancher/k3s/registries.yaml
absent /var/lib/rancher/k3s/server/token",
            ),
            error(
                "\
run k3s
gap /etc/rancher/k3s/config.yaml permission-denied
absent /etc/rancher/k3s/config.yaml.d
absent /etc/rancher/k3s/registries.yaml
absent /var/lib/rancher/k3s/server/token",
            ),
            not_applicable(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root",
            ),
            not_applicable("run sshd"),
        ],
    },
];
