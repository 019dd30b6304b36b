use merlon_model::{Severity, Version};

/// The three numbers of a release.
pub(super) type Numbers = (u32, u32, u32);

/// A known hole of a program, by the releases that have it.
#[derive(Debug)]
pub(super) struct Weakness {
    pub(super) id: &'static str,
    /// What it lets somebody do, after "lets".
    pub(super) lets: &'static str,
    pub(super) severity: Severity,
    /// The first release that has it.
    pub(super) since: Numbers,
    /// The first release of each line that no longer has it, oldest first. Lines between and
    /// before them never got a fix; those after the last never had it.
    pub(super) fixed: &'static [Numbers],
}

impl Weakness {
    /// Whether a release has it.
    pub(super) fn is_in(&self, release: Numbers) -> bool {
        let line = |(major, minor, _): Numbers| (major, minor);
        let Some(&last) = self.fixed.last() else { return release >= self.since };
        release >= self.since
            && line(release) <= line(last)
            && !self.fixed.iter().any(|&fix| line(fix) == line(release) && release >= fix)
    }

    /// The nearest release without it, for one that has it.
    pub(super) fn fix_for(&self, release: Numbers) -> Option<Numbers> {
        self.fixed.iter().copied().find(|&fix| fix > release)
    }
}

/// The numbers of a version, which decide what it has; distributions tell theirs by the suffix.
pub(super) fn numbers(version: &Version) -> Numbers {
    (version.major, version.minor, version.patch)
}

#[cfg(test)]
mod tests {
    use merlon_model::Severity;

    use super::{Numbers, Weakness};

    const WEAKNESS: Weakness = Weakness {
        id: "CVE-0000-0000",
        lets: "",
        severity: Severity::High,
        since: (1, 2, 3),
        fixed: &[(1, 4, 13), (1, 6, 1)],
    };

    #[test]
    fn a_release_has_a_hole_until_its_line_is_mended() {
        let check = |release: Numbers, fix: Option<Numbers>| {
            let found = WEAKNESS.is_in(release).then(|| WEAKNESS.fix_for(release)).flatten();
            assert_eq!(found, fix, "{release:?}");
        };
        check((1, 2, 2), None);
        check((1, 2, 3), Some((1, 4, 13)));
        check((1, 4, 12), Some((1, 4, 13)));
        check((1, 4, 13), None);
        // The line between never got a fix.
        check((1, 5, 99), Some((1, 6, 1)));
        check((1, 6, 0), Some((1, 6, 1)));
        check((1, 6, 1), None);
        check((1, 7, 0), None);
        check((2, 0, 0), None);
    }
}
