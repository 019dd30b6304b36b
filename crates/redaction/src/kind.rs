//! What sorts of credentials are told apart.

use std::fmt;

use crate::credentials::ROWS;

/// A sort of credential.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialKind {
    id: &'static str,
    title: &'static str,
}

impl CredentialKind {
    pub(crate) const fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title }
    }

    /// Gives the id, in kebab-case: `github-token`. It is what markers carry and does not change.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// Gives the name for people, with its article: `a GitHub token`.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Gives the kind with an id.
    #[must_use]
    pub fn of_id(id: &str) -> Option<&'static Self> {
        Self::all().find(|kind| kind.id == id)
    }

    /// Gives all kinds: those known by their format, then those known by the name beside them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ROWS.iter().flat_map(|rows| rows.iter().map(|row| &row.kind)).chain(NAMED)
    }
}

impl fmt::Debug for CredentialKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}

/// The kinds that only a name tells.
static NAMED: &[CredentialKind] = &[
    CredentialKind::new("password", "a password"),
    CredentialKind::new("secret", "a secret"),
    CredentialKind::new("token", "a token"),
    CredentialKind::new("api-key", "an API key"),
    CredentialKind::new("private-key", "a private key"),
    CredentialKind::new("encryption-key", "an encryption key"),
    CredentialKind::new("access-key", "an access key"),
    CredentialKind::new("credentials", "credentials"),
    CredentialKind::new("connection-string", "a connection string with credentials"),
    CredentialKind::new("cookie", "a session cookie"),
    CredentialKind::new("random-value", "a value random enough to be a key"),
];

pub(crate) static PASSWORD: &CredentialKind = &NAMED[0];
pub(crate) static SECRET: &CredentialKind = &NAMED[1];
pub(crate) static TOKEN: &CredentialKind = &NAMED[2];
pub(crate) static API_KEY: &CredentialKind = &NAMED[3];
pub(crate) static PRIVATE_KEY: &CredentialKind = &NAMED[4];
pub(crate) static ENCRYPTION_KEY: &CredentialKind = &NAMED[5];
pub(crate) static ACCESS_KEY: &CredentialKind = &NAMED[6];
pub(crate) static CREDENTIALS: &CredentialKind = &NAMED[7];
pub(crate) static CONNECTION_STRING: &CredentialKind = &NAMED[8];
pub(crate) static COOKIE: &CredentialKind = &NAMED[9];
pub(crate) static RANDOM_VALUE: &CredentialKind = &NAMED[10];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CredentialKind;

    #[test]
    fn ids_are_unique_and_in_kebab_case() {
        let mut seen = BTreeSet::new();
        for kind in CredentialKind::all() {
            assert!(seen.insert(kind.id()), "{kind:?} is there twice");
            assert!(
                kind.id()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{kind:?}"
            );
            assert_eq!(CredentialKind::of_id(kind.id()), Some(kind));
        }
        assert!(seen.len() >= 45);
        assert_eq!(CredentialKind::of_id("no-such-kind"), None);
    }
}
