//! Where pods are put, and what goes first when room is short.

use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::place;
use serde_json::json;

use super::probes::{SERVING, serving};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{fail, not_applicable, objects, pass, vector};

/// A deployment of pods of that specification, for examples.
macro_rules! placed {
    ($fields:literal) => {
        concat!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
",
            "spec: {template: {spec: {",
            $fields,
            "}}}"
        )
    };
}

const JOB: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web}]}}}";

/// A deployment that selects its pods by a label.
const SELECTED: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {}}}";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pod-anti-affinity-missing",
        title: "all replicas may run on one node",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| {
            asks(view, object, &["affinity", "podAntiAffinity"], &[&["topologySpreadConstraints"]])
        }),
        documentation: Documentation {
            finds: "\
Workloads whose pods have neither `podAntiAffinity` nor `topologySpreadConstraints`. On request \
only: the scheduler spreads them anyway where it can.",
            matters: "When that node fails all of them are gone.",
            options: "\
- **A preferred anti-affinity or a spread** by host: the edit offered prefers other nodes than those \
with pods of the same labels, and keeps no pod from running.
- **A required one** leaves pods waiting where there are too few nodes.",
            acceptable: "For one replica, and where the scheduler's own spreading is enough.",
        },
        examples: &[
            fail(placed!("containers: []")),
            fail(SELECTED),
            pass(placed!("affinity: {podAntiAffinity: {}}")),
            pass(placed!("topologySpreadConstraints: [{maxSkew: 1}]")),
            not_applicable(JOB),
        ],
    },
    Control {
        id: "pod-topology-spread-missing",
        title: "all replicas may run in one zone",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| {
            asks(view, object, &["topologySpreadConstraints"], &[])
        }),
        documentation: Documentation {
            finds: "Workloads whose pods have no `topologySpreadConstraints`. On request only.",
            matters: "When that zone fails all of them are gone.",
            options: "\
- **A constraint** by `topology.kubernetes.io/zone`: the edit offered spreads pods of the same \
labels where that is possible (`ScheduleAnyway`).
- **A strict one** (`DoNotSchedule`) leaves pods waiting when a zone is full.",
            acceptable: "In clusters of one zone.",
        },
        examples: &[
            fail(placed!("affinity: {podAntiAffinity: {}}")),
            fail(SELECTED),
            pass(placed!("topologySpreadConstraints: [{maxSkew: 1}]")),
            not_applicable(JOB),
        ],
    },
    Control {
        id: "pod-node-affinity-missing",
        title: "a pod may run on any node",
        vector: vector("AV:L/AC:H/Au:M/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| {
            asks(view, object, &["affinity", "nodeAffinity"], &[&["nodeSelector"], &["nodeName"]])
        }),
        documentation: Documentation {
            finds: "Workloads whose pods choose no nodes. On request only.",
            matters: "\
Programs of different trust share nodes, and with them what an escape reaches.",
            options: "\
- **`nodeSelector` or `nodeAffinity`** for groups of nodes that a person has made.",
            acceptable: "Where all nodes are alike, and all programs trusted alike.",
        },
        examples: &[
            fail(placed!("containers: []")),
            pass(placed!("nodeSelector: {pool: web}")),
            pass(placed!("affinity: {nodeAffinity: {}}")),
        ],
    },
    Control {
        id: "pod-priority-class-missing",
        title: "a pod does not say how important it is",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| {
            asks(view, object, &["priorityClassName"], &[&["priority"]])
        }),
        documentation: Documentation {
            finds: "Workloads whose pods have no `priorityClassName`. On request only.",
            matters: "When room is short important programs wait like all others.",
            options: "- **A priority class** of the cluster: which, a person has to choose.",
            acceptable: "Where the default class is meant.",
        },
        examples: &[fail(placed!("containers: []")), pass(placed!("priorityClassName: high"))],
    },
    Control {
        id: "pod-dns-options-missing",
        title: "a pod leaves name resolution to the defaults",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| asks(view, object, &["dnsConfig", "options"], &[])),
        documentation: Documentation {
            finds: "Workloads whose pods have no `dnsConfig.options`. On request only.",
            matters: "\
With `ndots: 5` each foreign name is asked for several times: load for the cluster's DNS.",
            options: "\
- **`ndots: 2`** (the edit offered): names of services need their namespace then.",
            acceptable: "For programs that resolve few foreign names.",
        },
        examples: &[
            fail(placed!("containers: []")),
            pass(placed!("dnsConfig: {options: [{name: ndots, value: '2'}]}")),
        ],
    },
];

/// Whether the pods of a workload that serves write a field, or one that says as much.
fn asks<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    keys: &'static [&'static str],
    others: &[&[&str]],
) -> Judged<'a> {
    let Some(pod) = serving(view, object) else { return Ok(Verdict::NotApplicable) };
    if pod.fields().path(keys).is_set()
        || others.iter().any(|keys| pod.fields().path(keys).is_set())
    {
        return Ok(Verdict::Pass);
    }
    let name = keys.last().copied().unwrap_or_default();
    let found = flaw(place(pod.spec, keys), format!("the pod has no {name}"));
    if name == "options" {
        let options = json!([{"name": "ndots", "value": "2"}]);
        return found.set(options).needs_review().into();
    }
    let labels = object.root.path(&["spec", "selector", "matchLabels"]);
    if let Some(labels) = labels.filter(|it| it.as_mapping().is_some_and(|it| !it.is_empty())) {
        let selector = json!({"matchLabels": merlon_yaml::to_json(labels)});
        match name {
            "podAntiAffinity" => {
                let term =
                    json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": selector});
                let weighted = json!([{"weight": 100, "podAffinityTerm": term}]);
                let preferred =
                    json!({"preferredDuringSchedulingIgnoredDuringExecution": weighted});
                return found.set(preferred).into();
            }
            "topologySpreadConstraints" => {
                let constraint = json!({
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": selector,
                });
                return found.set(json!([constraint])).into();
            }
            _ => {}
        }
    }
    found.step(format!("Choose {name} for the pod"), &["kubectl explain pod.spec"]).into()
}
