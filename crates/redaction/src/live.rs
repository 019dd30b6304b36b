//! Redacting objects that were never text.

use std::collections::{BTreeMap, BTreeSet};

use merlon_yaml::{Mapping, Node, Value};

use crate::cut::{Cut, without};
use crate::object::examine;

/// Cuts the credentials out of an object, by the rules of [`redact_object`](crate::redact_object).
///
/// Keys and the lengths of lists stay; numbers that have to go become strings.
pub fn redact_live(object: &mut Node) {
    let mut cuts = BTreeMap::new();
    examine(object, 0, &mut |number, _, found| {
        cuts.insert(number, found);
    });
    if !cuts.is_empty() {
        change(object, &mut 0, &cuts);
    }
}

/// Walks in the order of `examine`.
fn change(node: &mut Node, number: &mut usize, cuts: &BTreeMap<usize, Vec<Cut>>) {
    let own = cuts.get(number);
    *number += 1;
    match &mut node.value {
        Value::Mapping(mapping) => change_mapping(mapping, number, cuts),
        Value::Sequence(items) => {
            for item in items {
                change(item, number, cuts);
            }
        }
        Value::String(text) => {
            if let Some(cuts) = own {
                *text = without(text, cuts).into();
            }
        }
        value => {
            if let Some(cut) = own.and_then(|cuts| cuts.first()) {
                *value = Value::String(cut.marker.to_string().into());
            }
        }
    }
}

fn change_mapping(mapping: &mut Mapping, number: &mut usize, cuts: &BTreeMap<usize, Vec<Cut>>) {
    let mut taken = BTreeSet::new();
    for entry in mapping.all_entries_mut() {
        if let Some(cuts) = cuts.get(number) {
            let name = without(&entry.key, cuts);
            // Keys that differed in nothing but the credential stay different.
            let free = (2..).map(|at| format!("{name}-{at}"));
            let name =
                std::iter::once(name.clone()).chain(free).find(|name| taken.insert(name.clone()));
            entry.key = name.unwrap_or_default().into();
        }
        *number += 1;
        change(&mut entry.value, number, cuts);
    }
}
