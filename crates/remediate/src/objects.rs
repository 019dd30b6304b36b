//! The patches that mend the objects of a live cluster, made in the snapshot and evaluated there
//! before anybody sees them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use merlon_engine::{Request, RequestError, evaluate};
use merlon_model::{Finding, ObjectReference, Outcome, Report};
use merlon_snapshot::{Inventory, Object, Snapshot, Source};
use merlon_yaml::{Node, from_json, to_json};
use serde_json::Value;

use crate::patch::{ObjectPatch, is_live_edit, patches_of};

/// What mends the objects of live clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectPlan {
    /// One patch for each object, whose findings are gone when it is made.
    pub patches: Vec<ObjectPatch>,
    /// Findings with an edit that does not mend them, so that it is in no patch, and why.
    pub left: Vec<(Finding, String)>,
    /// How many more findings have an edit that may break a program, and was not asked for.
    pub to_review: usize,
}

/// More rounds than edits can depend on each other.
const ROUNDS: usize = 8;

/// Chooses the patches that mend what fails in live clusters, by making them in the snapshot's
/// objects and evaluating again: an edit is part of a patch only if its finding is gone.
///
/// What a mended workload made (replica sets, pods) counts as made anew from it. With `review`, also
/// edits that may break a program.
///
/// # Errors
/// When the request names something that does not exist.
pub fn plan_objects(
    mut snapshot: Snapshot,
    request: &Request,
    review: bool,
) -> Result<ObjectPlan, RequestError> {
    let first = evaluate(&snapshot, request)?;
    let mut report = first.clone();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    let mut made: BTreeMap<(String, ObjectReference), ObjectPatch> = BTreeMap::new();
    let mut rounds = 0;
    while rounds < ROUNDS {
        let patches = patches_of(&report, review, |finding| !refused.contains_key(&key(finding)));
        let patches: Vec<_> = patches.into_iter().filter(|it| !it.mended.is_empty()).collect();
        if patches.is_empty() {
            break;
        }
        let mut patched = snapshot.clone();
        let unmade = patches.iter().filter_map(|patch| {
            let why = make(&mut patched, patch).err()?;
            Some(patch.mended.iter().map(move |finding| (key(finding), why.clone())))
        });
        let mut bad: BTreeMap<String, String> = unmade.flatten().collect();
        let after = evaluate(&patched, request)?;
        for finding in uncured(&patches, &report, &after) {
            let why = "the edit alone does not mend it".to_owned();
            bad.entry(key(finding)).or_insert(why);
        }
        if bad.is_empty() {
            (snapshot, report) = (patched, after);
            rounds += 1;
            for patch in patches {
                add(&mut made, patch);
            }
        } else {
            // Others may have been mended by what goes now, so all of them are tried again.
            refused.extend(bad);
        }
    }
    Ok(finish(made, &refused, &first, &report, review))
}

fn finish(
    made: BTreeMap<(String, ObjectReference), ObjectPatch>,
    refused: &BTreeMap<String, String>,
    first: &Report,
    last: &Report,
    review: bool,
) -> ObjectPlan {
    let known: BTreeSet<String> = failing(first).map(key).collect();
    let mut patches: Vec<ObjectPatch> = made.into_values().collect();
    for patch in &mut patches {
        // What an earlier edit brought to light, nobody has seen.
        patch.mended.retain(|finding| known.contains(&key(finding)));
        patch.left.clear();
    }
    let left = failing(last).filter_map(|finding| {
        let why = refused.get(&key(finding))?;
        Some((finding.clone(), why.clone()))
    });
    let asks = |finding: &&Finding| {
        !refused.contains_key(&key(finding))
            && finding.actions.iter().any(|action| is_live_edit(action, true))
    };
    let to_review = if review { 0 } else { failing(last).filter(asks).count() };
    ObjectPlan { patches, left: left.collect(), to_review }
}

/// Joins the patches of one object: the second begins where the first ends.
fn add(made: &mut BTreeMap<(String, ObjectReference), ObjectPatch>, patch: ObjectPatch) {
    let key = (patch.scope.clone(), patch.object.clone());
    match made.get_mut(&key) {
        Some(first) => {
            first.operations.extend(patch.operations);
            first.mended.extend(patch.mended);
        }
        None => {
            made.insert(key, patch);
        }
    }
}

fn failing(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail)
}

/// What tells findings apart while the object around them changes.
fn key(finding: &Finding) -> String {
    format!("{} | {}", finding.identity(), finding.message)
}

/// The findings that are still there after the patches that are to mend them.
fn uncured<'p>(patches: &'p [ObjectPatch], before: &Report, after: &Report) -> Vec<&'p Finding> {
    let count = |findings: &mut dyn Iterator<Item = &Finding>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for finding in findings {
            *counts.entry(key(finding)).or_default() += 1;
        }
        counts
    };
    let mended = patches.iter().flat_map(|patch| &patch.mended);
    let (before, after) = (count(&mut failing(before)), count(&mut failing(after)));
    let wanted = count(&mut mended.clone());
    let is_left = |finding: &&Finding| {
        let key = key(finding);
        let [after, wanted, before] =
            [&after, &wanted, &before].map(|counts| counts.get(&key).copied().unwrap_or_default());
        after + wanted > before
    };
    mended.filter(is_left).collect()
}

/// Makes a patch in the snapshot's object.
fn make(snapshot: &mut Snapshot, patch: &ObjectPatch) -> Result<(), String> {
    let inventory = snapshot.inventories.iter_mut().find(|it| it.name == patch.scope);
    let inventory = inventory.ok_or("the snapshot does not have the cluster")?;
    let is_it = |it: &&mut Object| it.source == Source::Api && it.reference() == patch.object;
    let object = inventory.objects.iter_mut().find(is_it);
    let object = object.ok_or("the snapshot does not have the object")?;
    let operations = serde_json::from_value(Value::from(patch.operations.clone()));
    let operations: json_patch::Patch = operations.map_err(|error| error.to_string())?;
    let mut value = to_json(&object.root);
    json_patch::patch(&mut value, &operations)
        .map_err(|error| format!("the patch cannot be made: {error}"))?;
    object.root = from_json(&value);
    let is_of_template = |operation: &Value| {
        let path = operation["path"].as_str().unwrap_or_default();
        path.starts_with("/spec/template") || path.starts_with("/spec/jobTemplate")
    };
    if patch.operations.iter().any(is_of_template) {
        forget_made(inventory, &patch.object);
    }
    Ok(())
}

/// Takes away what a workload made: it makes it anew, as its template says then.
fn forget_made(inventory: &mut Inventory, maker: &ObjectReference) {
    let namespace = maker.namespace.clone();
    let mut makers = HashSet::from([(maker.kind.clone(), maker.name.clone())]);
    loop {
        let before = makers.len();
        let own = inventory.objects.iter().filter(|it| is_made(it, namespace.as_deref(), &makers));
        let own: Vec<_> = own.map(Object::reference).map(|it| (it.kind, it.name)).collect();
        makers.extend(own);
        if makers.len() == before {
            break;
        }
    }
    inventory.objects.retain(|object| !is_made(object, namespace.as_deref(), &makers));
}

/// Whether an object is a pod, or makes pods, and one of these made it.
fn is_made(object: &Object, namespace: Option<&str>, makers: &HashSet<(String, String)>) -> bool {
    let text = |node: &Node, key: &str| {
        node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    let makes_pods = ["Pod", "ReplicaSet", "Job"].contains(&text(&object.root, "kind").as_str());
    if !makes_pods || object.namespace() != namespace {
        return false;
    }
    let owners = object.root.path(&["metadata", "ownerReferences"]).and_then(Node::as_sequence);
    owners.unwrap_or_default().iter().any(|owner| {
        owner.get("controller").and_then(Node::as_bool) == Some(true)
            && makers.contains(&(text(owner, "kind"), text(owner, "name")))
    })
}

#[cfg(test)]
mod tests {
    use merlon_controls::{Applies, example};
    use merlon_engine::{Request, evaluate};
    use merlon_model::{Outcome, Report};
    use merlon_snapshot::{FORMAT, Header, Snapshot};
    use serde_json::{Value, json};

    use super::{ObjectPlan, make, patches_of, plan_objects, uncured};

    fn snapshot(objects: &str) -> Snapshot {
        let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
        Snapshot { header, nodes: Vec::new(), inventories: vec![example::inventory(objects)] }
    }

    fn report(objects: &str) -> Report {
        evaluate(&snapshot(objects), &Request::default()).unwrap()
    }

    fn plan_text(controls: &[&str], review: bool, objects: &str) -> ObjectPlan {
        let controls = controls.iter().map(|id| (*id).to_owned()).collect();
        let request = Request { controls, ..Request::default() };
        plan_objects(snapshot(objects), &request, review).unwrap()
    }

    fn plan(controls: &[&str], review: bool, objects: &[Value]) -> ObjectPlan {
        let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
        plan_text(controls, review, &format!("# cluster\n{}", texts.join("\n---\n")))
    }

    /// `expected` is each patch on a line of its own, and each finding that is left.
    fn check(controls: &[&str], review: bool, objects: &[Value], expected: &[&str]) {
        let plan = plan(controls, review, objects);
        let patches = plan.patches.iter().map(|patch| {
            let operations = patch.operations.iter();
            let made: Vec<String> = operations
                .filter(|it| it["op"] != "test")
                .map(|it| format!("{} {} {}", it["op"], it["path"], it["value"]).replace('"', ""))
                .collect();
            format!("{} mends {}: {}", patch.object.name, patch.mended.len(), made.join("; "))
        });
        let left = plan.left.iter().map(|(finding, why)| format!("{}: {why}", finding.control));
        let shown: Vec<String> = patches.chain(left).collect();
        assert_eq!(shown, expected);
    }

    fn object(kind: &str, name: &str, owner: Option<(&str, &str)>, spec: &Value) -> Value {
        let version = if kind == "Pod" { "v1" } else { "apps/v1" };
        let spec = if kind == "Pod" { spec.clone() } else { json!({"template": {"spec": spec}}) };
        let mut metadata = json!({"name": name, "namespace": "shop"});
        if let Some((kind, name)) = owner {
            metadata["ownerReferences"] = json!([{"kind": kind, "name": name, "controller": true,
                "apiVersion": "apps/v1"}]);
        }
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    }

    #[test]
    fn what_a_workload_made_is_made_anew() {
        let spec = json!({"hostPID": true, "containers": [{"name": "a"}]});
        let objects = [
            object("Deployment", "web", None, &spec),
            object("ReplicaSet", "web-1", Some(("Deployment", "web")), &spec),
            object("Pod", "web-1-x", Some(("ReplicaSet", "web-1")), &spec),
        ];
        let expected = "web mends 1: add /spec/template/spec/hostPID false";
        check(&["pod-host-pid"], true, &objects, &[expected]);
        assert_eq!(plan(&["pod-host-pid"], false, &objects).to_review, 1);
        check(&["pod-host-pid"], false, &objects, &[]);
    }

    #[test]
    fn an_edit_that_brings_something_to_light_is_followed_by_the_edit_of_that() {
        let container = json!({"name": "a", "securityContext": {"privileged": true}});
        let objects = [object("Pod", "web", None, &json!({"containers": [container]}))];
        let all =
            ["container-privileged", "container-capabilities-not-dropped", "container-net-raw"];
        let at = "/spec/containers/0/securityContext";
        let expected =
            format!("web mends 1: add {at}/privileged false; add {at}/capabilities {{drop:[ALL]}}");
        check(&all, true, &objects, &[&expected]);
    }

    #[test]
    fn the_edits_of_examples_mend_live_objects_too() {
        let on_objects =
            merlon_controls::all().iter().filter(|it| matches!(it.applies, Applies::Objects));
        for control in on_objects {
            for example in control.examples.iter().filter(|it| it.outcome == Outcome::Fail) {
                let text = format!("# cluster\n{}", example.input.replace("# cluster\n", ""));
                let left = plan_text(&[control.id], true, &text).left;
                assert!(left.is_empty(), "{text}\n{left:#?}");
            }
        }
    }

    #[test]
    fn what_is_still_there_is_told_from_what_is_mended() {
        let finding = |control: &str, object: &str| {
            let mut report = report(&format!(
                "# cluster\nkind: Pod\napiVersion: v1\nmetadata: {{name: {object}}}\n\
                 spec: {{hostPID: true, hostIPC: true, containers: [{{name: a}}]}}"
            ));
            report.findings.retain(|it| it.control == control && it.outcome == Outcome::Fail);
            report
        };
        let check = |after: &Report, expected: usize| {
            let before = finding("pod-host-pid", "web");
            let patches = patches_of(&before, true, |_| true);
            assert_eq!(uncured(&patches, &before, after).len(), expected);
        };
        check(&finding("pod-host-pid", "web"), 1);
        check(&finding("pod-host-pid", "other"), 0);
        check(&finding("pod-host-ipc", "web"), 0);
    }

    #[test]
    fn a_patch_that_no_longer_fits_is_not_made() {
        let objects = "# cluster\nkind: Pod\napiVersion: v1\nmetadata: {name: web}\n\
                       spec: {hostPID: true, containers: [{name: a}]}";
        let patches = patches_of(&report(objects), true, |_| true);
        let check = |objects: &str, expected: &str| {
            let mut snapshot = snapshot(objects);
            let why = make(&mut snapshot, &patches[0]).unwrap_err();
            assert!(why.contains(expected), "{why}");
        };
        check(&objects.replace("hostPID: true", "hostPID: false"), "the patch cannot be made");
        check(&objects.replace("name: web", "name: other"), "does not have the object");
    }
}
