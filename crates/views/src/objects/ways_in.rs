//! The ways from the internet to the containers of a pod.
//!
//! A way is an address on the internet, or one of which nothing tells that it is not, from which packets or requests of
//! anybody get to a container's port: through a load balancer, a proxy or a port of a node, and past the pod's network
//! policies. Where the objects cannot tell, the way counts and says so.

mod endpoints;
mod ingress;
mod istio;
mod nodes;
mod parents;
mod policies;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::addresses::{Ranges, has_public_status, is_public_text};
use super::exposure::{Exposure, Reach, Way};
use super::fields::Fields;
use super::inventory::InventoryView;
use super::network::{Passage, is_on_host_network};
use super::place::{Place, place};
use super::pod::{ContainerView, PodView};
use super::ports::{Listening, PortName, at, behind, declarations};

use endpoints::Endpoints;
use istio::IstioGateways;
use nodes::{Nodes, Standing};

/// A way from the internet to a container.
#[derive(Clone, Copy, Debug)]
pub struct WayIn<'a> {
    /// What opens it, and where.
    pub exposure: Exposure<'a>,
    /// The container's place among those of its pod.
    pub container: u32,
    /// Whether its addresses may be inner ones, as nothing tells of the nodes' addresses.
    pub is_doubtful: bool,
    /// What may shut it, by words that are not for us.
    pub unread: Option<Unread<'a>>,
}

/// What may shut a way, and cannot be told to.
#[derive(Clone, Copy, Debug)]
pub enum Unread<'a> {
    /// A network policy: of a kind that its plugin alone understands, or one of which nobody can tell what it says.
    Policy(&'a Object),
    /// A setting of the proxy whose content stands elsewhere, in this object.
    Setting(&'a Object, &'a Node),
}

impl<'a> WayIn<'a> {
    /// The container that it leads to, of the pod that it was looked up for.
    #[must_use]
    pub fn container_of<'v>(&self, pod: &'v PodView<'a>) -> Option<&'v ContainerView<'a>> {
        pod.containers.get(usize::try_from(self.container).ok()?)
    }

    /// Whether it ends at a port of a node, before which firewalls mostly stand.
    #[must_use]
    pub fn is_of_node(&self) -> bool {
        matches!(self.exposure.way, Way::NodePort | Way::HostPort | Way::HostNetwork)
    }
}

/// What of the inventory lies between the internet and services, looked up once.
#[derive(Debug)]
pub(super) struct WaysIn<'a> {
    nodes: Nodes<'a>,
    endpoints: Endpoints<'a>,
    /// The gates of routes and Ingresses, by their places in the inventory.
    gates: HashMap<usize, Gate<'a>>,
    /// The proxies of the cluster that are reached themselves, by their places among the pods.
    proxies: OnceLock<Vec<usize>>,
}

/// Whether a proxy lets anybody through to what is behind it.
#[derive(Clone, Copy, Debug)]
struct Gate<'a> {
    is_open: bool,
    unread: Option<Unread<'a>>,
    /// Whether it is the cloud's, so that requests come from the nodes' network and no pod.
    is_outside: bool,
}

impl<'a> Gate<'a> {
    const OPEN: Self = Self { is_open: true, unread: None, is_outside: false };
    const SHUT: Self = Self { is_open: false, ..Self::OPEN };

    fn open_if(is_open: bool) -> Self {
        Self { is_open, ..Self::OPEN }
    }

    fn unless(object: &'a Object, setting: Option<&'a Node>) -> Self {
        Self { unread: setting.map(|node| Unread::Setting(object, node)), ..Self::OPEN }
    }
}

impl<'a> InventoryView<'a> {
    /// The ways from the internet to the containers of a pod that go on running: one for each container and object that
    /// opens one.
    ///
    /// None for a port that nothing declares and nothing sends to: nothing tells that anybody listens there.
    #[must_use]
    pub fn ways_in(&self, pod: &PodView<'a>) -> Vec<WayIn<'a>> {
        self.internet().find(self, pod, true)
    }
}

impl<'a> WaysIn<'a> {
    pub(super) fn new(view: &InventoryView<'a>) -> Self {
        let mut ways = Self {
            nodes: Nodes::new(view),
            endpoints: Endpoints::new(view),
            gates: HashMap::new(),
            proxies: OnceLock::new(),
        };
        let istio = IstioGateways::new(view, |pod| !ways.find(view, pod, false).is_empty());
        for exposure in view.services().all_exposures() {
            let object = exposure.object;
            let Some(place) = view.position(object).filter(|it| !ways.gates.contains_key(it))
            else {
                continue;
            };
            let gate = match exposure.way {
                Way::Ingress => ingress::gate(view, object),
                Way::Gateway => Gate::open_if(parents::are_open(view, object)),
                Way::IstioGateway => istio.gate(view, object),
                Way::OpenShiftRoute => open_shift_gate(object),
                _ => continue,
            };
            ways.gates.insert(place, gate);
        }
        ways
    }

    /// The ways to a pod; those of proxies alone where that is what is looked for.
    fn find(
        &self,
        view: &InventoryView<'a>,
        pod: &PodView<'a>,
        with_routes: bool,
    ) -> Vec<WayIn<'a>> {
        let mut found: Vec<WayIn<'a>> = Vec::new();
        let mut told: HashSet<(u32, usize)> = HashSet::new();
        // Many routes may lead to one port.
        let mut passages: BTreeMap<(Way, bool, &'a str, u16), Passage> = BTreeMap::new();
        let mut add = |exposure: &Exposure<'a>, gate: Gate<'a>, standing, port: &Listening<'a>| {
            let key = (exposure.way, gate.is_outside, port.protocol, port.port);
            let passage = *passages
                .entry(key)
                .or_insert_with(|| self.passage(view, pod, exposure.way, gate, port));
            let object = std::ptr::from_ref(exposure.object).addr();
            if passage == Passage::Shut || !told.insert((port.container, object)) {
                return;
            }
            let policy = match passage {
                // Policies act on no pod of its node's network.
                _ if exposure.way == Way::HostNetwork => None,
                Passage::Open | Passage::Shut => view.network().other_policy(pod.namespace),
                Passage::Unknown => view.network().undecided_policy(pod),
            };
            found.push(WayIn {
                exposure: *exposure,
                container: port.container,
                is_doubtful: standing == Standing::Unknown,
                unread: gate.unread.or(policy.map(Unread::Policy)),
            });
        };
        let services = view.services();
        for service in services.selecting(pod).chain(self.endpoints.services_of(pod)) {
            for exposure in services.exposures(pod.namespace, service.name()) {
                if is_by_proxy(exposure.way) && !with_routes {
                    continue;
                }
                let (gate, standing) = (self.gate(view, exposure), self.standing(pod, exposure));
                if !gate.is_open || standing == Standing::Inner {
                    continue;
                }
                for port in self.ports(pod, service, exposure.port) {
                    if !is_by_proxy(exposure.way) || is_spoken(exposure.object, &port) {
                        add(exposure, gate, standing, &port);
                    }
                }
            }
        }
        for (exposure, port) in own_exposures(pod) {
            let standing = self.standing(pod, &exposure);
            if standing != Standing::Inner {
                add(&exposure, Gate::OPEN, standing, &port);
            }
        }
        found
    }

    /// What of a pod a service sends to.
    fn ports(
        &self,
        pod: &PodView<'a>,
        service: &'a Object,
        wanted: Option<PortName<'a>>,
    ) -> Vec<Listening<'a>> {
        let mut found = behind(pod, service, wanted.as_slice());
        let named = self.endpoints.ports_of(pod, service);
        if !named.is_empty() {
            found.clear();
            let targets = endpoints::wanted(service, named, wanted);
            found.extend(targets.flat_map(|(protocol, port)| at(pod, protocol, port)));
        }
        found
    }

    /// Whether those get through whom the internet holds, as far as load balancer and proxy are concerned.
    fn gate(&self, view: &InventoryView<'a>, exposure: &Exposure<'a>) -> Gate<'a> {
        let object = exposure.object;
        match exposure.way {
            Way::LoadBalancer => {
                Gate::open_if(exposure.reach == Reach::Anywhere && has_public_status(object))
            }
            Way::ExternalAddress => {
                let Place::Node(node) = exposure.place else { return Gate::SHUT };
                let mut addresses = node.as_sequence().unwrap_or_default().iter();
                Gate::open_if(addresses.any(|it| it.as_str().is_some_and(is_public_text)))
            }
            Way::NodePort | Way::HostPort | Way::HostNetwork => Gate::OPEN,
            Way::Ingress | Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute => {
                let place = view.position(object);
                place.and_then(|place| self.gates.get(&place)).copied().unwrap_or(Gate::SHUT)
            }
        }
    }

    /// Whether the nodes whose ports a way is of are on the internet.
    fn standing(&self, pod: &PodView<'a>, exposure: &Exposure<'a>) -> Standing {
        match exposure.way {
            Way::HostPort | Way::HostNetwork => self.nodes.of_pod(pod),
            Way::NodePort => {
                let spec = Fields::of(&exposure.object.root).get("spec");
                let text = |key| spec.get(key).node().and_then(Node::as_str);
                // Then nodes without such a pod do not answer.
                let is_local = text("externalTrafficPolicy") == Some("Local");
                let standing =
                    if is_local { self.nodes.of_pod(pod) } else { self.nodes.of_cluster() };
                // Where nodes are not known, a load balancer is what people meant.
                let is_balanced = text("type") == Some("LoadBalancer");
                if is_balanced && standing == Standing::Unknown {
                    return Standing::Inner;
                }
                standing
            }
            _ => Standing::Public,
        }
    }
}

/// Whether requests come by a proxy, which has an address of its own.
fn is_by_proxy(way: Way) -> bool {
    matches!(way, Way::Ingress | Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute)
}

/// Whether proxies of a route's kind speak a port's protocol.
fn is_spoken(route: &Object, port: &Listening<'_>) -> bool {
    let is_udp = route.root.get("kind").and_then(Node::as_str) == Some("UDPRoute");
    port.protocol == if is_udp { "UDP" } else { "TCP" }
}

/// The ports of its nodes that a pod takes itself.
fn own_exposures<'a>(pod: &PodView<'a>) -> Vec<(Exposure<'a>, Listening<'a>)> {
    let exposure = |way, place| {
        let reach = Reach::Anywhere;
        Exposure { way, reach, object: pod.object, place, port: None }
    };
    if is_on_host_network(pod) {
        let own = exposure(Way::HostNetwork, place(pod.spec, &["hostNetwork"]));
        return declarations(pod).map(|(port, _)| (own, port)).collect();
    }
    let of_host = declarations(pod).filter_map(|(port, node)| {
        let number = node.get("hostPort")?;
        let ip = node.get("hostIP").and_then(Node::as_str).unwrap_or_default();
        let ip: Option<std::net::IpAddr> = ip.parse().ok();
        // One address of the node: where that is an inner one, so is the port.
        let is_inner =
            ip.is_some_and(|ip| !ip.is_unspecified() && !super::addresses::is_public(ip));
        let is_it = number.as_i64().is_some_and(|it| it != 0) && !is_inner;
        is_it.then(|| (exposure(Way::HostPort, Place::Node(number)), port))
    });
    of_host.collect()
}

/// Lists of who may come to a Route, apart by blanks.
const ROUTE_LISTS: &[&str] =
    &["haproxy.router.openshift.io/ip_allowlist", "haproxy.router.openshift.io/ip_whitelist"];

fn open_shift_gate(route: &Object) -> Gate<'_> {
    let annotation = |key: &&str| route.root.path(&["metadata", "annotations", key])?.as_str();
    let list = ROUTE_LISTS.iter().find_map(annotation);
    Gate::open_if(list.is_none_or(|list| Ranges::of(list.split_whitespace()).has_anybody()))
}
