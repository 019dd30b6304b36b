//! How a row recognises its credential.

use std::ops::Range;

/// What a row looks for.
pub(crate) enum Matcher {
    /// A text that starts with one of the prefixes and goes on in these parts.
    Prefixed(&'static [&'static str], &'static [Part]),
    /// The value of a name that has all words of one of the lists in it.
    ///
    /// Such a value says nothing by itself: the context is what makes it a credential.
    Named(&'static [&'static [&'static str]], &'static [Part]),
    /// Whatever the function finds around one of the keywords, given where that starts.
    Custom(&'static [&'static str], fn(&str, usize) -> Option<Range<usize>>),
    /// Whatever the function finds around a dot.
    Dotted(fn(&str, usize) -> Option<Range<usize>>),
}

/// A part of a credential.
pub(crate) enum Part {
    /// This text.
    Text(&'static str),
    /// As many characters of a class as there are, at least and at most so many.
    Run(Class, usize, usize),
}

/// A set of characters.
pub(crate) type Class = fn(u8) -> bool;

pub(crate) fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

pub(crate) fn hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

pub(crate) fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

pub(crate) fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

pub(crate) fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Letters, digits and `_`.
pub(crate) fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The alphabet of Base64 for URLs.
pub(crate) fn url64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The alphabet of Base64, with padding.
pub(crate) fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Hexadecimal digits in groups, as in UUIDs.
pub(crate) fn uuid(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b'-'
}

/// Base64 for URLs in parts joined by dots, and a tilde as Azure has it.
pub(crate) fn dotted(byte: u8) -> bool {
    url64(byte) || matches!(byte, b'.' | b'~')
}

impl Matcher {
    /// The texts of which one is there wherever this finds something.
    pub(super) fn keywords(&self) -> Vec<String> {
        match self {
            Self::Prefixed(prefixes, _) | Self::Custom(prefixes, _) => {
                prefixes.iter().map(|prefix| (*prefix).to_owned()).collect()
            }
            Self::Named(alternatives, _) => {
                alternatives.iter().flat_map(|words| spellings(words[0])).collect()
            }
            Self::Dotted(_) => Vec::new(),
        }
    }

    /// The credential that a keyword at `start..end` belongs to; `context` is what [`Assignment::of`]
    /// gives for it.
    pub(super) fn at<'t>(
        &self,
        text: &'t str,
        start: usize,
        end: usize,
        context: impl FnOnce() -> Option<Assignment<'t>>,
    ) -> Option<Range<usize>> {
        match self {
            Self::Prefixed(_, parts) => {
                let length = taken(&text.as_bytes()[end..], parts)?;
                let range = start..end + length;
                (starts_fresh(text, start) && is_varied(&text[end..range.end])).then_some(range)
            }
            Self::Named(..) => {
                let Assignment { name, value, at } = context()?;
                self.fits(&name, value).then_some(at)
            }
            Self::Custom(_, find) => find(text, start),
            Self::Dotted(_) => None,
        }
    }

    /// Whether it is a value of that name, given in the form of [`squashed`].
    pub(super) fn fits(&self, name: &str, value: &str) -> bool {
        let Self::Named(alternatives, parts) = self else { return false };
        alternatives.iter().any(|words| words.iter().all(|word| name.contains(word)))
            && taken(value.as_bytes(), parts) == Some(value.len())
            && is_varied(value)
    }
}

/// A name in lower case without what joins its words.
pub(super) fn squashed(name: &str) -> String {
    name.chars().filter(|symbol| symbol.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn spellings(word: &str) -> [String; 3] {
    let mut capital = word.to_owned();
    capital[..1].make_ascii_uppercase();
    [word.to_owned(), word.to_ascii_uppercase(), capital]
}

/// How many bytes the parts take; `None` when they do not fit or the last one would go on.
fn taken(bytes: &[u8], parts: &[Part]) -> Option<usize> {
    let mut at = 0;
    let mut last: Option<Class> = None;
    for part in parts {
        match part {
            Part::Text(text) => {
                at += bytes[at..].starts_with(text.as_bytes()).then_some(text.len())?;
                last = None;
            }
            Part::Run(class, least, most) => {
                let run = bytes[at..].iter().take(*most).take_while(|byte| class(**byte)).count();
                if run < *least {
                    return None;
                }
                at += run;
                last = Some(*class);
            }
        }
    }
    let goes_on =
        last.is_some_and(|class| bytes.get(at).is_some_and(|byte| class(*byte) && *byte != b'='));
    (!goes_on).then_some(at)
}

/// Whether a word may start here: neither inside of another word, nor right after an escape.
pub(super) fn starts_fresh(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[..at];
    match before {
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b'%', first, second] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit() => {
            true
        }
        [.., byte] => !byte.is_ascii_alphanumeric(),
        [] => true,
    }
}

/// Whether a text has enough different characters not to be a placeholder such as `xxxxxxxx`.
pub(super) fn is_varied(text: &str) -> bool {
    let mut seen = [false; 256];
    for byte in text.bytes() {
        seen[usize::from(byte.to_ascii_lowercase())] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    distinct >= 6 && !text.ends_with("EXAMPLE") && !text.ends_with("EXAMPLEKEY")
}

const LONGEST_NAME: usize = 128;
const LONGEST_SIGN: usize = 16;
const LONGEST_VALUE: usize = 4096;

/// A name, and the value that follows it after `=` or `:`.
#[derive(Clone)]
pub(super) struct Assignment<'t> {
    /// In the form of [`squashed`].
    name: String,
    value: &'t str,
    at: Range<usize>,
}

impl<'t> Assignment<'t> {
    /// Gives the assignment to the name around `start..end`.
    pub(super) fn of(text: &'t str, start: usize, end: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let in_name =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let after = bytes[end..].iter().take(LONGEST_NAME).take_while(in_name).count();
        let mut at = end + after;
        let mut signs = 0;
        while let Some(byte) = bytes.get(at).filter(|_| at < end + after + LONGEST_SIGN) {
            match byte {
                b'=' | b':' => signs += 1,
                b'"' | b'\'' | b' ' | b'\t' | b'\\' | b'>' => {}
                _ => break,
            }
            at += 1;
        }
        if signs == 0 {
            return None;
        }
        let in_value = |byte: &&u8| byte.is_ascii_graphic() && !b"\"'`\\,;&<>(){}[]".contains(byte);
        let length = bytes[at..].iter().take(LONGEST_VALUE).take_while(in_value).count();
        if length == 0 {
            return None;
        }
        let before = bytes[..start].iter().rev().take(LONGEST_NAME).take_while(in_name).count();
        let name = squashed(&text[start - before..end + after]);
        Some(Self { name, value: &text[at..at + length], at: at..at + length })
    }
}
