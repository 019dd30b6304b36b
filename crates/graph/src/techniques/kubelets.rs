//! What kubelets run for those who may use their API, and those that take callers without credentials.

use std::collections::BTreeSet;
use std::net::IpAddr;

use merlon_model::{Component, Confidence};
use merlon_views::NodeView;
use merlon_views::objects::{Passage, PodView};

use super::exposure::is_public;
use super::network::Places;
use super::rights::in_cluster;
use super::secrets::{environment, secret};
use crate::builder::Builder;
use crate::fact::{Fact, Network};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&OPEN_KUBELET, &RUN];

static OPEN_KUBELET: Technique = Technique {
    id: "anonymous-kubelet",
    title: "use the kubelet's API without credentials",
    reason: "the kubelet takes requests without credentials, and authorizes none of them",
    references: &["T1609", "MS-TA9030"],
    confidence: Confidence::Certain,
    controls: &["kubelet-anonymous-auth", "kubelet-always-allow"],
    examples: &[Example {
        objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: a}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {automountServiceAccountToken: false, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data}
spec: {nodeName: a, containers: [{name: db, image: db}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: nodes}
spec:
  priority: 5
  subject: {namespaces: {}}
  egress: [{action: Deny, to: [{nodes: {matchLabels: {pool: other}}}]}]
# node a
#   run kubelet@1.31 --anonymous-auth=true --authorization-mode=AlwaysAllow
",
        from: "pod shop/web",
        to: "pod data/db",
        without: &[
            ("--anonymous-auth=true", "--anonymous-auth=false"),
            ("--authorization-mode=AlwaysAllow", "--authorization-mode=Webhook"),
            ("AlwaysAllow", "AlwaysAllow --enable-debugging-handlers=false"),
            ("cidr: 10.0.0.0/8", "cidr: 192.0.2.0/24"),
            ("nodes: {matchLabels: {pool: other}}", "nodes: {}"),
            ("nodeName: a", "nodeName: b"),
        ],
    }],
};

static RUN: Technique = Technique {
    id: "run-through-kubelet",
    title: "run programs in the node's pods through the kubelet",
    reason: "the kubelet's API runs programs in every container of its node, privileged ones among them",
    references: &["T1609", "MS-TA9030"],
    confidence: Confidence::Certain,
    controls: &["kubelet-debugging-handlers"],
    examples: &[
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {automountServiceAccountToken: false, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec: {nodeName: a, containers: [{name: agent, image: agent, securityContext: {privileged: true}}]}
# node a
#   run kubelet@1.31 --anonymous-auth=true --authorization-mode=AlwaysAllow
",
            from: "pod shop/web",
            to: "node a",
            without: &[("privileged: true", "privileged: false"), ("nodeName: a", "nodeName: b")],
        },
        Example {
            objects: PROXY,
            from: "user jane",
            to: "pod shop/web",
            without: &[
                ("nodeName: one", "nodeName: two"),
                ("resources: [nodes/proxy]", "resources: [nodes/metrics]"),
                ("resourceNames: [one]", "resourceNames: [two]"),
            ],
        },
        Example {
            objects: PROXY,
            from: "user jane",
            to: "serviceaccount shop/robot",
            without: &[("nodeName: one", "automountServiceAccountToken: false, nodeName: one")],
        },
    ],
};

/// A right to a kubelet's API, and a pod on its node.
const PROXY: &str = concat!(
    "# cluster\n",
    in_cluster!("{apiGroups: [''], resources: [nodes/proxy], verbs: [get], resourceNames: [one]}"),
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
    "spec: {nodeName: one, serviceAccountName: robot, containers: [{name: web, image: web}]}\n---\n",
    "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n",
);

/// The port of the kubelet's API unless another is set.
const PORT: u16 = 10250;

/// Adds the kubelets that let everybody in.
pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    places: &Places<'w>,
) {
    add_open(world, builder, places);
    add_programs(world, builder);
}

/// Adds the kubelets that let everybody in.
fn add_open<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>, places: &Places<'w>) {
    let open = world.evidence.iter().filter_map(|(name, node)| Some((*name, open_port(node)?)));
    let note = || vec![Basis::Note("the node's kubelet allows anonymous callers everything")];
    for (node, port) in open {
        let api = Fact::KubeletApi(node);
        builder.step(&OPEN_KUBELET, &[Fact::Network(Network::Open(None))], api, note(), &[]);
        let addresses = addresses(world, node);
        if addresses.iter().any(|it| is_public(*it)) {
            // A firewall in front of the node is not seen.
            let (technique, sure) = (&OPEN_KUBELET, Confidence::Likely);
            builder.step_with(technique, sure, &[Fact::Internet], api, note(), &[]);
        }
        let network = world.view.network();
        for sender in places.senders.iter().filter(|it| !it.is_free) {
            let Some(first) = sender.members.first() else { continue };
            let Some(workload) = world.workload(*first) else { continue };
            let egress = |it: &IpAddr| network.egress(workload, *it, "TCP", port);
            let passage = Passage::any(addresses.iter().map(egress));
            if passage.may() {
                let from = Fact::Network(Network::From(*first));
                let is_sure = passage == Passage::Open;
                let sure = if is_sure { OPEN_KUBELET.confidence } else { Confidence::Assumed };
                builder.step_with(&OPEN_KUBELET, sure, &[from], api, note(), &[]);
            }
        }
    }
}

/// Adds what those get at who may use the API of a kubelet, by rights or because everybody may; what gives that has to be
/// there.
pub(super) fn add_programs<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let facts = builder.facts().iter();
    let used: BTreeSet<&'w str> = facts
        .filter_map(|fact| match fact {
            Fact::KubeletApi(name) => Some(*name),
            _ => None,
        })
        .collect();
    for node in &used {
        // Programs in every container read what is mounted into it.
        let (api, mounted) = (Fact::KubeletApi(node), Fact::PodVolumes(Some(node)));
        builder.step(&RUN, &[api], mounted, vec![], &[]);
    }
    if used.is_empty() {
        return;
    }
    for (number, workload) in world.workloads() {
        let nodes = world.nodes_of(workload);
        for node in nodes {
            let Some(node) = used.get(node) else { continue };
            let gained = match nodes {
                [_] => Fact::Workload(number),
                _ => Fact::PodsOn(number, node),
            };
            let api = [Fact::KubeletApi(node)];
            builder.step(&RUN, &api, gained, vec![], &[]);
            if nodes.len() > 1 {
                let names = workload.containers.iter().flat_map(environment).map(|(name, _)| name);
                for held in names.filter_map(|name| secret(world, workload.namespace, name)) {
                    builder.step(&RUN, &api, held, vec![], &[]);
                }
            }
            if is_privileged(workload) {
                builder.step(&RUN, &api, Fact::Node(node), vec![], &[]);
            }
        }
    }
}

/// The port on which a node's kubelet lets everybody run programs.
fn open_port(node: &NodeView<'_>) -> Option<u16> {
    node.instances(Component::Kubelet).iter().find_map(|kubelet| {
        let is_on = |name| kubelet.effective(name).ok()?.value.as_bool();
        let mode = kubelet.effective("authorization-mode").ok()?;
        let is_open = is_on("anonymous-auth")?
            && mode.value.as_text() == Some("AlwaysAllow")
            && is_on("enable-debugging-handlers")?;
        let port = kubelet.effective("port").ok().and_then(|it| it.value.as_integer());
        let port = port.and_then(|it| u16::try_from(it).ok()).unwrap_or(PORT);
        is_open.then_some(port)
    })
}

fn addresses(world: &World<'_, '_>, node: &str) -> Vec<std::net::IpAddr> {
    let object = world.nodes.get(node).map(|it| it.object);
    let list = object.and_then(|it| it.root.path(&["status", "addresses"])?.as_sequence());
    let text = list.unwrap_or_default().iter().filter_map(|it| it.get("address")?.as_str());
    text.filter_map(|it| it.parse().ok()).collect()
}

fn is_privileged(workload: &PodView<'_>) -> bool {
    let mut containers = workload.lasting_containers();
    containers.any(|it| matches!(it.security().bool("privileged"), Ok(Some(true))))
}
