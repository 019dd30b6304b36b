//! The pods that services without a selector send to, by the addresses that their endpoints name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::fields::Fields;
use super::super::inventory::InventoryView;
use super::super::network::is_on_host_network;
use super::super::placement::owner;
use super::super::pod::PodView;
use super::super::ports::PortName;

/// A port of an endpoint: the name it has in the service, protocol, number.
pub(super) type Port<'a> = (&'a str, &'a str, u16);

/// What services without a selector send to.
#[derive(Debug, Default)]
pub(super) struct Endpoints<'a> {
    /// By the address of the pod's object in memory: services with the ports that their endpoints name.
    by_pod: HashMap<usize, Vec<(&'a Object, BTreeSet<Port<'a>>)>>,
}

/// Services that name an address, with its ports.
type ByAddress<'a> = HashMap<(&'a str, &'a str), BTreeMap<usize, (&'a Object, BTreeSet<Port<'a>>)>>;

impl<'a> Endpoints<'a> {
    pub(super) fn new(view: &InventoryView<'a>) -> Self {
        let services = view.services().unselective();
        let services: HashMap<(&'a str, &'a str), &'a Object> =
            services.map(|it| ((view.namespace_of(it), it.name()), it)).collect();
        let mut endpoints = Self::default();
        if services.is_empty() {
            return endpoints;
        }
        let named = named(view, &services);
        if named.is_empty() {
            return endpoints;
        }
        for object in view.of_kind(Kind::Pod) {
            let addresses = object.root.path(&["status", "podIPs"]).and_then(Node::as_sequence);
            let addresses = addresses.unwrap_or_default().iter();
            let namespace = view.namespace_of(object);
            for address in addresses.filter_map(|it| it.get("ip")?.as_str()) {
                let Some(senders) = named.get(&(namespace, address)) else { continue };
                let pod = view.pod_of(object).or_else(|| view.pod_of(owner(view, object)));
                // The address of a pod on its node's network is the node's.
                let Some(pod) = pod.filter(|pod| !is_on_host_network(pod)) else { continue };
                let key = std::ptr::from_ref(pod.object).addr();
                let of_pod = endpoints.by_pod.entry(key).or_default();
                for (service, ports) in senders.values() {
                    match of_pod.iter_mut().find(|(known, _)| std::ptr::eq(*known, *service)) {
                        Some((_, known)) => known.extend(ports),
                        None => of_pod.push((service, ports.clone())),
                    }
                }
            }
        }
        endpoints
    }

    /// The services whose endpoints name a pod.
    pub(super) fn services_of<'s>(
        &'s self,
        pod: &PodView<'a>,
    ) -> impl Iterator<Item = &'a Object> + use<'s, 'a> {
        self.of(pod).iter().map(|(service, _)| *service)
    }

    /// The ports of a pod that the endpoints of a service name.
    pub(super) fn ports_of(&self, pod: &PodView<'a>, service: &Object) -> Vec<Port<'a>> {
        let is_it = |it: &&(&'a Object, BTreeSet<Port<'a>>)| std::ptr::eq(it.0, service);
        self.of(pod).iter().find(is_it).map(|it| it.1.iter().copied().collect()).unwrap_or_default()
    }

    fn of(&self, pod: &PodView<'a>) -> &[(&'a Object, BTreeSet<Port<'a>>)] {
        let key = std::ptr::from_ref(pod.object).addr();
        self.by_pod.get(&key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The endpoints' ports that a route leads to; endpoints call a port as the service does.
pub(super) fn wanted<'a>(
    service: &'a Object,
    named: Vec<Port<'a>>,
    wanted: Option<PortName<'a>>,
) -> impl Iterator<Item = (&'a str, u16)> {
    let ports = service.root.path(&["spec", "ports"]).and_then(Node::as_sequence);
    let ports = ports.unwrap_or_default();
    let text = |port: &'a Node, key| port.get(key).and_then(Node::as_str);
    let is_served = move |(name, protocol, number): &Port<'a>| {
        ports.iter().any(|port| {
            let is_it = text(port, "name").unwrap_or_default() == *name
                && text(port, "protocol").unwrap_or("TCP") == *protocol;
            is_it
                && match wanted {
                    None => true,
                    Some(PortName::Name(wanted)) => *name == wanted,
                    Some(PortName::Target(wanted)) => i64::from(*number) == wanted,
                    Some(PortName::Number(wanted)) => {
                        port.get("port").and_then(Node::as_i64) == Some(wanted)
                    }
                }
        })
    };
    named.into_iter().filter(is_served).map(|(_, protocol, number)| (protocol, number))
}

/// What slices and endpoints name of the services.
fn named<'a>(
    view: &InventoryView<'a>,
    services: &HashMap<(&'a str, &'a str), &'a Object>,
) -> ByAddress<'a> {
    let mut named = ByAddress::new();
    let mut add = |namespace: &'a str, service: &'a Object, address: &'a str, ports: &'a [Node]| {
        let key = std::ptr::from_ref(service).addr();
        let senders = named.entry((namespace, address)).or_default();
        let known = &mut senders.entry(key).or_insert_with(|| (service, BTreeSet::new())).1;
        known.extend(ports.iter().filter_map(port));
    };
    for slice in view.of_kind(Kind::EndpointSlice) {
        let namespace = view.namespace_of(slice);
        let name = slice.root.path(&["metadata", "labels", "kubernetes.io/service-name"]);
        let name = name.and_then(Node::as_str).unwrap_or_default();
        let Some(service) = services.get(&(namespace, name)) else { continue };
        for endpoint in items(&slice.root, "endpoints") {
            // What is not ready gets nothing; what does not say is.
            let ready = Fields::of(endpoint).path(&["conditions", "ready"]).node();
            if ready.and_then(Node::as_bool) == Some(false) {
                continue;
            }
            for address in items(endpoint, "addresses").iter().filter_map(Node::as_str) {
                add(namespace, service, address, items(&slice.root, "ports"));
            }
        }
    }
    for object in view.of_kind(Kind::Endpoints) {
        let namespace = view.namespace_of(object);
        let Some(service) = services.get(&(namespace, object.name())) else { continue };
        for subset in items(&object.root, "subsets") {
            for address in items(subset, "addresses").iter().filter_map(|it| it.get("ip")?.as_str())
            {
                add(namespace, service, address, items(subset, "ports"));
            }
        }
    }
    named
}

fn port(node: &Node) -> Option<Port<'_>> {
    let text = |key| node.get(key).and_then(Node::as_str);
    let number = u16::try_from(node.get("port")?.as_i64()?).ok()?;
    Some((text("name").unwrap_or_default(), text("protocol").unwrap_or("TCP"), number))
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}
