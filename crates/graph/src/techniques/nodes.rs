//! From nodes to what is on them.
//!
//! Root on a node is root in its pods, but not in the other pods of their workloads: those run elsewhere.

mod control_plane;
mod kubelets;
mod pods;

use std::collections::BTreeMap;

use merlon_model::Confidence;
use merlon_rbac::NODES;

use crate::builder::Builder;
use crate::fact::Fact;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) use control_plane::{asks_for_control_plane, keepers};
pub(super) use pods::NEIGHBOURS;

pub(super) static TECHNIQUES: &[&Technique] = &[
    &CHOOSE_NODE,
    &control_plane::TAKE_KEYS,
    &kubelets::USE_KUBELET,
    &kubelets::KUBELET_GROUP,
    &kubelets::READ_SECRET,
    &kubelets::CREATE_TOKEN,
    &kubelets::CREATE_PODS,
    &pods::ENTER_PODS,
    &pods::READ_VOLUMES,
    &pods::USE_VOLUME,
    &pods::READ_PROCESS,
];

static CHOOSE_NODE: Technique = Technique {
    id: "choose-node",
    title: "choose the node",
    reason: "what works on every node works on this one",
    references: &["T1610"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: one}
",
        from: "every-node",
        to: "node one",
        without: &[("{name: one}", "{name: two}")],
    }],
};

/// What the pods mount on the node that a fact is root on.
pub(super) fn pod_volumes<'w>(root: Fact<'w>) -> Fact<'w> {
    match root {
        Fact::Node(name) => Fact::PodVolumes(Some(name)),
        _ => Fact::PodVolumes(None),
    }
}

/// The kubelet of the node that a fact is root on; of a node that nobody knows it is some kubelet's group.
pub(super) fn kubelet<'w>(root: Fact<'w>) -> Option<Fact<'w>> {
    match root {
        Fact::Node(name) => Some(Fact::Kubelet(name)),
        Fact::SomeNode => Some(Fact::Group(NODES)),
        _ => None,
    }
}

/// The workloads of a node.
type Workloads = Vec<u32>;

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let mut nodes: BTreeMap<&'w str, Workloads> =
        world.nodes.keys().map(|name| (*name, Vec::new())).collect();
    for (number, workload) in world.workloads() {
        for name in world.nodes_of(workload) {
            nodes.entry(name).or_default().push(number);
        }
    }
    builder.step(&CHOOSE_NODE, &[Fact::EveryNode], Fact::SomeNode, vec![], &[]);
    for name in nodes.keys() {
        builder.step(&CHOOSE_NODE, &[Fact::EveryNode], Fact::Node(name), vec![], &[]);
    }
    control_plane::add(world, builder);
    kubelets::add(world, &nodes, builder);
    pods::add(world, &nodes, builder);
}
