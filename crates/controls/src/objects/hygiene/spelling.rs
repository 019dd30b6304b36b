//! Fields that are out of date, and labels.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, Place, place};
use merlon_views::{InventoryView, PodView};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, pods, vector};

const LABELLED: &[Kind] = &[
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
    Kind::Job,
    Kind::CronJob,
];

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pod-service-account-field-deprecated",
        title: "a pod names its service account in the old field",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: pods(old_field),
        documentation: Documentation {
            finds: "\
Pods in manifests with `serviceAccount`, the deprecated spelling of `serviceAccountName`. In a \
cluster the API server fills in both.",
            matters: "\
Tools that know only the new field think that the pod runs as `default`; where both are written, \
the new one counts.",
            options: "- **`serviceAccountName`** with the same name: the edit offered.",
            acceptable: "Never for long: it may go with any new version of the API.",
        },
        examples: &[
            fail(pod!("{serviceAccount: app, containers: [{name: web}]}")),
            fail(pod!("{serviceAccount: a, serviceAccountName: b, containers: [{name: web}]}")),
            pass(pod!("{serviceAccountName: app, containers: [{name: web}]}")),
            not_applicable(
                "\
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {serviceAccount: app, serviceAccountName: app, containers: [{name: web}]}",
            ),
            error(pod!("{serviceAccount: 1, containers: [{name: web}]}")),
        ],
    },
    Control {
        id: "object-label-invalid",
        title: "a label has a value that is not allowed",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(LABELLED, label_values),
        documentation: Documentation {
            finds: "\
Labels of workloads whose value is longer than 63 characters, has others than letters, digits, \
`-`, `_` and `.`, or does not begin and end with a letter or digit.",
            matters: "The API server refuses the object: what it was to run is missing.",
            options: "\
- **An annotation**, which may be anything: the edit offered.
- **Another value**, where something selects by the label.",
            acceptable: "Never.",
        },
        examples: &[
            fail("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {owner: a@example.com}}"),
            fail("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {owner: team-}}"),
            fail(
                "\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {owner: team-}, annotations: {a: b}}",
            ),
            pass("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {a: '', b: v1.0_x-1}}"),
            pass("apiVersion: v1\nkind: Pod\nmetadata: {name: a}"),
            // Cut out: nobody can tell what it was.
            pass(
                "\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {db-password: correct-horse-battery}}",
            ),
            error("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {version: 1}}"),
        ],
    },
    Control {
        id: "workload-recommended-label-missing",
        title: "a workload does not say what program it is",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(LABELLED, recommended),
        documentation: Documentation {
            finds: "\
Workloads without the recommended label `app.kubernetes.io/name`; what another object made is left \
out. On request only. Labels that only one organisation asks for are left to a policy of its own.",
            matters: "In an incident it takes longer to see whose program it is.",
            options: "- **The label**: the edit offered gives it the object's name.",
            acceptable: "Where other labels say the same.",
        },
        examples: &[
            fail("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: a}}"),
            pass(
                "\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app.kubernetes.io/name: a}}",
            ),
            not_applicable(
                "\
apiVersion: v1
kind: Pod
metadata: {name: a, ownerReferences: [{kind: Job, name: a}]}",
            ),
        ],
    },
];

fn old_field<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if view.is_cluster() {
        return Ok(Verdict::NotApplicable);
    }
    let old = pod.fields().text("serviceAccount")?;
    let (Some(name), Some(node)) = (old, pod.fields().get("serviceAccount").node()) else {
        return Ok(Verdict::Pass);
    };
    let flaw =
        flaw(Place::Node(node), "the pod names its account in `serviceAccount`").remove(node);
    if pod.fields().get("serviceAccountName").is_set() {
        return flaw.into();
    }
    flaw.set_at(place(pod.spec, &["serviceAccountName"]), name).into()
}

fn label_values<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let mut flaws = Vec::new();
    let metadata = Fields::of(&object.root).get("metadata");
    for (key, node) in metadata.map("labels")? {
        let value =
            node.as_str().ok_or(merlon_views::objects::Malformed { node, expected: "a text" })?;
        // What was cut out as a credential may have been a value.
        if !is_label_value(value) && merlon_redaction::markers(value).next().is_none() {
            let message = format!("the label {key} has a value that is not allowed");
            flaws.push((flaw(Place::Node(node), message), key, node, value));
        }
    }
    // A mapping of annotations is made, and made once.
    let can_annotate = flaws.len() == 1 && !metadata.get("annotations").is_set();
    let mended = flaws.into_iter().map(|(flaw, key, node, value)| {
        if can_annotate {
            let annotations = place(&object.root, &["metadata", "annotations"]);
            flaw.remove(node).set_at(annotations, serde_json::json!({ key: value })).needs_review()
        } else {
            flaw.step(
                "Make it an annotation, or choose another value",
                &["kubectl apply --dry-run=server -f FILE"],
            )
        }
    });
    Ok(Verdict::of(mended.collect()))
}

/// `IsValidLabelValue` in `k8s.io/apimachinery/pkg/util/validation`.
fn is_label_value(value: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    bytes.len() <= 63
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn recommended<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    const NAME: &[&str] = &["metadata", "labels", "app.kubernetes.io/name"];
    let fields = Fields::of(&object.root);
    if fields.path(&["metadata", "ownerReferences"]).is_set() {
        return Ok(Verdict::NotApplicable);
    }
    if fields.path(NAME).is_set() {
        return Ok(Verdict::Pass);
    }
    let flaw = flaw(place(&object.root, NAME), "the object has no label app.kubernetes.io/name");
    if is_label_value(object.name()) && !object.name().is_empty() {
        return flaw.set(object.name()).into();
    }
    flaw.step("Label the object", &["kubectl label KIND NAME app.kubernetes.io/name=PROGRAM"])
        .into()
}
