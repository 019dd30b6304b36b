//! Definitions of the resources that operators act on.

use merlon_model::{Confidence, Kind};
use merlon_rbac::{PolicyRule, ResourceRequest};
use merlon_snapshot::Object;
use merlon_views::objects::Place as Spot;

use super::operators::{Gain, OPERATORS, Place};
use super::{Deputy, Told, holders};
use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
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

const GROUP: &str = "apiextensions.k8s.io";
const RESOURCE: &str = "customresourcedefinitions";

/// Whether a rule may give a right to change the definition of what some operator acts on.
pub(super) fn may_concern(rule: &PolicyRule) -> bool {
    rule.has_group(GROUP)
        && rule.has_resource(RESOURCE, "")
        && OPERATORS
            .iter()
            .flat_map(|it| it.resources.iter().map(|resource| format!("{resource}.{}", it.group)))
            .any(|name| rule.has_name(&name))
}

/// Adds what changing the definitions of a deputy's resources gives. Which namespaces have such resources is not known,
/// so what depends on the namespace is left out.
pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    deputy: &Deputy<'w>,
) {
    let operator = deputy.operator;
    let depends = |gain: &Gain| matches!(gain, Gain::There(_) | Gain::Rewrite(_));
    if operator.place != Place::Cluster && operator.gains.iter().any(|(gain, _)| depends(gain)) {
        return;
    }
    for definition in operator.resources.iter().filter_map(|it| find(world, operator.group, it)) {
        let requests = ["update", "patch"].map(|verb| ResourceRequest {
            verb,
            group: GROUP,
            resource: RESOURCE,
            name: definition.name(),
            ..ResourceRequest::default()
        });
        let place = definition.root.path(&["metadata", "name"]).unwrap_or(&definition.root);
        let basis = Basis::Object(definition, Spot::Node(place), "the operator acts on these");
        let mut told = Told::new(deputy, &REDEFINE, basis);
        for (identity, grant) in holders(world, requests.into_iter(), false) {
            told.by(world, builder, (Fact::identity(identity), grant), deputy.only);
        }
    }
}

fn find<'w, 'a: 'w>(world: &World<'w, 'a>, group: &str, resource: &str) -> Option<&'w Object> {
    world.view.find(Kind::CustomResourceDefinition, "", &format!("{resource}.{group}"))
}
