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
mod internet;
pub(crate) mod node;
pub(crate) mod rights;
pub(crate) mod software;

use merlon_model::{Kind, Severity};
use merlon_views::objects::{Place, Unread, WayIn, is_system_namespace};
use merlon_views::{InventoryView, PodView};

use super::{Flaw, Verdict, flaw};
use internet::{title, worth};

/// A flaw of a workload that is reached from the internet: what it is, and how it is reached.
fn reached<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
    way: &WayIn<'a>,
    place: Place<'a>,
    what: &str,
) -> Flaw<'a> {
    let by = way.exposure.object.reference();
    let how = title(way);
    let message = if std::ptr::eq(way.exposure.object, pod.object) {
        format!("{what}; {how} leads to it from outside")
    } else {
        format!("{what}; {how} of {by} leads to it from outside")
    };
    let statement = format!("this is the way in: {how}");
    let mut flaw = flaw(place, message).because(statement, way.exposure.object, way.exposure.place);
    flaw = match way.unread {
        None => flaw,
        Some(Unread::Policy(policy)) => {
            let at = merlon_views::objects::place(&policy.root, &["spec"]);
            flaw.because("this may shut it, which only its plugin knows", policy, at)
        }
        Some(Unread::Setting(object, node)) => {
            let statement = "this may ask who comes, which its proxy knows";
            flaw.because(statement, object, Place::Node(node))
        }
    };
    flaw.at_most(worth(way).min(worst(view, pod)))
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

#[cfg(test)]
mod tests {
    use merlon_model::{Outcome, Severity};
    use merlon_views::{InventoryView, Told};

    use crate::{evaluate_objects, example, find};

    /// The severity of each failure, and the number of places that its evidence tells.
    fn check(control: &str, text: &str, expected: &[(Severity, usize)]) {
        let inventory = example::inventory(text);
        let view = InventoryView::new(&inventory, example::NOW, &Told::default());
        let findings = evaluate_objects(find(control).expect(control), &view);
        let failing = findings.iter().filter(|it| it.outcome == Outcome::Fail);
        let found: Vec<_> = failing.map(|it| (it.severity, it.evidence.len())).collect();
        assert_eq!(found, expected, "{control} on {text}");
    }

    const PRIVILEGED: &str =
        web!("{containers: [{name: web, securityContext: {privileged: true}}]}");

    #[test]
    fn what_is_less_than_the_worst_case_is_less_severe() {
        let check = |text: &str, expected: Severity, places: usize| {
            check("exposed-workload-privileged", text, &[(expected, places)]);
        };
        let balancer = format!("{PRIVILEGED}{}", service!("type: LoadBalancer"));
        check(&balancer, Severity::Critical, 2);
        check(&format!("{PRIVILEGED}{}", service!("type: NodePort")), Severity::High, 2);
        let system = balancer.replace("shop", "kube-system");
        check(&system, Severity::Critical, 2);
        check(&format!("# cluster\n{system}"), Severity::Medium, 2);
        let cilium = "---\nkind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\n\
                      metadata: {name: c, namespace: shop}\nspec: {}\n";
        check(&format!("{balancer}{cilium}"), Severity::High, 3);
    }

    #[test]
    fn secrets_of_one_namespace_are_worth_less_than_those_of_all() {
        let pod = web!("{serviceAccountName: web, containers: [{name: web}]}");
        let bound = bound!(
            "{verbs: [list], apiGroups: [''], resources: [secrets]}",
            "{kind: ServiceAccount, name: web, namespace: shop}"
        );
        let all = format!("{pod}{}{bound}", service!("type: LoadBalancer"));
        check("exposed-workload-reads-secrets", &all, &[(Severity::High, 3)]);
        let own = all.replace(
            "ClusterRoleBinding\nmetadata: {",
            "RoleBinding\nmetadata: {namespace: shop, ",
        );
        check("exposed-workload-reads-secrets", &own, &[(Severity::Medium, 3)]);
    }

    #[test]
    fn a_workload_with_several_ways_and_containers_is_told_once() {
        let pod = web!(
            "
  containers:
  - {name: web, securityContext: {privileged: true}}
  - {name: b, securityContext: {privileged: true}}"
        );
        let text = format!("{pod}{}{}", service!("type: LoadBalancer"), ingress!("{}"));
        check("exposed-workload-privileged", &text, &[(Severity::Critical, 3)]);
    }
}
