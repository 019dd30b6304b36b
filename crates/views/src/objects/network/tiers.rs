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
mod tests {
    use merlon_model::Kind;
    use merlon_snapshot::{Inventory, Manifest, Origin};

    use super::super::super::{Direction, InventoryView, Passage, PodView};
    use crate::Told;
    use Passage::{Open, Shut, Unknown};

    const PODS: &str = "
{kind: Namespace, apiVersion: v1, metadata: {name: a, labels: {team: blue}}}
---
{kind: Namespace, apiVersion: v1, metadata: {name: b}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web, namespace: a, labels: {app: web}},
 spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db, namespace: b, labels: {app: db}},
 spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: host, namespace: a, labels: {app: web}},
 spec: {hostNetwork: true, containers: [{name: c}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: lone, namespace: unseen},
 spec: {containers: [{name: c}]}}
";

    const CLUSTER: &str = "
{kind: Node, apiVersion: v1, metadata: {name: n, labels: {pool: x}},
 status: {addresses: [{type: InternalIP, address: 10.1.2.3}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: far, namespace: b},
 spec: {containers: [{name: c}]}, status: {podIPs: [{ip: 10.200.0.9}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: near, namespace: b},
 spec: {containers: [{name: c}]}, status: {podIPs: [{ip: 10.100.0.9}]}}
";

    fn ask(text: &str, is_cluster: bool, ask: impl Fn(&InventoryView<'_>) -> Passage) -> Passage {
        let objects = text.split("---\n").flat_map(|part| {
            let text = part.to_owned();
            Manifest { path: "a.yaml".to_owned(), text, rendered: None }.contents(0).objects
        });
        let origin = if is_cluster {
            Origin::Cluster {
                server: String::new(),
                version: None,
                listed: [Kind::Namespace, Kind::Pod, Kind::Node].into_iter().collect(),
            }
        } else {
            Origin::Manifests { skipped: 0 }
        };
        let inventory = Inventory {
            name: "test".to_owned(),
            origin,
            objects: objects.collect(),
            manifests: Vec::new(),
            gaps: Vec::new(),
        };
        ask(&InventoryView::new(&inventory, 0, &Told::default()))
    }

    fn pod<'v, 'a>(view: &'v InventoryView<'a>, name: &str) -> &'v PodView<'a> {
        view.pods.iter().find(|pod| pod.object.name() == name).expect(name)
    }

    /// What becomes of `FROM TO [PROTOCOL/]PORT`; ends are pods, addresses or the internet.
    fn passage(view: &InventoryView<'_>, connection: &str) -> Passage {
        let words: Vec<&str> = connection.split(' ').collect();
        let network = view.network();
        if let ["default", namespace, direction] = words[..] {
            let namespace = view.namespaces()[namespace].name;
            let direction =
                if direction == "ingress" { Direction::Ingress } else { Direction::Egress };
            return network.by_default_in(namespace, direction);
        }
        let [from, to, port] = words[..] else { panic!("{connection}") };
        let (protocol, port) = port.split_once('/').unwrap_or(("TCP", port));
        let port = port.parse().expect(connection);
        if from == "internet" {
            return network.ingress_from_internet(pod(view, to), protocol, port);
        }
        match to.parse() {
            Ok(address) => network.egress(pod(view, from), address, protocol, port),
            Err(_) => network.passage(view, pod(view, from), pod(view, to), protocol, port),
        }
    }

    fn check(policies: &[String], connection: &str, expected: Passage) {
        let mut text = PODS.to_owned();
        policies.iter().for_each(|policy| text.push_str(&format!("---\n{policy}\n")));
        let found = ask(&text, false, |view| passage(view, connection));
        assert_eq!(found, expected, "{connection} {policies:?}");
    }

    fn admin(priority: u32, subject: &str, rules: &str) -> String {
        format!(
            "{{kind: AdminNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha1, metadata: \
             {{name: p{priority}}}, spec: {{priority: {priority}, subject: {subject}, {rules}}}}}"
        )
    }

    fn baseline(rules: &str) -> String {
        format!(
            "{{kind: BaselineAdminNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha1, \
             metadata: {{name: default}}, spec: {{subject: {EVERY}, {rules}}}}}"
        )
    }

    fn cluster(tier: &str, priority: u32, rules: &str) -> String {
        format!(
            "{{kind: ClusterNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha2, \
             metadata: {{name: {tier}}}, spec: {{tier: {tier}, priority: {priority}, subject: \
             {EVERY}, {rules}}}}}"
        )
    }

    fn policy(namespace: &str, spec: &str) -> String {
        format!(
            "{{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {{name: n, \
             namespace: {namespace}}}, spec: {spec}}}"
        )
    }

    const EVERY: &str = "{namespaces: {}}";
    const IN: &str = "ingress: [{action: Deny, from: [{namespaces: {}}]}]";
    const TO_DB: &str = "web db 5432";

    #[test]
    fn tiers_are_asked_in_their_order() {
        let allow = "ingress: [{action: Allow, from: [{namespaces: {}}]}]";
        let pass = "ingress: [{action: Pass, from: [{namespaces: {}}]}]";
        let (open, shut) = (policy("b", "{ingress: [{}]}"), policy("b", "{}"));
        check(&[], TO_DB, Open);
        check(&[admin(1, EVERY, IN)], TO_DB, Shut);
        // What an administrator decides no policy of the namespace changes.
        check(&[admin(1, EVERY, IN), open.clone()], TO_DB, Shut);
        check(&[admin(1, EVERY, allow), shut.clone()], TO_DB, Open);
        check(&[admin(1, EVERY, pass), shut.clone()], TO_DB, Shut);
        check(&[admin(1, EVERY, pass), open.clone()], TO_DB, Open);
        check(&[admin(1, EVERY, pass)], TO_DB, Open);
        check(&[admin(1, EVERY, pass), admin(2, EVERY, IN)], TO_DB, Open);
        check(&[admin(2, EVERY, pass), admin(1, EVERY, IN)], TO_DB, Shut);
        check(&[baseline(IN)], TO_DB, Shut);
        check(&[baseline(IN), shut.clone()], TO_DB, Shut);
        // A policy that isolates the pod comes before the baseline, and what it allows stays.
        check(&[baseline(IN), open.clone()], TO_DB, Open);
        check(&[baseline(allow), shut.clone()], TO_DB, Shut);
        // It isolates for egress alone.
        check(&[baseline(IN), policy("b", "{policyTypes: [Egress]}")], TO_DB, Shut);
        check(&[baseline(IN), admin(1, EVERY, allow)], TO_DB, Open);
        check(&[baseline(IN), admin(1, EVERY, pass)], TO_DB, Shut);
        // Both sides have a say.
        let egress = "egress: [{action: Deny, to: [{namespaces: {}}]}]";
        check(&[admin(1, EVERY, egress), admin(2, EVERY, allow)], TO_DB, Shut);
        check(&[admin(1, EVERY, allow), policy("a", "{policyTypes: [Egress]}")], TO_DB, Shut);
        // Pods on their nodes' network are not subject to it.
        check(&[admin(1, EVERY, egress)], "host db 5432", Open);
        check(&[admin(1, EVERY, IN)], "host db 5432", Open);
        check(&[admin(1, EVERY, IN)], "web host 80", Open);
        // What comes from outside no rule of administrators names.
        check(&[admin(1, EVERY, IN)], "internet db 5432", Open);
        check(&[admin(1, EVERY, IN), shut], "internet db 5432", Shut);
        check(&[admin(1, EVERY, IN), open], "internet db 5432", Open);
    }

    #[test]
    fn cluster_network_policies_are_of_either_tier() {
        let accept = "ingress: [{action: Accept, from: [{namespaces: {}}]}]";
        check(&[cluster("Admin", 1, IN)], TO_DB, Shut);
        check(&[cluster("Baseline", 1, IN)], TO_DB, Shut);
        check(&[cluster("Admin", 1, IN), policy("b", "{ingress: [{}]}")], TO_DB, Shut);
        check(&[cluster("Baseline", 1, IN), policy("b", "{ingress: [{}]}")], TO_DB, Open);
        check(&[cluster("Admin", 1, accept), policy("b", "{}")], TO_DB, Open);
        check(&[cluster("Baseline", 1, accept), policy("b", "{}")], TO_DB, Shut);
        check(&[cluster("Admin", 9, accept), cluster("Baseline", 1, IN)], TO_DB, Open);
        let port = |port: &str| {
            let rule = format!(
                "ingress: [{{action: Deny, from: [{{namespaces: {{}}}}], protocols: [{port}]}}]"
            );
            cluster("Admin", 1, &rule)
        };
        check(&[port("{tcp: {destinationPort: {number: 5432}}}")], TO_DB, Shut);
        check(&[port("{tcp: {destinationPort: {number: 5433}}}")], TO_DB, Open);
        check(&[port("{udp: {destinationPort: {number: 5432}}}")], TO_DB, Open);
        check(&[port("{udp: {destinationPort: {number: 5432}}}")], "web db UDP/5432", Shut);
        check(&[port("{tcp: {destinationPort: {range: {start: 1, end: 5432}}}}")], TO_DB, Shut);
        check(&[port("{destinationNamedPort: sql}")], TO_DB, Shut);
        check(&[port("{destinationNamedPort: http}")], TO_DB, Open);
        // Which action is meant, nobody knows; nor whether the rule is about the port.
        let allow = "ingress: [{action: Allow, from: [{namespaces: {}}]}]";
        check(&[cluster("Admin", 1, allow)], TO_DB, Unknown);
        check(&[port("{icmp: {}}")], TO_DB, Unknown);
        check(&[port("{tcp: {}}")], TO_DB, Unknown);
        check(&[port("{tcp: {destinationPort: {number: 0}}}")], TO_DB, Unknown);
        check(&[cluster("Other", 1, IN)], TO_DB, Unknown);
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let rules = |first: &str, second: &str| {
            format!(
                "ingress: [{{action: {first}, from: [{{namespaces: {{matchLabels: {{team: \
                 blue}}}}}}]}}, {{action: {second}, from: [{{namespaces: {{}}}}]}}]"
            )
        };
        check(&[admin(1, EVERY, &rules("Allow", "Deny"))], TO_DB, Open);
        check(&[admin(1, EVERY, &rules("Deny", "Allow"))], TO_DB, Shut);
        check(&[admin(1, EVERY, &rules("Allow", "Deny"))], "db db 5432", Shut);
        // The labels of a namespace that was not seen may be any.
        check(&[admin(1, EVERY, &rules("Allow", "Deny"))], "lone db 5432", Unknown);
        check(&[admin(1, EVERY, &rules("Deny", "Deny"))], "lone db 5432", Shut);
        check(&[admin(1, "{namespaces: {matchLabels: {x: y}}}", IN)], "web lone 1", Unknown);
        let unseen = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: unseen}}}";
        check(&[admin(1, unseen, IN)], "web lone 1", Shut);
        check(&[admin(1, unseen, IN)], TO_DB, Open);
    }

    #[test]
    fn policies_of_one_priority_have_to_agree() {
        let with = |priority: u32, action: &str, name: &str| {
            let rules = format!("ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]");
            admin(priority, EVERY, &rules).replace("name: p", &format!("name: {name}"))
        };
        check(&[with(5, "Deny", "a"), with(5, "Allow", "b")], TO_DB, Unknown);
        check(&[with(5, "Deny", "a"), with(5, "Pass", "b")], TO_DB, Unknown);
        check(&[with(5, "Deny", "a"), with(5, "Deny", "b")], TO_DB, Shut);
        check(&[with(4, "Deny", "a"), with(5, "Allow", "b")], TO_DB, Shut);
        check(&[with(0, "Allow", "a"), with(1000, "Deny", "b")], TO_DB, Open);
        // Passed or allowed, it gets through.
        check(&[with(5, "Allow", "a"), with(5, "Pass", "b")], TO_DB, Open);
        // One that does not match has no say.
        let other = admin(5, "{namespaces: {matchLabels: {team: blue}}}", IN);
        check(&[with(5, "Allow", "a"), other], TO_DB, Open);
        // Neither kind comes before the other.
        check(&[with(5, "Allow", "a"), cluster("Admin", 9, IN)], TO_DB, Unknown);
        check(&[with(5, "Deny", "a"), cluster("Admin", 9, IN)], TO_DB, Shut);
    }

    #[test]
    fn subjects_and_peers_are_selected_by_both_labels() {
        let pods = |labels: &str| {
            format!("{{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {labels}}}}}}}")
        };
        check(&[admin(1, &pods("{app: db}"), IN)], TO_DB, Shut);
        check(&[admin(1, &pods("{app: web}"), IN)], TO_DB, Open);
        let from =
            |peer: &str| admin(1, EVERY, &format!("ingress: [{{action: Deny, from: [{peer}]}}]"));
        check(&[from(&pods("{app: web}"))], TO_DB, Shut);
        check(&[from(&pods("{app: db}"))], TO_DB, Open);
        check(&[from("{namespaces: {matchLabels: {team: blue}}}")], TO_DB, Shut);
        check(&[from("{namespaces: {matchLabels: {team: red}}}")], TO_DB, Open);
        let blue = "{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {}}";
        check(&[from(&format!("{{pods: {blue}}}"))], TO_DB, Shut);
        check(&[from(&format!("{{pods: {blue}}}"))], "db web 80", Open);
    }

    #[test]
    fn egress_to_addresses_is_by_networks_and_nodes() {
        let to = |action: &str, peer: &str| {
            admin(1, EVERY, &format!("egress: [{{action: {action}, to: [{peer}]}}]"))
        };
        let metadata = "web 169.254.169.254 80";
        check(&[to("Deny", "{networks: [169.254.169.254/32]}")], metadata, Shut);
        check(&[to("Deny", "{networks: [0.0.0.0/0]}")], metadata, Shut);
        check(&[to("Deny", "{networks: [10.0.0.0/8]}")], metadata, Open);
        check(&[to("Deny", "{networks: ['::/0']}")], metadata, Open);
        check(&[to("Deny", "{namespaces: {}}")], metadata, Open);
        check(&[to("Deny", "{nodes: {}}")], metadata, Open);
        let isolated = policy("a", "{policyTypes: [Egress]}");
        check(&[to("Allow", "{networks: [0.0.0.0/0]}"), isolated.clone()], metadata, Open);
        check(&[to("Pass", "{networks: [0.0.0.0/0]}"), isolated.clone()], metadata, Shut);
        // The name may be the address's.
        check(&[to("Allow", "{domainNames: ['*.example.com']}"), isolated], metadata, Unknown);
        check(&[to("Allow", "{domainNames: ['*.example.com']}")], metadata, Open);
        // Where the nodes are, no manifest tells.
        check(&[to("Deny", "{nodes: {}}")], "web 10.1.2.3 10250", Unknown);
        // Links have no pods; any other range may be theirs, and all addresses are.
        check(&[to("Deny", "{networks: [169.254.0.0/16]}")], TO_DB, Open);
        check(&[to("Deny", "{networks: [0.0.0.0/0]}")], TO_DB, Unknown);
        check(&[to("Deny", "{networks: [0.0.0.0/0, '::/0']}")], TO_DB, Shut);
        check(&[to("Deny", "{nodes: {}}")], TO_DB, Open);
    }

    #[test]
    fn a_cluster_tells_the_addresses_of_pods_and_nodes() {
        let check = |peer: &str, connection: &str, expected: Passage| {
            let rule = format!("egress: [{{action: Deny, to: [{peer}]}}]");
            let text = format!("{PODS}---{CLUSTER}---\n{}", admin(1, EVERY, &rule));
            let found = ask(&text, true, |view| passage(view, connection));
            assert_eq!(found, expected, "{connection} {peer}");
        };
        check("{nodes: {}}", "web 10.1.2.3 10250", Shut);
        check("{nodes: {matchLabels: {pool: x}}}", "web 10.1.2.3 10250", Shut);
        check("{nodes: {matchLabels: {pool: other}}}", "web 10.1.2.3 10250", Open);
        check("{nodes: {}}", "web 10.1.2.4 10250", Open);
        check("{networks: [10.200.0.0/16]}", "web far 80", Shut);
        check("{networks: [10.200.0.0/16]}", "web near 80", Open);
        // Where a pod has none yet, those of all tell.
        check("{networks: [10.200.0.0/16]}", TO_DB, Unknown);
        check("{networks: [10.0.0.0/8]}", TO_DB, Shut);
        check("{networks: [192.0.2.0/24]}", TO_DB, Open);
        check("{networks: [0.0.0.0/0]}", TO_DB, Shut);
        check("{networks: [0.0.0.0/0]}", "default a egress", Shut);
        check("{nodes: {}}", "web host 10250", Shut);
        check("{nodes: {matchLabels: {pool: x}}}", "web host 10250", Unknown);
    }

    #[test]
    fn ports_are_numbers_ranges_and_names() {
        let port = |port: &str| {
            let rule = "{action: Deny, from: [{namespaces: {}}], ports: [";
            admin(1, EVERY, &format!("ingress: [{rule}{port}]}}]"))
        };
        check(&[port("{portNumber: {protocol: TCP, port: 5432}}")], TO_DB, Shut);
        check(&[port("{portNumber: {port: 5432}}")], TO_DB, Shut);
        check(&[port("{portNumber: {protocol: UDP, port: 5432}}")], TO_DB, Open);
        check(&[port("{portNumber: {protocol: TCP, port: 80}}")], TO_DB, Open);
        check(&[port("{portRange: {protocol: TCP, start: 5000, end: 6000}}")], TO_DB, Shut);
        check(&[port("{portRange: {start: 1, end: 5431}}")], TO_DB, Open);
        check(&[port("{namedPort: sql}")], TO_DB, Shut);
        check(&[port("{namedPort: sql}")], "web db 5433", Open);
        check(&[port("{namedPort: http}")], TO_DB, Open);
        for broken in ["", "{}", "{port: 80}", "{portNumber: {port: 0}}", "{portNumber: {port: a}}"]
        {
            check(&[port(broken)], TO_DB, Unknown);
        }
        check(&[port("{portNumber: {protocol: tcp, port: 1}}")], TO_DB, Unknown);
        check(&[port("{portRange: {start: 2, end: 1}}")], TO_DB, Unknown);
        check(&[port("{namedPort: sql, portNumber: {port: 5432}}")], TO_DB, Unknown);
    }

    #[test]
    fn what_cannot_be_read_is_neither_open_nor_shut() {
        let rule = |rule: &str| admin(1, EVERY, &format!("ingress: [{rule}]"));
        for broken in [
            "text",
            "null",
            "{}",
            "{action: Deny}",
            "{action: Deny, from: []}",
            "{action: Deny, from: [{}]}",
            "{action: Deny, from: [{namespaces: null}]}",
            "{action: Deny, from: [{namespaces: {}, pods: {}}]}",
            "{action: Deny, from: [{namespaces: {matchLabels: [a]}}]}",
            // Early releases wrote it so; read as a selector it would be everything.
            "{action: Deny, from: [{namespaces: {namespaceSelector: {matchLabels: {a: b}}}}]}",
            "{action: Deny, from: [{pods: {podSelector: {}}}]}",
            "{action: Deny, from: [{pods: {namespaceSelector: {}}}]}",
            "{action: Deny, from: [{networks: [0.0.0.0/0]}]}",
            "{action: Deny, from: [{nodes: {}}]}",
            "{action: Deny, from: [{namespaces: {}}], protocols: []}",
            "{action: Drop, from: [{namespaces: {}}]}",
            "{from: [{namespaces: {}}]}",
        ] {
            check(&[rule(broken)], TO_DB, Unknown);
            // What is decided before counts all the same.
            check(&[rule(broken), admin(0, EVERY, IN)], TO_DB, Shut);
        }
        let to = |rule: &str| admin(1, EVERY, &format!("egress: [{rule}]"));
        check(&[to("{action: Deny, to: [{domainNames: [a.example]}]}")], TO_DB, Unknown);
        check(&[to("{action: Deny, to: [{networks: []}]}")], TO_DB, Unknown);
        check(&[to("{action: Deny, to: [{networks: [all]}]}")], TO_DB, Unknown);
        // An action that no rule of the kind has.
        let pass = baseline("ingress: [{action: Pass, from: [{namespaces: {}}]}]");
        check(&[pass], TO_DB, Unknown);
        let whole = |from: &str, to: &str| admin(1, EVERY, IN).replace(from, to);
        for policy in [
            whole("priority: 1", "priority: 1001"),
            whole("priority: 1", "priority: -1"),
            whole("priority: 1", "priority: first"),
            whole("priority: 1,", ""),
            whole("v1alpha1", "v9"),
            whole("{namespaces: {}}, ingress", "{}, ingress"),
            whole("subject", "subjects"),
            whole("ingress: [", "egress: {}, ingress: ["),
            baseline(IN).replace("default", "second"),
        ] {
            check(std::slice::from_ref(&policy), TO_DB, Unknown);
            // It may come first.
            check(&[policy, admin(0, EVERY, IN)], TO_DB, Unknown);
        }
        // What it is about can be read, and it is not this.
        let narrow = admin(2000, "{namespaces: {matchLabels: {team: blue}}}", IN);
        check(std::slice::from_ref(&narrow), "db db 5432", Open);
        check(&[narrow], TO_DB, Unknown);
        // Policies of the namespace that the API server refuses.
        check(&[policy("b", "{podSelector: []}")], TO_DB, Unknown);
        check(&[policy("b", "{podSelector: []}"), admin(0, EVERY, IN)], TO_DB, Shut);
    }

    #[test]
    fn defaults_are_what_happens_to_strangers() {
        let (ingress, egress) = ("default b ingress", "default b egress");
        check(&[], ingress, Open);
        check(&[policy("b", "{}")], ingress, Shut);
        check(&[policy("b", "{}")], egress, Open);
        check(&[admin(1, EVERY, IN)], ingress, Shut);
        check(&[baseline(IN)], ingress, Shut);
        check(&[baseline(IN)], egress, Open);
        let one_port = IN.replace("}]}]", "}], ports: [{portNumber: {port: 22}}]}]");
        check(&[admin(1, EVERY, &one_port)], ingress, Open);
        let all = "{portRange: {start: 1, end: 65535}}, {portRange: {protocol: UDP, start: 1, end: 65535}}";
        let every_port = IN.replace("}]}]", &format!("}}], ports: [{all}]}}]"));
        check(&[admin(1, EVERY, &every_port)], ingress, Shut);
        // DNS first, then nothing; all but some, then nothing.
        let dns = "ingress: [{action: Allow, from: [{namespaces: {}}], ports: [{portNumber: {protocol: UDP, port: 53}}]}, {action: Deny, from: [{namespaces: {}}]}]";
        check(&[admin(1, EVERY, dns)], ingress, Shut);
        let some = "ingress: [{action: Deny, from: [{namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [ops]}]}}]}]";
        check(&[admin(1, EVERY, some)], ingress, Shut);
        let one = "ingress: [{action: Deny, from: [{namespaces: {matchLabels: {team: blue}}}]}]";
        check(&[admin(1, EVERY, one)], ingress, Open);
        // An administrator opens what the namespace shuts.
        let open = "ingress: [{action: Allow, from: [{namespaces: {}}]}]";
        check(&[admin(1, EVERY, open), policy("b", "{}")], ingress, Open);
        let to = |peers: &str| baseline(&format!("egress: [{{action: Deny, to: [{peers}]}}]"));
        check(&[to("{namespaces: {}}")], egress, Open);
        check(&[to("{networks: [0.0.0.0/0, '::/0']}")], egress, Shut);
        check(&[to("{networks: [0.0.0.0/0]}")], egress, Unknown);
        // Names are no stranger's.
        let rules = "egress: [{action: Allow, to: [{domainNames: ['*.example.com']}]}, {action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}]";
        check(&[admin(1, EVERY, rules)], egress, Shut);
        check(&[admin(1, EVERY, rules)], "web 203.0.113.1 443", Unknown);
        // About pods with labels alone, which the next one may not have.
        let labelled = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}";
        check(&[admin(1, labelled, IN)], ingress, Open);
    }

    #[test]
    #[ignore = "measures; run it with --release"]
    fn many_pods_are_held_against_many_policies_of_administrators_quickly() {
        let mut text = String::new();
        for namespace in 0..2_000 {
            text.push_str(&format!(
                "{{kind: Namespace, apiVersion: v1, metadata: {{name: n{namespace}, labels: \
                 {{tenant: t{}}}}}}}\n---\n",
                namespace % 50
            ));
            for pod in 0..30 {
                text.push_str(&format!(
                    "{{kind: Pod, apiVersion: v1, metadata: {{name: p{pod}, namespace: \
                     n{namespace}, labels: {{app: a{pod}}}}}, spec: {{containers: []}}}}\n---\n"
                ));
            }
        }
        for tenant in 0..50 {
            let of = format!("{{namespaces: {{matchLabels: {{tenant: t{tenant}}}}}}}");
            let rules = format!(
                "ingress: [{{action: Pass, from: [{of}]}}, {{action: Deny, from: [{EVERY}]}}], \
                 egress: [{{action: Deny, to: [{{networks: [169.254.169.254/32]}}]}}]"
            );
            text.push_str(&format!("{}\n---\n", admin(tenant, &of, &rules)));
        }
        let start = std::time::Instant::now();
        let found = ask(&text, false, |view| {
            println!("read: {:?}", start.elapsed());
            let start = std::time::Instant::now();
            let network = view.network();
            println!("indexed: {:?}", start.elapsed());
            let classes: std::collections::BTreeSet<_> =
                view.pods.iter().map(|pod| network.admin_class(pod)).collect();
            println!("classes: {:?}", start.elapsed());
            assert_eq!(classes.len(), 50);
            let shut = |pod: &&PodView<'_>| network.by_default(pod, Direction::Ingress) == Shut;
            assert_eq!(view.pods.iter().filter(shut).count(), 60_000);
            println!("defaults: {:?}", start.elapsed());
            assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
            Shut
        });
        assert_eq!(found, Shut);
    }
}
