//! From a container that sees the node's processes to those of other pods.

use merlon_model::Confidence;
use merlon_views::objects::place;

use super::guards::Act;
use super::inside::{Inside, User};
use super::siblings::reaches_all;
use super::{ON_BOTTLEROCKET, on_node};
use crate::builder::Builder;
use crate::change::set_in_pod;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::techniques::nodes::NEIGHBOURS;

pub(super) static TECHNIQUES: &[&Technique] = &[&SEE_NODE];

// The node's own processes have all capabilities, so that root of a container does not reach them; its like it does
// (`ptrace_may_access` of the kernel). AppArmor's usual profile is the same for all.
static SEE_NODE: Technique = Technique {
    id: "host-process-ids",
    title: "reach the processes of other pods on the node",
    reason: "with the node's process ids root reaches processes of every user that have no more capabilities than it has",
    references: &["T1057", "T1552.001"],
    confidence: Confidence::Likely,
    controls: &["pod-host-pid"],
    examples: &[
        Example {
            objects: NEIGHBOURS,
            from: "pod ops/agent",
            to: "serviceaccount shop/robot",
            without: &[
                ("hostPID: true", "hostPID: false"),
                ("runAsUser: 0", "runAsUser: 1000"),
                ("runAsUser: 0", "capabilities: {drop: [ALL]}"),
            ],
        },
        // Categories of SELinux keep pods apart.
        on_node(
            concat!(
                pod_on_node!("  hostPID: true\n  containers: [{name: agent, image: agent}]\n"),
                "---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other}]}
"
            ),
            "serviceaccount shop/robot",
            &[ON_BOTTLEROCKET],
        ),
    ],
};

const HOST_PID: &[&str] = &["hostPID"];

pub(super) fn add<'w, 'a: 'w>(inside: &Inside<'_, 'w, 'a>, builder: &mut Builder<'w>) {
    let is_root = matches!(inside.user(), Some(User::Root | User::OfImage));
    // A privileged container has the whole node.
    if !inside.has_host_processes() || !is_root || inside.is_privileged() {
        return;
    }
    if !inside.shares_kernel() || !reaches_all(inside.container) {
        return;
    }
    let (world, workload) = (inside.world, inside.workload);
    let change = set_in_pod(world, builder, workload, HOST_PID, &false.into());
    let found = place(workload.spec, HOST_PID);
    let basis = Basis::Object(workload.object, found, "the pod sees the node's processes");
    for (root, most) in inside.roots(Act::ReadNeighbours) {
        let neighbours = match root {
            Fact::Node(name) => Fact::Neighbours(Some(name)),
            _ => Fact::Neighbours(None),
        };
        let (premises, sure) = (&[inside.fact()], SEE_NODE.confidence.min(most));
        builder.step_with(&SEE_NODE, sure, premises, neighbours, vec![basis], &[change]);
    }
}
