//! Capabilities that amount to the node.
//!
//! `MKNOD` alone is none of them: the device cgroup of the container does not let it open what it makes. Nor is there a
//! way for those who are not root: added capabilities are only in their bounding set.

use merlon_model::Confidence;
use merlon_views::objects::{Place, capability_name, place};
use serde_json::Value;

use super::guards::{Act, hindrance};
use super::inside::{Inside, User};
use super::{ON_BOTTLEROCKET, ON_OPENSHIFT, on_node};
use crate::builder::Builder;
use crate::change::{set_in_container, set_in_pod};
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::techniques::nodes::pod_volumes;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&MOUNT, &LOAD_MODULE, &TRACE, &OPEN_BY_HANDLE, &RAW_IO, &BPF];

const DANGEROUS: &[&str] = &["container-dangerous-capability"];

static MOUNT: Technique = Technique {
    id: "capability-sys-admin",
    title: "mount the kernel's file systems and set a program it runs",
    reason: "with SYS_ADMIN root mounts /proc and cgroup file systems anew and sets core_pattern or release_agent, which the kernel runs as root of the node, unless AppArmor or SELinux forbids that",
    references: &["T1611", "MS-TA9018"],
    confidence: Confidence::Likely,
    controls: DANGEROUS,
    examples: &[
        Example {
            objects: pod!(
                "  containers:
  - name: agent
    image: agent
    securityContext: {capabilities: {add: [SYS_ADMIN]}}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                ("add: [SYS_ADMIN]", "add: [NET_ADMIN]"),
                ("add: [SYS_ADMIN]", "add: [SYS_ADMIN], drop: [SYS_ADMIN]"),
                ("capabilities:", "runAsUser: 1000, capabilities:"),
                ("capabilities:", "runAsNonRoot: true, capabilities:"),
                ("  containers:", "  hostUsers: false\n  containers:"),
                ("  containers:", "  runtimeClassName: gvisor\n  containers:"),
                // Devices that it makes it cannot open.
                ("add: [SYS_ADMIN]", "add: [MKNOD]"),
            ],
        },
        // All of them, as a runtime reads it; what is added outlasts `drop: [ALL]`.
        Example {
            objects: pod!(
                "  containers:
  - name: agent
    image: agent
    securityContext: {capabilities: {add: [all], drop: [NET_RAW]}}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[("drop: [NET_RAW]", "drop: [ALL]")],
        },
        on_node(
            pod_on_node!(
                "  containers:
  - {name: agent, image: agent, securityContext: {capabilities: {add: [SYS_ADMIN]}}}
"
            ),
            "node one",
            &[ON_OPENSHIFT],
        ),
    ],
};

static LOAD_MODULE: Technique = Technique {
    id: "capability-sys-module",
    title: "load a module into the node's kernel",
    reason: "with SYS_MODULE root puts code into the kernel, unless the kernel asks for a signature",
    references: &["T1611", "T1547.006"],
    confidence: Confidence::Likely,
    controls: DANGEROUS,
    examples: &[
        Example {
            objects: pod!(
                "  containers: [{name: agent, image: agent}]
  initContainers:
  - name: module
    image: module
    restartPolicy: Always
    securityContext: {capabilities: {add: [CAP_SYS_MODULE], drop: [ALL]}}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[("CAP_SYS_MODULE", "CAP_SYS_NICE"), ("drop: [ALL]", "drop: [SYS_MODULE]")],
        },
        on_node(
            pod_on_node!(
                "  containers:
  - {name: agent, image: agent, securityContext: {capabilities: {add: [SYS_MODULE]}}}
"
            ),
            "node one",
            &[ON_OPENSHIFT],
        ),
    ],
};

static TRACE: Technique = Technique {
    id: "capability-sys-ptrace",
    title: "put code into a process of the node",
    reason: "with SYS_PTRACE and the node's process ids root attaches to programs of the node, unless AppArmor or SELinux forbids to trace others",
    references: &["T1611", "T1055.008"],
    confidence: Confidence::Likely,
    controls: &["container-dangerous-capability", "pod-host-pid"],
    examples: &[
        Example {
            objects: pod!(
                "  hostPID: true
  containers:
  - name: agent
    image: agent
    securityContext: {capabilities: {add: [SYS_PTRACE]}}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                ("hostPID: true", "shareProcessNamespace: true"),
                ("SYS_PTRACE", "KILL"),
                ("capabilities:", "runAsUser: 1000, capabilities:"),
            ],
        },
        // On OpenShift such pods have no label.
        on_node(
            pod_on_node!(
                "  hostPID: true
  containers:
  - {name: agent, image: agent, securityContext: {capabilities: {add: [SYS_PTRACE]}}}
"
            ),
            "node one",
            &[ON_BOTTLEROCKET],
        ),
    ],
};

static OPEN_BY_HANDLE: Technique = Technique {
    id: "capability-dac-read-search",
    title: "open files of the node by their handles",
    reason: "with DAC_READ_SEARCH root opens any file of the file system that a mounted file such as /etc/hosts is of, past the container's mounts",
    references: &["T1611", "T1005"],
    confidence: Confidence::Likely,
    controls: DANGEROUS,
    examples: &[
        Example {
            objects: pod!(
                "  containers:
  - name: agent
    image: agent
    securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                // What every container has.
                ("DAC_READ_SEARCH", "DAC_OVERRIDE"),
                ("  containers:", "  hostUsers: false\n  containers:"),
                ("capabilities:", "runAsNonRoot: true, capabilities:"),
            ],
        },
        on_node(
            pod_on_node!(
                "  containers:
  - {name: agent, image: agent, securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}}
"
            ),
            "node one",
            &[ON_OPENSHIFT],
        ),
    ],
};

static RAW_IO: Technique = Technique {
    id: "capability-sys-rawio",
    title: "drive the node's devices by their ports",
    reason: "with SYS_RAWIO root speaks to disks and memory controllers directly, unless the kernel is locked down",
    references: &["T1611", "T1006"],
    confidence: Confidence::Likely,
    controls: DANGEROUS,
    examples: &[Example {
        objects: pod!(
            "  containers:
  - name: agent
    image: agent
    securityContext: {capabilities: {add: [SYS_RAWIO]}}
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[("SYS_RAWIO", "SYS_TIME")],
    }],
};

// Changing memory takes SYS_ADMIN as well (`bpf_get_probe_write_proto` of the kernel), reading it does not.
static BPF: Technique = Technique {
    id: "capability-bpf",
    title: "read the memory of all processes by eBPF",
    reason: "with BPF and PERFMON programs in the kernel see what every process of the node reads and sends, tokens among it",
    references: &["T1003", "T1040"],
    confidence: Confidence::Likely,
    controls: DANGEROUS,
    examples: &[
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  nodeName: one
  automountServiceAccountToken: false
  containers:
  - name: agent
    image: agent
    securityContext: {capabilities: {add: [BPF, PERFMON]}}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other}]}
",
            from: "pod ops/agent",
            to: "serviceaccount shop/robot",
            without: &[
                ("[BPF, PERFMON]", "[BPF]"),
                ("[BPF, PERFMON]", "[PERFMON]"),
                ("{nodeName: one", "{nodeName: two"),
            ],
        },
        on_node(
            concat!(
                pod_on_node!(
                    "  containers:
  - {name: agent, image: agent, securityContext: {capabilities: {add: [BPF, PERFMON]}}}
"
                ),
                "---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other}]}
"
            ),
            "serviceaccount shop/robot",
            &[ON_OPENSHIFT],
        ),
    ],
};

/// What leads to the node where its capabilities are had.
struct Row {
    technique: &'static Technique,
    capabilities: &'static [&'static str],
    /// Whether the node's process ids have to be seen as well.
    host_processes: bool,
    /// What is done with them.
    act: Act<'static>,
    /// How sure it is where the node does not forbid it.
    sure: Confidence,
}

const fn row(
    technique: &'static Technique,
    capabilities: &'static [&'static str],
    act: Act<'static>,
) -> Row {
    Row { technique, capabilities, host_processes: false, act, sure: technique.confidence }
}

static ROWS: &[Row] = &[
    Row { sure: Confidence::Certain, ..row(&MOUNT, &["SYS_ADMIN"], Act::Mount) },
    row(&LOAD_MODULE, &["SYS_MODULE"], Act::LoadModules),
    Row {
        sure: Confidence::Certain,
        host_processes: true,
        ..row(&TRACE, &["SYS_PTRACE"], Act::Trace)
    },
    row(&OPEN_BY_HANDLE, &["DAC_READ_SEARCH"], Act::OpenByHandle),
    row(&RAW_IO, &["SYS_RAWIO"], Act::DrivePorts),
    row(&BPF, &["BPF", "PERFMON"], Act::LoadPrograms),
];

const ADD: &[&str] = &["securityContext", "capabilities", "add"];
const HOST_PID: &[&str] = &["hostPID"];

pub(super) fn add<'w, 'a: 'w>(inside: &Inside<'_, 'w, 'a>, builder: &mut Builder<'w>) {
    let container = inside.container;
    // Privileged containers have all of them, and need none.
    let asks = container.security().path(&["capabilities", "add"]).is_set();
    if !asks || inside.is_privileged() || !inside.shares_kernel() {
        return;
    }
    if !matches!(inside.user(), Some(User::Root | User::OfImage)) {
        return;
    }
    for row in ROWS {
        let had = row.capabilities.iter().map(|name| container.has_capability(name));
        let Ok(had) = had.collect::<Result<Vec<_>, _>>() else { return };
        let all = had.iter().all(|(has, _)| *has);
        if all && (!row.host_processes || inside.has_host_processes()) {
            let entry = had.iter().find_map(|(_, node)| *node);
            add_row(inside, row, entry.map(Place::Node), builder);
        }
    }
}

fn add_row<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    row: &Row,
    entry: Option<Place<'w>>,
    builder: &mut Builder<'w>,
) {
    let (world, workload, container) = (inside.world, inside.workload, inside.container);
    let each = (inside.at, container);
    let rest = harmless(inside);
    let mut changes = vec![set_in_container(world, builder, workload, each, ADD, &rest)];
    let found = entry.unwrap_or_else(|| place(container.node, ADD));
    let mut basis = vec![Basis::Object(workload.object, found, "the container has the capability")];
    if row.host_processes {
        changes.push(set_in_pod(world, builder, workload, HOST_PID, &false.into()));
        let found = place(workload.spec, HOST_PID);
        basis.push(Basis::Object(workload.object, found, "the pod sees the node's processes"));
    }
    let reads = std::ptr::eq(row.technique, &BPF);
    for (root, most) in inside.roots(row.act) {
        let gained: Fact<'w> = if reads { pod_volumes(root) } else { root };
        let (premises, sure) = (&[inside.fact()], row.sure.min(most));
        let mut basis = basis.clone();
        basis.extend(hindrance(row.sure, most));
        builder.step_with(row.technique, sure, premises, gained, basis, &changes);
    }
}

/// What may stay under `add`.
fn harmless(inside: &Inside<'_, '_, '_>) -> Value {
    let added = inside.container.security().get("capabilities").texts("add").unwrap_or_default();
    let is_harmful = |name: &str| {
        let name = capability_name(name).to_ascii_uppercase();
        name == "ALL" || ROWS.iter().any(|row| row.capabilities.contains(&name.as_str()))
    };
    added.into_iter().filter(|name| !is_harmful(name)).collect()
}
