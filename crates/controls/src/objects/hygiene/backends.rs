//! Objects that name others which are not there.

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, Malformed, Place, place};
use merlon_views::{InventoryView, PodView};
use merlon_yaml::Node;
use serde_json::json;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

const ROUTES: &[Kind] =
    &[Kind::HTTPRoute, Kind::GRPCRoute, Kind::TLSRoute, Kind::TCPRoute, Kind::UDPRoute];

/// A service `web` with the port 80, before what an example says.
macro_rules! beside_service {
    ($object:literal) => {
        concat!(
            "\
apiVersion: v1
kind: Service
metadata: {name: web}
",
            "spec: {ports: [{name: http, port: 80}]}\n---\n",
            $object
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "ingress-backend-missing",
        title: "an ingress leads to a service or port that is not there",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Ingress], reads: &[Kind::Service], judge: ingress },
        documentation: Documentation {
            finds: "\
Backends of ingresses whose service does not exist in the ingress's namespace, or has no such \
port. In manifests only where services of the namespace are among them. Services of type \
`ExternalName`, and the port `use-annotation` of AWS's controller, are left out.",
            matters: "\
Visitors get an error. Whoever may make a service of that name in the namespace receives what they \
send to the host, by its certificate.",
            options: "- **Correct the port**: the edit offered where the service has no other.
- **Correct the service's name or remove the path.** Which of them, no edit can know.",
            acceptable: "For services that are made elsewhere.",
        },
        examples: &[
            fail(beside_service!(
                "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: wbe, port: {number: 80}}}}]}}]}"
            )),
            fail(beside_service!(
                "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 8080}}}}"
            )),
            fail(beside_service!(
                "
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {name: web}
spec: {backend: {serviceName: web, servicePort: https}}"
            )),
            pass(beside_service!(
                "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}]}}]}"
            )),
            // AWS's controller reads an annotation instead.
            pass(beside_service!(
                "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: redirect, port: {name: use-annotation}}}}"
            )),
            not_applicable(
                "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}",
            ),
            error(beside_service!(
                "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: 1}"
            )),
        ],
    },
    Control {
        id: "route-backend-missing",
        title: "a route of the gateway API leads to a service or port that is not there",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: ROUTES, reads: &[Kind::Service], judge: route },
        documentation: Documentation {
            finds: "\
`backendRefs` of HTTP, gRPC, TLS, TCP and UDP routes that name a service which does not exist, or \
a port that it does not have. In manifests only where services of the namespace are among them.",
            matters: "\
Requests fail. Whoever may make a service of that name in the namespace receives them.",
            options: "\
- **Correct the port**: the edit offered where the service has no other.
- **Correct the service's name or remove the reference.** Which of them, no edit can know.",
            acceptable: "For services that are made elsewhere.",
        },
        examples: &[
            fail(beside_service!(
                "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{name: wbe, port: 80}]}]}"
            )),
            fail(beside_service!(
                "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{name: web, port: 8080}]}]}"
            )),
            pass(beside_service!(
                "
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: web, namespace: other}
spec: {rules: [{backendRefs: [{name: web, namespace: default, port: 80}]}]}"
            )),
            // Of another kind than a service nothing is known.
            pass(beside_service!(
                "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{group: multicluster.x-k8s.io, kind: ServiceImport, name: a}]}]}"
            )),
            not_applicable(
                "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}",
            ),
        ],
    },
    Control {
        id: "pod-service-account-missing",
        title: "a pod names a service account that does not exist",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Pod { reads: &[Kind::ServiceAccount], judge: account },
        documentation: Documentation {
            finds: "\
Pods whose service account is not in their namespace. In manifests only where other accounts of \
the namespace are among them, and with low severity.",
            matters: "\
New pods are refused. Whoever may make an account of that name gets what bindings left behind give \
it.",
            options: "- **Make the account or correct the name.** Which of them, no edit can know.",
            acceptable: "For accounts that are made elsewhere.",
        },
        examples: &[
            fail(
                "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
            fail(
                "\
# cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {serviceAccountName: web, containers: [{name: web}]}}}",
            ),
            pass(
                "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
            not_applicable(pod!("{serviceAccountName: web, containers: [{name: web}]}")),
            not_applicable(pod!("{containers: [{name: web}]}")),
        ],
    },
    Control {
        id: "autoscaler-target-missing",
        title: "an autoscaler scales a workload that does not exist",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::HorizontalPodAutoscaler],
            reads: &SCALABLE,
            judge: autoscaler,
        },
        documentation: Documentation {
            finds: "\
HorizontalPodAutoscalers whose `scaleTargetRef` is not in their namespace; of kinds that Merlon \
does not know nothing is said. In manifests only where others of the kind are among them.",
            matters: "\
Nothing is scaled: under load, an attacker's too, the program stays as small as it is.",
            options: "\
- **Correct the kind**: the edit offered where a workload of that name is of another kind.
- **Correct the name or delete the autoscaler.** Which of them, no edit can know.",
            acceptable: "For workloads that are made elsewhere.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: wbe}}",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
            ),
            fail(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
            ),
            not_applicable(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: example.com/v1, kind: Thing, name: web}}",
            ),
            error(
                "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {kind: 1}}",
            ),
        ],
    },
];

/// Where else the object may be.
fn among(view: &InventoryView<'_>) -> &'static str {
    if view.is_cluster() { "" } else { " among these manifests" }
}

/// What is wrong with a reference to a service's port; `None` also where nothing can be said.
fn service_flaw<'a>(
    view: &InventoryView<'a>,
    namespace: &'a str,
    name: &'a Node,
    port: Option<&'a Node>,
) -> Result<Option<Flaw<'a>>, Malformed<'a>> {
    let text = name.as_str().ok_or(Malformed { node: name, expected: "a text" })?;
    let instruction = "Name a service and a port that exist";
    let commands = &["kubectl get services -n NAMESPACE"];
    let Some(service) = view.find(Kind::Service, namespace, text) else {
        let message = format!("there is no service {text} in {namespace}{}", among(view));
        return Ok(Some(flaw(Place::Node(name), message).step(instruction, commands)));
    };
    let spec = Fields::of(&service.root).get("spec");
    let ports = spec.list("ports")?;
    let Some(port) = port else { return Ok(None) };
    if ports.is_empty() || spec.text("type")? == Some("ExternalName") {
        return Ok(None);
    }
    let is_it = |it: &Node| {
        ["port", "name"]
            .iter()
            .any(|key| it.get(key).is_some_and(|value| value.value == port.value))
    };
    if ports.iter().any(is_it) {
        return Ok(None);
    }
    let message = format!("the service {text} has no port {}", merlon_yaml::to_json(port));
    let flaw = flaw(Place::Node(port), message);
    // As it is called: by number or by name.
    let key = if port.as_i64().is_some() { "port" } else { "name" };
    let only = if let [only] = ports { only.get(key).filter(|it| !it.is_null()) } else { None };
    Ok(Some(match only {
        Some(only) => flaw.set(merlon_yaml::to_json(only)).needs_review(),
        None => flaw.step(instruction, commands),
    }))
}

fn ingress<'a>(view: &InventoryView<'a>, ingress: &'a Object) -> Judged<'a> {
    let namespace = view.namespace_of(ingress);
    if !view.knows(Kind::Service, namespace) {
        return Ok(Verdict::NotApplicable);
    }
    let spec = Fields::of(&ingress.root).get("spec");
    let mut backends = vec![spec.get("defaultBackend"), spec.get("backend")];
    for rule in spec.list("rules")?.iter().map(Fields::of) {
        let paths = rule.get("http").list("paths")?;
        backends.extend(paths.iter().map(|path| Fields::of(path).get("backend")));
    }
    let mut flaws = Vec::new();
    for backend in backends {
        let service = backend.get("service");
        let port = service.get("port");
        let port = [port.get("number"), port.get("name"), backend.get("servicePort")];
        let port = port.into_iter().find_map(Fields::node);
        let name = service.get("name").node().or_else(|| backend.get("serviceName").node());
        if let Some(name) = name
            && port.and_then(Node::as_str) != Some("use-annotation")
        {
            flaws.extend(service_flaw(view, namespace, name, port)?);
        }
    }
    Ok(Verdict::of(flaws))
}

fn route<'a>(view: &InventoryView<'a>, route: &'a Object) -> Judged<'a> {
    let mut flaws = Vec::new();
    let mut is_any_known = false;
    for rule in Fields::of(&route.root).get("spec").list("rules")? {
        for backend in Fields::of(rule).list("backendRefs")?.iter().map(Fields::of) {
            let namespace = backend.text("namespace")?.unwrap_or(view.namespace_of(route));
            let kind = (backend.text("group")?.unwrap_or(""), backend.text("kind")?);
            let is_service = matches!(kind, ("", None | Some("Service")));
            if !is_service {
                is_any_known = true;
                continue;
            }
            if !view.knows(Kind::Service, namespace) {
                continue;
            }
            is_any_known = true;
            if let Some(name) = backend.get("name").node() {
                flaws.extend(service_flaw(view, namespace, name, backend.get("port").node())?);
            }
        }
    }
    Ok(if is_any_known { Verdict::of(flaws) } else { Verdict::NotApplicable })
}

fn account<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let name = pod.service_account_name();
    if name == "default" || pod.is_mirror() {
        return Ok(Verdict::NotApplicable);
    }
    if view.service_account(pod).is_some() {
        return Ok(Verdict::Pass);
    }
    if !view.knows(Kind::ServiceAccount, pod.namespace) {
        return Ok(Verdict::NotApplicable);
    }
    let message = format!("there is no service account {name} in {}{}", pod.namespace, among(view));
    let most = if view.is_cluster() { Severity::Critical } else { Severity::Low };
    flaw(place(pod.spec, &["serviceAccountName"]), message)
        .at_most(most)
        .step(
            "Make the service account, or name one that exists",
            &["kubectl create serviceaccount NAME -n NAMESPACE"],
        )
        .into()
}

/// What autoscalers scale of the built-in kinds.
const SCALABLE: [Kind; 3] = [Kind::Deployment, Kind::StatefulSet, Kind::ReplicaSet];

fn autoscaler<'a>(view: &InventoryView<'a>, scaler: &'a Object) -> Judged<'a> {
    const TARGET: &[&str] = &["spec", "scaleTargetRef"];
    let target = Fields::of(&scaler.root).path(TARGET);
    let (version, kind) = (target.text("apiVersion")?, target.text("kind")?);
    let name = target.text("name")?.unwrap_or_default();
    let Some(kind) = Kind::of(version.unwrap_or_default(), kind.unwrap_or_default()) else {
        return Ok(Verdict::NotApplicable);
    };
    let namespace = view.namespace_of(scaler);
    if view.find(kind, namespace, name).is_some() {
        return Ok(Verdict::Pass);
    }
    if !view.knows(kind, namespace) {
        return Ok(Verdict::NotApplicable);
    }
    let message = format!("there is no {kind} {name} in {namespace}{}", among(view));
    let flaw = flaw(place(&scaler.root, TARGET), message);
    let called = SCALABLE.iter().filter_map(|kind| view.find(*kind, namespace, name));
    let called: Vec<&Object> = called.collect();
    if let [only] = called[..] {
        let found = only.reference();
        let target = json!({"apiVersion": found.api_version, "kind": found.kind, "name": name});
        return flaw.set(target).needs_review().into();
    }
    flaw.step(
        "Name a workload that exists, or delete the autoscaler",
        &["kubectl get hpa -n NAMESPACE"],
    )
    .into()
}
