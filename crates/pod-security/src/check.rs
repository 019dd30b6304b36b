//! The nineteen checks, and which of them apply when.

use crate::level::{Level, Policy};

/// A check, in the order in which admission reports them: baseline first, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are upstream's ids; the table below tells the rest")]
pub enum Check {
    AppArmorProfile,
    CapabilitiesBaseline,
    HostNamespaces,
    HostPathVolumes,
    HostPorts,
    HostProbesAndHostLifecycle,
    Privileged,
    ProcMount,
    SeLinuxOptions,
    SeccompProfileBaseline,
    Sysctls,
    WindowsHostProcess,
    AllowPrivilegeEscalation,
    CapabilitiesRestricted,
    ProcMountRestricted,
    RestrictedVolumes,
    RunAsNonRoot,
    RunAsUser,
    SeccompProfileRestricted,
}

struct Row {
    check: Check,
    id: &'static str,
    level: Level,
    /// The minor from which there is such a check.
    since: u64,
    /// The minor from which a restricted check takes its place at the restricted level.
    overridden: Option<u64>,
}

const fn baseline(check: Check, id: &'static str, since: u64, overridden: Option<u64>) -> Row {
    Row { check, id, level: Level::Baseline, since, overridden }
}

const fn restricted(check: Check, id: &'static str, since: u64) -> Row {
    Row { check, id, level: Level::Restricted, since, overridden: None }
}

/// `policy/check_*.go` of `k8s.io/pod-security-admission` 0.37, in the order of [`Check`].
static TABLE: [Row; 19] = [
    baseline(Check::AppArmorProfile, "appArmorProfile", 0, None),
    baseline(Check::CapabilitiesBaseline, "capabilities_baseline", 0, Some(22)),
    baseline(Check::HostNamespaces, "hostNamespaces", 0, None),
    baseline(Check::HostPathVolumes, "hostPathVolumes", 0, Some(0)),
    baseline(Check::HostPorts, "hostPorts", 0, None),
    baseline(Check::HostProbesAndHostLifecycle, "hostProbesAndHostLifecycle", 34, None),
    baseline(Check::Privileged, "privileged", 0, None),
    baseline(Check::ProcMount, "procMount", 0, Some(35)),
    baseline(Check::SeLinuxOptions, "seLinuxOptions", 0, None),
    baseline(Check::SeccompProfileBaseline, "seccompProfile_baseline", 0, Some(19)),
    baseline(Check::Sysctls, "sysctls", 0, None),
    baseline(Check::WindowsHostProcess, "windowsHostProcess", 0, None),
    restricted(Check::AllowPrivilegeEscalation, "allowPrivilegeEscalation", 8),
    restricted(Check::CapabilitiesRestricted, "capabilities_restricted", 22),
    restricted(Check::ProcMountRestricted, "procMount_restricted", 35),
    restricted(Check::RestrictedVolumes, "restrictedVolumes", 0),
    restricted(Check::RunAsNonRoot, "runAsNonRoot", 0),
    restricted(Check::RunAsUser, "runAsUser", 23),
    restricted(Check::SeccompProfileRestricted, "seccompProfile_restricted", 19),
];

impl Check {
    /// Every check, in the order of reports.
    pub fn all() -> impl Iterator<Item = Check> {
        TABLE.iter().map(|row| row.check)
    }

    /// Gives upstream's id: `capabilities_restricted`.
    #[must_use]
    pub fn id(self) -> &'static str {
        TABLE[self as usize].id
    }

    /// Gives the level that brings the check in: baseline or restricted.
    #[must_use]
    pub fn level(self) -> Level {
        TABLE[self as usize].level
    }

    /// Whether a policy evaluates the check.
    ///
    /// Restricted takes in the baseline checks, save those that a restricted check overrides at
    /// that version.
    #[must_use]
    pub fn applies(self, policy: Policy) -> bool {
        let (row, minor) = (&TABLE[self as usize], policy.version.minor());
        let overridden = policy.level == Level::Restricted
            && row.overridden.is_some_and(|overridden| minor >= overridden);
        row.level <= policy.level && minor >= row.since && !overridden
    }
}

/// The checks of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checks(u32);

impl Checks {
    pub(crate) fn of(policy: Policy) -> Checks {
        let applying = Check::all().filter(|check| check.applies(policy));
        Checks(applying.fold(0, |set, check| set | 1 << check as u32))
    }

    pub(crate) fn has(self, check: Check) -> bool {
        self.0 & (1 << check as u32) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::PolicyVersion;

    #[test]
    fn the_table_stands_in_the_order_of_reports() {
        let mut sorted: Vec<(Level, &str)> = TABLE.iter().map(|row| (row.level, row.id)).collect();
        sorted.sort_unstable();
        let listed: Vec<(Level, &str)> = Check::all().map(|it| (it.level(), it.id())).collect();
        assert_eq!(listed, sorted);
        assert!(TABLE.iter().enumerate().all(|(index, row)| row.check as usize == index));
    }

    #[test]
    fn checks_come_and_are_overridden_by_version() {
        let check = |level: Level, minor: u64, absent: &[Check]| {
            let policy = Policy::new(level, PolicyVersion::Minor(minor));
            let found: Vec<Check> = Check::all()
                .filter(|check| check.level() <= level && !check.applies(policy))
                .collect();
            assert_eq!(found, absent, "{policy}");
        };
        use Check::*;
        check(Level::Baseline, 0, &[HostProbesAndHostLifecycle]);
        check(Level::Baseline, 33, &[HostProbesAndHostLifecycle]);
        check(Level::Baseline, 34, &[]);
        check(Level::Baseline, 37, &[]);
        check(
            Level::Restricted,
            7,
            &[
                HostPathVolumes,
                HostProbesAndHostLifecycle,
                AllowPrivilegeEscalation,
                CapabilitiesRestricted,
                ProcMountRestricted,
                RunAsUser,
                SeccompProfileRestricted,
            ],
        );
        check(
            Level::Restricted,
            18,
            &[
                HostPathVolumes,
                HostProbesAndHostLifecycle,
                CapabilitiesRestricted,
                ProcMountRestricted,
                RunAsUser,
                SeccompProfileRestricted,
            ],
        );
        check(
            Level::Restricted,
            21,
            &[
                HostPathVolumes,
                HostProbesAndHostLifecycle,
                SeccompProfileBaseline,
                CapabilitiesRestricted,
                ProcMountRestricted,
                RunAsUser,
            ],
        );
        check(
            Level::Restricted,
            23,
            &[
                CapabilitiesBaseline,
                HostPathVolumes,
                HostProbesAndHostLifecycle,
                SeccompProfileBaseline,
                ProcMountRestricted,
            ],
        );
        check(
            Level::Restricted,
            34,
            &[CapabilitiesBaseline, HostPathVolumes, SeccompProfileBaseline, ProcMountRestricted],
        );
        check(
            Level::Restricted,
            35,
            &[CapabilitiesBaseline, HostPathVolumes, ProcMount, SeccompProfileBaseline],
        );
    }

    #[test]
    fn privileged_checks_nothing() {
        assert!(Checks::of(Policy::default()).is_empty());
    }
}
