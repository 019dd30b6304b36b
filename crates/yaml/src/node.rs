//! The tree: nodes, values, and ways to reach into them.

use crate::mapping::{Entry, Mapping};
use crate::pointer::index;
use crate::span::Span;

/// A value and where it is written.
///
/// A value reached through an alias (`*name`) or a merge (`<<`) keeps the span of its definition:
/// the text that holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is written there, as Kubernetes reads it.
    pub value: Value,
    /// The bytes of the value, without its tag and anchor. A block scalar starts at `|` or `>`.
    /// Empty for a value that is not written (`key:`) and for all nodes that come from no text.
    pub span: Span,
}

/// A value in the shapes of JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, in any YAML 1.1 spelling (`yes`, `on`, `True`).
    Bool(bool),
    /// A whole number, also when written as `1e3` or `1.0`: Kubernetes passes through JSON.
    Int(i64),
    /// A number that is not whole or does not fit an `i64`. Always finite.
    Float(f64),
    /// A string, escapes resolved and lines folded.
    String(Box<str>),
    /// A list.
    Sequence(Box<[Node]>),
    /// A mapping.
    Mapping(Mapping),
}

impl From<Value> for Node {
    /// Gives a node that stands in no text.
    fn from(value: Value) -> Self {
        Self { value, span: Span::default() }
    }
}

impl Node {
    /// Gives the value of a key, or `None` when this is no mapping or has no such key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// Gives the entry of a key, with the place of the key itself.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.entry(key)
    }

    /// Follows keys from mapping to mapping.
    #[must_use]
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Follows a JSON pointer (RFC 6901), such as `/spec/containers/0/image`.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, token| match &node.value {
            Value::Mapping(mapping) if token.contains('~') => {
                mapping.get(&token.replace("~1", "/").replace("~0", "~"))
            }
            Value::Mapping(mapping) => mapping.get(token),
            Value::Sequence(items) => items.get(index(token)?),
            _ => None,
        })
    }

    /// Gives the string, or `None` when this is anything else.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Gives the boolean, or `None` when this is anything else.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Gives the whole number, or `None` when this is anything else.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Gives the number, whole or not, or `None` when this is anything else.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "what a float field does with a long integer")]
    pub fn as_f64(&self) -> Option<f64> {
        match self.value {
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Gives the items of a list, or `None` when this is anything else.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Gives the mapping, or `None` when this is anything else.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}
