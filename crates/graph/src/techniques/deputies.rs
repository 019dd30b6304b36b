//! Operators as deputies: whoever writes the resources that they act on has their rights.
//!
//! Who may write which operator's resources is asked of RBAC here, operator by operator: a right to write those of one
//! says nothing about another.

use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_rbac::{Grant, Identity, PolicyRule, Request, ResourceRequest};
use merlon_snapshot::Object;
use merlon_views::objects::{ContainerView, ImageReference, Place, PodView};
use merlon_yaml::Node;

use crate::builder::Builder;
use crate::change::take_from_binding;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&DEPUTY];

pub(super) static DEPUTY: Technique = Technique {
    id: "operator-as-deputy",
    title: "have the operator make it",
    reason: "the operator makes what the resource describes with its own rights, or runs it as a service account that the resource names",
    references: &["T1098", "MS-TA9008"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: &[
        Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: shop}
rules: [{apiGroups: [kustomize.toolkit.fluxcd.io], resources: [kustomizations], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kustomize-controller, namespace: flux-system}
spec:
  template:
    spec:
      serviceAccountName: kustomize-controller
      containers: [{name: manager, image: 'ghcr.io/fluxcd/kustomize-controller:v1.7.0', args: [--watch-all-namespaces]}]
",
            from: "user jane",
            to: "serviceaccount flux-system/kustomize-controller",
            without: &[
                ("verbs: [create]", "verbs: [list]"),
                ("resources: [kustomizations]", "resources: [kustomizations/status]"),
                ("[kustomize.toolkit.fluxcd.io]", "[helm.toolkit.fluxcd.io]"),
                ("fluxcd/kustomize-controller:", "fluxcd/source-controller:"),
                ("[--watch-all-namespaces]", "[--watch-all-namespaces=false]"),
                ("[--watch-all-namespaces]", "[--default-service-account=default]"),
            ],
        },
        // Argo CD acts on Applications in its own namespace.
        Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: argocd}
rules: [{apiGroups: [argoproj.io], resources: [applications], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: argocd}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: argocd-application-controller, namespace: argocd}
spec:
  template:
    spec:
      serviceAccountName: argocd-application-controller
      containers: [{name: controller, image: 'quay.io/argoproj/argocd:v3.2.0', args: [/usr/local/bin/argocd-application-controller]}]
",
            from: "user jane",
            to: "serviceaccount argocd/argocd-application-controller",
            without: &[
                ("argocd-application-controller, namespace: argocd}", "argocd-application-controller, namespace: other}"),
                ("bin/argocd-application-controller]", "bin/argocd-server]"),
                ("resources: [applications]", "resources: [rollouts]"),
            ],
        },
        // Workflows run as any service account of their namespace.
        Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: runner}
rules: [{apiGroups: [argoproj.io], resources: [workflows], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runner, namespace: jobs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: shop}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: admin, namespace: jobs}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller, namespace: argo}
spec:
  template:
    spec:
      serviceAccountName: argo
      containers: [{name: workflow-controller, image: 'quay.io/argoproj/workflow-controller:v3.7.0', args: [--loglevel, info]}]
",
            from: "serviceaccount shop/runner",
            to: "serviceaccount jobs/admin",
            without: &[
                ("resources: [workflows]", "resources: [workflowtemplates]"),
                ("{name: admin, namespace: jobs}", "{name: admin, namespace: shop}"),
                ("[--loglevel, info]", "[--namespaced]"),
                ("quay.io/argoproj/workflow-controller", "quay.io/acme/workflow-controller"),
            ],
        },
    ],
};

/// An operator and what it does for those who write its resources.
struct Operator {
    group: &'static str,
    resources: &'static [&'static str],
    /// The images of the program that acts on them.
    images: &'static [&'static str],
    /// A word that its command has besides, where one image holds several programs.
    command: Option<&'static str>,
    acts: Acts,
    /// Arguments with which it does less: a name, and the value that matters, if it is not any.
    tamed_by: &'static [(&'static str, Option<&'static str>)],
    /// Arguments with which it looks at its own namespace alone.
    confined_by: &'static [(&'static str, Option<&'static str>)],
    /// Whether it looks at its own namespace alone in any case.
    is_confined: bool,
}

/// As whom an operator acts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Acts {
    /// With its own service account.
    Itself,
    /// By pods in the resource's namespace that run as whichever service account the resource names.
    ByPods,
}

const fn operator(
    group: &'static str,
    resources: &'static [&'static str],
    images: &'static [&'static str],
    acts: Acts,
) -> Operator {
    let (tamed_by, confined_by): (&[_], &[_]) = (&[], &[]);
    let is_confined = false;
    Operator { group, resources, images, command: None, acts, tamed_by, confined_by, is_confined }
}

/// With a default account Flux acts as one of the resource's namespace (its guide on multi-tenancy).
const FLUX_TAMED: &[(&str, Option<&str>)] = &[("default-service-account", None)];
const FLUX_CONFINED: &[(&str, Option<&str>)] = &[("watch-all-namespaces", Some("false"))];

static OPERATORS: &[Operator] = &[
    Operator {
        command: Some("argocd-application-controller"),
        // Other namespaces have to be allowed in the project as well.
        is_confined: true,
        ..operator(
            "argoproj.io",
            &["applications", "applicationsets"],
            &["argoproj/argocd"],
            Acts::Itself,
        )
    },
    Operator {
        tamed_by: FLUX_TAMED,
        confined_by: FLUX_CONFINED,
        ..operator(
            "kustomize.toolkit.fluxcd.io",
            &["kustomizations"],
            &["fluxcd/kustomize-controller"],
            Acts::Itself,
        )
    },
    Operator {
        tamed_by: FLUX_TAMED,
        confined_by: FLUX_CONFINED,
        ..operator(
            "helm.toolkit.fluxcd.io",
            &["helmreleases"],
            &["fluxcd/helm-controller"],
            Acts::Itself,
        )
    },
    Operator {
        confined_by: &[("namespaced", None), ("managed-namespace", None)],
        ..operator(
            "argoproj.io",
            &["workflows", "cronworkflows"],
            &["argoproj/workflow-controller"],
            Acts::ByPods,
        )
    },
    Operator {
        confined_by: &[("namespace", None)],
        ..operator(
            "tekton.dev",
            &["taskruns", "pipelineruns"],
            &["tektoncd/pipeline/cmd/controller", "tektoncd/pipeline/controller-"],
            Acts::ByPods,
        )
    },
    operator("helm.cattle.io", &["helmcharts"], &["rancher/helm-controller"], Acts::Itself),
];

/// What writes a resource so that somebody else acts on what it says.
const WRITES: [&str; 3] = ["create", "update", "patch"];

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for (_, workload) in world.workloads() {
        for container in &workload.containers {
            let Some(node) = container.node.get("image") else { continue };
            let Some(image) = node.as_str().and_then(ImageReference::parse) else { continue };
            for operator in OPERATORS {
                let is_it = operator.images.iter().any(|name| is_image(&image, name));
                if is_it && !is_tamed(operator, container) && is_served(world, operator) {
                    let basis =
                        Basis::Object(workload.object, Place::Node(node), "the operator runs here");
                    Deputy { operator, workload, basis }.add(world, builder, container);
                }
            }
        }
    }
}

/// Whether an image is of that name; what ends in a hyphen is followed by a checksum, as Tekton's builder names images.
fn is_image(image: &ImageReference<'_>, name: &str) -> bool {
    image.is_copy_of(name) || name.ends_with('-') && image.repository.contains(name)
}

fn is_tamed(operator: &Operator, container: &ContainerView<'_>) -> bool {
    let words = words(container);
    let named = operator.command.is_none_or(|it| words.iter().any(|word| word.ends_with(it)));
    !named || has_any(&words, operator.tamed_by)
}

/// Whether the cluster knows the operator's resources; of manifests that is not asked.
fn is_served(world: &World<'_, '_>, operator: &Operator) -> bool {
    let kind = Kind::CustomResourceDefinition;
    let serves = |it: &Object| {
        it.root.path(&["spec", "group"]).and_then(Node::as_str) == Some(operator.group)
    };
    !world.view.is_complete(kind) || world.view.of_kind(kind).any(serves)
}

/// Whether a rule may give a right to write what some operator acts on.
pub(super) fn may_concern(rule: &PolicyRule) -> bool {
    OPERATORS.iter().any(|operator| rule.has_group(operator.group))
        && WRITES.iter().any(|verb| rule.has_verb(verb))
}

/// An operator that runs.
struct Deputy<'w, 'a> {
    operator: &'static Operator,
    workload: &'w PodView<'a>,
    basis: Basis<'w>,
}

impl<'w, 'a: 'w> Deputy<'w, 'a> {
    fn add(&self, world: &World<'w, 'a>, builder: &mut Builder<'w>, container: &ContainerView<'a>) {
        let Self { operator, workload, .. } = self;
        let is_confined = operator.is_confined || has_any(&words(container), operator.confined_by);
        let only = is_confined.then_some(workload.namespace);
        let authorizer = &world.access.authorizer;
        // Names in rules are left out: a right to change one resource says nothing where that one is not known.
        let mut found: BTreeSet<(&'w Identity, Grant)> = BTreeSet::new();
        for (resource, verb) in
            operator.resources.iter().flat_map(|it| WRITES.map(|verb| (it, verb)))
        {
            let request = Request::Resource(ResourceRequest {
                verb,
                group: operator.group,
                resource,
                namespace: only.unwrap_or_default(),
                ..ResourceRequest::default()
            });
            let who = match only {
                Some(_) => authorizer.who_can(&request),
                None => authorizer.who_can_anywhere(&request),
            };
            for (identity, grants) in who.holders() {
                found.extend(grants.iter().map(|grant| (identity, *grant)));
            }
        }
        for (identity, grant) in found {
            self.add_step(world, builder, Fact::identity(identity), (grant, only));
        }
        // An administrator of a namespace writes every resource there.
        let administered =
            world.namespaces.iter().filter(|it| only.is_none_or(|only| only == **it));
        for namespace in administered {
            let premise = [Fact::Ability(Ability::Administer, Some(namespace))];
            let gained = self.gained(Some(namespace));
            builder.step(&DEPUTY, &premise, gained, vec![self.basis], &[]);
        }
    }

    fn add_step(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        holder: Fact<'w>,
        (grant, only): (Grant, Option<&'w str>),
    ) {
        let bound = world.access.policy().binding(grant.binding).namespace.as_deref();
        let namespace = only.or(bound);
        let changes: Vec<_> = take_from_binding(world, builder, &grant).into_iter().collect();
        let basis = vec![Basis::Grant(grant), self.basis];
        builder.step(&DEPUTY, &[holder], self.gained(namespace), basis, &changes);
    }

    /// What a resource in a namespace, or in whichever one likes, gives.
    fn gained(&self, namespace: Option<&'w str>) -> Fact<'w> {
        match self.operator.acts {
            Acts::Itself => {
                let workload = self.workload;
                Fact::ServiceAccount(workload.namespace, workload.service_account_name())
            }
            Acts::ByPods => Fact::Ability(Ability::CreatePods, namespace),
        }
    }
}

fn words<'a>(container: &ContainerView<'a>) -> Vec<&'a str> {
    let list = |key| container.node.get(key).and_then(Node::as_sequence).unwrap_or_default();
    list("command").iter().chain(list("args")).filter_map(Node::as_str).collect()
}

fn has_any(words: &[&str], flags: &[(&str, Option<&str>)]) -> bool {
    words.iter().any(|word| {
        let bare = word.trim_start_matches('-');
        let (name, value) = bare.split_once('=').map_or((bare, None), |(a, b)| (a, Some(b)));
        word.starts_with('-')
            && flags.iter().any(|(own, wanted)| {
                *own == name && wanted.map_or(value != Some("false"), |it| value == Some(it))
            })
    })
}
