//! The Pod Security Standards as Kubernetes' own admission evaluates them.
//!
//! [`evaluate`] runs the checks of `k8s.io/pod-security-admission` 0.37 on a pod, at any [`Policy`]:
//! a level and the version whose rules apply. Each [`Violation`] carries the words that admission
//! prints ([`message`]) and the places in the tree that offend. [`NamespacePolicy`],
//! [`Configuration`] and [`review`] are what admission does around them: labels, defaults,
//! exemptions, which requests it looks at.
//!
//! ```
//! use merlon_pod_security::{Policy, evaluate, message};
//! use merlon_yaml::{Limits, parse};
//!
//! let source = "spec:\n  hostPID: true\n  containers:\n  - name: web\n";
//! let parsed = parse(source, &Limits::default());
//! let pod = &parsed.documents[0].root;
//! let policy = Policy::new("baseline".parse()?, "latest".parse()?);
//! let evaluation = evaluate(pod.get("metadata"), pod.get("spec").unwrap(), policy);
//! assert_eq!(message(&evaluation.violations), "host namespaces (hostPID=true)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What admission sees
//!
//! Admission sees a pod after the API server has filled in defaults. They decide no check but one: a
//! volume without a source is an `emptyDir`, and is taken as that here. Two of them add words to the
//! message of a pod that is refused anyway: the host ports of a pod in the host's network are set to
//! its container ports, and an annotation for AppArmor is copied to the field it stands for.

mod admission;
mod baseline;
mod check;
mod configuration;
mod detail;
mod fields;
mod flaw;
mod level;
mod namespace;
mod place;
mod quote;
mod reader;
mod restricted;
mod workload;

pub use admission::{Judgement, Request, Review, Skip, review};
pub use check::Check;
pub use configuration::{Configuration, ConfigurationFault, ConfigurationProblem, Exemptions};
pub use level::{InvalidLevel, InvalidVersion, Level, Policy, PolicyVersion};
pub use namespace::{LabelFault, LabelProblem, Mode, NamespacePolicy, label_error};
pub use place::{ContainerList, ContainerRef, Expected, Malformed, Offence, Place};
pub use workload::{Treatment, Workload, is_significant_update};

#[cfg(test)]
mod tests;

use flaw::Judge;
use merlon_yaml::Node;

/// What a policy says of a pod.
#[derive(Clone, Debug, Default)]
pub struct Evaluation<'a> {
    /// The checks that fail, in the order in which admission reports them.
    pub violations: Vec<Violation<'a>>,
    /// Values of the wrong type among those that the policy's checks looked at. A pod with any is
    /// refused before admission, and what the checks say of it is not the whole truth.
    pub malformed: Vec<Malformed<'a>>,
}

impl Evaluation<'_> {
    /// Whether the pod is well-formed as far as was looked, and nothing is violated.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty() && self.malformed.is_empty()
    }
}

/// A check that fails.
#[derive(Clone, Debug)]
pub struct Violation<'a> {
    /// The check.
    pub check: Check,
    /// What is wrong, in few words: `runAsNonRoot != true`.
    pub reason: &'static str,
    /// Who does it, and with which values.
    pub detail: String,
    /// Every place that makes it fail, the pod's before those of its containers; at least one.
    ///
    /// May be more than the detail tells: it is silent on containers that leave a field unset when
    /// others set it wrong.
    pub offences: Vec<Offence<'a>>,
}

/// Evaluates a pod, given its metadata and its spec.
///
/// Null is not set, and a null item of a list is an empty one, as Go decodes them. Costs no
/// allocation when nothing is wrong.
#[must_use]
pub fn evaluate<'a>(metadata: Option<&'a Node>, spec: &'a Node, policy: Policy) -> Evaluation<'a> {
    let mut judge = Judge::new(policy);
    if judge.checks.is_empty() {
        return Evaluation::default();
    }
    judge.judge(metadata, spec);
    let Judge { mut flaws, reader, .. } = judge;
    // Stable: the flaws of a check stay in the order of the pod.
    flaws.sort_by_key(|flaw| flaw.check);
    let violations = flaws.chunk_by(|one, other| one.check == other.check).map(|flaws| {
        let check = flaws[0].check;
        let (reason, detail) = detail::describe(check, flaws);
        let offences = flaws.iter().map(|flaw| flaw.offence).collect();
        Violation { check, reason, detail, offences }
    });
    Evaluation { violations: violations.collect(), malformed: reader.malformed }
}

/// Gives what admission prints after `violates PodSecurity "…": `.
#[must_use]
pub fn message(violations: &[Violation<'_>]) -> String {
    let mut text = String::new();
    for violation in violations {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(violation.reason);
        if !violation.detail.is_empty() {
            text.push_str(" (");
            text.push_str(&violation.detail);
            text.push(')');
        }
    }
    text
}
