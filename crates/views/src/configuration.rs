use std::collections::BTreeMap;

use merlon_yaml::{Node, Value as Yaml};

use crate::component::Unknown;
use crate::setting::Kind;
use crate::text::{Text, Texts};
use crate::value::{Effective, Value};

/// The configuration files of a component.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    /// The files as keys of the snapshot's documents, the one that wins last.
    files: Vec<String>,
    /// Why one that may decide could not be read.
    unreadable: Option<String>,
}

impl Configuration {
    /// One file.
    pub(crate) fn of_file(path: String) -> Self {
        Self { files: vec![path], unreadable: None }
    }

    /// Files of which a later one wins, as the kubelet merges its drop-in directory
    /// (`mergeKubeletConfigurations` in `cmd/kubelet/app/server.go`: a JSON merge patch each).
    pub(crate) fn of_files(files: Vec<String>) -> Self {
        Self { files, unreadable: None }
    }

    /// Files of which at least one could not be read.
    pub(crate) fn unreadable(what: String) -> Self {
        Self { files: Vec::new(), unreadable: Some(what) }
    }

    /// The files, the one that wins last.
    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }

    /// Whether the component was given any file.
    pub(crate) fn is_given(&self) -> bool {
        !self.files.is_empty() || self.unreadable.is_some()
    }

    /// Whether a path is one of the files.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.iter().any(|file| file == path)
    }

    /// The value of a dotted key, if a file sets it.
    pub(crate) fn value(
        &self,
        key: &str,
        kind: Kind,
        merging: Merging,
        texts: &Texts<'_>,
    ) -> Result<Option<InFile>, Unknown> {
        if let Some(what) = &self.unreadable {
            return Err(Unknown::Unreadable { what: what.clone() });
        }
        if merging == Merging::NotModelled && self.files.len() > 1 {
            let why = "how this release merges drop-in files (an alpha feature) is not modelled";
            return Err(Unknown::NotModelled { why: why.to_owned() });
        }
        let keys: Vec<&str> = key.split('.').collect();
        let mut pairs: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut decided = None;
        for (place, path) in self.files.iter().enumerate().rev() {
            let drop_in = place > 0;
            let text = texts.get(path).map_err(|what| Unknown::Unreadable { what })?;
            let root = text.root().map_err(|what| Unknown::Unreadable { what })?;
            let node = match reach(root, &keys) {
                Reached::Node(node) => node,
                Reached::Nothing => continue,
                // In the file that the others are laid over, null is the same as nothing.
                Reached::Null(_) if !drop_in => continue,
                Reached::Null(node) if merging.null_deletes(text, node)? => break,
                Reached::Null(_) => continue,
                Reached::Scalar(node) => {
                    return Err(Unknown::Invalid {
                        what: format!("what {key} stands in is no mapping"),
                        location: text.location(node.span),
                    });
                }
            };
            if kind == Kind::Map
                && let Some(mapping) = node.as_mapping()
            {
                for entry in mapping.entries().iter().filter(|entry| entry.value.is_null()) {
                    if drop_in && merging.null_deletes(text, &entry.value)? {
                        pairs.entry(entry.key.to_string()).or_insert(None);
                    }
                }
            }
            let value = read(node, kind).map_err(|expected| Unknown::Invalid {
                what: format!("{key} is not {expected}"),
                location: text.location(node.span),
            })?;
            let location = text.location(node.span);
            let Value::Map(more) = value else {
                return Ok(Some(InFile { effective: Effective { value, location }, drop_in }));
            };
            // Maps merge key by key; the file that wins was read first.
            for (name, each) in more {
                pairs.entry(name).or_insert(Some(each));
            }
            decided.get_or_insert((location, drop_in));
        }
        Ok(decided.map(|(location, drop_in)| {
            let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let value = Value::Map(pairs.collect());
            InFile { effective: Effective { value, location }, drop_in }
        }))
    }
}

/// A value that a file sets.
pub(crate) struct InFile {
    pub(crate) effective: Effective,
    /// Whether the file was laid over another one.
    pub(crate) drop_in: bool,
}

/// How a kubelet lays drop-in files over its configuration
/// (`mergeKubeletConfigurations` in `cmd/kubelet/app/server.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merging {
    /// 1.28: the decoded structures, each with its own defaults.
    NotModelled,
    /// 1.29 to 1.31: JSON merge patches onto the *internal* structure, whose field names differ in
    /// case, so that a null deletes nothing; no defaulting afterwards.
    NullKeeps,
    /// From 1.32 on: JSON merge patches (RFC 7396), and defaulting afterwards.
    NullDeletes,
    /// The release is not known.
    Unknown,
}

impl Merging {
    /// How a release does it.
    pub(crate) fn of(release: Option<(u32, u32)>) -> Self {
        match release {
            Some((1, ..=28)) => Self::NotModelled,
            Some((1, 29..=31)) => Self::NullKeeps,
            Some(_) => Self::NullDeletes,
            None => Self::Unknown,
        }
    }

    fn null_deletes(self, text: &Text<'_>, node: &Node) -> Result<bool, Unknown> {
        match self {
            Self::NullDeletes => Ok(true),
            Self::NullKeeps | Self::NotModelled => Ok(false),
            Self::Unknown => Err(Unknown::NotModelled {
                why: format!(
                    "what null means at {} depends on the kubelet's release, which is unknown",
                    text.location(node.span)
                ),
            }),
        }
    }
}

enum Reached<'n> {
    Node(&'n Node),
    Null(&'n Node),
    Scalar(&'n Node),
    Nothing,
}

/// Follows keys to a value, or to what stands in the way.
fn reach<'n>(root: &'n Node, keys: &[&str]) -> Reached<'n> {
    let mut node = root;
    for key in keys {
        if node.is_null() {
            return Reached::Null(node);
        }
        let Some(mapping) = node.as_mapping() else {
            return Reached::Scalar(node);
        };
        let Some(next) = mapping.get(key) else {
            return Reached::Nothing;
        };
        node = next;
    }
    if node.is_null() { Reached::Null(node) } else { Reached::Node(node) }
}

pub(crate) fn read(node: &Node, kind: Kind) -> Result<Value, &'static str> {
    match (&node.value, kind) {
        (Yaml::Bool(value), Kind::Bool) => Ok(Value::Bool(*value)),
        (_, Kind::Bool) => Err("true or false"),
        (Yaml::Int(value), Kind::Integer) => Ok(Value::Integer(*value)),
        (_, Kind::Integer) => Err("a whole number"),
        (Yaml::String(text), Kind::Text | Kind::Duration | Kind::List) => Value::parse(text, kind),
        (_, Kind::Duration) => Err("a duration such as 4h0m0s"),
        (Yaml::Sequence(parts), Kind::List | Kind::Repeated) => {
            let parts: Vec<String> = parts.iter().map(scalar).collect::<Result<_, _>>()?;
            Ok(Value::list(parts.iter().map(String::as_str)))
        }
        (_, Kind::List | Kind::Repeated) => Err("a list of texts"),
        (Yaml::Mapping(mapping), Kind::Map) => mapping
            .entries()
            .iter()
            .filter(|entry| !entry.value.is_null())
            .map(|entry| Ok((entry.key.to_string(), scalar(&entry.value)?)))
            .collect::<Result<_, _>>()
            .map(Value::Map),
        (_, Kind::Map) => Err("pairs of a name and a value"),
        (_, Kind::Text) => scalar(node).map(Value::Text),
    }
}

fn scalar(node: &Node) -> Result<String, &'static str> {
    match &node.value {
        Yaml::String(text) => Ok(text.to_string()),
        Yaml::Bool(value) => Ok(value.to_string()),
        Yaml::Int(value) => Ok(value.to_string()),
        Yaml::Float(value) => Ok(value.to_string()),
        _ => Err("a single value"),
    }
}
