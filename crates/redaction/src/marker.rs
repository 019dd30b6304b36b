//! What stands in place of a credential, and reading it back.

use std::fmt;

use crate::kind::CredentialKind;

/// What stands in place of a credential: `<redacted>`, or `<redacted:KIND>` where the kind is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marker {
    /// What stood there, unless nothing is to be said about it.
    pub kind: Option<&'static CredentialKind>,
}

impl Marker {
    /// The marker that says nothing about what stood there.
    pub const PLAIN: Self = Self { kind: None };

    /// Gives the marker of a kind.
    #[must_use]
    pub const fn of(kind: &'static CredentialKind) -> Self {
        Self { kind: Some(kind) }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(formatter, "{OPEN}:{}>", kind.id()),
            None => write!(formatter, "{OPEN}>"),
        }
    }
}

const OPEN: &str = "<redacted";

/// Gives the kind that the first marker with a known kind in a text names.
///
/// The marker may be the whole text or stand inside a longer one, as in
/// `--password=<redacted:password>`.
#[must_use]
pub fn kind_of_marker(text: &str) -> Option<&'static CredentialKind> {
    markers(text).find_map(|marker| marker.kind)
}

/// Gives the markers in a text, in order; text that only looks like one is passed over.
pub fn markers(text: &str) -> impl Iterator<Item = Marker> {
    // Hardly any text has the first character, and one character is found much faster than a word.
    let parts = text.contains('<').then(|| text.split(OPEN).skip(1));
    parts.into_iter().flatten().filter_map(|rest| {
        if rest.starts_with('>') {
            return Some(Marker::PLAIN);
        }
        let (id, _) = rest.strip_prefix(':')?.split_once('>')?;
        CredentialKind::of_id(id).map(Marker::of)
    })
}

#[cfg(test)]
mod tests {
    use super::{Marker, kind_of_marker, markers};
    use crate::kind::CredentialKind;

    #[test]
    fn a_marker_is_read_back() {
        for kind in CredentialKind::all() {
            let marker = Marker::of(kind).to_string();
            assert_eq!(kind_of_marker(&marker), Some(kind));
            assert_eq!(kind_of_marker(&format!("--x=\"{marker}\" --y")), Some(kind));
        }
    }

    #[test]
    fn other_texts_have_no_kind() {
        for text in [
            "",
            "<redacted>",
            "redacted:password",
            "<redacted:password",
            "<redacted:x>",
            "<redacted",
        ] {
            assert_eq!(kind_of_marker(text), None, "{text}");
        }
        let found: Vec<String> = markers("<redacted> a <redacted:x> <redacted:password>b")
            .map(|m| m.to_string())
            .collect();
        assert_eq!(found, ["<redacted>", "<redacted:password>"]);
    }
}
