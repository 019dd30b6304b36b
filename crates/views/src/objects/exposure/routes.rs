//! The services that routes lead to, each with its port and the place where the route names it.

use std::collections::BTreeMap;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::fields::Fields;
use super::super::inventory::InventoryView;
use super::super::ports::PortName;
use super::{items, text};

/// Namespace and name of a service, and its port; `None` for each.
type Target<'a> = (&'a str, &'a str, Option<PortName<'a>>);

/// Targets with the first place that names each.
type Targets<'a> = BTreeMap<Target<'a>, &'a Node>;

/// What a route, Ingress or VirtualService leads to from outside the cluster.
pub(super) fn targets<'a>(view: &InventoryView<'a>, kind: Kind, object: &'a Object) -> Targets<'a> {
    let spec = Fields::of(&object.root).get("spec");
    let namespace = view.namespace_of(object);
    let mut targets = Targets::new();
    match kind {
        Kind::Ingress => of_ingress(spec, namespace, &mut targets),
        Kind::VirtualService => of_virtual_service(view, spec, namespace, &mut targets),
        Kind::Route => of_open_shift_route(spec, namespace, &mut targets),
        _ => of_gateway_route(view, spec, namespace, &mut targets),
    }
    targets
}

fn of_ingress<'a>(spec: Fields<'a>, namespace: &'a str, targets: &mut Targets<'a>) {
    let rules = items(spec, "rules").map(|rule| Fields::of(rule).get("http"));
    let backends = rules.flat_map(|http| items(http, "paths")).map(Fields::of);
    let backends = backends.map(|path| path.get("backend"));
    // `backend` at the top is how v1beta1 calls the default.
    for backend in backends.chain([spec.get("defaultBackend"), spec.get("backend")]) {
        let Some(node) = backend.node() else { continue };
        let service = backend.get("service");
        if let Some(name) = text(service, "name") {
            let port = service.get("port");
            let port = port.get("number").node().or_else(|| port.get("name").node());
            targets.entry((namespace, name, port.and_then(PortName::of))).or_insert(node);
        } else if let Some(name) = text(backend, "serviceName") {
            let port = backend.get("servicePort").node().and_then(PortName::of);
            targets.entry((namespace, name, port)).or_insert(node);
        }
    }
}

fn of_open_shift_route<'a>(spec: Fields<'a>, namespace: &'a str, targets: &mut Targets<'a>) {
    let port = spec.path(&["port", "targetPort"]).node().and_then(PortName::of);
    // A name is the service's, a number the pods'.
    let port = port.map(|port| match port {
        PortName::Number(number) => PortName::Target(number),
        name => name,
    });
    let others = items(spec, "alternateBackends").map(Fields::of);
    for target in std::iter::once(spec.get("to")).chain(others).filter(|it| has_weight(*it)) {
        if let (Some(name), Some(node)) = (text(target, "name"), target.node()) {
            targets.entry((namespace, name, port)).or_insert(node);
        }
    }
}

fn of_gateway_route<'a>(
    view: &InventoryView<'a>,
    spec: Fields<'a>,
    namespace: &'a str,
    targets: &mut Targets<'a>,
) {
    // A route whose parents are services is for traffic within the mesh.
    let gateway = |parent: &Node| {
        text(Fields::of(parent), "kind")
            .is_none_or(|kind| matches!(kind, "Gateway" | "ListenerSet"))
    };
    if !items(spec, "parentRefs").any(gateway) {
        return;
    }
    for node in items(spec, "rules").flat_map(|rule| items(Fields::of(rule), "backendRefs")) {
        let backend = Fields::of(node);
        let is_service = text(backend, "kind").is_none_or(|kind| kind == "Service");
        let Some(name) = text(backend, "name").filter(|_| is_service && has_weight(backend)) else {
            continue;
        };
        let there = text(backend, "namespace").unwrap_or(namespace);
        if there == namespace || is_granted(view, namespace, there, name) {
            let port = backend.get("port").node().and_then(PortName::of);
            targets.entry((there, name, port)).or_insert(node);
        }
    }
}

/// Whether routes of a namespace may lead to a service of another: a ReferenceGrant there has to say so. One that may
/// stand elsewhere counts.
fn is_granted(view: &InventoryView<'_>, from: &str, to: &str, service: &str) -> bool {
    let group = |fields: Fields<'_>, wanted: &str| {
        fields.get("group").node().and_then(Node::as_str).unwrap_or_default() == wanted
    };
    let grants = view.of_kind(Kind::ReferenceGrant).filter(|it| view.namespace_of(it) == to);
    let mut grants = grants.map(|it| Fields::of(&it.root).get("spec"));
    !view.is_complete(Kind::ReferenceGrant)
        || grants.any(|spec| {
            let is_from = |node: &Node| {
                let fields = Fields::of(node);
                group(fields, "gateway.networking.k8s.io")
                    && text(fields, "namespace") == Some(from)
            };
            let is_to = |node: &Node| {
                let fields = Fields::of(node);
                let is_named = text(fields, "name").is_none_or(|name| name == service);
                group(fields, "") && text(fields, "kind") == Some("Service") && is_named
            };
            items(spec, "from").any(is_from) && items(spec, "to").any(is_to)
        })
}

fn of_virtual_service<'a>(
    view: &InventoryView<'a>,
    spec: Fields<'a>,
    namespace: &'a str,
    targets: &mut Targets<'a>,
) {
    // Without gateways it is for the mesh alone.
    if !items(spec, "gateways").any(|name| name.as_str().is_some_and(|name| name != "mesh")) {
        return;
    }
    of_istio_rules(spec, namespace, targets);
    // What a root leaves to others is theirs, which have neither hosts nor gateways.
    for rule in items(spec, "http") {
        let delegate = Fields::of(rule).get("delegate");
        let Some(name) = text(delegate, "name") else { continue };
        let there = text(delegate, "namespace").unwrap_or(namespace);
        if let Some(object) = view.find(Kind::VirtualService, there, name) {
            let found = view.namespace_of(object);
            let mut theirs = Targets::new();
            of_istio_rules(Fields::of(&object.root).get("spec"), found, &mut theirs);
            // The place is the root's, since the finding is about it.
            theirs.into_keys().for_each(|target| {
                targets.entry(target).or_insert(rule);
            });
        }
    }
}

fn of_istio_rules<'a>(spec: Fields<'a>, namespace: &'a str, targets: &mut Targets<'a>) {
    for key in ["http", "tls", "tcp"] {
        for node in items(spec, key).flat_map(|rule| items(Fields::of(rule), "route")) {
            let destination = Fields::of(node).get("destination");
            let Some(host) = text(destination, "host").filter(|_| has_weight(Fields::of(node)))
            else {
                continue;
            };
            let Some((name, there)) = service_of_host(host, namespace) else { continue };
            let port = destination.path(&["port", "number"]).node().and_then(PortName::of);
            targets.entry((there, name, port)).or_insert(node);
        }
    }
}

/// The service that a host is the name of: `web`, `web.shop`, `web.shop.svc.cluster.local`.
fn service_of_host<'a>(host: &'a str, namespace: &'a str) -> Option<(&'a str, &'a str)> {
    let mut labels = host.split('.');
    let name = labels.next().filter(|name| !name.is_empty())?;
    Some((name, labels.next().unwrap_or(namespace)))
}

/// Whether a backend gets anything at all.
fn has_weight(backend: Fields<'_>) -> bool {
    backend.get("weight").node().and_then(Node::as_i64) != Some(0)
}
