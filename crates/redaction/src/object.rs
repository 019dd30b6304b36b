//! What of an object has to go: the walk that manifests and live objects share.

use merlon_yaml::{Entry, Mapping, Node, Value};

use crate::argv::cuts_in_arguments;
use crate::credentials::{self, decoded};
use crate::cut::{Cut, merged};
use crate::embedded::cuts_in_embedded;
use crate::judge::judge_named;
use crate::marker::Marker;
use crate::names::{Naming, is_plural, naming};
use crate::text::cuts_in_text;

/// What a cut is in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// The key of an entry.
    Key(&'a Entry),
    /// A scalar.
    Scalar(&'a Node),
}

/// The most texts inside of texts that are looked into; deeper ones go as a whole.
pub(crate) const DEEPEST: usize = 4;

/// Calls `found` for every key and scalar that has something to be cut out, with its number in the
/// order of the walk: each key before its value, the entries that count before the shadowed ones.
///
/// `depth` tells in how many texts the object stands.
pub(crate) fn examine<'a>(
    root: &'a Node,
    depth: usize,
    found: &mut dyn FnMut(usize, Target<'a>, Vec<Cut>),
) {
    let mut walk = Walk { number: 0, depth, found };
    walk.node(root, Place { name: "", mode: Mode::Look, argument: None });
}

/// How a part of the tree is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Look,
    /// The parts of a list of Secrets, which leave their kind out.
    SecretList,
    /// Below the data of a `Secret`: everything goes.
    SecretData,
}

/// What is known of a node from above.
struct Place<'a> {
    /// The name that its value goes by.
    name: &'a str,
    mode: Mode,
    /// What its place in a list of arguments says.
    argument: Option<Cut>,
}

struct Walk<'f, 'a> {
    number: usize,
    depth: usize,
    found: &'f mut dyn FnMut(usize, Target<'a>, Vec<Cut>),
}

impl<'a> Walk<'_, 'a> {
    fn node(&mut self, node: &'a Node, place: Place<'a>) {
        let number = self.number;
        self.number += 1;
        match &node.value {
            Value::Mapping(mapping) => self.mapping(mapping, place),
            Value::Sequence(items) => self.sequence(items, place),
            Value::Null => {}
            _ if place.mode == Mode::SecretData => {
                let text = node.as_str().unwrap_or("x");
                let is_marker = crate::marker::markers(text).next().is_some()
                    && text.starts_with("<redacted")
                    && text.ends_with('>')
                    && text.matches('<').count() == 1;
                if !text.is_empty() && !is_marker {
                    (self.found)(number, Target::Scalar(node), Cut::whole(text, Marker::PLAIN));
                }
            }
            Value::Bool(_) => {}
            Value::Int(value) => self.number_value(number, node, place.name, &value.to_string()),
            Value::Float(value) => self.number_value(number, node, place.name, &value.to_string()),
            Value::String(text) => {
                let mut cuts = cuts_in_value(place.name, text, self.depth);
                cuts.extend(place.argument);
                let cuts = merged(cuts);
                if !cuts.is_empty() {
                    (self.found)(number, Target::Scalar(node), cuts);
                }
            }
        }
    }

    fn number_value(&mut self, number: usize, node: &'a Node, name: &str, text: &str) {
        if let Some(kind) = judge_named(name, text) {
            (self.found)(number, Target::Scalar(node), Cut::whole(text, Marker::of(kind)));
        }
    }

    fn mapping(&mut self, mapping: &'a Mapping, place: Place<'a>) {
        let own = secrecy(mapping);
        let mode = if place.mode == Mode::Look { own } else { place.mode };
        let is_secret = mode == Mode::SecretList && !has_items(mapping) || own == Mode::SecretData;
        let named = ["name", "key"].iter().find_map(|key| mapping.get(key)).and_then(Node::as_str);
        let holds_reference = mapping.get("remoteRef").is_some();
        for entry in mapping.entries().iter().chain(mapping.shadowed()) {
            let key = &*entry.key;
            self.key(entry);
            let name = match named {
                // `{name: DB_PASSWORD, value: …}` of containers, headers and tools.
                Some(named) if matches!(key, "value" | "defaultValue") => named,
                // `password: {value: …}`.
                _ if is_inner(key) && matches!(naming(place.name), Naming::Credential(_)) => {
                    place.name
                }
                // External Secrets: the key that the value will have in the Secret.
                _ if key == "secretKey" && holds_reference => "",
                _ => key,
            };
            let below = match mode {
                Mode::SecretData if place.mode == Mode::SecretData => Mode::SecretData,
                _ if key == "stringData" || is_secret && matches!(key, "data" | "stringData") => {
                    Mode::SecretData
                }
                Mode::SecretList if key == "items" || place.mode == Mode::SecretList => {
                    Mode::SecretList
                }
                _ => Mode::Look,
            };
            let below =
                if below == Mode::SecretList && key != "items" { Mode::Look } else { below };
            self.node(&entry.value, Place { name, mode: below, argument: None });
        }
    }

    fn key(&mut self, entry: &'a Entry) {
        let number = self.number;
        self.number += 1;
        // Most keys are too short for a credential, and have no value inside of them.
        let key = entry.key.as_str();
        if key.len() < 16 && !key.contains(['=', ':']) {
            return;
        }
        let cuts = cuts_in_text(key);
        if !cuts.is_empty() {
            (self.found)(number, Target::Key(entry), cuts);
        }
    }

    fn sequence(&mut self, items: &'a [Node], place: Place<'a>) {
        let texts: Vec<Option<&str>> = items.iter().map(Node::as_str).collect();
        // Any list can be one of arguments; a list of credentials is one of `tokens`.
        let arguments = cuts_in_arguments(&texts);
        for (item, argument) in items.iter().zip(arguments) {
            self.node(item, Place { name: place.name, mode: place.mode, argument });
        }
    }
}

/// Keys below the name of a credential that hold it.
fn is_inner(key: &str) -> bool {
    matches!(
        key,
        "value"
            | "values"
            | "plaintext"
            | "plainText"
            | "inline"
            | "inlineString"
            | "text"
            | "literal"
            | "stringValue"
            | "string"
            | "raw"
            | "data"
            | "default"
    )
}

fn has_items(mapping: &Mapping) -> bool {
    mapping.get("items").is_some_and(|items| items.as_sequence().is_some())
}

/// What the kind of an object says about its data.
fn secrecy(mapping: &Mapping) -> Mode {
    let texts = |key: &'static str| {
        mapping
            .entries()
            .iter()
            .chain(mapping.shadowed())
            .filter(move |entry| &*entry.key == key)
            .filter_map(|entry| entry.value.as_str())
    };
    let is_typed = || {
        mapping.get("kind").is_none()
            && texts("type").any(|kind| {
                kind == "Opaque"
                    || kind.starts_with("kubernetes.io/")
                    || kind.starts_with("bootstrap.kubernetes.io/")
                    || kind.starts_with("helm.sh/release")
            })
    };
    if texts("kind").any(|kind| kind.eq_ignore_ascii_case("secret")) || is_typed() {
        Mode::SecretData
    } else if texts("kind").any(|kind| kind == "SecretList") {
        Mode::SecretList
    } else {
        Mode::Look
    }
}

/// What of a string has to go, sorted and without overlaps.
fn cuts_in_value(name: &str, text: &str, depth: usize) -> Vec<Cut> {
    if text.len() < 3 {
        return Vec::new();
    }
    let is_credential_of_list =
        is_plural(name) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'/');
    if let Some(kind) = judge_named(name, text).filter(|_| !is_credential_of_list) {
        return Cut::whole(text, Marker::of(kind));
    }
    // A word without signs is no longer text.
    if text.len() < 16 && !text.contains(['=', ':', ' ', '@', '$', '}', '<']) {
        return Vec::new();
    }
    if let Some(cuts) = cuts_in_embedded(text, depth) {
        return cuts;
    }
    let cuts = cuts_in_text(text);
    if !cuts.is_empty() {
        return cuts;
    }
    encoded(text).map_or_else(Vec::new, |marker| Cut::whole(text, marker))
}

/// The credential in a text that is Base64 of another one.
fn encoded(text: &str) -> Option<Marker> {
    const LEAST: usize = 24;
    const MOST: usize = 4 << 20;
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_\n\r".contains(&byte);
    if !(LEAST..=MOST).contains(&text.len()) || !text.bytes().all(is_base64) {
        return None;
    }
    let joined: String = text.split_ascii_whitespace().collect();
    let inner = String::from_utf8(decoded(&joined)?).ok()?;
    let is_text = !inner.chars().any(|symbol| symbol.is_control() && !symbol.is_whitespace());
    if !is_text {
        return None;
    }
    let found = credentials::find(&inner).first().map(|found| Marker::of(found.kind));
    found.or_else(|| cuts_in_text(&inner).first().map(|cut| cut.marker))
}
