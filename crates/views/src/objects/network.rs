use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::addresses::from_anybody;
use super::inventory::InventoryView;
use super::labels::{Labels, Selectors};
use super::network_policy::{Direction, PolicyView};
use super::pod::PodView;

mod admin;
mod plugins;
mod tiers;

use self::admin::{Outcomes, Tier};
use self::plugins::isolating;
pub use self::tiers::{AdminClass, Undecided};
use self::tiers::{Party, Target, Tiers};

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

/// Whether policies let packets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passage {
    /// They do.
    Open,
    /// They do not.
    Shut,
    /// Nobody can tell: rules name what no object shows, several of the same rank disagree, or the
    /// API server would refuse them.
    Unknown,
}

impl Passage {
    /// Whether packets get through, or may.
    #[must_use]
    pub fn may(self) -> bool {
        self != Self::Shut
    }

    fn of(is_open: bool) -> Self {
        if is_open { Self::Open } else { Self::Shut }
    }

    /// What holds of several together, where one that is open makes the whole open.
    #[must_use]
    pub fn any(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |it: &Self| match it {
            Self::Open => 2,
            Self::Unknown => 1,
            Self::Shut => 0,
        };
        all.into_iter().max_by_key(rank).unwrap_or(Self::Shut)
    }

    /// What holds of two one after the other.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Shut => Self::Shut,
            Self::Open => other(),
            Self::Unknown => match other() {
                Self::Shut => Self::Shut,
                _ => Self::Unknown,
            },
        }
    }
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

    /// Whether a pod's packets get to an address that is no pod's, as far as its own side decides.
    #[must_use]
    pub fn egress(&self, pod: &PodView<'a>, address: IpAddr, protocol: &str, port: u16) -> Passage {
        let ends = (Party::Pod(pod), Party::Address(address));
        self.decide(Direction::Egress, ends, (protocol, Some(port)), || {
            self.by_policies(pod, Direction::Egress, |it| {
                it.allows_address(address, protocol, port)
            })
        })
    }

    /// The addresses of metadata services that the cluster's nodes have a route to; of both families where these are not
    /// known.
    pub fn metadata(&self) -> impl Iterator<Item = IpAddr> {
        let has = |address: &IpAddr| {
            let mut nodes = self.node_addresses.iter().peekable();
            nodes.peek().is_none() || nodes.any(|it| it.is_ipv4() == address.is_ipv4())
        };
        METADATA.into_iter().filter(has)
    }

    /// Whether administrators' policies keep every pod that a policy selects from an address that
    /// the policy lets them send to.
    #[must_use]
    pub fn overrules(
        &self,
        view: &InventoryView<'a>,
        policy: &PolicyView<'a>,
        address: IpAddr,
        protocol: &str,
        port: u16,
    ) -> bool {
        if self.tiers.is_empty() {
            return false;
        }
        let is_shut = |subject: Party<'_, 'a>| {
            let ends = (subject, Party::Address(address));
            let target = (protocol, Some(port));
            self.decide(Direction::Egress, ends, target, || Some(Passage::Open)) == Passage::Shut
        };
        let is_selected = |pod: &&PodView<'a>| {
            let labels = Labels::of(pod.metadata);
            policy.selector.holds(|key| labels.get(key))
        };
        let mut selected = self.pods_of(view, policy.namespace).filter(is_selected).peekable();
        let may_select_more = policy.selector.is_everything() || selected.peek().is_none();
        (!may_select_more || is_shut(Party::Unlabelled(Some(policy.namespace))))
            && selected.all(|pod| is_shut(Party::Pod(pod)))
    }

    /// The rules of an administrators' policy that open the way to addresses for a pod at least, before policies of
    /// namespaces are asked: each once, with the first of its addresses.
    ///
    /// # Errors
    /// When nobody can tell which rule decides for an address.
    pub fn opening_rules(
        &self,
        view: &InventoryView<'a>,
        object: &Object,
        addresses: impl IntoIterator<Item = IpAddr>,
        (protocol, port): (&str, u16),
    ) -> Result<Vec<(&'a Node, IpAddr)>, Undecided> {
        let target = (protocol, Some(port));
        let is_governed = |pod: &&PodView<'a>| {
            let mut governing = self.tiers.governing(Party::Pod(pod), Direction::Egress);
            governing.any(|(number, _)| std::ptr::eq(self.tiers.policy(number), object))
        };
        let alike = OnceCell::new();
        let pods = || {
            let governed = view.pods.iter().filter(is_governed);
            governed.map(|pod| (self.tiers.class(pod), pod)).collect::<BTreeMap<_, _>>()
        };
        let mut found: Vec<(&'a Node, IpAddr)> = Vec::new();
        for address in addresses {
            let Some(rule) = self.tiers.allowing(object, address, target)? else { continue };
            if found.iter().any(|(known, _)| std::ptr::eq(*known, rule)) {
                continue;
            }
            let opens = |pod: &&PodView<'a>| {
                let ends = (Party::Pod(pod), Party::Address(address));
                let shut = || Some(Passage::Shut);
                self.decide(Direction::Egress, ends, target, shut) == Passage::Open
            };
            if alike.get_or_init(pods).values().any(opens) {
                found.push((rule, address));
            }
        }
        Ok(found)
    }

    /// Whether what comes from anywhere on the internet, by itself and not by a pod, gets to a
    /// port of a pod.
    #[must_use]
    pub fn ingress_from_internet(&self, pod: &PodView<'a>, protocol: &str, port: u16) -> Passage {
        from_anybody(|address| self.ingress_from(pod, address, protocol, port))
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

    /// Whether a pod's packets get to a port of another: the policies of both have to let them
    /// through.
    #[must_use]
    pub fn passage(
        &self,
        view: &InventoryView<'a>,
        from: &PodView<'a>,
        to: &PodView<'a>,
        protocol: &str,
        port: u16,
    ) -> Passage {
        let side = |pod: &PodView<'a>, peer: &PodView<'a>, direction| {
            let ends = (Party::Pod(pod), Party::Pod(peer));
            self.decide(direction, ends, (protocol, Some(port)), || {
                let object = view.find(Kind::Namespace, "", peer.namespace);
                let labels =
                    Labels::of_namespace(peer.namespace, object.map(|object| &object.root));
                // A pod on the node's network has the node's address, which no selector selects.
                let is_known = !is_on_host_network(peer);
                self.by_policies(pod, direction, |policy| {
                    if is_known {
                        policy.allows_pod(direction, peer, &labels, to, protocol, port)
                    } else {
                        let rules = policy.rules(direction).unwrap_or_default();
                        rules
                            .iter()
                            .any(|rule| rule.peers.is_none() && rule.includes_port(protocol, port))
                    }
                })
            })
        };
        side(from, to, Direction::Egress).and(|| side(to, from, Direction::Ingress))
    }

    /// Whether a pod may open a connection to a port of another, also where nobody can tell.
    #[must_use]
    pub fn allows(
        &self,
        view: &InventoryView<'a>,
        from: &PodView<'a>,
        to: &PodView<'a>,
        protocol: &str,
        port: u16,
    ) -> bool {
        self.passage(view, from, to, protocol, port).may()
    }

    /// Whether a pod has connections with what no rule singles out: pods and namespaces without
    /// labels, ports that are not named, and for egress addresses outside the cluster.
    #[must_use]
    pub fn by_default(&self, pod: &PodView<'a>, direction: Direction) -> Passage {
        let policies = || self.by_policies(pod, direction, |_| false);
        self.with_strangers(Party::Pod(pod), direction, policies)
    }

    /// The same of a pod of the namespace that has no labels, such as nobody has thought of.
    #[must_use]
    pub fn by_default_in(&self, namespace: &'a str, direction: Direction) -> Passage {
        self.with_strangers(Party::Unlabelled(Some(namespace)), direction, || {
            if self.of_namespace(namespace).any(|policy| policy.is_default(direction)) {
                return Some(Passage::Shut);
            }
            self.malformed_in(namespace).map(|_| Passage::Unknown)
        })
    }

    /// Whether administrators' policies alone decide what [`Self::by_default_in`] tells, before
    /// policies of the namespace are asked.
    #[must_use]
    pub fn is_decided_for(&self, namespace: &'a str, direction: Direction) -> bool {
        let subject = Party::Unlabelled(Some(namespace));
        let decided = |passage| self.with_strangers(subject, direction, || Some(passage));
        decided(Passage::Open) == decided(Passage::Shut)
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

    /// Whether a pod sends wherever no rule singles the target out: to pods, to nodes, to addresses
    /// outside. Policies of namespaces allow it or not, or (`None`) do not isolate the pod.
    #[must_use]
    pub fn sends_anywhere(&self, pod: &PodView<'a>, by_policies: Option<bool>) -> Passage {
        let policies = || by_policies.map(Passage::of);
        let subject = Party::Pod(pod);
        let strangers = self.with_strangers(subject, Direction::Egress, policies);
        let pods = (subject, Party::Unlabelled(None));
        let nodes = self.node_addresses.iter().map(|it| (subject, Party::Address(*it)));
        let all = [pods].into_iter().chain(nodes);
        all.fold(strangers, |found, ends| {
            found.and(|| self.decide(Direction::Egress, ends, ("TCP", None), policies))
        })
    }

    /// What one side of a connection decides, where policies of namespaces allow it or not, or
    /// (`None`) do not isolate the pod. Asked for one pod of each [`AdminClass`], it holds for all.
    #[must_use]
    pub fn side(
        &self,
        direction: Direction,
        pod: &PodView<'a>,
        peer: &PodView<'a>,
        (protocol, port): (&str, u16),
        by_policies: Option<bool>,
    ) -> Passage {
        let ends = (Party::Pod(pod), Party::Pod(peer));
        self.decide(direction, ends, (protocol, Some(port)), || by_policies.map(Passage::of))
    }

    fn with_strangers(
        &self,
        subject: Party<'_, 'a>,
        direction: Direction,
        policies: impl Fn() -> Option<Passage>,
    ) -> Passage {
        let is_on_host = matches!(subject, Party::Pod(pod) if is_on_host_network(pod));
        if self.tiers.is_empty() && !is_on_host {
            return policies().unwrap_or(Passage::Open);
        }
        let ask = |peer| {
            let of =
                |protocol| self.decide(direction, (subject, peer), (protocol, None), &policies);
            Passage::any(["TCP", "UDP"].map(of))
        };
        let pods = ask(Party::Unlabelled(None));
        if direction == Direction::Ingress {
            return pods;
        }
        let [v4, v6] = ANYWHERE.map(|address| ask(Party::Outside(address)));
        let has = |is_v4: bool| self.node_addresses.iter().any(|it| it.is_ipv4() == is_v4);
        let outside = match (has(true), has(false)) {
            (true, false) => v4,
            (false, true) => v6,
            (true, true) => Passage::any([v4, v6]),
            // Nobody knows whether the cluster has both.
            (false, false) if v4 == v6 => v4,
            (false, false) => Passage::Unknown,
        };
        Passage::any([pods, outside])
    }

    /// What the policies of namespaces say; `None` where none isolates the pod.
    fn by_policies(
        &self,
        pod: &PodView<'a>,
        direction: Direction,
        allows: impl Fn(&PolicyView<'a>) -> bool,
    ) -> Option<Passage> {
        // What the API server has instead of a policy that it refuses, nobody knows.
        let unknown = self.malformed_in(pod.namespace).map(|_| Passage::Unknown);
        if !self.isolates(pod, direction) {
            return unknown;
        }
        if self.selecting(pod).any(allows) {
            return Some(Passage::Open);
        }
        unknown.or(Some(Passage::Shut))
    }

    /// Asks the tiers in their order.
    fn decide(
        &self,
        direction: Direction,
        ends: (Party<'_, 'a>, Party<'_, 'a>),
        target: Target<'_>,
        policies: impl FnOnce() -> Option<Passage>,
    ) -> Passage {
        if matches!(ends.0, Party::Pod(pod) if is_on_host_network(pod)) {
            return Passage::Open;
        }
        if self.tiers.is_empty() {
            return policies().unwrap_or(Passage::Open);
        }
        let first = self.tiers.outcomes(Tier::Admin, direction, ends, target);
        let mut open = first.has(Outcomes::ALLOW);
        let mut shut = first.has(Outcomes::DENY);
        if first.has(Outcomes::PASS.or(Outcomes::UNMATCHED)) {
            if let Some(said) = policies() {
                open |= said != Passage::Shut;
                shut |= said != Passage::Open;
            } else {
                let last = self.tiers.outcomes(Tier::Baseline, direction, ends, target);
                shut |= last.has(Outcomes::DENY);
                open |= last.without(Outcomes::DENY) != Outcomes::NOTHING;
            }
        }
        match (open, shut) {
            (true, false) => Passage::Open,
            (false, true) => Passage::Shut,
            _ => Passage::Unknown,
        }
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
