//! Whether an Ingress lets anybody in: the controller of its class, its annotations, its addresses.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::addresses::{Ranges, has_public_status, is_public_name};
use super::super::inventory::InventoryView;
use super::Gate;

/// A controller of Ingresses, as far as it decides who comes in.
struct Controller {
    /// What classes call it, or how that ends where people give several of them names.
    names: &'static [&'static str],
    /// The classes that people name after it.
    classes: &'static [&'static str],
    /// How the annotations begin that it reads.
    reads: &'static [&'static str],
    /// Whether its proxy is the cloud's.
    is_outside: bool,
}

const ALB: &Controller = &Controller {
    names: &["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"],
    classes: &["alb"],
    reads: &["alb.ingress.kubernetes.io/"],
    is_outside: true,
};
const TAILSCALE: &Controller = &Controller {
    names: &["tailscale.com/ts-ingress"],
    classes: &["tailscale"],
    reads: &["tailscale.com/"],
    is_outside: false,
};
const GOOGLE: &Controller =
    &Controller { names: &[], classes: &["gce", "gce-internal"], reads: &[], is_outside: true };

const CONTROLLERS: &[&Controller] = &[
    ALB,
    TAILSCALE,
    GOOGLE,
    &Controller {
        names: &["/ingress-nginx", "-ingress-nginx"],
        classes: &[],
        reads: &["nginx.ingress.kubernetes.io/"],
        is_outside: false,
    },
    &Controller {
        names: &["nginx.org/ingress-controller"],
        classes: &[],
        reads: &["nginx.org/", "nginx.com/"],
        is_outside: false,
    },
    &Controller {
        names: &[],
        // Two controllers share the name.
        classes: &["nginx"],
        reads: &["nginx.ingress.kubernetes.io/", "nginx.org/", "nginx.com/"],
        is_outside: false,
    },
    &Controller {
        names: &["traefik.io/ingress-controller"],
        classes: &["traefik"],
        reads: &["traefik.ingress.kubernetes.io/"],
        is_outside: false,
    },
    &Controller {
        names: &["haproxy.org/ingress-controller", "haproxy-ingress.github.io/controller"],
        classes: &["haproxy"],
        reads: &["haproxy.org/", "haproxy-ingress.github.io/", "ingress.kubernetes.io/"],
        is_outside: false,
    },
    &Controller {
        names: &["ingress-controllers.konghq.com/kong"],
        classes: &["kong"],
        reads: &["konghq.com/"],
        is_outside: false,
    },
    &Controller {
        names: &["azure/application-gateway"],
        classes: &["azure/application-gateway", "azure-application-gateway"],
        reads: &["appgw.ingress.kubernetes.io/"],
        is_outside: true,
    },
];

/// Annotations by which a controller asks for a login first, unless they have one of these values.
const LOGINS: &[(&str, &[&str])] = &[
    ("nginx.ingress.kubernetes.io/auth-url", &[]),
    ("nginx.ingress.kubernetes.io/auth-type", &["none"]),
    ("alb.ingress.kubernetes.io/auth-type", &["none"]),
    ("nginx.org/basic-auth-secret", &[]),
    ("nginx.com/jwt-key", &[]),
    ("haproxy.org/auth-type", &["none"]),
    ("haproxy-ingress.github.io/auth-secret", &[]),
    ("haproxy-ingress.github.io/auth-url", &[]),
    ("haproxy-ingress.github.io/oauth", &[]),
    ("ingress.kubernetes.io/auth-type", &["none"]),
];

/// Annotations by which clients need certificates, with those by which that may be no more than a wish.
const CERTIFICATES: &[(&str, &str)] = &[
    (
        "nginx.ingress.kubernetes.io/auth-tls-secret",
        "nginx.ingress.kubernetes.io/auth-tls-verify-client",
    ),
    (
        "haproxy-ingress.github.io/auth-tls-secret",
        "haproxy-ingress.github.io/auth-tls-verify-client",
    ),
];

/// Annotations that list who may come.
const LISTS: &[&str] = &[
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy.org/allow-list",
    "haproxy.org/whitelist",
    "haproxy-ingress.github.io/allowlist-source-range",
    "haproxy-ingress.github.io/whitelist-source-range",
    "ingress.kubernetes.io/whitelist-source-range",
];

/// Annotations that name what may ask for a login or for addresses, by objects or words that are not read.
const ELSEWHERE: &[&str] = &[
    "traefik.ingress.kubernetes.io/router.middlewares",
    "konghq.com/plugins",
    "nginx.org/policies",
    "nginx.ingress.kubernetes.io/auth-snippet",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/server-snippet",
    "alb.ingress.kubernetes.io/security-groups",
    "alb.ingress.kubernetes.io/mutual-authentication",
];

/// Whether an Ingress lets anybody in, without a login, at an address that may be on the internet.
pub(super) fn gate<'a>(view: &InventoryView<'a>, ingress: &'a Object) -> Gate<'a> {
    let written = |key: &str| ingress.root.path(&["metadata", "annotations", key]);
    let controller = controller(view, ingress);
    // What is for another controller is for nobody.
    let node = |key: &str| {
        let is_read = controller.is_none_or(|it| it.reads.iter().any(|it| key.starts_with(it)));
        written(key).filter(|_| is_read)
    };
    let annotation = |key: &str| node(key).and_then(Node::as_str).filter(|it| !it.is_empty());
    let asks = |(key, others): &(&str, &[&str])| {
        annotation(key).is_some_and(|value| !others.contains(&value))
    };
    let may_go_without =
        annotation("alb.ingress.kubernetes.io/auth-on-unauthenticated-request") == Some("allow");
    let has_login = LOGINS.iter().any(asks) && !may_go_without;
    let needs_certificate = CERTIFICATES.iter().any(|(secret, how)| {
        let is_wish =
            matches!(annotation(how), Some("off" | "optional" | "optional_no_ca" | "false"));
        annotation(secret).is_some() && !is_wish
    });
    let is_listed = LISTS.iter().filter_map(|key| annotation(key)).any(|list| {
        // HAProxy's may stand in a file of the controller.
        list.starts_with("patterns/") || !Ranges::of(list.split(',')).has_anybody()
    });
    let is_open = !has_login
        && !needs_certificate
        && !is_listed
        && has_public_status(ingress)
        && !is_internal(view, ingress, controller);
    let setting = ELSEWHERE.iter().find_map(|key| node(key));
    let is_outside = controller.is_some_and(|it| it.is_outside);
    Gate { is_open, is_outside, ..Gate::unless(ingress, setting) }
}

/// Whether the proxy of an Ingress is told to stay in an inner network.
fn is_internal<'a>(
    view: &InventoryView<'a>,
    ingress: &'a Object,
    controller: Option<&'static Controller>,
) -> bool {
    let annotation = |key: &str| ingress.root.path(&["metadata", "annotations", key])?.as_str();
    let is = |key: &str, value: &str| annotation(key) == Some(value);
    let scheme = annotation("alb.ingress.kubernetes.io/scheme");
    let is_of = |wanted: &Controller| controller.is_some_and(|it| std::ptr::eq(it, wanted));
    if is_of(ALB) {
        // Its default is `internal`, and a class may have parameters that set it; where there is a name, that tells.
        return match balancer_name(ingress) {
            Some(name) => !is_public_name(name),
            None => scheme != Some("internet-facing"),
        };
    }
    if is_of(TAILSCALE) {
        return !is("tailscale.com/funnel", "true");
    }
    class(view, ingress) == Some("gce-internal")
        || is("appgw.ingress.kubernetes.io/use-private-ip", "true")
        || controller.is_none() && scheme == Some("internal")
}

fn balancer_name(ingress: &Object) -> Option<&str> {
    let status = ingress.root.path(&["status", "loadBalancer", "ingress"])?.as_sequence()?;
    status.iter().find_map(|entry| entry.get("hostname")?.as_str())
}

/// The controller that serves an Ingress, where its class tells.
fn controller<'a>(view: &InventoryView<'a>, ingress: &'a Object) -> Option<&'static Controller> {
    let class = class(view, ingress)?;
    let object = view.find(Kind::IngressClass, "", class);
    let name = object.and_then(|it| it.root.path(&["spec", "controller"])?.as_str());
    let mut all = CONTROLLERS.iter().copied();
    match name {
        // A class that says which it is of need not be called so.
        Some(name) => all.find(|it| it.names.iter().any(|end| name.ends_with(end))),
        None => all.find(|it| it.classes.contains(&class)),
    }
}

/// The class of an Ingress: the one that it names, else the default.
fn class<'a>(view: &InventoryView<'a>, ingress: &'a Object) -> Option<&'a str> {
    let older = ["metadata", "annotations", "kubernetes.io/ingress.class"];
    let named = ingress.root.path(&["spec", "ingressClassName"]).and_then(Node::as_str);
    let named = named.or_else(|| ingress.root.path(&older).and_then(Node::as_str));
    let is_default = |it: &&'a Object| {
        let key = "ingressclass.kubernetes.io/is-default-class";
        let value = it.root.path(&["metadata", "annotations", key]);
        value.and_then(Node::as_str) == Some("true")
    };
    named.or_else(|| view.of_kind(Kind::IngressClass).find(is_default).map(Object::name))
}
