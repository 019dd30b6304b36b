/// A Kubernetes minor the testkit can run.
///
/// Two minors that are far apart, so that rules which depend on the version meet both
/// sides of their boundary. The exact releases are pinned in `assets/<minor>/go.mod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Kubernetes 1.32, with etcd 3.5.
    V1_32,
    /// Kubernetes 1.37, with etcd 3.7.
    V1_37,
}

impl Version {
    /// The newest minor: what a test takes that does not depend on the version.
    pub const NEWEST: Version = Version::V1_37;
    /// The oldest minor.
    pub const OLDEST: Version = Version::V1_32;
    /// Every minor, oldest first.
    pub const ALL: [Version; 2] = [Version::V1_32, Version::V1_37];

    /// The number after `1.`, such as `37`.
    pub fn minor(self) -> u32 {
        match self {
            Version::V1_32 => 32,
            Version::V1_37 => 37,
        }
    }

    /// The release that is built, as Kubernetes writes it: `v1.37.1`.
    pub fn release(self) -> &'static str {
        required_version(self.go_mod(), "k8s.io/kubernetes")
            .expect("the pinned module requires Kubernetes")
    }

    /// The release of etcd that is built beside it: `3.7.0`.
    pub(crate) fn etcd_release(self) -> &'static str {
        required_version(self.go_mod(), "go.etcd.io/etcd/server/v3")
            .expect("the pinned module requires etcd")
            .trim_start_matches('v')
    }

    /// The minor written `1.37`, or the release written `1.37.1` or `v1.37.1`, when it is one of [`Version::ALL`].
    pub fn parse(text: &str) -> Option<Version> {
        let minor = minor_of(text)?;
        Version::ALL.into_iter().find(|version| version.minor() == minor)
    }

    pub(crate) fn go_mod(self) -> &'static str {
        match self {
            Version::V1_32 => include_str!("../assets/1.32/go.mod"),
            Version::V1_37 => include_str!("../assets/1.37/go.mod"),
        }
    }

    pub(crate) fn go_sum(self) -> &'static str {
        match self {
            Version::V1_32 => include_str!("../assets/1.32/go.sum"),
            Version::V1_37 => include_str!("../assets/1.37/go.sum"),
        }
    }
}

impl std::fmt::Display for Version {
    /// `1.37`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "1.{}", self.minor())
    }
}

/// The minor in `1.37`, `v1.37.1` or `Kubernetes v1.37.1+build`.
pub(crate) fn minor_of(text: &str) -> Option<u32> {
    let number = text.split_whitespace().last()?;
    let number = number.strip_prefix('v').unwrap_or(number);
    let mut parts = number.split('.');
    if parts.next()? != "1" {
        return None;
    }
    let minor = parts.next()?;
    let digits = minor.find(|character: char| !character.is_ascii_digit()).unwrap_or(minor.len());
    minor[..digits].parse().ok()
}

fn required_version<'text>(go_mod: &'text str, module: &str) -> Option<&'text str> {
    go_mod.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("require ").unwrap_or(line);
        let (name, version) = line.split_once(' ')?;
        (name == module && !version.starts_with("=>")).then_some(version)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_is_read_from_what_components_print() {
        let check =
            |text: &str, expected: Option<u32>| assert_eq!(minor_of(text), expected, "{text:?}");
        check("Kubernetes v1.37.1", Some(37));
        check("v1.32.2", Some(32));
        check("1.9", Some(9));
        check("v1.33.0-rc.1+abc", Some(33));
        check("v1.33+", Some(33));
        check("v2.0.0", None);
        check("1", None);
        check("", None);
        check("v1.x", None);
    }

    #[test]
    fn the_pinned_release_has_the_minor_it_is_filed_under() {
        for version in Version::ALL {
            assert_eq!(minor_of(version.release()), Some(version.minor()));
            assert_eq!(Version::parse(version.release()), Some(version));
        }
        assert!(Version::OLDEST.minor() + 4 <= Version::NEWEST.minor());
    }
}
