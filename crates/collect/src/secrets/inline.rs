//! Secrets inside a longer text: an argument, a script, an environment file.

use std::ops::Range;

use merlon_yaml::REDACTED;

use super::names::{Naming, hides, is_plain, naming};

/// Gives the text with `<redacted>` in place of each range; these are sorted and do not overlap.
///
/// Line breaks inside a range are kept, so that lines keep their numbers.
pub(crate) fn replace(text: &str, ranges: &[Range<usize>]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut done = 0;
    for range in ranges {
        replaced.push_str(&text[done..range.start]);
        replaced.push_str(REDACTED);
        replaced.extend(text[range.clone()].chars().filter(|symbol| matches!(symbol, '\n' | '\r')));
        done = range.end;
    }
    replaced.push_str(&text[done..]);
    replaced
}

/// The secrets in a text, sorted, without overlaps.
pub(crate) fn secrets_in(text: &str) -> Vec<Range<usize>> {
    search(text, |byte, at| {
        marked(text, byte, at).or_else(|| match byte {
            b'=' | b':' | b' ' | b'\t' | b'\n' => assigned(text, at),
            _ => None,
        })
    })
}

/// The secrets that show what they are by themselves, whatever name stands before them.
pub(crate) fn marked_secrets_in(text: &str) -> Vec<Range<usize>> {
    search(text, |byte, at| marked(text, byte, at))
}

fn search(text: &str, secret: impl Fn(u8, usize) -> Option<Range<usize>>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut hidden_to = 0;
    for (at, byte) in text.bytes().enumerate() {
        // What is hidden already is not looked at again, so hostile texts cost no more than others.
        if at >= hidden_to
            && let Some(secret) = secret(byte, at)
        {
            hidden_to = secret.end;
            found.push(secret);
        }
    }
    merge(found)
}

fn marked(text: &str, byte: u8, at: usize) -> Option<Range<usize>> {
    match byte {
        b'-' => private_block(text, at),
        b':' => user_information(text, at),
        b'e' => token(text, at),
        b'L' => encoded_block(text, at),
        b'K' => join_token(text, at),
        b'B' | b'b' => scheme(text, at),
        b'A' | b'g' | b'x' => vendor_key(text, at),
        b'.' => bootstrap_token(text, at),
        b'$' => password_hash(text, at),
        _ => None,
    }
}

pub(crate) fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// A PEM block that is neither a certificate nor a public key.
fn private_block(text: &str, at: usize) -> Option<Range<usize>> {
    const BEGIN: &str = "-----BEGIN ";
    let rest = text[at..].strip_prefix(BEGIN)?;
    let label = &rest[..rest.find("-----").unwrap_or(rest.len())];
    if matches!(label, "CERTIFICATE" | "PUBLIC KEY" | "CERTIFICATE REQUEST") {
        return None;
    }
    let end = match rest.find("-----END ") {
        Some(end) => {
            let line = &rest[end + 9..];
            let close = line.find("-----").map_or(line.len(), |close| close + 5);
            at + BEGIN.len() + end + 9 + close
        }
        // Cut off: everything after the mark may be key.
        None => text.len(),
    };
    Some(at..end)
}

/// `://user:password@`: the part before the host.
fn user_information(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text[at..].strip_prefix("://")?;
    let rest = prefix(rest, LONGEST_USER);
    let end =
        run(rest, |byte| byte > b' ' && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\'));
    // The last one: passwords are not always escaped as they should be.
    let sign = rest[..end].rfind('@')?;
    let start = at + 3;
    (sign > 0).then_some(start..start + sign)
}

/// More than a user name and a password take.
const LONGEST_USER: usize = 1024;

/// A password's hash, as in `shadow` and `htpasswd`: `$6$salt$hash`.
fn password_hash(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let kind = run(&rest[1..], |byte| byte.is_ascii_alphanumeric());
    let is_hash = (1..=8).contains(&kind) && rest[1 + kind..].starts_with('$');
    let length = run(rest, |byte| byte.is_ascii_alphanumeric() || b"$./=,+-_".contains(&byte));
    (is_hash && length >= kind + 12).then_some(at..at + length)
}

/// A JSON Web Token, or other JSON in Base64.
fn token(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    if !rest.starts_with("eyJ") {
        return None;
    }
    let end = run(rest, |byte| is_base64(byte) || byte == b'.');
    let parts = rest[..end].split('.').filter(|part| part.len() >= 4).count();
    (parts >= 2 || end >= 40).then_some(at..at + end)
}

/// A PEM block in Base64.
fn encoded_block(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    rest.starts_with("LS0tLS1CRUdJTi").then(|| at..at + run(rest, is_base64))
}

/// k3s and RKE2: `K10<hash>::user:password`.
fn join_token(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let hash = rest.strip_prefix("K10")?;
    let length = run(hash, |byte| byte.is_ascii_hexdigit());
    (length >= 16 && hash[length..].starts_with("::"))
        .then(|| at..at + run(rest, |byte| byte.is_ascii_graphic() && !is_quote(byte.into())))
}

/// `Bearer …`, `Basic …`.
fn scheme(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let length =
        ["bearer ", "basic "].iter().find(|scheme| starts_with_ignoring_case(rest, scheme))?.len();
    let value = rest[length..].trim_start_matches(' ');
    let start = text.len() - value.len();
    let length = run(value, |byte| byte.is_ascii_graphic() && !is_quote(byte.into()));
    let value = &value[..length];
    // Words follow these words in prose as well.
    (length >= 8 && !is_plain(value) && !value.bytes().all(|byte| byte.is_ascii_lowercase()))
        .then_some(start..start + length)
}

/// Keys that tell by their first letters whose they are.
fn vendor_key(text: &str, at: usize) -> Option<Range<usize>> {
    const MARKS: [(&str, usize); 9] = [
        ("AKIA", 20),
        ("ASIA", 20),
        ("AIza", 35),
        ("ghp_", 30),
        ("gho_", 30),
        ("ghs_", 30),
        ("github_pat_", 30),
        ("glpat-", 20),
        ("xox", 20),
    ];
    let rest = &text[at..];
    let least = MARKS.iter().find(|(mark, _)| rest.starts_with(mark))?.1;
    let length = run(rest, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    (length >= least).then_some(at..at + length)
}

/// A bootstrap token, `abcdef.0123456789abcdef` (Kubernetes `cluster-bootstrap/token/util`).
fn bootstrap_token(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = at.checked_sub(6)?;
    let end = at + 17;
    let part = |range: Range<usize>| {
        bytes.get(range).is_some_and(|part| {
            part.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    };
    let joined = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(byte))
    };
    let bounded = !joined(start.checked_sub(1).and_then(|before| bytes.get(before)))
        && !joined(bytes.get(end));
    let has_digit = bytes.get(at + 1..end).is_some_and(|part| part.iter().any(u8::is_ascii_digit));
    (bounded && has_digit && part(start..at) && part(at + 1..end)).then_some(start..end)
}

/// `name=value`, `name: value` and `--name value`, where the name announces a secret.
fn assigned(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let before = &text[..at];
    let sign = bytes[at];
    // Blanks may stand before a sign, and then the sign itself does the work.
    let trimmed = before.trim_end_matches([' ', '\t']);
    let (unquoted, quoted) = match trimmed.strip_suffix(['"', '\'']) {
        Some(unquoted) => (unquoted.strip_suffix('\\').unwrap_or(unquoted), true),
        None => (trimmed, false),
    };
    let start = unquoted
        .rfind(|symbol: char| !(symbol.is_alphanumeric() || matches!(symbol, '_' | '-' | '.')))
        .map_or(0, |at| at + unquoted[at..].chars().next().map_or(1, char::len_utf8));
    let name = &unquoted[start..];
    if name.is_empty() {
        return None;
    }
    // `"NAME=some words"`: the quote before the name ends the value.
    let around = unquoted[..start].chars().next_back().filter(|quote| !quoted && is_quote(*quote));
    let rest = &text[at + 1..];
    let value = match sign {
        b'=' => rest,
        b':' if quoted || rest.is_empty() || rest.starts_with([' ', '\t', '"', '\'']) => rest,
        b':' => return None,
        // A flag's value after blanks; the blank right after the name, so that each is met once.
        _ if name.starts_with('-') && !quoted && trimmed.len() == at => rest,
        _ => return None,
    };
    let name = name.trim_start_matches('-');
    if naming(name) == Naming::Harmless {
        return None;
    }
    let spaced = !matches!(sign, b'=' | b':');
    let value = skip_blanks(value, spaced || rest_is_continued(value));
    // As in a list of arguments: a flag for a secret takes whatever follows it.
    if spaced && value.starts_with('-') && naming(name) < Naming::Key {
        return None;
    }
    let start = text.len() - value.len();
    let (inner, _) = extent(prefix(value, LONGEST_WORD), around);
    if !hides(name, &value[inner]) {
        return None;
    }
    let (inner, length) = extent(value, around);
    let length = scheme_extent(&value[inner.clone()], value, length);
    Some(start + inner.start..start + length.max(inner.end))
}

/// How much of a word is looked at before it is known to be a secret.
const LONGEST_WORD: usize = 1024;

fn prefix(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

fn rest_is_continued(value: &str) -> bool {
    value.trim_start_matches([' ', '\t']).starts_with("\\\n")
}

/// Blanks, and escaped line ends where a shell or systemd would join lines.
fn skip_blanks(mut value: &str, continued: bool) -> &str {
    loop {
        let next = value.trim_start_matches([' ', '\t']);
        let next = if continued {
            next.strip_prefix("\\\n").or_else(|| next.strip_prefix("\\\r\n")).unwrap_or(next)
        } else {
            next
        };
        if next.len() == value.len() {
            return value;
        }
        value = next;
    }
}

/// Where a value ends: the part inside quotes, and how long it is altogether.
fn extent(value: &str, around: Option<char>) -> (Range<usize>, usize) {
    if let Some(quote) = around {
        let mut buffer = [0; 4];
        let length = closing(value, quote.encode_utf8(&mut buffer)).unwrap_or(value.len());
        return (0..length, length);
    }
    for quote in ["\\\"", "\"", "'"] {
        if let Some(rest) = value.strip_prefix(quote) {
            let length = closing(rest, quote).unwrap_or(rest.len());
            let inner = quote.len()..quote.len() + length;
            return (inner.clone(), inner.end);
        }
    }
    let length = run(value, |byte| !byte.is_ascii_whitespace() && !is_quote(byte.into()));
    (0..length, length)
}

/// Where a quoted text ends; a quote after a backslash does not end it.
fn closing(text: &str, quote: &str) -> Option<usize> {
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

/// `Authorization: Bearer abc`: the scheme is not the secret, the word after it is.
fn scheme_extent(first: &str, value: &str, length: usize) -> usize {
    let is_scheme = ["bearer", "basic", "token", "negotiate"]
        .iter()
        .any(|scheme| first.eq_ignore_ascii_case(scheme));
    if !is_scheme {
        return length;
    }
    let rest = &value[length..];
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    length + blanks + run(&rest[blanks..], |byte| byte.is_ascii_graphic() && !is_quote(byte.into()))
}

fn run(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    let mut end = text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

fn is_quote(symbol: char) -> bool {
    matches!(symbol, '"' | '\'' | '`')
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
