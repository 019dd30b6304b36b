//! Services that are reached from outside, and what they send to.

use std::net::IpAddr;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, METADATA, Place, Reach, load_balancer_reach, place};
use merlon_yaml::Node;
use serde_json::json;

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

macro_rules! service {
    ($metadata:literal, $spec:literal) => {
        concat!("kind: Service\napiVersion: v1\nmetadata: ", $metadata, "\nspec: ", $spec, "\n")
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "service-external-ips",
        title: "a service takes over addresses outside the cluster",
        vector: vector("AV:A/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Service], external_ips),
        documentation: Documentation {
            finds: "Services with `externalIPs`.",
            matters: "\
Every node sends traffic for these addresses to the service's pods, whoever owns them: with the \
address of a DNS server or an API, one tenant reads what all others send there (CVE-2020-8554).",
            options: "\
- **A load balancer** or the Gateway API gives a service an address that somebody assigns.
- **Refuse the field** with the admission plugin `DenyServiceExternalIPs`.",
            acceptable: "On machines of one's own, for addresses that are routed to the nodes.",
        },
        examples: &[
            fail(service!("{name: web}", "{externalIPs: [192.0.2.10]}")),
            pass(service!("{name: web}", "{externalIPs: []}")),
            pass(service!("{name: web}", "{externalIPs: null, type: LoadBalancer}")),
            error(service!("{name: web}", "{externalIPs: 192.0.2.10}")),
        ],
    },
    Control {
        id: "service-load-balancer-public",
        title: "a load balancer takes connections from everywhere",
        vector: vector("AV:N/AC:M/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Service], load_balancer),
        documentation: Documentation {
            finds: "\
Services of type `LoadBalancer` that neither list who may come (`loadBalancerSourceRanges`) nor \
carry the annotation that keeps their cloud's load balancer inside.",
            matters: "The whole internet can try what listens there, from the first minute on.",
            options: "\
- **List the ranges**; the edit lists the private ones. Not every load balancer honours them.
- **Keep it inside** with the cloud's annotation.
- **One ingress or gateway** for all services, where TLS and authentication are in one place.",
            acceptable: "For ingress controllers, gateways and what is meant for everybody.",
        },
        examples: &[
            fail(service!("{name: web}", "{type: LoadBalancer}")),
            fail(service!(
                "{name: web}",
                "{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0]}"
            )),
            fail(service!(
                "{name: a, annotations: {service.beta.kubernetes.io/aws-load-balancer-internal: 'false'}}",
                "{type: LoadBalancer}"
            )),
            pass(service!(
                "{name: a, annotations: {service.beta.kubernetes.io/aws-load-balancer-internal: 'true'}}",
                "{type: LoadBalancer}"
            )),
            pass(service!(
                "{name: a, annotations: {networking.gke.io/load-balancer-type: Internal}}",
                "{type: LoadBalancer}"
            )),
            pass(service!(
                "{name: a}",
                "{type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]}"
            )),
            not_applicable(service!("{name: web}", "{type: ClusterIP}")),
            not_applicable(service!("{name: web}", "{}")),
            error(service!("{name: web}", "{type: [LoadBalancer]}")),
            error(service!("{name: web}", "{type: LoadBalancer, loadBalancerSourceRanges: all}")),
        ],
    },
    Control {
        id: "service-node-port",
        title: "a service opens a port on every node",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Service], node_port),
        documentation: Documentation {
            finds: "Services of type `NodePort`.",
            matters: "\
Whoever reaches a node reaches the service, past the ingress with its TLS and authentication; \
nodes with public addresses put it on the internet.",
            options: "\
- **`ClusterIP`** behind an ingress or a gateway; the edit sets it.
- **Keep it** for a load balancer of one's own, and close the ports to everybody else by the \
nodes' firewall.",
            acceptable: "Where an external load balancer needs it, or in a cluster on a laptop.",
        },
        examples: &[
            fail(service!("{name: web}", "{type: NodePort}")),
            fail(service!(
                "{name: web}",
                "{type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}"
            )),
            pass(service!("{name: web}", "{type: ClusterIP}")),
            pass(service!("{name: web}", "{ports: [{port: 80}]}")),
            // It opens ports as well, and is judged by itself.
            pass(service!("{name: web}", "{type: LoadBalancer}")),
            error(service!("{name: web}", "{type: 3}")),
        ],
    },
    Control {
        id: "endpoints-special-address",
        title: "a service sends to an address that only the node should ask",
        vector: vector("AV:A/AC:M/Au:S/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::EndpointSlice, Kind::Endpoints], endpoints),
        documentation: Documentation {
            finds: "\
EndpointSlices and Endpoints with loopback or link-local addresses, or those of a cloud's metadata \
service. API servers since 1.21.1 refuse the first two; those of Alibaba's and Azure's services, \
and AWS's by IPv6, they take.",
            matters: "\
The kube-proxy of every node, or an ingress controller, forwards to its own loopback address or \
to the metadata service in the name of whoever wrote the object (CVE-2021-25737).",
            options: "**Take the address away.**",
            acceptable: "For none that we know.",
        },
        examples: &[
            fail(
                "\
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: web}
addressType: IPv4
endpoints: [{addresses: [127.0.0.1]}, {addresses: [10.0.0.1]}]",
            ),
            fail(
                "\
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: web}
addressType: IPv6
endpoints: [{addresses: ['fd00:ec2::254', 'fd00::1']}]",
            ),
            fail(
                "\
kind: Endpoints
apiVersion: v1
metadata: {name: web}
subsets: [{addresses: [{ip: 169.254.169.254}, {ip: 10.0.0.1}]}]",
            ),
            pass(
                "\
kind: Endpoints
apiVersion: v1
metadata: {name: web}
subsets: [{addresses: [{ip: 10.0.0.1}]}]",
            ),
            pass(
                "\
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: web}
addressType: FQDN
endpoints: [{addresses: [db.example.com]}]",
            ),
            pass("{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, endpoints: null}"),
            error("{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, endpoints: {}}"),
            error("{kind: Endpoints, apiVersion: v1, subsets: [{addresses: 127.0.0.1}]}"),
        ],
    },
];

fn external_ips<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).get("spec");
    let node = spec.get("externalIPs").node();
    let (Some(node), false) = (node, spec.list("externalIPs")?.is_empty()) else {
        return Ok(Verdict::Pass);
    };
    let message = "every node sends traffic for these addresses to the service";
    flaw(Place::Node(node), message).remove(node).needs_review().into()
}

fn load_balancer<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).get("spec");
    if spec.text("type")? != Some("LoadBalancer") {
        return Ok(Verdict::NotApplicable);
    }
    spec.texts("loadBalancerSourceRanges")?;
    if load_balancer_reach(object) != Reach::Anywhere {
        return Ok(Verdict::Pass);
    }
    let message = "the load balancer is neither internal nor limited to some addresses";
    flaw(place(&object.root, &["spec", "loadBalancerSourceRanges"]), message)
        .set(json!(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]))
        .needs_review()
        .into()
}

fn node_port<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).get("spec");
    if spec.text("type")? != Some("NodePort") {
        return Ok(Verdict::Pass);
    }
    let kind = place(&object.root, &["spec", "type"]);
    let mut flaw = flaw(kind, "the service opens a port on every node").set("ClusterIP");
    // The API server refuses these for other types.
    for node in spec.list("ports")? {
        if let Some(port) = node.get("nodePort") {
            flaw = flaw.remove(port);
        }
    }
    for key in ["externalTrafficPolicy", "healthCheckNodePort"] {
        if let Some(node) = spec.get(key).node() {
            flaw = flaw.remove(node);
        }
    }
    flaw.needs_review().into()
}

fn endpoints<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let root = Fields::of(&object.root);
    let mut flaws = Vec::new();
    let mut judge = |items: &'a [Node], holder: &'a Node, address: fn(&Node) -> Option<&str>| {
        let is_special =
            |item: &&'a Node| address(item).and_then(|it| it.parse().ok()).is_some_and(special);
        let special = items.iter().filter(is_special);
        let all = special.clone().count() == items.len();
        for (number, node) in special.enumerate() {
            let shown = address(node).unwrap_or_default();
            let message = format!("{shown} is an address of the node's own or of the cloud");
            let flaw = flaw(Place::Node(node), message);
            // A list of addresses may not be empty: the last one goes with what holds it.
            flaws.push(match (all, number) {
                (true, 0) => flaw.remove(holder).needs_review(),
                (true, _) => flaw.step("take the whole endpoint away", &[]),
                (false, _) => flaw.remove(node).needs_review(),
            });
        }
    };
    for endpoint in root.list("endpoints")? {
        judge(Fields::of(endpoint).list("addresses")?, endpoint, Node::as_str);
    }
    for subset in root.list("subsets")? {
        judge(Fields::of(subset).list("addresses")?, subset, |item| item.get("ip")?.as_str());
    }
    Ok(Verdict::of(flaws))
}

/// Azure's and Alibaba's services for instances, which have no link-local address.
const CLOUD: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(std::net::Ipv4Addr::new(100, 100, 100, 200)),
];

fn special(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    address.is_loopback()
        || address.is_unspecified()
        || is_link_local
        || METADATA.contains(&address)
        || CLOUD.contains(&address)
}
