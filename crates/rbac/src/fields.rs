//! Fields of objects, by the rules of Kubernetes' JSON decoder: what is missing or null is empty, and anything of
//! another type makes the whole object unreadable.

use std::collections::BTreeMap;

use merlon_yaml::{Node, Value};

/// Why an object cannot be decoded.
#[derive(Debug)]
pub(crate) struct Malformed(pub(crate) String);

/// What a node has to be.
pub(crate) trait Shape {
    /// Refuses what is neither a mapping nor null.
    fn expect_mapping(&self, place: &str) -> Result<(), Malformed>;
}

impl Shape for Node {
    fn expect_mapping(&self, place: &str) -> Result<(), Malformed> {
        match self.value {
            Value::Mapping(_) | Value::Null => Ok(()),
            _ => Err(wrong(place, "", "a mapping", self)),
        }
    }
}

/// The items of a list, `None` when it is missing.
pub(crate) fn sequence<'n>(
    node: &'n Node,
    place: &str,
    key: &str,
) -> Result<Option<&'n [Node]>, Malformed> {
    match node.get(key).map(|value| (value, &value.value)) {
        None | Some((_, Value::Null)) => Ok(None),
        Some((_, Value::Sequence(items))) => Ok(Some(items)),
        Some((value, _)) => Err(wrong(place, key, "a list", value)),
    }
}

/// A list of strings.
pub(crate) fn strings(node: &Node, place: &str, key: &str) -> Result<Vec<String>, Malformed> {
    let items = sequence(node, place, key)?.unwrap_or_default();
    let text = |(index, item): (usize, &Node)| as_text(item, place, &format!("{key}[{index}]"));
    items.iter().enumerate().map(text).collect()
}

/// A string, `""` when it is missing.
pub(crate) fn string(node: &Node, place: &str, key: &str) -> Result<String, Malformed> {
    node.get(key).map_or(Ok(String::new()), |value| as_text(value, place, key))
}

/// A string that has to be there.
pub(crate) fn required(node: &Node, place: &str, key: &str) -> Result<String, Malformed> {
    let text = string(node, place, key)?;
    if text.is_empty() {
        Err(Malformed(format!("{} is not set", join(place, key))))
    } else {
        Ok(text)
    }
}

/// A mapping of strings.
pub(crate) fn string_map(
    node: &Node,
    place: &str,
    key: &str,
) -> Result<BTreeMap<String, String>, Malformed> {
    let Some(value) = node.get(key) else { return Ok(BTreeMap::new()) };
    match &value.value {
        Value::Null => Ok(BTreeMap::new()),
        Value::Mapping(mapping) => mapping
            .entries()
            .iter()
            .map(|entry| {
                let text = as_text(&entry.value, &join(place, key), &entry.key)?;
                Ok((entry.key.to_string(), text))
            })
            .collect(),
        _ => Err(wrong(place, key, "a mapping", value)),
    }
}

fn as_text(node: &Node, place: &str, key: &str) -> Result<String, Malformed> {
    match &node.value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.to_string()),
        _ => Err(wrong(place, key, "a string", node)),
    }
}

fn join(place: &str, key: &str) -> String {
    match (place, key) {
        ("", _) => key.to_owned(),
        (_, "") => place.to_owned(),
        _ => format!("{place}.{key}"),
    }
}

fn wrong(place: &str, key: &str, expected: &str, node: &Node) -> Malformed {
    let found = match node.value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::String(_) => "a string",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
    };
    Malformed(format!("{} is {found}, not {expected}", join(place, key)))
}
