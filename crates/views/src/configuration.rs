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

    /// The first file that was given: the one that edits go to.
    pub(crate) fn first(&self) -> Option<&str> {
        self.files.first().map(String::as_str)
    }

    /// The files, the one that wins last.
    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }

    /// Whether the component was given any file.
    pub(crate) fn is_given(&self) -> bool {
        !self.files.is_empty() || self.unreadable.is_some()
    }

    /// The value of a dotted key, if a file sets it.
    pub(crate) fn value(
        &self,
        key: &str,
        kind: Kind,
        texts: &Texts<'_>,
    ) -> Result<Option<Effective>, Unknown> {
        if let Some(what) = &self.unreadable {
            return Err(Unknown::Unreadable { what: what.clone() });
        }
        let keys: Vec<&str> = key.split('.').collect();
        let mut pairs = BTreeMap::new();
        let mut decided = None;
        for path in self.files.iter().rev() {
            let text = texts.get(path).map_err(|what| Unknown::Unreadable { what })?;
            let root = text.root().map_err(|what| Unknown::Unreadable { what })?;
            let Some(node) = root.path(&keys).filter(|node| !node.is_null()) else {
                continue;
            };
            let value = read(node, kind).map_err(|expected| Unknown::Invalid {
                what: format!("{key} is not {expected}"),
                location: text.location(node.span),
            })?;
            let Value::Map(more) = value else {
                return Ok(Some(located(value, text, node)));
            };
            // Maps merge key by key; the file that wins was read first.
            for (name, each) in more {
                pairs.entry(name).or_insert(each);
            }
            decided.get_or_insert_with(|| text.location(node.span));
        }
        Ok(decided.map(|location| Effective { value: Value::Map(pairs), location }))
    }
}

fn located(value: Value, text: &Text<'_>, node: &Node) -> Effective {
    Effective { value, location: text.location(node.span) }
}

fn read(node: &Node, kind: Kind) -> Result<Value, &'static str> {
    match (&node.value, kind) {
        (Yaml::Bool(value), Kind::Bool) => Ok(Value::Bool(*value)),
        (_, Kind::Bool) => Err("true or false"),
        (Yaml::Int(value), Kind::Integer) => Ok(Value::Integer(*value)),
        (_, Kind::Integer) => Err("a whole number"),
        (Yaml::String(text), Kind::Text | Kind::Duration | Kind::List) => Value::parse(text, kind),
        (Yaml::Int(0), Kind::Duration) => Ok(Value::Duration(0)),
        (_, Kind::Duration) => Err("a duration such as 4h0m0s"),
        (Yaml::Sequence(parts), Kind::List) => {
            let parts: Option<Vec<&str>> = parts.iter().map(Node::as_str).collect();
            Ok(Value::list(parts.ok_or("a list of texts")?.into_iter()))
        }
        (_, Kind::List) => Err("a list of texts"),
        (Yaml::Mapping(mapping), Kind::Map) => mapping
            .entries()
            .iter()
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
