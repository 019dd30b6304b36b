//! How many copies of a program run.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place, place};

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

const SCALED: &[Kind] = &[Kind::Deployment, Kind::StatefulSet];
const SCALERS: &[Kind] = &[Kind::HorizontalPodAutoscaler];

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "workload-single-replica",
        title: "a program runs once",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: SCALED, reads: SCALERS, judge: single },
        documentation: Documentation {
            finds: "\
Deployments and stateful sets with one replica, written or by default, that no autoscaler scales. \
None (0) is a choice. On request only.",
            matters: "\
Whatever stops the pod, an upgrade of its node or a crash, stops the service.",
            options: "\
- **Two replicas or more** (the edit offered), if the program can share its work.",
            acceptable: "For programs that may pause, and those that cannot run twice.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1}",
            ),
            fail("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {}"),
            pass(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2}",
            ),
            not_applicable(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 0}",
            ),
            not_applicable(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
            ),
            error(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: two}",
            ),
        ],
    },
    Control {
        id: "autoscaler-minimum-too-low",
        title: "an autoscaler may leave a program running once",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SCALERS, minimum),
        documentation: Documentation {
            finds: "\
Autoscalers whose `minReplicas`, 1 by default, is less than 2. On request only.",
            matters: "\
When little happens one pod is left, and whatever stops it stops the service.",
            options: "- **At least two** (the edit offered).",
            acceptable: "For programs that may pause.",
        },
        examples: &[
            fail(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 5}",
            ),
            pass(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {minReplicas: 2}",
            ),
        ],
    },
    Control {
        id: "autoscaler-cannot-scale",
        title: "an autoscaler has no room to scale",
        vector: vector("AV:N/AC:H/Au:N/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SCALERS, range),
        documentation: Documentation {
            finds: "Autoscalers whose `maxReplicas` is not above `minReplicas`.",
            matters: "Under load, an attacker's too, the program stays as small as it is.",
            options: "\
- **A greater `maxReplicas`**: only somebody who knows load and cluster can choose it.",
            acceptable: "While scaling is switched off on purpose.",
        },
        examples: &[
            fail(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {minReplicas: 3, maxReplicas: 3}",
            ),
            fail(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 1}",
            ),
            pass(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 2}",
            ),
            error(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: a}",
            ),
        ],
    },
    Control {
        id: "autoscaled-workload-fixes-replicas",
        title: "a manifest fixes the replicas of what an autoscaler scales",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: SCALED, reads: SCALERS, judge: fixed },
        documentation: Documentation {
            finds: "\
Workloads in manifests that write `replicas` and that an autoscaler among the manifests scales. In \
a cluster the number is always there. On request only.",
            matters: "\
Each time the manifest is applied the program shrinks to that number, whatever its load.",
            options: "\
- **Remove `replicas`** (the edit offered). The first time, a server that knows the field as \
yours sets it to 1.",
            acceptable: "Where the manifest is applied only once.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 3}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
            ),
            not_applicable(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 3}",
            ),
        ],
    },
];

fn spec(object: &Object) -> Fields<'_> {
    Fields::of(&object.root).get("spec")
}

fn single<'a>(view: &InventoryView<'a>, workload: &'a Object) -> Judged<'a> {
    let replicas = spec(workload).int("replicas")?.unwrap_or(1);
    if replicas == 0 || view.scaler_of(workload).is_some() {
        return Ok(Verdict::NotApplicable);
    }
    if replicas > 1 {
        return Ok(Verdict::Pass);
    }
    let here = place(&workload.root, &["spec", "replicas"]);
    flaw(here, "the workload has one replica").set(2).needs_review().into()
}

fn minimum<'a>(_: &InventoryView<'a>, scaler: &'a Object) -> Judged<'a> {
    if spec(scaler).int("minReplicas")?.unwrap_or(1) > 1 {
        return Ok(Verdict::Pass);
    }
    let here = place(&scaler.root, &["spec", "minReplicas"]);
    flaw(here, "one replica may be left").set(2).needs_review().into()
}

fn range<'a>(_: &InventoryView<'a>, scaler: &'a Object) -> Judged<'a> {
    let least = spec(scaler).int("minReplicas")?.unwrap_or(1);
    let Some(most) = spec(scaler).int("maxReplicas")? else { return Ok(Verdict::NotApplicable) };
    if most > least {
        return Ok(Verdict::Pass);
    }
    let message = format!("at most {most} replicas, and at least {least}");
    flaw(place(&scaler.root, &["spec", "maxReplicas"]), message)
        .step("Choose a greater maxReplicas", &["kubectl edit hpa -n NAMESPACE NAME"])
        .into()
}

fn fixed<'a>(view: &InventoryView<'a>, workload: &'a Object) -> Judged<'a> {
    if view.is_cluster() || view.scaler_of(workload).is_none() {
        return Ok(Verdict::NotApplicable);
    }
    let Some(node) = spec(workload).get("replicas").node() else { return Ok(Verdict::Pass) };
    let message = "an autoscaler scales the workload that fixes its replicas";
    flaw(Place::Node(node), message).remove(node).needs_review().into()
}
