//! Webhooks that run in the cluster: whoever runs code in them answers for them.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Confidence, Kind};
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, LabelSelector, Place, WebhookView, webhooks};
use merlon_yaml::Node;

use super::network::ports::{PortName, behind};
use super::rights::in_cluster;
use crate::builder::Builder;
use crate::change::{by_hand, kubectl};
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&ANSWER, &REWRITE, &READ_ADMITTED];

static ANSWER: Technique = Technique {
    id: "answer-as-webhook",
    title: "answer the API server as the mutating webhook",
    reason: "what runs behind the webhook's service is asked about objects, and what it answers is stored",
    references: &["T1546", "MS-TA9015"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: injector, namespace: mesh, labels: {app: injector}}
spec: {containers: [{name: injector, image: injector, ports: [{containerPort: 9443}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: injector, namespace: mesh}
spec: {selector: {app: injector}, ports: [{port: 443, targetPort: 9443}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: injector}
webhooks:
- name: injector.example.com
  clientConfig: {service: {namespace: mesh, name: injector}}
  rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
",
        from: "pod mesh/injector",
        to: "serviceaccount shop/web",
        without: &[
            ("kind: MutatingWebhookConfiguration", "kind: ValidatingWebhookConfiguration"),
            ("resources: [pods]", "resources: [services]"),
            ("operations: [CREATE]", "operations: [DELETE]"),
            ("metadata.name: shop", "metadata.name: other"),
            ("service: {namespace: mesh, name: injector}", "url: 'https://hooks.example.com'"),
            ("selector: {app: injector}", "selector: {app: other}"),
            (
                "  namespaceSelector",
                "  objectSelector: {matchLabels: {inject: 'true'}}\n  namespaceSelector",
            ),
        ],
    }],
};

static REWRITE: Technique = Technique {
    id: "rewrite-admitted-pods",
    title: "rewrite pods as they are created",
    reason: "the answer may add containers to the pods of others, and name another service account",
    references: &["T1525", "MS-TA9011"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: injector, namespace: mesh, labels: {app: injector}}
spec: {containers: [{name: injector, image: injector}]}
---
apiVersion: v1
kind: Service
metadata: {name: injector, namespace: mesh}
spec: {selector: {app: injector}, ports: [{port: 443, targetPort: 9443}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: injector}
webhooks:
- name: injector.example.com
  clientConfig: {service: {namespace: mesh, name: injector}}
  rules: [{operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*']}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
",
            from: "pod mesh/injector",
            to: "pod shop/web",
            without: &[
                ("apiGroups: ['*']", "apiGroups: [example.com]"),
                ("resources: ['*/*']", "resources: [pods/status]"),
            ],
        },
        Example {
            objects: concat!(
                in_cluster!(
                    "{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [patch]}"
                ),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            from: "user jane",
            to: "serviceaccount shop/robot",
            without: &[("verbs: [patch]", "verbs: [list]")],
        },
    ],
};

static READ_ADMITTED: Technique = Technique {
    id: "read-admitted-secrets",
    title: "read secrets as they are written",
    reason: "the API server shows the webhook every secret that is created or changed",
    references: &["T1552", "MS-TA9028"],
    confidence: Confidence::Likely,
    controls: &["webhook-receives-secrets"],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: guard, namespace: policy, labels: {app: guard}}
spec: {containers: [{name: guard, image: guard}]}
---
apiVersion: v1
kind: Service
metadata: {name: guard, namespace: policy}
spec: {selector: {app: guard}, ports: [{port: 443}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
- name: guard.example.com
  clientConfig: {service: {namespace: policy, name: guard}}
  rules: [{operations: [CREATE, UPDATE], apiGroups: [''], apiVersions: [v1], resources: [secrets]}]
",
        from: "pod policy/guard",
        to: "secrets",
        without: &[
            ("resources: [secrets]", "resources: [pods]"),
            ("apiGroups: ['']", "apiGroups: [apps]"),
            ("{port: 443}", "{port: 8443}"),
        ],
    }],
};

/// Kinds that pods are made from; a webhook that rewrites one of them rewrites pods.
const POD_MAKERS: &[(&str, &str)] = &[
    ("", "pods"),
    ("apps", "deployments"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("apps", "replicasets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
];

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let kinds = [Kind::MutatingWebhookConfiguration, Kind::ValidatingWebhookConfiguration];
    let all = kinds.iter().flat_map(|kind| world.view.of_kind(*kind)).flat_map(webhooks);
    let behind: Vec<(WebhookView<'w>, &'a Object)> =
        all.filter_map(|it| Some((it, service(world, it.fields().get("clientConfig"))?))).collect();
    let backends = Backends::of(world, behind.iter().map(|(_, service)| *service));
    for (webhook, service) in behind {
        let containers = backends.containers(world, webhook.fields().get("clientConfig"), service);
        if !containers.is_empty() && !is_opt_in(&webhook) {
            add_webhook(world, builder, &webhook, &containers);
        }
    }
    let rewrite = |namespace| Fact::Ability(Ability::RewriteObjects, namespace);
    for namespace in &world.namespaces {
        let within = Some(*namespace);
        let gains = [Ability::CreatePods, Ability::RunInPods].map(|it| Fact::Ability(it, within));
        for premise in [rewrite(None), rewrite(within)] {
            for gained in gains {
                builder.step(&REWRITE, &[premise], gained, vec![], &[]);
            }
        }
    }
}

/// The namespaces whose pods the webhooks rewrite that are served in a namespace; `None` for all.
pub(super) fn rewritten<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    server: &str,
) -> BTreeSet<Option<&'w str>> {
    let all = world.view.of_kind(Kind::MutatingWebhookConfiguration).flat_map(webhooks);
    let is_served = |webhook: &WebhookView<'w>| {
        let service = webhook.fields().path(&["clientConfig", "service"]);
        service.text("namespace").ok().flatten() == Some(server)
    };
    all.filter(|it| is_served(it) && rewrites_pods(it) && !is_opt_in(it))
        .flat_map(|it| scopes(world, &it))
        .collect()
}

fn rewrites_pods(webhook: &WebhookView<'_>) -> bool {
    !webhook.is_validating() && POD_MAKERS.iter().any(|(group, it)| webhook.covers(group, it))
}

fn add_webhook<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    webhook: &WebhookView<'w>,
    containers: &[Fact<'w>],
) {
    let configuration = webhook.configuration;
    let mut gains = Vec::new();
    if rewrites_pods(webhook) {
        gains.push((&ANSWER, Ability::RewriteObjects, "the webhook is asked about pods"));
    }
    if webhook.covers("", "secrets") {
        gains.push((&READ_ADMITTED, Ability::ReadSecrets, "the webhook is asked about secrets"));
    }
    let changes = if gains.is_empty() { Vec::new() } else { vec![confine(builder, configuration)] };
    // What its conditions let through is not known.
    let is_conditional = webhook.fields().get("matchConditions").is_set();
    for (technique, ability, statement) in gains {
        let confidence = if is_conditional { Confidence::Assumed } else { technique.confidence };
        for scope in scopes(world, webhook) {
            for premise in containers {
                let basis = Basis::Object(configuration, Place::Node(webhook.node), statement);
                let gained = Fact::Ability(ability, scope);
                builder.step_with(
                    technique,
                    confidence,
                    &[*premise],
                    gained,
                    vec![basis],
                    &changes,
                );
            }
        }
    }
}

fn confine(builder: &mut Builder<'_>, configuration: &Object) -> ChangeId {
    let title = || {
        let name = configuration.reference();
        format!("delete {name}, or have its rules and selectors leave out what it need not see")
    };
    by_hand(builder, (configuration, "webhooks"), 4, title, || vec![kubectl("edit", configuration)])
}

/// The namespaces whose objects get to the webhook; `None` for all.
fn scopes<'w, 'a: 'w>(world: &World<'w, 'a>, webhook: &WebhookView<'w>) -> Vec<Option<&'w str>> {
    let selector = webhook.fields().get("namespaceSelector");
    let is_narrow = ["matchLabels", "matchExpressions"].iter().any(|key| {
        let node = selector.get(key).node();
        node.is_some_and(|it| {
            it.as_mapping().is_some_and(|it| !it.entries().is_empty())
                || it.as_sequence().is_some_and(|it| !it.is_empty())
        })
    });
    if !is_narrow {
        return vec![None];
    }
    let selected = world.namespaces.iter().copied().filter(|name| {
        let object = world.view.find(Kind::Namespace, "", name);
        let labels = object.and_then(|it| it.root.path(&["metadata", "labels"]));
        webhook.selects_namespace(&|key: &str| match key {
            "kubernetes.io/metadata.name" => Some(*name),
            _ => labels?.get(key)?.as_str(),
        })
    });
    selected.map(Some).collect()
}

/// Whether only objects that carry certain labels get to the webhook: those of others mostly do not.
fn is_opt_in(webhook: &WebhookView<'_>) -> bool {
    let selector = webhook.fields().get("objectSelector");
    !LabelSelector::new(selector).is_ok_and(|it| it.is_none_or(|it| it.holds(|_| None)))
}

/// The service of a webhook's `clientConfig`; `None` for one outside the cluster, and for one that is not there.
pub(super) fn service<'w, 'a: 'w>(world: &World<'w, 'a>, client: Fields<'w>) -> Option<&'a Object> {
    let service = client.get("service");
    let text = |key| service.text(key).ok().flatten().unwrap_or_default();
    world.view.find(Kind::Service, text("namespace"), text("name"))
}

/// The workloads behind services.
pub(super) struct Backends {
    workloads: BTreeMap<usize, Vec<u32>>,
}

impl Backends {
    pub(super) fn of<'w, 'a: 'w>(
        world: &World<'w, 'a>,
        services: impl Iterator<Item = &'a Object>,
    ) -> Self {
        let mut workloads: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut namespaces: BTreeSet<&str> = BTreeSet::new();
        for service in services {
            workloads.insert(std::ptr::from_ref(service).addr(), Vec::new());
            namespaces.insert(world.view.namespace_of(service));
        }
        let numbers = namespaces.into_iter().flat_map(|it| world.within(it));
        for number in numbers.copied() {
            let Some(workload) = world.workload(number) else { continue };
            for service in world.view.services().selecting(workload) {
                if let Some(list) = workloads.get_mut(&std::ptr::from_ref(service).addr()) {
                    list.push(number);
                }
            }
        }
        Self { workloads }
    }

    /// The containers that the requests of a webhook's `clientConfig` get to.
    pub(super) fn containers<'w, 'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        client: Fields<'w>,
        service: &'a Object,
    ) -> Vec<Fact<'w>> {
        let port = client.path(&["service", "port"]);
        let port = Fields::node(port).and_then(Node::as_i64).unwrap_or(443);
        let numbers = self.workloads.get(&std::ptr::from_ref(service).addr()).into_iter().flatten();
        let mut found = BTreeSet::new();
        for number in numbers {
            let Some(workload) = world.workload(*number) else { continue };
            for it in behind(workload, service, &[PortName::Number(port)]) {
                found.insert(Fact::Container(*number, it.container));
            }
        }
        found.into_iter().collect()
    }
}
