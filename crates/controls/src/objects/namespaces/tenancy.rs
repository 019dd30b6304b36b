//! How a cluster is divided into namespaces.

use std::collections::BTreeSet;

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{is_system_namespace, place};
use merlon_views::{InventoryView, PodView};

use super::shipped::is_shipped;
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "default-namespace-used",
        title: "applications live in the namespace default",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: IN_DEFAULT, judge: default_used },
        documentation: Documentation {
            finds: "\
Pods and workloads, Services but `kubernetes`, Ingresses and volume claims in `default`. Manifests \
count where they write `namespace: default`: those without a namespace go where whoever applies \
them says. One finding for all of them.",
            matters: "\
Everything that names no namespace lands there, so rights and policies for it cover what nobody \
meant.",
            options: "\
- **Give each application its namespace.** Objects cannot be moved: they are created anew, and \
what calls them by `NAME.default.svc` changes too, so there is no edit.
- **Let nobody but administrators create anything in `default`.**",
            acceptable: "For throw-away clusters.",
        },
        examples: &[
            fail(
                "# cluster\n{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default}, \
                 spec: {containers: []}}",
            ),
            fail(
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: \
                 default}, spec: {template: {spec: {containers: []}}}}",
            ),
            fail("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}}"),
            // What every cluster has there.
            pass(
                "# cluster\n{apiVersion: v1, kind: Service, metadata: {name: kubernetes, \
                 namespace: default}}",
            ),
            pass("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}"),
            // Whoever applies it says where.
            not_applicable(
                "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: []}}",
            ),
        ],
    },
    Control {
        id: "user-resources-in-system-namespaces",
        title: "a workload of users lives in a namespace of the system",
        vector: vector("AV:N/AC:H/Au:S/C:C/I:P/A:P"),
        applies: Applies::Objects,
        check: pods(in_system_namespace),
        documentation: Documentation {
            finds: "\
Pods and workloads in `kube-system`, `kube-public` and `kube-node-lease` that are not known to \
come with kubeadm, k3s, RKE2, kops, EKS, GKE, AKS or a network plugin: by name, or by the label \
of the distribution's add-on manager.",
            matters: "\
Who may write there may use the accounts of controllers, and policies usually exempt these \
namespaces.",
            options: "\
- **Move them to namespaces of their own**: they are created anew, so there is no edit.
- **Let nobody but administrators write to system namespaces.**",
            acceptable: "\
For node agents of the platform team, such as network and storage drivers, and for priority \
classes that are allowed nowhere else.",
        },
        examples: &[
            fail(
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: shop, namespace: \
                 kube-system}, spec: {template: {spec: {containers: []}}}}",
            ),
            fail(
                "# cluster\n{apiVersion: v1, kind: Pod, metadata: {name: coredns-miner, \
                 namespace: kube-public}, spec: {containers: []}}",
            ),
            pass(
                "# cluster\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, \
                 namespace: kube-system}, spec: {template: {spec: {containers: []}}}}",
            ),
            pass(
                "# cluster\n{apiVersion: v1, kind: Pod, metadata: {name: kube-apiserver-cp1, \
                 namespace: kube-system, annotations: {kubernetes.io/config.mirror: a}}, spec: \
                 {containers: []}}",
            ),
            pass(
                "# cluster\n{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: new-agent, \
                 namespace: kube-system, labels: {kubernetes.azure.com/managedby: aks}}, spec: \
                 {template: {spec: {containers: []}}}}",
            ),
            pass(
                "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: \
                 {containers: []}}",
            ),
            not_applicable(
                "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: []}}",
            ),
        ],
    },
    Control {
        id: "namespaces-not-separating",
        title: "all applications of a cluster share one namespace",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: WITH_PODS, judge: not_separating },
        documentation: Documentation {
            finds: "\
Clusters whose workloads, but for those of the system's namespaces, are all in one namespace and \
belong to more than one application by their labels `app.kubernetes.io/part-of`, \
`app.kubernetes.io/instance` or `app`, else by their names.",
            matters: "\
Roles, quotas, network policies and pod rules work by namespace; what shares one shares all of \
these.",
            options: "\
- **One namespace per team and application**, created from a template with policies. More \
namespaces are more objects to keep alike. Objects cannot be moved, so there is no edit.",
            acceptable: "For clusters of one team and one application.",
        },
        examples: &[
            fail(
                "\
# cluster
{apiVersion: v1, kind: Namespace, metadata: {name: apps}}
---
{apiVersion: v1, kind: Pod, metadata: {name: shop, namespace: apps}, spec: {containers: []}}
---
{apiVersion: v1, kind: Pod, metadata: {name: payroll, namespace: apps}, spec: {containers: []}}",
            ),
            pass(
                "\
# cluster
{apiVersion: v1, kind: Pod, metadata: {name: shop, namespace: shop}, spec: {containers: []}}
---
{apiVersion: v1, kind: Pod, metadata: {name: payroll, namespace: payroll}, spec: {containers: []}}",
            ),
            // One application of two parts.
            pass(
                "\
# cluster
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: shop}}, spec: \
{containers: []}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop, labels: {app: shop}}, spec: \
{containers: []}}",
            ),
            not_applicable(
                "\
# cluster
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: kube-system}, spec: {containers: []}}",
            ),
            not_applicable(
                "\
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: apps}, spec: {containers: []}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: apps}, spec: {containers: []}}",
            ),
        ],
    },
];

/// What the namespace `default` is searched for.
const IN_DEFAULT: &[Kind] = &[
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
    Kind::Service,
    Kind::Ingress,
    Kind::PersistentVolumeClaim,
];

/// What shows where applications run.
const WITH_PODS: &[Kind] = &[
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
    Kind::Namespace,
];

/// How many of the objects a finding lists.
const LISTED: usize = 5;

fn default_used<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    const NAMESPACE: &[&str] = &["metadata", "namespace"];
    let others = [Kind::Service, Kind::Ingress, Kind::PersistentVolumeClaim];
    let objects = || {
        let others = others.iter().flat_map(|kind| view.of_kind(*kind));
        view.pods.iter().map(|pod| pod.owner).chain(others)
    };
    let mut seen = BTreeSet::new();
    let mut misplaced: Vec<&'a Object> = Vec::new();
    for object in objects() {
        let is_kubernetes = object.kind() == Some(Kind::Service) && object.name() == "kubernetes";
        let is_misplaced = object.namespace() == Some("default") && !is_kubernetes;
        if is_misplaced && seen.insert(std::ptr::from_ref(object)) {
            misplaced.push(object);
        }
    }
    let Some(first) = misplaced.first() else {
        let is_told = objects().any(|object| object.namespace().is_some());
        return Ok(if is_told { Verdict::Pass } else { Verdict::NotApplicable });
    };
    let count = misplaced.len();
    let what = if count == 1 { "object is" } else { "objects are" };
    // The finding stays the same one, whatever comes and goes in the namespace.
    let anchor = match view.find(Kind::Namespace, "", "default") {
        Some(namespace) => (namespace, place(&namespace.root, &["metadata", "name"])),
        None => (*first, place(&first.root, NAMESPACE)),
    };
    let found = flaw(anchor.1, format!("{count} {what} in default")).of_object(anchor.0).step(
        "create them anew in namespaces of their applications",
        &["kubectl get all,ingresses,persistentvolumeclaims -n default"],
    );
    misplaced
        .iter()
        .take(LISTED)
        .fold(found, |found, object| {
            found.because(object.reference().to_string(), object, place(&object.root, NAMESPACE))
        })
        .into()
}

fn in_system_namespace<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    const NAMESPACE: &[&str] = &["metadata", "namespace"];
    if pod.object.namespace().is_none() {
        return Ok(Verdict::NotApplicable);
    }
    let is_system = matches!(pod.namespace, "kube-system" | "kube-public" | "kube-node-lease");
    if !is_system || pod.is_mirror() || is_shipped(pod.owner) {
        return Ok(Verdict::Pass);
    }
    let message = format!("it is not known to belong to {}", pod.namespace);
    flaw(place(&pod.object.root, NAMESPACE), message)
        .step("create it anew in a namespace of its own", &[])
        .into()
}

fn not_separating<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    if !view.is_cluster() {
        return Ok(Verdict::NotApplicable);
    }
    let mut users = view.pods.iter().filter(|pod| !is_system_namespace(pod.namespace));
    let Some(first) = users.clone().next() else { return Ok(Verdict::NotApplicable) };
    if users.any(|pod| pod.namespace != first.namespace) {
        return Ok(Verdict::Pass);
    }
    let users = view.pods.iter().filter(|pod| pod.namespace == first.namespace);
    let applications: BTreeSet<&str> = users.clone().map(application).collect();
    if applications.len() < 2 {
        return Ok(Verdict::Pass);
    }
    // Without an object of the namespace it is about a workload, the same one in whatever order they are listed.
    let namespace = view.find(Kind::Namespace, "", first.namespace);
    let owners = users.map(|pod| pod.owner);
    let found = namespace.or_else(|| owners.min_by_key(|owner| owner.reference()));
    let namespace = found.unwrap_or(first.owner);
    let message =
        format!("{} applications share the namespace {}", applications.len(), first.namespace);
    flaw(place(&namespace.root, &["metadata", "name"]), message)
        .of_object(namespace)
        .at_most(Severity::Low)
        .step(
            "give each application a namespace of its own",
            &["kubectl get pods -A --show-labels"],
        )
        .into()
}

/// What application a pod says it belongs to.
fn application<'a>(pod: &PodView<'a>) -> &'a str {
    ["app.kubernetes.io/part-of", "app.kubernetes.io/instance", "app"]
        .iter()
        .find_map(|label| pod.label(label))
        .unwrap_or_else(|| pod.owner.name())
}
