use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Fields;
use super::inventory::InventoryView;
use super::label_selector::LabelSelector;
use super::labels::{Labels, Selectors};
use super::network::is_on_host_network;
use super::network_policy::Cidr;
use super::place::{Place, place};
use super::pod::PodView;

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
}

/// What of an inventory is reached from outside the cluster.
#[derive(Debug, Default)]
pub struct ServiceView<'a> {
    services: Vec<&'a Object>,
    selectors: Selectors<'a>,
    exposures: BTreeMap<(&'a str, &'a str), Vec<Exposure<'a>>>,
}

/// Kinds that the ways to services rest on.
pub const EXPOSING: &[Kind] = &[
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
                services.add_route(*kind, object, view.namespace_of(object));
            }
        }
        services
    }

    /// The ways from outside to a service.
    #[must_use]
    pub fn exposures(&self, namespace: &'a str, name: &'a str) -> &[Exposure<'a>] {
        self.exposures.get(&(namespace, name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The services that send to a pod.
    pub fn selecting<'s>(
        &'s self,
        pod: &PodView<'a>,
    ) -> impl Iterator<Item = &'a Object> + use<'s, 'a> {
        let numbers = self.selectors.selecting(pod.namespace, Labels::of(pod.metadata));
        numbers.map(|number| self.services[number])
    }

    /// The ways from outside to a pod: through services, and by its node's ports.
    #[must_use]
    pub fn pod_exposures(&self, pod: &PodView<'a>) -> Vec<Exposure<'a>> {
        let mut all: Vec<Exposure<'a>> = Vec::new();
        for service in self.selecting(pod) {
            all.extend(self.exposures(pod.namespace, service.name()));
        }
        all.extend(own_exposures(pod));
        all
    }

    /// The pods that are reached from outside, each with the ways to it.
    pub fn exposed_pods<'s>(
        &'s self,
        view: &'s InventoryView<'a>,
    ) -> impl Iterator<Item = (&'s PodView<'a>, Vec<Exposure<'a>>)> {
        let with_ways = view.pods.iter().map(|pod| (pod, self.pod_exposures(pod)));
        with_ways.filter(|(_, ways)| !ways.is_empty())
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
        }
        let found = service_exposures(object);
        if !found.is_empty() {
            self.exposures.entry((namespace, object.name())).or_default().extend(found);
        }
    }

    fn add_route(&mut self, kind: Kind, object: &'a Object, namespace: &'a str) {
        let spec = Fields::of(&object.root).get("spec");
        let mut targets = BTreeSet::new();
        let way = match kind {
            Kind::Ingress => {
                ingress_services(spec, namespace, &mut targets);
                Way::Ingress
            }
            Kind::VirtualService => {
                virtual_services(spec, namespace, &mut targets);
                Way::IstioGateway
            }
            Kind::Route => {
                let others = items(spec, "alternateBackends").map(Fields::of);
                for target in std::iter::once(spec.get("to")).chain(others) {
                    targets.extend(text(target, "name").map(|name| (namespace, name)));
                }
                Way::OpenShiftRoute
            }
            Kind::Service => return,
            _ => {
                route_services(spec, namespace, &mut targets);
                Way::Gateway
            }
        };
        let place = place(&object.root, &["spec"]);
        let exposure = Exposure { way, reach: Reach::Anywhere, object, place };
        for target in targets {
            self.exposures.entry(target).or_default().push(exposure);
        }
    }
}

/// The ways that a service itself opens.
#[must_use]
pub fn service_exposures(object: &Object) -> Vec<Exposure<'_>> {
    let spec = Fields::of(&object.root).get("spec");
    let mut found = Vec::new();
    let kind = spec.get("type");
    let mut add = |way, reach, node| {
        found.push(Exposure { way, reach, object, place: Place::Node(node) });
    };
    match (kind.node(), kind.node().and_then(Node::as_str)) {
        (Some(node), Some("LoadBalancer")) => {
            add(Way::LoadBalancer, load_balancer_reach(object), node);
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

/// The annotations that keep a cloud's load balancer off the internet, and their values; an empty
/// list for any value. Hetzner's is in `internal/annotation/load_balancer.go` of
/// hcloud-cloud-controller-manager.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("networking.gke.io/load-balancer-type", &["Internal", "internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal", "internal"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", &[]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
    ("service.beta.kubernetes.io/do-loadbalancer-network", &["INTERNAL"]),
    ("service.beta.kubernetes.io/scw-loadbalancer-private", &["true"]),
    ("load-balancer.hetzner.cloud/disable-public-network", &["true"]),
];

/// From where a load balancer is reached.
#[must_use]
pub fn load_balancer_reach(service: &Object) -> Reach {
    let root = Fields::of(&service.root);
    let annotations = root.path(&["metadata", "annotations"]);
    let is_internal = INTERNAL.iter().any(|(name, values)| {
        text(annotations, name).is_some_and(|value| values.is_empty() || values.contains(&value))
    });
    if is_internal {
        return Reach::Internal;
    }
    let everyone = |range: &str| Cidr::parse(range.trim()).is_none_or(Cidr::is_everything);
    let spec = root.get("spec");
    let mut ranges = items(spec, "loadBalancerSourceRanges").map(Node::as_str).peekable();
    let is_listed = if ranges.peek().is_some() {
        ranges.all(|range| range.is_some_and(|range| !everyone(range)))
    } else {
        // The older way to say the same, which counts where the field is not written.
        let listed = text(annotations, "service.beta.kubernetes.io/load-balancer-source-ranges");
        listed.is_some_and(|listed| !listed.is_empty() && !listed.split(',').any(everyone))
    };
    if is_listed { Reach::Listed } else { Reach::Anywhere }
}

fn own_exposures<'a>(pod: &PodView<'a>) -> Vec<Exposure<'a>> {
    let object = pod.object;
    if is_on_host_network(pod) {
        let place = place(pod.spec, &["hostNetwork"]);
        let reach = Reach::Anywhere;
        return vec![Exposure { way: Way::HostNetwork, reach, object, place }];
    }
    let mut found = Vec::new();
    for node in pod.containers.iter().flat_map(|it| items(it.fields(), "ports")) {
        let local = text(Fields::of(node), "hostIP").is_some_and(|ip| ip.starts_with("127."));
        if let Some(port) = node.get("hostPort")
            && port.as_i64().is_some_and(|port| port != 0)
            && !local
        {
            let place = Place::Node(port);
            found.push(Exposure { way: Way::HostPort, reach: Reach::Anywhere, object, place });
        }
    }
    found
}

type Targets<'a> = BTreeSet<(&'a str, &'a str)>;

fn ingress_services<'a>(spec: Fields<'a>, namespace: &'a str, targets: &mut Targets<'a>) {
    let rules = items(spec, "rules").map(|rule| Fields::of(rule).get("http"));
    let backends = rules.flat_map(|http| items(http, "paths")).map(Fields::of);
    let backends = backends.map(|path| path.get("backend"));
    // `backend` at the top is how v1beta1 calls the default.
    for backend in backends.chain([spec.get("defaultBackend"), spec.get("backend")]) {
        let name = text(backend.get("service"), "name").or_else(|| text(backend, "serviceName"));
        targets.extend(name.map(|name| (namespace, name)));
    }
}

fn route_services<'a>(spec: Fields<'a>, namespace: &'a str, targets: &mut Targets<'a>) {
    // A route whose parents are services is for traffic within the mesh.
    let gateway = |parent: &Node| {
        text(Fields::of(parent), "kind")
            .is_none_or(|kind| matches!(kind, "Gateway" | "ListenerSet"))
    };
    if !items(spec, "parentRefs").any(gateway) {
        return;
    }
    for backend in items(spec, "rules").flat_map(|rule| items(Fields::of(rule), "backendRefs")) {
        let backend = Fields::of(backend);
        let is_service = text(backend, "kind").is_none_or(|kind| kind == "Service");
        if let (true, Some(name)) = (is_service, text(backend, "name")) {
            targets.insert((text(backend, "namespace").unwrap_or(namespace), name));
        }
    }
}

fn virtual_services<'a>(spec: Fields<'a>, namespace: &'a str, targets: &mut Targets<'a>) {
    // Without gateways it is for the mesh alone.
    if !items(spec, "gateways").any(|name| name.as_str().is_some_and(|name| name != "mesh")) {
        return;
    }
    for key in ["http", "tls", "tcp"] {
        let routes = items(spec, key).flat_map(|rule| items(Fields::of(rule), "route"));
        let hosts = routes.filter_map(|route| text(Fields::of(route).get("destination"), "host"));
        for host in hosts {
            let mut labels = host.split('.');
            let (Some(name), there) = (labels.next(), labels.next()) else { continue };
            targets.insert((there.unwrap_or(namespace), name));
        }
    }
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
    use merlon_snapshot::{Inventory, Manifest, Origin};

    use super::{Reach, Way};
    use crate::{InventoryView, Told};

    /// The ways to the pod web, whose service is called web too.
    fn check(pod: &str, text: &str, expected: &[(Way, Reach)]) {
        let text = format!(
            "{{kind: Pod, apiVersion: v1, metadata: {{name: web, namespace: a, labels: {{app: w}}}},
 spec: {pod}}}\n---\n{text}"
        );
        let manifest = Manifest { path: "a.yaml".to_owned(), text: text.clone(), rendered: None };
        let inventory = Inventory {
            name: "test".to_owned(),
            origin: Origin::Manifests { skipped: 0 },
            objects: manifest.contents(0).objects,
            manifests: vec![manifest],
            gaps: Vec::new(),
        };
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let exposed: Vec<_> = view.services().exposed_pods(&view).collect();
        let ways: Vec<(Way, Reach)> =
            exposed.iter().flat_map(|(_, ways)| ways).map(|it| (it.way, it.reach)).collect();
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
        let azure = "service.beta.kubernetes.io/azure-load-balancer-internal";
        check(&format!("{{{azure}: 'true'}}"), balancer, &internal);
        check(&format!("{{{azure}: 'false'}}"), balancer, &[(Way::LoadBalancer, Reach::Anywhere)]);
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

    #[test]
    fn ports_of_the_node_lead_to_pods() {
        let host = [(Way::HostPort, Reach::Anywhere)];
        let port = |port: &str| format!("{{containers: [{{name: c, ports: [{port}]}}]}}");
        let nothing = &service("{}", INSIDE);
        check(&port("{hostPort: 80}"), nothing, &host);
        check(&port("{hostPort: 0}"), nothing, &[]);
        check(&port("{hostPort: 80, hostIP: 127.0.0.1}"), nothing, &[]);
        check("{hostNetwork: true}", nothing, &[(Way::HostNetwork, Reach::Anywhere)]);
    }
}
