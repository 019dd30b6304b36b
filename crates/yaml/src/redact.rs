//! Hiding values in a text without moving the rest of it.

use std::fmt::Write as _;

use crate::span::Span;

/// What stands in place of a hidden value.
pub const REDACTED: &str = "<redacted>";

/// Gives `source` with every span replaced by the scalar [`REDACTED`].
///
/// Meant for the spans of values ([`Node::span`](crate::Node::span)). The text keeps its lines:
/// line breaks inside a hidden value follow its replacement. It also keeps its shape: what was
/// quoted stays quoted, so JSON stays JSON when its strings are hidden; a block list becomes one of
/// a single item; and a tag on the same line,
/// which the replacement might not fit, is blanked. Spans may overlap and come in any order; empty
/// ones, and ones that do not belong to the source, hide nothing.
#[must_use]
pub fn redact(source: &str, spans: &[Span]) -> String {
    let mut spans: Vec<Span> = spans
        .iter()
        .copied()
        .filter(|span| !span.is_empty() && span.slice(source).is_some())
        .collect();
    spans.sort_unstable();
    let mut redacted = String::with_capacity(source.len());
    let mut done = 0;
    let mut spans = spans.into_iter().peekable();
    while let Some(mut span) = spans.next() {
        while let Some(next) = spans.next_if(|next| next.start() < span.end()) {
            span = Span::new(span.start(), span.end().max(next.end()));
        }
        push_without_tags(&mut redacted, &source[done..span.start()]);
        push_replacement(&mut redacted, &source[span.start()..span.end()]);
        done = span.end();
    }
    redacted.push_str(&source[done..]);
    redacted
}

fn push_replacement(redacted: &mut String, hidden: &str) {
    let (open, close) = match hidden.as_bytes() {
        [b'"' | b'{' | b'[', ..] => ("\"", "\""),
        [b'\'', ..] => ("'", "'"),
        // A list may stand no deeper than its key, a scalar may not.
        [b'-', b' ' | b'\t' | b'\n' | b'\r', ..] => ("- ", ""),
        _ => ("", ""),
    };
    // Writing to a string does not fail.
    let _ = write!(redacted, "{open}{REDACTED}{close}");
    let Some(last) = hidden.rfind(['\n', '\r']) else {
        return;
    };
    redacted.extend(hidden.chars().filter(|symbol| matches!(symbol, '\n' | '\r')));
    // What follows on the last line stays where it was enough indented to belong to the value.
    let rest = &hidden[last + 1..];
    redacted.push_str(&rest[..rest.len() - rest.trim_start_matches(' ').len()]);
}

/// Adds the text before a value, its tag turned to blanks.
fn push_without_tags(redacted: &mut String, before: &str) {
    let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let (earlier, mut line) = (&before[..line], &before[line..]);
    redacted.push_str(earlier);
    // From the right: blanks, then properties, each a tag (`!name`) or an anchor (`&name`).
    let mut kept = Vec::new();
    loop {
        let trimmed = line.trim_end_matches([' ', '\t']);
        let start = trimmed.rfind([' ', '\t', '[', '{', ',']).map_or(0, |at| at + 1);
        let property = &trimmed[start..];
        kept.push(&line[trimmed.len()..]);
        match property.as_bytes().first() {
            Some(b'&') => kept.push(property),
            Some(b'!') => kept.push(""),
            _ => {
                line = trimmed;
                break;
            }
        }
        line = &trimmed[..start];
    }
    redacted.push_str(line);
    redacted.extend(kept.into_iter().rev());
}
