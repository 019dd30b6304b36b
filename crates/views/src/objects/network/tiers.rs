//! What administrators' policies decide: those of the Admin tier before the policies of namespaces,
//! those of the Baseline tier where none of them isolates the pod.

use std::collections::HashMap;
use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::addresses::is_anybodys;
use super::super::inventory::InventoryView;
use super::super::label_selector::LabelSelector;
use super::super::labels::Labels;
use super::super::network_policy::{Cidr, Direction, ports_named};
use super::super::pod::PodView;
use super::admin::{
    AdminPeer, AdminPolicy, AdminPort, AdminRule, Networks, Outcomes, Subject, Tier,
};
use super::{ANYWHERE, METADATA, addresses, is_on_host_network};

/// The kinds of policies that are read here.
const KINDS: [Kind; 3] =
    [Kind::AdminNetworkPolicy, Kind::BaselineAdminNetworkPolicy, Kind::ClusterNetworkPolicy];

/// The policies of administrators, in the order in which they are asked.
#[derive(Debug, Default)]
pub(super) struct Tiers<'a> {
    policies: Vec<AdminPolicy<'a>>,
    /// The policies that may be about pods of a namespace; `false` where its labels leave that open.
    by_namespace: HashMap<&'a str, Vec<(usize, bool)>>,
    named: HashMap<&'a str, Named>,
    namespaces: HashMap<&'a str, &'a Object>,
    nodes: HashMap<IpAddr, &'a Object>,
    has_all_nodes: bool,
}

/// What rules name pods of a namespace.
#[derive(Debug)]
struct Named {
    /// The same for namespaces of which all rules that name all of their pods are the same.
    likeness: usize,
    /// The rules that may name some of its pods, by policy, direction and place.
    rules: Vec<(usize, Direction, usize)>,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Party<'e, 'a> {
    Pod(&'e PodView<'a>),
    /// A pod without labels: of that namespace, or of one that has no labels either.
    Unlabelled(Option<&'a str>),
    /// What is no pod.
    Address(IpAddr),
    /// An address like this one that no rule names, outside the cluster.
    Outside(IpAddr),
}

/// A port of the end that is connected to; `None` for one that no rule singles out.
pub(super) type Target<'p> = (&'p str, Option<u16>);

impl<'a> Tiers<'a> {
    pub(super) fn new(view: &InventoryView<'a>) -> Self {
        let read = |kind| view.of_kind(kind).map(move |object| AdminPolicy::of(object, kind));
        let mut policies: Vec<AdminPolicy<'a>> = KINDS.into_iter().flat_map(read).collect();
        if policies.is_empty() {
            return Self::default();
        }
        policies.sort_by_key(|it| (it.tier, it.kind, it.priority));
        let namespaces: HashMap<&'a str, &'a Object> =
            view.of_kind(Kind::Namespace).map(|object| (object.name(), object)).collect();
        let nodes = view.of_kind(Kind::Node);
        let mut networks: Vec<&mut Networks> = policies.iter_mut().flat_map(networks).collect();
        if !networks.is_empty() {
            let pods = view.is_complete(Kind::Pod).then(|| {
                let is_own = |pod: &&Object| {
                    pod.root.path(&["spec", "hostNetwork"]).and_then(Node::as_bool) != Some(true)
                };
                view.of_kind(Kind::Pod).filter(is_own).flat_map(pod_addresses).collect()
            });
            networks.iter_mut().for_each(|it| it.has_pods = share(&it.ranges, pods.as_ref()));
        }
        let mut tiers = Self {
            policies,
            by_namespace: HashMap::new(),
            named: HashMap::new(),
            namespaces,
            nodes: nodes
                .flat_map(|node| addresses(node).into_iter().map(move |it| (it, node)))
                .collect(),
            has_all_nodes: view.is_complete(Kind::Node),
        };
        let mut likenesses: HashMap<Vec<Mark<'a>>, usize> = HashMap::new();
        let of_policies = view.of_kind(Kind::NetworkPolicy).map(|it| view.namespace_of(it));
        let names = view.pods.iter().map(|pod| pod.namespace).chain(of_policies);
        for name in names.chain(view.of_kind(Kind::Namespace).map(Object::name)) {
            if !tiers.by_namespace.contains_key(name) {
                let (about, (all, rules)) = (tiers.about(name), tiers.naming(name));
                let count = likenesses.len();
                let likeness = *likenesses.entry(all).or_insert(count);
                tiers.by_namespace.insert(name, about);
                tiers.named.insert(name, Named { likeness, rules });
            }
        }
        tiers
    }

    pub(super) fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    fn about(&self, namespace: &'a str) -> Vec<(usize, bool)> {
        let is_about = |(number, policy): (usize, &AdminPolicy<'a>)| {
            let Some(subject) = policy.subject else { return Some((number, true)) };
            match self.is_namespace(&subject.namespaces, Some(namespace)) {
                Some(false) => None,
                sure => Some((number, sure.is_some())),
            }
        };
        self.policies.iter().enumerate().filter_map(is_about).collect()
    }

    /// The rules that name all pods of a namespace, and those that may name some.
    fn naming(&self, namespace: &'a str) -> (Vec<Mark<'a>>, Vec<(usize, Direction, usize)>) {
        let tells_pods = |peer: &AdminPeer<'a>| match peer {
            AdminPeer::Pods(subject) => {
                !subject.pods.is_everything()
                    && self.is_namespace(&subject.namespaces, Some(namespace)) != Some(false)
            }
            AdminPeer::Networks(networks) => networks.has_pods.is_none(),
            // Pods on their nodes' network aside, they tell no pod from another.
            AdminPeer::Nodes(_) | AdminPeer::Domains => false,
        };
        let (mut all, mut some) = (Vec::new(), Vec::new());
        for (number, policy) in self.policies.iter().enumerate() {
            for direction in [Direction::Ingress, Direction::Egress] {
                for (at, rule) in policy.rules(direction).iter().enumerate() {
                    let Some((peers, ports)) = &rule.matches else { continue };
                    let is_by_name = ports.iter().any(|it| matches!(it, AdminPort::Named(_)));
                    if is_by_name || peers.iter().any(tells_pods) {
                        some.push((number, direction, at));
                        continue;
                    }
                    let party = Party::Unlabelled(Some(namespace));
                    match any(peers.iter().map(|it| self.is_peer(it, party))) {
                        Some(false) => {}
                        sure => all.push(Mark::Peer(number, direction, at, sure.is_some())),
                    }
                }
            }
        }
        (all, some)
    }

    /// The policies that have a say on a pod's connections of a direction, and whether that is sure.
    pub(super) fn governing(
        &self,
        subject: Party<'_, 'a>,
        direction: Direction,
    ) -> impl Iterator<Item = (usize, bool)> {
        let (namespace, labels) = match subject {
            Party::Pod(pod) if !is_on_host_network(pod) => {
                (Some(pod.namespace), Labels::of(pod.metadata))
            }
            Party::Unlabelled(namespace) => (namespace, Labels::of(None)),
            _ => (None, Labels::of(None)),
        };
        let numbers = namespace.and_then(|it| self.by_namespace.get(it)).into_iter().flatten();
        numbers.copied().filter(move |(number, _)| {
            let policy = &self.policies[*number];
            let selects = |it: Subject<'a>| it.pods.holds(|key| labels.get(key));
            policy.is_about(direction) && policy.subject.is_none_or(selects)
        })
    }

    pub(super) fn policy(&self, number: usize) -> &'a Object {
        self.policies[number].object
    }

    /// What may become of a connection in a tier.
    pub(super) fn outcomes(
        &self,
        tier: Tier,
        direction: Direction,
        (subject, peer): (Party<'_, 'a>, Party<'_, 'a>),
        target: Target<'_>,
    ) -> Outcomes {
        let receiver = if direction == Direction::Ingress { subject } else { peer };
        let governing: Vec<(usize, bool)> = self
            .governing(subject, direction)
            .filter(|(number, _)| {
                let policy = &self.policies[*number];
                policy.tier == tier || policy.priority.is_none()
            })
            .collect();
        if governing.is_empty() {
            return Outcomes::UNMATCHED;
        }
        // What cannot be read may be of any kind and priority, and neither kind comes before
        // the other.
        let chain = |kind: Option<Kind>| {
            let of_kind = governing.iter().filter(|(number, _)| {
                let policy = &self.policies[*number];
                policy.priority.map(|_| policy.kind) == kind
            });
            let of_kind: Vec<(usize, bool)> = of_kind.copied().collect();
            let same =
                |a: &(usize, bool), b: &(usize, bool)| self.priority(a.0) == self.priority(b.0);
            let mut found = Outcomes::UNMATCHED;
            for group in of_kind.chunk_by(same) {
                let all = group.iter().map(|(number, is_sure)| {
                    let policy = &self.policies[*number];
                    self.outcomes_of(policy, *is_sure, direction, peer, (receiver, target))
                });
                found = found.without(Outcomes::UNMATCHED).or(tied(all));
                if !found.has(Outcomes::UNMATCHED) {
                    break;
                }
            }
            found
        };
        let kinds = KINDS.into_iter().map(Some).chain([None]);
        tied(kinds.map(chain))
    }

    fn priority(&self, number: usize) -> Option<i64> {
        self.policies[number].priority
    }

    fn outcomes_of(
        &self,
        policy: &AdminPolicy<'a>,
        is_sure: bool,
        direction: Direction,
        peer: Party<'_, 'a>,
        receiver: (Party<'_, 'a>, Target<'_>),
    ) -> Outcomes {
        if policy.priority.is_none() {
            return Outcomes::ANY.or(Outcomes::UNMATCHED);
        }
        let mut found = if is_sure { Outcomes::NOTHING } else { Outcomes::UNMATCHED };
        for rule in policy.rules(direction) {
            match self.matches(rule, peer, receiver) {
                Some(true) => return found.or(rule.action),
                None => found = found.or(rule.action),
                Some(false) => {}
            }
        }
        found.or(Outcomes::UNMATCHED)
    }

    fn matches(
        &self,
        rule: &AdminRule<'a>,
        peer: Party<'_, 'a>,
        (receiver, target): (Party<'_, 'a>, Target<'_>),
    ) -> Option<bool> {
        let (peers, ports) = rule.matches.as_ref()?;
        let has_port = ports.iter().any(|port| includes(port, receiver, target));
        if !has_port {
            return Some(false);
        }
        any(peers.iter().map(|it| self.is_peer(it, peer)))
    }

    /// Whether a peer of a rule is that end of a connection; `None` where nobody can tell.
    pub(super) fn is_peer(&self, peer: &AdminPeer<'a>, party: Party<'_, 'a>) -> Option<bool> {
        match (peer, party) {
            (AdminPeer::Domains, Party::Outside(_) | Party::Unlabelled(None)) => Some(false),
            (AdminPeer::Domains, _) => None,
            (AdminPeer::Pods(_), Party::Address(_) | Party::Outside(_)) => Some(false),
            (AdminPeer::Pods(subject), Party::Unlabelled(namespace)) => {
                self.is_pod(subject, namespace, Labels::of(None))
            }
            (AdminPeer::Pods(subject), Party::Pod(pod)) => {
                let labels = Labels::of(pod.metadata);
                let is_pod = || self.is_pod(subject, Some(pod.namespace), labels);
                if is_on_host_network(pod) { Some(false) } else { is_pod() }
            }
            (AdminPeer::Nodes(selector), Party::Address(address)) => {
                self.is_node(selector, address)
            }
            (AdminPeer::Nodes(selector), Party::Pod(pod)) if is_on_host_network(pod) => {
                selector.is_everything().then_some(true)
            }
            (AdminPeer::Nodes(_), _) => Some(false),
            (AdminPeer::Networks(networks), Party::Address(address) | Party::Outside(address)) => {
                Some(networks.ranges.iter().any(|range| range.contains(address)))
            }
            (AdminPeer::Networks(networks), Party::Pod(pod)) if is_on_host_network(pod) => {
                let nodes: Vec<IpAddr> = self.nodes.keys().copied().collect();
                share(&networks.ranges, self.has_all_nodes.then_some(&nodes))
            }
            (AdminPeer::Networks(networks), Party::Pod(pod))
                if networks.has_pods.is_none() && pod.kind == Kind::Pod =>
            {
                share(&networks.ranges, Some(&pod_addresses(pod.object)))
            }
            (AdminPeer::Networks(networks), _) => networks.has_pods,
        }
    }

    fn is_pod(
        &self,
        subject: &Subject<'a>,
        namespace: Option<&'a str>,
        labels: Labels<'a>,
    ) -> Option<bool> {
        if !subject.pods.holds(|key| labels.get(key)) {
            return Some(false);
        }
        self.is_namespace(&subject.namespaces, namespace)
    }

    /// Whether a namespace is selected. What is not known of one are all labels but its name.
    fn is_namespace(
        &self,
        selector: &LabelSelector<'a>,
        namespace: Option<&'a str>,
    ) -> Option<bool> {
        let object = namespace.and_then(|name| self.namespaces.get(name));
        let labels = Labels::of_namespace(namespace.unwrap_or_default(), object.map(|it| &it.root));
        let is_known = namespace.is_none() || object.is_some();
        selector.holds_if_known(|key| labels.get(key), |key| !is_known && key != NAME)
    }

    fn is_node(&self, selector: &LabelSelector<'a>, address: IpAddr) -> Option<bool> {
        if METADATA.contains(&address) || ANYWHERE.contains(&address) || is_anybodys(address) {
            return Some(false);
        }
        match self.nodes.get(&address) {
            Some(node) => {
                let labels = Labels::of(node.root.get("metadata"));
                Some(selector.holds(|key| labels.get(key)))
            }
            None => self.has_all_nodes.then_some(false),
        }
    }

    /// The rule of a policy of the Admin tier that lets its pods send to an address: the first that matches. `Err` where
    /// nobody can tell which that is.
    pub(super) fn allowing(
        &self,
        object: &Object,
        address: IpAddr,
        target: Target<'_>,
    ) -> Result<Option<&'a Node>, Undecided> {
        let policy = self.policies.iter().find(|it| std::ptr::eq(it.object, object));
        let Some(policy) = policy.filter(|it| it.tier == Tier::Admin) else { return Ok(None) };
        if policy.priority.is_none() {
            return Err(Undecided);
        }
        let party = Party::Address(address);
        for rule in &policy.egress {
            match self.matches(rule, party, (party, target)) {
                Some(false) => {}
                Some(true) if rule.action == Outcomes::ALLOW => return Ok(Some(rule.node)),
                Some(true) if rule.action != Outcomes::ANY => return Ok(None),
                _ => return Err(Undecided),
            }
        }
        Ok(None)
    }

    /// What policies can tell of a pod.
    pub(super) fn class(&self, pod: &PodView<'a>) -> AdminClass<'a> {
        let Some(named) = self.named.get(pod.namespace) else { return AdminClass::default() };
        let mut marks = Vec::new();
        let party = Party::Pod(pod);
        let is_on_host = is_on_host_network(pod);
        marks.push(if is_on_host { Mark::OnHost } else { Mark::Like(named.likeness) });
        for direction in [Direction::Ingress, Direction::Egress] {
            let governing = self.governing(party, direction);
            marks
                .extend(governing.map(|(number, is_sure)| Mark::About(direction, number, is_sure)));
        }
        for (number, direction, at) in &named.rules {
            let matches = &self.policies[*number].rules(*direction)[*at].matches;
            let Some((peers, ports)) = matches else { continue };
            match any(peers.iter().map(|it| self.is_peer(it, party))) {
                Some(false) => {}
                sure => marks.push(Mark::Peer(*number, *direction, *at, sure.is_some())),
            }
            for port in ports {
                if let AdminPort::Named(name) = port {
                    let found = ports_named(pod, name);
                    marks.extend(found.map(|(protocol, port)| Mark::Port(name, protocol, port)));
                }
            }
        }
        AdminClass(marks)
    }

    /// Whether no rule tells a pod from a stranger that is sent to.
    pub(super) fn is_stranger(&self, pod: &PodView<'a>) -> bool {
        let rules = self.policies.iter().flat_map(|it| &it.egress);
        rules.flat_map(|rule| &rule.matches).all(|(peers, _)| {
            let is = |party| any(peers.iter().map(|it| self.is_peer(it, party)));
            is(Party::Pod(pod)) == is(Party::Unlabelled(None))
        })
    }

    /// Whether rules single out a port of a protocol, or one by its name, which may be any.
    pub(super) fn singles_out(&self, protocol: &str, port: u16) -> bool {
        let rules = self.policies.iter().flat_map(|it| it.ingress.iter().chain(&it.egress));
        let mut ports = rules.flat_map(|rule| &rule.matches).flat_map(|(_, ports)| ports);
        ports.any(|it| match it {
            AdminPort::All => false,
            AdminPort::Named(_) => true,
            AdminPort::Range(of, from, to) => {
                *of == protocol
                    && !is_every_port(*from, *to)
                    && (*from..=*to).contains(&i64::from(port))
            }
        })
    }
}

/// Nobody can tell what a policy of administrators says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecided;

/// What the policies of administrators can tell of a pod: they treat pods of the same class alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdminClass<'a>(Vec<Mark<'a>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Mark<'a> {
    OnHost,
    Like(usize),
    About(Direction, usize, bool),
    Peer(usize, Direction, usize, bool),
    Port(&'a str, &'a str, i64),
}

impl AdminClass<'_> {
    /// Whether policies may be about connections of a direction.
    #[must_use]
    pub fn is_governed(&self, direction: Direction) -> bool {
        self.0.iter().any(|it| matches!(it, Mark::About(of, ..) if *of == direction))
    }
}

const NAME: &str = "kubernetes.io/metadata.name";

fn networks<'p>(policy: &'p mut AdminPolicy<'_>) -> impl Iterator<Item = &'p mut Networks> {
    let peers = policy.egress.iter_mut().flat_map(|rule| &mut rule.matches);
    peers.flat_map(|(peers, _)| peers).filter_map(|peer| match peer {
        AdminPeer::Networks(networks) => Some(networks),
        _ => None,
    })
}

/// What may become of a connection that several policies of the same rank may decide: any of those
/// that match it does.
fn tied(all: impl IntoIterator<Item = Outcomes>) -> Outcomes {
    let (mut found, mut is_unmatched) = (Outcomes::NOTHING, true);
    for outcomes in all {
        is_unmatched &= outcomes.has(Outcomes::UNMATCHED);
        found = found.or(outcomes.without(Outcomes::UNMATCHED));
    }
    if is_unmatched { found.or(Outcomes::UNMATCHED) } else { found }
}

fn any(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut found = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return answer,
            None => found = None,
            Some(false) => {}
        }
    }
    found
}

fn includes(port: &AdminPort<'_>, receiver: Party<'_, '_>, (protocol, number): Target<'_>) -> bool {
    match (port, number) {
        (AdminPort::All, _) => true,
        (AdminPort::Range(of, from, to), None) => *of == protocol && is_every_port(*from, *to),
        (AdminPort::Range(of, from, to), Some(number)) => {
            *of == protocol && (*from..=*to).contains(&i64::from(number))
        }
        (AdminPort::Named(name), Some(number)) => match receiver {
            Party::Pod(pod) => ports_named(pod, name).any(|it| it == (protocol, number.into())),
            _ => false,
        },
        (AdminPort::Named(_), None) => false,
    }
}

fn is_every_port(from: i64, to: i64) -> bool {
    from <= 1 && to >= 65535
}

/// Whether addresses are among ranges: all of them, none, or `None` where that differs or is not
/// known.
fn share(ranges: &[Cidr], addresses: Option<&Vec<IpAddr>>) -> Option<bool> {
    let may_be_pods: Vec<&Cidr> = ranges.iter().filter(|it| !it.is_for_no_pod()).collect();
    let everything = may_be_pods.iter().filter(|it| it.is_everything());
    let families: Vec<bool> = everything.map(|it| it.is_ipv4()).collect();
    if families.contains(&true) && families.contains(&false) {
        return Some(true);
    }
    if may_be_pods.is_empty() {
        return Some(false);
    }
    let addresses = addresses.filter(|it| !it.is_empty())?;
    let is_in = |address: &&IpAddr| ranges.iter().any(|range| range.contains(**address));
    match addresses.iter().filter(is_in).count() {
        0 => Some(false),
        count => (count == addresses.len()).then_some(true),
    }
}

fn pod_addresses(pod: &Object) -> Vec<IpAddr> {
    let listed = pod.root.path(&["status", "podIPs"]).and_then(Node::as_sequence);
    let addresses = listed.unwrap_or_default().iter();
    addresses.filter_map(|it| it.get("ip")?.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
