use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::inventory::InventoryView;
use super::labels::{Labels, Selectors};
use super::network_policy::{Direction, PolicyView};
use super::pod::PodView;

mod admin;
mod passage;
mod plugins;
mod tiers;
mod traffic;

pub use self::passage::Passage;
use self::plugins::isolating;
pub use self::tiers::{AdminClass, Undecided};
use self::tiers::{Party, Tiers};

/// The network policies of an inventory: which pods they isolate and what they let through.
#[derive(Debug)]
pub struct NetworkView<'a> {
    /// The policies that the API server would take, in the order they were read, and what of those of network plugins
    /// is as plain.
    pub policies: Vec<PolicyView<'a>>,
    selectors: Selectors<'a>,
    by_namespace: BTreeMap<&'a str, Vec<usize>>,
    malformed: BTreeMap<&'a str, &'a Object>,
    /// The addresses of the nodes.
    pub node_addresses: BTreeSet<IpAddr>,
    pods: BTreeMap<&'a str, Vec<usize>>,
    tiers: Tiers<'a>,
    everywhere: Option<&'a Object>,
    foreign: BTreeMap<&'a str, &'a Object>,
}

/// Policies of network plugins that act on pods of every namespace. What they say is read only where they isolate all
/// pods and do nothing else.
pub const CLUSTER_POLICIES: &[Kind] =
    &[Kind::CiliumClusterwideNetworkPolicy, Kind::GlobalNetworkPolicy];

/// The same that act on pods of their namespace.
pub const PLUGIN_POLICIES: &[Kind] = &[Kind::CiliumNetworkPolicy, Kind::CalicoNetworkPolicy];

/// Addresses where clouds give instances their credentials: of all providers, and of AWS by IPv6.
pub const METADATA: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(std::net::Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Addresses somewhere on the internet: a rule that has one of them has anybody's.
pub(crate) const ANYWHERE: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 8, 8)),
    IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888)),
];

impl<'a> NetworkView<'a> {
    pub(crate) fn new(view: &InventoryView<'a>) -> Self {
        let mut network = Self {
            policies: Vec::new(),
            selectors: Selectors::default(),
            by_namespace: BTreeMap::new(),
            malformed: BTreeMap::new(),
            node_addresses: view.of_kind(Kind::Node).flat_map(addresses).collect(),
            pods: BTreeMap::new(),
            tiers: Tiers::new(view),
            everywhere: None,
            foreign: BTreeMap::new(),
        };
        for (number, pod) in view.pods.iter().enumerate() {
            if !is_on_host_network(pod) {
                network.pods.entry(pod.namespace).or_default().push(number);
            }
        }
        for object in view.of_kind(Kind::NetworkPolicy) {
            let namespace = view.namespace_of(object);
            match PolicyView::of(object, namespace) {
                Ok(policy) => network.add(policy),
                Err(_) => {
                    network.malformed.entry(namespace).or_insert(object);
                }
            }
        }
        network.add_plugins(view);
        network
    }

    fn add(&mut self, policy: PolicyView<'a>) {
        let number = self.policies.len();
        self.by_namespace.entry(policy.namespace).or_default().push(number);
        self.selectors.push(policy.namespace, policy.selector);
        self.policies.push(policy);
    }

    /// Adds the policies of network plugins: those that isolate all pods and do nothing else as they are meant, others
    /// to be told of.
    fn add_plugins(&mut self, view: &InventoryView<'a>) {
        for kind in PLUGIN_POLICIES {
            for object in view.of_kind(*kind) {
                let namespace = view.namespace_of(object);
                match isolating(object, *kind) {
                    Some(directions) => {
                        self.add(PolicyView::isolating(object, namespace, directions));
                    }
                    None => {
                        self.foreign.entry(namespace).or_insert(object);
                    }
                }
            }
        }
        for kind in CLUSTER_POLICIES {
            for object in view.of_kind(*kind) {
                let Some(directions) = isolating(object, *kind) else {
                    self.everywhere.get_or_insert(object);
                    continue;
                };
                let namespaces: Vec<&'a str> = self.pods.keys().copied().collect();
                for namespace in namespaces {
                    self.add(PolicyView::isolating(object, namespace, directions));
                }
            }
        }
    }

    /// The policies of a namespace.
    pub fn of_namespace(&self, namespace: &str) -> impl Iterator<Item = &PolicyView<'a>> {
        let numbers = self.by_namespace.get(namespace).into_iter().flatten();
        numbers.map(|number| &self.policies[*number])
    }

    /// The pods of a namespace that policies act on: those that have a network of their own.
    pub fn pods_of<'v>(
        &'v self,
        view: &'v InventoryView<'a>,
        namespace: &str,
    ) -> impl Iterator<Item = &'v PodView<'a>> {
        let numbers = self.pods.get(namespace).into_iter().flatten();
        numbers.map(|number| &view.pods[*number])
    }

    /// A policy of the namespace that the API server would refuse, so that what is allowed there
    /// is not known.
    #[must_use]
    pub fn malformed_in(&self, namespace: &str) -> Option<&'a Object> {
        self.malformed.get(namespace).copied()
    }

    /// A policy that the network plugin alone understands and that may act on the namespace. Where there is one, what
    /// is read here does not tell the whole.
    #[must_use]
    pub fn other_policy(&self, namespace: &str) -> Option<&'a Object> {
        self.foreign.get(namespace).copied().or(self.everywhere)
    }

    /// The policies that select a pod; none for a pod on the node's network, which policies do not
    /// act on.
    pub fn selecting<'s>(
        &'s self,
        pod: &PodView<'a>,
    ) -> impl Iterator<Item = &'s PolicyView<'a>> + use<'s, 'a> {
        let numbers = self.selectors.selecting(pod.namespace, Labels::of(pod.metadata));
        let governed = !is_on_host_network(pod);
        numbers.filter(move |_| governed).map(|number| &self.policies[number])
    }

    /// Whether a policy isolates the pod: then only what a policy allows is allowed.
    #[must_use]
    pub fn isolates(&self, pod: &PodView<'a>, direction: Direction) -> bool {
        self.selecting(pod).any(|policy| policy.rules(direction).is_some())
    }

    /// Whether what comes from an address that is no pod's gets to a port of a pod.
    pub(super) fn ingress_from(
        &self,
        pod: &PodView<'a>,
        address: IpAddr,
        protocol: &str,
        port: u16,
    ) -> Passage {
        let ends = (Party::Pod(pod), Party::Address(address));
        self.decide(Direction::Ingress, ends, (protocol, Some(port)), || {
            self.by_policies(pod, Direction::Ingress, |it| {
                it.admits_address(address, pod, protocol, port)
            })
        })
    }

    /// A policy of administrators that has a say, or may have, on the connections of pods of a
    /// namespace.
    #[must_use]
    pub fn admin_policy(&self, namespace: &'a str, direction: Direction) -> Option<&'a Object> {
        let mut governing = self.tiers.governing(Party::Unlabelled(Some(namespace)), direction);
        governing.next().map(|(number, _)| self.tiers.policy(number))
    }

    /// Whether administrators have policies.
    #[must_use]
    pub fn has_admin_policies(&self) -> bool {
        !self.tiers.is_empty()
    }

    /// A policy that makes unknown what gets to a pod: one that the API server would refuse, or an
    /// administrator's.
    pub(super) fn undecided_policy(&self, pod: &PodView<'a>) -> Option<&'a Object> {
        let mut governing = self.tiers.governing(Party::Pod(pod), Direction::Ingress);
        let of_tiers = governing.next().map(|(number, _)| self.tiers.policy(number));
        self.malformed_in(pod.namespace).or(of_tiers)
    }

    /// What administrators' policies can tell of a pod; empty where there are none.
    #[must_use]
    pub fn admin_class(&self, pod: &PodView<'a>) -> AdminClass<'a> {
        self.tiers.class(pod)
    }

    /// Whether policies of administrators treat a pod, when others send there, as they treat those that they do not
    /// name; so all of its [`AdminClass`].
    #[must_use]
    pub fn is_stranger(&self, pod: &PodView<'a>) -> bool {
        self.tiers.is_stranger(pod)
    }

    /// Whether rules of administrators' policies may treat a port otherwise than those that they do not name.
    #[must_use]
    pub fn is_singled_out(&self, protocol: &str, port: u16) -> bool {
        self.tiers.singles_out(protocol, port)
    }
}

/// Whether a pod is on its node's network.
#[must_use]
pub fn is_on_host_network(pod: &PodView<'_>) -> bool {
    pod.spec.get("hostNetwork").and_then(Node::as_bool) == Some(true)
}

/// The addresses of a node.
pub(super) fn addresses(node: &Object) -> Vec<IpAddr> {
    let written = node.root.path(&["status", "addresses"]).and_then(Node::as_sequence);
    let read = |node: &Node| {
        let kind = node.get("type").and_then(Node::as_str)?;
        let address = node.get("address").and_then(Node::as_str)?;
        matches!(kind, "InternalIP" | "ExternalIP").then(|| address.parse().ok())?
    };
    written.unwrap_or_default().iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests;
