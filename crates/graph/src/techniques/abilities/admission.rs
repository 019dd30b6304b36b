//! Pods that are not separated from their node: whether admission lets them in, and what stands in the way of it.
//!
//! Users who are exempt by name are left out: it counts who creates the pod, which for workloads is a controller, and an
//! ability does not tell whose it is.

use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_pod_security::{Configuration, Level, Mode, NamespacePolicy};
use merlon_snapshot::Object;
use merlon_views::objects::place;

use super::super::escapes::is_sandboxed;
use super::super::rights::within;
use super::standards::Standards;
use super::{jane, technique};
use crate::builder::Builder;
use crate::change::{by_hand, label, label_namespace};
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::technique::Technique;
use crate::world::{SYSTEM, World};

pub(super) static TECHNIQUES: &[&Technique] =
    &[&ADD_PRIVILEGED, &ADMIT, &EXEMPT_NAMESPACE, &EXEMPT_CLASS, &LOWER, &PRIVILEGED];

const STANDARD: &[&str] = &["namespace-without-baseline-standard"];

static ADD_PRIVILEGED: Technique = Technique {
    controls: STANDARD,
    ..technique(
        "add-privileged-container",
        "add a privileged container to a pod",
        "admission lets containers be added that are not separated from their node",
        &["T1611", "MS-TA9018"],
        &[jane(
            concat!(
                within!(
                    "shop",
                    "{apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [patch]}"
                ),
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n---\n",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web}]}\n",
            ),
            "node",
            &[
                ("{team: shop}", "{pod-security.kubernetes.io/enforce: baseline}"),
                ("pods/ephemeralcontainers", "pods/exec"),
            ],
        )],
    )
};

static ADMIT: Technique = Technique {
    controls: STANDARD,
    ..technique(
        "create-privileged-pods",
        "create a privileged pod",
        "admission lets pods in that are not separated from their node",
        &["T1610", "T1611", "MS-TA9018"],
        &[
            jane(
                concat!(
                    within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
                    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n",
                ),
                "node",
                &[
                    ("{team: shop}", "{pod-security.kubernetes.io/enforce: baseline}"),
                    // A level that is none counts as the strictest.
                    ("{team: shop}", "{pod-security.kubernetes.io/enforce: high}"),
                    ("verbs: [create]", "verbs: [get]"),
                ],
            ),
            // What is warned of is let in.
            jane(
                concat!(
                    within!(
                        "shop",
                        "{apiGroups: [apps], resources: [daemonsets], verbs: [create]}"
                    ),
                    "apiVersion: v1\nkind: Namespace\n",
                    "metadata: {name: shop, labels: {pod-security.kubernetes.io/warn: restricted}}\n",
                ),
                "node",
                &[("security.kubernetes.io/warn", "security.kubernetes.io/enforce")],
            ),
            // Where no label says anything, the API server's configuration does.
            jane(
                concat!(
                    "# cluster\n",
                    within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
                    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n",
                    "# node a\n",
                    "#   run kube-apiserver@1.33 --admission-control-config-file=/etc/admission.yaml\n",
                    "#   file /etc/admission.yaml 0600 root:root admission-configuration\n",
                    "#     apiVersion: apiserver.config.k8s.io/v1\n",
                    "#     kind: AdmissionConfiguration\n",
                    "#     plugins:\n",
                    "#     - name: PodSecurity\n",
                    "#       configuration:\n",
                    "#         apiVersion: pod-security.admission.config.k8s.io/v1\n",
                    "#         kind: PodSecurityConfiguration\n",
                    "#         defaults: {enforce: privileged}\n",
                    "#         exemptions: {namespaces: [kube-system]}\n",
                ),
                "every-node",
                &[
                    ("{enforce: privileged}", "{enforce: baseline}"),
                    ("{team: shop}", "{pod-security.kubernetes.io/enforce: restricted}"),
                ],
            ),
        ],
    )
};

static EXEMPT_NAMESPACE: Technique = Technique {
    controls: &["apiserver-without-pod-admission"],
    ..technique(
        "create-pods-in-exempt-namespace",
        "create a privileged pod where standards do not apply",
        "the API server exempts the namespace from Pod Security, or does not run the plugin, whatever labels say",
        &["T1610", "T1611", "MS-TA9018"],
        &[
            jane(
                concat!(
                    "# cluster\n",
                    within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
                    "apiVersion: v1\nkind: Namespace\n",
                    "metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n",
                    "# node a\n",
                    "#   run kube-apiserver@1.33 --admission-control-config-file=/etc/admission.yaml\n",
                    "#   file /etc/admission.yaml 0600 root:root admission-configuration\n",
                    "#     plugins:\n",
                    "#     - name: PodSecurity\n",
                    "#       path: standards.yaml\n",
                    "#   file /etc/standards.yaml 0600 root:root admission-configuration\n",
                    "#     apiVersion: pod-security.admission.config.k8s.io/v1\n",
                    "#     kind: PodSecurityConfiguration\n",
                    "#     defaults: {enforce: baseline}\n",
                    "#     exemptions: {namespaces: [shop]}\n",
                ),
                "every-node",
                &[
                    ("namespaces: [shop]", "namespaces: [other]"),
                    ("verbs: [create]", "verbs: [get]"),
                ],
            ),
            jane(
                concat!(
                    "# cluster\n",
                    within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
                    "apiVersion: v1\nkind: Namespace\n",
                    "metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n",
                    "# node a\n#   run kube-apiserver@1.33 --disable-admission-plugins=PodSecurity\n",
                ),
                "every-node",
                &[(
                    "--disable-admission-plugins=PodSecurity",
                    "--enable-admission-plugins=PodSecurity",
                )],
            ),
        ],
    )
};

static EXEMPT_CLASS: Technique = technique(
    "create-pods-of-exempt-class",
    "create a privileged pod of a runtime class that standards do not apply to",
    "the API server exempts pods of the class from Pod Security, and whoever creates a pod names its class",
    &["T1610", "T1611", "MS-TA9018"],
    &[jane(
        concat!(
            "# cluster\n",
            within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n",
            "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: fast}\nhandler: nvidia\n",
            "# node a\n",
            "#   run kube-apiserver@1.33 --admission-control-config-file=/etc/admission.yaml\n",
            "#   file /etc/admission.yaml 0600 root:root admission-configuration\n",
            "#     plugins:\n",
            "#     - name: PodSecurity\n",
            "#       path: standards.yaml\n",
            "#   file /etc/standards.yaml 0600 root:root admission-configuration\n",
            "#     apiVersion: pod-security.admission.config.k8s.io/v1\n",
            "#     kind: PodSecurityConfiguration\n",
            "#     defaults: {enforce: baseline}\n",
            "#     exemptions: {runtimeClasses: [fast]}\n",
        ),
        "every-node",
        &[
            ("runtimeClasses: [fast]", "runtimeClasses: [slow]"),
            ("metadata: {name: fast}", "metadata: {name: other}"),
            // Its pods have a kernel of their own.
            ("handler: nvidia", "handler: kata-qemu"),
            ("verbs: [create]", "verbs: [get]"),
        ],
    )],
);

static LOWER: Technique = technique(
    "lower-pod-security",
    "change the label and create a privileged pod",
    "a namespace's level is what its label says, and whoever changes the namespace changes that",
    &["T1610", "T1611"],
    &[jane(
        concat!(
            within!(
                "shop",
                "{apiGroups: [''], resources: [pods], verbs: [create]}",
                "{apiGroups: [''], resources: [namespaces], verbs: [update]}"
            ),
            "apiVersion: v1\nkind: Namespace\n",
            "metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}\n",
        ),
        "node",
        &[("verbs: [update]", "verbs: [delete]"), ("verbs: [create]", "verbs: [get]")],
    )],
);

static PRIVILEGED: Technique = technique(
    "run-privileged-pod",
    "run the privileged pod on a node",
    "a pod names its node and tolerates what it likes, so it gets to every one",
    &["T1610", "T1611", "MS-TA9013", "MS-TA9018"],
    &[jane(
        concat!(
            within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
            "apiVersion: v1\nkind: Namespace\n",
            "metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: privileged}}\n",
        ),
        "node",
        &[("enforce: privileged", "enforce: restricted")],
    )],
);

/// What admission says of privileged pods.
struct Admission<'w> {
    namespace: Option<&'w Object>,
    verdict: Verdict<'w>,
    sure: Confidence,
}

#[derive(Clone, Copy)]
enum Verdict<'w> {
    /// The level lets them in.
    LetsIn,
    /// Nobody looks at the level.
    IsExempt,
    /// The level does not; but nobody looks at pods of a class.
    Refuses { but_class: Option<&'w str> },
}

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let standards = Standards::of(world);
    for namespace in &world.namespaces {
        let Some(admission) = admission(world, &standards, namespace) else { continue };
        add_namespace(world, builder, namespace, &admission);
        let privileged = Fact::Ability(Ability::CreatePrivilegedPods, Some(namespace));
        builder.step(&PRIVILEGED, &[privileged], Fact::EveryNode, vec![], &[]);
    }
}

fn add_namespace<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    namespace: &'w str,
    admission: &Admission<'w>,
) {
    let within = |ability| Fact::Ability(ability, Some(namespace));
    let (create, added) = (within(Ability::CreatePods), within(Ability::AddContainers));
    let privileged = within(Ability::CreatePrivilegedPods);
    let sure = admission.sure;
    let mut nodes = BTreeSet::new();
    if builder.has(added) {
        let workloads = world.within(namespace).iter().filter_map(|it| world.workload(*it));
        nodes.extend(workloads.flat_map(|workload| world.roots_of(workload)));
    }
    match admission.verdict {
        Verdict::LetsIn => {
            let nothing = "a namespace that is not written refuses no pods";
            let basis = labels(admission, "it admits privileged pods", nothing);
            let change = enforce(world, builder, namespace, admission.namespace);
            let changes: Vec<ChangeId> = change.into_iter().collect();
            builder.step_with(&ADMIT, sure, &[create], privileged, vec![basis], &changes);
            for node in nodes {
                builder.step_with(&ADD_PRIVILEGED, sure, &[added], node, vec![basis], &changes);
            }
        }
        Verdict::IsExempt => {
            let basis = Basis::Note("the API server's PodSecurity does not look at the namespace");
            let changes: Vec<_> = include(builder, admission.namespace).into_iter().collect();
            let technique = &EXEMPT_NAMESPACE;
            builder.step_with(technique, sure, &[create], privileged, vec![basis], &changes);
            for node in nodes {
                builder.step_with(&ADD_PRIVILEGED, sure, &[added], node, vec![basis], &changes);
            }
        }
        Verdict::Refuses { but_class } => {
            let default = "where nothing is written, the API server's default is the level";
            let basis = labels(admission, "its level", default);
            let change = within(Ability::ChangeNamespaces);
            builder.step_with(&LOWER, sure, &[create, change], privileged, vec![basis], &[]);
            for node in nodes {
                builder.step_with(&LOWER, sure, &[added, change], node, vec![basis], &[]);
            }
            if let Some(class) = but_class {
                let object = world.view.find(Kind::RuntimeClass, "", class);
                let basis = object.map(|it| {
                    let statement = "the API server's PodSecurity does not look at its pods";
                    Basis::Object(it, place(&it.root, &["handler"]), statement)
                });
                let basis = basis.unwrap_or(Basis::Note("a runtime class is exempt"));
                let changes: Vec<_> = include(builder, object).into_iter().collect();
                let technique = &EXEMPT_CLASS;
                builder.step_with(technique, sure, &[create], privileged, vec![basis], &changes);
            }
        }
    }
}

fn labels<'w>(
    admission: &Admission<'w>,
    statement: &'static str,
    otherwise: &'static str,
) -> Basis<'w> {
    match admission.namespace {
        Some(object) => {
            Basis::Object(object, place(&object.root, &["metadata", "labels"]), statement)
        }
        None => Basis::Note(otherwise),
    }
}

/// Keeps privileged pods out of a namespace. Not out of that of the cluster's own pods: its network and its storage are
/// such pods.
fn enforce<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    namespace: &'w str,
    object: Option<&'w Object>,
) -> Option<ChangeId> {
    if namespace == SYSTEM {
        return None;
    }
    let key = Mode::Enforce.level_label();
    Some(match object {
        Some(object) => label(world, builder, object, key, "baseline"),
        None => label_namespace(builder, namespace, key, "baseline"),
    })
}

/// Having `PodSecurity` look at what it does not.
fn include(builder: &mut Builder<'_>, object: Option<&Object>) -> Option<ChangeId> {
    let object = object?;
    let title = || {
        let name = object.reference();
        format!("have the API server's PodSecurity look at pods of {name}, by its configuration")
    };
    Some(by_hand(builder, (object, "exemption"), 4, title, Vec::new))
}

/// Looks at the namespace's level and at what else is asked about pods; `None` for a namespace that is not there.
///
/// Objects do not show what holds without a label, which namespaces are exempt, what webhooks and policies look for, and
/// which constraints of `OpenShift` a pod is measured by.
fn admission<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    standards: &Standards,
    name: &'w str,
) -> Option<Admission<'w>> {
    let view = world.view.namespaces().get(name);
    let namespace = world.view.find(Kind::Namespace, "", name);
    if namespace.is_none() && world.view.is_complete(Kind::Namespace) {
        return None;
    }
    let labels = namespace.and_then(|it| it.root.path(&["metadata", "labels"]));
    let says = labels.is_some_and(|it| it.get(Mode::Enforce.level_label()).is_some());
    let level = |defaults| NamespacePolicy::read(labels, defaults).0.enforce.level;
    let verdict = match standards {
        Standards::Off => Verdict::IsExempt,
        Standards::On(it) if it.exemptions.namespaces.iter().any(|it| it == name) => {
            Verdict::IsExempt
        }
        Standards::On(it) if level(&it.defaults) != Level::Privileged => {
            Verdict::Refuses { but_class: exempt_class(world, it) }
        }
        Standards::Unknown if level(&NamespacePolicy::default()) != Level::Privileged => {
            Verdict::Refuses { but_class: None }
        }
        Standards::Unknown | Standards::On(_) => Verdict::LetsIn,
    };
    let is_told = says || *standards != Standards::Unknown;
    // The predecessor of the plugin asks for what it likes.
    let asks_else = *standards == Standards::Off && world.view.has(Kind::PodSecurityPolicy);
    let sure = if world.view.has(Kind::SecurityContextConstraints) {
        Confidence::Assumed
    } else if is_told && !asks_else && view.is_none_or(|it| it.engines.is_empty()) {
        Confidence::Certain
    } else {
        Confidence::Likely
    };
    Some(Admission { namespace, verdict, sure })
}

/// A runtime class that is exempt and whose pods have the node's kernel.
fn exempt_class<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    configuration: &Configuration,
) -> Option<&'w str> {
    let classes = configuration.exemptions.runtime_classes.iter();
    let objects = classes.filter_map(|name| world.view.find(Kind::RuntimeClass, "", name));
    objects.map(Object::name).find(|name| !is_sandboxed(world, name))
}
