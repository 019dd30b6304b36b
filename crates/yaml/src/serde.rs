//! The tree by way of serde: live objects and records go between JSON text and the tree directly.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::key::Key;
use crate::mapping::{self, Entry, Mapping};
use crate::node::{Node, Value};
use crate::problem::Limits;
use crate::scalar;
use crate::span::Span;

impl Serialize for Node {
    /// Writes the value as JSON has it: spans and the entries that do not count are left out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::String(text) => serializer.serialize_str(text),
            Value::Sequence(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(item)?;
                }
                sequence.end()
            }
            Value::Mapping(mapping) => {
                let entries = mapping.entries();
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&*entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    /// Reads a value with empty spans. Numbers are those of [`from_json`](crate::from_json), the
    /// last of equal keys counts, and over 127 collections inside each other are an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut open = Open::default();
        let depth = Limits::default().max_depth;
        Tree { open: &mut open, depth }.deserialize(deserializer)
    }
}

/// Children of the collections that are being read, so that each collection can take exactly the
/// memory it needs.
#[derive(Default)]
struct Open {
    items: Vec<Node>,
    entries: Vec<Entry>,
}

struct Tree<'o> {
    open: &'o mut Open,
    /// How many more collections may stand inside each other.
    depth: usize,
}

impl Tree<'_> {
    /// Goes into a collection.
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let message = || E::custom("more collections inside each other than can be read");
        let depth = self.depth.checked_sub(1).ok_or_else(message)?;
        Ok(Self { depth, ..self })
    }

    fn child(&mut self) -> Tree<'_> {
        Tree { open: self.open, depth: self.depth }
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value in the shapes of JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Value::Null.into())
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Value::Null.into())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Value::Bool(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Value::Int(value).into())
    }

    #[expect(clippy::cast_precision_loss, reason = "what the JSON decoder of Kubernetes does")]
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int).into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        let value = scalar::float_value(value);
        value.map(Node::from).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Value::String(text.into()).into())
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Value::String(text.into()).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut inner = self.deeper()?;
        let first = inner.open.items.len();
        while let Some(item) = items.next_element_seed(inner.child())? {
            inner.open.items.push(item);
        }
        Ok(Value::Sequence(inner.open.items.drain(first..).collect()).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut inner = self.deeper()?;
        let first = inner.open.entries.len();
        while let Some(key) = entries.next_key::<Key>()? {
            let value = entries.next_value_seed(inner.child())?;
            inner.open.entries.push(Entry::new(key, Span::default(), value));
        }
        let shadowed = mapping::shadowed(&inner.open.entries[first..]);
        let entries = inner.open.entries.drain(first..);
        Ok(Value::Mapping(Mapping::without_shadowed(entries, &shadowed)).into())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(text.into())
            }

            fn visit_string<E>(self, text: String) -> Result<Key, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Text)
    }
}
