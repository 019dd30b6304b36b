//! What mends the objects of a live cluster: one patch for each.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{
    Action, EditValue, Finding, ObjectEdit, ObjectReference, Outcome, Report, Safety,
};
use serde_json::{Value, json};

use crate::quote::quote;

/// What mends one object of a live cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPatch {
    /// The cluster, by the name that findings have for it.
    pub scope: String,
    /// The object.
    pub object: ObjectReference,
    /// The operations of a JSON patch (RFC 6902). It begins with tests: an object that has changed
    /// since it was looked at is left alone.
    pub operations: Vec<Value>,
    /// The findings that it mends.
    pub mended: Vec<Finding>,
    /// Findings whose edits contradict those: they have to be looked at again afterwards.
    pub left: Vec<Finding>,
}

/// Gives one patch for each object of a live cluster that edits can mend, as a report tells.
///
/// Whoever has the snapshot asks [`plan_objects`](crate::plan_objects) instead, which evaluates the
/// patched objects. With `review`, also edits that may break a program.
#[must_use]
pub fn object_patches(report: &Report, review: bool) -> Vec<ObjectPatch> {
    patches_of(report, review, |_| true)
}

/// Gives one patch for each object with the edits of the findings that are chosen.
///
/// Each finding's edits are made for the object as it was, and make the parents that it lacks: where
/// several need the same parent, it is made once with what all of them want in it.
pub(crate) fn patches_of(
    report: &Report,
    review: bool,
    is_chosen: impl Fn(&Finding) -> bool,
) -> Vec<ObjectPatch> {
    let mut wanted: BTreeMap<(&str, &ObjectReference), Vec<Wanted<'_>>> = BTreeMap::new();
    let failing = report.findings.iter().filter(|it| it.outcome == Outcome::Fail);
    for finding in failing.filter(|it| is_chosen(it)) {
        for action in finding.actions.iter().filter(|action| is_live_edit(action, review)) {
            if let Action::EditObject { object, edits, guards, .. } = action {
                let edits = Wanted { finding, edits, guards };
                wanted.entry((&finding.scope, object)).or_default().push(edits);
            }
        }
    }
    let patches = wanted.into_iter().map(|((scope, object), wanted)| {
        let mut merged = Merged::default();
        let (mut mended, mut left) = (Vec::new(), Vec::new());
        for wanted in wanted {
            match merged.with(wanted.edits, wanted.guards) {
                Some(with) => {
                    merged = with;
                    mended.push(wanted.finding.clone());
                }
                None => left.push(wanted.finding.clone()),
            }
        }
        let (scope, object) = (scope.to_owned(), object.clone());
        ObjectPatch { scope, object, operations: merged.operations(), mended, left }
    });
    patches.collect()
}

/// Whether an action edits an object of a live cluster, and may be made.
pub(crate) fn is_live_edit(action: &Action, review: bool) -> bool {
    matches!(action, Action::EditObject { manifest: None, safety, .. }
        if review || *safety == Safety::Safe)
}

/// Gives the operations of one action's edits.
pub(crate) fn operations(
    edits: &[ObjectEdit],
    guards: &BTreeMap<String, EditValue>,
) -> Option<Vec<Value>> {
    Merged::default().with(edits, guards).map(|merged| merged.operations())
}

impl ObjectPatch {
    /// The command that makes the change.
    #[must_use]
    pub fn command(&self) -> String {
        command(&self.object, &self.operations)
    }
}

/// `kubectl patch` with a JSON patch. Of a pod hardly anything may change while it runs, and of a
/// job's template nothing: a pod is made anew, a job is left to whoever made it.
pub(crate) fn command(object: &ObjectReference, operations: &[Value]) -> String {
    let patch = quote(&Value::from(operations.to_vec()).to_string());
    let group = object.api_version.split_once('/').map(|(group, _)| format!(".{group}"));
    let kind = quote(&format!("{}{}", object.kind, group.unwrap_or_default()));
    let name = quote(&object.name);
    let namespace = object.namespace.as_ref().map(|name| format!(" --namespace {}", quote(name)));
    let namespace = namespace.unwrap_or_default();
    let is_fixed = |begin: &str| {
        operations.iter().any(|it| it["path"].as_str().is_some_and(|path| path.starts_with(begin)))
    };
    match (object.api_version.as_str(), object.kind.as_str()) {
        ("v1", "Pod") if is_fixed("/spec/") => format!(
            "kubectl get {kind} {name}{namespace} --output json | kubectl patch --local \
             --filename - --type json --patch {patch} --output json | kubectl replace --force \
             --filename -"
        ),
        ("batch/v1", "Job") if is_fixed("/spec/template/") => format!(
            "# the template of {} cannot be changed: make the job anew with {patch}",
            crate::commands::one_line(&object.to_string())
        ),
        _ => format!("kubectl patch {kind} {name}{namespace} --type json --patch {patch}"),
    }
}

/// What one finding asks of an object.
struct Wanted<'r> {
    finding: &'r Finding,
    edits: &'r [ObjectEdit],
    guards: &'r BTreeMap<String, EditValue>,
}

/// Edits that can be made together. No pointer of `set` is within another.
#[derive(Clone, Debug, Default)]
struct Merged {
    guards: BTreeMap<String, Value>,
    set: BTreeMap<String, Value>,
    /// Items that are added to lists, by the list's pointer.
    added: BTreeMap<String, Vec<Value>>,
    removed: BTreeSet<Vec<Step>>,
}

/// A step of a pointer. Places in lists are ordered as numbers, so that what is removed last stands
/// first in its list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Place(usize),
    Key(String),
}

impl Merged {
    /// Takes more edits in; `None` where they contradict those that are there.
    fn with(&self, edits: &[ObjectEdit], guards: &BTreeMap<String, EditValue>) -> Option<Merged> {
        let mut merged = self.clone();
        for (pointer, value) in guards {
            let known = merged.guards.entry(pointer.clone()).or_insert_with(|| value.0.clone());
            if *known != value.0 {
                return None;
            }
        }
        for edit in edits {
            match edit {
                ObjectEdit::Set { pointer, value } => merged.put(pointer, &value.0)?,
                ObjectEdit::Remove { pointer } => {
                    merged.removed.insert(steps(pointer));
                }
            }
        }
        merged.is_consistent().then_some(merged)
    }

    fn put(&mut self, pointer: &str, value: &Value) -> Option<()> {
        // What was cut out as a credential must not take its place.
        if merlon_redaction::markers(&value.to_string()).next().is_some() {
            return None;
        }
        let around = self.set.iter_mut().find_map(|(made, whole)| {
            let rest = pointer.strip_prefix(made.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((rest, whole))
        });
        if let Some((rest, whole)) = around {
            let keys: Vec<String> = rest.split('/').skip(1).map(unescaped).collect();
            return merge(whole, &nested(&keys, value));
        }
        if let Some(list) = pointer.strip_suffix("/-") {
            let added = self.added.entry(list.to_owned()).or_default();
            if !added.contains(value) {
                added.push(value.clone());
            }
            return Some(());
        }
        self.set.insert(pointer.to_owned(), value.clone());
        Some(())
    }

    /// Whether nothing that is set or added stands within another change.
    fn is_consistent(&self) -> bool {
        let lists = self.added.keys();
        let changed: Vec<&String> = self.set.keys().chain(lists).collect();
        let apart = |one: &str, other: &str| !is_within(one, other) || one == other;
        changed.iter().all(|one| self.set.keys().all(|other| apart(one, other)))
            && self.added.keys().all(|list| !self.set.contains_key(list))
            && self.removed.iter().all(|removed| {
                changed.iter().all(|pointer| !steps(pointer).starts_with(removed))
                    && self.removed.iter().all(|it| it == removed || !it.starts_with(removed))
            })
    }

    /// Leaves of the capabilities to drop `ALL` alone, where one of the edits asks for it.
    fn without_what_all_stands_for(&mut self) {
        for (list, values) in &mut self.added {
            if list.ends_with("/capabilities/drop") {
                keep_all_alone(values);
            }
        }
        for (pointer, value) in &mut self.set {
            let keys: Vec<&str> = pointer.rsplit('/').take(2).collect();
            tidy_drops(&keys, value);
        }
    }

    /// Tests first, then what is set and added, then what is removed from the end of each list:
    /// every pointer is of the object as it was.
    fn operations(mut self) -> Vec<Value> {
        self.without_what_all_stands_for();
        let tests = self.guards.into_iter().map(|(path, value)| operation("test", &path, value));
        let set = self.set.into_iter().map(|(path, value)| {
            // `add` would put another item before the one that is meant.
            let is_item = matches!(steps(&path).last(), Some(Step::Place(_)));
            operation(if is_item { "replace" } else { "add" }, &path, value)
        });
        let added = self.added.into_iter().flat_map(|(list, values)| {
            let path = format!("{list}/-");
            values.into_iter().map(move |value| operation("add", &path, value))
        });
        let removed =
            self.removed.iter().rev().map(|way| json!({"op": "remove", "path": pointer(way)}));
        tests.chain(set).chain(added).chain(removed).collect()
    }
}

/// Goes through a value that stands below keys, the last key first, for capabilities to drop.
fn tidy_drops(keys: &[&str], value: &mut Value) {
    match value {
        Value::Array(values) if *keys == ["drop", "capabilities"] => keep_all_alone(values),
        Value::Object(fields) => {
            let above = keys.first().copied().unwrap_or_default();
            for (key, value) in fields {
                tidy_drops(&[key.as_str(), above], value);
            }
        }
        _ => {}
    }
}

fn keep_all_alone(values: &mut Vec<Value>) {
    let is_all = |value: &Value| value.as_str().is_some_and(|it| it.eq_ignore_ascii_case("ALL"));
    if values.iter().any(is_all) {
        values.retain(is_all);
        values.truncate(1);
    }
}

fn operation(name: &str, path: &str, value: Value) -> Value {
    json!({"op": name, "path": path, "value": value})
}

fn is_within(pointer: &str, whole: &str) -> bool {
    pointer.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts what two edits want in one value together; `None` where they want different things.
fn merge(whole: &mut Value, part: &Value) -> Option<()> {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                match whole.get_mut(key) {
                    Some(own) => merge(own, value)?,
                    None => {
                        whole.insert(key.clone(), value.clone());
                    }
                }
            }
            Some(())
        }
        (Value::Array(whole), Value::Array(part)) => {
            for value in part {
                if !whole.contains(value) {
                    whole.push(value.clone());
                }
            }
            Some(())
        }
        (whole, part) => (whole == part).then_some(()),
    }
}

/// The value with what lies on the way to it.
fn nested(keys: &[String], value: &Value) -> Value {
    keys.iter().rev().fold(value.clone(), |value, key| match key.as_str() {
        "-" => json!([value]),
        key => json!({ key: value }),
    })
}

fn steps(pointer: &str) -> Vec<Step> {
    let step = |text: &str| match text.parse::<usize>() {
        Ok(place) if place.to_string() == text => Step::Place(place),
        _ => Step::Key(text.to_owned()),
    };
    pointer.split('/').skip(1).map(step).collect()
}

fn pointer(way: &[Step]) -> String {
    let text = |step: &Step| match step {
        Step::Place(place) => format!("/{place}"),
        Step::Key(key) => format!("/{key}"),
    };
    way.iter().map(text).collect()
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use merlon_controls::example;
    use merlon_engine::{Request, evaluate};
    use merlon_model::{Action, EditValue, Finding, ObjectEdit, Outcome, Report};
    use merlon_snapshot::{FORMAT, Header, Snapshot};
    use serde_json::{Value, json};

    use super::{object_patches, operations};

    fn report(objects: &str) -> Report {
        let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
        let inventories = vec![example::inventory(objects)];
        let snapshot = Snapshot { header, nodes: Vec::new(), inventories };
        let every = merlon_controls::all().iter().map(|control| control.id.to_owned());
        evaluate(&snapshot, &Request { controls: every.collect(), ..Request::default() }).unwrap()
    }

    fn failing(report: &Report) -> usize {
        let with_edit = |finding: &&Finding| {
            finding.outcome == Outcome::Fail
                && finding.actions.iter().any(|it| matches!(it, Action::EditObject { .. }))
        };
        report.findings.iter().filter(with_edit).count()
    }

    fn key(finding: &Finding) -> (String, String) {
        (finding.identity(), finding.message.to_string())
    }

    /// Applies the patch of the only object, and gives it as it is then.
    fn patched(object: &Value, operations: &[Value]) -> Value {
        let mut patched = object.clone();
        let patch: json_patch::Patch =
            serde_json::from_value(Value::from(operations.to_vec())).unwrap();
        json_patch::patch(&mut patched, &patch).unwrap_or_else(|error| {
            panic!("{error}: {operations:#?}");
        });
        patched
    }

    fn deployment(spec: &Value) -> Value {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}},
        })
    }

    #[test]
    fn one_patch_mends_all_that_edits_can_mend() {
        let check = |spec: Value, rounds: usize| {
            let mut object = deployment(&spec);
            for round in 0..=rounds {
                let report = report(&format!("# cluster\n{object}"));
                let patches = object_patches(&report, true);
                let Some(patch) = patches.iter().find(|it| it.object.name == "web") else {
                    assert_eq!(failing(&report), 0);
                    return;
                };
                assert!(round < rounds, "{object:#}\nhas {:#?}", patch.mended);
                let mended: BTreeSet<_> = patch.mended.iter().map(key).collect();
                object = patched(&object, &patch.operations);
                let after = self::report(&format!("# cluster\n{object}"));
                let again = after.findings.iter().filter(|it| it.outcome == Outcome::Fail);
                let again: Vec<_> = again.filter(|it| mended.contains(&key(it))).collect();
                assert!(again.is_empty(), "{object:#}\nstill has {again:#?}");
            }
        };
        // Everything is missing: many edits need the same parent.
        check(json!({"containers": [{"name": "a", "image": "nginx:1.27"}]}), 3);
        check(
            json!({"securityContext": {}, "containers": [{"name": "a", "securityContext": null}]}),
            3,
        );
        check(
            json!({
                "hostPID": true,
                "hostNetwork": true,
                "containers": [
                    {"name": "a", "securityContext": {
                        "privileged": true,
                        "capabilities": {"add": ["SYS_ADMIN", "CHOWN", "BPF"], "drop": ["KILL"]},
                    }},
                    {"name": "b", "ports": [{"containerPort": 80, "hostPort": 80}], "stdin": true},
                ],
                "initContainers": [{"name": "c", "command": ["sh"], "securityContext": {"runAsUser": 0}}],
            }),
            4,
        );
    }

    #[test]
    fn all_stands_for_every_capability_to_drop() {
        let set = |pointer: &str, value: Value| ObjectEdit::Set {
            pointer: pointer.to_owned(),
            value: EditValue(value),
        };
        let check = |edits: [ObjectEdit; 2], expected: Value| {
            let reversed: Vec<ObjectEdit> = edits.iter().rev().cloned().collect();
            for edits in [edits.to_vec(), reversed] {
                let found = operations(&edits, &BTreeMap::new()).unwrap();
                let values: Vec<&Value> = found.iter().map(|it| &it["value"]).collect();
                assert_eq!(json!(values), expected, "{edits:?}");
            }
        };
        let capabilities = "/spec/containers/0/securityContext/capabilities";
        let (drop, add) = (format!("{capabilities}/drop"), format!("{capabilities}/add"));
        let item = |value: &str| set(&format!("{drop}/-"), json!(value));
        check([item("NET_RAW"), item("ALL")], json!(["ALL"]));
        check([item("NET_RAW"), item("all")], json!(["all"]));
        // Neither stands for the other, and the second time it is the same.
        check([item("NET_RAW"), item("NET_RAW")], json!(["NET_RAW"]));
        // The list is missing, or what it stands in.
        let list = |value: &str| set(&drop, json!([value]));
        check([list("NET_RAW"), list("ALL")], json!([["ALL"]]));
        let mapping = |value: &str| set(capabilities, json!({"drop": [value]}));
        check([mapping("NET_RAW"), mapping("ALL")], json!([{"drop": ["ALL"]}]));
        let context = |value: &str| {
            let context = json!({"capabilities": {"drop": [value]}});
            set("/spec/containers/0/securityContext", context)
        };
        let expected = json!([{"capabilities": {"drop": ["ALL"]}}]);
        check([context("NET_RAW"), context("ALL")], expected);
        // Of what is added, each counts.
        let given = |value: &str| set(&format!("{add}/-"), json!(value));
        let edits = [given("ALL"), given("CHOWN")];
        let found = operations(&edits, &BTreeMap::new()).unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn an_object_that_has_changed_is_left_alone() {
        let object =
            deployment(&json!({"hostPID": true, "containers": [{"name": "a"}, {"name": "b"}]}));
        let report = report(&format!("# cluster\n{object}"));
        let patches = object_patches(&report, true);
        let patch: json_patch::Patch =
            serde_json::from_value(Value::from(patches[0].operations.clone())).unwrap();
        let check = |pointer: &str, value: Value| {
            let mut changed = object.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert!(json_patch::patch(&mut changed, &patch).is_err(), "{pointer}");
        };
        check("/spec/template/spec/hostPID", json!(false));
        check("/spec/template/spec/containers", json!([{"name": "b"}, {"name": "a"}]));
    }

    #[test]
    fn edits_that_may_break_a_program_are_asked_for() {
        let object = deployment(&json!({"hostPID": true, "containers": [{"name": "a"}]}));
        let report = report(&format!("# cluster\n{object}"));
        let touches = |review: bool| {
            let patches = object_patches(&report, review);
            patches
                .iter()
                .any(|patch| Value::from(patch.operations.clone()).to_string().contains("hostPID"))
        };
        assert!(touches(true));
        assert!(!touches(false));
    }

    #[test]
    fn pods_are_made_anew_and_jobs_are_not_patched() {
        let check = |version: &str, kind: &str, expected: &str| {
            let spec = json!({"hostPID": true, "containers": [{"name": "a"}]});
            let spec = if kind == "Pod" { spec } else { json!({"template": {"spec": spec}}) };
            let metadata = json!({"name": "web", "namespace": "shop"});
            let object = json!({
                "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec,
            });
            let report = report(&format!("# cluster\n{object}"));
            let command = object_patches(&report, true)[0].command();
            assert!(command.starts_with(expected), "{command}");
        };
        check("v1", "Pod", "kubectl get Pod web --namespace");
        check("batch/v1", "Job", "# the template of Job");
        check("apps/v1", "Deployment", "kubectl patch Deployment.apps web --namespace");
    }
}
