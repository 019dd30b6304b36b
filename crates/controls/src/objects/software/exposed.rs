//! Interfaces for administrators that are reachable from outside the cluster.

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, Malformed, Place, place};
use merlon_views::{InventoryView, PodView};
use merlon_yaml::Node;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::images::image;
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "service-administration-exposed",
    title: "an interface for administrators is reachable from outside",
    vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:P"),
    applies: Applies::Objects,
    check: Check::Inventory {
        reads: &[Kind::Service, Kind::Pod, Kind::Ingress, Kind::HTTPRoute, Kind::Route],
        judge: exposed,
    },
    documentation: Documentation {
        finds: "\
Services of type LoadBalancer or NodePort, Ingresses, HTTPRoutes and Routes that lead to pods of \
programs which run what they are told or show what they hold: Jupyter, Ray, vLLM, Airflow, Argo \
CD and Workflows, Kubeflow, the Kubernetes dashboard, Prometheus, Elasticsearch, Redis, MongoDB \
and others, known by their images. Those that ask for a login count less, as do load balancers of \
a provider's inner network; Ingresses with `auth-url` or `auth-type` pass.",
        matters: "\
Scanners find such interfaces within hours. Notebooks, schedulers and pipelines run any program \
with the rights of their pod; databases without a login are copied and wiped.",
        options: "\
- **`ClusterIP` and `kubectl port-forward`** or a VPN: the edit sets the type.
- **A proxy that authenticates** in front, for what people need every day.
- **An inner load balancer** with `loadBalancerSourceRanges`.",
        acceptable: "With single sign-on in front and a patch schedule behind.",
    },
    examples: &[
        fail(jupyter!("type: LoadBalancer", "app: lab")),
        fail(jupyter!("type: NodePort, ports: [{port: 80, nodePort: 30080}]", "app: lab")),
        fail(concat!(
            jupyter!("type: ClusterIP", "app: lab"),
            "\n---\nkind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: a}\n",
            "spec: {rules: [{http: {paths: [{backend: {service: {name: lab}}}]}}]}"
        )),
        fail(concat!(
            jupyter!("ports: []", "app: lab"),
            "\n---\nkind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\n",
            "metadata: {name: a}\nspec: {rules: [{backendRefs: [{name: lab}]}]}"
        )),
        pass(jupyter!("type: ClusterIP", "app: lab")),
        // It leads elsewhere.
        pass(jupyter!("type: LoadBalancer", "app: web")),
        // The proxy asks for a login.
        pass(concat!(
            jupyter!("type: ClusterIP", "app: lab"),
            "\n---\nkind: Ingress\napiVersion: networking.k8s.io/v1\n",
            "metadata: {name: a, annotations: {nginx.ingress.kubernetes.io/auth-url: 'https://a/'}}\n",
            "spec: {defaultBackend: {service: {name: lab}}}"
        )),
        not_applicable(pod!("{containers: [{name: web, image: 'acme/app:1'}]}")),
        error("# cluster\n# gap services permission-denied"),
        error(jupyter!("type: [LoadBalancer]", "app: lab")),
    ],
}];

/// A program for administrators.
struct Interface {
    name: &'static str,
    images: &'static [&'static str],
    /// Whether it asks for a login as it is installed by default.
    login: bool,
}

const fn open(name: &'static str, images: &'static [&'static str]) -> Interface {
    Interface { name, images, login: false }
}

const fn guarded(name: &'static str, images: &'static [&'static str]) -> Interface {
    Interface { name, images, login: true }
}

/// By the images that their projects publish.
const INTERFACES: &[Interface] = &[
    open(
        "Jupyter",
        &[
            "jupyter/base-notebook",
            "jupyter/minimal-notebook",
            "jupyter/scipy-notebook",
            "jupyter/datascience-notebook",
            "jupyter/tensorflow-notebook",
            "jupyter/pytorch-notebook",
            "jupyter/pyspark-notebook",
            "jupyter/all-spark-notebook",
        ],
    ),
    guarded("JupyterHub", &["jupyterhub/jupyterhub", "jupyterhub/k8s-hub"]),
    open("Ray", &["rayproject/ray", "rayproject/ray-ml"]),
    open("vLLM", &["vllm/vllm-openai"]),
    open("Ollama", &["ollama/ollama"]),
    open("MLflow", &["mlflow/mlflow"]),
    guarded("Airflow", &["apache/airflow"]),
    guarded("Argo CD", &["argoproj/argocd"]),
    guarded("Argo Workflows", &["argoproj/argocli"]),
    guarded("the Kubernetes dashboard", &["kubernetesui/dashboard", "kubernetesui/dashboard-web"]),
    open("Weave Scope", &["weaveworks/scope"]),
    open("Prometheus", &["prom/prometheus", "prometheus/prometheus"]),
    open("Alertmanager", &["prom/alertmanager", "prometheus/alertmanager"]),
    open("Kafka UI", &["provectuslabs/kafka-ui", "kafbat/kafka-ui"]),
    open("Spark", &["apache/spark"]),
    open("Flink", &["apache/flink", "flink"]),
    open("phpMyAdmin", &["phpmyadmin", "phpmyadmin/phpmyadmin"]),
    open("Redis", &["redis", "valkey/valkey"]),
    open("Memcached", &["memcached"]),
    open("MongoDB", &["mongo"]),
    guarded("Elasticsearch", &["elasticsearch/elasticsearch"]),
    guarded("Kibana", &["kibana/kibana"]),
    open("Selenium", &["selenium/hub", "selenium/standalone-chrome"]),
    guarded("Jenkins", &["jenkins/jenkins"]),
    guarded("Rancher", &["rancher/rancher"]),
];

/// A pod of such a program, and where its image stands.
struct Found<'v, 'a> {
    pod: &'v PodView<'a>,
    interface: &'static Interface,
    image: &'a Node,
}

fn exposed<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let mut found = Vec::new();
    for pod in &view.pods {
        for container in &pod.containers {
            // What is malformed is told of by the controls on images.
            let Ok(Some((image, node))) = image(container) else { continue };
            let is_it = |it: &&Interface| it.images.iter().any(|name| image.is_copy_of(name));
            if let Some(interface) = INTERFACES.iter().find(is_it) {
                found.push(Found { pod, interface, image: node });
            }
        }
    }
    if found.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for service in view.of_kind(Kind::Service) {
        flaws.extend(published(view, service, &found)?);
    }
    for kind in [Kind::Ingress, Kind::HTTPRoute, Kind::Route] {
        for object in view.of_kind(kind) {
            let mut backends = Vec::new();
            if !is_guarded(object) {
                collect_backends(&object.root, &mut backends);
            }
            for (name, node) in backends {
                let service = view.find(Kind::Service, view.namespace_of(object), name);
                let target = service.and_then(|service| target(view, service, &found));
                let Some(target) = target else { continue };
                let program = target.interface.name;
                let message = format!("{program} is reachable through Service {name}");
                let flaw = flaw(Place::Node(node), message)
                    .of_object(object)
                    .step("Take the backend away, or put a proxy that authenticates in front", &[]);
                flaws.push(rated(flaw, target));
            }
        }
    }
    Ok(Verdict::of(flaws))
}

/// The flaw of a Service that publishes one of the pods by itself.
fn published<'a>(
    view: &InventoryView<'a>,
    service: &'a Object,
    found: &[Found<'_, 'a>],
) -> Result<Option<Flaw<'a>>, Malformed<'a>> {
    let spec = Fields::of(&service.root).get("spec");
    let kind = spec.text("type")?;
    let (Some(kind @ ("LoadBalancer" | "NodePort")), Some(target)) =
        (kind, target(view, service, found))
    else {
        return Ok(None);
    };
    let message = format!("{} is reachable through a {kind}", target.interface.name);
    let place = place(&service.root, &["spec", "type"]);
    let mut flaw = flaw(place, message).of_object(service).set("ClusterIP").needs_review();
    // What the API server refuses for a ClusterIP.
    for port in spec.list("ports")? {
        flaw = Fields::of(port).get("nodePort").node().into_iter().fold(flaw, Flaw::remove);
    }
    flaw = spec.get("externalTrafficPolicy").node().into_iter().fold(flaw, Flaw::remove);
    let ranges = spec.texts("loadBalancerSourceRanges")?;
    let is_narrowed = !ranges.is_empty() && !ranges.iter().any(|range| range.ends_with("/0"));
    if is_narrowed || is_inner(service) {
        flaw = flaw.at_most(Severity::Medium);
    }
    Ok(Some(rated(flaw, target)))
}

/// Names the pod; a program with a login of its own counts less.
fn rated<'a>(flaw: Flaw<'a>, target: &Found<'_, 'a>) -> Flaw<'a> {
    let statement = format!("this is {}", target.interface.name);
    let flaw = flaw.because(statement, target.pod.object, Place::Node(target.image));
    if target.interface.login { flaw.at_most(Severity::Medium) } else { flaw }
}

/// The pod among these that a Service selects.
fn target<'f, 'v, 'a>(
    view: &InventoryView<'a>,
    service: &'a Object,
    found: &'f [Found<'v, 'a>],
) -> Option<&'f Found<'v, 'a>> {
    let selector = service.root.path(&["spec", "selector"])?.as_mapping()?.entries();
    let namespace = view.namespace_of(service);
    found.iter().find(|it| {
        let selects = |key: &str, value: &Node| {
            value.as_str().is_some_and(|value| it.pod.label(key) == Some(value))
        };
        !selector.is_empty()
            && it.pod.namespace == namespace
            && selector.iter().all(|entry| selects(&entry.key, &entry.value))
    })
}

/// Whether the load balancer is of the provider's inner network, by the providers' annotations.
fn is_inner(service: &Object) -> bool {
    const INNER: &[(&str, &str)] = &[
        ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
        ("networking.gke.io/load-balancer-type", "Internal"),
        ("cloud.google.com/load-balancer-type", "Internal"),
    ];
    INNER.iter().any(|(key, value)| annotation(service, key) == Some(value))
}

/// Whether the Ingress has its proxy ask for a login.
fn is_guarded(object: &Object) -> bool {
    const GUARDS: &[&str] = &[
        "nginx.ingress.kubernetes.io/auth-url",
        "nginx.ingress.kubernetes.io/auth-type",
        "nginx.ingress.kubernetes.io/auth-tls-secret",
        "alb.ingress.kubernetes.io/auth-type",
    ];
    GUARDS.iter().any(|key| annotation(object, key).is_some_and(|value| value != "none"))
}

fn annotation<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.root.path(&["metadata", "annotations"])?.get(key)?.as_str()
}

/// The names of Services that an Ingress, HTTPRoute or Route leads to, and where they stand.
fn collect_backends<'a>(root: &'a Node, backends: &mut Vec<(&'a str, &'a Node)>) {
    let mut take = |node: Option<&'a Node>| {
        backends.extend(node.and_then(|node| Some((node.as_str()?, node))));
    };
    let Some(spec) = root.get("spec") else { return };
    let items = |node: Option<&'a Node>| node.and_then(Node::as_sequence).unwrap_or_default();
    take(spec.path(&["to", "name"]));
    take(spec.path(&["defaultBackend", "service", "name"]));
    for rule in items(spec.get("rules")) {
        for path in items(rule.path(&["http", "paths"])) {
            take(path.path(&["backend", "service", "name"]));
            take(path.path(&["backend", "serviceName"]));
        }
        for backend in items(rule.get("backendRefs")) {
            take(backend.get("name"));
        }
    }
}
