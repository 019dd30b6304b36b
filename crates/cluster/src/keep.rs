//! Trees of what is kept of a JSON text; the rest is never built.

use std::fmt;

use merlon_yaml::{Key, Mapping, Node, REDACTED, Value};
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};

use crate::rules::Rule;

/// Reads a value and keeps of it what a rule says.
pub(crate) struct Keep(pub(crate) &'static Rule);

impl<'de> DeserializeSeed<'de> for Keep {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.0 {
            Rule::Whole => Node::deserialize(deserializer),
            Rule::Hide | Rule::Drop => {
                deserializer.deserialize_ignored_any(IgnoredAny)?;
                Ok(Value::String(REDACTED.into()).into())
            }
            Rule::Fields(..) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Keep {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Value::Null.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Value::Bool(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Value::Int(value).into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Node::deserialize(value.into_deserializer())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Node::deserialize(value.into_deserializer())
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Value::String(value.into()).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Keep(self.0))? {
            items.push(item);
        }
        Ok(Value::Sequence(items.into()).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Key>()? {
            match self.0.of(&key) {
                Rule::Drop => {
                    map.next_value::<IgnoredAny>()?;
                }
                rule => entries.push((key, map.next_value_seed(Keep(rule))?)),
            }
        }
        Ok(Value::Mapping(Mapping::from_iter(entries)).into())
    }
}
