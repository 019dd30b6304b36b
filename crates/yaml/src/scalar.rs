//! What a scalar means: the rules of `sigs.k8s.io/yaml`, which reads through go-yaml v2
//! (`goyaml.v2/resolve.go`, `yaml.go`) and JSON.

use std::borrow::Cow;

use crate::key::Key;
use crate::node::Value;

/// A scalar before it is turned into JSON; keys and values part ways from here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// Over `i64::MAX`.
    Unsigned(u64),
    Float(f64),
    /// The text itself.
    Text,
}

impl Resolved {
    /// Resolves a plain scalar without a tag.
    pub(crate) fn plain(text: &str) -> Self {
        resolve_plain(text)
    }

    /// Resolves a scalar with a tag of the `tag:yaml.org,2002:` family, given by its last part.
    ///
    /// The tag forces the type whatever the quotes. `Err` tells why the text does not fit.
    pub(crate) fn tagged(tag: &str, text: &str) -> Result<Self, &'static str> {
        let resolved = match tag {
            "null" | "bool" | "int" | "float" => resolve_plain(text),
            _ => return Ok(Resolved::Text),
        };
        match (tag, resolved) {
            ("null", Resolved::Null)
            | ("bool", Resolved::Bool(_))
            | ("int", Resolved::Int(_) | Resolved::Unsigned(_))
            | ("float", Resolved::Float(_)) => Ok(resolved),
            #[expect(clippy::cast_precision_loss, reason = "what go-yaml does")]
            ("float", Resolved::Int(value)) => Ok(Resolved::Float(value as f64)),
            ("null", _) => Err("is not null, as its tag says"),
            ("bool", _) => Err("is not a boolean, as its tag says"),
            ("int", _) => Err("is not an integer, as its tag says"),
            _ => Err("is not a number, as its tag says"),
        }
    }

    /// Gives the value a scalar has after its way through JSON; `None` when JSON cannot hold it.
    pub(crate) fn to_value(self, text: &str) -> Option<Value> {
        Some(match self {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => Value::Bool(value),
            Resolved::Int(value) => Value::Int(value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "what the JSON decoder of Kubernetes does"
            )]
            Resolved::Unsigned(value) => Value::Float(value as f64),
            Resolved::Float(value) => float_value(value)?,
            Resolved::Text => Value::String(text.into()),
        })
    }

    /// Gives the JSON key a scalar becomes; `None` for null and integers over 63 bits, which
    /// `sigs.k8s.io/yaml` refuses.
    pub(crate) fn to_key(self, text: &str) -> Option<Key> {
        Some(match self {
            Resolved::Null | Resolved::Unsigned(_) => return None,
            Resolved::Bool(true) => "true".into(),
            Resolved::Bool(false) => "false".into(),
            Resolved::Int(value) => value.to_string().into(),
            Resolved::Float(value) => float_key(value).into(),
            Resolved::Text => text.into(),
        })
    }
}

fn resolve_plain(text: &str) -> Resolved {
    let Some(first) = text.bytes().next() else {
        return Resolved::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' => resolve_number(text),
        b'.' => resolve_point(text),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            resolve_word(text)
        }
        _ => Resolved::Text,
    }
}

fn resolve_word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        _ => Resolved::Text,
    }
}

fn resolve_point(text: &str) -> Resolved {
    match text {
        ".inf" | ".Inf" | ".INF" => return Resolved::Float(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        _ => {}
    }
    // Here Go's own rule for `_` applies: only between digits.
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let separated =
        text.match_indices('_').all(|(at, _)| digit(at.wrapping_sub(1)) && digit(at + 1));
    if !separated {
        return Resolved::Text;
    }
    decimal_float(&without_underscores(text)).map_or(Resolved::Text, Resolved::Float)
}

fn resolve_number(text: &str) -> Resolved {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let plain = without_underscores(text);
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, &*plain),
    };
    if let Some(magnitude) = magnitude(digits) {
        if !negative {
            return i64::try_from(magnitude).map_or(Resolved::Unsigned(magnitude), Resolved::Int);
        }
        if let Some(value) = 0_i64.checked_sub_unsigned(magnitude) {
            return Resolved::Int(value);
        }
    }
    decimal_float(&plain).map_or(Resolved::Text, Resolved::Float)
}

/// An integer as Go's `strconv.ParseUint` with base 0 reads it: `0x`, `0o`, `0b`, and a leading
/// zero for octal.
fn magnitude(digits: &str) -> Option<u64> {
    let bytes = digits.as_bytes();
    let (radix, rest) = match bytes {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust takes a sign here, Go does not.
    if rest.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(rest, radix).ok()
}

/// A float that matches go-yaml's `yamlStyleFloat`,
/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, and is finite.
fn decimal_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let allowed = |byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(allowed) {
        return None;
    }
    // With only these bytes left, Rust's grammar is the same as the pattern.
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

/// Go writes a whole float below 1e21 to JSON without point or exponent, and what reads as an
/// integer becomes one.
pub(crate) fn float_value(value: f64) -> Option<Value> {
    if !value.is_finite() {
        return None;
    }
    if value.fract() == 0.0 && value.abs() < 1e21 {
        // The shortest digits, padded with zeros: not always the exact value of the float.
        if let Ok(whole) = format!("{value}").parse() {
            return Some(Value::Int(whole));
        }
    }
    Some(Value::Float(value))
}

/// Gives the JSON key of a value that an alias brings to the place of a key.
pub(crate) fn key_of(value: &Value) -> Option<Key> {
    match value {
        Value::Bool(value) => Resolved::Bool(*value).to_key(""),
        Value::Int(value) => Resolved::Int(*value).to_key(""),
        Value::Float(value) => Resolved::Float(*value).to_key(""),
        Value::String(text) => Some((&**text).into()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`: single precision, even for doubles.
#[expect(clippy::cast_possible_truncation, reason = "the rule being copied")]
fn float_key(value: f64) -> String {
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    } else {
        format!("{single}")
    }
}

/// Decodes `!!binary` as Go's `base64.StdEncoding` does: padded, line breaks passed over; bytes that
/// are no UTF-8 become U+FFFD on their way through JSON.
pub(crate) fn decode_binary(text: &str) -> Option<Box<str>> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let mut quantum = 0_u32;
    let mut symbols = 0;
    let mut padding = 0;
    for byte in text.bytes() {
        let bits = match byte {
            b'\r' | b'\n' => continue,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if symbols >= 2 => {
                padding += 1;
                0
            }
            _ => return None,
        };
        // Nothing but padding comes after padding, and nothing at all after the last quantum.
        if padding > 0 && byte != b'=' {
            return None;
        }
        quantum = quantum << 6 | u32::from(bits);
        symbols += 1;
        if symbols == 4 {
            let [_, bytes @ ..] = quantum.to_be_bytes();
            decoded.extend_from_slice(&bytes[..3 - padding]);
            quantum = 0;
            symbols = 0;
            if padding > 0 {
                padding = 3;
            }
        }
    }
    (symbols == 0).then(|| String::from_utf8_lossy(&decoded).into())
}
