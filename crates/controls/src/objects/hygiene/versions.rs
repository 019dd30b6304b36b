//! Versions of the API that releases no longer serve, or are about to stop serving.

use merlon_model::{Kind, Version};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::place;
use merlon_yaml::Node;

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{fail, not_applicable, objects, pass, vector};

/// A version of an API that is no longer the one to use.
struct Retired {
    version: &'static str,
    kinds: &'static [Kind],
    /// The minor number of the release 1.x that deprecates it, and of the one that drops it.
    deprecated: u32,
    removed: Option<u32>,
    /// What takes its place; empty where nothing does.
    replacement: &'static str,
    /// Whether an object means the same in the other version, word for word.
    is_same: bool,
}

const fn retired(
    version: &'static str,
    kinds: &'static [Kind],
    releases: (u32, Option<u32>),
    replacement: &'static str,
    is_same: bool,
) -> Retired {
    Retired { version, kinds, deprecated: releases.0, removed: releases.1, replacement, is_same }
}

const RBAC: &[Kind] = &[Kind::Role, Kind::RoleBinding, Kind::ClusterRole, Kind::ClusterRoleBinding];
const WEBHOOKS: &[Kind] =
    &[Kind::MutatingWebhookConfiguration, Kind::ValidatingWebhookConfiguration];
const POLICIES: &[Kind] =
    &[Kind::ValidatingAdmissionPolicy, Kind::ValidatingAdmissionPolicyBinding];
const APPS: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::ReplicaSet];

/// Kubernetes' deprecation guide, and `zz_generated.prerelease-lifecycle.go` of each API.
const RETIRED: &[Retired] = &[
    retired("extensions/v1beta1", APPS, (9, Some(16)), "apps/v1", false),
    retired("apps/v1beta1", APPS, (9, Some(16)), "apps/v1", false),
    retired("apps/v1beta2", APPS, (9, Some(16)), "apps/v1", false),
    retired(
        "extensions/v1beta1",
        &[Kind::NetworkPolicy],
        (9, Some(16)),
        "networking.k8s.io/v1",
        true,
    ),
    retired("extensions/v1beta1", &[Kind::Ingress], (14, Some(22)), "networking.k8s.io/v1", false),
    retired(
        "networking.k8s.io/v1beta1",
        &[Kind::Ingress],
        (19, Some(22)),
        "networking.k8s.io/v1",
        false,
    ),
    retired(
        "networking.k8s.io/v1beta1",
        &[Kind::IngressClass],
        (19, Some(22)),
        "networking.k8s.io/v1",
        true,
    ),
    retired(
        "rbac.authorization.k8s.io/v1beta1",
        RBAC,
        (17, Some(22)),
        "rbac.authorization.k8s.io/v1",
        true,
    ),
    retired(
        "rbac.authorization.k8s.io/v1alpha1",
        RBAC,
        (17, Some(22)),
        "rbac.authorization.k8s.io/v1",
        true,
    ),
    retired(
        "admissionregistration.k8s.io/v1beta1",
        WEBHOOKS,
        (16, Some(22)),
        "admissionregistration.k8s.io/v1",
        false,
    ),
    retired(
        "admissionregistration.k8s.io/v1beta1",
        POLICIES,
        (31, Some(34)),
        "admissionregistration.k8s.io/v1",
        true,
    ),
    retired(
        "apiextensions.k8s.io/v1beta1",
        &[Kind::CustomResourceDefinition],
        (16, Some(22)),
        "apiextensions.k8s.io/v1",
        false,
    ),
    retired(
        "apiregistration.k8s.io/v1beta1",
        &[Kind::APIService],
        (19, Some(22)),
        "apiregistration.k8s.io/v1",
        true,
    ),
    retired(
        "certificates.k8s.io/v1beta1",
        &[Kind::CertificateSigningRequest],
        (19, Some(22)),
        "certificates.k8s.io/v1",
        false,
    ),
    retired(
        "scheduling.k8s.io/v1beta1",
        &[Kind::PriorityClass],
        (14, Some(22)),
        "scheduling.k8s.io/v1",
        true,
    ),
    retired(
        "storage.k8s.io/v1beta1",
        &[Kind::StorageClass, Kind::CSIDriver],
        (19, Some(22)),
        "storage.k8s.io/v1",
        true,
    ),
    retired(
        "discovery.k8s.io/v1beta1",
        &[Kind::EndpointSlice],
        (21, Some(25)),
        "discovery.k8s.io/v1",
        false,
    ),
    retired("batch/v1beta1", &[Kind::CronJob], (21, Some(25)), "batch/v1", true),
    // An empty selector selects nothing there, and everything here.
    retired("policy/v1beta1", &[Kind::PodDisruptionBudget], (21, Some(25)), "policy/v1", false),
    retired("policy/v1beta1", &[Kind::PodSecurityPolicy], (21, Some(25)), "", false),
    retired("extensions/v1beta1", &[Kind::PodSecurityPolicy], (11, Some(16)), "", false),
    retired(
        "autoscaling/v2beta1",
        &[Kind::HorizontalPodAutoscaler],
        (22, Some(25)),
        "autoscaling/v2",
        false,
    ),
    retired(
        "autoscaling/v2beta2",
        &[Kind::HorizontalPodAutoscaler],
        (23, Some(26)),
        "autoscaling/v2",
        true,
    ),
    retired("node.k8s.io/v1beta1", &[Kind::RuntimeClass], (22, Some(25)), "node.k8s.io/v1", true),
    retired(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        &[Kind::FlowSchema],
        (23, Some(26)),
        "flowcontrol.apiserver.k8s.io/v1",
        true,
    ),
    retired(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        &[Kind::FlowSchema],
        (26, Some(29)),
        "flowcontrol.apiserver.k8s.io/v1",
        true,
    ),
    retired(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        &[Kind::FlowSchema],
        (29, Some(32)),
        "flowcontrol.apiserver.k8s.io/v1",
        true,
    ),
    retired("v1", &[Kind::Endpoints], (33, None), "discovery.k8s.io/v1", false),
];

const KINDS: &[Kind] = &[
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
    Kind::NetworkPolicy,
    Kind::Ingress,
    Kind::IngressClass,
    Kind::Role,
    Kind::RoleBinding,
    Kind::ClusterRole,
    Kind::ClusterRoleBinding,
    Kind::MutatingWebhookConfiguration,
    Kind::ValidatingWebhookConfiguration,
    Kind::ValidatingAdmissionPolicy,
    Kind::ValidatingAdmissionPolicyBinding,
    Kind::CustomResourceDefinition,
    Kind::APIService,
    Kind::CertificateSigningRequest,
    Kind::PriorityClass,
    Kind::StorageClass,
    Kind::CSIDriver,
    Kind::CronJob,
    Kind::EndpointSlice,
    Kind::PodDisruptionBudget,
    Kind::PodSecurityPolicy,
    Kind::HorizontalPodAutoscaler,
    Kind::RuntimeClass,
    Kind::FlowSchema,
    Kind::Endpoints,
];

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "api-version-removed",
        title: "an object is written in a version of the API that is no longer served",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(KINDS, removed),
        documentation: Documentation {
            finds: "\
Objects in manifests whose `apiVersion` the cluster's release no longer serves; where the release \
is not known, any that a release has dropped. A cluster answers in whatever version it is asked \
for, so live objects are not judged.",
            matters: "\
The object cannot be applied. What it protects, a network policy or a role, is missing after the \
next upgrade or in a new cluster.",
            options: "\
- **The version that took its place**: the edit offered where the object means the same in both, \
to be looked at. Otherwise convert it: fields have other names or became mandatory.",
            acceptable: "For clusters of an old release: tell Merlon which.",
        },
        examples: &[
            fail("apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}"),
            fail("apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: a}"),
            fail("apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}"),
            fail("apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: Role\nmetadata: {name: a}"),
            pass("apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}"),
            pass("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}"),
            not_applicable(
                "\
# cluster
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: a}",
            ),
            not_applicable("apiVersion: example.com/v1beta1\nkind: CronJob\nmetadata: {name: a}"),
        ],
    },
    Control {
        id: "api-version-deprecated",
        title: "an object is written in a version of the API that is deprecated",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(KINDS, deprecated),
        documentation: Documentation {
            finds: "\
Objects in manifests whose `apiVersion` the cluster's release still serves and has deprecated. \
Where the release is not known only versions that no release has dropped yet are reported here.",
            matters: "A later release drops it, and the object can then not be applied.",
            options: "\
- **The version that takes its place**: the edit offered where the object means the same in both, \
to be looked at. Otherwise convert it before the upgrade.",
            acceptable: "As long as the cluster is not upgraded.",
        },
        examples: &[
            fail("apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}"),
            pass("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}"),
            // It is gone: that is the other control's.
            pass("apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}"),
            not_applicable("# cluster\napiVersion: v1\nkind: Endpoints\nmetadata: {name: a}"),
        ],
    },
];

fn find(object: &Object) -> Option<&'static Retired> {
    let version = object.root.get("apiVersion").and_then(Node::as_str)?;
    let kind = object.kind()?;
    RETIRED.iter().find(|it| it.version == version && it.kinds.contains(&kind))
}

/// Whether a release is, or comes after, 1.`minor`.
fn reaches(release: &Version, minor: u32) -> bool {
    release.minor_release() >= (1, minor)
}

fn removed<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let release = view.release.as_ref();
    judge(view, object, |retired| {
        let minor = retired.removed?;
        release
            .is_none_or(|release| reaches(release, minor))
            .then(|| format!("{} is not served from 1.{minor} on", retired.version))
    })
}

fn deprecated<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let release = view.release.as_ref();
    judge(view, object, |retired| {
        let is_deprecated = match (release, retired.removed) {
            (Some(release), removed) => {
                reaches(release, retired.deprecated)
                    && removed.is_none_or(|minor| !reaches(release, minor))
            }
            (None, removed) => removed.is_none(),
        };
        is_deprecated
            .then(|| format!("{} is deprecated from 1.{} on", retired.version, retired.deprecated))
    })
}

fn judge<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    message: impl Fn(&Retired) -> Option<String>,
) -> Judged<'a> {
    if view.is_cluster() {
        return Ok(Verdict::NotApplicable);
    }
    let Some((retired, message)) = find(object).and_then(|it| Some((it, message(it)?))) else {
        return Ok(Verdict::Pass);
    };
    let flaw = flaw(place(&object.root, &["apiVersion"]), message);
    match (retired.replacement, retired.is_same) {
        ("", _) => flaw
            .step("Remove the object: nothing takes its place", &["kubectl api-versions"])
            .into(),
        (version, true) => flaw.expected(version).set(version).needs_review().into(),
        (version, false) => flaw
            .expected(version)
            .step(format!("Convert the object to {version}"), &["kubectl convert -f FILE"])
            .into(),
    }
}
