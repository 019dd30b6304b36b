//! The Pod Security labels of namespaces.

use merlon_model::Kind;
use merlon_pod_security::{Level, PolicyVersion};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Place, PodSecurity, is_system_namespace, place};

use super::standard::{RULES, Standard, labels_count, unless_other_rules};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "namespace-without-pod-policy",
        title: "a namespace has no rule for what pods may ask of the node",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Namespace], reads: RULES, judge: without_policy },
        documentation: Documentation {
            finds: "\
Namespaces without the label `pod-security.kubernetes.io/enforce` whose pods no other engine is \
asked about: no validating webhook, no ValidatingAdmissionPolicy with a binding that denies, no \
SecurityContextConstraints. Where there is one, a person has to say what it refuses. Defaults in \
the API server's own configuration of PodSecurity cannot be seen from objects.",
            matters: "\
Without a rule, whoever may create pods may create a privileged one, and with it owns the node.",
            options: "\
- **Pod Security labels** need nothing installed and know three levels: `baseline` fits most.
- **A policy engine** (Kyverno, Gatekeeper, ValidatingAdmissionPolicy) is finer and is one more \
thing to run.",
            acceptable: "\
Where the API server's `PodSecurityConfiguration` sets a default, or for namespaces whose writers \
are the cluster's administrators.",
        },
        examples: &[
            fail(namespace!("{}")),
            fail("# cluster\n{apiVersion: v1, kind: Namespace, metadata: {name: default}}"),
            fail(namespace!("{pod-security.kubernetes.io/warn: restricted}")),
            pass(namespace!("{pod-security.kubernetes.io/enforce: baseline}")),
            // A rule that somebody chose; another control says what it lets through.
            pass(namespace!("{pod-security.kubernetes.io/enforce: privileged}")),
            error(namespace!("{pod-security.kubernetes.io/enforce: [baseline]}")),
            not_applicable("{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}"),
            not_applicable("{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop}}"),
            // A mutating webhook refuses nothing, and this one is not even asked about pods.
            fail(concat!(
                namespace!("{}"),
                "\n---\n",
                "{apiVersion: admissionregistration.k8s.io/v1, \
                 kind: MutatingWebhookConfiguration, metadata: {name: sidecar}, webhooks: [\
                 {name: sidecar.example.com, rules: [{operations: [CREATE], apiGroups: [''], \
                 resources: [pods]}]}]}"
            )),
        ],
    },
    Control {
        id: "namespace-without-baseline-standard",
        title: "a namespace admits pods below the Pod Security Standard baseline",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Namespace], reads: RULES, judge: below_baseline },
        documentation: Documentation {
            finds: "\
Namespaces whose `enforce` label is missing or says `privileged`, and whose pods no other engine \
is asked about; where there is one, a person has to say what it refuses. \
`namespace-without-pod-policy`, which is evaluated when asked for, finds those without a label.",
            matters: "\
Pods there may share the host's namespaces, mount its disk or run privileged, each a way onto the \
node.",
            options: "\
- **`baseline`** breaks few programs; a server-side dry run of the label lists the pods it would \
refuse, and `warn` and `audit` show more over time.
- **`restricted`** for namespaces whose programs are ready for it.",
            acceptable: "For namespaces of node agents (network, storage, monitoring), one by one.",
        },
        examples: &[
            fail(namespace!("{pod-security.kubernetes.io/enforce: privileged}")),
            fail(namespace!("{}")),
            pass(namespace!("{pod-security.kubernetes.io/enforce: baseline}")),
            // Admission takes what it cannot read for restricted.
            pass(namespace!("{pod-security.kubernetes.io/enforce: high}")),
            not_applicable("{apiVersion: v1, kind: Namespace, metadata: {name: openshift-dns}}"),
            error(namespace!("{pod-security.kubernetes.io/enforce: 3}")),
        ],
    },
    Control {
        id: "namespace-pod-security-not-enforced",
        title: "a namespace warns of pods that it still admits",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Namespace], not_enforced),
        documentation: Documentation {
            finds: "\
Namespaces that warn of or audit what is below `baseline` or `restricted`, and have no `enforce` \
label at all.",
            matters: "\
Warnings go to whoever creates the pod, who may be an attacker or a controller that reads none; \
nothing is refused.",
            options: "\
- **Enforce `baseline` now** and go on warning of `restricted`.
- **Give the trial an end**: the audit log tells by `pod-security.kubernetes.io/audit-violations` \
who is still in the way.",
            acceptable: "While a stricter level is being tried, or where another engine enforces.",
        },
        examples: &[
            fail(namespace!("{pod-security.kubernetes.io/warn: restricted}")),
            fail(namespace!("{pod-security.kubernetes.io/audit: baseline}")),
            pass(namespace!(
                "{pod-security.kubernetes.io/enforce: baseline, \
                 pod-security.kubernetes.io/warn: restricted}"
            )),
            // Said to be privileged on purpose.
            pass(namespace!(
                "{pod-security.kubernetes.io/enforce: privileged, \
                 pod-security.kubernetes.io/warn: restricted}"
            )),
            not_applicable(namespace!("{pod-security.kubernetes.io/warn: privileged}")),
            not_applicable(namespace!("{}")),
            error(namespace!("{pod-security.kubernetes.io/warn: true}")),
        ],
    },
    Control {
        id: "namespace-pod-security-label-malformed",
        title: "a Pod Security label of a namespace makes no sense",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::Namespace], malformed),
        documentation: Documentation {
            finds: "\
Levels other than `privileged`, `baseline`, `restricted`, and versions other than `latest` or \
`v1.31`.",
            matters: "\
The API server refuses to create such a namespace. In one that has the label already, a malformed \
`enforce` is taken for `restricted` and stops pods that were meant to run, a malformed `audit` or \
`warn` for `privileged` and says nothing any more, a malformed version for the latest.",
            options: "**Spell it right.** The edit writes what is in effect; the intention may differ.",
            acceptable: "Never.",
        },
        examples: &[
            fail(namespace!("{pod-security.kubernetes.io/enforce: Baseline}")),
            fail(namespace!(
                "{pod-security.kubernetes.io/warn: high, \
                 pod-security.kubernetes.io/warn-version: '1.30'}"
            )),
            pass(namespace!(
                "{pod-security.kubernetes.io/enforce: baseline, \
                 pod-security.kubernetes.io/enforce-version: v1.30}"
            )),
            not_applicable(namespace!("{team: shop}")),
            error(namespace!("{pod-security.kubernetes.io/enforce-version: 1.30}")),
        ],
    },
    Control {
        id: "namespace-pod-security-version-old",
        title: "a namespace enforces the rules of an old release",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Namespace], old_version),
        documentation: Documentation {
            finds: "\
Namespaces whose `enforce-version` pins `baseline` or `restricted` to rules without checks that \
came since: `restricted` before v1.23 (capabilities, seccomp, privilege escalation, user 0 came \
up to then), either level before v1.34 (addresses in probes and lifecycle hooks) where the \
cluster is that new.",
            matters: "The label says `restricted`, and what it lets through is not what readers take it for.",
            options: "\
- **`latest`** follows the cluster's release: an upgrade may refuse pods that ran before, which \
`warn-version: latest` shows beforehand.
- **Pin to the cluster's release** and raise the pin with each upgrade.",
            acceptable: "For a release or two, while programs are made ready for the newer rules.",
        },
        examples: &[
            fail(namespace!(
                "{pod-security.kubernetes.io/enforce: restricted, \
                 pod-security.kubernetes.io/enforce-version: v1.18}"
            )),
            fail(concat!(
                "# cluster\n# release 1.35\n",
                namespace!(
                    "{pod-security.kubernetes.io/enforce: baseline, \
                     pod-security.kubernetes.io/enforce-version: v1.30}"
                )
            )),
            pass(namespace!(
                "{pod-security.kubernetes.io/enforce: baseline, \
                 pod-security.kubernetes.io/enforce-version: v1.30}"
            )),
            pass(namespace!("{pod-security.kubernetes.io/enforce: restricted}")),
            not_applicable(namespace!(
                "{pod-security.kubernetes.io/enforce: privileged, \
                 pod-security.kubernetes.io/enforce-version: v1.7}"
            )),
            error(namespace!("{pod-security.kubernetes.io/enforce-version: [v1.30]}")),
        ],
    },
    Control {
        id: "namespace-pod-security-version-unpinned",
        title: "an upgrade of the cluster may change what a namespace refuses",
        vector: vector("AV:N/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::Namespace], unpinned_version),
        documentation: Documentation {
            finds: "\
Namespaces that enforce `baseline` or `restricted` without `enforce-version`, or with `latest`.",
            matters: "\
The rules grow: an upgrade of the API server may refuse a pod at its next restart that ran before.",
            options: "\
- **Pin to the cluster's release** and warn with `latest`; somebody has to raise the pin then.
- **Stay with `latest`**, which is safe by itself, and read the release notes.",
            acceptable: "\
Nearly always: newer rules are better rules. This control is evaluated only when asked for.",
        },
        examples: &[
            fail(namespace!("{pod-security.kubernetes.io/enforce: restricted}")),
            fail(concat!(
                "# cluster\n# release 1.35\n",
                namespace!(
                    "{pod-security.kubernetes.io/enforce: baseline, \
                     pod-security.kubernetes.io/enforce-version: latest}"
                )
            )),
            pass(namespace!(
                "{pod-security.kubernetes.io/enforce: restricted, \
                 pod-security.kubernetes.io/enforce-version: v1.31}"
            )),
            not_applicable(namespace!("{}")),
        ],
    },
];

fn without_policy<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    let is_written = PodSecurity::of(namespace)?.enforce.level_label.is_some();
    if is_written && labels_count(view) && !is_system_namespace(namespace.name()) {
        return Ok(Verdict::Pass);
    }
    below_baseline(view, namespace)
}

fn below_baseline<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    Standard { level: Level::Baseline, since: 0 }.judge(view, namespace)
}

fn not_enforced<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    let policy = PodSecurity::of(namespace)?;
    let tried = policy.warn.policy.level.max(policy.audit.policy.level);
    if policy.enforce.level_label.is_some() {
        return Ok(Verdict::Pass);
    }
    if tried == Level::Privileged || is_system_namespace(namespace.name()) {
        return Ok(Verdict::NotApplicable);
    }
    unless_other_rules(view, namespace, |found| {
        flaw(found.place, format!("{} is tried and nothing is enforced", tried.name()))
            .set(Level::Baseline.name())
            .needs_review()
    })
}

fn malformed<'a>(_: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    let policy = PodSecurity::of(namespace)?;
    let mut flaws = Vec::new();
    let mut is_written = false;
    for (name, mode) in policy.modes() {
        is_written |= mode.level_label.is_some() || mode.version_label.is_some();
        if let Some(label) = mode.level_label.filter(|_| mode.level_is_malformed) {
            let level = mode.policy.level.name();
            let message = format!("the label {name} names no level and is taken for {level}");
            flaws.push(flaw(Place::Node(label), message).set(level).needs_review());
        }
        if let Some(label) = mode.version_label.filter(|_| mode.version_is_malformed) {
            let message =
                format!("the label {name}-version names no release and is taken for latest");
            flaws.push(flaw(Place::Node(label), message).set("latest"));
        }
    }
    if is_written { Ok(Verdict::of(flaws)) } else { Ok(Verdict::NotApplicable) }
}

fn old_version<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    let enforce = PodSecurity::of(namespace)?.enforce;
    let newest = match enforce.policy.level {
        Level::Privileged => return Ok(Verdict::NotApplicable),
        // The releases that added checks (`k8s.io/pod-security-admission/policy`).
        _ if view.release.as_ref().is_some_and(|it| it.minor_release() >= (1, 34)) => 34,
        Level::Baseline => 0,
        Level::Restricted => 23,
    };
    let (Some(label), PolicyVersion::Minor(minor)) =
        (enforce.version_label, enforce.policy.version)
    else {
        return Ok(Verdict::Pass);
    };
    if minor >= newest {
        return Ok(Verdict::Pass);
    }
    let message = format!("the rules of v1.{minor} lack checks that came up to v1.{newest}");
    flaw(Place::Node(label), message).set("latest").needs_review().into()
}

fn unpinned_version<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    const VERSION: &[&str] = &["metadata", "labels", "pod-security.kubernetes.io/enforce-version"];
    let enforce = PodSecurity::of(namespace)?.enforce;
    if enforce.policy.level == Level::Privileged {
        return Ok(Verdict::NotApplicable);
    }
    if enforce.policy.version != PolicyVersion::Latest {
        return Ok(Verdict::Pass);
    }
    let flaw =
        flaw(place(&namespace.root, VERSION), "the rules are those of whatever release runs");
    match &view.release {
        Some(release) => flaw.set(format!("v1.{}", release.minor)),
        None => flaw.step("set enforce-version to the minor release of the cluster", &[]),
    }
    .into()
}
