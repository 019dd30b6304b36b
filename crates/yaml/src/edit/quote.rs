//! Strings as scalars that read back as the same strings, here and with other readers of YAML.

use std::fmt::Write as _;

use crate::scalar::Resolved;

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// Without quotes where it can be.
    Plain,
    /// In `'`, where it can be.
    Single,
    /// In `"`.
    Double,
}

impl Quote {
    /// Gives the quotes of a scalar as it is written.
    pub(super) fn of(written: &str) -> Self {
        match written.as_bytes().first() {
            Some(b'"') => Self::Double,
            Some(b'\'') => Self::Single,
            _ => Self::Plain,
        }
    }
}

/// Writes a string on one line. `flow` tells that it stands inside of `[]` or `{}`.
pub(super) fn string(text: &str, quote: Quote, flow: bool) -> String {
    match quote {
        Quote::Plain if can_be_plain(text, flow) => text.to_owned(),
        Quote::Single if text.chars().all(is_simple) => format!("'{}'", text.replace('\'', "''")),
        _ => double(text),
    }
}

/// Whether the string can be written line by line after `|`.
pub(super) fn can_be_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_line = |line: &str| line.trim_end() == line && line.chars().all(is_simple);
    body.contains('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && body.split('\n').all(is_line)
}

fn can_be_plain(text: &str, flow: bool) -> bool {
    const INDICATORS: [char; 18] =
        ['?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    let bytes = text.as_bytes();
    let dash = bytes.first() == Some(&b'-') && matches!(bytes.get(1), None | Some(b' ' | b'-'));
    // `--flag` is usual as an argument; a document marker is three signs and then a blank.
    let flag = text.starts_with("--") && bytes.get(2).is_some_and(u8::is_ascii_alphanumeric);
    let in_flow = flow && text.contains([',', '[', ']', '{', '}', ':']);
    // Numbers, dates and times of some reader or other.
    let numeric = bytes.first().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(byte))
        && bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().all(|byte| byte.is_ascii_digit() || b"_.:+-eExXoT Z".contains(byte));
    !text.is_empty()
        && text.trim() == text
        && text.chars().all(is_simple)
        && !text.starts_with(INDICATORS)
        && (!dash || flag)
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !in_flow
        && !numeric
        && !matches!(text, "=" | "<<")
        && Resolved::plain(text) == Resolved::Text
}

/// Whether a character stands for itself in every style and for every reader.
fn is_simple(symbol: char) -> bool {
    !matches!(
        symbol,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Writes the escapes that both YAML and JSON have.
fn double(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for symbol in text.chars() {
        match symbol {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            // Those that are not simple have four digits at most. Writing to a string does not
            // fail.
            symbol if !is_simple(symbol) => {
                let _ = write!(written, "\\u{:04x}", u32::from(symbol));
            }
            symbol => written.push(symbol),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_where_they_must_be() {
        for plain in [
            "a",
            "a b",
            "--listen",
            "-x",
            "registry/x:1.4",
            "a,b",
            "é",
            "v1",
            "1.2.3a",
            "https://x",
        ] {
            assert_eq!(string(plain, Quote::Plain, false), plain);
        }
        for quoted in [
            "",
            " a",
            "a ",
            "yes",
            "Off",
            "y",
            "null",
            "~",
            "0644",
            "1e3",
            "1_0",
            ".5",
            "0x1f",
            "12:30",
            "2001-01-01",
            "1.2.3",
            "a: b",
            "a #b",
            "#a",
            "a:",
            "- a",
            "-",
            "--",
            "---",
            "... a",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "'a'",
            "{a",
            "[a",
            "? a",
            "|",
            ">",
            "=",
            "<<",
            ".inf",
        ] {
            assert_eq!(string(quoted, Quote::Plain, false), format!("\"{quoted}\""));
        }
        assert_eq!(string("a,b", Quote::Plain, true), "\"a,b\"");
        assert_eq!(string("it's", Quote::Single, false), "'it''s'");
        assert_eq!(string("a\tb", Quote::Single, false), r#""a\tb""#);
        assert_eq!(
            string("\"\\\0\n\u{85}\u{feff}é😀", Quote::Plain, false),
            r#""\"\\\u0000\n\u0085\ufeffé😀""#
        );
    }
}
