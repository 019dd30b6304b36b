use std::collections::BTreeMap;
use std::fmt;

use merlon_model::Location;

use crate::setting::Kind;

/// The value a setting really has, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The value.
    pub value: Value,
    /// What decided it.
    pub location: Location,
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Not set, and no default fills it: an empty path, no audit log.
    Unset,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// A list in the order it was given.
    List(Vec<String>),
    /// Pairs, as feature gates have them.
    Map(BTreeMap<String, String>),
    /// A duration in nanoseconds.
    Duration(i64),
}

impl Value {
    /// Reads a text as a flag's value of that kind.
    ///
    /// # Errors
    /// Says what the text should have been.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, &'static str> {
        match kind {
            Kind::Bool => parse_bool(text).map(Self::Bool).ok_or("true or false"),
            Kind::Integer => parse_integer(text).map(Self::Integer).ok_or("a whole number"),
            Kind::Duration => {
                parse_duration(text).map(Self::Duration).ok_or("a duration such as 4h0m0s")
            }
            Kind::Text if text.is_empty() => Ok(Self::Unset),
            Kind::Text => Ok(Self::Text(text.to_owned())),
            Kind::List => Ok(Self::list(text.split(','))),
            Kind::Repeated => Ok(Self::list(std::iter::once(text))),
            Kind::Map => text
                .split(',')
                .filter(|pair| !pair.trim().is_empty())
                .map(|pair| {
                    let (key, value) = pair.split_once('=').ok_or("key=value pairs")?;
                    Ok((key.trim().to_owned(), value.trim().to_owned()))
                })
                .collect::<Result<_, _>>()
                .map(Self::Map),
        }
    }

    /// A list of the parts that are not empty; without any, the value is unset.
    pub(crate) fn list<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let parts: Vec<String> =
            parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if parts.is_empty() { Self::Unset } else { Self::List(parts) }
    }

    /// What a field of that kind has in Go when nobody fills it.
    pub(crate) fn zero(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool(false),
            Kind::Integer => Self::Integer(0),
            Kind::Duration => Self::Duration(0),
            Kind::Text | Kind::List | Kind::Repeated | Kind::Map => Self::Unset,
        }
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// The text of a text value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The parts of a list; a value that is not set has none.
    #[must_use]
    pub fn as_list(&self) -> &[String] {
        match self {
            Self::List(parts) => parts,
            _ => &[],
        }
    }

    /// The boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The whole number, or the nanoseconds of a duration.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) | Self::Duration(value) => Some(*value),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => formatter.write_str("not set"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Text(text) => formatter.write_str(text),
            Self::List(parts) => formatter.write_str(&parts.join(",")),
            Self::Map(pairs) => {
                for (place, (key, value)) in pairs.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(formatter, "{comma}{key}={value}")?;
                }
                Ok(())
            }
            Self::Duration(nanoseconds) => write_duration(*nanoseconds, formatter),
        }
    }
}

/// Reads a boolean as Go's `strconv.ParseBool` does.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Reads a whole number as Go's `strconv.ParseInt` does with base 0, which `pflag` calls.
fn parse_integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// Reads a duration as Go's `time.ParseDuration` does, to nanoseconds.
fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: f64 = 0.0;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(unit_at);
        let number: f64 = number.parse().ok()?;
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let scale = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number * scale;
        rest = after;
    }
    if total >= 9.2e18 {
        return None;
    }
    // Below 2^63 by the check above.
    #[allow(clippy::cast_possible_truncation)]
    let nanoseconds = total as i64;
    Some(if negative { -nanoseconds } else { nanoseconds })
}

fn write_duration(nanoseconds: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    if nanoseconds % 1_000_000 != 0 {
        return write!(formatter, "{nanoseconds}ns");
    }
    if nanoseconds % 1_000_000_000 != 0 {
        return write!(formatter, "{}ms", nanoseconds / 1_000_000);
    }
    let seconds = nanoseconds / 1_000_000_000;
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, seconds) => write!(formatter, "{seconds}s"),
        (0, minutes, seconds) => write!(formatter, "{minutes}m{seconds}s"),
        (hours, minutes, seconds) => write!(formatter, "{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Value};

    #[test]
    fn values_are_read_as_go_reads_them() {
        let check = |kind, text: &str, expected: Result<&str, &str>| {
            let value = Value::parse(text, kind).map(|value| value.to_string());
            assert_eq!(value.as_deref().map_err(|error| *error), expected, "{kind:?} {text:?}");
        };
        check(Kind::Bool, "T", Ok("true"));
        check(Kind::Bool, "FALSE", Ok("false"));
        check(Kind::Bool, "yes", Err("true or false"));
        check(Kind::Bool, "", Err("true or false"));
        check(Kind::Integer, "-1", Ok("-1"));
        check(Kind::Integer, "1e3", Err("a whole number"));
        check(Kind::Integer, "+7", Ok("7"));
        check(Kind::Integer, "0x1f", Ok("31"));
        check(Kind::Integer, "-010", Ok("-8"));
        check(Kind::Integer, "--1", Err("a whole number"));
        check(Kind::Integer, "0x", Err("a whole number"));
        check(Kind::Integer, "9223372036854775808", Err("a whole number"));
        check(Kind::Repeated, "a.pem,b.pem", Ok("a.pem,b.pem"));
        check(Kind::Text, "", Ok("not set"));
        check(Kind::List, "Node,RBAC", Ok("Node,RBAC"));
        check(Kind::List, "Node, RBAC,", Ok("Node,RBAC"));
        check(Kind::List, "", Ok("not set"));
        check(Kind::Map, "A=true,B=false", Ok("A=true,B=false"));
        check(Kind::Map, "A", Err("key=value pairs"));
        check(Kind::Duration, "4h0m0s", Ok("4h0m0s"));
        check(Kind::Duration, "0", Ok("0s"));
        check(Kind::Duration, "1.5h", Ok("1h30m0s"));
        check(Kind::Duration, "-1s", Ok("-1s"));
        check(Kind::Duration, "300ms", Ok("300ms"));
        check(Kind::Duration, "30", Err("a duration such as 4h0m0s"));
        check(Kind::Duration, "s", Err("a duration such as 4h0m0s"));
        check(Kind::Duration, "99999999999h", Err("a duration such as 4h0m0s"));
    }
}
