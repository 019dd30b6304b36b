//! What gets from where to where.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::addresses::from_anybody;
use super::super::inventory::InventoryView;
use super::super::labels::Labels;
use super::super::network_policy::{Direction, PolicyView};
use super::super::pod::PodView;
use super::admin::{Outcomes, Tier};
use super::tiers::{Party, Target, Undecided};
use super::{ANYWHERE, METADATA, NetworkView, Passage, is_on_host_network};

impl<'a> NetworkView<'a> {
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
    /// (`None`) do not isolate the pod. Asked for one pod of each [`AdminClass`](super::AdminClass), it holds for all.
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

    pub(super) fn with_strangers(
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
    pub(super) fn by_policies(
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
    pub(super) fn decide(
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
