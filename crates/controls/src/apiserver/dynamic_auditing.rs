//! Audit events that objects of the API send away.

use merlon_model::{Component::KubeApiserver, Severity};
use merlon_views::{NodeView, Unknown};

use crate::control::{Applies, Check, Control, Documentation, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass};
use crate::setting;

const GATE: &str = "DynamicAuditing";

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "apiserver-dynamic-auditing",
    title: "objects of the API decide where audit events go",
    severity: Severity::Medium,
    applies: Applies::Component(KubeApiserver),
    check: Check::Node(dynamic_auditing),
    documentation: Documentation {
        finds: "\
The feature gate `DynamicAuditing` turned on, by its name or by `AllAlpha`. It was alpha and went \
away with 1.19, where the control is not applicable.",
        matters: "\
Whoever may create an `AuditSink` object then has a copy of all audit events sent to an address of \
their choice, with bodies if they ask for them: who does what, and Secrets as they are written.",
        options: "- **Leave the gate off** and configure a backend in files: `--audit-log-path`, \
`--audit-webhook-config-file`.",
        acceptable: "Never needed: the feature was given up.",
    },
    examples: &[
        pass("run kube-apiserver@1.18"),
        pass("run kube-apiserver@1.18 --feature-gates=DynamicAuditing=false"),
        fail("run kube-apiserver@1.18 --feature-gates DynamicAuditing=true"),
        fail("run kube-apiserver@1.18 --feature-gates=AllAlpha=true"),
        not_applicable("run kube-apiserver@1.31"),
        error("run kube-apiserver@1.18 --feature-gates=DynamicAuditing=maybe"),
        not_applicable("run kubelet@1.18"),
    ],
}];

fn dynamic_auditing(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        match instance.feature_gate(GATE) {
            Err(Unknown::NotInRelease { why }) => {
                judge.not_applicable(&instance.name, why);
            }
            Err(unknown) => {
                judge.error(&instance.name, format!("{GATE} is not known: {unknown}"));
            }
            Ok(gate) => {
                let statement = format!("{GATE} is {}", gate.value);
                let entry = if gate.value.as_bool() == Some(false) {
                    judge.pass(&instance.name, statement.clone())
                } else {
                    judge
                        .fail(&instance.name, statement.clone())
                        .actions(setting::set_gate(instance, GATE, false))
                };
                entry.expected(format!("{GATE} is false")).evidence(statement, gate.location);
            }
        }
    }
}
