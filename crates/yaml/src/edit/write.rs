//! New values as text.

use serde_json::Value;

use super::quote::{self, Quote};

/// How blocks are written.
#[derive(Clone, Debug)]
pub(super) struct BlockStyle {
    /// Columns from a key to the keys below it.
    pub(super) step: usize,
    /// Columns from a key to the dashes of the list below it.
    pub(super) dash: usize,
    pub(super) line_break: &'static str,
    pub(super) quote: Quote,
    /// Whether strings of several lines may be written line by line.
    pub(super) literals: bool,
}

/// How flow collections are written.
#[derive(Clone, Debug)]
pub(super) struct FlowStyle {
    /// Whether keys and strings are in `"`.
    pub(super) json: bool,
    /// Whether nothing stands behind `,` and `:`.
    pub(super) compact: bool,
    pub(super) pretty: Option<Pretty>,
}

/// A line for each item.
#[derive(Clone, Debug)]
pub(super) struct Pretty {
    /// What stands before each item of the collection concerned.
    pub(super) prefix: String,
    /// What stands before deeper ones in addition.
    pub(super) unit: String,
    pub(super) line_break: &'static str,
}

/// Whether the value is a collection with something in it.
pub(super) fn is_filled(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// Writes a scalar or an empty collection.
pub(super) fn scalar(value: &Value, quote: Quote, flow: bool) -> String {
    match value {
        Value::String(text) => quote::string(text, quote, flow),
        // An empty collection, a number, a boolean or null is the same in JSON.
        other => other.to_string(),
    }
}

impl BlockStyle {
    /// Writes a value behind `key:` or the like, whose column is given, with what separates it.
    pub(super) fn after_key(&self, value: &Value, column: usize) -> String {
        match value {
            value if is_filled(value) => {
                let inner = column + if value.is_array() { self.dash } else { self.step };
                format!("{}{}{}", self.line_break, " ".repeat(inner), self.lines(value, inner))
            }
            Value::String(text) if self.literals && quote::can_be_literal(text) => {
                format!(" {}", self.literal(text, column + self.step))
            }
            other => format!(" {}", scalar(other, self.quote, false)),
        }
    }

    /// Writes a value whose first line starts at a column; later lines are indented for it.
    pub(super) fn lines(&self, value: &Value, column: usize) -> String {
        let separator = format!("{}{}", self.line_break, " ".repeat(column));
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                let entries = entries.iter().map(|(key, value)| self.entry(key, value, column));
                entries.collect::<Vec<_>>().join(&separator)
            }
            Value::Array(items) if !items.is_empty() => {
                let items = items.iter().map(|item| format!("- {}", self.lines(item, column + 2)));
                items.collect::<Vec<_>>().join(&separator)
            }
            Value::String(text) if self.literals && quote::can_be_literal(text) => {
                self.literal(text, column)
            }
            other => scalar(other, self.quote, false),
        }
    }

    /// Writes a key and its value.
    pub(super) fn entry(&self, key: &str, value: &Value, column: usize) -> String {
        format!("{}:{}", quote::string(key, Quote::Plain, false), self.after_key(value, column))
    }

    fn literal(&self, text: &str, column: usize) -> String {
        let (header, body) = text.strip_suffix('\n').map_or(("|-", text), |body| ("|", body));
        let pad = " ".repeat(column);
        let lines = body.split('\n').map(|line| {
            let pad = if line.is_empty() { "" } else { &pad };
            format!("{}{pad}{line}", self.line_break)
        });
        format!("{header}{}", lines.collect::<String>())
    }
}

impl FlowStyle {
    /// Writes a value.
    pub(super) fn value(&self, value: &Value, quote: Quote) -> String {
        let quote = if self.json { Quote::Double } else { quote };
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                let inner = self.deeper();
                let entries = entries.iter().map(|(key, value)| inner.entry(key, value));
                self.collection(["{", "}"], &entries.collect::<Vec<_>>())
            }
            Value::Array(items) if !items.is_empty() => {
                let inner = self.deeper();
                let items = items.iter().map(|item| inner.value(item, quote));
                self.collection(["[", "]"], &items.collect::<Vec<_>>())
            }
            other => scalar(other, quote, true),
        }
    }

    /// Writes a key and its value.
    pub(super) fn entry(&self, key: &str, value: &Value) -> String {
        let quote = if self.json { Quote::Double } else { Quote::Plain };
        let colon = if self.compact { ":" } else { ": " };
        format!("{}{colon}{}", quote::string(key, quote, true), self.value(value, Quote::Plain))
    }

    fn deeper(&self) -> Self {
        let pretty = self.pretty.as_ref().map(|pretty| Pretty {
            prefix: format!("{}{}", pretty.prefix, pretty.unit),
            ..pretty.clone()
        });
        Self { pretty, ..self.clone() }
    }

    fn collection(&self, [open, close]: [&str; 2], items: &[String]) -> String {
        match &self.pretty {
            Some(Pretty { prefix, unit, line_break }) => {
                let items = items.join(&format!(",{line_break}{prefix}{unit}"));
                format!("{open}{line_break}{prefix}{unit}{items}{line_break}{prefix}{close}")
            }
            None => {
                let separator = if self.compact { "," } else { ", " };
                format!("{open}{}{close}", items.join(separator))
            }
        }
    }
}
