//! Trees, and texts that hold them in many styles.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A tree with hints how to print it.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// A scalar as it is written in block and in flow; a `@` stands for the indentation.
    Scalar(&'static str, &'static str),
    Mapping(Vec<(usize, Tree, Hints)>, Form),
    List(Vec<(Tree, Hints)>, Form),
}

/// Brackets, on one line or several, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Block,
    Flow,
    FlowLines,
}

/// Comments and empty lines around an entry or item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints {
    above: bool,
    trailing: bool,
    below: bool,
    empty_line: bool,
}

/// How a text is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    step: usize,
    compact: bool,
    line_break: &'static str,
    final_break: bool,
    mark: bool,
    marker: bool,
}

pub(crate) fn style() -> impl Strategy<Value = Style> {
    (
        1..5_usize,
        any::<bool>(),
        select(vec!["\n", "\r\n"]),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(step, compact, line_break, final_break, mark, marker)| Style {
            step,
            compact,
            line_break,
            final_break,
            mark,
            marker,
        })
}

const KEYS: [&str; 10] =
    ["a", "'b'", "\"c d\"", "kind", "k1", "é", "metadata", "'on'", "k2", "x/z~"];

const SCALARS: [(&str, &str); 20] = [
    ("x", "x"),
    ("yes", "yes"),
    ("0644", "0644"),
    ("", "~"),
    ("~", "null"),
    ("'it''s'", "'it''s'"),
    ("\"a\\n#b\"", "\"a\\n#b\""),
    ("{}", "{}"),
    ("[]", "[]"),
    ("1.5", "1.5"),
    ("a#b", "a#b"),
    ("|\n@l1\n\n@  l2", "'l1'"),
    ("|-\n@l1", "'l1'"),
    (">\n@l1\n@l2", "'l1'"),
    ("|+\n@l1\n\n", "'l1'"),
    ("'q1\n@q2'", "'q1'"),
    ("p1\n@p2", "p1"),
    ("!!str 12", "!!str 12"),
    ("&anchor 3", "3"),
    ("--flag=1", "--flag=1"),
];

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let scalar = || select(SCALARS.to_vec()).prop_map(|(block, flow)| Tree::Scalar(block, flow));
    let form = || select(vec![Form::Block, Form::Block, Form::Block, Form::Flow, Form::FlowLines]);
    let hints = || {
        let often = || prop::bool::weighted(0.3);
        (often(), often(), often(), prop::bool::weighted(0.2)).prop_map(
            |(above, trailing, below, empty_line)| Hints { above, trailing, below, empty_line },
        )
    };
    let collection = move |inner: BoxedStrategy<Tree>| {
        prop_oneof![
            (prop::collection::vec((0..KEYS.len(), inner.clone(), hints()), 1..5), form())
                .prop_map(|(mut entries, form)| {
                    entries.sort_by_key(|(key, ..)| *key);
                    entries.dedup_by_key(|(key, ..)| *key);
                    Tree::Mapping(entries, form)
                }),
            (prop::collection::vec((inner, hints()), 1..4), form())
                .prop_map(|(items, form)| Tree::List(items, form)),
        ]
        .boxed()
    };
    let leaf = scalar().boxed();
    let inner = leaf.prop_recursive(3, 24, 4, collection);
    (prop::collection::vec((0..KEYS.len(), inner, hints()), 1..5), form()).prop_map(
        |(mut entries, form)| {
            entries.sort_by_key(|(key, ..)| *key);
            entries.dedup_by_key(|(key, ..)| *key);
            Tree::Mapping(entries, form)
        },
    )
}

/// Gives some JSON of the same shape.
pub(crate) fn to_value(tree: &Tree) -> Value {
    match tree {
        Tree::Scalar(_, flow) => json!(flow),
        Tree::Mapping(entries, _) => {
            entries.iter().map(|(key, value, _)| (KEYS[*key].to_owned(), to_value(value))).collect()
        }
        Tree::List(items, _) => items.iter().map(|(item, _)| to_value(item)).collect(),
    }
}

/// Prints a text of these documents.
pub(crate) fn print(documents: &[Tree], style: &Style) -> String {
    let mut printer = Printer { style, out: String::new(), comments: 0 };
    for (number, document) in documents.iter().enumerate() {
        if number > 0 || style.marker {
            printer.out.push_str("---\n");
        }
        let block = matches!(document, Tree::Mapping(_, Form::Block));
        if block {
            printer.block(document, 0);
        } else {
            printer.flow(document, 0);
            printer.out.push('\n');
        }
    }
    let mut out = printer.out.replace('\n', style.line_break);
    if !style.final_break {
        out.truncate(out.trim_end_matches(['\n', '\r']).len());
    }
    if style.mark { format!("\u{feff}{out}") } else { out }
}

struct Printer<'s> {
    style: &'s Style,
    out: String,
    comments: usize,
}

impl Printer<'_> {
    fn comment(&mut self) {
        self.comments += 1;
        self.out.push_str(&format!("# c{}", self.comments));
    }

    fn own_comment(&mut self, column: usize) {
        self.out.push_str(&" ".repeat(column));
        self.comment();
        self.out.push('\n');
    }

    fn trailing(&mut self, hints: Hints) {
        if hints.trailing {
            self.out.push_str("  ");
            self.comment();
        }
    }

    /// Prints a collection as lines; the first line is indented by the caller unless `column` is 0.
    fn block(&mut self, tree: &Tree, column: usize) {
        let pad = " ".repeat(column);
        match tree {
            Tree::Mapping(entries, _) => {
                for (number, (key, value, hints)) in entries.iter().enumerate() {
                    if number > 0 {
                        if hints.above {
                            self.own_comment(column);
                        }
                        self.out.push_str(&pad);
                    }
                    self.out.push_str(KEYS[*key]);
                    self.out.push(':');
                    self.value(value, column, *hints);
                }
            }
            Tree::List(items, _) => {
                for (number, (item, hints)) in items.iter().enumerate() {
                    if number > 0 {
                        if hints.above {
                            self.own_comment(column);
                        }
                        self.out.push_str(&pad);
                    }
                    self.out.push('-');
                    match item {
                        Tree::Mapping(_, Form::Block) | Tree::List(_, Form::Block) => {
                            self.out.push(' ');
                            self.block(item, column + 2);
                        }
                        _ => self.inline(item, column, *hints),
                    }
                }
            }
            Tree::Scalar(..) => {}
        }
    }

    /// Prints what follows a key.
    fn value(&mut self, value: &Tree, column: usize, hints: Hints) {
        let inner = match value {
            Tree::Mapping(_, Form::Block) => column + self.style.step,
            Tree::List(_, Form::Block) if self.style.compact => column,
            Tree::List(_, Form::Block) => column + self.style.step,
            _ => return self.inline(value, column, hints),
        };
        self.trailing(hints);
        self.out.push('\n');
        if hints.empty_line {
            self.out.push('\n');
        }
        if hints.below {
            self.own_comment(inner);
        }
        self.out.push_str(&" ".repeat(inner));
        self.block(value, inner);
        if hints.below && hints.above {
            self.own_comment(inner);
        }
    }

    /// Prints a scalar or flow collection behind a key or dash.
    fn inline(&mut self, value: &Tree, column: usize, hints: Hints) {
        let Tree::Scalar(block, _) = value else {
            self.out.push(' ');
            self.flow(value, column + 1);
            self.trailing(hints);
            self.out.push('\n');
            return;
        };
        if !block.is_empty() {
            self.out.push(' ');
        }
        let text = block.replace('@', &" ".repeat(column + self.style.step));
        self.out.push_str(&text);
        if !block.starts_with(['|', '>']) {
            self.trailing(hints);
        }
        if !text.ends_with('\n') {
            self.out.push('\n');
        }
        if hints.empty_line {
            self.out.push('\n');
        }
    }

    fn flow(&mut self, tree: &Tree, column: usize) {
        match tree {
            Tree::Scalar(_, flow) => self.out.push_str(flow),
            Tree::Mapping(entries, form) => {
                self.out.push('{');
                for (number, (key, value, hints)) in entries.iter().enumerate() {
                    self.flow_start(*form, column, *hints);
                    self.out.push_str(KEYS[*key]);
                    self.out.push_str(": ");
                    self.flow(value, column + self.style.step);
                    self.flow_end(*form, number + 1 == entries.len(), *hints);
                }
                self.flow_close(*form, column);
                self.out.push('}');
            }
            Tree::List(items, form) => {
                self.out.push('[');
                for (number, (item, hints)) in items.iter().enumerate() {
                    self.flow_start(*form, column, *hints);
                    self.flow(item, column + self.style.step);
                    self.flow_end(*form, number + 1 == items.len(), *hints);
                }
                self.flow_close(*form, column);
                self.out.push(']');
            }
        }
    }

    fn flow_start(&mut self, form: Form, column: usize, hints: Hints) {
        if form == Form::FlowLines {
            self.out.push('\n');
            let inner = column + self.style.step;
            if hints.above {
                self.own_comment(inner);
            }
            self.out.push_str(&" ".repeat(inner));
        }
    }

    fn flow_end(&mut self, form: Form, last: bool, hints: Hints) {
        if !last || (form == Form::FlowLines && hints.below) {
            self.out.push_str(if form == Form::Flow { ", " } else { "," });
        }
        if form == Form::FlowLines {
            self.trailing(hints);
        }
    }

    fn flow_close(&mut self, form: Form, column: usize) {
        if form == Form::FlowLines {
            self.out.push('\n');
            self.out.push_str(&" ".repeat(column));
        }
    }
}
