//! What policies of administrators let through, between classes of pods that they treat alike.
//!
//! A sender leads to a hub of its class and another, and the hub leads to receivers of that one. Whether a side is open
//! depends on nothing but both classes, the port, and what policies of the namespace make of strangers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use merlon_views::objects::{Direction, Passage};

use super::places::{Receiver, Sender};
use crate::world::World;

/// The hubs, and who is connected with them.
#[derive(Debug, Default)]
pub(in crate::techniques) struct Hubs {
    /// A workload of each class.
    pub first: Vec<u32>,
    /// From senders, by number, to classes: on one port, or on all.
    pub out: BTreeMap<(usize, usize, Option<u16>), Way>,
    /// From classes to receivers, by number, and their ports.
    pub into: BTreeMap<(usize, usize, u16), Way>,
}

/// How sure a way is, and what closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::techniques) struct Way {
    /// Whether it is known to be open.
    pub is_sure: bool,
    /// Whether a policy that isolates the pods of the namespace closes it.
    pub is_mendable: bool,
}

/// One side of a connection: whose, with whom, on which port, and what policies of the namespace say.
type Side<'w> = (Direction, usize, usize, (&'w str, u16), Option<bool>);

impl Hubs {
    pub(super) fn new<'w, 'a: 'w>(
        world: &World<'w, 'a>,
        senders: &[Sender],
        receivers: &[Receiver<'w>],
        first: Vec<u32>,
    ) -> Self {
        let network = world.view.network();
        if !network.has_admin_policies() {
            return Self::default();
        }
        let pods: Vec<_> = first.iter().map(|it| world.workload(*it)).collect();
        let mut known: HashMap<Side<'w>, Passage> = HashMap::new();
        let mut passage = |side: Side<'w>| {
            *known.entry(side).or_insert_with(|| {
                let (direction, own, peer, port, by_policies) = side;
                match (pods[own], pods[peer]) {
                    (Some(own), Some(peer)) => {
                        network.side(direction, own, peer, port, by_policies)
                    }
                    _ => Passage::Shut,
                }
            })
        };
        let mut way = |side: Side<'w>| {
            let (direction, own, peer, port, _) = side;
            let passage_now = passage(side);
            passage_now.may().then(|| Way {
                is_sure: passage_now == Passage::Open,
                is_mendable: passage((direction, own, peer, port, Some(false))) == Passage::Shut,
            })
        };
        let mut hubs = Self { first, ..Self::default() };
        let ports = ports_by_class(receivers);
        for (alike, members) in grouped(senders) {
            let (class, by_policies, is_free, free_ports) = alike;
            for (to, listened) in &ports {
                let is_told = |port: u16| is_free || free_ports.contains(&port);
                // What is open to everybody has a way of its own.
                let wanted =
                    listened.iter().filter(|(port, is_open)| !(**is_open && is_told(port.1)));
                let ways = wanted.filter_map(|(port, _)| {
                    let by_policies = by_policies.map(|all| all || free_ports.contains(&port.1));
                    Some((port.1, way((Direction::Egress, class, *to, *port, by_policies))?))
                });
                let ways: BTreeMap<u16, Way> = ways.collect();
                let Some(any) = ways.values().next().copied() else { continue };
                let numbers: BTreeSet<u16> = listened.keys().map(|port| port.1).collect();
                let is_whole = ways.len() == numbers.len() && ways.values().all(|it| *it == any);
                let leads: Vec<(Option<u16>, Way)> = if is_whole {
                    vec![(None, any)]
                } else {
                    ways.into_iter().map(|(port, way)| (Some(port), way)).collect()
                };
                for member in &members {
                    let leads = leads.iter().map(|(port, way)| ((*member, *to, *port), *way));
                    hubs.out.extend(leads);
                }
            }
        }
        let used: BTreeSet<(usize, usize, Option<u16>)> =
            hubs.out.keys().map(|(from, to, port)| (*to, senders[*from].class, *port)).collect();
        for (number, receiver) in receivers.iter().enumerate() {
            let of_class = (receiver.class, 0, None)..(receiver.class + 1, 0, None);
            for (to, from, hub) in used.range(of_class) {
                for (port, by_policies) in receiver.ports.iter().zip(&receiver.by_policies) {
                    if hub.is_some_and(|hub| hub != port.port) {
                        continue;
                    }
                    let at = (port.protocol, port.port);
                    if let Some(way) = way((Direction::Ingress, *to, *from, at, *by_policies)) {
                        hubs.into.insert((*from, number, port.port), way);
                    }
                }
            }
        }
        hubs
    }

    /// Whether a hub leads from a sender to a port of a receiver, each told by its number and class.
    pub(super) fn lead(&self, from: (usize, usize), to: (usize, usize), port: u16) -> bool {
        let mut out = [None, Some(port)].into_iter();
        self.into.contains_key(&(from.1, to.0, port))
            && out.any(|port| self.out.contains_key(&(from.0, to.1, port)))
    }
}

/// What receivers of each class listen on, and whether all of them are open to everybody there.
fn ports_by_class<'w>(
    receivers: &[Receiver<'w>],
) -> BTreeMap<usize, BTreeMap<(&'w str, u16), bool>> {
    let mut found: BTreeMap<usize, BTreeMap<(&'w str, u16), bool>> = BTreeMap::new();
    for receiver in receivers {
        for port in &receiver.ports {
            let ports = found.entry(receiver.class).or_default();
            let is_open = ports.entry((port.protocol, port.port)).or_insert(true);
            *is_open &= receiver.open.contains(&port.port);
        }
    }
    found
}

type Alike<'s> = (usize, Option<bool>, bool, &'s [u16]);

/// The senders that lead to the same hubs.
fn grouped(senders: &[Sender]) -> BTreeMap<Alike<'_>, Vec<usize>> {
    let mut found: BTreeMap<Alike<'_>, Vec<usize>> = BTreeMap::new();
    for (number, it) in senders.iter().enumerate() {
        let key = (it.class, it.by_policies, it.is_free, it.free_ports.as_slice());
        found.entry(key).or_default().push(number);
    }
    found
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Inventory, Manifest, Origin};
    use merlon_views::{InventoryView, Told};

    use super::super::Places;
    use crate::world::World;

    const PODS: &str = "
{kind: Namespace, apiVersion: v1, metadata: {name: a, labels: {team: blue}}}
---
{kind: Namespace, apiVersion: v1, metadata: {name: b}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web, namespace: a, labels: {app: web}},
 spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}, {containerPort: 22}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: plain, namespace: a},
 spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db, namespace: b, labels: {app: db}},
 spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}, {containerPort: 80}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: alike, namespace: b, labels: {app: db}},
 spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5433}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: host, namespace: a, labels: {app: web}},
 spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: lone, namespace: unseen},
 spec: {containers: [{name: c, ports: [{containerPort: 22}]}]}}
";

    const EVERY: &str = "{namespaces: {}}";
    const BLUE: &str = "{namespaces: {matchLabels: {team: blue}}}";
    const WEB: &str = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}";
    const DB: &str = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}";

    fn policies() -> Vec<String> {
        let admin = |priority: u32, subject: &str, rules: &str| {
            format!(
                "{{kind: AdminNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha1, \
                 metadata: {{name: p}}, spec: {{priority: {priority}, subject: {subject}, \
                 {rules}}}}}"
            )
        };
        let baseline = |rules: &str| {
            format!(
                "{{kind: BaselineAdminNetworkPolicy, apiVersion: \
                 policy.networking.k8s.io/v1alpha1, metadata: {{name: default}}, spec: {{subject: \
                 {EVERY}, {rules}}}}}"
            )
        };
        let policy = |namespace: &str, spec: &str| {
            format!(
                "{{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {{name: n, \
                 namespace: {namespace}}}, spec: {spec}}}"
            )
        };
        vec![
            admin(1, EVERY, &format!("ingress: [{{action: Deny, from: [{BLUE}]}}]")),
            admin(2, DB, &format!("ingress: [{{action: Allow, from: [{WEB}]}}]")),
            admin(
                2,
                BLUE,
                &format!("egress: [{{action: Deny, to: [{DB}], ports: [{{namedPort: sql}}]}}]"),
            ),
            admin(
                3,
                EVERY,
                &format!(
                    "egress: [{{action: Deny, to: [{EVERY}], ports: [{{portNumber: {{protocol: TCP, port: 22}}}}]}}]"
                ),
            ),
            admin(
                4,
                WEB,
                &format!("egress: [{{action: Pass, to: [{DB}]}}, {{action: Deny, to: [{EVERY}]}}]"),
            ),
            admin(5, BLUE, "egress: [{action: Allow, to: [{networks: [0.0.0.0/0, '::/0']}]}]"),
            admin(
                6,
                EVERY,
                "egress: [{action: Deny, to: [{nodes: {}}, {networks: [169.254.0.0/16]}]}]",
            ),
            admin(7, DB, "ingress: [{action: Deny, from: [{}]}]"),
            admin(8, EVERY, "egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]"),
            baseline(&format!("ingress: [{{action: Deny, from: [{EVERY}]}}]")),
            baseline(&format!(
                "egress: [{{action: Allow, to: [{BLUE}]}}, {{action: Deny, to: [{EVERY}]}}]"
            )),
            policy("a", "{policyTypes: [Egress]}"),
            policy(
                "a",
                "{podSelector: {matchLabels: {app: web}}, egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}]}]}",
            ),
            policy("b", "{}"),
            policy(
                "b",
                "{ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}], ports: [{port: 80}]}]}",
            ),
            policy(
                "b",
                "{policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: 22}]}]}",
            ),
        ]
    }

    /// Every way is found without looking at pairs, and no other.
    #[test]
    fn places_and_hubs_lead_where_the_policies_let_packets_through() {
        let all = policies();
        for first in 0..all.len() {
            for second in first..all.len() {
                for third in (second..all.len()).step_by(3) {
                    check(&[&all[first], &all[second], &all[third]]);
                }
            }
        }
        check(&all.iter().collect::<Vec<_>>());
    }

    fn check(policies: &[&String]) {
        let mut text = PODS.to_owned();
        let mut last = None;
        for policy in policies.iter().filter(|it| last.replace(**it) != Some(**it)) {
            text.push_str(&format!("---\n{policy}\n"));
        }
        let manifest = Manifest { path: "a.yaml".to_owned(), text, rendered: None };
        let inventory = Inventory {
            name: "test".to_owned(),
            origin: Origin::Manifests { skipped: 0 },
            objects: manifest.contents(0).objects,
            manifests: vec![manifest],
            gaps: Vec::new(),
        };
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let world = World::new(&view);
        let places = Places::new(&world);
        for (from, sender) in places.senders.iter().enumerate() {
            for (to, receiver) in places.receivers.iter().enumerate() {
                for port in &receiver.ports {
                    let is_sent = sender.is_free || sender.free_ports.contains(&port.port);
                    let found = is_sent && receiver.open.contains(&port.port)
                        || places.between.contains_key(&(from, to, port.port))
                        || places.hubs.lead((from, sender.class), (to, receiver.class), port.port);
                    for source in &sender.members {
                        for target in &receiver.members {
                            let (source, target) =
                                (&view.pods[*source as usize], &view.pods[*target as usize]);
                            let passage =
                                view.network().passage(&view, source, target, "TCP", port.port);
                            let names = (source.object.name(), target.object.name(), port.port);
                            assert_eq!(found, passage.may(), "{names:?} {policies:#?}");
                        }
                    }
                }
            }
        }
    }
}
