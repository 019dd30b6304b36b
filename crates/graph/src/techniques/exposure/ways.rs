//! Which of the ways from outside are ways from the internet, and to which containers they lead.

use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::objects::{Cidr, Exposure, ImageReference, Place, PodView, Reach, Way};
use merlon_yaml::Node;

use crate::techniques::network::ports::{Listening, PortName, behind, declared};
use crate::techniques::network::rules::admits_internet;
use crate::world::World;

/// One way from the internet to a container.
#[derive(Clone, Copy, Debug)]
pub(super) struct WayIn<'w> {
    pub exposure: Exposure<'w>,
    /// The container's place in the workload.
    pub container: u32,
}

/// What of the cluster lies at the internet.
pub(super) struct Internet<'w, 'a> {
    /// Whether nodes have addresses there; unknown ones count.
    has_nodes: bool,
    /// The proxies that Ingresses and gateways are served by, as far as they run in the cluster.
    proxies: Vec<&'w PodView<'a>>,
}

/// The proxies behind Ingresses, routes and gateways, by the images that their projects publish.
const PROXIES: &[&str] = &[
    "ingress-nginx/controller",
    "ingress-nginx/controller-chroot",
    "nginx/nginx-ingress",
    "traefik",
    "traefik/traefik",
    "haproxytech/kubernetes-ingress",
    "jcmoraisjr/haproxy-ingress",
    "envoyproxy/envoy",
    "istio/proxyv2",
    "cilium/cilium-envoy",
    "kong",
    "kong/kong",
    "kong/kong-gateway",
    "emissary-ingress/emissary",
    "apache/apisix",
];

impl<'w, 'a: 'w> Internet<'w, 'a> {
    /// Looks at the nodes' addresses and for proxies.
    pub(super) fn of(world: &World<'w, 'a>) -> Self {
        let addresses = &world.view.network().node_addresses;
        let has_nodes = addresses.is_empty() || addresses.iter().any(|it| is_public(*it));
        let mut internet = Self { has_nodes, proxies: Vec::new() };
        let proxies = world.workloads().map(|(_, it)| it).filter(|it| is_proxy(it));
        // They have to be at the internet themselves.
        let exposed = proxies.filter(|it| !internet.ways_to(world, it).is_empty());
        internet.proxies = exposed.collect();
        internet
    }

    /// The ways to a workload's containers.
    pub(super) fn ways_to(
        &self,
        world: &World<'w, 'a>,
        workload: &'w PodView<'a>,
    ) -> Vec<WayIn<'w>> {
        let mut found = Vec::new();
        let services = world.view.services();
        for service in services.selecting(workload) {
            for exposure in services.exposures(workload.namespace, service.name()) {
                if exposure.reach != Reach::Anywhere || !self.is_public(world, exposure) {
                    continue;
                }
                let wanted = wanted_ports(exposure, service);
                // What is wanted and not written in a way that is understood leads nowhere.
                let Some(wanted) = wanted else { continue };
                for port in arrivals(workload, service, exposure, &wanted) {
                    if self.is_admitted(world, workload, exposure.way, &port) {
                        found.push(WayIn { exposure: *exposure, container: port.container });
                    }
                }
            }
        }
        for exposure in services.pod_exposures(workload) {
            if !matches!(exposure.way, Way::HostPort | Way::HostNetwork) || !self.has_nodes {
                continue;
            }
            for port in declared(workload) {
                let is_it = exposure.way == Way::HostNetwork
                    || is_host_port(workload, &port, exposure.place);
                if is_it && self.is_admitted(world, workload, exposure.way, &port) {
                    found.push(WayIn { exposure, container: port.container });
                }
            }
        }
        found.dedup_by_key(|it| (it.container, std::ptr::from_ref(it.exposure.object)));
        found
    }

    /// Whether policies let in what comes by a way: packets from anywhere, or those of a proxy.
    fn is_admitted(
        &self,
        world: &World<'w, 'a>,
        workload: &'w PodView<'a>,
        way: Way,
        port: &Listening<'_>,
    ) -> bool {
        let by_proxy =
            matches!(way, Way::Ingress | Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute);
        let (network, view) = (world.view.network(), world.view);
        way == Way::HostNetwork
            || admits_internet(world, workload, port)
            || by_proxy
                && self
                    .proxies
                    .iter()
                    .any(|proxy| network.allows(view, proxy, workload, port.protocol, port.port))
    }

    /// Whether an exposure's addresses are on the internet, as far as the objects tell; unknown ones count.
    fn is_public(&self, world: &World<'w, 'a>, exposure: &Exposure<'_>) -> bool {
        let object = exposure.object;
        match exposure.way {
            Way::NodePort | Way::HostPort | Way::HostNetwork => self.has_nodes,
            Way::LoadBalancer => has_public_status(object),
            Way::ExternalAddress => {
                let Place::Node(node) = exposure.place else { return false };
                let mut addresses = node.as_sequence().unwrap_or_default().iter();
                addresses.any(|it| it.as_str().is_some_and(is_public_text))
            }
            Way::Ingress => has_public_status(object) && is_open_ingress(object),
            Way::Gateway => has_public_gateway(world, object),
            Way::IstioGateway | Way::OpenShiftRoute => true,
        }
    }
}

/// Whether an address is one of the internet's.
pub(in crate::techniques) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let [first, second, ..] = it.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            !(it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_unspecified()
                || it.is_multicast()
                || is_shared)
        }
        IpAddr::V6(it) => {
            let first = it.segments()[0];
            let is_local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            !(is_local || it.is_loopback() || it.is_unspecified() || it.is_multicast())
        }
    }
}

fn is_public_text(text: &str) -> bool {
    text.parse().is_ok_and(is_public)
}

/// Whether the load balancer's addresses may be on the internet; those that are not known yet may.
fn has_public_status(object: &Object) -> bool {
    let status = object.root.path(&["status", "loadBalancer", "ingress"]);
    let entries = status.and_then(Node::as_sequence).unwrap_or_default();
    let text = |node: &'_ Node, key| node.get(key).and_then(Node::as_str).map(str::to_owned);
    entries.is_empty()
        || entries.iter().any(|entry| match (text(entry, "ip"), text(entry, "hostname")) {
            // How AWS names load balancers of inner networks.
            (_, Some(hostname)) => !hostname.starts_with("internal-"),
            (Some(ip), None) => is_public_text(&ip),
            (None, None) => true,
        })
}

/// Annotations by which a proxy asks for a login first.
const LOGINS: &[&str] = &[
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "alb.ingress.kubernetes.io/auth-type",
];

/// Annotations that list who may come.
const LISTS: &[&str] = &[
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy.org/allow-list",
    "haproxy-ingress.github.io/allowlist-source-range",
];

/// Whether the Ingress lets anybody in, without a login, to a load balancer that is not of an inner network.
fn is_open_ingress(object: &Object) -> bool {
    let annotation = |key: &str| object.root.path(&["metadata", "annotations"])?.get(key)?.as_str();
    let class = object.root.path(&["spec", "ingressClassName"]).and_then(Node::as_str);
    let class = class.or_else(|| annotation("kubernetes.io/ingress.class"));
    // The AWS Load Balancer Controller's default is `internal`.
    let scheme = annotation("alb.ingress.kubernetes.io/scheme");
    let is_internal = match class {
        Some("alb") => scheme != Some("internet-facing"),
        Some("gce-internal") => true,
        _ => scheme == Some("internal"),
    };
    let has_login = LOGINS.iter().any(|key| annotation(key).is_some_and(|it| it != "none"));
    let everybody = |range: &str| Cidr::parse(range.trim()).is_none_or(Cidr::is_everything);
    let is_listed =
        LISTS.iter().any(|key| annotation(key).is_some_and(|it| !it.split(',').any(everybody)));
    !is_internal && !has_login && !is_listed
}

/// Classes of gateways of inner networks.
const INNER_CLASSES: &[&str] =
    &["gke-l7-rilb", "gke-l7-rilb-mc", "gke-l7-cross-regional-internal-managed-mc"];

/// Whether one of a route's gateways may be on the internet; gateways that are not known may.
fn has_public_gateway(world: &World<'_, '_>, route: &Object) -> bool {
    let parents = route.root.path(&["spec", "parentRefs"]).and_then(Node::as_sequence);
    parents.unwrap_or_default().iter().any(|parent| {
        let text = |key| parent.get(key).and_then(Node::as_str);
        match text("kind") {
            None | Some("Gateway") => {}
            Some("ListenerSet") => return true,
            Some(_) => return false,
        }
        let own = route.namespace().unwrap_or("default");
        let namespace = text("namespace").unwrap_or(own);
        let gateway = world.view.find(Kind::Gateway, namespace, text("name").unwrap_or_default());
        let Some(gateway) = gateway else { return !world.view.is_complete(Kind::Gateway) };
        let class = gateway.root.path(&["spec", "gatewayClassName"]).and_then(Node::as_str);
        let status = gateway.root.path(&["status", "addresses"]).and_then(Node::as_sequence);
        let mut known =
            status.unwrap_or_default().iter().filter_map(|it| it.get("value")?.as_str());
        let all_private = status.is_some_and(|it| !it.is_empty())
            && known.all(|it| it.parse().is_ok_and(|address| !is_public(address)));
        !all_private && !class.is_some_and(|it| INNER_CLASSES.contains(&it))
    })
}

/// The ports of a service that a way leads to; no name in the list stands for all, `None` for no port at all.
fn wanted_ports<'w>(exposure: &Exposure<'w>, service: &Object) -> Option<Vec<PortName<'w>>> {
    let root = &exposure.object.root;
    match exposure.way {
        Way::Ingress | Way::Gateway | Way::IstioGateway => {
            let mut found = Vec::new();
            backend_ports(root.get("spec")?, service.name(), &mut found);
            (!found.is_empty()).then(|| found.into_iter().flatten().collect())
        }
        // Its port is the target's, see `arrivals`.
        _ => Some(Vec::new()),
    }
}

/// Collects the ports of a service that backends below a node name; `None` for a backend without one.
fn backend_ports<'w>(node: &'w Node, service: &str, found: &mut Vec<Option<PortName<'w>>>) {
    if node.as_mapping().is_some() {
        let text = |key| node.get(key).and_then(Node::as_str);
        let host = text("host").and_then(|it| it.split('.').next());
        if [text("name"), text("serviceName"), host].contains(&Some(service)) {
            let port = node.get("port").or_else(|| node.get("servicePort"));
            let inner = |it: &'w Node| it.get("number").or_else(|| it.get("name"));
            found.push(port.and_then(|it| PortName::of(inner(it).unwrap_or(it))));
        }
    }
    let entries = node.as_mapping().map(|it| it.entries()).unwrap_or_default();
    entries.iter().for_each(|entry| backend_ports(&entry.value, service, found));
    let items = node.as_sequence().unwrap_or_default();
    items.iter().for_each(|item| backend_ports(item, service, found));
}

fn arrivals<'w, 'a: 'w>(
    workload: &'w PodView<'a>,
    service: &'w Object,
    exposure: &Exposure<'w>,
    wanted: &[PortName<'_>],
) -> Vec<Listening<'w>> {
    let target = exposure.object.root.path(&["spec", "port", "targetPort"]);
    match (exposure.way, target.and_then(PortName::of)) {
        // A Route names the service's port by its name, or the pods' by its number.
        (Way::OpenShiftRoute, Some(name @ PortName::Name(_))) => behind(workload, service, &[name]),
        (Way::OpenShiftRoute, Some(PortName::Number(number))) => {
            let all = behind(workload, service, &[]).into_iter();
            all.filter(|it| i64::from(it.port) == number).collect()
        }
        _ => behind(workload, service, wanted),
    }
}

/// Whether a declared port is the one that stands at a place, which is its `hostPort`.
fn is_host_port(workload: &PodView<'_>, port: &Listening<'_>, place: Place<'_>) -> bool {
    let Place::Node(wanted) = place else { return false };
    let at = usize::try_from(port.container).ok();
    let container = at.and_then(|at| workload.containers.get(at));
    let ports = container.and_then(|it| it.node.get("ports")?.as_sequence()).unwrap_or_default();
    ports.iter().any(|node| {
        node.get("hostPort").is_some_and(|it| std::ptr::eq(it, wanted))
            && node.get("containerPort").and_then(Node::as_i64) == Some(i64::from(port.port))
    })
}

fn is_proxy(workload: &PodView<'_>) -> bool {
    workload.containers.iter().any(|container| {
        let image = container.node.get("image").and_then(Node::as_str);
        image
            .and_then(ImageReference::parse)
            .is_some_and(|image| PROXIES.iter().any(|name| image.is_copy_of(name)))
    })
}
