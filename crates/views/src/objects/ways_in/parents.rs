//! Whether a route of the Gateway API has a listener that lets anybody in.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::addresses::{is_public, is_public_name};
use super::super::exposure::is_internal;
use super::super::fields::Fields;
use super::super::inventory::InventoryView;
use super::super::label_selector::LabelSelector;
use super::super::labels::Labels;

/// Whether one of a route's gateways may be on the internet and take the route; those that are not known may.
pub(super) fn are_open<'a>(view: &InventoryView<'a>, route: &'a Object) -> bool {
    let own = view.namespace_of(route);
    let mut parents = items(route.root.get("spec"), "parentRefs").iter();
    parents.any(|parent| {
        match text(parent, "kind") {
            None | Some("Gateway") => {}
            Some(kind) => return kind == "ListenerSet",
        }
        let namespace = text(parent, "namespace").unwrap_or(own);
        let name = text(parent, "name").unwrap_or_default();
        let Some(gateway) = view.find(Kind::Gateway, namespace, name) else {
            return !view.is_complete(Kind::Gateway);
        };
        let listeners = items(gateway.root.get("spec"), "listeners");
        // One without listeners gets them from elsewhere.
        let takes = |listener: &Node| is_taken(view, (route, parent), gateway, listener);
        !is_inner(gateway) && (listeners.is_empty() || listeners.iter().any(takes))
    })
}

/// Classes of Google's gateways for inner networks.
const INNER_CLASSES: &[&str] =
    &["gke-l7-rilb", "gke-l7-rilb-mc", "gke-l7-cross-regional-internal-managed-mc"];

/// Whether a gateway is of inner networks: by its class, by what it tells its load balancer, or by its addresses.
fn is_inner(gateway: &Object) -> bool {
    let root = Fields::of(&gateway.root);
    let class = root.path(&["spec", "gatewayClassName"]).node().and_then(Node::as_str);
    let annotations =
        [&["metadata", "annotations"][..], &["spec", "infrastructure", "annotations"]];
    let addresses = items(gateway.root.get("status"), "addresses");
    let is_private = |it: &Node| {
        let value = text(it, "value").unwrap_or_default();
        match value.parse() {
            Ok(address) => !is_public(address),
            Err(_) => !is_public_name(value),
        }
    };
    class.is_some_and(|class| INNER_CLASSES.contains(&class))
        || annotations.iter().any(|path| is_internal(root.path(path)))
        || !addresses.is_empty() && addresses.iter().all(is_private)
}

/// Whether a listener takes a route by its kind, namespace and hosts, and asks for no certificate.
fn is_taken<'a>(
    view: &InventoryView<'a>,
    (route, parent): (&'a Object, &Node),
    gateway: &'a Object,
    listener: &Node,
) -> bool {
    let number = |node: &Node, key| node.get(key).and_then(Node::as_i64);
    let is_meant = text(parent, "sectionName").is_none_or(|it| text(listener, "name") == Some(it))
        && number(parent, "port").is_none_or(|it| number(listener, "port") == Some(it));
    let kind = text(&route.root, "kind").unwrap_or_default();
    let hosts = items(route.root.get("spec"), "hostnames");
    let has_host = match text(listener, "hostname").filter(|it| !it.is_empty()) {
        Some(own) if !hosts.is_empty() => {
            hosts.iter().filter_map(Node::as_str).any(|it| meet(own, it))
        }
        _ => true,
    };
    is_meant
        && has_host
        && takes_kind(listener, kind)
        && takes_namespace(view, view.namespace_of(route), gateway, listener)
        && !needs_certificate(gateway, listener)
}

fn takes_kind(listener: &Node, kind: &str) -> bool {
    let listed = items(listener.get("allowedRoutes"), "kinds");
    if !listed.is_empty() {
        return listed.iter().any(|it| text(it, "kind") == Some(kind));
    }
    match text(listener, "protocol") {
        Some("HTTP" | "HTTPS") => matches!(kind, "HTTPRoute" | "GRPCRoute"),
        Some("TLS") => matches!(kind, "TLSRoute" | "TCPRoute"),
        Some("TCP") => kind == "TCPRoute",
        Some("UDP") => kind == "UDPRoute",
        // Implementations have protocols of their own.
        _ => true,
    }
}

fn takes_namespace<'a>(
    view: &InventoryView<'a>,
    namespace: &str,
    gateway: &'a Object,
    listener: &Node,
) -> bool {
    let allowed = Fields::of(listener).path(&["allowedRoutes", "namespaces"]);
    match allowed.get("from").node().and_then(Node::as_str) {
        Some("All") => true,
        Some("None") => false,
        Some("Selector") => {
            let object = view.find(Kind::Namespace, "", namespace);
            let labels = Labels::of_namespace(namespace, object.map(|it| &it.root));
            let selector = LabelSelector::new(allowed.get("selector")).ok().flatten();
            // Labels that are not known may be the right ones.
            let is_unknown = object.is_none() && !view.is_complete(Kind::Namespace);
            selector.is_some_and(|it| is_unknown || it.holds(|key| labels.get(key)))
        }
        _ => namespace == view.namespace_of(gateway),
    }
}

/// Whether clients need a certificate: of the listener, or by the gateway's default.
fn needs_certificate(gateway: &Object, listener: &Node) -> bool {
    let is_strict = |validation: Fields<'_>| {
        let mode = validation.get("mode").node().and_then(Node::as_str);
        validation.is_set() && mode != Some("AllowInsecureFallback")
    };
    let spec = Fields::of(&gateway.root).get("spec");
    let default = spec.path(&["tls", "frontend", "default", "validation"]);
    let is_tls = text(listener, "protocol") == Some("HTTPS");
    is_strict(Fields::of(listener).path(&["tls", "frontendValidation"]))
        || is_tls && is_strict(default)
}

/// Whether two names of hosts, either with a wildcard in front, have one in common.
pub(super) fn meet(one: &str, other: &str) -> bool {
    let within = |wild: &str, name: &str| {
        wild.strip_prefix('*').is_some_and(|end| {
            let name = name.strip_prefix('*').unwrap_or(name);
            name.len() >= end.len()
                && name.get(name.len() - end.len()..).is_some_and(|it| it.eq_ignore_ascii_case(end))
        })
    };
    one.eq_ignore_ascii_case(other) || within(one, other) || within(other, one)
}

fn items<'a>(node: Option<&'a Node>, key: &str) -> &'a [Node] {
    node.and_then(|it| it.get(key)?.as_sequence()).unwrap_or_default()
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn hosts_meet_where_they_have_a_name_in_common() {
        let check = |one: &str, other: &str, expected: bool| {
            assert_eq!(meet(one, other), expected, "{one} {other}");
            assert_eq!(meet(other, one), expected, "{other} {one}");
        };
        check("a.example.com", "a.example.com", true);
        check("a.example.com", "A.EXAMPLE.com", true);
        check("a.example.com", "b.example.com", false);
        check("*.example.com", "a.example.com", true);
        check("*.example.com", "a.b.example.com", true);
        check("*.example.com", "example.com", false);
        check("*.example.com", "*.a.example.com", true);
        check("*.example.com", "*.example.org", false);
        check("*", "a.example.com", true);
        check("*.é", "é", false);
    }
}
