//! Definitions of the resources that operators act on.

use merlon_model::{Confidence, Kind};
use merlon_rbac::ResourceRequest;
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, Place as Spot};
use merlon_yaml::Node;

use super::operators::{Gain, Place};
use super::{Deputy, Told, holders};
use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::techniques::rights::Bound;
use crate::techniques::webhooks::{Backends, service};
use crate::world::World;

/// An object has to be there, and is converted when it is next written, by its operator at the latest.
pub(super) static REDEFINE: Technique = Technique {
    id: "convert-what-operators-read",
    title: "change what the operator reads",
    reason: "a definition names the webhook that objects are converted by, and the operator acts on what that makes of them",
    references: &["T1565", "MS-TA9015"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: definer}
rules: [{apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [patch], resourceNames: [helmreleases.helm.toolkit.fluxcd.io]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: definer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: definer}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: helmreleases.helm.toolkit.fluxcd.io}
spec: {group: helm.toolkit.fluxcd.io}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: helm-controller, namespace: flux-system}
spec:
  template:
    spec:
      serviceAccountName: helm-controller
      containers: [{name: manager, image: 'ghcr.io/fluxcd/helm-controller:v1.4.0'}]
",
        from: "user jane",
        to: "serviceaccount flux-system/helm-controller",
        without: &[
            ("verbs: [patch]", "verbs: [create]"),
            ("[helmreleases.helm", "[helmcharts.helm"),
            ("metadata: {name: helmreleases.", "metadata: {name: helmcharts."),
            ("fluxcd/helm-controller:", "fluxcd/source-controller:"),
            (
                "kind: ClusterRoleBinding\nmetadata: {name: definer}",
                "kind: RoleBinding\nmetadata: {name: definer, namespace: flux-system}",
            ),
        ],
    }],
};

/// What is kept in another version than the one that is read is converted.
pub(super) static CONVERT: Technique = Technique {
    id: "answer-as-conversion-webhook",
    title: "answer the API server as the conversion webhook",
    reason: "what runs behind the webhook's service says what a resource of another version reads, and its operator acts on that",
    references: &["T1565", "MS-TA9015"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: webhook, namespace: eso, labels: {app: webhook}}
spec:
  automountServiceAccountToken: false
  containers: [{name: webhook, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0', args: [webhook], ports: [{containerPort: 10250}]}]
---
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: eso}
spec: {selector: {app: webhook}, ports: [{port: 443, targetPort: 10250}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clustersecretstores.external-secrets.io}
spec:
  group: external-secrets.io
  versions: [{name: v1, served: true, storage: true}, {name: v1beta1, served: true, storage: false}]
  conversion:
    strategy: Webhook
    webhook: {clientConfig: {service: {namespace: eso, name: webhook}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: eso}
rules: [{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: eso}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: eso}
subjects: [{kind: ServiceAccount, name: eso, namespace: eso}]
---
apiVersion: v1
kind: Pod
metadata: {name: eso, namespace: eso}
spec: {serviceAccountName: eso, containers: [{name: eso, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0'}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        from: "pod eso/webhook",
        to: "serviceaccount shop/robot",
        without: &[
            ("strategy: Webhook", "strategy: None"),
            (", {name: v1beta1, served: true, storage: false}", ""),
            ("namespace: eso, name: webhook}}}", "namespace: eso, name: other}}}"),
            ("selector: {app: webhook}", "selector: {app: other}"),
            ("name: clustersecretstores.", "name: clusterexternalsecrets."),
            ("serviceaccounts/token", "serviceaccounts"),
        ],
    }],
};

const GROUP: &str = "apiextensions.k8s.io";
const RESOURCE: &str = "customresourcedefinitions";

/// Adds what changing the definitions of a deputy's resources gives.
pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    deputy: &Deputy<'w>,
) {
    for definition in definitions(world, deputy) {
        let mut told = told(deputy, definition);
        for (identity, grant) in holders(world, requests(definition).into_iter(), false) {
            let holder = (Fact::identity(identity), Some(grant));
            told.by(world, builder, holder, deputy.only);
        }
        add_webhook(world, builder, deputy, definition);
    }
}

/// Adds the same for a binding in the whole cluster, by what its role allows.
pub(super) fn add_bound<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    deputy: &Deputy<'w>,
    (allows, bound): (&impl Fn(ResourceRequest<'w>) -> bool, &Bound<'w>),
) {
    for definition in definitions(world, deputy) {
        if requests(definition).into_iter().any(allows) {
            let mut told = told(deputy, definition);
            for (holder, _) in &bound.subjects {
                told.by(world, builder, (*holder, None), deputy.only);
            }
        }
    }
}

/// The definitions whose change tells the deputy what to do. Which namespaces have such resources is not known, so what
/// depends on the namespace is left out.
fn definitions<'w, 'a: 'w>(world: &World<'w, 'a>, deputy: &Deputy<'w>) -> Vec<&'w Object> {
    let operator = deputy.operator;
    let depends = |gain: &Gain| matches!(gain, Gain::There(_) | Gain::Rewrite(_));
    if operator.place != Place::Cluster && operator.gains.iter().any(|(gain, _)| depends(gain)) {
        return Vec::new();
    }
    operator.resources.iter().filter_map(|it| find(world, operator.group, it)).collect()
}

fn requests(definition: &Object) -> [ResourceRequest<'_>; 2] {
    ["update", "patch"].map(|verb| ResourceRequest {
        verb,
        group: GROUP,
        resource: RESOURCE,
        name: definition.name(),
        ..ResourceRequest::default()
    })
}

fn told<'d, 'w>(deputy: &'d Deputy<'w>, definition: &'w Object) -> Told<'d, 'w> {
    let place = definition.root.path(&["metadata", "name"]).unwrap_or(&definition.root);
    let basis = Basis::Object(definition, Spot::Node(place), "the operator acts on these");
    Told::new(deputy, &REDEFINE, basis)
}

/// Adds what running code behind the definition's webhook gives, where there is more than one version to convert.
fn add_webhook<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    deputy: &Deputy<'w>,
    definition: &'w Object,
) {
    let versions = definition.root.path(&["spec", "versions"]).and_then(Node::as_sequence);
    let conversion = definition.root.path(&["spec", "conversion"]);
    let Some(node) = conversion.filter(|_| versions.is_some_and(|it| it.len() > 1)) else { return };
    if node.get("strategy").and_then(Node::as_str) != Some("Webhook") {
        return;
    }
    let client = Fields::of(node).path(&["webhook", "clientConfig"]);
    let Some(service) = service(world, client) else { return };
    let basis = Basis::Object(definition, Spot::Node(node), "the webhook converts these");
    let gained = deputy.gained(world, deputy.only);
    for container in Backends::of(world, [service].into_iter()).containers(world, client, service) {
        for fact in &gained {
            builder.step(&CONVERT, &[container], *fact, vec![basis], &[]);
        }
    }
}

fn find<'w, 'a: 'w>(world: &World<'w, 'a>, group: &str, resource: &str) -> Option<&'w Object> {
    world.view.find(Kind::CustomResourceDefinition, "", &format!("{resource}.{group}"))
}
