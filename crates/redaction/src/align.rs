//! Where the characters of a string stand in the text that it was read from.

use std::ops::Range;

/// Finds the bytes of the source that parts of a value were read from, for a scalar of any style.
///
/// Characters are compared one by one, blanks and line breaks as runs, for folding changes those.
/// `None` when the two do not match: an escape that is not known, a tag that changes the value.
pub(crate) fn aligned(
    source: &str,
    value: &str,
    parts: &[Range<usize>],
) -> Option<Vec<Range<usize>>> {
    let (style, body) = body(source);
    let mut source = Cursor { text: source, at: body.start, end: body.end, style };
    let mut ranges = vec![0..0; parts.len()];
    let mut symbols = value.char_indices();
    let mut started = 0;
    let mut ended = 0;
    // Parts start and end at characters that are not blank.
    let parts: Vec<Range<usize>> = parts.iter().map(|part| trimmed(value, part)).collect();
    while let Some((at, symbol)) = symbols.by_ref().find(|(_, symbol)| !symbol.is_whitespace()) {
        let (from, to, read) = source.next()?;
        if read != symbol {
            return None;
        }
        if parts.get(started).is_some_and(|part| part.start == at) {
            ranges[started].start = from;
            started += 1;
        }
        if parts.get(ended).is_some_and(|part| part.end == at + symbol.len_utf8()) {
            ranges[ended].end = to;
            ended += 1;
        }
    }
    let complete = source.next().is_none() && started == parts.len() && ended == parts.len();
    complete.then_some(ranges)
}

fn trimmed(value: &str, part: &Range<usize>) -> Range<usize> {
    let text = &value[part.clone()];
    let start = part.start + text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
}

fn body(source: &str) -> (Style, Range<usize>) {
    let quoted = source.len() >= 2;
    match source.as_bytes().first() {
        Some(b'"') if quoted => (Style::Double, 1..source.len() - 1),
        Some(b'\'') if quoted => (Style::Single, 1..source.len() - 1),
        // The header of a block scalar ends with its line.
        Some(b'|' | b'>') => {
            (Style::Plain, source.find(['\n', '\r']).unwrap_or(source.len())..source.len())
        }
        _ => (Style::Plain, 0..source.len()),
    }
}

struct Cursor<'s> {
    text: &'s str,
    at: usize,
    end: usize,
    style: Style,
}

impl Cursor<'_> {
    /// The next character that is not blank, and where it is written.
    fn next(&mut self) -> Option<(usize, usize, char)> {
        loop {
            let from = self.at;
            let rest = &self.text[from..self.end];
            let symbol = rest.chars().next()?;
            let (length, read) = match (self.style, symbol) {
                (Style::Double, '\\') => escape(rest)?,
                (Style::Single, '\'') => (2, '\''),
                _ => (symbol.len_utf8(), symbol),
            };
            self.at = (from + length).min(self.end);
            if !read.is_whitespace() {
                return Some((from, self.at, read));
            }
        }
    }
}

/// The length of an escape and what it stands for; YAML 1.2, section 5.7.
fn escape(text: &str) -> Option<(usize, char)> {
    let code = |digits: usize| {
        let digits = text.get(2..2 + digits)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let kind = text[1..].chars().next()?;
    Some(match kind {
        'n' | 't' | 'r' | '\n' | '\r' | ' ' | 'v' | 'f' | '\t' => (2, ' '),
        '"' | '\\' | '/' => (2, kind),
        'x' => (4, char::from_u32(code(2)?)?),
        'U' => (10, char::from_u32(code(8)?)?),
        'u' => match (code(4)?, text.get(6..8)) {
            // Two escapes for one character, as JSON has it.
            (high @ 0xD800..=0xDBFF, Some("\\u")) => {
                let low = u32::from_str_radix(text.get(8..12)?, 16).ok()?.checked_sub(0xDC00)?;
                (12, char::from_u32(0x10000 + ((high - 0xD800) << 10) + low)?)
            }
            (code, _) => (6, char::from_u32(code)?),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::aligned;

    /// Finds `part` in the value of `x`, and where that is in the source.
    fn check(source: &str, part: &str, expected: Option<&str>) {
        let parsed = parse(source, &Limits::default());
        let node = parsed.documents[0].root.get("x").expect("it has one");
        let value = node.as_str().expect("it is a string");
        let at = value.find(part).expect("it is in it");
        let written = node.span.slice(source).expect("its own");
        let found = aligned(written, value, std::slice::from_ref(&(at..at + part.len())));
        assert_eq!(found.map(|found| &written[found[0].clone()]), expected, "{source}");
    }

    #[test]
    fn parts_are_found_in_every_style() {
        check("x: a b c\n", "b", Some("b"));
        check("x: 'a ''b'' c'\n", "'b'", Some("''b''"));
        check("x: \"a\\nb\\\"c\"\n", "b\"c", Some("b\\\"c"));
        check("x: \"a\\u0026b\"\n", "&b", Some("\\u0026b"));
        check("x: \"\\ud83d\\ude00b\"\n", "b", Some("b"));
        check("x: |\n  a\n   b\n  c\n", "b\nc", Some("b\n  c"));
        check("x: |2-\n  a\n\n  b\n", "b", Some("b"));
        check("x: >\n  a\n  b\n", "a b", Some("a\n  b"));
        check("x: a\n  b\n", "a b", Some("a\n  b"));
        check("x: |\r\n  a\r\n  b\r\n", "b", Some("b"));
        check("x: !!binary YWJj\n", "abc", None);
        check("x: \"a\\\n  b\"\n", "ab", Some("a\\\n  b"));
    }
}
