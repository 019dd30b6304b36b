//! What edits mean, on plain JSON.

use serde_json::{Map, Value};

use super::{Change, Edit, EditError};
use crate::pointer::index;

/// Makes one edit.
pub(super) fn apply(document: &mut Value, edit: &Edit) -> Result<(), EditError> {
    let tokens = edit.pointer.tokens();
    let done = match &edit.change {
        Change::Set(value) => set(document, &tokens, value.clone()),
        Change::Remove => remove(document, &tokens),
    };
    done.ok_or_else(|| EditError::NotFound { pointer: edit.pointer.clone() })
}

/// Gives the value that a missing or null place takes when `value` is set under it.
pub(super) fn nested(tokens: &[String], value: Value) -> Value {
    tokens.iter().enumerate().rev().fold(value, |value, (place, token)| {
        if token == "-" && place + 1 == tokens.len() {
            Value::Array(vec![value])
        } else {
            Value::Object(Map::from_iter([(token.clone(), value)]))
        }
    })
}

/// Sets a value below another one; `None` when there is no such place.
pub(super) fn set(at: &mut Value, tokens: &[String], value: Value) -> Option<()> {
    let Some((token, rest)) = tokens.split_first() else {
        *at = value;
        return Some(());
    };
    match at {
        Value::Null => *at = nested(tokens, value),
        Value::Object(entries) => match entries.get_mut(token) {
            Some(inner) => set(inner, rest, value)?,
            None => {
                entries.insert(token.clone(), nested(rest, value));
            }
        },
        Value::Array(items) if token == "-" && rest.is_empty() => items.push(value),
        Value::Array(items) => set(items.get_mut(index(token)?)?, rest, value)?,
        _ => return None,
    }
    Some(())
}

fn remove(at: &mut Value, tokens: &[String]) -> Option<()> {
    let (token, rest) = tokens.split_first()?;
    match at {
        Value::Object(entries) if rest.is_empty() => entries.remove(token).map(drop),
        Value::Object(entries) => remove(entries.get_mut(token)?, rest),
        Value::Array(items) => {
            let index = index(token).filter(|index| *index < items.len())?;
            if rest.is_empty() {
                items.remove(index);
                return Some(());
            }
            remove(&mut items[index], rest)
        }
        _ => None,
    }
}
