//! Edits as a JSON patch needs them: what lies on the way to a field has to be there.

use std::collections::BTreeSet;

use merlon_model::{EditValue, ObjectEdit};
use merlon_yaml::Node;

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
    while let Some((parent, last)) = pointer.rsplit_once('/') {
        let exists = made.contains(parent)
            || root.pointer(parent).is_some_and(|node| !node.is_null() || parent.is_empty());
        if exists {
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

    use super::with_parents;

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
}
