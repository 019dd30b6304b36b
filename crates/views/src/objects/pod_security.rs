//! The Pod Security labels of a namespace, as the admission plugin PodSecurity reads them.

use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::{Fields, Malformed};

/// What pods may ask for, from everything to the least (Pod Security Standards).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodSecurityLevel {
    /// Everything.
    Privileged,
    /// Nothing that is known to lead out of the container.
    Baseline,
    /// Only what hardened programs need.
    Restricted,
}

impl PodSecurityLevel {
    /// As labels spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted]
            .into_iter()
            .find(|level| level.as_str() == text)
    }
}

/// The effective policy of one mode, and what stands in its labels.
#[derive(Clone, Copy, Debug)]
pub struct PodSecurityMode<'a> {
    /// The level that applies.
    pub level: PodSecurityLevel,
    /// The minor release whose rules apply; `None` for those of the cluster's own release.
    pub minor: Option<u32>,
    /// The label that holds the level, if there is one.
    pub level_label: Option<&'a Node>,
    /// The label that holds the version, if there is one.
    pub version_label: Option<&'a Node>,
    /// Whether the level's label makes no sense.
    pub level_is_malformed: bool,
    /// Whether the version's label makes no sense.
    pub version_is_malformed: bool,
}

/// The effective policies of a namespace.
///
/// Without labels they are `privileged`, unless the configuration of the API server says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct PodSecurity<'a> {
    /// Pods that violate it are refused.
    pub enforce: PodSecurityMode<'a>,
    /// Pods that violate it are noted in the audit log.
    pub audit: PodSecurityMode<'a>,
    /// Whoever creates pods that violate it is told.
    pub warn: PodSecurityMode<'a>,
}

impl<'a> PodSecurity<'a> {
    /// Reads the labels of a namespace.
    ///
    /// A level that makes no sense is `restricted` for enforcement, else `privileged`; a version
    /// that makes none is the latest; without a label of its own `warn` follows a stricter
    /// `enforce` (`k8s.io/pod-security-admission/api/helpers.go`).
    ///
    /// # Errors
    /// When a label is no text: the API server refuses such an object.
    pub fn of(namespace: &'a Object) -> Result<Self, Malformed<'a>> {
        use PodSecurityLevel::{Privileged, Restricted};
        let labels = Fields::of(&namespace.root).path(&["metadata", "labels"]);
        let mode =
            |level, version, nonsense| PodSecurityMode::read(labels, level, version, nonsense);
        let enforce = mode(
            "pod-security.kubernetes.io/enforce",
            "pod-security.kubernetes.io/enforce-version",
            Restricted,
        )?;
        let audit = mode(
            "pod-security.kubernetes.io/audit",
            "pod-security.kubernetes.io/audit-version",
            Privileged,
        )?;
        let mut warn = mode(
            "pod-security.kubernetes.io/warn",
            "pod-security.kubernetes.io/warn-version",
            Privileged,
        )?;
        if warn.level_label.is_none() && enforce.level > warn.level {
            warn.level = enforce.level;
            if warn.version_label.is_none() {
                warn.minor = enforce.minor;
            }
        }
        Ok(Self { enforce, audit, warn })
    }

    /// The three modes by the names that labels have for them.
    #[must_use]
    pub fn modes(&self) -> [(&'static str, PodSecurityMode<'a>); 3] {
        [("enforce", self.enforce), ("audit", self.audit), ("warn", self.warn)]
    }
}

impl<'a> PodSecurityMode<'a> {
    fn read(
        labels: Fields<'a>,
        level_label: &str,
        version_label: &str,
        nonsense: PodSecurityLevel,
    ) -> Result<Self, Malformed<'a>> {
        let level = labels.text(level_label)?;
        let version = labels.text(version_label)?;
        let parsed = level.map(PodSecurityLevel::parse);
        let minor = version.map(minor);
        Ok(Self {
            level: match parsed {
                None => PodSecurityLevel::Privileged,
                Some(level) => level.unwrap_or(nonsense),
            },
            minor: minor.flatten().flatten(),
            level_label: labels.get(level_label).node(),
            version_label: labels.get(version_label).node(),
            level_is_malformed: parsed == Some(None),
            version_is_malformed: minor == Some(None),
        })
    }

    /// Whether the rules of that minor release apply.
    #[must_use]
    pub fn has_rules_of(&self, minor: u32) -> bool {
        self.minor.is_none_or(|own| own >= minor)
    }
}

/// Reads `v1.31` or `latest` (`None` inside); nothing else, leading zeros neither.
fn minor(text: &str) -> Option<Option<u32>> {
    if text == "latest" {
        return Some(None);
    }
    let digits = text.strip_prefix("v1.")?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    // A release that no number can hold is newer than all there are.
    Some(Some(digits.parse().unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Manifest, Object};

    use super::PodSecurity;

    fn namespace(labels: &str) -> Object {
        let text =
            format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {labels}}}}}");
        let manifest = Manifest { path: "a.yaml".to_owned(), text, rendered: None };
        manifest.contents(0).objects.remove(0)
    }

    #[test]
    fn labels_are_read_as_admission_reads_them() {
        let check = |labels: &[(&str, &str)], expected: &str| {
            let labels: Vec<String> = labels
                .iter()
                .map(|(key, value)| format!("pod-security.kubernetes.io/{key}: '{value}'"))
                .collect();
            let object = namespace(&format!("{{{}}}", labels.join(", ")));
            let read = PodSecurity::of(&object).expect("texts");
            let said: Vec<String> = read
                .modes()
                .iter()
                .map(|(_, mode)| {
                    let minor = mode.minor.map_or("latest".to_owned(), |minor| minor.to_string());
                    let odd = mode.level_is_malformed || mode.version_is_malformed;
                    format!("{} {minor}{}", mode.level.as_str(), if odd { "!" } else { "" })
                })
                .collect();
            assert_eq!(said.join(", "), expected, "{labels:?}");
        };
        check(&[], "privileged latest, privileged latest, privileged latest");
        check(&[("enforce", "baseline")], "baseline latest, privileged latest, baseline latest");
        check(
            &[("enforce", "baseline"), ("enforce-version", "v1.30")],
            "baseline 30, privileged latest, baseline 30",
        );
        check(
            &[("enforce", "baseline"), ("enforce-version", "v1.30"), ("warn-version", "v1.20")],
            "baseline 30, privileged latest, baseline 20",
        );
        check(
            &[("enforce", "restricted"), ("warn", "privileged")],
            "restricted latest, privileged latest, privileged latest",
        );
        check(
            &[("enforce", "Baseline")],
            "restricted latest!, privileged latest, restricted latest",
        );
        check(&[("audit", "high")], "privileged latest, privileged latest!, privileged latest");
        check(&[("warn", "high")], "privileged latest, privileged latest, privileged latest!");
        check(&[("enforce", "")], "restricted latest!, privileged latest, restricted latest");
        for version in ["1.30", "v1.030", "v1.", "v2.1", "v1.30.1", "v1.+3", "Latest", ""] {
            check(
                &[("audit", "baseline"), ("audit-version", version)],
                "privileged latest, baseline latest!, privileged latest",
            );
        }
        check(&[("audit-version", "v1.0")], "privileged latest, privileged 0, privileged latest");
    }

    #[test]
    fn a_label_that_is_no_text_is_refused() {
        let object = namespace("{pod-security.kubernetes.io/enforce: true}");
        assert!(PodSecurity::of(&object).is_err());
    }
}
