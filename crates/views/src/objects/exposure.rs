mod balancer;
mod routes;

use std::collections::BTreeMap;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Fields;
use super::inventory::InventoryView;
use super::label_selector::LabelSelector;
use super::labels::{Labels, Selectors};
use super::place::Place;
use super::pod::PodView;
use super::ports::PortName;

pub(super) use balancer::is_internal;
pub use balancer::load_balancer_reach;
use routes::targets;

/// How something is reached from outside the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A service of type `LoadBalancer`.
    LoadBalancer,
    /// A service of type `NodePort`.
    NodePort,
    /// A service with `externalIPs`.
    ExternalAddress,
    /// An Ingress.
    Ingress,
    /// A route of the Gateway API.
    Gateway,
    /// A VirtualService at an Istio gateway.
    IstioGateway,
    /// An OpenShift Route.
    OpenShiftRoute,
    /// A container's `hostPort`.
    HostPort,
    /// The node's own network.
    HostNetwork,
}

/// From where it is reached, as far as the objects tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// From networks that the cloud's load balancer is told to stay in.
    Internal,
    /// From the addresses that `loadBalancerSourceRanges` lists.
    Listed,
    /// From wherever the address can be reached.
    Anywhere,
}

/// One way from outside to a service or a pod.
#[derive(Clone, Copy, Debug)]
pub struct Exposure<'a> {
    /// How.
    pub way: Way,
    /// From where.
    pub reach: Reach,
    /// The object that makes it so.
    pub object: &'a Object,
    /// Where it says so.
    pub place: Place<'a>,
    /// The port of the service that it leads to; `None` for each.
    pub port: Option<PortName<'a>>,
}

/// What of an inventory is reached from outside the cluster.
#[derive(Debug, Default)]
pub struct ServiceView<'a> {
    services: Vec<&'a Object>,
    selectors: Selectors<'a>,
    unselective: Vec<&'a Object>,
    exposures: BTreeMap<(&'a str, &'a str), Vec<Exposure<'a>>>,
}

/// Kinds that the ways to services rest on.
const EXPOSING: &[Kind] = &[
    Kind::Service,
    Kind::Ingress,
    Kind::HTTPRoute,
    Kind::GRPCRoute,
    Kind::TLSRoute,
    Kind::TCPRoute,
    Kind::UDPRoute,
    Kind::VirtualService,
    Kind::Route,
];

impl<'a> ServiceView<'a> {
    pub(crate) fn new(view: &InventoryView<'a>) -> Self {
        let mut services = Self::default();
        for object in view.of_kind(Kind::Service) {
            services.add_service(object, view.namespace_of(object));
        }
        for kind in EXPOSING {
            for object in view.of_kind(*kind) {
                services.add_route(view, *kind, object);
            }
        }
        let exposures = &services.exposures;
        let is_reached =
            |it: &&'a Object| exposures.contains_key(&(view.namespace_of(it), it.name()));
        services.unselective.retain(is_reached);
        services
    }

    /// The ways from outside to a service.
    pub(super) fn exposures(&self, namespace: &'a str, name: &'a str) -> &[Exposure<'a>] {
        self.exposures.get(&(namespace, name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// All ways from outside to services.
    pub(super) fn all_exposures(&self) -> impl Iterator<Item = &Exposure<'a>> {
        self.exposures.values().flatten()
    }

    /// The services that send to a pod.
    pub fn selecting<'s>(
        &'s self,
        pod: &PodView<'a>,
    ) -> impl Iterator<Item = &'a Object> + use<'s, 'a> {
        let numbers = self.selectors.selecting(pod.namespace, Labels::of(pod.metadata));
        numbers.map(|number| self.services[number])
    }

    /// The services with ways to them that send to no pods by themselves: those of their endpoints.
    pub(super) fn unselective(&self) -> impl Iterator<Item = &'a Object> + use<'_, 'a> {
        self.unselective.iter().copied()
    }

    fn add_service(&mut self, object: &'a Object, namespace: &'a str) {
        let spec = Fields::of(&object.root).get("spec");
        // A service without a selector sends to the addresses of its endpoints alone.
        let selector = LabelSelector::of_labels(spec.get("selector")).ok().flatten();
        let selector = selector.unwrap_or_default();
        let is_external = spec.text("type").ok().flatten() == Some("ExternalName");
        if !selector.is_everything() && !is_external {
            self.selectors.push(namespace, selector);
            self.services.push(object);
        } else if !is_external {
            self.unselective.push(object);
        }
        let found = service_exposures(object);
        if !found.is_empty() {
            self.exposures.entry((namespace, object.name())).or_default().extend(found);
        }
    }

    fn add_route(&mut self, view: &InventoryView<'a>, kind: Kind, object: &'a Object) {
        let way = match kind {
            Kind::Ingress => Way::Ingress,
            Kind::VirtualService => Way::IstioGateway,
            Kind::Route => Way::OpenShiftRoute,
            Kind::Service => return,
            _ => Way::Gateway,
        };
        for ((namespace, service, port), node) in targets(view, kind, object) {
            let place = Place::Node(node);
            let exposure = Exposure { way, reach: Reach::Anywhere, object, place, port };
            self.exposures.entry((namespace, service)).or_default().push(exposure);
        }
    }
}

/// The ways that a service itself opens.
fn service_exposures(object: &Object) -> Vec<Exposure<'_>> {
    let spec = Fields::of(&object.root).get("spec");
    let mut found = Vec::new();
    let mut add = |way, reach, node| {
        found.push(Exposure { way, reach, object, place: Place::Node(node), port: None });
    };
    let kind = spec.get("type").node();
    match (kind, kind.and_then(Node::as_str)) {
        (Some(node), Some("LoadBalancer")) => {
            add(Way::LoadBalancer, load_balancer_reach(object), node);
            // The nodes have ports for it besides, which its source ranges do not guard.
            if let Some(port) = items(spec, "ports").find_map(|port| port.get("nodePort")) {
                add(Way::NodePort, Reach::Anywhere, port);
            }
        }
        (Some(node), Some("NodePort")) => add(Way::NodePort, Reach::Anywhere, node),
        _ => {}
    }
    let addresses = spec.get("externalIPs").node();
    if let Some(node) = addresses
        && node.as_sequence().is_some_and(|items| !items.is_empty())
    {
        add(Way::ExternalAddress, Reach::Anywhere, node);
    }
    found
}

fn items<'a>(fields: Fields<'a>, key: &str) -> impl Iterator<Item = &'a Node> + use<'a> {
    let list = fields.get(key).node().and_then(Node::as_sequence);
    list.unwrap_or_default().iter()
}

fn text<'a>(fields: Fields<'a>, key: &str) -> Option<&'a str> {
    fields.get(key).node().and_then(Node::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::example::inventory;
    use super::{Reach, Way};
    use crate::{InventoryView, Told};

    /// The ways to the pod web, whose service is called web too.
    fn check(pod: &str, text: &str, expected: &[(Way, Reach)]) {
        let text = format!(
            "{{kind: Pod, apiVersion: v1, metadata: {{name: web, namespace: a, labels: {{app: w}}}},
 spec: {pod}}}\n---\n{text}"
        );
        let inventory = inventory(&text);
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let services = view.services();
        let selecting = services.selecting(&view.pods[0]);
        let found = selecting.flat_map(|service| services.exposures("a", service.name()));
        let ways: Vec<(Way, Reach)> = found.map(|it| (it.way, it.reach)).collect();
        assert_eq!(ways, expected, "{text}");
    }

    fn service(annotations: &str, spec: &str) -> String {
        format!(
            "{{kind: Service, apiVersion: v1, metadata: {{name: web, namespace: a, annotations: \
             {annotations}}}, spec: {spec}}}\n"
        )
    }

    const POD: &str = "{containers: [{name: c}]}";
    const INSIDE: &str = "{selector: {app: w}}";

    #[test]
    fn services_are_reached_as_their_type_says() {
        let check = |annotations: &str, spec: &str, expected: &[(Way, Reach)]| {
            check(POD, &service(annotations, spec), expected);
        };
        let balancer = "{type: LoadBalancer, selector: {app: w}}";
        check("{}", INSIDE, &[]);
        check("{}", balancer, &[(Way::LoadBalancer, Reach::Anywhere)]);
        check("{}", "{type: NodePort, selector: {app: w}}", &[(Way::NodePort, Reach::Anywhere)]);
        check("{}", "{type: NodePort, selector: {app: x}}", &[]);
        // Without a selector it sends to no pod by itself.
        check("{}", "{type: NodePort}", &[]);
        check("{}", "{type: NodePort, selector: {}}", &[]);
        let external = "{selector: {app: w}, externalIPs: [192.0.2.1]}";
        check("{}", external, &[(Way::ExternalAddress, Reach::Anywhere)]);
        let internal = [(Way::LoadBalancer, Reach::Internal)];
        check("{networking.gke.io/load-balancer-type: Internal}", balancer, &internal);
        let ranges = |ranges: &str| {
            format!(
                "{{type: LoadBalancer, selector: {{app: w}}, loadBalancerSourceRanges: {ranges}}}"
            )
        };
        check("{}", &ranges("[10.0.0.0/8]"), &[(Way::LoadBalancer, Reach::Listed)]);
        check("{}", &ranges("[]"), &[(Way::LoadBalancer, Reach::Anywhere)]);
        let open = [(Way::LoadBalancer, Reach::Anywhere)];
        check("{}", &ranges("[10.0.0.0/8, 0.0.0.0/0]"), &open);
    }

    #[test]
    fn clouds_are_told_in_their_own_words_to_stay_in_inner_networks() {
        let check = |annotation: &str, rest: &str, expected: Reach| {
            let spec = format!("{{type: LoadBalancer, selector: {{app: w}}, {rest}}}");
            let annotations = format!("{{{annotation}}}");
            check(POD, &service(&annotations, &spec), &[(Way::LoadBalancer, expected)]);
        };
        let annotated = |key: &str, value: &str, expected: Reach| {
            check(&format!("{key}: '{value}'"), "", expected);
        };
        let (inner, open) = (Reach::Internal, Reach::Anywhere);
        let aws = "service.beta.kubernetes.io/aws-load-balancer-internal";
        annotated(aws, "true", inner);
        annotated(aws, "0.0.0.0/0", inner);
        // Its cloud provider takes all but this one for yes.
        annotated(aws, "False", inner);
        annotated(aws, "false", open);
        annotated(aws, "", open);
        let azure = "service.beta.kubernetes.io/azure-load-balancer-internal";
        annotated(azure, "true", inner);
        annotated(azure, "TRUE", inner);
        annotated(azure, "false", open);
        annotated("networking.gke.io/load-balancer-type", "Internal", inner);
        annotated("networking.gke.io/load-balancer-type", "External", open);
        annotated("service.beta.kubernetes.io/openstack-internal-load-balancer", "true", inner);
        annotated("service.beta.kubernetes.io/oci-load-balancer-internal", "1", inner);
        annotated("oci-network-load-balancer.oraclecloud.com/internal", "true", inner);
        annotated("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", "a", inner);
        annotated("service.beta.kubernetes.io/cce-load-balancer-internal-vpc", "true", inner);
        annotated("yandex.cloud/load-balancer-type", "internal", inner);
        annotated("yandex.cloud/load-balancer-type", "external", open);
        annotated("service.beta.kubernetes.io/osc-load-balancer-internal", "false", open);
    }

    #[test]
    fn classes_of_load_balancers_have_defaults_of_their_own() {
        let check = |annotation: &str, class: &str, expected: Reach| {
            let class = format!("loadBalancerClass: {class}");
            let spec = format!("{{type: LoadBalancer, selector: {{app: w}}, {class}}}");
            let annotations = format!("{{{annotation}}}");
            check(POD, &service(&annotations, &spec), &[(Way::LoadBalancer, expected)]);
        };
        let scheme =
            |it: &str| format!("service.beta.kubernetes.io/aws-load-balancer-scheme: {it}");
        let (inner, open) = (Reach::Internal, Reach::Anywhere);
        for class in ["service.k8s.aws/nlb", "eks.amazonaws.com/nlb"] {
            check("", class, inner);
            check(&scheme("internet-facing"), class, open);
            check(&scheme("internal"), class, inner);
            check("service.beta.kubernetes.io/aws-load-balancer-internal: 'false'", class, open);
        }
        // The same controller takes these over, which are for the cloud provider otherwise.
        let kind = |it: &str| format!("service.beta.kubernetes.io/aws-load-balancer-type: {it}");
        check(&kind("external"), "null", inner);
        check(&format!("{}, {}", kind("external"), scheme("internet-facing")), "null", open);
        check(&kind("nlb"), "null", open);
        check("", "networking.gke.io/l4-regional-internal", inner);
        check("", "networking.gke.io/l4-regional-external", open);
        check("", "tailscale", inner);
        check("", "metallb.io/metallb", open);
    }

    #[test]
    fn routes_lead_to_services() {
        let check = |route: &str, expected: &[Way]| {
            let text = format!("{}---\n{route}", service("{}", INSIDE));
            let expected: Vec<_> = expected.iter().map(|way| (*way, Reach::Anywhere)).collect();
            check(POD, &text, &expected);
        };
        let object = |version: &str, kind: &str, namespace: &str, spec: &str| {
            format!(
                "{{apiVersion: {version}, kind: {kind}, metadata: {{name: r, namespace: \
                 {namespace}}}, spec: {spec}}}"
            )
        };
        let ingress = |namespace: &str, spec: &str| {
            object("networking.k8s.io/v1", "Ingress", namespace, spec)
        };
        let rule = "{rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]}";
        check(&ingress("a", rule), &[Way::Ingress]);
        check(&ingress("b", rule), &[]);
        check(&ingress("a", "{defaultBackend: {service: {name: web}}}"), &[Way::Ingress]);
        let old = "{rules: [{http: {paths: [{backend: {serviceName: web}}]}}]}";
        check(&object("extensions/v1beta1", "Ingress", "a", old), &[Way::Ingress]);
        let http = |spec: &str| object("gateway.networking.k8s.io/v1", "HTTPRoute", "b", spec);
        let back = "rules: [{backendRefs: [{name: web, namespace: a}]}]";
        check(&http(&format!("{{parentRefs: [{{name: gw}}], {back}}}")), &[Way::Gateway]);
        check(&http(&format!("{{parentRefs: [{{kind: Service, name: x}}], {back}}}")), &[]);
        let istio = |spec: &str| object("networking.istio.io/v1", "VirtualService", "b", spec);
        let to = "http: [{route: [{destination: {host: web.a.svc.cluster.local}}]}]";
        check(&istio(&format!("{{gateways: [gw], {to}}}")), &[Way::IstioGateway]);
        check(&istio(&format!("{{gateways: [mesh], {to}}}")), &[]);
        check(&istio(&format!("{{{to}}}")), &[]);
        let route = object("route.openshift.io/v1", "Route", "a", "{to: {name: web}}");
        check(&route, &[Way::OpenShiftRoute]);
    }
}
