use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_views::objects::{Fields, PodView};
use merlon_yaml::Node;

use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TAKE_KEYS: Technique = Technique {
    id: "take-control-plane-keys",
    title: "take the keys of the control plane",
    reason: "its nodes keep as files the keys that certificates and tokens are signed with, and the database of the cluster",
    references: &["T1552.004"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: one, labels: {node-role.kubernetes.io/control-plane: ''}}
",
            from: "node one",
            to: "control-plane-keys",
            without: &[("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/worker")],
        },
        // What runs there tells as well.
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: etcd-one, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec: {nodeName: one, containers: [{name: etcd, image: etcd, command: [/usr/bin/etcd]}]}
",
            from: "node one",
            to: "control-plane-keys",
            without: &[
                ("kubernetes.io/config.mirror", "kubernetes.io/config.source"),
                ("command: [/usr/bin/etcd]", "command: [etcdctl]"),
            ],
        },
        // In manifests nobody knows the nodes. A cluster whose nodes are known has one for its control plane or none.
        Example {
            objects: "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
            from: "every-node",
            to: "control-plane-keys",
            without: &[("apiVersion", "# cluster\napiVersion")],
        },
    ],
};

/// Labels of nodes that have the control plane or its database, of kubeadm and others, Rancher and MicroK8s.
const LABELS: &[&str] = &[
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/controlplane",
    "node-role.kubernetes.io/etcd",
    "node.kubernetes.io/microk8s-controlplane",
];

/// The components that have the keys, as programs.
const KEEPERS: &[&str] = &["kube-apiserver", "kube-controller-manager", "etcd"];

/// The nodes that hold the control plane's keys: they carry a label, or a static pod of a component that has them.
pub(in crate::techniques) fn keepers<'w, 'a: 'w>(world: &World<'w, 'a>) -> BTreeSet<&'w str> {
    let labelled = world.nodes.iter().filter(|(_, node)| {
        let labels = Fields::of(&node.object.root).path(&["metadata", "labels"]);
        labels.node().is_some_and(|labels| LABELS.iter().any(|it| labels.get(it).is_some()))
    });
    let mut names: BTreeSet<&'w str> = labelled.map(|(name, _)| *name).collect();
    for (_, workload) in world.workloads() {
        if workload.is_mirror() && workload.containers.iter().any(|it| is_keeper(it.node)) {
            names.extend(world.nodes_of(workload));
        }
    }
    names
}

fn is_keeper(container: &Node) -> bool {
    let program = container.get("command").and_then(|command| command.as_sequence()?.first());
    let name = program.and_then(Node::as_str).and_then(|path| path.rsplit('/').next());
    name.is_some_and(|name| KEEPERS.contains(&name))
}

/// Whether a pod asks for a node of the control plane, or is one of a daemon set that runs there as everywhere.
pub(in crate::techniques) fn asks_for_control_plane(workload: &PodView<'_>) -> bool {
    let fields = workload.fields();
    let selector = fields.get("nodeSelector").node();
    let by_label = selector.is_some_and(|all| LABELS.iter().any(|it| all.get(it).is_some()));
    by_label || by_affinity(fields) || (runs_everywhere(workload) && tolerates(fields))
}

fn by_affinity(fields: Fields<'_>) -> bool {
    const REQUIRED: &[&str] =
        &["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let terms = fields.path(REQUIRED).list("nodeSelectorTerms").unwrap_or_default();
    let asks = |expression: &Node| {
        let text = |key| expression.get(key).and_then(Node::as_str).unwrap_or_default();
        LABELS.contains(&text("key")) && matches!(text("operator"), "Exists" | "In")
    };
    // Each term alone is enough for a node.
    !terms.is_empty()
        && terms.iter().all(|term| {
            let expressions = Fields::of(term).list("matchExpressions").unwrap_or_default();
            expressions.iter().any(asks)
        })
}

/// Whether a daemon set chooses no nodes, but for their system.
pub(super) fn runs_everywhere(workload: &PodView<'_>) -> bool {
    let fields = workload.fields();
    let selector = fields.get("nodeSelector").node().and_then(Node::as_mapping);
    let only_system = selector.is_none_or(|all| {
        all.entries()
            .iter()
            .all(|entry| &*entry.key == "kubernetes.io/os" && entry.value.as_str() == Some("linux"))
    });
    let chooses = fields.path(&["affinity", "nodeAffinity"]).is_set();
    workload.kind == Kind::DaemonSet && only_system && !chooses
}

fn tolerates(fields: Fields<'_>) -> bool {
    let all = fields.list("tolerations").unwrap_or_default();
    all.iter().any(|toleration| {
        let text = |key| toleration.get(key).and_then(Node::as_str).unwrap_or_default();
        let is_key = LABELS.contains(&text("key"))
            || (text("key").is_empty() && text("operator") == "Exists");
        is_key && matches!(text("effect"), "" | "NoSchedule")
    })
}

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for name in keepers(world) {
        let basis = Basis::Note("the node runs components of the control plane");
        let premises = &[Fact::Node(name)];
        builder.step(&TAKE_KEYS, premises, Fact::ControlPlaneKeys, vec![basis], &[]);
    }
    // Whether a vendor runs the control plane elsewhere, manifests do not tell.
    if world.nodes.is_empty() && !world.view.is_complete(Kind::Node) {
        let basis =
            Basis::Note("most clusters that no vendor runs have the control plane on nodes");
        let (sure, premises) = (Confidence::Likely, &[Fact::EveryNode]);
        let keys = Fact::ControlPlaneKeys;
        builder.step_with(&TAKE_KEYS, sure, premises, keys, vec![basis], &[]);
    }
}
