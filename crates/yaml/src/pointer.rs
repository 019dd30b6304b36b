//! JSON pointers (RFC 6901).

use std::fmt;
use std::str::FromStr;

use crate::walk::Segment;

/// A place in a document, such as `/spec/containers/0/image`; the empty text is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

/// A text that is no JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no JSON pointer: it must be empty or start with `/`, and `~` be `~0`")]
pub struct PointerError(String);

impl Pointer {
    /// Gives the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Goes one step down.
    pub fn push(&mut self, segment: Segment<'_>) {
        self.0.push('/');
        match segment {
            Segment::Key(key) => self.0.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Index(index) => self.0.push_str(&index.to_string()),
        }
    }

    /// Gives the number of steps.
    pub(crate) fn depth(&self) -> usize {
        self.0.matches('/').count()
    }

    /// Gives the steps, escapes resolved.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.0.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if escaped && (text.is_empty() || text.starts_with('/')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PointerError(text.to_owned()))
        }
    }
}

impl<'a> FromIterator<Segment<'a>> for Pointer {
    fn from_iter<I: IntoIterator<Item = Segment<'a>>>(segments: I) -> Self {
        let mut pointer = Self::default();
        segments.into_iter().for_each(|segment| pointer.push(segment));
        pointer
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Reads an array index as RFC 6901 section 4 writes it: digits without a leading zero.
pub(crate) fn index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = token == "0" || !token.starts_with('0');
    (plain && canonical).then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_read_and_made() {
        for text in ["", "/", "/a", "/a/0", "/a~1b/m~0n", "//"] {
            assert_eq!(text.parse::<Pointer>().expect(text).as_str(), text);
        }
        for text in ["a", "a/b", "/~", "/~2", "/a~"] {
            assert!(text.parse::<Pointer>().is_err(), "{text}");
        }
        let made: Pointer = [Segment::Key("a/b~"), Segment::Index(3)].into_iter().collect();
        assert_eq!(made.to_string(), "/a~1b~0/3");
        assert_eq!(made.tokens(), ["a/b~", "3"]);
    }
}
