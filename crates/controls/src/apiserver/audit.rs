//! Whether the API server keeps a record of what is asked of it.

use merlon_model::{Action, Component::KubeApiserver};
use merlon_views::{ComponentView, NodeView, Unknown};

use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-audit-policy-missing",
        title: "the API server has no audit policy and so logs nothing",
        vector: vector("AV:N/AC:L/Au:N/C:N/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("audit-policy-file", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
An API server without `--audit-policy-file`. It has no default; without a policy no request is \
logged, wherever the log would go. What the policy says is judged by the `audit-policy-*` controls.",
            matters: "\
After an intrusion nobody can tell who read which Secret, who gave themselves rights, and what was \
changed. While it goes on nobody notices.",
            options: "\
- **Metadata for everything** is one rule, and the start: who, what, when, from where, allowed or \
not.
- **Fewer events**: leave out reads of the control plane's own accounts and of nodes, by user and \
group, then health checks. Log bodies only where they are of use, never those of Secrets.",
            acceptable: "When something in front of the API server logs every request, with its user.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --audit-policy-file=/etc/audit.yaml"),
            pass("run kube-apiserver@1.31 --audit-policy-file /etc/audit.yaml"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --audit-log-path=/var/log/audit.log"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-dynamic-auditing",
        title: "the API server lets objects of the cluster say where audit events go",
        vector: vector("AV:N/AC:L/Au:M/C:C/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[require("feature-gates", Expect::Excludes("DynamicAuditing=true"))],
        ),
        documentation: Documentation {
            finds: "\
The feature gate `DynamicAuditing` switched on by flag. It was alpha, off by default, from 1.13 to \
1.18, and is unknown to later releases, which do not start with it.",
            matters: "\
Whoever may create an AuditSink object then receives the requests of everybody, bodies included, at \
an address of their choice.",
            options: "- **Take the gate away** and use `--audit-webhook-config-file`, a file of the node.",
            acceptable: "Never needed: the feature was given up.",
        },
        examples: &[
            pass("run kube-apiserver@1.18"),
            pass("run kube-apiserver@1.18 --feature-gates=DynamicAuditing=false"),
            fail("run kube-apiserver@1.18 --feature-gates DynamicAuditing=true"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-audit-log-missing",
        title: "audit events go nowhere",
        vector: vector("AV:N/AC:L/Au:N/C:N/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_backends),
        documentation: Documentation {
            finds: "\
An API server with neither `--audit-log-path` nor `--audit-webhook-config-file`. Neither has a \
default. A webhook alone passes, and the evidence says that there is no file; `-` as the path is \
standard output and passes as well.",
            matters: "Events that the policy asks for are made and thrown away: there is no record.",
            options: "\
- **A file** that is shipped off the machine. Who breaks into the control plane can change what is \
still on it.
- **A webhook** is off the machine at once. It drops events when the receiver is away for longer \
than its retries last (by default five, within some minutes): keep the file besides it.
- **Standard output** leaves keeping and rotating to the container runtime.",
            acceptable: "When something in front of the API server logs every request, with its user.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --audit-log-path=/var/log/audit.log"),
            pass("run kube-apiserver@1.31 --audit-log-path -"),
            pass("run kube-apiserver@1.31 --audit-webhook-config-file=/etc/webhook.yaml"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --audit-log-path="),
            fail("run kube-apiserver@1.31 --audit-policy-file=/etc/audit.yaml"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-audit-log-maxage",
        title: "how long audit logs are kept is not set, or less than 30 days",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("audit-log-maxage", Expect::AtLeast("30"))]),
        documentation: Documentation {
            finds: "\
An API server whose `--audit-log-maxage` is below 30 days, or below what the benchmark says. The \
default is 0 before release 1.36, which deletes nothing because of its age and so says nothing \
about how long a log is kept; from 1.36 on it is 366.",
            matters: "\
Intrusions are found weeks after they began. Logs that are gone by then do not tell how. With 0, \
what goes is up to the number of files, or to a full disk.",
            options: "\
- **30 days or more on the machine**, together with enough files of enough size: the first of the \
three limits that is reached deletes.
- **Keep logs elsewhere** for as long as your rules ask, and little on the machine.",
            acceptable: "When logs are shipped off the machine and kept there.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --audit-log-maxage=30"),
            pass("run kube-apiserver@1.31 --audit-log-maxage 365"),
            pass("run kube-apiserver@1.36"),
            fail("run kube-apiserver@1.31 --audit-log-maxage=29"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --audit-log-maxage=30 --audit-log-maxage=0"),
            error("run kube-apiserver@1.31 --audit-log-maxage=30d"),
            // The default depends on the release.
            error("run kube-apiserver"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-audit-log-maxbackup",
        title: "how many audit logs are kept is not set, or less than 10",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("audit-log-maxbackup", Expect::AtLeast("10"))]),
        documentation: Documentation {
            finds: "\
An API server whose `--audit-log-maxbackup` is below 10, or below what the benchmark says. The \
default is 0 before release 1.36, which keeps all files until the disk is full; from 1.36 on it is \
100.",
            matters: "\
Too few files let an attacker push their traces out of the log by making noise. No limit lets the \
same noise fill the disk of the control plane.",
            options: "\
- **Ten files or more of 100 MB.** Reckon what a busy day makes, and that it fits the disk.",
            acceptable: "When logs are shipped off the machine and kept there.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --audit-log-maxbackup=10"),
            pass("run kube-apiserver@1.31 --audit-log-maxbackup 20"),
            pass("run kube-apiserver@1.36"),
            fail("run kube-apiserver@1.31 --audit-log-maxbackup=9"),
            fail("run kube-apiserver@1.31"),
            error("run kube-apiserver@1.31 --audit-log-maxbackup=many"),
            error("run kube-apiserver"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-audit-log-maxsize",
        title: "the size at which audit logs are rotated is not set, or less than 100 MB",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("audit-log-maxsize", Expect::AtLeast("100"))]),
        documentation: Documentation {
            finds: "\
An API server whose `--audit-log-maxsize` is below 100 megabytes, or below what the benchmark says. \
The default is 0 before release 1.36, where the writer's own 100 MB hold, but nobody chose them; \
from 1.36 on it is 100.",
            matters: "\
Together with the number of files the size says how much log there is. Small files with a limited \
number lose in minutes what should last for weeks.",
            options: "- **100 MB** suits most; larger files where one is filled within the hour.",
            acceptable: "When logs are shipped off the machine and kept there.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --audit-log-maxsize=100"),
            pass("run kube-apiserver@1.31 --audit-log-maxsize 200"),
            pass("run kube-apiserver@1.36"),
            fail("run kube-apiserver@1.31 --audit-log-maxsize=10"),
            fail("run kube-apiserver@1.31"),
            error("run kube-apiserver@1.31 --audit-log-maxsize=100M"),
            error("run kube-apiserver"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
];

fn judge_backends(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        if let Err(unknown) = judge_backends_of(instance, judge) {
            judge.error(&instance.name, format!("where audit events go is not known: {unknown}"));
        }
    }
}

fn judge_backends_of(
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let log = instance.effective("audit-log-path")?;
    let webhook = instance.effective("audit-webhook-config-file")?;
    let entry = match (log.value.is_unset(), webhook.value.is_unset()) {
        (false, _) => {
            judge.pass(&instance.name, format!("audit events are written to {}", log.value))
        }
        (true, false) => {
            judge.pass(&instance.name, "audit events are sent to a webhook, and to no file")
        }
        (true, true) => {
            judge.fail(&instance.name, "audit events go nowhere").action(Action::SetFlag {
                component: KubeApiserver,
                carrier: instance.carrier.clone(),
                flag: "audit-log-path".to_owned(),
                value: String::new(),
            })
        }
    };
    entry
        .expected("--audit-log-path or --audit-webhook-config-file is set")
        .evidence(format!("--audit-log-path is {}", log.value), log.location)
        .evidence(format!("--audit-webhook-config-file is {}", webhook.value), webhook.location);
    Ok(())
}
