//! Visiting every node of a tree.

use crate::mapping::Entry;
use crate::node::{Node, Value};
use crate::span::Span;

/// One step of a path: a key or an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment<'a> {
    /// A key of a mapping.
    Key(&'a str),
    /// An index of a list, counted from 0.
    Index(usize),
}

/// A node met by [`walk`].
#[derive(Clone, Copy, Debug)]
pub struct Visit<'p, 'a> {
    /// The way from the root; empty for the root itself.
    pub path: &'p [Segment<'a>],
    /// The node.
    pub node: &'a Node,
    /// The bytes of its key, if it is the value of a key.
    pub key_span: Option<Span>,
    /// Whether a later entry with the same key took the place of this node or of one above it.
    pub shadowed: bool,
}

/// Calls `visitor` for `root` and every node under it, parents first, in source order.
///
/// Entries shadowed by a later duplicate are visited after those that count, so that nothing
/// written in the text is missed.
pub fn walk<'a>(root: &'a Node, mut visitor: impl FnMut(&Visit<'_, 'a>)) {
    let mut path = Vec::new();
    step(root, None, false, &mut path, &mut visitor);
}

fn step<'a>(
    node: &'a Node,
    key_span: Option<Span>,
    shadowed: bool,
    path: &mut Vec<Segment<'a>>,
    visitor: &mut impl FnMut(&Visit<'_, 'a>),
) {
    visitor(&Visit { path, node, key_span, shadowed });
    let mut entry = |entry: &'a Entry, shadowed, path: &mut Vec<Segment<'a>>| {
        path.push(Segment::Key(&entry.key));
        step(&entry.value, Some(entry.key_span), shadowed, path, visitor);
        path.pop();
    };
    match &node.value {
        Value::Mapping(mapping) => {
            for each in mapping.entries() {
                entry(each, shadowed, path);
            }
            for each in mapping.shadowed() {
                entry(each, true, path);
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                step(item, None, shadowed, path, visitor);
                path.pop();
            }
        }
        _ => {}
    }
}
