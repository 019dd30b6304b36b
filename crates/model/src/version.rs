use std::fmt;

use serde::{Deserialize, Serialize};

/// A release of Kubernetes or etcd, with the suffix a distribution gave it.
///
/// Ordered by its numbers; the suffix only breaks ties.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number: the one that decides defaults.
    pub minor: u32,
    /// The third number; 0 when it was not told.
    pub patch: u32,
    /// What follows the numbers, with its sign: `+rke2r1`, `-gke.100`, or nothing.
    pub suffix: String,
}

impl Version {
    /// The release `major.minor.0`.
    #[must_use]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor, patch: 0, suffix: String::new() }
    }

    /// Reads `1.31`, `v1.31.2`, `v1.31.2+rke2r1`, `1.29+`; nothing else.
    ///
    /// Image tags write `+` as `-`, so `v1.31.2-rke2r1` is read as well.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers_end =
            text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(numbers_end);
        if !suffix.is_empty() && !suffix.starts_with(['-', '+']) {
            return None;
        }
        let mut parts = numbers.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        let patch = parts.next().map_or(Some(0), |patch| patch.parse().ok())?;
        if parts.next().is_some() {
            return None;
        }
        Some(Self { major, minor, patch, suffix: suffix.to_owned() })
    }

    /// The numbers that decide a component's defaults.
    #[must_use]
    pub const fn minor_release(&self) -> (u32, u32) {
        (self.major, self.minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}{}", self.major, self.minor, self.patch, self.suffix)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a version such as 1.31.2"))
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        let check = |text: &str, expected: Option<&str>| {
            let parsed = Version::parse(text).map(|version| version.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text:?}");
        };
        check("1.31", Some("1.31.0"));
        check("v1.31.2", Some("1.31.2"));
        check("v1.31.12+rke2r10", Some("1.31.12+rke2r10"));
        check("v1.31.2-rke2r1", Some("1.31.2-rke2r1"));
        check("v1.29.4-gke.1043002", Some("1.29.4-gke.1043002"));
        check("1.29+", Some("1.29.0+"));
        check("3.5.15-0", Some("3.5.15-0"));
        check("", None);
        check("1", None);
        check("v1.x", None);
        check("1.2.3.4", None);
        check("1.31.2 or so", None);
        check("latest", None);
    }
}
