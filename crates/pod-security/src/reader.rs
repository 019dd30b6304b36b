//! Values of the expected type, and note of those that are not.

use merlon_yaml::{Mapping, Node, Value};

use crate::place::{Expected, Malformed};

/// A value that is set, and the node that holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set<'a, T> {
    pub(crate) node: &'a Node,
    pub(crate) value: T,
}

/// Reads values as the API server decodes them: null is not set, the wrong type is an error.
#[derive(Debug, Default)]
pub(crate) struct Reader<'a> {
    pub(crate) malformed: Vec<Malformed<'a>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn mapping(&mut self, node: &'a Node) -> Option<&'a Mapping> {
        self.read(node, Expected::Mapping, node.as_mapping())
    }

    /// Gives the items; none where the list is not set.
    pub(crate) fn list(&mut self, node: &'a Node) -> &'a [Node] {
        self.read(node, Expected::List, node.as_sequence()).unwrap_or_default()
    }

    pub(crate) fn string(&mut self, node: &'a Node) -> Option<&'a str> {
        self.read(node, Expected::String, node.as_str())
    }

    /// Gives the string of a list item or of an annotation, where Go decodes null to an empty one.
    pub(crate) fn string_or_empty(&mut self, node: &'a Node) -> Option<&'a str> {
        if node.is_null() { Some("") } else { self.string(node) }
    }

    pub(crate) fn boolean(&mut self, node: &'a Node) -> Option<bool> {
        self.read(node, Expected::Boolean, node.as_bool())
    }

    pub(crate) fn integer(&mut self, node: &'a Node) -> Option<i64> {
        self.read(node, Expected::Integer, node.as_i64())
    }

    pub(crate) fn integer_32(&mut self, node: &'a Node) -> Option<i32> {
        let value = node.as_i64().and_then(|value| i32::try_from(value).ok());
        self.read(node, Expected::Integer, value)
    }

    /// Gives the value of a key of a mapping that need not be there.
    pub(crate) fn below(&mut self, parent: Option<&'a Mapping>, key: &str) -> Option<&'a Mapping> {
        self.mapping(parent?.get(key)?)
    }

    fn read<T>(&mut self, node: &'a Node, expected: Expected, value: Option<T>) -> Option<T> {
        if value.is_none() && !matches!(node.value, Value::Null) {
            self.note(node, expected);
        }
        value
    }

    #[cold]
    fn note(&mut self, node: &'a Node, expected: Expected) {
        if !self.malformed.iter().any(|known| std::ptr::eq(known.node, node)) {
            self.malformed.push(Malformed { node, expected });
        }
    }
}

/// Keeps the node beside its value.
pub(crate) fn set<T>(node: &Node, value: Option<T>) -> Option<Set<'_, T>> {
    value.map(|value| Set { node, value })
}
