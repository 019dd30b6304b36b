//! Workloads by the place they have in the network: those that the same policies act on in the same way share one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use merlon_model::Kind;
use merlon_views::objects::{
    AdminClass, Direction, LabelSelector, Labels, Passage, Peer, PodView, PolicyView, Rule,
    is_on_host_network,
};

use super::hubs::Hubs;
use super::ports::{Listening, listening};
use super::rules::{has_port, is_everybody, is_for_all_pods};
use crate::world::World;

/// The places of all workloads.
#[derive(Debug, Default)]
pub(in crate::techniques) struct Places<'w> {
    /// The places that workloads send from; the first member stands for all.
    pub senders: Vec<Sender>,
    /// The places that workloads receive at.
    pub receivers: Vec<Receiver<'w>>,
    /// From senders to ports of receivers, by their numbers, where only some pods may send, and whether that is sure.
    pub between: BTreeMap<(usize, usize, u16), bool>,
    /// What policies of administrators have a say on.
    pub hubs: Hubs,
}

/// Workloads that may send to the same.
#[derive(Debug)]
pub(in crate::techniques) struct Sender {
    /// Their numbers, ascending.
    pub members: Vec<u32>,
    /// The number of their [`AdminClass`].
    pub class: usize,
    /// Whether policies allow it that they send anywhere, or (`None`) do not isolate them.
    pub by_policies: Option<bool>,
    /// Whether they may send to every pod on every port, as far as their own side decides, but for pods and ports that
    /// administrators single out.
    pub is_free: bool,
    /// Whether what makes them free is known for sure.
    pub is_sure: bool,
    /// Whether a policy that isolates them makes them free no longer.
    pub is_mendable: bool,
    /// The ports on which they may send to every pod, where these are not all.
    pub free_ports: Vec<u16>,
}

/// Workloads that may be sent to by the same.
#[derive(Debug)]
pub(in crate::techniques) struct Receiver<'w> {
    /// Their numbers, ascending.
    pub members: Vec<u32>,
    /// The number of their [`AdminClass`].
    pub class: usize,
    /// What they listen on; containers are those of the first member.
    pub ports: Vec<Listening<'w>>,
    /// The ports to which every pod may send, as far as their own side decides.
    pub open: BTreeSet<u16>,
    /// For each port whether policies let every pod in, or (`None`) do not isolate them.
    pub by_policies: Vec<Option<bool>>,
}

type SenderKey<'w> = (&'w str, bool, usize, Vec<usize>, Vec<usize>, Vec<&'w str>);
type ReceiverKey<'w> = (bool, usize, Vec<usize>, Vec<usize>, Vec<(&'w str, u16, &'w str)>);

impl<'w> Places<'w> {
    /// Sorts the workloads of a world.
    pub(in crate::techniques) fn new<'a: 'w>(world: &World<'w, 'a>) -> Self {
        let network = world.view.network();
        let place_of: HashMap<*const PolicyView<'a>, usize> =
            network.policies.iter().zip(0..).map(|(it, at)| (std::ptr::from_ref(it), at)).collect();
        let ingress = Peers::new(world, Direction::Ingress);
        let egress = Peers::new(world, Direction::Egress);
        let mut senders: BTreeMap<SenderKey<'w>, Vec<u32>> = BTreeMap::new();
        let mut receivers: BTreeMap<ReceiverKey<'w>, Vec<u32>> = BTreeMap::new();
        let mut classes: HashMap<AdminClass<'a>, usize> = HashMap::new();
        let mut first_of_class: Vec<u32> = Vec::new();
        for (number, workload) in world.workloads() {
            let on_host = is_on_host_network(workload);
            let isolating = |direction| {
                let selecting = network.selecting(workload);
                let isolating = selecting.filter(|it| it.rules(direction).is_some());
                let places = isolating.map(|it| place_of[&std::ptr::from_ref(it)]);
                places.collect::<Vec<usize>>()
            };
            let (sends, receives) = (isolating(Direction::Egress), isolating(Direction::Ingress));
            let clouds = clouds(world, workload);
            let class = *classes.entry(network.admin_class(workload)).or_insert_with(|| {
                first_of_class.push(number);
                first_of_class.len() - 1
            });
            let key = (workload.namespace, on_host, class, sends, ingress.of(number), clouds);
            senders.entry(key).or_default().push(number);
            let ports: BTreeSet<_> = listening(world, workload)
                .into_iter()
                .map(|it| (it.protocol, it.port, it.name))
                .collect();
            if !ports.is_empty() {
                let key =
                    (on_host, class, receives, egress.of(number), ports.into_iter().collect());
                receivers.entry(key).or_default().push(number);
            }
        }
        let policies = &network.policies;
        let mut places = Self::default();
        let (mut sent_by, mut received_by) =
            (vec![Vec::new(); ingress.count], vec![Vec::new(); egress.count]);
        let mut strangers: HashMap<usize, bool> = HashMap::new();
        let mut singled_out: HashMap<(&str, u16), bool> = HashMap::new();
        let mut free: HashMap<(usize, Option<bool>), (Passage, bool)> = HashMap::new();
        for ((_, _, class, isolating, matched, _), members) in senders {
            matched.iter().for_each(|peer| sent_by[*peer].push(places.senders.len()));
            let rules = || all_rules(policies, &isolating, Direction::Egress);
            let by_policies = (!isolating.is_empty())
                .then(|| rules().any(|rule| is_for_all_pods(rule) && rule.ports.is_none()));
            let (passage, is_mendable) = *free.entry((class, by_policies)).or_insert_with(|| {
                let workload = members.first().and_then(|it| world.workload(*it));
                let sends = |by_policies| {
                    workload.map_or(Passage::Shut, |it| network.sends_anywhere(it, by_policies))
                };
                (sends(by_policies), sends(Some(false)) == Passage::Shut)
            });
            let (is_free, is_sure) = (passage.may(), passage != Passage::Unknown);
            let free_ports = Vec::new();
            places.senders.push(Sender {
                members,
                class,
                by_policies,
                is_free,
                is_sure,
                is_mendable,
                free_ports,
            });
        }
        for ((_, class, isolating, matched, _), members) in receivers {
            matched.iter().for_each(|peer| received_by[*peer].push(places.receivers.len()));
            let Some(workload) = members.first().and_then(|it| world.workload(*it)) else {
                continue;
            };
            let ports = listening(world, workload);
            let rules = || all_rules(policies, &isolating, Direction::Ingress);
            let admits = |port: &Listening<'w>| {
                let is_admitting =
                    || rules().any(|rule| is_for_all_pods(rule) && has_port(rule, port));
                (!isolating.is_empty()).then(is_admitting)
            };
            let by_policies: Vec<Option<bool>> = ports.iter().map(admits).collect();
            // Senders of every kind are treated alike there.
            let is_stranger = *strangers.entry(class).or_insert_with(|| {
                !network.admin_class(workload).is_governed(Direction::Ingress)
                    && network.is_stranger(workload)
            });
            let mut is_open = |(port, by_policies): &(&Listening<'w>, &Option<bool>)| {
                by_policies.unwrap_or(true)
                    && is_stranger
                    && !*singled_out
                        .entry((port.protocol, port.port))
                        .or_insert_with(|| network.is_singled_out(port.protocol, port.port))
            };
            let open = ports.iter().zip(&by_policies).filter(|it| is_open(it));
            let open = open.map(|(port, _)| port.port).collect();
            places.receivers.push(Receiver { members, class, ports, open, by_policies });
        }
        places.free_ports(world);
        places.hubs = Hubs::new(world, &places.senders, &places.receivers, first_of_class);
        places.connect(world, (&ingress, &sent_by), (&egress, &received_by));
        places
    }

    /// Finds the ports on which senders that are not free may send to every pod.
    fn free_ports<'a: 'w>(&mut self, world: &World<'w, 'a>) {
        let known: BTreeSet<(&str, u16)> = self
            .receivers
            .iter()
            .flat_map(|it| &it.ports)
            .map(|port| (port.protocol, port.port))
            .collect();
        for sender in self.senders.iter_mut().filter(|it| !it.is_free) {
            let Some(workload) = sender.members.first().and_then(|it| world.workload(*it)) else {
                continue;
            };
            let rules: Vec<&Rule<'a>> = world
                .view
                .network()
                .selecting(workload)
                .flat_map(|it| it.rules(Direction::Egress).unwrap_or_default())
                .filter(|rule| is_for_all_pods(rule))
                .collect();
            if !rules.is_empty() {
                let free = known.iter().filter(|(protocol, port)| {
                    rules.iter().any(|rule| rule.includes_port(protocol, *port))
                });
                sender.free_ports = free.map(|(_, port)| *port).collect();
                sender.free_ports.dedup();
            }
        }
    }

    /// Finds which senders reach which ports of receivers that do not let everybody in, and what those reach that may
    /// only send to some.
    fn connect<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        (ingress, sent_by): (&Peers, &[Vec<usize>]),
        (egress, received_by): (&Peers, &[Vec<usize>]),
    ) {
        let network = world.view.network();
        let member = |members: &[u32]| members.first().and_then(|it| world.workload(*it));
        let mut pairs = BTreeSet::new();
        for (to, receiver) in self.receivers.iter().enumerate() {
            if receiver.ports.iter().all(|it| receiver.open.contains(&it.port)) {
                continue;
            }
            let Some(workload) = member(&receiver.members) else { continue };
            let peers = network.selecting(workload).flat_map(|it| ingress.named_by(it));
            pairs.extend(peers.flat_map(|peer| &sent_by[*peer]).map(|from| (*from, to)));
        }
        for (from, sender) in self.senders.iter().enumerate().filter(|(_, it)| !it.is_free) {
            let Some(workload) = member(&sender.members) else { continue };
            let peers = network.selecting(workload).flat_map(|it| egress.named_by(it));
            pairs.extend(peers.flat_map(|peer| &received_by[*peer]).map(|to| (from, *to)));
        }
        for (from, to) in pairs {
            let (sender, receiver) = (&self.senders[from], &self.receivers[to]);
            let (Some(source), Some(target)) = (member(&sender.members), member(&receiver.members))
            else {
                continue;
            };
            for it in &receiver.ports {
                let is_told = receiver.open.contains(&it.port)
                    && (sender.is_free || sender.free_ports.contains(&it.port));
                if is_told || self.hubs.lead((from, sender.class), (to, receiver.class), it.port) {
                    continue;
                }
                let passage = network.passage(world.view, source, target, it.protocol, it.port);
                if passage.may() {
                    let is_sure = self.between.entry((from, to, it.port)).or_default();
                    *is_sure |= passage == Passage::Open;
                }
            }
        }
    }
}

fn all_rules<'p, 'a>(
    policies: &'p [PolicyView<'a>],
    places: &'p [usize],
    direction: Direction,
) -> impl Iterator<Item = &'p Rule<'a>> {
    places.iter().flat_map(move |place| policies[*place].rules(direction).unwrap_or_default())
}

/// The clouds that a workload's nodes are machines of; of all nodes when its own are not known. Sorted.
fn clouds<'w, 'a: 'w>(world: &World<'w, 'a>, workload: &'w PodView<'a>) -> Vec<&'w str> {
    let own = world.nodes_of(workload);
    let own: BTreeSet<&'w str> = if own.is_empty() {
        world.nodes.values().filter_map(|it| it.cloud).collect()
    } else {
        own.iter().filter_map(|name| world.nodes.get(name)?.cloud).collect()
    };
    own.into_iter().collect()
}

/// The peers of all policies for a direction, those that are everybody aside, and the workloads that each is.
struct Peers {
    count: usize,
    by_workload: HashMap<u32, Vec<usize>>,
    by_policy: HashMap<usize, Vec<usize>>,
}

impl Peers {
    fn new<'w, 'a: 'w>(world: &World<'w, 'a>, direction: Direction) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut by_workload: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut by_policy: HashMap<usize, Vec<usize>> = HashMap::new();
        for policy in &world.view.network().policies {
            let rules = policy.rules(direction).unwrap_or_default().iter();
            for peer in rules.flat_map(|rule| rule.peers.iter().flatten()) {
                let Peer::Pods { namespaces, pods } = peer else { continue };
                if is_everybody(peer) {
                    continue;
                }
                // Many policies name the same peers; each is looked for once.
                let own = if namespaces.is_none() { policy.namespace } else { "" };
                let count = known.len();
                let number =
                    *known.entry(format!("{own}/{namespaces:?}/{pods:?}")).or_insert_with(|| {
                        let found = matching(world, policy.namespace, namespaces.as_ref(), pods);
                        found.for_each(|it| by_workload.entry(it).or_default().push(count));
                        count
                    });
                by_policy.entry(std::ptr::from_ref(policy).addr()).or_default().push(number);
            }
        }
        Self { count: known.len(), by_workload, by_policy }
    }

    /// The peers that a workload is, ascending.
    fn of(&self, workload: u32) -> Vec<usize> {
        self.by_workload.get(&workload).cloned().unwrap_or_default()
    }

    /// The peers that a policy names.
    fn named_by(&self, policy: &PolicyView<'_>) -> &[usize] {
        let found = self.by_policy.get(&std::ptr::from_ref(policy).addr());
        found.map(Vec::as_slice).unwrap_or_default()
    }
}

/// The workloads that a peer selects; those on their nodes' network are none for selectors.
fn matching<'s, 'w, 'a: 'w>(
    world: &'s World<'w, 'a>,
    own: &'s str,
    namespaces: Option<&'s LabelSelector<'a>>,
    pods: &'s LabelSelector<'a>,
) -> impl Iterator<Item = u32> + use<'s, 'w, 'a> {
    let is_meant = move |name: &&'w str| match namespaces {
        None => *name == own,
        Some(selector) => {
            let object = world.view.find(Kind::Namespace, "", name);
            let labels = Labels::of_namespace(name, object.map(|it| &it.root));
            selector.holds(|key| labels.get(key))
        }
    };
    let numbers = world.namespaces.iter().copied().filter(is_meant).flat_map(|it| world.within(it));
    numbers.copied().filter(move |number| {
        world.workload(*number).is_some_and(|it| {
            let labels = Labels::of(it.metadata);
            !is_on_host_network(it) && pods.holds(|key| labels.get(key))
        })
    })
}
