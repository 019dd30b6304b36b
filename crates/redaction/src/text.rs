//! Credentials in free text: a script, a file in a ConfigMap, a comment.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::credentials;
use crate::cut::{Cut, merged};
use crate::judge::judge_named;
use crate::marker::Marker;
use crate::values::is_prose;

/// Gives the credentials in a text, by their format and by the names before them, sorted and without
/// overlaps.
///
/// Known are `name=value`, `name: value`, `"name": "value"`, `--name value`, `<name>value</name>`,
/// `name is value`, and `name: NAME` with `value: …` after it.
pub(crate) fn cuts_in_text(text: &str) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = credentials::find(text)
        .into_iter()
        .map(|found| Cut::new(found.range, Marker::of(found.kind)))
        .collect();
    let mut name_end = 0;
    for hit in STEMS.find_iter(text) {
        if hit.start() < name_end {
            continue;
        }
        let name = name_around(text, hit.start()..hit.end());
        name_end = name.end;
        let Some(cut) = assigned(text, &name) else { continue };
        // What is in a long value is not searched again from every name in it.
        if cut.range.len() > LONGEST_NAME {
            name_end = cut.range.end;
        }
        cuts.push(cut);
    }
    merged(cuts)
}

/// Every name that announces a credential has one of these in it.
static STEMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build([
            "pass",
            "pwd",
            "pw",
            "pswd",
            "pword",
            "secret",
            "token",
            "key",
            "cred",
            "auth",
            "jwt",
            "psk",
            "cookie",
            "dsn",
            "connstr",
            "connection",
            "conn",
            "bearer",
            "salt",
            "seed",
            "license",
            "pat",
            "hash",
            "webhook",
            "signature",
            "session",
        ])
        .expect("the stems are few and short")
});

const LONGEST_NAME: usize = 128;

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn name_around(text: &str, hit: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let before = bytes[..hit.start]
        .iter()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|byte| in_name(**byte))
        .count();
    let after =
        bytes[hit.end..].iter().take(LONGEST_NAME).take_while(|byte| in_name(**byte)).count();
    let start = hit.start - before;
    // `\nPASSWORD`: the letter belongs to the escape.
    let escaped =
        start > 0 && bytes[start - 1] == b'\\' && matches!(bytes[start], b'n' | b't' | b'r');
    start + usize::from(escaped)..hit.end + after
}

/// What stands between a name and its value.
enum Sign {
    /// `=`, `:=`, `=>`: the value is a word, or quoted.
    Equals,
    /// `:`: the value goes on to the end of the line.
    Colon,
    /// A blank after a flag.
    Blank,
    /// `<name>`.
    Element,
    /// `name is`.
    Is,
}

fn assigned(text: &str, name: &Range<usize>) -> Option<Cut> {
    let flag = text[name.clone()].starts_with('-');
    let spelled = text[name.clone()].trim_start_matches(['-', '.']);
    let element = text[..name.start].ends_with('<');
    let (sign, start) = sign(text, name.end, flag, element)?;
    let value = extent(text, name, &sign, start)?;
    let shown = &text[value.clone()];
    let prose = matches!(sign, Sign::Is)
        && !shown.bytes().any(|byte| byte.is_ascii_digit() || b"!@#$%^&*".contains(&byte));
    if prose || is_prose(shown) || flag && matches!(sign, Sign::Blank) && shown.starts_with('-') {
        return None;
    }
    judge_named(spelled, shown).map(|kind| Cut::new(value, Marker::of(kind)))
}

fn blanks(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Finds the sign after a name, and where what follows it starts.
fn sign(text: &str, end: usize, flag: bool, element: bool) -> Option<(Sign, usize)> {
    let bytes = text.as_bytes();
    if element {
        return (bytes.get(end) == Some(&b'>')).then_some((Sign::Element, end + 1));
    }
    let mut at = end;
    let quoted = text[at..].starts_with("\\\"") || text[at..].starts_with(['"', '\'', '`']);
    if quoted {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    if text[at..].starts_with(']') {
        at += 1;
    }
    let after = blanks(text, at);
    for equals in [":=", "=>", "==", "+=", "?=", "="] {
        if text[after..].starts_with(equals) {
            return Some((Sign::Equals, after + equals.len()));
        }
    }
    match bytes.get(after) {
        Some(b':') => {
            let next = text[after + 1..].chars().next();
            let separated =
                next.is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\'' | '\\'));
            return (quoted || separated).then_some((Sign::Colon, after + 1));
        }
        _ if flag && !quoted && after > at => return Some((Sign::Blank, after)),
        _ => {}
    }
    let rest = &text[after..];
    if after > at && ["is ", "was ", "-> ", "is: "].iter().any(|word| rest.starts_with(word)) {
        return Some((Sign::Is, blanks(text, after + rest.find(' ').unwrap_or(0))));
    }
    value_of_pair(text, at)
}

/// `name: DB_PASSWORD` and then `value: …`, on the next line or in the same braces.
fn value_of_pair(text: &str, at: usize) -> Option<(Sign, usize)> {
    let gap = text.as_bytes()[at..]
        .iter()
        .take(128)
        .take_while(|byte| byte.is_ascii_whitespace() || b",\"'\\n#".contains(byte))
        .count();
    let start = at + gap;
    let rest = text.get(start..)?.strip_prefix("value")?;
    let rest = rest.trim_start_matches(['\\', '"', '\'']);
    rest.trim_start_matches([' ', '\t']).starts_with(':').then(|| {
        let colon = text.len() - rest.trim_start_matches([' ', '\t']).len();
        (Sign::Colon, colon + 1)
    })
}

/// More than a block indicator takes.
const LONGEST_INDICATOR: usize = 8;

/// Where the value after a sign is.
fn extent(text: &str, name: &Range<usize>, sign: &Sign, start: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut start = blanks(text, start);
    if matches!(sign, Sign::Element) {
        let length = text[start..].find('<')?;
        return Some(start..start + length);
    }
    // A value may stand on the next line: after a line that ends in a backslash or, in JSON, a colon.
    for joint in ["\\\n", "\\\r\n"] {
        if text[start..].starts_with(joint) {
            start = blanks(text, start + joint.len());
        }
    }
    for quote in ["\\\"", "\"", "'", "`"] {
        if let Some(inner) = text[start..].strip_prefix(quote) {
            let length = closing(inner, quote).unwrap_or_else(|| line_length(inner));
            let from = start + quote.len();
            return (length > 0).then_some(from..from + length);
        }
    }
    let block = &text[start..text.floor_char_boundary(start + LONGEST_INDICATOR)];
    let block = block.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    if matches!(sign, Sign::Colon) && matches!(block, "|" | ">" | "|-" | ">-" | "|+" | ">+") {
        return block_after(text, name.start, start + block.len());
    }
    // `"NAME=some words"`: the quote before the name ends the value.
    let around =
        text[..name.start].chars().next_back().filter(|quote| matches!(quote, '"' | '\'' | '`'));
    let is_config = starts_line(text, name.start);
    let length = match (sign, around) {
        (Sign::Equals, Some(quote)) => {
            text[start..].find(quote).unwrap_or_else(|| line_length(&text[start..]))
        }
        (Sign::Colon, _) if is_config => line_length(&text[start..]),
        (Sign::Equals, _) if is_config && !in_script(&text[start..]) => line_length(&text[start..]),
        _ => bytes[start..]
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'`&;,".contains(byte))
            .count(),
    };
    let value = &text[start..start + length];
    // A comment after the value, and what closes a line of JSON.
    let value = value.split(" #").next().unwrap_or(value);
    let value = value.trim_end_matches([' ', '\t', ',', '\\', '"', '\'', '`']);
    (!value.is_empty()).then_some(start..start + value.len())
}

/// Whether nothing but indentation, a list's dash or a comment's mark stands before.
fn starts_line(text: &str, at: usize) -> bool {
    const DEEPEST: usize = 256;
    let before = text.as_bytes()[..at].iter().rev().take(DEEPEST);
    let mark = |byte: &&u8| b" \t-#;/*\"'".contains(byte);
    let length = before.take_while(mark).count();
    length < DEEPEST && (at == length || matches!(text.as_bytes()[at - length - 1], b'\n' | b'\r'))
}

/// Whether a line is one of a shell: the value ends at the first blank.
fn in_script(rest: &str) -> bool {
    let line = &rest[..line_length(rest)];
    line.contains("&&")
        || line.contains('|')
        || line.contains("; ")
        || line.contains(" --")
        || line.ends_with(" \\")
}

/// The lines after a block indicator that are deeper than the name before it.
fn block_after(text: &str, name: usize, at: usize) -> Option<Range<usize>> {
    let line = text[..name].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '#', '\t']).len();
    let own = indent(&text[line..]).min(name - line);
    let mut range: Option<Range<usize>> = None;
    let mut start = at + text[at..].find('\n')? + 1;
    for line in text[start..].split_inclusive('\n') {
        let body = line.trim_end();
        if !body.trim_matches([' ', '#', '\t']).is_empty() {
            if indent(line) <= own {
                break;
            }
            let from = start + indent(line);
            range = Some(range.map_or(from, |range| range.start)..start + body.len());
        }
        start += line.len();
    }
    range
}

fn line_length(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// Where a quoted text ends; a quote after a backslash does not end it.
fn closing(text: &str, quote: &str) -> Option<usize> {
    const LONGEST: usize = 64 << 10;
    let text = &text[..text.floor_char_boundary(LONGEST.min(text.len()))];
    let mut from = 0;
    loop {
        let at = from + text[from..].find(quote)?;
        let slashes = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 0 {
            return Some(at);
        }
        from = at + quote.len();
    }
}

#[cfg(test)]
mod tests {
    use super::cuts_in_text;
    use crate::cut::without;

    fn check(text: &str, expected: &str) {
        assert_eq!(without(text, &cuts_in_text(text)), expected, "{text}");
    }

    #[test]
    fn values_of_names_are_cut() {
        check("password: hunter2", "password: <redacted:password>");
        check("a: 1\npassword: hunter2 # x\nb: 2", "a: 1\npassword: <redacted:password> # x\nb: 2");
        check("db.password=hunter2\r\nx=1", "db.password=<redacted:password>\r\nx=1");
        check(
            "{\"password\": \"hunter2\", \"a\": 1}",
            "{\"password\": \"<redacted:password>\", \"a\": 1}",
        );
        check(r#"{\"password\": \"hunter2\"}"#, r#"{\"password\": \"<redacted:password>\"}"#);
        check(
            "export DB_PASSWORD='hunt er2' && x",
            "export DB_PASSWORD='<redacted:password>' && x",
        );
        check("app --token a81f2c9d --v=2", "app --token <redacted:token> --v=2");
        check("<password>hunter2</password>", "<password><redacted:password></password>");
        check("the password is hunter2.", "the password is <redacted:password>");
        check(
            "jdbc:x://h/d?user=a&password=hunter2&ssl=true",
            "jdbc:x://h/d?user=a&password=<redacted:password>&ssl=true",
        );
        check("Server=h;Password=hunter2;X=1", "Server=h;Password=<redacted:password>;X=1");
        check(
            "- name: DB_PASSWORD\n  value: hunter2",
            "- name: DB_PASSWORD\n  value: <redacted:password>",
        );
        check(
            "{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"}",
            "{\"name\":\"DB_PASSWORD\",\"value\":\"<redacted:password>\"}",
        );
        check(
            "password: |\n  hunter2\n  hunter3\nb: 1",
            "password: |\n  <redacted:password>\n  \nb: 1",
        );
        check("mysqldump --password=hunter2 db", "mysqldump --password=<redacted:password> db");
        check("a\\nPASSWORD=hunter2", "a\\nPASSWORD=<redacted:password>");
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "the password is rotated by vault",
            "# tokens expire after a day",
            "PASSWORD=$(cat /run/secrets/password)",
            "PASSWORD=\"$PASSWORD\"",
            "password = os.environ[\"DB_PASSWORD\"]",
            "password: {{ .Values.password }}",
            "password: ${DB_PASSWORD}",
            "passwordFile: /run/secrets/db",
            "keepalive: 100",
            "secretName: db",
            "<password/>",
            "password:",
            "token",
            "--token",
            "apiKey: <your key>",
            "password: Set this to the password of the database user.",
            "if [ -z \"$TOKEN\" ]; then exit 1; fi",
        ] {
            check(text, text);
        }
    }
}
