//! Making pods, going into those that run, and what admission makes of it.

use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_pod_security::{Level, Mode, NamespacePolicy};
use merlon_snapshot::Object;
use merlon_views::objects::place;

use super::super::rights::{in_cluster, within};
use super::{jane, technique};
use crate::builder::Builder;
use crate::change::{label, label_namespace};
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::technique::Technique;
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[
    &RUN_AS_ACCOUNT,
    &ANY_POD,
    &ADD_CONTAINER,
    &ADD_PRIVILEGED,
    &ATTACH,
    &DRIVE,
    &OWN_NODE,
    &ADMIT,
    &LOWER,
    &PRIVILEGED,
];

const STANDARD: &[&str] = &["namespace-without-baseline-standard"];

static RUN_AS_ACCOUNT: Technique = technique(
    "run-pod-as-account",
    "run a pod as the service account",
    "whoever creates pods in a namespace chooses their service account, and its token is mounted",
    &["T1610", "MS-TA9016"],
    &[jane(
        concat!(
            within!("shop", "{apiGroups: [batch], resources: [cronjobs], verbs: [create]}"),
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
        ),
        "serviceaccount shop/robot",
        &[
            ("[cronjobs]", "[cronjobs/status]"),
            ("{name: robot, namespace: shop}", "{name: robot, namespace: other}"),
        ],
    )],
);

static ANY_POD: Technique = technique(
    "choose-pod",
    "go into the pod",
    "the right is for all pods of the namespace",
    &["T1609"],
    &[jane(
        concat!(
            within!("shop", "{apiGroups: [''], resources: [pods/exec], verbs: [create]}"),
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
            "spec: {containers: [{name: web, image: web}]}\n",
        ),
        "pod shop/web",
        &[("{name: web, namespace: shop}", "{name: web, namespace: other}")],
    )],
);

static ADD_CONTAINER: Technique = technique(
    "run-in-added-container",
    "run code in a container that is added to a pod",
    "the container may mount the pod's volumes, its token among them, and look into its processes",
    &["T1609", "MS-TA9011"],
    &[jane(
        concat!(
            within!(
                "shop",
                "{apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [update]}"
            ),
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
            "spec: {containers: [{name: web, image: web}]}\n",
        ),
        "pod shop/web",
        &[("verbs: [update]", "verbs: [create]")],
    )],
);

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

/// What the process makes of its input is not known.
static ATTACH: Technique = Technique {
    confidence: Confidence::Likely,
    ..technique(
        "attach-to-process",
        "talk to the container's main process",
        "the container keeps its standard input open, as shells and debuggers want it",
        &["T1609"],
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [pods/attach], verbs: [create]}"),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web, stdin: true}]}\n",
            ),
            "pod shop/web",
            &[("stdin: true", "stdin: false")],
        )],
    )
};

/// Pods that tolerate everything stay, and some fit no other node.
static DRIVE: Technique = Technique {
    confidence: Confidence::Likely,
    ..technique(
        "draw-pods-to-node",
        "draw pods to a node that is owned",
        "pods that are driven off their nodes go where there is room, and only one node is left that has any",
        &["T1528"],
        DRIVEN,
    )
};

static OWN_NODE: Technique = technique(
    "own-a-node",
    "have a node of one's own",
    "root on a node sees everything that runs there",
    &[],
    DRIVEN,
);

const DRIVEN: &[crate::technique::Example] = &[jane(
    concat!(
        "# cluster\n",
        in_cluster!(
            "{apiGroups: [''], resources: [nodes], verbs: [patch]}",
            "{apiGroups: [''], resources: [pods/exec], verbs: [create], resourceNames: [agent]}"
        ),
        "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n---\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\n",
        "spec: {nodeName: one, containers: [{name: agent, image: agent, securityContext: {privileged: true}}]}\n---\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
        "spec: {nodeName: two, containers: [{name: web, image: web}]}\n",
    ),
    "pod shop/web",
    &[("verbs: [patch]", "verbs: [get]"), ("privileged: true", "privileged: false")],
)];

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
        ],
    )
};

static LOWER: Technique = technique(
    "lower-pod-security",
    "take the label off and create a privileged pod",
    "the level is a label of the namespace, and whoever changes the namespace changes it",
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

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let own = builder.has(Fact::SomeNode) || !world.nodes.is_empty();
    for namespace in &world.namespaces {
        let within = |ability| Fact::Ability(ability, Some(*namespace));
        let (create, run) = (within(Ability::CreatePods), within(Ability::RunInPods));
        builder.step(&RUN_AS_ACCOUNT, &[create], within(Ability::UseServiceAccounts), vec![], &[]);
        if builder.has(within(Ability::AddContainers)) {
            builder.step(&ADD_CONTAINER, &[within(Ability::AddContainers)], run, vec![], &[]);
        }
        if own && builder.has(within(Ability::DrivePods)) {
            let premises = [within(Ability::DrivePods), Fact::SomeNode];
            builder.step(&DRIVE, &premises, run, vec![], &[]);
        }
        for number in world.within(namespace) {
            builder.step(&ANY_POD, &[run], Fact::Workload(*number), vec![], &[]);
        }
        if builder.has(within(Ability::AttachToPods)) {
            add_attached(world, builder, namespace);
        }
        add_privileged(world, builder, namespace);
    }
    add_nodes(world, builder);
}

/// Adds containers that wait for input.
fn add_attached<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>, namespace: &'w str) {
    let attach = Fact::Ability(Ability::AttachToPods, Some(namespace));
    for number in world.within(namespace) {
        let Some(workload) = world.workload(*number) else { continue };
        for (at, container) in (0..).zip(&workload.containers) {
            if matches!(container.fields().bool("stdin"), Ok(Some(true))) {
                let place = place(container.node, &["stdin"]);
                let basis = Basis::Object(workload.object, place, "standard input is open");
                let inside = Fact::Container(*number, at);
                builder.step(&ATTACH, &[attach], inside, vec![basis], &[]);
            }
        }
    }
}

/// Adds nodes that are of use.
fn add_nodes<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let drives = |fact: &Fact<'_>| matches!(fact, Fact::Ability(Ability::DrivePods, _));
    if builder.facts().iter().any(drives) {
        for name in world.nodes.keys() {
            builder.step(&OWN_NODE, &[Fact::Node(name)], Fact::SomeNode, vec![], &[]);
        }
    }
}

/// What admission says of privileged pods.
struct Admission<'w> {
    namespace: Option<&'w Object>,
    lets_in: bool,
    sure: Confidence,
}

fn add_privileged<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    namespace: &'w str,
) {
    let Some(admission) = admission(world, namespace) else { return };
    let within = |ability| Fact::Ability(ability, Some(namespace));
    let (create, add) = (within(Ability::CreatePods), within(Ability::AddContainers));
    let privileged = within(Ability::CreatePrivilegedPods);
    let basis = match admission.namespace {
        Some(object) => {
            let said = if admission.lets_in { "it admits privileged pods" } else { "its level" };
            Basis::Object(object, place(&object.root, &["metadata", "labels"]), said)
        }
        None => Basis::Note("a namespace that is not written refuses no pods"),
    };
    let sure = admission.sure;
    let mut nodes = BTreeSet::new();
    if builder.has(add) {
        let workloads = world.within(namespace).iter().filter_map(|it| world.workload(*it));
        nodes.extend(workloads.flat_map(|workload| world.roots_of(workload)));
    }
    if admission.lets_in {
        let changes = [enforce(world, builder, namespace, admission.namespace)];
        builder.step_with(&ADMIT, sure, &[create], privileged, vec![basis], &changes);
        for node in nodes {
            builder.step_with(&ADD_PRIVILEGED, sure, &[add], node, vec![basis], &changes);
        }
    } else {
        let change = within(Ability::ChangeNamespaces);
        builder.step_with(&LOWER, sure, &[create, change], privileged, vec![basis], &[]);
        for node in nodes {
            builder.step_with(&LOWER, sure, &[add, change], node, vec![basis], &[]);
        }
    }
    builder.step(&PRIVILEGED, &[privileged], Fact::EveryNode, vec![], &[]);
}

fn enforce<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    namespace: &'w str,
    object: Option<&'w Object>,
) -> ChangeId {
    let key = Mode::Enforce.level_label();
    match object {
        Some(object) => label(world, builder, object, key, "baseline"),
        None => label_namespace(builder, namespace, key, "baseline"),
    }
}

/// Looks at the namespace's level and at what else is asked about pods; `None` for a namespace that is not there.
///
/// Without a label the API server's own default counts, which objects do not show; nor do they show what webhooks and
/// policies look for, and which constraints of `OpenShift` a pod is measured by.
fn admission<'w, 'a: 'w>(world: &World<'w, 'a>, name: &'w str) -> Option<Admission<'w>> {
    let view = world.view.namespaces().get(name);
    let namespace = world.view.find(Kind::Namespace, "", name);
    if namespace.is_none() && world.view.is_complete(Kind::Namespace) {
        return None;
    }
    let labels = namespace.and_then(|it| it.root.path(&["metadata", "labels"]));
    let (policy, _) = NamespacePolicy::read(labels, &NamespacePolicy::default());
    let says = labels.is_some_and(|it| it.get(Mode::Enforce.level_label()).is_some());
    let lets_in = policy.enforce.level == Level::Privileged;
    let sure = if world.view.has(Kind::SecurityContextConstraints) {
        Confidence::Assumed
    } else if (says || !lets_in) && view.is_none_or(|it| it.engines.is_empty()) {
        Confidence::Certain
    } else {
        Confidence::Likely
    };
    Some(Admission { namespace, lets_in, sure })
}
