//! Pods that differ from an allowed one in one point, and what each policy says of them.

pub(crate) mod baseline;
pub(crate) mod restricted;

use merlon_pod_security::Level;
use merlon_yaml::{Limits, Node, parse};

/// Where a case adds to the pod. A key that is there already is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// `metadata.annotations`
    Annotations,
    /// `spec`
    Spec,
    /// `spec.securityContext`
    PodContext,
    /// The container `a`.
    Container,
    /// `securityContext` of the container `a`.
    Context,
}

/// A message at the versions from the first minor up to, not including, the second.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    /// At baseline.
    Baseline(u64, u64, &'static str),
    /// At restricted.
    Restricted(u64, u64, &'static str),
    /// At both.
    Both(u64, u64, &'static str),
}

/// Past every version.
pub(crate) const END: u64 = u64::MAX;

/// What is added, and what is said of it. Where nothing is said, the pod is allowed.
pub(crate) type Case = (&'static [(Slot, &'static str)], &'static [Says]);

/// Allowed by every policy. Two containers, so that plurals and inheritance show.
pub(crate) const ALLOWED: &str = "
metadata:
  name: pod
  annotations: {unrelated: 'x' ANNOTATIONS}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault} PODCONTEXT}
  initContainers:
  - name: i
    image: example.com/i
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  containers:
  - {name: a, image: example.com/a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]} CONTEXT} CONTAINER}
  SPEC
";

/// The text of the pod of a case.
pub(crate) fn text(additions: &[(Slot, &str)]) -> String {
    let join = |slot: Slot| -> String {
        let own = additions.iter().filter(|(it, _)| *it == slot);
        match slot {
            Slot::Spec => own.map(|(_, text)| text.replace('\n', "\n  ") + "\n  ").collect(),
            _ => own.map(|(_, text)| format!(", {text}")).collect(),
        }
    };
    ALLOWED
        .replace("ANNOTATIONS", &join(Slot::Annotations))
        .replace("PODCONTEXT", &join(Slot::PodContext))
        .replace("CONTEXT", &join(Slot::Context))
        .replace("CONTAINER", &join(Slot::Container))
        .replace("SPEC", &join(Slot::Spec))
}

/// The tree of a text without syntax errors.
pub(crate) fn tree(text: &str) -> Node {
    let mut parsed = parse(text, &Limits::default());
    let rejected: Vec<_> =
        parsed.problems.iter().filter(|problem| problem.kind.is_rejected()).collect();
    assert!(rejected.is_empty(), "{rejected:?}\n{text}");
    assert_eq!(parsed.documents.len(), 1, "{text}");
    parsed.documents.remove(0).root
}

/// What is said of a case at a level and minor.
pub(crate) fn expected(says: &[Says], level: Level, minor: u64) -> String {
    let texts = says.iter().filter_map(|says| {
        let (applies, from, until, text) = match *says {
            Says::Baseline(from, until, text) => (level == Level::Baseline, from, until, text),
            Says::Restricted(from, until, text) => (level == Level::Restricted, from, until, text),
            Says::Both(from, until, text) => (level != Level::Privileged, from, until, text),
        };
        (applies && (from..until).contains(&minor)).then_some(text)
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// A pod that is created allowed and gets an ephemeral container later.
#[rustfmt::skip]
pub(crate) const EPHEMERAL: Case = (
    &[
        (Slot::Spec, "ephemeralContainers: [{name: debug, image: x, securityContext: {privileged: true, runAsUser: 0, seccompProfile: {type: Unconfined}}}]"),
        (Slot::Context, "appArmorProfile: {type: RuntimeDefault}"),
    ],
    &[
        Says::Both(0, END, "privileged (container \"debug\" must not set securityContext.privileged=true)"),
        Says::Baseline(19, END, "seccompProfile (container \"debug\" must not set securityContext.seccompProfile.type to \"Unconfined\")"),
        Says::Restricted(8, END, "allowPrivilegeEscalation != false (container \"debug\" must set securityContext.allowPrivilegeEscalation=false)"),
        Says::Restricted(22, END, "unrestricted capabilities (container \"debug\" must set securityContext.capabilities.drop=[\"ALL\"])"),
        Says::Restricted(23, END, "runAsUser=0 (container \"debug\" must not set runAsUser=0)"),
        Says::Restricted(19, END, "seccompProfile (container \"debug\" must not set securityContext.seccompProfile.type to \"Unconfined\")"),
    ],
);

/// Every case.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    baseline::CASES.iter().chain(restricted::CASES)
}
