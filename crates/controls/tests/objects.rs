//! What holds for every control on objects: a pod is judged alike wherever it is written, and what
//! an edit mends is mended.

mod common;
#[path = "common/pod.rs"]
mod pod;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use merlon_controls::{Applies, Check, Control, all, evaluate_objects, example};
use merlon_model::{Action, Finding, ObjectEdit, Outcome, Text};
use merlon_snapshot::Inventory;
use merlon_views::{InventoryView, Told};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use pod::pod;

fn on_objects() -> impl Iterator<Item = &'static Control> {
    all().iter().copied().filter(|control| matches!(control.applies, Applies::Objects))
}

fn on_pods() -> impl Iterator<Item = &'static Control> {
    on_objects()
        .filter(|control| matches!(control.check, Check::Pod { .. } | Check::Container { .. }))
}

/// Where a pod can be written.
const WRAPPERS: &[&str] = &[
    "Pod",
    "PodTemplate",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
];

fn wrap(kind: &str, spec: &Value) -> Value {
    let version = match kind {
        "Pod" | "PodTemplate" | "ReplicationController" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    let metadata = json!({"name": "web"});
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": spec});
    match kind {
        "Pod" => json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}),
        "PodTemplate" => json!({
            "apiVersion": version, "kind": kind, "metadata": metadata, "template": template,
        }),
        "CronJob" => json!({
            "apiVersion": version, "kind": kind, "metadata": metadata,
            "spec": {"jobTemplate": {"spec": {"template": template}}},
        }),
        _ => json!({
            "apiVersion": version, "kind": kind, "metadata": metadata,
            "spec": {"template": template},
        }),
    }
}

/// Writes YAML in flow style, with keys in another order and booleans in another spelling by each
/// number of `noise`.
fn yaml(value: &Value, noise: &mut impl Iterator<Item = usize>, text: &mut String) {
    let mut next = |among: usize| noise.next().unwrap_or_default() % among.max(1);
    match value {
        Value::Bool(true) => text.push_str(["true", "yes", "on", "True", "Y"][next(5)]),
        Value::Bool(false) => text.push_str(["false", "no", "off", "FALSE", "N"][next(5)]),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            let first = next(entries.len());
            entries.rotate_left(first);
            if next(2) == 1 {
                entries.reverse();
            }
            text.push('{');
            for (key, value) in entries {
                write!(text, "{}: ", json!(key)).expect("a text takes everything");
                yaml(value, noise, text);
                text.push_str(", ");
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                yaml(item, noise, text);
                text.push_str(", ");
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// What the controls on pods say, whatever the object the pod is written in: each finding's control,
/// outcome, container and message, and how many passed.
fn said(text: &str) -> BTreeSet<(Text, Outcome, Option<Text>, Text, usize)> {
    let inventory = example::inventory(text);
    let view = InventoryView::new(&inventory, example::NOW, &Told::default());
    let findings = on_pods().flat_map(|control| evaluate_objects(control, &view));
    findings
        .map(|it| {
            let container = it.part.and_then(|part| part.container);
            (it.control, it.outcome, container, it.message, it.count)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_pod_is_judged_alike_wherever_and_however_it_is_written(
        spec in pod(),
        noise in vec(0_usize..1000, 64),
    ) {
        let expected = said(&wrap("Pod", &spec).to_string());
        for kind in WRAPPERS {
            let object = wrap(kind, &spec);
            let list = json!({"apiVersion": "v1", "kind": "List", "items": [object]});
            for written in [&object, &list] {
                prop_assert_eq!(&said(&written.to_string()), &expected, "{}", kind);
                let mut text = String::new();
                yaml(written, &mut noise.iter().copied().cycle(), &mut text);
                prop_assert_eq!(&said(&text), &expected, "{}", text);
            }
        }
    }

    #[test]
    fn the_edits_of_a_pod_agree_with_each_other(spec in pod()) {
        let mut text = wrap("Deployment", &spec).to_string();
        // What is mended first may let another control say its word: nobody asks a privileged
        // container for its capabilities.
        for _ in 0..3 {
            let inventory = example::inventory(&text);
            text = edited(&inventory, &failing(&inventory), "");
        }
        let left: Vec<Finding> =
            failing(&example::inventory(&text)).into_iter().filter(is_mendable).collect();
        prop_assert!(left.is_empty(), "{:#?}\nis left of\n{}\nafter\n{}", left, spec, text);
    }
}

fn failing(inventory: &Inventory) -> Vec<Finding> {
    let view = InventoryView::new(inventory, example::NOW, &Told::default());
    let findings = on_pods().flat_map(|control| evaluate_objects(control, &view));
    findings.filter(|finding| finding.outcome == Outcome::Fail).collect()
}

fn is_mendable(finding: &Finding) -> bool {
    finding.actions.iter().any(|action| matches!(action, Action::EditObject { .. }))
}

#[test]
fn what_an_edit_mends_is_mended() {
    for control in on_objects() {
        for example in control.examples.iter().filter(|it| it.outcome == Outcome::Fail) {
            let findings = common::findings(control, example.input);
            let failing: Vec<Finding> =
                findings.into_iter().filter(|it| it.outcome == Outcome::Fail).collect();
            if !failing.iter().all(is_mendable) {
                continue;
            }
            let inventory = example::inventory(example.input);
            let header: String = example
                .input
                .lines()
                .take_while(|line| line.starts_with("# "))
                .map(|line| format!("{line}\n"))
                .collect();
            let text = edited(&inventory, &failing, &header);
            let left = common::findings(control, &text);
            assert!(
                left.iter().all(|finding| finding.outcome != Outcome::Fail),
                "{} on\n{}\nedited to\n{text}\nfinds {left:#?}",
                control.id,
                example.input,
            );
        }
    }
}

/// The objects as manifests, after the edits of the findings.
fn edited(inventory: &Inventory, findings: &[Finding], header: &str) -> String {
    let mut edits: BTreeMap<String, Vec<ObjectEdit>> = BTreeMap::new();
    for action in findings.iter().flat_map(|finding| &finding.actions) {
        if let Action::EditObject { object, edits: of_action, .. } = action {
            edits.entry(object.to_string()).or_default().extend(of_action.iter().cloned());
        }
    }
    let mut text = header.to_owned();
    for object in &inventory.objects {
        let mut value = merlon_yaml::to_json(&object.root);
        if let Some(edits) = edits.get(&object.reference().to_string()) {
            apply(&mut value, edits);
        }
        writeln!(text, "---\n{value}").expect("a text takes everything");
    }
    text
}

/// Applies edits that were made for the same object: every pointer is of the object as it was, so
/// what is taken away goes last, and from the end.
fn apply(object: &mut Value, edits: &[ObjectEdit]) {
    let mut removed: BTreeSet<Vec<Part>> = BTreeSet::new();
    for edit in edits {
        match edit {
            ObjectEdit::Set { pointer, value } => set(object, &parts(pointer), value.0.clone()),
            ObjectEdit::Remove { pointer } => {
                removed.insert(parts(pointer));
            }
        }
    }
    for way in removed.into_iter().rev() {
        remove(object, &way);
    }
}

/// A step of a pointer; places in lists are ordered as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Place(usize),
    Key(String),
}

fn parts(pointer: &str) -> Vec<Part> {
    let part = |text: &str| match text.parse() {
        Ok(place) => Part::Place(place),
        Err(_) => Part::Key(text.replace("~1", "/").replace("~0", "~")),
    };
    let parts: Vec<Part> = pointer.split('/').skip(1).map(part).collect();
    // Objects of a list stand alone here.
    match &parts[..] {
        [Part::Key(items), Part::Place(_), rest @ ..] if items == "items" => rest.to_vec(),
        _ => parts,
    }
}

fn set(at: &mut Value, way: &[Part], value: Value) {
    match way {
        [] => *at = value,
        // A port may be a key.
        [Part::Place(key), rest @ ..] if at.is_object() => {
            set(&mut at[key.to_string()], rest, value);
        }
        [Part::Place(place), rest @ ..] => set(&mut at[*place], rest, value),
        [Part::Key(key)] if key == "-" => {
            if at.is_null() {
                *at = json!([]);
            }
            at.as_array_mut().expect("a list to append to").push(value);
        }
        [Part::Key(key), rest @ ..] => {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            let map = at.as_object_mut().expect("a mapping on the way");
            set(map.entry(key.clone()).or_insert(Value::Null), rest, value);
        }
    }
}

fn remove(at: &mut Value, way: &[Part]) {
    match way {
        [Part::Place(place)] => {
            at.as_array_mut().expect("a list to take from").remove(*place);
        }
        [Part::Key(key)] => {
            at.as_object_mut().expect("a mapping to take from").remove(key);
        }
        [Part::Place(place), rest @ ..] => remove(&mut at[*place], rest),
        [Part::Key(key), rest @ ..] => remove(&mut at[key.as_str()], rest),
        [] => {}
    }
}
