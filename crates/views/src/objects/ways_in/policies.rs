//! Whether network policies let in what comes from the internet, by itself or through a proxy.

use std::net::{IpAddr, Ipv4Addr};

use super::super::exposure::Way;
use super::super::image::ImageReference;
use super::super::inventory::InventoryView;
use super::super::network::Passage;
use super::super::network_policy::{Direction, Peer};
use super::super::pod::{ContainerList, PodView};
use super::super::ports::Listening;
use super::{Gate, WaysIn, is_by_proxy};

/// The proxies behind Ingresses, routes and gateways, by the images that their projects publish.
const PROXIES: &[&str] = &[
    "ingress-nginx/controller",
    "ingress-nginx/controller-chroot",
    "nginx/nginx-ingress",
    "traefik",
    "traefik/traefik",
    "haproxytech/kubernetes-ingress",
    "jcmoraisjr/haproxy-ingress",
    "cilium/cilium-envoy",
    "kong",
    "kong/kong",
    "kong/kong-gateway",
    "emissary-ingress/emissary",
    "apache/apisix",
];

/// Proxies that stand beside other programs as well; then they are no gateway.
const SIDECARS: &[&str] = &["envoyproxy/envoy", "istio/proxyv2"];

/// Where OpenShift's routers are, whose images have no names of their own.
const ROUTERS: &str = "openshift-ingress";

/// Addresses of the ranges from which Google's load balancers ask, 130.211.0.0/22 and 35.191.0.0/16.
const GOOGLE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(130, 211, 0, 1)), IpAddr::V4(Ipv4Addr::new(35, 191, 0, 1))];

impl<'a> WaysIn<'a> {
    /// Whether the policies of a pod let in what comes by a way to a port.
    ///
    /// Whether a policy sees the address of the client or that of the node that passed the packet on is not defined by
    /// Kubernetes: a policy that lets in addresses of nodes alone counts as shutting a load balancer of packets.
    pub(super) fn passage(
        &self,
        view: &InventoryView<'a>,
        pod: &PodView<'a>,
        way: Way,
        gate: Gate<'a>,
        port: &Listening<'a>,
    ) -> Passage {
        let network = view.network();
        let direct = network.ingress_from_internet(pod, port.protocol, port.port);
        if direct == Passage::Open || !is_by_proxy(way) {
            return direct;
        }
        if gate.is_outside {
            // The cloud's proxy has addresses where the nodes have theirs.
            let addresses = network.node_addresses.iter().chain(&GOOGLE);
            let from = |it: &IpAddr| network.ingress_from(pod, *it, port.protocol, port.port);
            return Passage::any(addresses.map(from).chain([direct]));
        }
        let is_meant =
            |proxy: &&PodView<'a>| way != Way::OpenShiftRoute || proxy.namespace == ROUTERS;
        let mut proxies = self.proxies(view).filter(is_meant).peekable();
        if proxies.peek().is_none() {
            return Passage::any([direct, from_elsewhere(view, pod, port)]);
        }
        let from = |it: &PodView<'a>| network.passage(view, it, pod, port.protocol, port.port);
        Passage::any(proxies.map(from).chain([direct]))
    }

    fn proxies<'v>(&'v self, view: &'v InventoryView<'a>) -> impl Iterator<Item = &'v PodView<'a>> {
        let places = self.proxies.get_or_init(|| {
            let is_it = |pod: &PodView<'a>| {
                // They have to be reached themselves.
                (is_proxy(pod) || pod.namespace == ROUTERS)
                    && !self.find(view, pod, false).is_empty()
            };
            let pods = view.pods.iter().enumerate();
            pods.filter(|(_, pod)| is_it(pod)).map(|(place, _)| place).collect()
        });
        places.iter().map(|place| &view.pods[*place])
    }
}

/// Whether a proxy that is not known gets through, which is in a namespace of its own.
fn from_elsewhere<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
    port: &Listening<'a>,
) -> Passage {
    let network = view.network();
    let policies = network.selecting(pod);
    let mut rules = policies.flat_map(|it| it.rules(Direction::Ingress).unwrap_or_default());
    let is_source = |peer: &Peer<'_>| matches!(peer, Peer::Pods { namespaces: Some(_), .. });
    let is_let_in = rules.any(|rule| {
        rule.includes_port_of(port.protocol, port.port, pod)
            && rule.peers.iter().flatten().any(is_source)
    });
    match (is_let_in, network.admin_class(pod).is_governed(Direction::Ingress)) {
        (true, false) => Passage::Open,
        (true, true) => Passage::Unknown,
        (false, _) => network.by_default(pod, Direction::Ingress),
    }
}

fn is_proxy(pod: &PodView<'_>) -> bool {
    let regular = || pod.containers.iter().filter(|it| it.list == ContainerList::Regular);
    let is_among = |node: &merlon_yaml::Node, names: &[&str]| {
        let image = node.get("image").and_then(|it| it.as_str()).and_then(ImageReference::parse);
        image.is_some_and(|image| names.iter().any(|name| image.is_copy_of(name)))
    };
    regular().any(|it| is_among(it.node, PROXIES))
        || regular().next().is_some() && regular().all(|it| is_among(it.node, SIDECARS))
}
