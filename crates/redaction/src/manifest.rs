//! Redacting the text of manifests.

use std::ops::Range;

use merlon_yaml::{Comment, Document, Node, Span};

use crate::align::aligned;
use crate::comments::redact_comments;
use crate::credentials;
use crate::cut::{Cut, replacement};
use crate::marker::Marker;
use crate::object::{Target, examine};

/// A part of a text that is to be replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Redaction {
    /// The bytes of the source text.
    pub span: Span,
    /// What is to stand there.
    pub marker: Marker,
    form: Form,
}

/// What a redaction covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A part of a string or comment.
    Part,
    /// A whole scalar with its quotes; `quote` when it was not a string, so that JSON stays JSON.
    Scalar { quote: bool },
}

impl Redaction {
    pub(crate) fn part(range: Range<usize>, marker: Marker) -> Self {
        Self { span: Span::new(range.start, range.end), marker, form: Form::Part }
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.span.start()..self.span.end()
    }
}

/// Gives what has to go of one object, whose spans point into `text`.
///
/// All values of a Secret's `data` and `stringData` go; elsewhere what is a credential by its format or by
/// the name that it stands under, in values, keys, arguments, files and objects inside of strings. Entries
/// shadowed by a later duplicate are searched too. Comments are not part of the tree:
/// [`redact_comments`] is for them, and [`redact_manifest`] does both.
#[must_use]
pub fn redact_object(text: &str, object: &Node) -> Vec<Redaction> {
    let mut redactions = Vec::new();
    add_object(text, object, 0, &mut redactions);
    redactions
}

/// Gives what has to go of a whole manifest, comments included.
///
/// A manifest with problems that Kubernetes refuses it for may have text that is in no tree: it is better
/// not kept at all. Whatever shows by its format that it is a credential goes wherever it stands.
#[must_use]
pub fn redact_manifest(text: &str, documents: &[Document]) -> Vec<Redaction> {
    redact_manifest_at(text, documents, 0)
}

pub(crate) fn redact_manifest_at(
    text: &str,
    documents: &[Document],
    depth: usize,
) -> Vec<Redaction> {
    let mut redactions = Vec::new();
    for document in documents {
        add_object(text, &document.root, depth, &mut redactions);
        let comments: &[Comment] = &document.comments;
        redactions.extend(redact_comments(text, comments));
    }
    add_leftovers(text, &mut redactions);
    redactions
}

/// What is in no node: anchors, tags, directives, comments of no document.
fn add_leftovers(text: &str, redactions: &mut Vec<Redaction>) {
    let left = credentials::find(text);
    if left.is_empty() {
        return;
    }
    let mut covered: Vec<Range<usize>> = redactions.iter().map(Redaction::range).collect();
    covered.sort_by_key(|range| range.start);
    let is_covered = |range: &Range<usize>| {
        let before = covered.partition_point(|each| each.start < range.end);
        covered[..before].iter().rev().take(8).any(|each| each.end > range.start)
    };
    for found in left {
        let is_line = !text[found.range.clone()].contains(['\n', '\r']);
        if is_line && !credentials::needs_context(found.kind) && !is_covered(&found.range) {
            redactions.push(Redaction::part(found.range, Marker::of(found.kind)));
        }
    }
}

fn add_object(text: &str, object: &Node, depth: usize, redactions: &mut Vec<Redaction>) {
    examine(object, depth, &mut |_, target, cuts| match target {
        Target::Key(entry) => add(text, entry.key_span, Some(&entry.key), cuts, redactions),
        Target::Scalar(node) => add(text, node.span, node.as_str(), cuts, redactions),
    });
}

fn add(
    text: &str,
    span: Span,
    value: Option<&str>,
    cuts: Vec<Cut>,
    redactions: &mut Vec<Redaction>,
) {
    let Some(written) = span.slice(text).filter(|written| !written.is_empty()) else { return };
    let whole = |marker| Redaction { span, marker, form: Form::Scalar { quote: value.is_none() } };
    let Some(value) = value else {
        redactions.extend(cuts.first().map(|cut| whole(cut.marker)));
        return;
    };
    if let [cut] = &cuts[..]
        && cut.range == (0..value.len())
    {
        redactions.push(whole(cut.marker));
        return;
    }
    let parts: Vec<Range<usize>> = cuts.iter().map(|cut| cut.range.clone()).collect();
    match aligned(written, value, &parts) {
        Some(ranges) => {
            let start = span.start();
            redactions.extend(ranges.into_iter().zip(&cuts).map(|(range, cut)| {
                Redaction::part(start + range.start..start + range.end, cut.marker)
            }));
        }
        None => redactions.extend(cuts.first().map(|cut| whole(cut.marker))),
    }
}

/// Gives the text with every redaction made; they may overlap and come in any order.
///
/// The text keeps its lines: line breaks inside of what is hidden follow the marker. It also keeps its
/// shape: what was quoted stays quoted, and a tag that the marker would not fit is blanked.
#[must_use]
pub fn apply(text: &str, redactions: &[Redaction]) -> String {
    let mut sorted: Vec<&Redaction> = redactions
        .iter()
        .filter(|each| !each.span.is_empty() && each.span.slice(text).is_some())
        .collect();
    sorted.sort_by_key(|each| (each.span.start(), std::cmp::Reverse(each.span.end())));
    let mut redacted = String::with_capacity(text.len());
    let mut done = 0;
    let mut sorted = sorted.into_iter().peekable();
    while let Some(first) = sorted.next() {
        let mut range = first.range();
        while let Some(next) = sorted.next_if(|next| next.span.start() < range.end) {
            range.end = range.end.max(next.span.end());
        }
        let (before, hidden) = (&text[done..range.start], &text[range.clone()]);
        match first.form {
            Form::Part => {
                redacted.push_str(before);
                redacted.push_str(&replacement(hidden, first.marker));
            }
            Form::Scalar { quote } => {
                push_without_tags(&mut redacted, before);
                push_scalar(&mut redacted, hidden, first.marker, quote);
            }
        }
        done = range.end;
    }
    redacted.push_str(&text[done..]);
    redacted
}

fn push_scalar(redacted: &mut String, hidden: &str, marker: Marker, quote: bool) {
    let quote = match hidden.as_bytes() {
        [b'"' | b'{' | b'[', ..] => "\"",
        [b'\'', ..] => "'",
        _ if quote => "\"",
        _ => "",
    };
    let rest = replacement(hidden, marker);
    let marker = marker.to_string();
    redacted.push_str(quote);
    redacted.push_str(&marker);
    redacted.push_str(quote);
    redacted.push_str(&rest[marker.len()..]);
}

/// Adds the text before a value, the tag of the value turned to blanks.
fn push_without_tags(redacted: &mut String, mut before: &str) {
    // From the right: blanks, then properties, each a tag (`!name`) or an anchor (`&name`).
    let mut kept = Vec::new();
    loop {
        let trimmed = before.trim_end_matches([' ', '\t', '\n', '\r']);
        let start = trimmed.rfind([' ', '\t', '\n', '\r', '[', '{', ',']).map_or(0, |at| at + 1);
        let property = &trimmed[start..];
        match property.as_bytes().first() {
            Some(b'&') => kept.extend([&before[trimmed.len()..], property]),
            Some(b'!') => kept.push(&before[trimmed.len()..]),
            _ => break,
        }
        before = &trimmed[..start];
    }
    redacted.push_str(before);
    redacted.extend(kept.into_iter().rev());
}
