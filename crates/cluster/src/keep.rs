//! Trees of what is kept of a JSON text; the rest is never built.

use std::fmt;

use merlon_yaml::{Mapping, Node, REDACTED, Span, Value};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::page::{entry, text};
use crate::rules::Rule;

/// Reads a value and keeps of it what a rule says.
pub(crate) struct Keep(pub(crate) &'static Rule);

impl<'de> DeserializeSeed<'de> for Keep {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        if matches!(self.0, Rule::Hide) {
            deserializer.deserialize_ignored_any(IgnoredAny)?;
            return Ok(text(REDACTED));
        }
        let value = deserializer.deserialize_any(self)?;
        Ok(Node { value, span: Span::default() })
    }
}

impl<'de> Visitor<'de> for Keep {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "what a float field does with a long integer")]
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Keep(self.0))? {
            items.push(item);
        }
        // A hundred thousand objects are kept: what grew by doubling is cut to its size.
        items.shrink_to_fit();
        Ok(Value::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match self.0.of(&key) {
                Rule::Drop => {
                    map.next_value::<IgnoredAny>()?;
                }
                rule => entries.push(entry(key, map.next_value_seed(Keep(rule))?)),
            }
        }
        Ok(Value::Mapping(Mapping::from_iter(entries)))
    }
}
