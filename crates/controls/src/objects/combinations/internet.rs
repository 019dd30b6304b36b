//! Ways from the internet to the containers of a pod.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{
    Cidr, ContainerList, Direction, Exposure, Peer, Place, Reach, Rule, Way, is_system_namespace,
};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

/// What decides which ways there are. Policies of network plugins are not among them: without them a way may be taken
/// for open, never for shut.
pub(super) const EXPOSING: &[Kind] = &[
    Kind::Service,
    Kind::Ingress,
    Kind::HTTPRoute,
    Kind::GRPCRoute,
    Kind::TLSRoute,
    Kind::TCPRoute,
    Kind::UDPRoute,
    Kind::VirtualService,
    Kind::Route,
    Kind::NetworkPolicy,
    Kind::Node,
];

/// A way from the internet to a container.
#[derive(Clone, Copy, Debug)]
pub(super) struct WayIn<'a> {
    pub(super) exposure: Exposure<'a>,
    pub(super) container: &'a Node,
    /// What is at its end is worth at most this: a firewall mostly stands before ports of nodes.
    pub(super) severity: Severity,
    /// A policy of another kind that may shut the way.
    pub(super) unread: Option<&'a Object>,
}

impl WayIn<'_> {
    /// What opens the way, in a few words.
    pub(super) fn title(&self) -> &'static str {
        match self.exposure.way {
            Way::LoadBalancer => "the load balancer",
            Way::NodePort => "the node port",
            Way::ExternalAddress => "the external address",
            Way::Ingress => "the rules",
            Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute => "the route",
            Way::HostPort => "a port of its node",
            Way::HostNetwork => "its node's network",
        }
    }

    pub(super) fn leads_to(&self, container: &ContainerView<'_>) -> bool {
        std::ptr::eq(self.container, container.node)
    }
}

/// The ways to a pod's containers that go on running, the surest first.
///
/// A load balancer that is internal or lists who may come is no way, nor is an Ingress before which its proxy asks for a
/// login, nor a port that the network policies of the pod keep shut. Ports of nodes count where a node is known to have
/// an address on the internet, node ports also where nothing is known of nodes.
pub(super) fn ways<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Vec<WayIn<'a>> {
    let mut found = Vec::new();
    if pod.is_mirror() {
        return found;
    }
    let services = view.services();
    for service in services.selecting(pod) {
        for exposure in services.exposures(pod.namespace, service.name()) {
            if exposure.reach == Reach::Anywhere && is_public(view, exposure) {
                for port in behind(pod, service) {
                    add(view, pod, exposure, &port, &mut found);
                }
            }
        }
    }
    // What a cluster ships is on its nodes' network by design.
    if has_public_node(view) && !is_system_namespace(pod.namespace) {
        for exposure in services.pod_exposures(pod) {
            let is_it = |port: &Port<'a>| match (exposure.way, exposure.place) {
                (Way::HostNetwork, _) => true,
                (Way::HostPort, Place::Node(node)) => {
                    port.host_port.is_some_and(|it| std::ptr::eq(it, node))
                }
                _ => false,
            };
            for port in declared(pod).filter(is_it) {
                add(view, pod, &exposure, &port, &mut found);
            }
        }
    }
    found.sort_by_key(|way| std::cmp::Reverse(way.severity));
    found
}

fn add<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
    exposure: &Exposure<'a>,
    port: &Port<'a>,
    found: &mut Vec<WayIn<'a>>,
) {
    if !is_admitted(view, pod, exposure.way, port) {
        return;
    }
    let is_of_node = matches!(exposure.way, Way::NodePort | Way::HostPort | Way::HostNetwork);
    // Policies act on no pod of its node's network.
    let unread = match exposure.way {
        Way::HostNetwork => None,
        _ => view.network().other_policy(pod.namespace),
    };
    let severity = if is_of_node || unread.is_some() { Severity::High } else { Severity::Critical };
    found.push(WayIn { exposure: *exposure, container: port.container, severity, unread });
}

/// A port on which a container listens, as far as the objects tell.
struct Port<'a> {
    container: &'a Node,
    protocol: &'a str,
    number: u16,
    name: &'a str,
    host_port: Option<&'a Node>,
}

fn declared<'a>(pod: &PodView<'a>) -> impl Iterator<Item = Port<'a>> {
    let lasting = pod.lasting_containers().filter(|it| it.list != ContainerList::Ephemeral);
    lasting.flat_map(|container| {
        items(container.node, "ports").iter().filter_map(|port| {
            Some(Port {
                container: container.node,
                protocol: text(port, "protocol").unwrap_or("TCP"),
                number: number(port.get("containerPort")?)?,
                name: text(port, "name").unwrap_or_default(),
                host_port: port.get("hostPort"),
            })
        })
    })
}

/// What of a pod a service sends to. The container that declares the port has it; where none declares its number it may
/// be any, as declaring ports is no duty.
fn behind<'a>(pod: &PodView<'a>, service: &'a Object) -> Vec<Port<'a>> {
    let mut found = Vec::new();
    for port in service.root.get("spec").map(|spec| items(spec, "ports")).unwrap_or_default() {
        let protocol = text(port, "protocol").unwrap_or("TCP");
        let target = port.get("targetPort").filter(|it| !it.is_null()).or(port.get("port"));
        let Some(target) = target else { continue };
        let is_it = |it: &Port<'a>| {
            it.protocol == protocol
                && (number(target) == Some(it.number) || target.as_str() == Some(it.name))
        };
        let before = found.len();
        found.extend(declared(pod).filter(is_it));
        if let (Some(number), true) = (number(target), found.len() == before) {
            let regular = pod.containers.iter().filter(|it| it.list == ContainerList::Regular);
            found.extend(regular.map(|it| Port {
                container: it.node,
                protocol,
                number,
                name: "",
                host_port: None,
            }));
        }
    }
    found
}

/// Somewhere on the internet, by both families: a rule that lets them in lets anybody in.
const ANYWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888)),
];

/// Whether the pod's policies let in what comes this way: from anywhere, or from a proxy in a namespace of its own.
fn is_admitted(view: &InventoryView<'_>, pod: &PodView<'_>, way: Way, port: &Port<'_>) -> bool {
    let network = view.network();
    let by_proxy =
        matches!(way, Way::Ingress | Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute);
    let is_source = |peer: &Peer<'_>| {
        ANYWHERE.iter().any(|address| peer.includes(*address))
            || by_proxy && matches!(peer, Peer::Pods { namespaces: Some(_), .. })
    };
    let admits = |rule: &Rule<'_>| {
        rule.peers.as_ref().is_none_or(|peers| peers.iter().any(is_source)) && has_port(rule, port)
    };
    !network.isolates(pod, Direction::Ingress)
        || network
            .selecting(pod)
            .any(|policy| policy.rules(Direction::Ingress).unwrap_or_default().iter().any(admits))
}

fn has_port(rule: &Rule<'_>, port: &Port<'_>) -> bool {
    let is_named = |node: &Node| {
        !port.name.is_empty()
            && text(node, "port") == Some(port.name)
            && text(node, "protocol").unwrap_or("TCP") == port.protocol
    };
    rule.includes_port(port.protocol, port.number) || items(rule.node, "ports").iter().any(is_named)
}

/// Whether what an exposure opens may be on the internet; addresses that are not known may.
fn is_public(view: &InventoryView<'_>, exposure: &Exposure<'_>) -> bool {
    let object = exposure.object;
    match exposure.way {
        Way::NodePort => view.network().node_addresses.is_empty() || has_public_node(view),
        Way::LoadBalancer => has_public_status(object),
        Way::ExternalAddress => {
            let Place::Node(node) = exposure.place else { return false };
            let addresses = node.as_sequence().unwrap_or_default();
            addresses.iter().filter_map(Node::as_str).any(is_public_text)
        }
        Way::Ingress => has_public_status(object) && is_open(object),
        Way::Gateway => has_public_gateway(view, object),
        Way::IstioGateway | Way::OpenShiftRoute => true,
        Way::HostPort | Way::HostNetwork => has_public_node(view),
    }
}

fn has_public_node(view: &InventoryView<'_>) -> bool {
    view.network().node_addresses.iter().any(|address| is_public_address(*address))
}

fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let [first, second, ..] = it.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            let is_local = it.is_private() || it.is_loopback() || it.is_link_local();
            !(is_local || is_shared || it.is_unspecified() || it.is_multicast())
        }
        IpAddr::V6(it) => {
            let is_local = it.is_unique_local() || it.is_unicast_link_local() || it.is_loopback();
            !(is_local || it.is_unspecified() || it.is_multicast())
        }
    }
}

fn is_public_text(text: &str) -> bool {
    text.parse().is_ok_and(is_public_address)
}

/// Whether the addresses that a load balancer was given may be on the internet; where none are told yet they may.
fn has_public_status(object: &Object) -> bool {
    let status = object.root.path(&["status", "loadBalancer"]);
    let entries = status.map(|status| items(status, "ingress")).unwrap_or_default();
    entries.is_empty()
        || entries.iter().any(|entry| match (text(entry, "hostname"), text(entry, "ip")) {
            // How AWS names load balancers of inner networks.
            (Some(name), _) => !name.starts_with("internal-"),
            (None, Some(ip)) => is_public_text(ip),
            (None, None) => true,
        })
}

/// Annotations by which an Ingress controller asks for a login first.
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

/// Whether an Ingress lets anybody in without a login.
fn is_open(object: &Object) -> bool {
    let annotation = |key: &str| object.root.path(&["metadata", "annotations", key])?.as_str();
    let class = object.root.path(&["spec", "ingressClassName"]).and_then(Node::as_str);
    let scheme = annotation("alb.ingress.kubernetes.io/scheme");
    let is_internal = match class.or_else(|| annotation("kubernetes.io/ingress.class")) {
        // The AWS Load Balancer Controller's default is `internal`.
        Some("alb") => scheme != Some("internet-facing"),
        Some("gce-internal") => true,
        _ => scheme == Some("internal"),
    };
    let has_login = LOGINS.iter().any(|key| annotation(key).is_some_and(|it| it != "none"));
    let everybody = |range: &str| Cidr::parse(range.trim()).is_none_or(Cidr::is_everything);
    let is_listed =
        LISTS.iter().any(|key| annotation(key).is_some_and(|it| !it.split(',').any(everybody)));
    !(is_internal || has_login || is_listed)
}

/// Classes of Google's gateways for inner networks.
const INNER_CLASSES: &[&str] =
    &["gke-l7-rilb", "gke-l7-rilb-mc", "gke-l7-cross-regional-internal-managed-mc"];

/// Whether one of a route's gateways may be on the internet; those that are not known may.
fn has_public_gateway(view: &InventoryView<'_>, route: &Object) -> bool {
    let own = route.namespace().unwrap_or("default");
    let parents = route.root.get("spec").map(|spec| items(spec, "parentRefs")).unwrap_or_default();
    parents.iter().any(|parent| {
        match text(parent, "kind") {
            None | Some("Gateway") => {}
            Some(kind) => return kind == "ListenerSet",
        }
        let namespace = text(parent, "namespace").unwrap_or(own);
        let name = text(parent, "name").unwrap_or_default();
        let Some(gateway) = view.find(Kind::Gateway, namespace, name) else {
            return !view.is_complete(Kind::Gateway);
        };
        let class = gateway.root.path(&["spec", "gatewayClassName"]).and_then(Node::as_str);
        let status = gateway.root.get("status");
        let addresses = status.map(|status| items(status, "addresses")).unwrap_or_default();
        let is_private = |it: &Node| {
            let address = text(it, "value").and_then(|it| it.parse().ok());
            address.is_some_and(|it| !is_public_address(it))
        };
        let is_inner = !addresses.is_empty() && addresses.iter().all(is_private);
        !is_inner && !class.is_some_and(|class| INNER_CLASSES.contains(&class))
    })
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

fn number(node: &Node) -> Option<u16> {
    u16::try_from(node.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use merlon_model::Severity;
    use merlon_views::{InventoryView, Told};

    use super::ways;
    use crate::example;

    /// The containers that the ways lead to, and what each is worth at most.
    fn check(text: &str, expected: &[(&str, Severity)]) {
        let inventory = example::inventory(text);
        let view = InventoryView::new(&inventory, example::NOW, &Told::default());
        let pod = view.pods.first().expect("a pod");
        let name = |container: &merlon_yaml::Node| {
            container.get("name").and_then(|it| it.as_str()).map(str::to_owned)
        };
        let found = ways(&view, pod);
        let found: Vec<_> = found.iter().map(|it| (name(it.container), it.severity)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(name, severity)| (Some((*name).to_owned()), *severity)).collect();
        assert_eq!(found, expected, "{text}");
    }

    const WORST: &[(&str, Severity)] = &[("a", Severity::Critical)];
    const LESS: &[(&str, Severity)] = &[("a", Severity::High)];

    #[test]
    fn services_lead_to_the_container_that_has_the_port() {
        let both = "{containers: [{name: a, ports: [{name: http, containerPort: 80}]}, {name: b}]}";
        let to = |pod: &str, service: &str, expected: &[(&str, Severity)]| {
            let pod = web!("POD").replace("POD", pod);
            check(&format!("{pod}{}", service!("SPEC").replace("SPEC", service)), expected);
        };
        to(both, "type: LoadBalancer", WORST);
        to(both, "type: ClusterIP", &[]);
        to("{containers: [{name: a}]}", "type: LoadBalancer", WORST);
        // Nobody declares the port, so each may have it; what ends or is for debugging has none.
        let several = "{initContainers: [{name: i}], containers: [{name: a}, {name: b}]}";
        to(several, "type: LoadBalancer", &[WORST[0], ("b", Severity::Critical)]);
        let internal = "type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]";
        to(both, internal, &[]);
        to(both, "externalIPs: [8.8.4.4]", WORST);
        to(both, "externalIPs: [10.0.0.1]", &[]);
        to(both, "type: NodePort", LESS);
        let named =
            service!("type: LoadBalancer").replace("{port: 80}", "{port: 1, targetPort: http}");
        check(&format!("{}{named}", web!("POD").replace("POD", both)), WORST);
        let nowhere = named.replace("http", "x");
        check(&format!("{}{nowhere}", web!("POD").replace("POD", both)), &[]);
    }

    #[test]
    fn ports_of_nodes_are_ways_where_nodes_are_on_the_internet() {
        let node = |address: &str| {
            format!(
                "---\nkind: Node\napiVersion: v1\nmetadata: {{name: n}}\nstatus: {{addresses: \
                 [{{type: ExternalIP, address: {address}}}]}}\n"
            )
        };
        let host =
            web!("{hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80}]}]}");
        check(&format!("{host}{}", node("8.8.4.4")), LESS);
        check(&format!("{host}{}", node("10.0.0.1")), &[]);
        check(host, &[]);
        let port = web!("{containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}]}]}");
        check(&format!("{port}{}", node("8.8.4.4")), LESS);
        check(&format!("{port}{}", node("192.168.0.1")), &[]);
        let system = host.replace("shop", "kube-system");
        check(&format!("{system}{}", node("8.8.4.4")), &[]);
        let service = service!("type: NodePort");
        let plain = web!("{containers: [{name: a}]}");
        check(&format!("{plain}{service}{}", node("10.0.0.1")), &[]);
    }

    #[test]
    fn policies_shut_ways() {
        let check = |policy: &str, balancer: &[(&str, Severity)], ingress: &[(&str, Severity)]| {
            let policy = policy!("POLICY").replace("POLICY", policy);
            let pod = web!("{containers: [{name: a, ports: [{name: http, containerPort: 80}]}]}");
            check(&format!("{pod}{}{policy}", service!("type: LoadBalancer")), balancer);
            check(&format!("{pod}{}{policy}", ingress!("{}")), ingress);
        };
        check("{podSelector: {}}", &[], &[]);
        check("{podSelector: {matchLabels: {app: db}}}", WORST, WORST);
        check("{podSelector: {}, policyTypes: [Egress]}", WORST, WORST);
        check("{podSelector: {}, ingress: [{}]}", WORST, WORST);
        check("{podSelector: {}, ingress: [{ports: [{port: 80}]}]}", WORST, WORST);
        check("{podSelector: {}, ingress: [{ports: [{port: http}]}]}", WORST, WORST);
        check("{podSelector: {}, ingress: [{ports: [{port: 9090}]}]}", &[], &[]);
        check("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}", &[], &[]);
        check("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}", WORST, WORST);
        check("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", &[], &[]);
        check("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", &[], WORST);
    }

    #[test]
    fn policies_that_only_a_plugin_knows_leave_doubt() {
        let cilium = "---\nkind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\n\
                      metadata: {name: c, namespace: shop}\n";
        let pod = web!("{containers: [{name: a}]}");
        check(&format!("{pod}{}{cilium}", service!("type: LoadBalancer")), LESS);
    }

    #[test]
    fn an_ingress_is_a_way_unless_it_is_inner_or_asks_who_comes() {
        let check = |annotations: &str, expected: &[(&str, Severity)]| {
            let ingress = ingress!("NOTES").replace("NOTES", annotations);
            check(&format!("{}{ingress}", web!("{containers: [{name: a}]}")), expected);
        };
        check("{}", WORST);
        check("{kubernetes.io/ingress.class: alb}", &[]);
        check(
            "{kubernetes.io/ingress.class: alb, alb.ingress.kubernetes.io/scheme: internet-facing}",
            WORST,
        );
        check("{kubernetes.io/ingress.class: gce-internal}", &[]);
        check("{nginx.ingress.kubernetes.io/auth-url: 'https://a/'}", &[]);
        check("{alb.ingress.kubernetes.io/auth-type: none}", WORST);
        check("{nginx.ingress.kubernetes.io/whitelist-source-range: '10.0.0.0/8'}", &[]);
        check(
            "{nginx.ingress.kubernetes.io/whitelist-source-range: '10.0.0.0/8,0.0.0.0/0'}",
            WORST,
        );
    }
}
