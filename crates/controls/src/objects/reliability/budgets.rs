//! Disruption budgets: how many pods may be evicted at a time.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, LabelSelector, Malformed, Place, place};
use merlon_yaml::Node;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

const SCALED: &[Kind] = &[Kind::Deployment, Kind::StatefulSet];
const BUDGETS: &[Kind] = &[Kind::PodDisruptionBudget];

/// A deployment of two pods `app: web`, before what an example says.
macro_rules! beside_web {
    ($object:literal) => {
        concat!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
",
            "spec: {replicas: 2, selector: {matchLabels: {app: web}}, ",
            "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web}]}}}\n---\n",
            "\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: ",
            $object
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "disruption-budget-blocks-eviction",
        title: "a disruption budget never lets a node be emptied",
        vector: vector("AV:L/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: BUDGETS,
            reads: &[Kind::Deployment, Kind::StatefulSet, Kind::HorizontalPodAutoscaler],
            judge: blocks,
        },
        documentation: Documentation {
            finds: "\
PodDisruptionBudgets with `maxUnavailable: 0`, with `minAvailable: 100%`, or whose `minAvailable` is \
no less than the replicas of the deployments and stateful sets that it selects, or than what their \
autoscaler may leave.",
            matters: "\
Nodes cannot be drained: their upgrades, security updates among them, wait until a person steps in.",
            options: "- **`maxUnavailable: 1`** (the edit offered), with two replicas or more.",
            acceptable: "For programs that only a person may stop.",
        },
        examples: &[
            fail(beside_web!("{maxUnavailable: 0, selector: {matchLabels: {app: web}}}")),
            fail(beside_web!("{maxUnavailable: 0%, selector: {matchLabels: {app: web}}}")),
            fail(beside_web!("{minAvailable: 100%, selector: {matchLabels: {app: web}}}")),
            fail(beside_web!("{minAvailable: 2, selector: {matchLabels: {app: web}}}")),
            pass(beside_web!("{minAvailable: 1, selector: {matchLabels: {app: web}}}")),
            pass(beside_web!("{maxUnavailable: 1, selector: {matchLabels: {app: web}}}")),
            pass(beside_web!("{minAvailable: 2, selector: {matchLabels: {app: other}}}")),
            error(beside_web!("{minAvailable: [1], selector: {matchLabels: {app: web}}}")),
        ],
    },
    Control {
        id: "disruption-budget-without-policy",
        title: "a disruption budget keeps no pod from eviction",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(BUDGETS, without_policy),
        documentation: Documentation {
            finds: "PodDisruptionBudgets with neither `minAvailable` nor `maxUnavailable`.",
            matters: "All pods may be evicted at once, although a budget seems to prevent it.",
            options: "- **`maxUnavailable: 1`** (the edit offered).",
            acceptable: "Never on purpose.",
        },
        examples: &[
            fail(beside_web!("{selector: {matchLabels: {app: web}}}")),
            pass(beside_web!("{minAvailable: 1, selector: {matchLabels: {app: web}}}")),
        ],
    },
    Control {
        id: "disruption-budget-keeps-broken-pods",
        title: "pods that do not work keep a node from being emptied",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(BUDGETS, unhealthy),
        documentation: Documentation {
            finds: "\
PodDisruptionBudgets without `unhealthyPodEvictionPolicy: AlwaysAllow` (KEP-3017, stable since \
1.31). On request only.",
            matters: "\
A program that crashes all the time counts as disrupted, and its node cannot be drained.",
            options: "- **`AlwaysAllow`** (the edit offered).",
            acceptable: "For data that a pod without readiness still holds.",
        },
        examples: &[
            fail(beside_web!("{maxUnavailable: 1}")),
            fail(beside_web!("{maxUnavailable: 1, unhealthyPodEvictionPolicy: IfHealthyBudget}")),
            pass(beside_web!("{maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow}")),
        ],
    },
    Control {
        id: "workload-without-disruption-budget",
        title: "all replicas of a program may be evicted at once",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Inventory {
            reads: &[Kind::Deployment, Kind::StatefulSet, Kind::PodDisruptionBudget],
            judge: uncovered,
        },
        documentation: Documentation {
            finds: "\
Deployments and stateful sets with two replicas or more whose pods no PodDisruptionBudget selects. \
On request only.",
            matters: "When nodes are drained together the whole service stops.",
            options: "\
- **A budget with `maxUnavailable: 1`**: an object of its own, so no edit of the workload can add \
it.",
            acceptable: "For programs that may pause.",
        },
        examples: &[
            fail(beside_web!("{maxUnavailable: 1, selector: {matchLabels: {app: other}}}")),
            pass(beside_web!("{maxUnavailable: 1, selector: {matchLabels: {app: web}}}")),
            not_applicable(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1}",
            ),
        ],
    },
];

const MOST: &[&str] = &["spec", "maxUnavailable"];

fn spec(object: &Object) -> Fields<'_> {
    Fields::of(&object.root).get("spec")
}

/// How many replicas a workload has at least.
fn replicas<'a>(view: &InventoryView<'a>, workload: &'a Object) -> Result<i64, Malformed<'a>> {
    match view.scaler_of(workload) {
        Some(scaler) => Ok(spec(scaler).int("minReplicas")?.unwrap_or(1)),
        None => Ok(spec(workload).int("replicas")?.unwrap_or(1)),
    }
}

fn blocks<'a>(view: &InventoryView<'a>, budget: &'a Object) -> Judged<'a> {
    let fields = spec(budget);
    let most = fields.text_or_number("maxUnavailable")?;
    let least = fields.text_or_number("minAvailable")?;
    let mend = |node: &'a Node, message: String| flaw(Place::Node(node), message);
    if let (Some("0" | "0%"), Some(node)) = (most.as_deref(), fields.get("maxUnavailable").node()) {
        return mend(node, "no pod may be evicted".to_owned()).set(1).needs_review().into();
    }
    let (Some(least), Some(node)) = (least, fields.get("minAvailable").node()) else {
        return Ok(Verdict::Pass);
    };
    let is_all = match (least.parse::<i64>(), LabelSelector::new(fields.get("selector"))?) {
        (Err(_), _) => least == "100%",
        (Ok(_), None) => false,
        (Ok(least), Some(selector)) => {
            let mut total = 0;
            for pod in view.selected(view.namespace_of(budget), selector) {
                if pod.object.kind().is_some_and(|kind| SCALED.contains(&kind)) {
                    total += replicas(view, pod.object)?;
                }
            }
            total > 0 && least >= total
        }
    };
    if !is_all {
        return Ok(Verdict::Pass);
    }
    mend(node, format!("{least} pods have to be left, and there may be no more"))
        .remove(node)
        .set_at(place(&budget.root, MOST), 1)
        .needs_review()
        .into()
}

fn without_policy<'a>(_: &InventoryView<'a>, budget: &'a Object) -> Judged<'a> {
    if ["minAvailable", "maxUnavailable"].iter().any(|key| spec(budget).get(key).is_set()) {
        return Ok(Verdict::Pass);
    }
    flaw(place(&budget.root, MOST), "the budget sets no bound").set(1).needs_review().into()
}

fn unhealthy<'a>(_: &InventoryView<'a>, budget: &'a Object) -> Judged<'a> {
    const POLICY: &[&str] = &["spec", "unhealthyPodEvictionPolicy"];
    if spec(budget).text("unhealthyPodEvictionPolicy")? == Some("AlwaysAllow") {
        return Ok(Verdict::Pass);
    }
    flaw(place(&budget.root, POLICY), "pods that are not ready are kept")
        .set("AlwaysAllow")
        .needs_review()
        .into()
}

fn uncovered<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let mut covered = std::collections::HashSet::new();
    for budget in view.of_kind(Kind::PodDisruptionBudget) {
        if let Some(selector) = LabelSelector::new(spec(budget).get("selector"))? {
            let pods = view.selected(view.namespace_of(budget), selector);
            covered.extend(pods.map(|pod| std::ptr::from_ref(pod.object)));
        }
    }
    let mut is_any = false;
    let mut flaws = Vec::new();
    for workload in SCALED.iter().flat_map(|kind| view.of_kind(*kind)) {
        if replicas(view, workload)? < 2 {
            continue;
        }
        is_any = true;
        if !covered.contains(&std::ptr::from_ref(workload)) {
            let here = place(&workload.root, &["spec", "replicas"]);
            flaws.push(
                flaw(here, "no disruption budget selects the pods").of_object(workload).step(
                    "Make a PodDisruptionBudget with maxUnavailable 1 for the workload's labels",
                    &["kubectl create pdb NAME -n NAMESPACE --selector=LABELS --max-unavailable=1"],
                ),
            );
        }
    }
    Ok(if is_any { Verdict::of(flaws) } else { Verdict::NotApplicable })
}
