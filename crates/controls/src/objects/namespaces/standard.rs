use merlon_model::{Kind, Severity, Version};
use merlon_pod_security::{Level, PolicyVersion};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{PodSecurity, is_system_namespace, place};

use crate::objects::{Flaw, Judged, Verdict, flaw};

/// What may hold rules for pods besides labels.
pub(super) const RULES: &[Kind] = &[
    Kind::ValidatingWebhookConfiguration,
    Kind::ValidatingAdmissionPolicy,
    Kind::ValidatingAdmissionPolicyBinding,
    Kind::SecurityContextConstraints,
    Kind::PodSecurityPolicy,
];

/// The label that decides which pods are refused.
pub(super) const ENFORCE: &[&str] = &["metadata", "labels", "pod-security.kubernetes.io/enforce"];

const ENFORCE_VERSION: &[&str] =
    &["metadata", "labels", "pod-security.kubernetes.io/enforce-version"];

/// The release whose API server reads the labels unless it is told not to.
const LABELS_SINCE: Version = Version::new(1, 23);

/// The first release without PodSecurityPolicy.
const POLICIES_UNTIL: Version = Version::new(1, 25);

/// What a namespace has to enforce.
#[derive(Clone, Copy)]
pub(super) struct Standard {
    /// The least level.
    pub(super) level: Level,
    /// The minor release whose rules have the check that counts; 0 for all.
    pub(super) since: u64,
}

impl Standard {
    /// Judges a namespace: by its labels, else whether anything else may refuse such pods.
    pub(super) fn judge<'a>(self, view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
        if is_system_namespace(namespace.name()) {
            return Ok(Verdict::NotApplicable);
        }
        let enforce = PodSecurity::of(namespace)?.enforce.policy;
        let is_enough = enforce.level >= self.level;
        if !labels_count(view) {
            return unless_other_rules(view, namespace, |flaw| {
                flaw.step("upgrade to a release that reads Pod Security labels: 1.25 or later", &[])
            });
        }
        match enforce.version {
            PolicyVersion::Minor(minor) if is_enough && minor < self.since => {
                let place = place(&namespace.root, ENFORCE_VERSION);
                flaw(place, format!("the rules of v1.{minor} do not have this check yet"))
                    .set("latest")
                    .needs_review()
                    .into()
            }
            _ if is_enough => Ok(Verdict::Pass),
            _ => unless_other_rules(view, namespace, |flaw| self.mend(view, namespace, flaw)),
        }
    }

    fn mend<'a>(self, view: &InventoryView<'a>, namespace: &'a Object, flaw: Flaw<'a>) -> Flaw<'a> {
        let level = self.level.name();
        let flaw = flaw.expected(level).set(level).needs_review();
        // Names in manifests are whatever somebody wrote; those of a cluster fit into a command.
        if !view.is_cluster() {
            return flaw;
        }
        let command = format!(
            "kubectl label --dry-run=server --overwrite namespace {} \
             pod-security.kubernetes.io/enforce={level}",
            namespace.name()
        );
        flaw.step("see first which running pods the label would refuse", &[&command])
    }
}

/// Whether the API server reads Pod Security labels.
pub(super) fn labels_count(view: &InventoryView<'_>) -> bool {
    view.release.as_ref().is_none_or(|release| *release >= LABELS_SINCE)
}

/// Whether the API server may still know PodSecurityPolicy.
pub(super) fn knows_policies(view: &InventoryView<'_>) -> bool {
    view.release.as_ref().is_none_or(|release| *release < POLICIES_UNTIL)
}

/// A flaw for a namespace whose labels let something through; left to a person where anything
/// else may refuse it.
pub(super) fn unless_other_rules<'a>(
    view: &InventoryView<'a>,
    namespace: &'a Object,
    mend: impl FnOnce(Flaw<'a>) -> Flaw<'a>,
) -> Judged<'a> {
    if let Some(why) = other_rules(view, namespace.name()) {
        return Ok(Verdict::Manual(why));
    }
    let place = place(&namespace.root, ENFORCE);
    let flaw = if view.is_cluster() {
        flaw(place, "no rule of the namespace refuses such pods")
    } else {
        // The cluster may have an engine that these manifests do not show.
        flaw(place, "no rule among these manifests refuses such pods in the namespace")
            .at_most(Severity::Medium)
    };
    mend(flaw).into()
}

/// What else may refuse pods in a namespace.
fn other_rules(view: &InventoryView<'_>, namespace: &str) -> Option<String> {
    if view.has(Kind::SecurityContextConstraints) {
        return Some("the labels allow it; security context constraints may refuse it".to_owned());
    }
    if knows_policies(view) && view.has(Kind::PodSecurityPolicy) {
        let why = "the labels allow it; which PodSecurityPolicy refuses it depends on who may use \
                   which";
        return Some(why.to_owned());
    }
    let engines = &view.namespaces().get(namespace)?.engines;
    let engine = engines.iter().find(|it| !it.ignores_failure).or_else(|| engines.first())?;
    let (kind, name) = (engine.object.reference().kind, engine.name);
    let lenient = if engine.ignores_failure { ", but not while it does not answer" } else { "" };
    Some(format!(
        "the labels allow it; {name} of {kind} {} may refuse it{lenient}",
        engine.object.name()
    ))
}
