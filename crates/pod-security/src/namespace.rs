//! The policy of a namespace, by its labels.

use std::fmt;
use std::str::FromStr;

use merlon_yaml::Node;

use crate::level::{InvalidLevel, InvalidVersion, Level, Policy, PolicyVersion};
use crate::place::{Expected, Malformed};
use crate::quote::go_quoted;
use crate::reader::Reader;

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A violation refuses the pod.
    Enforce,
    /// A violation is noted in the audit log.
    Audit,
    /// A violation is told to whoever sent the request.
    Warn,
}

impl Mode {
    /// Every mode, in the order in which they are read.
    pub const ALL: [Mode; 3] = [Mode::Enforce, Mode::Audit, Mode::Warn];

    /// Gives the label that holds the level.
    #[must_use]
    pub fn level_label(self) -> &'static str {
        match self {
            Mode::Enforce => "pod-security.kubernetes.io/enforce",
            Mode::Audit => "pod-security.kubernetes.io/audit",
            Mode::Warn => "pod-security.kubernetes.io/warn",
        }
    }

    /// Gives the label that holds the version.
    #[must_use]
    pub fn version_label(self) -> &'static str {
        match self {
            Mode::Enforce => "pod-security.kubernetes.io/enforce-version",
            Mode::Audit => "pod-security.kubernetes.io/audit-version",
            Mode::Warn => "pod-security.kubernetes.io/warn-version",
        }
    }

    /// The level that stands in for one that cannot be read: only enforcement fails closed.
    fn level_of_nonsense(self) -> Level {
        match self {
            Mode::Enforce => Level::Restricted,
            Mode::Audit | Mode::Warn => Level::Privileged,
        }
    }
}

/// The policy of each mode; privileged at the latest version unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamespacePolicy {
    /// What pods are refused for.
    pub enforce: Policy,
    /// What is noted in the audit log.
    pub audit: Policy,
    /// What is warned of.
    pub warn: Policy,
}

/// A label that cannot be read as a policy.
#[derive(Clone, Copy, Debug)]
pub struct LabelProblem<'a> {
    /// The label; `None` where the labels as a whole are malformed.
    pub label: Option<&'static str>,
    /// Its value.
    pub node: &'a Node,
    /// What is wrong with it.
    pub why: LabelFault,
}

/// What is wrong with a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelFault {
    /// It names no level.
    #[error(transparent)]
    Level(#[from] InvalidLevel),
    /// It names no version.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// It is of the wrong type, so that the API server refuses the namespace.
    #[error("must be {0}")]
    Malformed(Expected),
}

impl fmt::Display for LabelProblem<'_> {
    /// As the API server puts it:
    /// `metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "high": must be …`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("metadata.labels")?;
        if let Some(label) = self.label {
            write!(formatter, "[{label}]")?;
        }
        match self.why {
            LabelFault::Malformed(_) => {}
            _ => {
                let value = go_quoted(self.node.as_str().unwrap_or_default());
                write!(formatter, ": Invalid value: {value}")?;
            }
        }
        write!(formatter, ": {}", self.why)
    }
}

impl NamespacePolicy {
    /// Gives the same policy for every mode.
    #[must_use]
    pub fn uniform(policy: Policy) -> NamespacePolicy {
        NamespacePolicy { enforce: policy, audit: policy, warn: policy }
    }

    /// Gives the policy of a mode.
    #[must_use]
    pub fn of(&self, mode: Mode) -> Policy {
        match mode {
            Mode::Enforce => self.enforce,
            Mode::Audit => self.audit,
            Mode::Warn => self.warn,
        }
    }

    pub(crate) fn of_mut(&mut self, mode: Mode) -> &mut Policy {
        match mode {
            Mode::Enforce => &mut self.enforce,
            Mode::Audit => &mut self.audit,
            Mode::Warn => &mut self.warn,
        }
    }

    /// Reads the labels of a namespace, and tells of those that make no sense.
    ///
    /// A level that cannot be read is restricted for enforcement and privileged otherwise; a version
    /// that cannot be read is the latest. Where no label says what to warn of and another says to
    /// enforce something stricter than `defaults` warn of, that is warned of too.
    /// (`PolicyToEvaluate` of `pod-security-admission/api`.)
    #[must_use]
    pub fn read<'a>(
        labels: Option<&'a Node>,
        defaults: &NamespacePolicy,
    ) -> (NamespacePolicy, Vec<LabelProblem<'a>>) {
        let mut policy = *defaults;
        let mut labels = Labels { labels, problems: Vec::new() };
        labels.check_shape();
        let mut enforce_is_set = false;
        let mut warn_is_set = false;
        for mode in Mode::ALL {
            let own = policy.of_mut(mode);
            if let Some(level) = labels.read(mode.level_label()) {
                enforce_is_set |= mode == Mode::Enforce && level.is_ok();
                warn_is_set |= mode == Mode::Warn;
                own.level = level.unwrap_or(mode.level_of_nonsense());
            }
            if let Some(version) = labels.read(mode.version_label()) {
                own.version = version.unwrap_or(PolicyVersion::Latest);
            }
        }
        if enforce_is_set && !warn_is_set && policy.enforce.level > policy.warn.level {
            policy.warn.level = policy.enforce.level;
            if labels.value(Mode::Warn.version_label()).is_none() {
                policy.warn.version = policy.enforce.version;
            }
        }
        (policy, labels.problems)
    }
}

/// Gives what the audit log says of labels with problems; `None` where there are none.
///
/// To be found under `pod-security.kubernetes.io/error`.
#[must_use]
pub fn label_error(problems: &[LabelProblem<'_>]) -> Option<String> {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => None,
        [one] => Some(format!("Failed to parse policy: {one}")),
        several => Some(format!("Failed to parse policy: [{}]", several.join(", "))),
    }
}

struct Labels<'a> {
    labels: Option<&'a Node>,
    problems: Vec<LabelProblem<'a>>,
}

impl<'a> Labels<'a> {
    fn check_shape(&mut self) {
        let mut reader = Reader::default();
        if let Some(node) = self.labels {
            reader.mapping(node);
        }
        self.problems.extend(reader.malformed.into_iter().map(|Malformed { node, expected }| {
            LabelProblem { label: None, node, why: LabelFault::Malformed(expected) }
        }));
    }

    fn value(&self, label: &str) -> Option<&'a Node> {
        self.labels?.get(label)
    }

    /// Gives what a label says, or that it makes no sense; null is the empty string, as Go decodes
    /// it.
    fn read<T>(&mut self, label: &'static str) -> Option<Result<T, ()>>
    where
        T: FromStr,
        LabelFault: From<T::Err>,
    {
        let node = self.value(label)?;
        let mut reader = Reader::default();
        let read = match reader.string_or_empty(node) {
            Some(text) => text.parse().map_err(LabelFault::from),
            None => Err(LabelFault::Malformed(Expected::String)),
        };
        Some(read.map_err(|why| {
            self.problems.push(LabelProblem { label: Some(label), node, why });
        }))
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::*;

    const PREFIX: &str = "pod-security.kubernetes.io/";

    fn policy(text: &str) -> Policy {
        let (level, version) = text.split_once(':').unwrap();
        Policy::new(level.parse().unwrap(), version.parse().unwrap())
    }

    /// `labels` without their prefix; `expected` is enforce, audit, warn; and how many problems.
    fn check_with(defaults: &NamespacePolicy, labels: &str, expected: [&str; 3], problems: usize) {
        let text: Vec<String> = labels.lines().map(|line| format!("{PREFIX}{line}")).collect();
        let parsed = parse(&text.join("\n"), &Limits::default());
        let node = parsed.documents.first().map(|document| &document.root);
        let (read, found) = NamespacePolicy::read(node, defaults);
        let read = Mode::ALL.map(|mode| read.of(mode).to_string());
        assert_eq!((read, found.len()), (expected.map(str::to_owned), problems), "{labels}");
    }

    fn check(labels: &str, expected: [&str; 3], problems: usize) {
        check_with(&NamespacePolicy::default(), labels, expected, problems);
    }

    const P: &str = "privileged:latest";

    #[test]
    fn labels_are_read_and_those_that_make_no_sense_fail_as_upstream() {
        check("", [P, P, P], 0);
        check("audit: restricted\naudit-version: v1.20", [P, "restricted:v1.20", P], 0);
        check("enforce: strict", ["restricted:latest", P, P], 1);
        check("enforce: ''", ["restricted:latest", P, P], 1);
        check("enforce: ~", ["restricted:latest", P, P], 1);
        check("enforce: true", ["restricted:latest", P, P], 1);
        check("audit: strict\nwarn: strict", [P, P, P], 2);
        check("enforce-version: 1.20", ["privileged:latest", P, P], 1);
        check("enforce-version: v1.20", ["privileged:v1.20", P, P], 0);
        check("enforce: Baseline\nenforce-version: v1", ["restricted:latest", P, P], 2);
        check("unknown: x", [P, P, P], 0);
    }

    #[test]
    fn warnings_follow_a_stricter_enforcement() {
        check("enforce: baseline", ["baseline:latest", P, "baseline:latest"], 0);
        check(
            "enforce: restricted\nenforce-version: v1.25",
            ["restricted:v1.25", P, "restricted:v1.25"],
            0,
        );
        check(
            "enforce: restricted\nenforce-version: v1.25\nwarn-version: v1.20",
            ["restricted:v1.25", P, "restricted:v1.20"],
            0,
        );
        check(
            "enforce: restricted\nwarn: baseline",
            ["restricted:latest", P, "baseline:latest"],
            0,
        );
        check("enforce: restricted\nwarn: nonsense", ["restricted:latest", P, P], 1);
        check("enforce: nonsense", ["restricted:latest", P, P], 1);
        check(
            "enforce: restricted\nenforce-version: v1.25\nwarn-version: nonsense",
            ["restricted:v1.25", P, "restricted:latest"],
            1,
        );
        let defaults = NamespacePolicy {
            enforce: policy("baseline:v1.20"),
            audit: policy("restricted:v1.21"),
            warn: policy("restricted:v1.22"),
        };
        check_with(&defaults, "", ["baseline:v1.20", "restricted:v1.21", "restricted:v1.22"], 0);
        check_with(
            &defaults,
            "enforce: baseline\naudit: privileged",
            ["baseline:v1.20", "privileged:v1.21", "restricted:v1.22"],
            0,
        );
        // Only a label makes warnings follow, not a default.
        let defaults =
            NamespacePolicy { enforce: policy("restricted:v1.20"), ..Default::default() };
        check_with(&defaults, "enforce-version: v1.30", ["restricted:v1.30", P, P], 0);
    }

    #[test]
    fn labels_that_are_no_mapping_are_told() {
        let parsed = parse("[a]", &Limits::default());
        let defaults = NamespacePolicy::uniform(policy("baseline:latest"));
        let (read, problems) = NamespacePolicy::read(Some(&parsed.documents[0].root), &defaults);
        assert_eq!(read, defaults);
        assert_eq!(problems[0].to_string(), "metadata.labels: must be a mapping");
    }

    #[test]
    fn problems_are_put_as_the_server_does() {
        let text = format!("{PREFIX}warn: \"hi\\\"gh\"\n{PREFIX}enforce-version: v2\n");
        let parsed = parse(&text, &Limits::default());
        let node = &parsed.documents[0].root;
        let (_, problems) = NamespacePolicy::read(Some(node), &NamespacePolicy::default());
        assert_eq!(
            label_error(&problems).unwrap(),
            "Failed to parse policy: [metadata.labels[pod-security.kubernetes.io/enforce-version]: \
             Invalid value: \"v2\": must be \"latest\" or \"v1.x\", \
             metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: \"hi\\\"gh\": \
             must be one of privileged, baseline, restricted]"
        );
        assert_eq!(label_error(&[]), None);
    }
}
