//! Objects that select pods or services, of which there are none.

use std::collections::{BTreeSet, HashMap};

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, LabelSelector, Place, place};
use merlon_yaml::{Node, to_json};

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::judge::WORKLOADS;
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

/// A deployment whose pods are `app: web`, before what an example says.
macro_rules! beside_web {
    ($object:literal) => {
        concat!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
",
            "spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, ",
            "spec: {containers: [{name: web, ports: [{name: http, containerPort: 80}]}]}}}\n---\n",
            $object
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "service-selects-nothing",
        title: "a service selects no pod",
        vector: vector("AV:A/AC:H/Au:S/C:P/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Service], reads: WORKLOADS, judge: service },
        documentation: Documentation {
            finds: "\
Services whose selector matches neither a pod nor a workload's template in their namespace; \
workloads with no replicas count. In manifests only where workloads of the namespace are among \
them, and no objects of kinds that Merlon does not know, for operators make pods from those.",
            matters: "\
Clients get nothing. Whoever may make a pod with those labels receives what is meant for another.",
            options: "\
- **Correct the selector**, or delete the service. Which of them is right, no edit can know.",
            acceptable: "For pods that are made elsewhere or only now and then.",
        },
        examples: &[
            fail(beside_web!(
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: wbe}}"
            )),
            fail(
                "\
# cluster
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}",
            ),
            pass(beside_web!(
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}"
            )),
            // A stateful set's controller adds this label.
            pass(beside_web!(
                "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web, statefulset.kubernetes.io/pod-name: web-0}}"
            )),
            // Nothing is known of the pods of another namespace.
            not_applicable(beside_web!(
                "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: other}
spec: {selector: {app: x}}"
            )),
            not_applicable(
                "\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}",
            ),
            not_applicable(beside_web!(
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: []}"
            )),
            error(beside_web!(
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: [web]}"
            )),
        ],
    },
    Control {
        id: "service-target-port-missing",
        title: "a service names a port that its pods do not have",
        vector: vector("AV:A/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Service], reads: WORKLOADS, judge: target_port },
        documentation: Documentation {
            finds: "\
Services with a `targetPort` that is a name, where no container of the pods they select has a port \
of that name. Numbers work whether they are declared or not, and are not judged.",
            matters: "The port leads nowhere: clients are refused.",
            options: "\
- **Name the port in the container**, or write its number: the edit offered where the pods declare \
no other port.",
            acceptable: "Never on purpose.",
        },
        examples: &[
            fail(beside_web!(
                "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: https}]}"
            )),
            pass(beside_web!(
                "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}, {port: 8080}]}"
            )),
            not_applicable(
                "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: https}]}",
            ),
            error(beside_web!(
                "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: 80}"
            )),
        ],
    },
    Control {
        id: "network-policy-selects-nothing",
        title: "a network policy protects no pod",
        vector: vector("AV:A/AC:M/Au:S/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::NetworkPolicy], reads: WORKLOADS, judge: policy },
        documentation: Documentation {
            finds: "\
Network policies whose `podSelector` matches neither a pod nor a workload's template in their \
namespace. An empty selector means all pods, those to come included, and passes. In manifests only \
where workloads of the namespace are among them, and no objects of kinds that Merlon does not know.",
            matters: "What it was meant to protect can be reached as if it did not exist.",
            options: "\
- **Correct the selector**: compare it with the labels of the pods. Which labels are meant, no \
edit can know.",
            acceptable: "For pods that are made only now and then.",
        },
        examples: &[
            fail(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [wbe]}]}}"
            )),
            pass(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: {app: web}}}"
            )),
            pass(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {}}"
            )),
            not_applicable(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: {app: web}}}",
            ),
            error(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: web}}"
            )),
        ],
    },
    Control {
        id: "network-policy-peer-selects-nothing",
        title: "a network policy lets pods in or out that do not exist",
        vector: vector("AV:A/AC:H/Au:S/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::NetworkPolicy], reads: WORKLOADS, judge: peers },
        documentation: Documentation {
            finds: "\
Peers of network policies (`from`, `to`) whose `podSelector` matches no pod of the policy's own \
namespace. Peers with a `namespaceSelector` are left out.",
            matters: "\
What was meant to get through does not; and whoever may make a pod with those labels does.",
            options: "\
- **Correct the selector or remove the peer.** Which of them, no edit can know.",
            acceptable: "For pods that are made only now and then.",
        },
        examples: &[
            fail(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]}"
            )),
            pass(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {}, egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]}"
            )),
            pass(beside_web!(
                "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: x}}}]}]"
            )),
        ],
    },
    Control {
        id: "workload-selector-mismatch",
        title: "a workload does not select its own pods",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(
            &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::ReplicaSet],
            own_pods,
        ),
        documentation: Documentation {
            finds: "Workloads whose selector does not match the labels of their template.",
            matters: "The API server refuses them: what they were to run is missing.",
            options: "\
- **Give the template the selector's labels** (the edit offered where the selector is nothing but \
labels); a selector cannot be changed later.",
            acceptable: "Never.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: wbe, tier: a}}, spec: {containers: []}}",
            ),
            fail(
                "\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {spec: {containers: []}}}",
            ),
            pass(beside_web!("")),
            // What the oldest versions fill in by themselves.
            not_applicable(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}",
            ),
            error(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {app: 1}}, template: {}}",
            ),
        ],
    },
    Control {
        id: "service-monitor-selects-nothing",
        title: "a service monitor watches no service",
        vector: vector("AV:A/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: &[Kind::ServiceMonitor, Kind::Service], judge: monitors },
        documentation: Documentation {
            finds: "\
ServiceMonitors (Prometheus operator) whose selector matches no service of the namespaces they \
name, or of their own. In manifests only where services of such a namespace are among them.",
            matters: "Nobody sees what the program does, and no alarm is raised.",
            options: "- **Correct the selector**: which labels are meant, no edit can know.",
            acceptable: "For services that are made elsewhere.",
        },
        examples: &[
            fail(
                "\
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec: {selector: {matchLabels: {app: wbe}}}",
            ),
            pass(
                "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web, namespace: monitoring}
spec: {namespaceSelector: {matchNames: [shop]}, selector: {matchLabels: {app: web}}}",
            ),
            not_applicable(
                "\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}}",
            ),
        ],
    },
];

const SHOW: &[&str] = &["kubectl get pods -n NAMESPACE --show-labels"];

/// Which objects those are that were looked through.
fn among(view: &InventoryView<'_>) -> &'static str {
    if view.is_cluster() { " of the namespace" } else { " of the namespace in these manifests" }
}

fn spec(object: &Object) -> Fields<'_> {
    Fields::of(&object.root).get("spec")
}

/// What a service selects; nothing where its endpoints come from elsewhere.
fn service_selector<'a>(
    service: &'a Object,
) -> Result<Option<LabelSelector<'a>>, merlon_views::objects::Malformed<'a>> {
    let selector = LabelSelector::of_labels(spec(service).get("selector"))?;
    let is_external = spec(service).text("type")? == Some("ExternalName");
    Ok(selector.filter(|selector| !selector.is_everything() && !is_external))
}

fn service<'a>(view: &InventoryView<'a>, service: &'a Object) -> Judged<'a> {
    let namespace = view.namespace_of(service);
    let Some(selector) = service_selector(service)? else { return Ok(Verdict::NotApplicable) };
    if view.selected(namespace, selector).next().is_some() {
        return Ok(Verdict::Pass);
    }
    if !view.knows_pods(namespace) {
        return Ok(Verdict::NotApplicable);
    }
    let here = place(&service.root, &["spec", "selector"]);
    let message = format!("no pod{} has the labels that the service selects", among(view));
    flaw(here, message)
        .step("Compare the selector with the labels of the pods, and correct it", SHOW)
        .into()
}

fn target_port<'a>(view: &InventoryView<'a>, service: &'a Object) -> Judged<'a> {
    let Some(selector) = service_selector(service)? else { return Ok(Verdict::NotApplicable) };
    let ports = spec(service).list("ports")?;
    let namespace = view.namespace_of(service);
    if view.selected(namespace, selector).next().is_none() {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for target in ports.iter().filter_map(|port| port.get("targetPort")) {
        let Some(name) = target.as_str().filter(|name| name.parse::<u16>().is_err()) else {
            continue;
        };
        if !view.selected(namespace, selector).any(|pod| has_port(pod.spec, name)) {
            let message = format!("no container of the selected pods has a port {name}");
            let flaw = flaw(Place::Node(target), message);
            let numbers: BTreeSet<i64> = view
                .selected(namespace, selector)
                .flat_map(|pod| declared_ports(pod.spec))
                .filter_map(|port| port.get("containerPort")?.as_i64())
                .collect();
            let is_alone = ports.len() == 1 && numbers.len() == 1;
            flaws.push(match numbers.first().filter(|_| is_alone) {
                Some(number) => flaw.set(*number).needs_review(),
                None => flaw.step(
                    "Name the port in the container, or write its number in the service",
                    &["kubectl edit service -n NAMESPACE NAME"],
                ),
            });
        }
    }
    Ok(Verdict::of(flaws))
}

/// Whether a container of a pod, sidecars among the init containers included, has a named port.
fn has_port(spec: &Node, name: &str) -> bool {
    declared_ports(spec).any(|port| port.get("name").and_then(Node::as_str) == Some(name))
}

/// The ports that the containers of a pod declare, sidecars among the init containers included.
fn declared_ports(spec: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["containers", "initContainers"];
    let containers = lists.into_iter().filter_map(|list| spec.get(list)?.as_sequence()).flatten();
    containers.filter_map(|it| it.get("ports")?.as_sequence()).flatten()
}

fn policy<'a>(view: &InventoryView<'a>, policy: &'a Object) -> Judged<'a> {
    let namespace = view.namespace_of(policy);
    let selector = LabelSelector::new(spec(policy).get("podSelector"))?;
    let Some(selector) = selector.filter(|selector| !selector.is_everything()) else {
        return Ok(Verdict::Pass);
    };
    if view.selected(namespace, selector).next().is_some() {
        return Ok(Verdict::Pass);
    }
    if !view.knows_pods(namespace) {
        return Ok(Verdict::NotApplicable);
    }
    flaw(
        place(&policy.root, &["spec", "podSelector"]),
        format!("the policy selects no pod{}", among(view)),
    )
    .step("Compare the selector with the labels of the pods, and correct it", SHOW)
    .into()
}

fn peers<'a>(view: &InventoryView<'a>, policy: &'a Object) -> Judged<'a> {
    let namespace = view.namespace_of(policy);
    if !view.knows_pods(namespace) {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec(policy).list(rules)? {
            for peer in Fields::of(rule).list(peers)?.iter().map(Fields::of) {
                let fields = peer.get("podSelector");
                let (Some(node), Some(selector)) = (fields.node(), LabelSelector::new(fields)?)
                else {
                    continue;
                };
                if !selector.is_everything()
                    && !peer.get("namespaceSelector").is_set()
                    && view.selected(namespace, selector).next().is_none()
                {
                    let message = format!("the peer selects no pod{}", among(view));
                    flaws.push(
                        flaw(Place::Node(node), message)
                            .step("Correct the peer's selector, or remove the peer", SHOW),
                    );
                }
            }
        }
    }
    Ok(Verdict::of(flaws))
}

fn own_pods<'a>(_: &InventoryView<'a>, workload: &'a Object) -> Judged<'a> {
    const LABELS: &[&str] = &["spec", "template", "metadata", "labels"];
    let Some(selector) = LabelSelector::new(spec(workload).get("selector"))? else {
        return Ok(Verdict::NotApplicable);
    };
    if !spec(workload).get("template").is_set() {
        return Ok(Verdict::NotApplicable);
    }
    let labels = Fields::of(&workload.root).path(LABELS);
    if selector.selects(labels) {
        return Ok(Verdict::Pass);
    }
    let message = "the selector does not match the template's labels";
    let flaw = flaw(place(&workload.root, LABELS), message);
    if spec(workload).path(&["selector", "matchExpressions"]).is_set() {
        return flaw
            .step("Give the template labels that the selector matches", &["kubectl apply -f FILE"])
            .into();
    }
    let mut wanted = match labels.node().map(to_json) {
        Some(serde_json::Value::Object(labels)) => labels,
        _ => serde_json::Map::new(),
    };
    wanted.extend(selector.pairs().map(|(key, value)| (key.to_owned(), value.into())));
    flaw.set(wanted).needs_review().into()
}

fn monitors<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let mut by_label: HashMap<(&str, &str), Vec<&Object>> = HashMap::new();
    for service in view.of_kind(Kind::Service) {
        let labels = service.root.path(&["metadata", "labels"]).and_then(Node::as_mapping);
        for entry in labels.map_or(&[][..], |labels| labels.entries()) {
            if let Some(value) = entry.value.as_str() {
                by_label.entry((&entry.key, value)).or_default().push(service);
            }
        }
    }
    let all: Vec<&Object> = view.of_kind(Kind::Service).collect();
    let mut flaws = Vec::new();
    let mut is_any_known = false;
    for monitor in view.of_kind(Kind::ServiceMonitor) {
        let Some(selector) = LabelSelector::new(spec(monitor).get("selector"))? else { continue };
        let namespaces = spec(monitor).get("namespaceSelector");
        let is_any = namespaces.bool("any")?.unwrap_or_default();
        let mut names = namespaces.texts("matchNames")?;
        if names.is_empty() {
            names.push(view.namespace_of(monitor));
        }
        let is_known = if is_any {
            view.is_complete(Kind::Service) || !all.is_empty()
        } else {
            names.iter().all(|name| view.knows(Kind::Service, name))
        };
        if !is_known {
            continue;
        }
        is_any_known = true;
        let lists = selector.pairs().map(|pair| by_label.get(&pair).map_or(&[][..], Vec::as_slice));
        let candidates = lists.min_by_key(|list| list.len()).unwrap_or(&all);
        let is_watched = |service: &&Object| {
            let labels = Fields::of(&service.root).path(&["metadata", "labels"]);
            let namespace = service.namespace().unwrap_or("default");
            (is_any || names.contains(&namespace)) && selector.selects(labels)
        };
        if !candidates.iter().any(is_watched) {
            let here = place(&monitor.root, &["spec", "selector"]);
            flaws.push(flaw(here, "the monitor selects no service").of_object(monitor).step(
                "Compare the selector with the labels of the services, and correct it",
                &["kubectl get services -n NAMESPACE --show-labels"],
            ));
        }
    }
    Ok(if is_any_known { Verdict::of(flaws) } else { Verdict::NotApplicable })
}
