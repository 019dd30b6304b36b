//! Secrets in YAML and JSON.

use std::ops::Range;

use merlon_snapshot::{Cause, DocumentKind};
use merlon_yaml::{
    Comment, Document, Entry, Limits, Mapping, Node, Parsed, ProblemKind, REDACTED, Span, Value,
    parse, redact, walk,
};

use super::argv::{secrets_in_argv, secrets_in_value};
use super::inline::{marked_secrets_in, replace, secrets_in};
use super::names::{Naming, hides, is_plain, naming};
use super::shape::{Shape, View};
use super::shown::Shown;
use crate::trouble::Trouble;

/// Shows a YAML or JSON text.
pub(super) fn show(kind: DocumentKind, text: &str) -> Result<Shown, Trouble> {
    let parsed = read(text)?;
    let mut hidden = Hidden { text, spans: Vec::new() };
    let mut shaped = false;
    for document in &parsed.documents {
        match Shape::of(kind, &document.root) {
            Some(shape) => {
                shaped = true;
                hidden.all_but(shape, document);
            }
            None => hidden.known(document),
        }
    }
    if parsed.documents.is_empty() {
        hidden.only_comments();
    }
    let shown = hidden.shown();
    if shaped {
        confirm(kind, &shown.text)?;
    }
    Ok(shown)
}

/// Reads a text as mappings, or says on which line it is something else.
pub(crate) fn read(text: &str) -> Result<Parsed, Trouble> {
    let parsed = parse(text, &Limits::default());
    let refused = |line: usize, what: &str| {
        Err(Trouble::new(Cause::Unparsable, format!("line {line}: {what}")))
    };
    if let Some(problem) = parsed.problems.iter().find(|each| each.kind.is_rejected()) {
        return refused(problem.line, sort_of(problem.kind));
    }
    for document in &parsed.documents {
        if !matches!(document.root.value, Value::Mapping(_) | Value::Null) {
            let start = document.root.span.start().min(text.len());
            let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
            return refused(line, "not a mapping");
        }
    }
    Ok(parsed)
}

fn sort_of(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Syntax => "not YAML",
        ProblemKind::Limit => "too large, too deep, or too many aliases",
        ProblemKind::DuplicateKey => "a key is written twice",
        ProblemKind::UnknownAnchor => "an alias without its anchor",
        ProblemKind::InvalidMerge => "a merge of something that is no mapping",
        ProblemKind::InvalidKey => "a key that is no JSON key",
        ProblemKind::InvalidValue => "a value that has no JSON form",
    }
}

/// Reads what is about to be kept once more: nothing that had to go may stand in it.
fn confirm(kind: DocumentKind, text: &str) -> Result<(), Trouble> {
    let parsed = read(text)?;
    for document in &parsed.documents {
        let Some(shape) = Shape::of(kind, &document.root) else {
            continue;
        };
        let mut clean = true;
        walk(&document.root, |visit| {
            let shown = match &visit.node.value {
                Value::Null | Value::Mapping(_) | Value::Sequence(_) => true,
                Value::String(text) => {
                    &**text == REDACTED || shape.view(visit.path) != View::Presence
                }
                _ => shape.view(visit.path) != View::Presence,
            };
            clean &= shown;
        });
        if !clean {
            return Err(Trouble::new(
                Cause::Unparsable,
                "its secrets could not be told from the rest",
            ));
        }
    }
    Ok(())
}

/// What is to be cut out of a text.
struct Hidden<'t> {
    text: &'t str,
    spans: Vec<Span>,
}

impl Hidden<'_> {
    fn shown(self) -> Shown {
        let text = redact(self.text, &self.spans);
        // Whatever the structure said: what shows by itself that it is a secret goes.
        let marked = marked_secrets_in(&text);
        let count = self.spans.len() + marked.len();
        Shown {
            text: if marked.is_empty() { text } else { replace(&text, &marked) },
            redactions: u32::try_from(count).unwrap_or(u32::MAX),
        }
    }

    fn push(&mut self, span: Span) {
        if !span.is_empty() && self.spans.last() != Some(&span) {
            self.spans.push(span);
        }
    }

    /// Hides all but what a shape lists.
    fn all_but(&mut self, shape: Shape, document: &Document) {
        walk(&document.root, |visit| {
            if let Some(merlon_yaml::Segment::Key(key)) = visit.path.last()
                && let Some(span) = visit.key_span
                && !shape.has_key(key)
                && *key != REDACTED
            {
                self.push(span);
            }
            match &visit.node.value {
                Value::Null | Value::Mapping(_) | Value::Sequence(_) => {}
                value => match (shape.view(visit.path), value) {
                    (View::Presence, _) => self.push(visit.node.span),
                    (view, Value::String(text)) => {
                        let mut secrets = secrets_in(text);
                        if view == View::Address {
                            secrets = address_secrets(text);
                        }
                        self.parts(visit.node, text, &secrets);
                    }
                    _ => {}
                },
            }
        });
        for comment in &document.comments {
            self.comment(comment);
        }
    }

    /// Hides what is known to be a secret.
    fn known(&mut self, document: &Document) {
        self.node(&document.root, "", Mode::Look { is_secret: false });
        for comment in &document.comments {
            let names_one = comment
                .text
                .split(|symbol: char| !(symbol.is_alphanumeric() || "_-.".contains(symbol)))
                .any(|word| naming(word) != Naming::Harmless);
            if names_one || !secrets_in(&comment.text).is_empty() {
                self.comment(comment);
            }
        }
    }

    /// Hides what a text without any document has: comments belong to none then.
    fn only_comments(&mut self) {
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let body = line.trim();
            let from = start + line.len() - line.trim_start().len();
            if body.starts_with('#') && body.len() > 1 {
                self.push(Span::new(from + 1, from + body.len()));
            } else if !matches!(body, "" | "#" | "---" | "...") {
                self.push(Span::new(from, from + body.len()));
            }
            start += line.len();
        }
    }

    fn comment(&mut self, comment: &Comment) {
        self.push(Span::new(comment.span.start() + 1, comment.span.end()));
    }

    fn node(&mut self, node: &Node, name: &str, mode: Mode) {
        match &node.value {
            Value::Null => {}
            Value::Mapping(mapping) => self.mapping(mapping, name, mode),
            Value::Sequence(items) => self.sequence(items, name, mode),
            _ if mode == Mode::Hide => self.push(node.span),
            Value::Bool(_) => {}
            Value::String(text) => {
                if is_key_material(name, text) {
                    self.push(node.span);
                } else {
                    self.parts(node, text, &secrets_in_value(name, text));
                }
            }
            Value::Int(_) | Value::Float(_) => {
                let text = node.span.slice(self.text).unwrap_or_default();
                if !secrets_in_value(name, text).is_empty() {
                    self.push(node.span);
                }
            }
        }
    }

    fn mapping(&mut self, mapping: &Mapping, name: &str, mode: Mode) {
        let named = mapping.get("name").and_then(Node::as_str);
        let mode = match (mapping.get("kind").and_then(Node::as_str), mode) {
            (Some("Secret"), Mode::Look { .. }) => Mode::Look { is_secret: true },
            (_, mode) => mode,
        };
        for entry in mapping.entries().iter().chain(mapping.shadowed()) {
            let key = &*entry.key;
            // Two colons make a line of `shadow`, which is read as a key with nothing behind it.
            let is_odd = key.matches(':').count() >= 2 && !key.contains(['/', '[']);
            if is_odd || !marked_secrets_in(key).is_empty() {
                self.push(entry.key_span);
            }
            let inner = mode_of(entry, name, mode);
            // `{name: DB_PASSWORD, value: …}` of containers, headers and kubeadm's flags.
            let name = match named {
                Some(named) if key == "value" && naming(named) != Naming::Harmless => named,
                _ => key,
            };
            self.node(&entry.value, name, inner);
        }
    }

    fn sequence(&mut self, items: &[Node], name: &str, mode: Mode) {
        let mode = match naming(name) {
            Naming::Key | Naming::Secret if mode != Mode::Hide => {
                // A list of secrets; lists of objects, such as imagePullSecrets, tell by their keys.
                for item in items {
                    match item.as_str() {
                        Some(text) if hides(name, text) => self.push(item.span),
                        _ => self.node(item, name, mode),
                    }
                }
                return;
            }
            _ => mode,
        };
        if mode == Mode::Hide {
            for item in items {
                self.node(item, name, mode);
            }
            return;
        }
        // Any list can be a list of arguments.
        let arguments: Vec<&str> =
            items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
        for ((item, argument), secrets) in
            items.iter().zip(&arguments).zip(secrets_in_argv(&arguments))
        {
            match item.value {
                Value::String(_) => self.parts(item, argument, &secrets),
                _ => self.node(item, "", mode),
            }
        }
    }

    /// Hides parts of a string; all of it where the text is not the string letter by letter.
    fn parts(&mut self, node: &Node, value: &str, parts: &[Range<usize>]) {
        if parts.is_empty() {
            return;
        }
        let written = node.span.slice(self.text).unwrap_or_default();
        let offset = match written.len().checked_sub(value.len()) {
            Some(0) if written == value => Some(0),
            Some(2) if written.get(1..written.len() - 1) == Some(value) => Some(1),
            _ => None,
        };
        let is_whole = |part: &Range<usize>| part.len() == value.len();
        // A quote or bracket in front would be taken for the beginning of a quoted value.
        let is_odd = |part: &Range<usize>| value[part.clone()].starts_with(['"', '\'', '{', '[']);
        match offset {
            Some(offset) if !parts.iter().any(|part| is_whole(part) || is_odd(part)) => {
                let start = node.span.start() + offset;
                for part in parts {
                    self.push(Span::new(start + part.start, start + part.end));
                }
            }
            _ => self.push(node.span),
        }
    }
}

/// How the part of a tree is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Secrets are looked for; in a `Secret` its data is one.
    Look { is_secret: bool },
    /// Everything is a secret.
    Hide,
}

fn mode_of(entry: &Entry, parent: &str, mode: Mode) -> Mode {
    const WHOLE: [&str; 3] = [
        // Of the kubelet's configuration: headers, usually a token.
        "staticPodURLHeader",
        // A copy of the whole object, as a text.
        "kubectl.kubernetes.io/last-applied-configuration",
        "stringData",
    ];
    let key = &*entry.key;
    match mode {
        Mode::Hide => Mode::Hide,
        _ if WHOLE.contains(&key) => Mode::Hide,
        Mode::Look { is_secret: true } if key == "data" => Mode::Hide,
        _ if matches!(key, "value" | "values" | "plaintext") && naming(parent) >= Naming::Key => {
            Mode::Hide
        }
        mode => mode,
    }
}

/// `key:` holds a key's name in tolerations and references, and a key in other files.
fn is_key_material(name: &str, value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|byte| test(&byte));
    (name == "key" || name.ends_with("Key"))
        && value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-\n ".contains(&byte))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && !is_plain(value)
}

/// Credentials and query of an address, and whatever else is no part of one.
fn address_secrets(address: &str) -> Vec<Range<usize>> {
    let query = address.find(['?', '#']).unwrap_or(address.len());
    let start = address.find("://").map_or(0, |at| at + 3);
    let sign = address[..query].rfind('@').filter(|at| *at > start);
    let mut secrets = Vec::new();
    secrets.extend(sign.map(|sign| start..sign));
    if query + 1 < address.len() {
        secrets.push(query + 1..address.len());
    }
    secrets
}
