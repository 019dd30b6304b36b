//! Texts as Go writes them.

use std::fmt::Write;

/// Gives `"a", "b"`, nothing escaped: `joinQuote` of `policy/helpers.go`.
pub(crate) fn join_quoted<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    let mut text = String::new();
    for item in items {
        text.push_str(if text.is_empty() { "\"" } else { ", \"" });
        text.push_str(item);
        text.push('"');
    }
    text
}

/// Gives the singular for 1 and the plural for any other count.
pub(crate) fn pluralize(
    singular: &'static str,
    plural: &'static str,
    count: usize,
) -> &'static str {
    if count == 1 { singular } else { plural }
}

/// Gives the text in double quotes, escaped as `strconv.Quote` of Go does.
pub(crate) fn go_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            _ if is_printable(character) => quoted.push(character),
            _ => escape(&mut quoted, u32::from(character)),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(quoted: &mut String, code: u32) {
    let written = match code {
        0..=0x7f => write!(quoted, "\\x{code:02x}"),
        0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
    written.expect("a String takes every text");
}

/// Letters, marks, numbers, punctuation, symbols and the space.
///
/// Rust's own escaping draws the same line, save that it escapes a combining mark at the start of a
/// text; so the character is looked at behind another one. Go 1.26 escapes the characters that
/// Unicode added after its version 15; Rust knows them as printable.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    let mut buffer = [b'a'; 5];
    let end = 1 + character.encode_utf8(&mut buffer[1..]).len();
    let text = std::str::from_utf8(&buffer[..end]).expect("a letter and an encoded character");
    text.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_does() {
        let check = |text: &str, expected: &str| assert_eq!(go_quoted(text), expected);
        check("", r#""""#);
        check("unconfined", r#""unconfined""#);
        check("a\"b\\c'd", r#""a\"b\\c'd""#);
        check("\n\t\r\u{7}\u{8}\u{b}\u{c}\0\u{1b}\u{7f}", r#""\n\t\r\a\b\v\f\x00\x1b\x7f""#);
        check("é e\u{301} 漢 😀", "\"é e\u{301} 漢 😀\"");
        check("\u{301}", "\"\u{301}\"");
        check("\u{a0}\u{200b}\u{feff}\u{2028}", r#""\u00a0\u200b\ufeff\u2028""#);
        check("\u{85}\u{e000}\u{e0001}", r#""\u0085\ue000\U000e0001""#);
    }

    #[test]
    fn lists_are_joined_without_escaping() {
        assert_eq!(join_quoted([]), "");
        assert_eq!(join_quoted(["a"]), r#""a""#);
        assert_eq!(join_quoted(["a", "b\""]), r#""a", "b"""#);
    }
}
