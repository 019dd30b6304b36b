//! Levels, versions, and the two together.

use std::fmt;
use std::str::FromStr;

/// How strict a policy is, laxest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything is allowed.
    #[default]
    Privileged,
    /// Known ways to take over the node are forbidden.
    Baseline,
    /// What current hardening asks for is required.
    Restricted,
}

impl Level {
    /// Every level, laxest first.
    pub const ALL: [Level; 3] = [Level::Privileged, Level::Baseline, Level::Restricted];

    /// Gives the name used in labels: `baseline`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The text is no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of privileged, baseline, restricted")]
pub struct InvalidLevel;

impl FromStr for Level {
    type Err = InvalidLevel;

    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        Level::ALL.into_iter().find(|level| level.name() == text).ok_or(InvalidLevel)
    }
}

/// The release of Kubernetes whose rules are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyVersion {
    /// `v1.N`. One newer than the newest rules known means those.
    Minor(u64),
    /// The newest rules known.
    #[default]
    Latest,
}

impl PolicyVersion {
    /// The first version with the newest rules this crate knows; later ones are evaluated as this.
    pub const NEWEST: PolicyVersion = PolicyVersion::Minor(37);

    /// Gives the version that an API server of `1.minor` evaluates when this one is asked for.
    ///
    /// A server knows no rules newer than itself: `latest` on 1.32 is what `v1.32` is on 1.37.
    #[must_use]
    pub fn on_server(self, minor: u64) -> PolicyVersion {
        self.min(PolicyVersion::Minor(minor))
    }

    /// Gives the minor to compare with those from which rules apply.
    pub(crate) fn minor(self) -> u64 {
        match self {
            PolicyVersion::Minor(minor) => minor,
            PolicyVersion::Latest => u64::MAX,
        }
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyVersion::Minor(minor) => write!(formatter, "v1.{minor}"),
            PolicyVersion::Latest => formatter.write_str("latest"),
        }
    }
}

/// The text is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"latest\" or \"v1.x\"")]
pub struct InvalidVersion;

impl FromStr for PolicyVersion {
    type Err = InvalidVersion;

    /// Reads `latest` or `v1.N`, N without leading zeros and within 63 bits.
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        if text == "latest" {
            return Ok(PolicyVersion::Latest);
        }
        let digits = text.strip_prefix("v1.").ok_or(InvalidVersion)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = digits == "0" || !digits.starts_with('0');
        if !plain || !canonical {
            return Err(InvalidVersion);
        }
        // The same bound as Go's `int`.
        let minor: i64 = digits.parse().map_err(|_| InvalidVersion)?;
        Ok(PolicyVersion::Minor(minor.unsigned_abs()))
    }
}

/// A level at a version, written `restricted:v1.25`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Policy {
    /// How strict it is.
    pub level: Level,
    /// Whose rules apply.
    pub version: PolicyVersion,
}

impl Policy {
    /// Gives the policy of a level at a version.
    #[must_use]
    pub fn new(level: Level, version: PolicyVersion) -> Policy {
        Policy { level, version }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.level, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_upstream_reads_them() {
        let check = |text: &str, expected: Option<PolicyVersion>| {
            assert_eq!(text.parse().ok(), expected, "{text:?}");
        };
        check("latest", Some(PolicyVersion::Latest));
        check("v1.0", Some(PolicyVersion::Minor(0)));
        check("v1.9", Some(PolicyVersion::Minor(9)));
        check("v1.37", Some(PolicyVersion::Minor(37)));
        check("v1.9223372036854775807", Some(PolicyVersion::Minor(i64::MAX as u64)));
        for text in [
            "",
            "Latest",
            "latest ",
            "1.25",
            "v1",
            "v1.",
            "v1.01",
            "v1.00",
            "v2.0",
            "v1.+1",
            "v1.-1",
            "v1.2.3",
            "v1.9223372036854775808",
            "v1.１",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_server_knows_no_rules_newer_than_itself() {
        let check = |asked: &str, minor: u64, expected: &str| {
            let asked: PolicyVersion = asked.parse().unwrap();
            assert_eq!(asked.on_server(minor).to_string(), expected);
        };
        check("latest", 32, "v1.32");
        check("v1.37", 32, "v1.32");
        check("v1.25", 32, "v1.25");
    }

    #[test]
    fn a_policy_is_written_as_in_messages() {
        let policy = Policy::new("restricted".parse().unwrap(), "v1.25".parse().unwrap());
        assert_eq!(policy.to_string(), "restricted:v1.25");
        assert_eq!(Policy::default().to_string(), "privileged:latest");
        assert!("Restricted".parse::<Level>().is_err());
    }
}
