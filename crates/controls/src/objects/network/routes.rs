//! Ingresses, gateways and the mesh: what takes requests from outside, and whether it encrypts.

use std::collections::BTreeSet;

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place, place};
use merlon_yaml::Node;
use serde_json::json;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

macro_rules! object {
    ($version:literal, $kind:literal, $spec:literal) => {
        concat!(
            "kind: ",
            $kind,
            "\napiVersion: ",
            $version,
            "\nmetadata: {name: web, namespace: shop}\nspec: ",
            $spec,
            "\n"
        )
    };
}

macro_rules! ingress {
    ($spec:literal) => {
        object!("networking.k8s.io/v1", "Ingress", $spec)
    };
}

macro_rules! http_gateway {
    () => {
        "kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: gw, namespace: shop}
spec: {listeners: [{name: plain, protocol: HTTP}, {name: tls, protocol: HTTPS}]}
---
"
    };
}

macro_rules! route {
    ($parent:literal, $rule:literal) => {
        concat!(
            "kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: web, namespace: shop}
spec: {parentRefs: [",
            $parent,
            "], rules: [{",
            $rule,
            "}]}\n"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "ingress-without-tls",
        title: "an Ingress takes requests without TLS",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Ingress], ingress_tls),
        documentation: Documentation {
            finds: "\
Ingresses whose hosts are not all among those of `tls`. Annotations by which a cloud's load \
balancer, Traefik or a program behind nginx does TLS count as `tls`.",
            matters: "Whoever is on the way reads passwords and cookies, and changes answers.",
            options: "\
- **Add the hosts to `tls`** with a secret; cert-manager makes one. The edit names a secret that \
has to exist.
- **Terminate TLS before the cluster**, and keep the way from there private.",
            acceptable: "For tests, and where a proxy in front encrypts.",
        },
        examples: &[
            fail(ingress!("{rules: [{host: a.example.com}]}")),
            fail(ingress!(
                "{rules: [{host: a.example.com}, {host: b.example.com}], tls: [{hosts: [a.example.com]}]}"
            )),
            fail(ingress!("{defaultBackend: {service: {name: web}}}")),
            pass(ingress!(
                "{rules: [{host: a.example.com}], tls: [{hosts: [a.example.com], secretName: a}]}"
            )),
            pass(ingress!("{rules: [{host: a.example.com}], tls: [{hosts: ['*.example.com']}]}")),
            // Without hosts it is for all of the Ingress.
            pass(ingress!("{rules: [{host: a.example.com}], tls: [{secretName: a}]}")),
            // AWS's load balancer has the certificate.
            pass(
                "\
kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: {name: web, annotations: {alb.ingress.kubernetes.io/certificate-arn: 'arn:aws:acm:x'}}
spec: {rules: [{host: a.example.com}]}",
            ),
            error(ingress!("{rules: {host: a}}")),
            error(ingress!("{tls: a.example.com}")),
        ],
    },
    Control {
        id: "ingress-wildcard-host",
        title: "an Ingress takes requests for every host",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Ingress], ingress_host),
        documentation: Documentation {
            finds: "\
Rules of an Ingress without `host`, with `*`, or (low) with a wildcard such as `*.example.com`, and \
default backends.",
            matters: "\
Requests for names that nobody meant, by address alone or of another team's host that has no rule \
yet, end up at this program; scanners find it without knowing a name.",
            options: "\
- **Name the hosts**; which, only the owner knows, so there is no edit.
- **A default backend** belongs to the controller, where it says 404.",
            acceptable: "For programs that serve any host of their customers.",
        },
        examples: &[
            fail(ingress!("{rules: [{http: {paths: []}}]}")),
            fail(ingress!("{rules: [{host: ''}]}")),
            fail(ingress!("{rules: [{host: '*.example.com'}]}")),
            fail(ingress!("{defaultBackend: {service: {name: web}}}")),
            pass(ingress!("{rules: [{host: a.example.com}]}")),
            error(ingress!("{rules: [{host: 5}]}")),
        ],
    },
    Control {
        id: "openshift-route-without-tls",
        title: "an OpenShift Route takes requests without TLS",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Route], route_tls),
        documentation: Documentation {
            finds: "\
Routes without `tls`, or whose `insecureEdgeTerminationPolicy` is `Allow`, so that plain HTTP is \
served as well.",
            matters: "Whoever is on the way reads passwords and cookies, and changes answers.",
            options: "\
- **`termination: edge`** with the router's certificate, and `Redirect` for plain requests; the \
edit does.
- **`reencrypt` or `passthrough`** where the way within the cluster counts too.",
            acceptable: "For tests.",
        },
        examples: &[
            fail(object!("route.openshift.io/v1", "Route", "{to: {name: web}}")),
            fail(object!(
                "route.openshift.io/v1",
                "Route",
                "{tls: {termination: edge, insecureEdgeTerminationPolicy: Allow}}"
            )),
            pass(object!("route.openshift.io/v1", "Route", "{tls: {termination: edge}}")),
            error(object!(
                "route.openshift.io/v1",
                "Route",
                "{tls: {insecureEdgeTerminationPolicy: 1}}"
            )),
        ],
    },
    Control {
        id: "gateway-open-to-all-namespaces",
        title: "a gateway takes routes of every namespace",
        vector: vector("AV:A/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Gateway], gateway_namespaces),
        documentation: Documentation {
            finds: "Listeners of Gateways whose `allowedRoutes.namespaces.from` is `All`.",
            matters: "\
Whoever may write a route in any namespace puts services on the gateway's address, and takes over \
hosts and paths that another team's routes leave open.",
            options: "\
- **`Same`**, the default, for the gateway's own namespace; the edit sets it.
- **`Selector`** with a label that only administrators give.",
            acceptable: "Where one team runs the cluster, or admission limits the hosts.",
        },
        examples: &[
            fail(object!(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                "{listeners: [{name: web, protocol: HTTPS, allowedRoutes: {namespaces: {from: All}}}]}"
            )),
            pass(object!(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                "{listeners: [{name: web, allowedRoutes: {namespaces: {from: Selector}}}]}"
            )),
            pass(object!("gateway.networking.k8s.io/v1", "Gateway", "{listeners: [{name: web}]}")),
            error(object!("gateway.networking.k8s.io/v1", "Gateway", "{listeners: all}")),
            // Istio's has the same name and other fields.
            not_applicable(object!("networking.istio.io/v1", "Gateway", "{servers: []}")),
        ],
    },
    Control {
        id: "http-route-plaintext",
        title: "a route serves a program without TLS",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::HTTPRoute, Kind::GRPCRoute],
            reads: &[Kind::Gateway],
            judge: http_route,
        },
        documentation: Documentation {
            finds: "\
HTTPRoutes and GRPCRoutes with backends at a listener for plain `HTTP` of a Gateway that is known. \
Rules that only redirect do not count. A route that names no listener is at all of them.",
            matters: "Whoever is on the way reads passwords and cookies, and changes answers.",
            options: "\
- **Name the listener for HTTPS** in `sectionName`; the edit does where the gateway has one. \
Another route at the plain listener can redirect.
- **Terminate TLS before the gateway**, and keep the way from there private.",
            acceptable: "For gateways inside, and where a load balancer in front encrypts.",
        },
        examples: &[
            fail(concat!(http_gateway!(), route!("{name: gw}", "backendRefs: [{name: web}]"))),
            fail(concat!(
                http_gateway!(),
                route!("{name: gw, sectionName: plain}", "backendRefs: [{name: web}]")
            )),
            pass(concat!(
                http_gateway!(),
                route!("{name: gw, sectionName: tls}", "backendRefs: [{name: web}]")
            )),
            // It only redirects.
            pass(concat!(
                http_gateway!(),
                route!("{name: gw}", "filters: [{type: RequestRedirect}]")
            )),
            // What the gateway takes, nobody knows; or it is for the mesh.
            not_applicable(route!("{name: gw}", "backendRefs: [{name: web}]")),
            not_applicable(concat!(
                http_gateway!(),
                route!("{kind: Service, name: gw}", "backendRefs: [{name: web}]")
            )),
            error(concat!(http_gateway!(), route!("{name: [gw]}", "backendRefs: [{name: web}]"))),
        ],
    },
    Control {
        id: "istio-gateway-plaintext",
        title: "an Istio gateway takes requests without TLS",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::IstioGateway], istio_gateway),
        documentation: Documentation {
            finds: "\
Servers of an Istio Gateway for `HTTP`, `HTTP2` or `GRPC` that do not redirect to HTTPS.",
            matters: "Whoever is on the way reads passwords and cookies, and changes answers.",
            options: "\
- **`httpsRedirect: true`**, the edit, needs a server for HTTPS beside it.
- **Terminate TLS before the gateway**, and keep the way from there private.",
            acceptable: "For gateways inside, and where a load balancer in front encrypts.",
        },
        examples: &[
            fail(object!(
                "networking.istio.io/v1",
                "Gateway",
                "{servers: [{port: {number: 80, protocol: HTTP}, hosts: ['*']}]}"
            )),
            pass(object!(
                "networking.istio.io/v1",
                "Gateway",
                "{servers: [{port: {number: 80, protocol: HTTP}, tls: {httpsRedirect: true}}]}"
            )),
            pass(object!(
                "networking.istio.io/v1",
                "Gateway",
                "{servers: [{port: {protocol: HTTPS}, tls: {mode: SIMPLE}}]}"
            )),
            error(object!("networking.istio.io/v1", "Gateway", "{servers: {}}")),
        ],
    },
    Control {
        id: "mesh-mtls-permissive",
        title: "the mesh takes connections without mutual TLS",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::PeerAuthentication], mesh),
        documentation: Documentation {
            finds: "\
Istio PeerAuthentications whose mode, for all ports or for one, is `PERMISSIVE` or `DISABLE`. One \
that leaves it unset takes that of the namespace or the mesh and is not judged.",
            matters: "\
Programs without a sidecar, and whoever is on the network, talk to the pods in plain text: nobody \
proves who calls, and rules that go by the caller's identity can be passed by.",
            options: "\
- **`STRICT`** once every caller is in the mesh; the edit sets it.
- **Except single ports** that probes or outsiders need.",
            acceptable: "While programs move into the mesh.",
        },
        examples: &[
            fail(object!(
                "security.istio.io/v1",
                "PeerAuthentication",
                "{mtls: {mode: PERMISSIVE}}"
            )),
            fail(object!("security.istio.io/v1", "PeerAuthentication", "{mtls: {mode: DISABLE}}")),
            fail(object!(
                "security.istio.io/v1",
                "PeerAuthentication",
                "{mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}}"
            )),
            pass(object!("security.istio.io/v1", "PeerAuthentication", "{mtls: {mode: STRICT}}")),
            not_applicable(object!(
                "security.istio.io/v1",
                "PeerAuthentication",
                "{mtls: {mode: UNSET}}"
            )),
            not_applicable(object!("security.istio.io/v1", "PeerAuthentication", "{selector: {}}")),
            error(object!("security.istio.io/v1", "PeerAuthentication", "{mtls: {mode: 1}}")),
        ],
    },
];

/// Annotations that say who does TLS where `tls` does not; an empty value for any.
const TLS_ELSEWHERE: &[(&str, &str)] = &[
    ("alb.ingress.kubernetes.io/certificate-arn", ""),
    ("ingress.gcp.kubernetes.io/pre-shared-cert", ""),
    ("networking.gke.io/managed-certificates", ""),
    ("appgw.ingress.kubernetes.io/appgw-ssl-certificate", ""),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", "true"),
    ("haproxy.org/ssl-passthrough", "true"),
    ("traefik.ingress.kubernetes.io/router.tls", "true"),
];

fn ingress_tls<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let root = Fields::of(&object.root);
    let spec = root.get("spec");
    let annotations = root.path(&["metadata", "annotations"]);
    let mut covered = BTreeSet::new();
    for entry in spec.list("tls")? {
        let hosts = Fields::of(entry).texts("hosts")?;
        if hosts.is_empty() {
            return Ok(Verdict::Pass);
        }
        covered.extend(hosts);
    }
    let is_covered = |host: &str| {
        let parent = host.split_once('.').map(|(_, parent)| parent);
        covered.contains(host)
            || parent.is_some_and(|parent| {
                covered.iter().any(|it| it.strip_prefix("*.") == Some(parent))
            })
    };
    let mut open = BTreeSet::new();
    let mut catches_all = spec.list("rules")?.is_empty() && covered.is_empty();
    for rule in spec.list("rules")? {
        match Fields::of(rule).text("host")?.filter(|host| !host.is_empty()) {
            Some(host) if !is_covered(host) => {
                open.insert(host);
            }
            Some(_) => {}
            None => catches_all |= covered.is_empty(),
        }
    }
    if open.is_empty() && !catches_all {
        return Ok(Verdict::Pass);
    }
    for (name, value) in TLS_ELSEWHERE {
        if annotations.text(name)?.is_some_and(|it| value.is_empty() || it == *value) {
            return Ok(Verdict::Pass);
        }
    }
    let message = match open.first() {
        Some(host) => format!("requests for {host} are taken without TLS"),
        None => "requests are taken without TLS".to_owned(),
    };
    let name = if object.name().is_empty() { "ingress" } else { object.name() };
    let secret = format!("{name}-tls");
    let entry = if catches_all {
        json!({ "secretName": secret })
    } else {
        json!({ "hosts": open, "secretName": secret })
    };
    let tls = place(&object.root, &["spec", "tls"]);
    flaw(tls, message).append_at(tls, entry).needs_review().into()
}

fn ingress_host<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    const STEP: &str = "name the hosts that the program is for";
    let spec = Fields::of(&object.root).get("spec");
    let mut flaws = Vec::new();
    for rule in spec.list("rules")? {
        let host = Fields::of(rule).text("host")?.unwrap_or_default();
        let found = place(rule, &["host"]);
        if host.is_empty() || host == "*" {
            let message = "a rule takes requests for every host";
            flaws.push(flaw(found, message).step(STEP, &[]));
        } else if host.starts_with("*.") {
            let message = format!("a rule takes requests for every host of {host}");
            flaws.push(flaw(found, message).at_most(Severity::Low).step(STEP, &[]));
        }
    }
    for key in ["defaultBackend", "backend"] {
        if let Some(node) = spec.get(key).node() {
            let message = "the default backend takes requests for every host";
            flaws.push(flaw(Place::Node(node), message).step(STEP, &[]));
        }
    }
    Ok(Verdict::of(flaws))
}

fn route_tls<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let tls = Fields::of(&object.root).path(&["spec", "tls"]);
    if !tls.is_set() {
        let value = json!({ "termination": "edge", "insecureEdgeTerminationPolicy": "Redirect" });
        let message = "requests are taken without TLS";
        let tls = place(&object.root, &["spec", "tls"]);
        return flaw(tls, message).set(value).needs_review().into();
    }
    if tls.text("insecureEdgeTerminationPolicy")? != Some("Allow") {
        return Ok(Verdict::Pass);
    }
    let policy = place(&object.root, &["spec", "tls", "insecureEdgeTerminationPolicy"]);
    flaw(policy, "plain requests are served as well").set("Redirect").needs_review().into()
}

fn gateway_namespaces<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let mut flaws = Vec::new();
    for listener in Fields::of(&object.root).get("spec").list("listeners")? {
        let namespaces = Fields::of(listener).path(&["allowedRoutes", "namespaces"]);
        if namespaces.text("from")? == Some("All") {
            let from = place(listener, &["allowedRoutes", "namespaces", "from"]);
            let message = "a listener takes routes of every namespace";
            flaws.push(flaw(from, message).set("Same").needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn http_route<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).get("spec");
    let mut serves = false;
    for rule in spec.list("rules")? {
        serves |= !Fields::of(rule).list("backendRefs")?.is_empty();
    }
    let mut is_known = false;
    let mut flaws = Vec::new();
    for parent in spec.list("parentRefs")? {
        let fields = Fields::of(parent);
        if fields.text("kind")?.is_some_and(|kind| kind != "Gateway") {
            continue;
        }
        let namespace = fields.text("namespace")?.unwrap_or(view.namespace_of(object));
        let name = fields.text("name")?.unwrap_or_default();
        let Some(gateway) = view.find(Kind::Gateway, namespace, name) else { continue };
        is_known = true;
        let (section, port) = (fields.text("sectionName")?, fields.int("port")?);
        let listeners = Fields::of(&gateway.root).get("spec").get("listeners").node();
        let listeners = listeners.and_then(Node::as_sequence).unwrap_or_default();
        let text = |listener: &'a Node, key| listener.get(key).and_then(Node::as_str);
        let is_plain = |listener: &&'a Node| {
            text(listener, "protocol") == Some("HTTP")
                && section.is_none_or(|section| text(listener, "name") == Some(section))
                && port.is_none_or(|port| listener.get("port").and_then(Node::as_i64) == Some(port))
        };
        let Some(plain) = listeners.iter().find(is_plain).filter(|_| serves) else { continue };
        let shown = text(plain, "name").unwrap_or_default();
        let message = format!("the route serves its backends at the plain listener {shown}");
        let flaw = flaw(place(parent, &["sectionName"]), message).because(
            "the listener is for HTTP",
            gateway,
            Place::Node(plain),
        );
        let encrypted = listeners.iter().find(|it| text(it, "protocol") == Some("HTTPS"));
        flaws.push(match encrypted.and_then(|listener| text(listener, "name")) {
            Some(name) if port.is_none() => flaw.set(name).needs_review(),
            _ => flaw.step("add a listener for HTTPS and name it in the route", &[]),
        });
    }
    if is_known { Ok(Verdict::of(flaws)) } else { Ok(Verdict::NotApplicable) }
}

fn istio_gateway<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let mut flaws = Vec::new();
    for server in Fields::of(&object.root).get("spec").list("servers")? {
        let fields = Fields::of(server);
        let protocol = fields.get("port").text("protocol")?.unwrap_or_default();
        let is_plain = matches!(protocol, "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB");
        if is_plain && fields.get("tls").bool("httpsRedirect")? != Some(true) {
            let message = format!("a server takes {protocol} and does not redirect to HTTPS");
            let redirect = place(server, &["tls", "httpsRedirect"]);
            flaws.push(flaw(redirect, message).set(true).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn mesh<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).get("spec");
    let mut flaws = Vec::new();
    let mut is_said = false;
    let ports = spec.map("portLevelMtls")?.into_iter().map(|(_, node)| node);
    let holders = ports.chain(spec.get("mtls").node());
    for holder in holders {
        let mode = Fields::of(holder).text("mode")?.unwrap_or("UNSET");
        is_said |= mode != "UNSET";
        if matches!(mode, "PERMISSIVE" | "DISABLE") {
            let message = format!("connections without mutual TLS are taken: the mode is {mode}");
            let place: Place<'a> = place(holder, &["mode"]);
            flaws.push(flaw(place, message).set("STRICT").needs_review());
        }
    }
    if is_said { Ok(Verdict::of(flaws)) } else { Ok(Verdict::NotApplicable) }
}
