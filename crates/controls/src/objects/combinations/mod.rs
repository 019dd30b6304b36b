//! Flaws that are worse together: a way in from the internet, a weak workload, a powerful identity.
//!
//! Each ingredient has controls of its own. These tell the few workloads where they meet: one finding each, with the
//! place of every ingredient, and the one change that parts them most easily.

/// A pod with the label that the service of the examples selects.
macro_rules! web {
    ($spec:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\n",
            "metadata: {name: web, namespace: shop, labels: {app: web}}\nspec: ",
            $spec,
            "\n"
        )
    };
}

/// The service of that pod.
macro_rules! service {
    ($spec:literal) => {
        concat!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n",
            "spec: {selector: {app: web}, ports: [{port: 80}], ",
            $spec,
            "}\n"
        )
    };
}

/// An Ingress with those annotations, which leads to the service.
macro_rules! ingress {
    ($annotations:literal) => {
        concat!(
            service!("type: ClusterIP"),
            "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\n",
            "metadata: {name: web, namespace: shop, annotations: ",
            $annotations,
            "}\nspec: {rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]}\n"
        )
    };
}

/// A network policy for the pod's namespace.
macro_rules! policy {
    ($spec:literal) => {
        concat!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
            "metadata: {name: p, namespace: shop}\nspec: ",
            $spec,
            "\n"
        )
    };
}

/// A cluster role with that rule, bound to that subject in the whole cluster.
macro_rules! bound {
    ($rule:literal, $subject:literal) => {
        concat!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n",
            "rules: [",
            $rule,
            "]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n",
            "metadata: {name: b}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}\n",
            "subjects: [",
            $subject,
            "]\n"
        )
    };
}

mod identity;
mod interfaces;
mod internet;
pub(crate) mod node;
pub(crate) mod rights;
pub(crate) mod software;

use merlon_model::{Kind, Severity};
use merlon_views::objects::{Place, is_system_namespace};
use merlon_views::{InventoryView, PodView};

use super::{Flaw, Verdict, flaw};
use internet::WayIn;

/// A flaw of a workload that is reached from the internet: what it is, and how it is reached.
fn reached<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
    way: &WayIn<'a>,
    place: Place<'a>,
    what: &str,
) -> Flaw<'a> {
    let by = way.exposure.object.reference();
    let how = way.title();
    let message = if std::ptr::eq(way.exposure.object, pod.object) {
        format!("{what}; {how} leads to it from outside")
    } else {
        format!("{what}; {how} of {by} leads to it from outside")
    };
    let statement = format!("this is the way in: {how}");
    let mut flaw = flaw(place, message).because(statement, way.exposure.object, way.exposure.place);
    if let Some(policy) = way.unread {
        let at = merlon_views::objects::place(&policy.root, &["spec"]);
        flaw = flaw.because("this may shut it, which only its plugin knows", policy, at);
    }
    flaw.at_most(way.severity.min(worst(view, pod)))
}

/// What is said of a pod to which no way leads: that may be since manifests are not the whole cluster.
fn unreached<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Verdict<'a> {
    let is_known =
        view.is_complete(Kind::Service) || view.services().selecting(pod).next().is_some();
    if is_known { Verdict::Pass } else { Verdict::NotApplicable }
}

/// What a finding on a pod is worth at most: what a cluster ships can hardly be changed by its users.
fn worst(view: &InventoryView<'_>, pod: &PodView<'_>) -> Severity {
    if view.is_cluster() && is_system_namespace(pod.namespace) {
        Severity::Medium
    } else {
        Severity::Critical
    }
}
