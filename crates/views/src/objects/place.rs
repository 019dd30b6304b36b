use std::fmt::{self, Write as _};

use merlon_model::Region;
use merlon_yaml::{Entry, LineIndex, Node, Span, Value};

/// A place in an object: a value that is written, or one that could be.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A value.
    Node(&'a Node),
    /// A value that is not written.
    Missing {
        /// The nearest value around it that is written.
        parent: &'a Node,
        /// The way from there.
        keys: &'a [&'static str],
    },
}

/// The place below a value that the keys lead to, whether it is written or not.
///
/// What is null counts as written here: it stands where a value would have to.
#[must_use]
pub fn place<'a>(root: &'a Node, keys: &'a [&'static str]) -> Place<'a> {
    let mut parent = root;
    for (depth, key) in keys.iter().enumerate() {
        match parent.get(key) {
            Some(node) => parent = node,
            None => return Place::Missing { parent, keys: &keys[depth..] },
        }
    }
    Place::Node(parent)
}

/// A place as pointers and people write it, and the text it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The JSON pointer (RFC 6901) from the object's root.
    pub pointer: String,
    /// The field for people: `spec.containers[0].image`.
    pub field: String,
    /// The text of the value; of the nearest key around it for one that is missing. Empty for
    /// an object that stands in no text.
    pub span: Span,
}

impl Place<'_> {
    /// Whether another is the same place of the same object.
    #[must_use]
    pub fn is(&self, other: Place<'_>) -> bool {
        match (*self, other) {
            (Self::Node(one), Place::Node(other)) => std::ptr::eq(one, other),
            (
                Self::Missing { parent: one, keys },
                Place::Missing { parent: other, keys: others },
            ) => std::ptr::eq(one, other) && keys == others,
            _ => false,
        }
    }

    /// Finds the place in its object, by the address of its node. `None` if it is of another.
    #[must_use]
    pub fn stretch(&self, root: &Node) -> Option<Stretch> {
        let (node, missing) = match *self {
            Place::Node(node) => (node, &[][..]),
            Place::Missing { parent, keys } => (parent, keys),
        };
        let mut path = Vec::new();
        let mut key_span = Span::default();
        if !find(root, node, &mut path, &mut key_span) {
            return None;
        }
        let span = if missing.is_empty() && is_scalar(node) {
            join(key_span, node.span)
        } else if key_span.is_empty() {
            first_line(node)
        } else {
            key_span
        };
        path.extend(missing.iter().map(|key| Step::Key(key)));
        Some(Stretch { pointer: pointer(&path), field: field(&path), span })
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// Looks for a node by its address; leaves the way to it in `path` and its key in `key_span`.
fn find<'a>(from: &'a Node, wanted: &Node, path: &mut Vec<Step<'a>>, key_span: &mut Span) -> bool {
    if std::ptr::eq(from, wanted) {
        return true;
    }
    match &from.value {
        Value::Mapping(mapping) => {
            let entries = mapping.entries();
            // Only one of the values can be it, or hold it, where it lies among them.
            let near = holder(entries, wanted).map_or(entries, std::slice::from_ref);
            for entry in near.iter().filter(|it| holds_more(&it.value, wanted)) {
                path.push(Step::Key(&entry.key));
                let before = std::mem::replace(key_span, entry.key_span);
                if find(&entry.value, wanted, path, key_span) {
                    return true;
                }
                *key_span = before;
                path.pop();
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate().filter(|it| holds_more(it.1, wanted)) {
                path.push(Step::Index(index));
                let before = std::mem::take(key_span);
                if find(item, wanted, path, key_span) {
                    return true;
                }
                *key_span = before;
                path.pop();
            }
        }
        _ => {}
    }
    false
}

/// The entry in whose memory a node lies, so that its neighbours need not be searched.
fn holder<'a>(entries: &'a [Entry], wanted: &Node) -> Option<&'a Entry> {
    let offset = std::ptr::from_ref(wanted).addr().checked_sub(entries.as_ptr().addr())?;
    entries.get(offset / size_of::<Entry>())
}

/// Whether a node is the one that is looked for, or has others below it.
fn holds_more(node: &Node, wanted: &Node) -> bool {
    std::ptr::eq(node, wanted) || !is_scalar(node)
}

fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::Mapping(_) | Value::Sequence(_))
}

fn join(key: Span, value: Span) -> Span {
    match (key.is_empty(), value.is_empty()) {
        (true, _) => value,
        (false, true) => key,
        // An alias's value stands elsewhere.
        (false, false) if value.start() < key.end() => key,
        (false, false) => Span::new(key.start(), value.end()),
    }
}

/// What to point at for a whole item or document: its first entry.
fn first_line(node: &Node) -> Span {
    match node.as_mapping().and_then(|mapping| mapping.entries().first()) {
        Some(entry) if is_scalar(&entry.value) => join(entry.key_span, entry.value.span),
        Some(entry) => entry.key_span,
        None => node.span,
    }
}

fn pointer(path: &[Step<'_>]) -> String {
    let mut text = String::with_capacity(8 * path.len());
    for step in path {
        text.push('/');
        match step {
            Step::Key(key) if key.contains(['~', '/']) => {
                text.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Step::Key(key) => text.push_str(key),
            Step::Index(index) => push(&mut text, format_args!("{index}")),
        }
    }
    text
}

fn field(path: &[Step<'_>]) -> String {
    let mut text = String::with_capacity(8 * path.len());
    for step in path {
        match step {
            Step::Key(key) if key.contains(['.', '/']) => {
                push(&mut text, format_args!("[{key:?}]"))
            }
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Step::Index(index) => push(&mut text, format_args!("[{index}]")),
        }
    }
    text
}

fn push(text: &mut String, more: fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a text takes everything");
}

/// The lines and columns of a span.
#[must_use]
pub(crate) fn region(lines: &LineIndex<'_>, span: Span) -> Region {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let start = lines.position(span.start());
    let end = lines.position(span.end());
    Region {
        line: number(start.line),
        column: number(start.column),
        end_line: number(end.line),
        end_column: number(end.column),
    }
}
