//! What network policies let through.

use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Direction, Fields, Peer, Place, PolicyView, Rule, place};
use merlon_yaml::Node;
use serde_json::{Value, json};

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

macro_rules! policy {
    ($spec:literal) => {
        concat!(
            "\
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: some, namespace: shop}
spec: ",
            $spec,
            "\n"
        )
    };
}

macro_rules! deny {
    ($peer:literal) => {
        concat!(
            "---
kind: AdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: all}
spec: {priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [",
            $peer,
            "]}]}\n"
        )
    };
}

macro_rules! allow {
    ($rules:literal) => {
        concat!(
            "\
kind: AdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: all}
spec: {priority: 1, subject: {namespaces: {}}, egress: [",
            $rules,
            "]}\n"
        )
    };
}

macro_rules! pod {
    () => {
        "---
kind: Pod
apiVersion: v1
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web}]}
"
    };
}

macro_rules! node {
    () => {
        "---
kind: Node
apiVersion: v1
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.1.2.3}]}
"
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "network-policy-allows-all-ingress",
        title: "a network policy lets everybody reach every port",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::NetworkPolicy], all_ingress),
        documentation: Documentation {
            finds: "\
Ingress rules without ports whose peers are everybody: none is named, or `ipBlock` is all \
addresses, or all pods of all namespaces. A rule that is empty, or null, allows everything. Rules \
with ports are not found: that is how what is public is written.",
            matters: "\
Policies add up: with such a rule, no other policy can close the pods it selects.",
            options: "\
- **Name who may come**: the edit allows the pods of the same namespace.
- **Name the ports** where everybody is meant.
- **An empty list**, `ingress: []`, is what denies.",
            acceptable: "For a short time, while policies are brought in.",
        },
        examples: &[
            fail(policy!("{podSelector: {}, ingress: [{}]}")),
            fail(policy!("{podSelector: {}, ingress: [null]}")),
            fail(policy!("{podSelector: {}, ingress: [{from: [], ports: []}]}")),
            fail(policy!("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}")),
            fail(policy!("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}")),
            pass(policy!("{podSelector: {}, ingress: []}")),
            pass(policy!("{podSelector: {}, ingress: [{ports: [{port: 443}]}]}")),
            pass(policy!("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")),
            // All namespaces, but only such pods.
            pass(policy!(
                "{ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}]}"
            )),
            // The rules count for nothing: it is a policy for egress.
            not_applicable(policy!("{policyTypes: [Egress], ingress: [{}]}")),
            error(policy!("{podSelector: {}, ingress: {}}")),
            error(policy!("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: all}}]}]}")),
        ],
    },
    Control {
        id: "network-policy-allows-all-egress",
        title: "a network policy lets pods reach everything",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::NetworkPolicy], all_egress),
        documentation: Documentation {
            finds: "\
Egress rules without ports and without peers: an empty one, or null, allows everything. One that \
names all addresses leaves the cluster's pods out and is found by what it reaches: \
`network-policy-egress-to-metadata`, `network-policy-egress-to-kubelets`.",
            matters: "\
Policies add up: with such a rule, no other policy can keep in what the pods send.",
            options: "\
- **Name the targets**: the edit allows the pods of all namespaces, and no address outside.
- **An empty list** with `policyTypes: [Egress]` is what denies.",
            acceptable: "For a short time, while policies are brought in.",
        },
        examples: &[
            fail(policy!("{podSelector: {}, egress: [{}]}")),
            fail(policy!("{podSelector: {}, policyTypes: [Egress], egress: [{to: null}]}")),
            pass(policy!("{podSelector: {}, egress: [{to: [{podSelector: {}}]}]}")),
            pass(policy!("{podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}]}]}")),
            pass(policy!("{podSelector: {}, policyTypes: [Egress], egress: []}")),
            not_applicable(policy!("{podSelector: {}}")),
            error(policy!("{podSelector: {}, egress: [text]}")),
        ],
    },
    Control {
        id: "network-policy-egress-to-metadata",
        title: "a network policy lets pods reach the cloud's metadata service",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: EGRESS, reads: READS, judge: metadata },
        documentation: Documentation {
            finds: "\
Egress rules that allow port 80 of 169.254.169.254 or fd00:ec2::254: by a range of addresses \
without `except`, or by naming no target; rules of administrators that allow it as well. A rule \
whose pods a policy of administrators keeps from the address passes. What no policy isolates for egress reaches it too; \
`namespace-without-default-deny-egress` finds that.",
            matters: "\
The metadata service gives whoever asks the credentials of the node's cloud role, and on some \
clouds the data the node joins with. A program that can be made to fetch a URL is enough.",
            options: "\
- **Leave the address out** with `except`; the edit does. An administrators' rule passes what it \
allows on to the policies of namespaces, or stands after one that denies the address.
- **Keep pods from it at the node**: on AWS IMDSv2 with a hop limit of 1, on GKE Workload \
Identity, which answers at the same address and then has to stay reachable.",
            acceptable: "\
With GKE Workload Identity, outside clouds, and for agents that need the node's own role.",
        },
        examples: &[
            fail(policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}")),
            fail(policy!("{egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]}")),
            fail(policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}")),
            fail(policy!("{egress: [{ports: [{port: 80}]}]}")),
            fail(policy!("{egress: [{ports: [{port: 1, endPort: 65535}]}]}")),
            pass(policy!(
                "{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}}]}]}"
            )),
            pass(policy!("{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}")),
            // It answers on port 80.
            pass(policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]}")),
            pass(policy!("{egress: [{to: [{namespaceSelector: {}}]}]}")),
            pass(policy!("{podSelector: {}, policyTypes: [Egress]}")),
            not_applicable(policy!("{podSelector: {}}")),
            error(policy!("{egress: [{to: [{}]}]}")),
            // An administrator shuts it before.
            pass(concat!(
                policy!("{egress: [{}]}"),
                deny!("{networks: [169.254.0.0/16, 'fd00:ec2::254/128']}")
            )),
            // Where the nodes have no address of IPv6, it is not there by IPv6.
            pass(concat!(
                "# cluster\n",
                policy!("{egress: [{}]}"),
                deny!("{networks: [169.254.0.0/16]}"),
                node!()
            )),
            // By IPv6 it stays open; a policy for nobody here does not shut it.
            fail(concat!(policy!("{egress: [{}]}"), deny!("{networks: [169.254.0.0/16]}"))),
            fail(concat!(policy!("{egress: [{}]}"), deny!("{namespaces: {}}"))),
            // An administrator opens it for all, before policies of namespaces are asked.
            fail(concat!(allow!("{action: Allow, to: [{networks: [0.0.0.0/0]}]}"), pod!())),
            pass(concat!(
                allow!(
                    "{action: Deny, to: [{networks: [169.254.169.254/32]}]}, {action: Allow, to: [{networks: [0.0.0.0/0]}]}"
                ),
                pod!()
            )),
            pass(concat!(allow!("{action: Pass, to: [{networks: [0.0.0.0/0]}]}"), pod!())),
            pass(concat!(allow!("{action: Allow, to: [{networks: [10.0.0.0/8]}]}"), pod!())),
            pass(concat!(
                allow!(
                    "{action: Allow, to: [{networks: [0.0.0.0/0]}], ports: [{portNumber: {port: 443}}]}"
                ),
                pod!()
            )),
            // The name may be the address's; a rule without peers is refused.
            error(concat!(allow!("{action: Allow, to: [{domainNames: [a.example]}]}"), pod!())),
            error(concat!(allow!("{action: Allow}"), pod!())),
        ],
    },
    Control {
        id: "network-policy-egress-to-kubelets",
        title: "a network policy lets pods reach the kubelets",
        vector: vector("AV:A/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: EGRESS, reads: READS, judge: kubelets },
        documentation: Documentation {
            finds: "\
Egress rules that allow port 10250 of a node, by the addresses that the nodes tell. Without nodes \
to look at, as among manifests, only rules are found that allow it of every address.",
            matters: "\
A kubelet that answers without authentication, or to a token that was found, runs commands in \
every pod of its node, without the API server's audit.",
            options: "\
- **Leave the nodes' network out** with `except`; the edit leaves out each node that was found, \
one range for all of them reads better.
- **Name the port** that is meant.",
            acceptable: "For the metrics server and monitoring, which ask the kubelets.",
        },
        examples: &[
            fail(policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}")),
            fail(policy!("{egress: [{ports: [{port: 10250}]}]}")),
            fail(concat!(
                "# cluster\n",
                policy!("{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"),
                node!()
            )),
            pass(concat!(
                "# cluster\n",
                policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}"),
                node!()
            )),
            // Where the nodes are, nobody knows.
            pass(policy!("{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}")),
            pass(policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}")),
            pass(policy!("{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]}")),
            pass(policy!("{egress: [{to: [{podSelector: {}}]}]}")),
            not_applicable(policy!("{policyTypes: [Ingress]}")),
            pass(concat!(
                "# cluster\n",
                policy!("{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"),
                node!(),
                deny!("{nodes: {}}")
            )),
            fail(concat!(
                "# cluster\n",
                policy!("{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"),
                node!(),
                deny!("{nodes: {matchLabels: {pool: other}}}")
            )),
            fail(concat!(
                "# cluster\n",
                allow!("{action: Allow, to: [{nodes: {}}]}"),
                pod!(),
                node!()
            )),
            pass(concat!(
                "# cluster\n",
                allow!("{action: Allow, to: [{nodes: {}}], ports: [{portNumber: {port: 9100}}]}"),
                pod!(),
                node!()
            )),
        ],
    },
];

/// Policies that can open the way to an address.
const EGRESS: &[Kind] =
    &[Kind::NetworkPolicy, Kind::AdminNetworkPolicy, Kind::ClusterNetworkPolicy];

/// What decides whether policies open or shut the way to an address: administrators' policies and the pods they are about.
const READS: &[Kind] = &[
    Kind::Pod,
    Kind::AdminNetworkPolicy,
    Kind::BaselineAdminNetworkPolicy,
    Kind::ClusterNetworkPolicy,
];

/// The port of the kubelet's API.
const KUBELET: u16 = 10250;

fn rules_of<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    direction: Direction,
    judge: impl Fn(&Rule<'a>) -> Option<Flaw<'a>>,
) -> Judged<'a> {
    rules_with(view, object, direction, |_, rule| judge(rule))
}

fn rules_with<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    direction: Direction,
    judge: impl Fn(&PolicyView<'a>, &Rule<'a>) -> Option<Flaw<'a>>,
) -> Judged<'a> {
    let policy = PolicyView::of(object, view.namespace_of(object))?;
    let judge = |rule| judge(&policy, rule);
    match policy.rules(direction) {
        None => Ok(Verdict::NotApplicable),
        Some(rules) => Ok(Verdict::of(rules.iter().filter_map(judge).collect())),
    }
}

/// The addresses that a rule allows a port of, without those that administrators deny to all its pods.
fn reached<'a>(
    view: &InventoryView<'a>,
    policy: &PolicyView<'a>,
    rule: &Rule<'a>,
    addresses: impl IntoIterator<Item = IpAddr>,
    port: u16,
) -> Vec<IpAddr> {
    let is_reached = |address: &IpAddr| {
        rule.allows_address(*address, "TCP", port)
            && !view.network().overrules(view, policy, *address, "TCP", port)
    };
    addresses.into_iter().filter(is_reached).collect()
}

/// Gives a rule other peers; the rule may be null.
fn with_peers<'a>(flaw: Flaw<'a>, rule: &Rule<'a>, key: &'static str, peers: Value) -> Flaw<'a> {
    let keys: &'static [&'static str] = if key == "to" { &["to"] } else { &["from"] };
    if rule.node.is_null() {
        flaw.set(json!({ key: peers })).needs_review()
    } else {
        flaw.set_at(place(rule.node, keys), peers).needs_review()
    }
}

fn all_ingress<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    rules_of(view, object, Direction::Ingress, |rule| {
        let is_all = rule.ports.is_none()
            && rule.peers.as_ref().is_none_or(|peers| peers.iter().any(is_everybody));
        is_all.then(|| {
            let flaw = flaw(Place::Node(rule.node), "the rule allows everybody on every port");
            with_peers(flaw, rule, "from", json!([{ "podSelector": {} }]))
        })
    })
}

fn is_everybody(peer: &Peer<'_>) -> bool {
    match peer {
        Peer::Pods { namespaces, pods } => {
            pods.is_everything() && namespaces.as_ref().is_some_and(|it| it.is_everything())
        }
        Peer::Block { cidr, except, .. } => cidr.is_everything() && except.is_empty(),
    }
}

fn all_egress<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    rules_of(view, object, Direction::Egress, |rule| {
        let is_all = rule.ports.is_none() && rule.peers.is_none();
        is_all.then(|| {
            let flaw = flaw(Place::Node(rule.node), "the rule allows every target on every port");
            with_peers(flaw, rule, "to", json!([{ "namespaceSelector": {} }]))
        })
    })
}

/// The rules of an administrators' policy that open a port of addresses to pods.
fn opened<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    addresses: impl IntoIterator<Item = IpAddr>,
    port: u16,
    message: impl Fn(IpAddr) -> String,
) -> Judged<'a> {
    if Fields::of(&object.root).get("spec").list("egress")?.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let Ok(rules) = view.network().opening_rules(view, object, addresses, ("TCP", port)) else {
        let why = "nobody can tell which of its rules decides for these addresses".to_owned();
        return Ok(Verdict::Error(why));
    };
    let flaw = |(rule, address): (&'a Node, IpAddr)| {
        let flaw = flaw(Place::Node(rule), message(address));
        flaw.set_at(place(rule, &["action"]), json!("Pass")).needs_review()
    };
    Ok(Verdict::of(rules.into_iter().map(flaw).collect()))
}

fn is_of_namespace(view: &InventoryView<'_>, object: &Object) -> bool {
    view.kind_of(object) == Some(Kind::NetworkPolicy)
}

fn metadata<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    if !is_of_namespace(view, object) {
        return opened(view, object, view.network().metadata(), 80, |address| {
            format!("the rule allows the metadata service at {address}, port 80")
        });
    }
    rules_with(view, object, Direction::Egress, |policy, rule| {
        let reached = reached(view, policy, rule, view.network().metadata(), 80);
        let first = reached.first()?;
        let message = format!("the rule allows the metadata service at {first}, port 80");
        Some(leave_out(rule, message, &reached))
    })
}

fn kubelets<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let nodes = &view.network().node_addresses;
    if !is_of_namespace(view, object) {
        return opened(view, object, nodes.iter().copied(), KUBELET, |address| {
            format!("the rule allows the kubelet at {address}, port 10250")
        });
    }
    rules_with(view, object, Direction::Egress, |policy, rule| {
        if !rule.includes_port("TCP", KUBELET) {
            return None;
        }
        if nodes.is_empty() {
            let reaches_all =
                rule.peers.as_ref().is_none_or(|peers| peers.iter().any(is_every_address));
            return reaches_all.then(|| {
                let message = "the rule allows port 10250, the kubelet's, of every address";
                flaw(Place::Node(rule.node), message).step(
                    "leave the nodes' network out of the rule's ipBlock with except, or name the \
                     ports that are meant",
                    &["kubectl get nodes -o wide"],
                )
            });
        }
        let reached = reached(view, policy, rule, nodes.iter().copied(), KUBELET);
        let first = reached.first()?;
        let message = format!("the rule allows the kubelet at {first}, port 10250");
        Some(leave_out(rule, message, &reached))
    })
}

fn is_every_address(peer: &Peer<'_>) -> bool {
    matches!(peer, Peer::Block { cidr, except, .. } if cidr.is_everything() && except.is_empty())
}

/// A flaw of a rule that reaches addresses, with the edit that leaves them out.
fn leave_out<'a>(rule: &Rule<'a>, message: String, reached: &[IpAddr]) -> Flaw<'a> {
    let range = |address: &IpAddr| match address {
        IpAddr::V4(_) => format!("{address}/32"),
        IpAddr::V6(_) => format!("{address}/128"),
    };
    let Some(peers) = &rule.peers else {
        let block = |all: &str, v4: bool| {
            let except: Vec<String> =
                reached.iter().filter(|it| it.is_ipv4() == v4).map(range).collect();
            json!({ "ipBlock": { "cidr": all, "except": except } })
        };
        let peers =
            json!([{ "namespaceSelector": {} }, block("0.0.0.0/0", true), block("::/0", false)]);
        return with_peers(flaw(Place::Node(rule.node), message), rule, "to", peers);
    };
    let blocks = peers.iter().filter_map(|peer| match peer {
        Peer::Block { node, .. } => Some((*node, peer)),
        Peer::Pods { .. } => None,
    });
    let mut found: Option<Flaw<'a>> = None;
    for (node, peer) in blocks {
        for address in reached.iter().filter(|address| peer.includes(**address)) {
            let except: Place<'a> = place(node, &["except"]);
            let flaw = found.take().unwrap_or_else(|| flaw(Place::Node(node), message.clone()));
            found = Some(flaw.append_at(except, range(address)));
        }
    }
    found.unwrap_or_else(|| flaw(Place::Node(rule.node), message)).needs_review()
}
