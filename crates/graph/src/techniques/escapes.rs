//! From a container to its node.

use merlon_model::Confidence;
use merlon_views::objects::{ContainerView, PodView, place};

use crate::builder::Builder;
use crate::change::set_in_container;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&PRIVILEGED];

static PRIVILEGED: Technique = Technique {
    id: "privileged-container",
    title: "mount the node's disk",
    reason: "a privileged container sees the node's devices and may do everything that root may",
    references: &["T1611", "MS-TA9018"],
    confidence: Confidence::Certain,
    controls: &["container-privileged"],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  containers:
  - name: agent
    image: agent
    securityContext: {privileged: true}
",
        from: "pod ops/agent",
        to: "node",
        without: &[("privileged: true", "privileged: false")],
    }],
};

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for (number, workload) in world.workloads() {
        for each in (0..).zip(&workload.containers) {
            add_privileged(world, builder, (number, workload), each);
        }
    }
}

fn add_privileged<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    (number, workload): (u32, &'w PodView<'a>),
    (at, container): (u32, &'w ContainerView<'a>),
) {
    if !matches!(container.security().bool("privileged"), Ok(Some(true))) {
        return;
    }
    let keys = &["securityContext", "privileged"];
    let change = set_in_container(world, builder, workload, (at, container), keys, &false.into());
    let basis =
        Basis::Object(workload.object, place(container.node, keys), "the container is privileged");
    for root in world.roots_of(workload) {
        let inside = Fact::Container(number, at);
        builder.step(&PRIVILEGED, &[inside], root, vec![basis], &[change]);
    }
}
