use std::collections::{BTreeMap, HashSet};

use merlon_model::Confidence;
use merlon_views::objects::{Place, PodView};

use super::control_plane::runs_everywhere;
use super::{Workloads, pod_volumes};
use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::techniques::escapes::is_ordinary;
use crate::techniques::secrets::{environment, is_given_token, secret, volume_contents};
use crate::world::World;

pub(super) static ENTER_PODS: Technique = Technique {
    id: "enter-pods-of-node",
    title: "go into the node's pods",
    reason: "root of a node reads and changes whatever runs on it",
    references: &["T1609"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: one, containers: [{name: web, image: web}]}
",
            from: "node one",
            to: "container shop/web/web",
            without: &[("nodeName: one", "nodeName: two")],
        },
        // A workload with pods elsewhere too.
        Example {
            objects: SPREAD,
            from: "node one",
            to: "pod shop/web",
            without: &[("nodeName: one", "nodeName: three")],
        },
    ],
};

pub(super) static READ_VOLUMES: Technique = Technique {
    id: "read-volumes-of-node",
    title: "read what the node's pods mount",
    reason: "the kubelet puts secrets and tokens of pods as files on their node",
    references: &["T1528", "T1552.001"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[
        Example {
            objects: SPREAD,
            from: "node one",
            to: "serviceaccount shop/robot",
            without: &[
                ("nodeName: one", "nodeName: three"),
            ],
        },
        // Daemon sets without a choice are everywhere.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  automountServiceAccountToken: false
  containers: [{name: agent, image: agent, securityContext: {privileged: true}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: network, namespace: kube-system}
spec:
  template:
    spec: {serviceAccountName: network, nodeSelector: {kubernetes.io/os: linux}, containers: [{name: a, image: a}]}
",
            from: "pod ops/agent",
            to: "serviceaccount kube-system/network",
            without: &[
                ("kind: DaemonSet", "kind: Deployment"),
                ("kubernetes.io/os: linux", "gpu: 'yes'"),
            ],
        },
    ],
};

pub(super) static USE_VOLUME: Technique = Technique {
    id: "use-secret-of-node",
    title: "use a token or a secret of one of the node's pods",
    reason: "a token counts wherever it is used",
    references: &["T1528", "T1078"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: one
  containers: [{name: web, image: web}]
  volumes: [{name: key, projected: {sources: [{secret: {name: key}}]}}]
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
",
        from: "node one",
        to: "secret shop/key",
        without: &[
            ("nodeName: one", "nodeName: two"),
            ("sources: [{secret", "sources: [{configMap"),
        ],
    }],
};

// The token is a file in the root directory of the process, secrets are among its variables.
pub(super) static READ_PROCESS: Technique = Technique {
    id: "read-neighbour-process",
    title: "read the token and the secrets of another pod's process",
    reason: "below /proc its variables and its root directory are open to whoever may trace it",
    references: &["T1552.001", "T1528"],
    confidence: Confidence::Likely,
    controls: &["pod-host-pid"],
    examples: &[
        Example {
            objects: NEIGHBOURS,
            from: "pod ops/agent",
            to: "serviceaccount shop/robot",
            without: &[
                // Who has more capabilities is out of reach.
                ("{name: other, image", "{name: other, securityContext: {privileged: true}, image"),
                (
                    "{name: other, image",
                    "{name: other, securityContext: {capabilities: {add: [BPF]}}, image",
                ),
                ("spec: {nodeName: one", "spec: {nodeName: two"),
                ("spec: {nodeName: one", "spec: {hostUsers: false, nodeName: one"),
            ],
        },
        Example {
            objects: NEIGHBOURS,
            from: "pod ops/agent",
            to: "secret shop/key",
            without: &[("secretRef", "configMapRef")],
        },
    ],
};

/// An agent that sees the node's processes, and another pod on the node.
pub(in crate::techniques) const NEIGHBOURS: &str = "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  hostPID: true
  nodeName: one
  containers: [{name: agent, image: agent, securityContext: {runAsUser: 0}}]
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other, envFrom: [{secretRef: {name: key}}]}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
";

/// A workload with pods on two nodes.
const SPREAD: &str = "
# cluster
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web, namespace: shop, uid: a}
spec:
  template:
    spec:
      serviceAccountName: robot
      containers: [{name: web, image: web}]
---
apiVersion: v1
kind: Pod
metadata:
  {name: web-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: web, controller: true}]}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata:
  {name: web-2, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: web, controller: true}]}
spec: {nodeName: two, serviceAccountName: robot, containers: [{name: web, image: web}]}
";

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    nodes: &BTreeMap<&'w str, Workloads>,
    builder: &mut Builder<'w>,
) {
    let roots = nodes.keys().map(|name| Fact::Node(name)).chain([Fact::SomeNode]);
    for root in roots {
        builder.step(&READ_VOLUMES, &[root], pod_volumes(root), vec![], &[]);
    }
    for (name, workloads) in nodes {
        let (root, mut told) = (Fact::Node(name), HashSet::new());
        for number in workloads {
            let Some(workload) = world.workload(*number) else { continue };
            let pods = match world.nodes_of(workload) {
                [_] => Fact::Workload(*number),
                _ => Fact::PodsOn(*number, name),
            };
            let basis = vec![on(workload, "a pod runs on the node")];
            builder.step(&ENTER_PODS, &[root], pods, basis, &[]);
            let volumes = Fact::PodVolumes(Some(name));
            for held in held(world, workload).filter(|fact| told.insert(*fact)) {
                let basis = vec![on(workload, "a pod of the node mounts it")];
                builder.step(&USE_VOLUME, &[volumes], held, basis, &[]);
            }
        }
    }
    add_processes(world, nodes, builder);
    for (_, workload) in world.workloads().filter(|(_, it)| runs_everywhere(it)) {
        let statement = "the daemon set has a pod on every node";
        for held in held(world, workload) {
            let (sure, basis) = (Confidence::Likely, vec![on(workload, statement)]);
            let volumes = Fact::PodVolumes(None);
            builder.step_with(&USE_VOLUME, sure, &[volumes], held, basis, &[]);
            let neighbours = Fact::Neighbours(None);
            if builder.knows(&neighbours) && is_in_reach(workload) {
                let basis = vec![on(workload, statement)];
                builder.step(&READ_PROCESS, &[neighbours], held, basis, &[]);
            }
        }
    }
}

/// Adds what ordinary pods hold, for the nodes whose processes somebody sees.
fn add_processes<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    nodes: &BTreeMap<&'w str, Workloads>,
    builder: &mut Builder<'w>,
) {
    for (name, workloads) in nodes {
        let neighbours = Fact::Neighbours(Some(name));
        if !builder.knows(&neighbours) {
            continue;
        }
        let mut told = HashSet::new();
        let workloads = workloads.iter().filter_map(|number| world.workload(*number));
        for workload in workloads.filter(|it| is_in_reach(it)) {
            let variables = workload.containers.iter().flat_map(environment);
            let variables =
                variables.filter_map(|(name, _)| secret(world, workload.namespace, name));
            for held in held(world, workload).chain(variables).filter(|fact| told.insert(*fact)) {
                let basis = vec![on(workload, "a pod of the node has it")];
                builder.step(&READ_PROCESS, &[neighbours], held, basis, &[]);
            }
        }
    }
}

/// Whether all containers of a workload's pods have no more capabilities than usual, and the node's users.
fn is_in_reach(workload: &PodView<'_>) -> bool {
    let has_own_users = !matches!(workload.fields().bool("hostUsers"), Ok(None | Some(true)));
    !has_own_users && !workload.is_windows() && workload.containers.iter().all(is_ordinary)
}

/// What a workload's pods have in their volumes.
fn held<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    workload: &'w PodView<'a>,
) -> impl Iterator<Item = Fact<'w>> {
    let account = Fact::ServiceAccount(workload.namespace, workload.service_account_name());
    let given = is_given_token(world, workload).then_some(account);
    let contents = if workload.is_mirror() { Vec::new() } else { volume_contents(workload) };
    let contents = contents.into_iter().filter_map(move |content| match content.secret {
        Some(name) => secret(world, workload.namespace, name),
        None => Some(account),
    });
    given.into_iter().chain(contents)
}

fn on<'w, 'a: 'w>(workload: &'w PodView<'a>, statement: &'static str) -> Basis<'w> {
    Basis::Object(workload.object, Place::Node(workload.spec), statement)
}
