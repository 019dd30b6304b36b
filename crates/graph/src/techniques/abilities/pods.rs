//! Making pods, and going into those that run.

use merlon_model::Confidence;
use merlon_views::objects::place;

use super::super::rights::{in_cluster, within};
use super::{jane, technique};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::Technique;
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&RUN_AS_ACCOUNT, &ANY_POD, &ADD_CONTAINER, &ATTACH, &DRIVE, &OWN_NODE];

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
