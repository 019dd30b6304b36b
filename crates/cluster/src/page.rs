//! One page of a list, read straight into trees of what is kept.

use std::fmt;

use merlon_model::Kind;
use merlon_snapshot::Cause;
use merlon_yaml::{Key, Mapping, Node, Value};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::discovery::Served;
use crate::keep::Keep;
use crate::rules::{Rule, rule};
use crate::trouble::Trouble;
use merlon_redaction::redact_live;

/// A page of a list.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) objects: Vec<Node>,
    /// How many of them told their kind themselves.
    told: usize,
    /// What the page holds besides objects of the kind.
    pub(crate) foreign: Option<String>,
    /// What the next page is asked for with; empty at the end.
    pub(crate) token: String,
    /// How many objects follow, as the server says.
    pub(crate) remaining: u64,
}

/// The format that a kind is asked for in.
///
/// Secrets come as a table (`meta.k8s.io/v1`): it gives each one's metadata, and their type in a
/// column, but no data (`printSecret` in `pkg/printers/internalversion/printers.go`). No other
/// format is offered, so that no server can answer with the whole.
pub(crate) fn accept(kind: Kind) -> &'static str {
    match kind {
        Kind::Secret => "application/json;as=Table;g=meta.k8s.io;v=v1",
        _ => "application/json",
    }
}

/// Reads a page of the list of a kind.
pub(crate) fn parse(body: &[u8], served: &Served) -> Result<Page, Trouble> {
    let unparsable = |error| Trouble::new(Cause::Unparsable, format!("the list: {error}"));
    let mut json = serde_json::Deserializer::from_slice(body);
    let page = PageSeed(served).deserialize(&mut json).map_err(unparsable)?;
    json.end().map_err(unparsable)?;
    Ok(page)
}

/// Reads a single object of a kind.
pub(crate) fn parse_one(body: &[u8], served: &Served) -> Result<Node, Trouble> {
    let unparsable = |error| Trouble::new(Cause::Unparsable, format!("the object: {error}"));
    let mut json = serde_json::Deserializer::from_slice(body);
    let seed = ObjectSeed { served, secret_type: None };
    match seed.deserialize(&mut json).map_err(unparsable)? {
        Item::Object { mut root, .. } => {
            redact_live(&mut root);
            Ok(root)
        }
        Item::Foreign(what) => Err(Trouble::new(Cause::WrongKind, format!("the answer is {what}"))),
    }
}

struct PageSeed<'s>(&'s Served);

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = Page;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page, D::Error> {
        deserializer.deserialize_map(self)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    #[serde(rename = "continue")]
    token: Option<String>,
    remaining_item_count: Option<i64>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = Page;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of Kubernetes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let is_table = self.0.kind == Kind::Secret;
        let mut page = Page::default();
        let mut kind = String::new();
        let mut columns: Vec<Column> = Vec::new();
        let mut has_items = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "kind" => kind = map.next_value()?,
                "metadata" => {
                    let metadata: ListMetadata = map.next_value::<Option<_>>()?.unwrap_or_default();
                    page.token = metadata.token.unwrap_or_default();
                    let remaining = metadata.remaining_item_count.unwrap_or(0);
                    page.remaining = u64::try_from(remaining).unwrap_or(0);
                }
                "columnDefinitions" if is_table => columns = map.next_value()?,
                "rows" | "items" if is_table == (key == "rows") => {
                    if has_items {
                        return Err(A::Error::duplicate_field("items"));
                    }
                    has_items = true;
                    let type_column = columns.iter().position(|column| column.name == "Type");
                    map.next_value_seed(Items { served: self.0, type_column, page: &mut page })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !has_items {
            return Err(A::Error::custom(format_args!("an answer of kind {kind:?} is no list")));
        }
        // Objects of built-in kinds do not tell what they are, so the list has to.
        let expected = match self.0.kind {
            Kind::Secret => "Table".to_owned(),
            kind => format!("{}List", kind.spelling()),
        };
        let all_told = !page.objects.is_empty() && page.told == page.objects.len();
        if kind != expected && (is_table || !all_told) {
            return Err(A::Error::custom(format_args!("{expected} was expected, not {kind:?}")));
        }
        Ok(page)
    }
}

/// The objects of a list, or the rows of a table.
struct Items<'s> {
    served: &'s Served,
    /// The column of a table that tells the type.
    type_column: Option<usize>,
    page: &'s mut Page,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the objects of a list")
    }

    /// How Go writes a list without any.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let item =
                match self.served.kind {
                    Kind::Secret => seq
                        .next_element_seed(Row { served: self.served, column: self.type_column })?,
                    _ => seq
                        .next_element_seed(ObjectSeed { served: self.served, secret_type: None })?,
                };
            match item {
                None => return Ok(()),
                Some(Item::Object { mut root, told }) => {
                    redact_live(&mut root);
                    self.page.told += usize::from(told);
                    self.page.objects.push(root);
                }
                Some(Item::Foreign(what)) => {
                    self.page.foreign.get_or_insert(what);
                }
            }
        }
    }
}

enum Item {
    Object {
        root: Node,
        /// Whether it told its kind.
        told: bool,
    },
    /// Something else; what.
    Foreign(String),
}

/// A row of the table of secrets.
struct Row<'s> {
    served: &'s Served,
    column: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Item;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a row of a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let mut secret_type = None;
        let mut item = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                // Cells come before the object, as in Go's struct.
                "cells" => {
                    let mut cells: Vec<serde_json::Value> = map.next_value()?;
                    let cell = self.column.and_then(|at| cells.get_mut(at)).map(|cell| cell.take());
                    if let Some(serde_json::Value::String(text)) = cell {
                        secret_type = Some(text);
                    }
                }
                "object" => {
                    let seed = ObjectSeed { served: self.served, secret_type: secret_type.take() };
                    item = Some(map.next_value_seed(seed)?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(item.unwrap_or_else(|| Item::Foreign("a row without an object".to_owned())))
    }
}

/// An object, of which its kind's rule says what is kept.
struct ObjectSeed<'s> {
    served: &'s Served,
    /// What the table says of a secret's type.
    secret_type: Option<String>,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Item;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of Kubernetes")
    }

    fn visit_unit<E>(self) -> Result<Item, E> {
        Ok(Item::Foreign("null".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let rule = rule(self.served.kind);
        let text = |text: &str| Node::from(Value::String(text.into()));
        let mut entries: Vec<(Key, Node)> = vec![
            ("apiVersion".into(), text(&self.served.api_version)),
            ("kind".into(), text(self.served.kind.spelling())),
        ];
        let (mut api_version, mut kind) = (None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match &*key {
                // Lists of Go's structs leave them out, those of custom resources have them.
                "apiVersion" => api_version = map.next_value::<Option<String>>()?,
                "kind" => kind = map.next_value::<Option<String>>()?,
                _ => match rule.of(&key) {
                    Rule::Drop => {
                        map.next_value::<IgnoredAny>()?;
                    }
                    rule => entries.push((key, map.next_value_seed(Keep(rule))?)),
                },
            }
        }
        if let Some(told) = &self.secret_type {
            entries.push(("type".into(), text(told)));
        }
        let root = Node::from(Value::Mapping(Mapping::from_iter(entries)));
        let is_of_kind = |kind: &str| {
            let api_version = api_version.as_deref().unwrap_or(&self.served.api_version);
            Kind::of(api_version, kind) == Some(self.served.kind)
        };
        let kind = kind.filter(|kind| !kind.is_empty() && self.served.kind != Kind::Secret);
        let name = root.path(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
        Ok(match kind {
            Some(kind) if !is_of_kind(&kind) => Item::Foreign(format!("a {kind:?}")),
            _ if name.is_empty() => Item::Foreign("an object without a name".to_owned()),
            kind => Item::Object { root, told: kind.is_some() },
        })
    }
}
