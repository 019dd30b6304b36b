//! Edits as a JSON patch needs them: what lies on the way to a field has to be there, and what
//! stood there when it was looked at has to stand there still.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{EditValue, ObjectEdit};
use merlon_yaml::{Node, Value};

/// What edits rely on, by JSON pointer: the scalars that they replace, and the items of lists that
/// they reach into, by name where they have one. Nothing that was cut out as a credential.
pub(crate) fn guards(root: &Node, edits: &[ObjectEdit]) -> BTreeMap<String, EditValue> {
    let mut guards = BTreeMap::new();
    for edit in edits {
        let (ObjectEdit::Set { pointer, .. } | ObjectEdit::Remove { pointer }) = edit;
        let mut parent = root;
        for (prefix, node) in way(root, pointer) {
            let is_item = parent.as_sequence().is_some();
            guards.extend(guard(node, prefix, is_item, prefix.len() == pointer.len()));
            parent = node;
        }
    }
    guards
}

/// The values that a pointer leads through, from the first below the root on as far as there are any, each with its own
/// pointer.
fn way<'n, 'p>(
    root: &'n Node,
    pointer: &'p str,
) -> impl Iterator<Item = (&'p str, &'n Node)> + use<'n, 'p> {
    let mut node = root;
    let mut start = 0;
    std::iter::from_fn(move || {
        let step = pointer.get(start..)?.strip_prefix('/')?;
        let end = start + 1 + step.find('/').unwrap_or(step.len());
        node = node.pointer(&pointer[start..end])?;
        start = end;
        Some((&pointer[..end], node))
    })
}

fn guard(node: &Node, pointer: &str, is_item: bool, is_last: bool) -> Option<(String, EditValue)> {
    let (pointer, node) = match &node.value {
        Value::Mapping(mapping) if is_item => (format!("{pointer}/name"), mapping.get("name")?),
        _ if is_item || is_last => (pointer.to_owned(), node),
        _ => return None,
    };
    let is_known = match &node.value {
        Value::String(text) => merlon_redaction::markers(text).next().is_none(),
        Value::Bool(_) | Value::Int(_) => true,
        _ => false,
    };
    is_known.then(|| (pointer, EditValue(merlon_yaml::to_json(node))))
}

/// Puts what is taken out of lists last, and from the end of each: every pointer is of the object as
/// it was, and edits are made one after the other.
pub(crate) fn in_order(edits: Vec<ObjectEdit>) -> Vec<ObjectEdit> {
    let item = |edit: &ObjectEdit| match edit {
        ObjectEdit::Remove { pointer } => {
            let (list, item) = pointer.rsplit_once('/')?;
            Some((list.to_owned(), item.parse::<usize>().ok()?))
        }
        ObjectEdit::Set { .. } => None,
    };
    let (mut items, mut edits): (Vec<_>, Vec<_>) =
        edits.into_iter().partition(|edit| item(edit).is_some());
    items.sort_by_key(|edit| std::cmp::Reverse(item(edit)));
    edits.append(&mut items);
    edits
}

/// Makes the parents that are missing part of the first edit that needs them.
pub(crate) fn with_parents(root: &Node, edits: Vec<ObjectEdit>) -> Vec<ObjectEdit> {
    let mut made = BTreeSet::new();
    let complete = |edit| match edit {
        ObjectEdit::Set { pointer, value } => with_parent(root, &mut made, &pointer, value),
        remove @ ObjectEdit::Remove { .. } => remove,
    };
    edits.into_iter().map(complete).collect()
}

fn with_parent(
    root: &Node,
    made: &mut BTreeSet<String>,
    pointer: &str,
    value: EditValue,
) -> ObjectEdit {
    let mut pointer = pointer.to_owned();
    let mut value = value.0;
    let written = way(root, &pointer).take_while(|(_, node)| !node.is_null()).last();
    let written = written.map_or(0, |(prefix, _)| prefix.len());
    while let Some((parent, last)) = pointer.rsplit_once('/') {
        if parent.len() <= written || made.contains(parent) {
            break;
        }
        made.insert(parent.to_owned());
        value = match last {
            "-" => serde_json::json!([value]),
            key => serde_json::json!({ key.replace("~1", "/").replace("~0", "~"): value }),
        };
        pointer.truncate(parent.len());
    }
    ObjectEdit::Set { pointer, value: EditValue(value) }
}

#[cfg(test)]
mod tests {
    use merlon_model::{EditValue, ObjectEdit};
    use merlon_yaml::{Limits, parse};
    use serde_json::json;

    use super::{guards, in_order, with_parents};

    #[test]
    fn items_are_taken_out_of_a_list_from_its_end() {
        let remove = |pointer: &str| ObjectEdit::Remove { pointer: pointer.to_owned() };
        let set = ObjectEdit::Set { pointer: "/b".to_owned(), value: EditValue(json!(1)) };
        let check = |edits: Vec<ObjectEdit>, expected: Vec<ObjectEdit>| {
            assert_eq!(in_order(edits), expected);
        };
        check(
            vec![remove("/a/2"), remove("/a/10"), set.clone(), remove("/c")],
            vec![set.clone(), remove("/c"), remove("/a/10"), remove("/a/2")],
        );
        // What is within an item goes before the item.
        check(
            vec![remove("/a/1"), remove("/a/2/b/0"), remove("/a/2/b/1")],
            vec![remove("/a/2/b/1"), remove("/a/2/b/0"), remove("/a/1")],
        );
    }

    #[test]
    fn parents_that_are_missing_come_with_the_first_edit() {
        let object = parse("spec: {a: 1, n: null}", &Limits::default());
        let set = |pointer: &str, value| ObjectEdit::Set {
            pointer: pointer.to_owned(),
            value: EditValue(value),
        };
        let check = |edits: Vec<ObjectEdit>, expected: Vec<ObjectEdit>| {
            assert_eq!(with_parents(&object.documents[0].root, edits), expected);
        };
        check(vec![set("/spec/a", json!(2))], vec![set("/spec/a", json!(2))]);
        check(
            vec![set("/spec/s/x", json!(1)), set("/spec/s/y/z", json!(2))],
            vec![set("/spec/s", json!({"x": 1})), set("/spec/s/y", json!({"z": 2}))],
        );
        check(vec![set("/spec/l/-", json!(1))], vec![set("/spec/l", json!([1]))]);
        check(vec![set("/spec/n/x", json!(1))], vec![set("/spec/n", json!({"x": 1}))]);
    }
    #[test]
    fn edits_rely_on_what_they_replace_and_on_the_items_they_reach_into() {
        let text =
            "spec: {a: 1, s: <redacted>, m: {}, l: [x, z], c: [{name: one}, {name: two, d: no}]}";
        let object = parse(text, &Limits::default());
        let check = |edits: &[ObjectEdit], expected: serde_json::Value| {
            let found = guards(&object.documents[0].root, edits);
            assert_eq!(json!(found), expected, "{edits:?}");
        };
        let set = |pointer: &str| ObjectEdit::Set {
            pointer: pointer.to_owned(),
            value: EditValue(json!(2)),
        };
        let remove = |pointer: &str| ObjectEdit::Remove { pointer: pointer.to_owned() };
        check(&[set("/spec/a"), set("/spec/b")], json!({"/spec/a": 1}));
        check(&[remove("/spec/l/1")], json!({"/spec/l/1": "z"}));
        check(&[set("/spec/l/-")], json!({}));
        check(&[set("/spec/c/1/d")], json!({"/spec/c/1/name": "two", "/spec/c/1/d": false}));
        check(&[remove("/spec/c/0")], json!({"/spec/c/0/name": "one"}));
        // Neither what is a secret nor what is a mapping.
        check(&[set("/spec/s"), set("/spec/m"), set("/spec/m/x")], json!({}));
        check(&[set("")], json!({}));
    }
}
