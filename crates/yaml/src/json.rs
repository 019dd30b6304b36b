//! The tree as plain JSON, and plain JSON as the tree.

use crate::mapping::Mapping;
use crate::node::{Node, Value};
use crate::scalar;

/// Gives the value as JSON, the way Kubernetes turns YAML into JSON before decoding it.
#[must_use]
pub fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::String(text) => (&**text).into(),
        Value::Sequence(items) => items.iter().map(to_json).collect(),
        Value::Mapping(mapping) => mapping
            .entries()
            .iter()
            .map(|entry| (String::from(&*entry.key), to_json(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Gives the tree of a JSON value, with empty spans.
///
/// Numbers are those that Kubernetes makes of them: a whole float is an integer, an integer over 63
/// bits a float.
#[must_use]
pub fn from_json(value: &serde_json::Value) -> Node {
    Node::from(match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            // A JSON value holds finite numbers alone.
            None => number.as_f64().and_then(scalar::float_value).unwrap_or(Value::Null),
        },
        serde_json::Value::String(text) => Value::String(text.as_str().into()),
        serde_json::Value::Array(items) => Value::Sequence(items.iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => Value::Mapping(
            entries
                .iter()
                .map(|(key, value)| (key.as_str().into(), from_json(value)))
                .collect::<Mapping>(),
        ),
    })
}
