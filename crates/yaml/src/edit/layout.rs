//! How far a document indents.

use super::text::Text;
use crate::node::{Node, Value};

/// The indentations seen in a document, by the place where they are.
#[derive(Default)]
pub(super) struct Layout {
    steps: Vec<(usize, usize)>,
    dashes: Vec<(usize, usize)>,
}

impl Layout {
    pub(super) fn of(text: &Text<'_>, root: &Node) -> Self {
        let mut layout = Self::default();
        layout.take(text, root);
        layout.steps.sort_unstable();
        layout.dashes.sort_unstable();
        layout
    }

    fn take(&mut self, text: &Text<'_>, node: &Node) {
        match &node.value {
            Value::Mapping(mapping) => {
                for entry in mapping.entries().iter().filter(|entry| !entry.merged) {
                    let (key, value) = (entry.key_span.start(), &entry.value);
                    // What an alias stands for is met where it is written.
                    if value.span.start() < key {
                        continue;
                    }
                    if text.starts_line(value.span.start()) && is_block(text, value) {
                        let column = text.column(value.span.start());
                        if let Some(step) = column.checked_sub(text.column(key)) {
                            let list = matches!(value.value, Value::Sequence(_));
                            let seen = if list { &mut self.dashes } else { &mut self.steps };
                            seen.push((key, step));
                        }
                    }
                    self.take(text, value);
                }
            }
            Value::Sequence(items) => {
                let mut end = node.span.start();
                for item in items.iter().filter(|item| !item.span.is_empty()) {
                    if item.span.start() >= end {
                        end = item.span.end();
                        self.take(text, item);
                    }
                }
            }
            _ => {}
        }
    }

    /// Gives the columns from a key to the keys below it, as seen nearest to a place.
    pub(super) fn step(&self, at: usize) -> usize {
        nearest(&self.steps, at).filter(|step| *step > 0).unwrap_or(2)
    }

    /// Gives the columns from a key to the dashes below it, as seen nearest to a place; none, as
    /// `kubectl` writes, where there is nothing to see.
    pub(super) fn dash(&self, at: usize) -> usize {
        nearest(&self.dashes, at).unwrap_or(0)
    }
}

/// Whether the node is a collection written without brackets.
pub(super) fn is_block(text: &Text<'_>, node: &Node) -> bool {
    matches!(node.value, Value::Mapping(_) | Value::Sequence(_))
        && !has_brackets(node, text.between(node.span.start(), node.span.end()))
}

/// Whether the node is a collection that is written with brackets.
pub(super) fn has_brackets(node: &Node, written: &str) -> bool {
    let [open, close] = match node.value {
        Value::Mapping(_) => ['{', '}'],
        Value::Sequence(_) => ['[', ']'],
        _ => return false,
    };
    // A block mapping may begin with a key in brackets.
    written.len() >= 2 && written.starts_with(open) && written.ends_with(close)
}

fn nearest(seen: &[(usize, usize)], at: usize) -> Option<usize> {
    let after = seen.partition_point(|(place, _)| *place < at);
    let candidates = [after.checked_sub(1).and_then(|before| seen.get(before)), seen.get(after)];
    let nearest = candidates.into_iter().flatten().min_by_key(|(place, _)| place.abs_diff(at));
    nearest.map(|(_, columns)| *columns)
}
