//! Privileged containers, and those that see all of `/proc`.

use merlon_model::Confidence;
use merlon_views::objects::place;

use super::guards::{Act, hindrance};
use super::inside::{Inside, User};
use super::{ON_OPENSHIFT, on_node};
use crate::builder::Builder;
use crate::change::{set_in_container, set_in_pod};
use crate::graph::Basis;
use crate::technique::{Example, Technique};

pub(super) static TECHNIQUES: &[&Technique] = &[&PRIVILEGED, &ENTER_NAMESPACES, &UNMASKED];

static PRIVILEGED: Technique = Technique {
    id: "privileged-container",
    title: "mount the node's disk",
    reason: "a privileged container sees the node's devices and may do everything that root may",
    references: &["T1611", "MS-TA9018"],
    confidence: Confidence::Certain,
    controls: &["container-privileged"],
    examples: &[
        Example {
            objects: pod!(
                "  containers:
  - name: agent
    image: agent
    securityContext: {privileged: true}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                ("privileged: true", "privileged: false"),
                // Root of a user namespace is nobody outside of it.
                ("  containers:", "  hostUsers: false\n  containers:"),
                // The kernel is not the node's.
                ("  containers:", "  runtimeClassName: kata-qemu\n  containers:"),
                ("  containers:", "  os: {name: windows}\n  containers:"),
            ],
        },
        // Init containers run as well.
        Example {
            objects: pod!(
                "  initContainers:
  - {name: setup, image: setup, securityContext: {privileged: true}}
  containers: [{name: agent, image: agent}]
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[("privileged: true", "privileged: false")],
        },
        // The class's handler decides, whatever the class is called.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  runtimeClassName: kata
  containers: [{name: agent, image: agent, securityContext: {privileged: true}}]
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata}
handler: runc
",
            from: "pod ops/agent",
            to: "node",
            without: &[("handler: runc", "handler: kata-clh")],
        },
    ],
};

// What a privileged container does with its own means it does anyway; this is the way that leaves no trace of a mount.
static ENTER_NAMESPACES: Technique = Technique {
    id: "enter-node-namespaces",
    title: "enter the namespaces of the node's first process",
    reason: "with the node's process ids every privileged process reaches the namespaces of PID 1",
    references: &["T1611", "MS-TA9018"],
    confidence: Confidence::Certain,
    controls: &["container-privileged", "pod-host-pid"],
    examples: &[Example {
        objects: pod!(
            "  hostPID: true
  containers:
  - {name: agent, image: agent, securityContext: {privileged: true, runAsUser: 0}}
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[
            ("hostPID: true", "hostPID: false"),
            ("privileged: true", "privileged: false"),
            ("runAsUser: 0", "runAsUser: 1000"),
        ],
    }],
};

static UNMASKED: Technique = Technique {
    id: "unmasked-proc",
    title: "set the program that the kernel runs at crashes",
    reason: "with procMount: Unmasked root writes kernel.core_pattern, and the kernel runs what stands there as root of the node",
    references: &["T1611"],
    confidence: Confidence::Likely,
    controls: &["container-proc-mount-unmasked"],
    examples: &[
        Example {
            objects: pod!(
                "  hostUsers: true
  containers:
  - {name: agent, image: agent, securityContext: {procMount: Unmasked, runAsUser: 0}}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                ("Unmasked", "Default"),
                ("hostUsers: true", "hostUsers: false"),
                ("runAsUser: 0", "runAsUser: 1000"),
            ],
        },
        on_node(
            pod_on_node!(
                "  containers:
  - {name: agent, image: agent, securityContext: {procMount: Unmasked}}
"
            ),
            "node one",
            &[ON_OPENSHIFT],
        ),
    ],
};

const PRIVILEGE: &[&str] = &["securityContext", "privileged"];
const PROC_MOUNT: &[&str] = &["securityContext", "procMount"];

pub(super) fn add<'w, 'a: 'w>(inside: &Inside<'_, 'w, 'a>, builder: &mut Builder<'w>) {
    if !inside.shares_kernel() {
        return;
    }
    let Some(user) = inside.user() else { return };
    if inside.is_privileged() {
        add_privileged(inside, user, builder);
    } else if is_unmasked(inside) && !matches!(user, User::Other(_)) {
        let (world, workload) = (inside.world, inside.workload);
        let each = (inside.at, inside.container);
        let change =
            set_in_container(world, builder, workload, each, PROC_MOUNT, &"Default".into());
        let found = place(inside.container.node, PROC_MOUNT);
        let basis = Basis::Object(workload.object, found, "all of /proc is to be seen");
        for (root, sure) in inside.roots(Act::WriteProc) {
            let mut basis = vec![basis];
            basis.extend(hindrance(Confidence::Certain, sure));
            builder.step_with(&UNMASKED, sure, &[inside.fact()], root, basis, &[change]);
        }
    }
}

fn is_unmasked(inside: &Inside<'_, '_, '_>) -> bool {
    matches!(inside.container.security().text("procMount"), Ok(Some("Unmasked")))
}

/// Who asks for privileges runs as root where no user is written: others have no use for them. Somebody else needs a
/// program of the image with a hole to become root.
fn add_privileged<'w, 'a: 'w>(inside: &Inside<'_, 'w, 'a>, user: User, builder: &mut Builder<'w>) {
    let (world, workload) = (inside.world, inside.workload);
    let sure = match user {
        User::Root | User::OfImage => Confidence::Certain,
        User::Other(_) => Confidence::Assumed,
    };
    let each = (inside.at, inside.container);
    let change = set_in_container(world, builder, workload, each, PRIVILEGE, &false.into());
    let found = place(inside.container.node, PRIVILEGE);
    let basis = Basis::Object(workload.object, found, "the container is privileged");
    for root in world.roots_of(workload) {
        builder.step_with(&PRIVILEGED, sure, &[inside.fact()], root, vec![basis], &[change]);
    }
    if sure == Confidence::Certain && inside.has_host_processes() {
        const KEYS: &[&str] = &["hostPID"];
        let also = set_in_pod(world, builder, workload, KEYS, &false.into());
        let found = place(workload.spec, KEYS);
        let sees = Basis::Object(workload.object, found, "the pod sees the node's processes");
        for root in world.roots_of(workload) {
            let (premises, basis) = (&[inside.fact()], vec![basis, sees]);
            builder.step(&ENTER_NAMESPACES, premises, root, basis, &[change, also]);
        }
    }
}
