//! What operators do for those who write their resources, each as a case; and what other tools miss or claim wrongly.

use merlon_controls::example::{NOW, inventory};
use merlon_graph::search::{Query, Without, relevant};
use merlon_graph::{Endpoint, World, attack_graph};
use merlon_views::Told;
use merlon_views::objects::InventoryView;

fn check(objects: &str, from: &str, to: &str, expected: bool) {
    let inventory = inventory(objects.trim_start());
    let view = InventoryView::new(&inventory, NOW, &Told::default());
    let world = World::new(&view);
    let graph = attack_graph(&world);
    let facts = |text: &str| text.parse::<Endpoint>().expect(text).facts(&world, &graph);
    let (entries, targets) = (facts(from), facts(to));
    let without = Without::nothing();
    let query =
        Query { graph: &graph.hypergraph, entries: &entries, targets: &targets, without: &without };
    let found = !relevant(&query).steps.is_empty();
    assert_eq!(found, expected, "{from} to {to}:\n{objects}");
}

/// kubesplaining has an edge from rights on custom resources whether their operator runs or not.
#[test]
fn rights_on_resources_without_their_operator_are_no_way() {
    let objects = |image: &str| {
        format!(
            "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: deployer}}
rules: [{{apiGroups: [helm.toolkit.fluxcd.io], resources: [helmreleases], verbs: [create]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: deployer}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: deployer}}
subjects: [{{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}}]
---
apiVersion: v1
kind: Pod
metadata: {{name: helm, namespace: flux}}
spec: {{serviceAccountName: helm, containers: [{{name: manager, image: '{image}'}}]}}
"
        )
    };
    check(
        &objects("ghcr.io/fluxcd/helm-controller:v1.4.0"),
        "user jane",
        "serviceaccount flux/helm",
        true,
    );
    check(
        &objects("ghcr.io/fluxcd/kustomize-controller:v1.7.0"),
        "user jane",
        "serviceaccount flux/helm",
        false,
    );
}

/// The rights have to stand in one rule: Cartography joins the lists of all rules.
#[test]
fn groups_and_resources_of_different_rules_are_not_joined() {
    let objects = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: deployer}
rules:
- {apiGroups: [helm.toolkit.fluxcd.io], resources: [helmcharts], verbs: [create]}
- {apiGroups: [example.com], resources: [helmreleases], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deployer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: deployer}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: Pod
metadata: {name: helm, namespace: flux}
spec: {serviceAccountName: helm, containers: [{name: manager, image: 'ghcr.io/fluxcd/helm-controller:v1.4.0'}]}
";
    check(objects, "user jane", "serviceaccount flux/helm", false);
}

/// An operator, the resource that jane may write, and what that gives; no peer knows of more than a few.
struct Operated {
    image: &'static str,
    arguments: &'static str,
    /// What the operator may do itself: a group, a resource and a verb.
    own: (&'static str, &'static str, &'static str),
    resource: (&'static str, &'static str),
    /// Where jane may write it; everywhere where there is nothing.
    namespace: &'static str,
    target: &'static str,
}

const NOTHING: (&str, &str, &str) = ("example.com", "things", "get");

/// Objects in which jane may write an operator's resources, in a namespace with a pod, an account and a secret.
fn operated(case: &Operated) -> String {
    let Operated { image, arguments, own, resource, namespace, .. } = case;
    let (kind, place) = match *namespace {
        "" => ("ClusterRoleBinding", String::new()),
        name => ("RoleBinding", format!(", namespace: {name}")),
    };
    let ((own_group, own_resource, own_verb), (group, resource)) = (own, resource);
    format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: jane}}
rules: [{{apiGroups: [{group}], resources: [{resource}], verbs: [create]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: jane{place}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: jane}}
subjects: [{{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: operator}}
rules: [{{apiGroups: ['{own_group}'], resources: [{own_resource}], verbs: [{own_verb}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: operator}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: operator}}
subjects: [{{kind: ServiceAccount, name: operator, namespace: operators}}]
---
apiVersion: v1
kind: Pod
metadata: {{name: operator, namespace: operators}}
spec: {{serviceAccountName: operator, containers: [{{name: operator, image: '{image}', args: {arguments}}}]}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: robot, namespace: shop}}
---
apiVersion: v1
kind: Secret
metadata: {{name: key, namespace: shop}}
---
apiVersion: v1
kind: Secret
metadata: {{name: key, namespace: operators}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop}}
spec: {{automountServiceAccountToken: false, containers: [{{name: web, image: web}}]}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: elsewhere, labels: {{pod-security.kubernetes.io/enforce: restricted}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: dns, namespace: kube-system}}
spec: {{automountServiceAccountToken: false, containers: [{{name: dns, image: dns}}]}}
"
    )
}

#[test]
fn operators_do_for_others_what_they_may_do_themselves() {
    let case = |image, own, resource, namespace, target| Operated {
        image,
        arguments: "[]",
        own,
        resource,
        namespace,
        target,
    };
    let (tokens, secrets) = (("", "serviceaccounts/token", "create"), ("", "secrets", "get"));
    let (pods, jobs) = (("", "pods", "create"), ("batch", "jobs", "create"));
    let (robot, key, itself) =
        ("serviceaccount shop/robot", "secret shop/key", "serviceaccount operators/operator");
    let eso = "ghcr.io/external-secrets/external-secrets:v1.0.0";
    let issuer = "quay.io/jetstack/cert-manager-controller:v1.19.0";
    let store = ("external-secrets.io", "secretstores");
    let everywhere = ("external-secrets.io", "clustersecretstores");
    let cases = [
        case(eso, tokens, store, "shop", robot),
        case(eso, secrets, store, "shop", key),
        case(eso, tokens, everywhere, "", robot),
        case(eso, secrets, everywhere, "", key),
        case(issuer, secrets, ("cert-manager.io", "issuers"), "shop", key),
        case(issuer, tokens, ("cert-manager.io", "issuers"), "shop", robot),
        case(issuer, secrets, ("cert-manager.io", "clusterissuers"), "", "secret operators/key"),
        case("ghcr.io/kedacore/keda:2.18.0", jobs, ("keda.sh", "scaledjobs"), "shop", robot),
        case(
            "registry.k8s.io/jobset/jobset:v0.10.0",
            jobs,
            ("jobset.x-k8s.io", "jobsets"),
            "shop",
            robot,
        ),
        case(
            "quay.io/argoproj/argo-rollouts:v1.8.3",
            ("apps", "replicasets", "create"),
            ("argoproj.io", "rollouts"),
            "shop",
            robot,
        ),
        case(
            "volcanosh/vc-controller-manager:v1.13.0",
            pods,
            ("batch.volcano.sh", "jobs"),
            "shop",
            robot,
        ),
        case("quay.io/kuberay/operator:v1.4.0", pods, ("ray.io", "rayjobs"), "shop", robot),
        case(
            "kubeflow/training-operator:v1.9.0",
            pods,
            ("kubeflow.org", "pytorchjobs"),
            "shop",
            robot,
        ),
        case(
            "openkruise/kruise-manager:v1.8.0",
            pods,
            ("apps.kruise.io", "clonesets"),
            "shop",
            robot,
        ),
        case(
            "quay.io/prometheus-operator/prometheus-operator:v0.86.0",
            ("apps", "statefulsets", "create"),
            ("monitoring.coreos.com", "prometheuses"),
            "shop",
            robot,
        ),
        case(
            "gcr.io/knative-releases/knative.dev/serving/cmd/controller@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            ("apps", "deployments", "create"),
            ("serving.knative.dev", "services"),
            "shop",
            key,
        ),
        Operated {
            arguments: "[rbac, start]",
            ..case(
                "xpkg.crossplane.io/crossplane/crossplane:v2.0.0",
                ("rbac.authorization.k8s.io", "clusterrolebindings", "create"),
                ("pkg.crossplane.io", "providers"),
                "",
                key,
            )
        },
        Operated {
            arguments: "[server]",
            ..case(
                "velero/velero:v1.17.0",
                ("", "pods/exec", "create"),
                ("velero.io", "schedules"),
                "operators",
                "pod shop/web",
            )
        },
    ];
    for it in &cases {
        check(&operated(it), "user jane", it.target, true);
        check(
            &operated(&Operated { image: "example.com/other:1", ..*it }),
            "user jane",
            it.target,
            false,
        );
        check(&operated(&Operated { own: NOTHING, ..*it }), "user jane", it.target, false);
        let (group, _) = it.resource;
        check(
            &operated(&Operated { resource: (group, "others"), ..*it }),
            "user jane",
            it.target,
            false,
        );
        // In another namespace, and for what has none in any namespace, the right is of no use.
        let elsewhere = Operated { namespace: "elsewhere", ..*it };
        check(&operated(&elsewhere), "user jane", it.target, false);
    }
    let without = [
        case(
            "ghcr.io/kyverno/background-controller:v1.15.0",
            NOTHING,
            ("kyverno.io", "clusterpolicies"),
            "",
            itself,
        ),
        case(
            "xpkg.upbound.io/crossplane-contrib/provider-kubernetes:v0.18.0",
            NOTHING,
            ("kubernetes.crossplane.io", "objects"),
            "",
            itself,
        ),
        case(
            "xpkg.upbound.io/crossplane-contrib/provider-helm:v0.21.0",
            NOTHING,
            ("helm.crossplane.io", "releases"),
            "",
            itself,
        ),
        Operated {
            arguments: "[core, start]",
            ..case(
                "crossplane/crossplane:v1.20.0",
                NOTHING,
                ("apiextensions.crossplane.io", "compositions"),
                "",
                itself,
            )
        },
        case(
            "ghcr.io/kyverno/kyverno:v1.15.0",
            NOTHING,
            ("kyverno.io", "clusterpolicies"),
            "",
            "pod shop/web",
        ),
        case(
            "ghcr.io/kyverno/kyverno:v1.15.0",
            NOTHING,
            ("kyverno.io", "policies"),
            "shop",
            "pod shop/web",
        ),
    ];
    for it in &without {
        check(&operated(it), "user jane", it.target, true);
        check(
            &operated(&Operated { image: "example.com/other:1", ..*it }),
            "user jane",
            it.target,
            false,
        );
        let elsewhere = Operated { namespace: "elsewhere", ..*it };
        check(&operated(&elsewhere), "user jane", it.target, false);
    }
}

#[test]
fn what_limits_an_operator_limits_what_it_does_for_others() {
    let keda = Operated {
        image: "ghcr.io/kedacore/keda:2.18.0",
        arguments: "[]",
        own: ("batch", "jobs", "create"),
        resource: ("keda.sh", "scaledjobs"),
        namespace: "shop",
        target: "serviceaccount shop/robot",
    };
    let watching = |value: &str| {
        let objects = operated(&keda);
        objects.replace("args: []", &format!("env: [{{name: WATCH_NAMESPACE, value: '{value}'}}]"))
    };
    check(&watching(""), "user jane", keda.target, true);
    check(&watching("operators"), "user jane", keda.target, false);
    // Kyverno's own configuration leaves the system's namespaces alone.
    let rewrites = |namespace: &'static str, pod: &str, expected: bool| {
        let kyverno = Operated {
            image: "ghcr.io/kyverno/kyverno:v1.15.0",
            arguments: "[]",
            own: NOTHING,
            resource: ("kyverno.io", "policies"),
            namespace,
            target: "",
        };
        check(&operated(&kyverno), "user jane", pod, expected);
    };
    rewrites("shop", "pod shop/web", true);
    rewrites("kube-system", "pod kube-system/dns", false);
    rewrites("operators", "pod operators/operator", false);
    // Secrets of the cluster's issuers are those of the namespace that an argument names.
    let issuer = Operated {
        image: "quay.io/jetstack/cert-manager-controller:v1.19.0",
        arguments: "[--cluster-resource-namespace=shop]",
        own: ("", "secrets", "get"),
        resource: ("cert-manager.io", "clusterissuers"),
        namespace: "",
        target: "secret shop/key",
    };
    check(&operated(&issuer), "user jane", "secret shop/key", true);
    check(&operated(&issuer), "user jane", "secret operators/key", false);
    let own = Operated { arguments: "[--cluster-resource-namespace=$(POD_NAMESPACE)]", ..issuer };
    check(&operated(&own), "user jane", "secret operators/key", true);
    check(&operated(&own), "user jane", "secret shop/key", false);
}

/// Gatekeeper rewrites what its webhook is asked about, in the namespaces that get to it.
#[test]
fn mutations_reach_as_far_as_the_webhook_of_their_engine() {
    let objects = |webhook: &str| {
        let gatekeeper = Operated {
            image: "openpolicyagent/gatekeeper:v3.20.0",
            arguments: "[]",
            own: NOTHING,
            resource: ("mutations.gatekeeper.sh", "assign"),
            namespace: "",
            target: "",
        };
        format!(
            "{}---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: gatekeeper}}
webhooks:
- name: mutation.gatekeeper.sh
  clientConfig: {{service: {{namespace: operators, name: gatekeeper}}}}
  rules: [{{operations: [CREATE], apiGroups: ['*'], apiVersions: ['*'], resources: [pods]}}]
  {webhook}
",
            operated(&gatekeeper)
        )
    };
    let reaches = |webhook: &str, expected: bool| {
        check(&objects(webhook), "user jane", "pod shop/web", expected);
    };
    reaches("", true);
    reaches("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}", true);
    reaches("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}", false);
    reaches("objectSelector: {matchLabels: {rewrite: 'yes'}}", false);
    check(
        &objects("")
            .replace("{namespace: operators, name: gatekeeper}", "{namespace: other, name: x}"),
        "user jane",
        "pod shop/web",
        false,
    );
}

/// Fleet's agent of its own cluster acts on what is in one namespace.
#[test]
fn bundles_of_the_own_cluster_are_deployed_by_its_agent() {
    let bundles = |namespace: &'static str, home: &str, expected: bool| {
        let fleet = Operated {
            image: "rancher/fleet-agent:v0.13.0",
            arguments: "[fleetagent]",
            own: NOTHING,
            resource: ("fleet.cattle.io", "bundles"),
            namespace,
            target: "",
        };
        let target = format!("serviceaccount {home}/operator");
        let objects =
            operated(&fleet).replace("namespace: operators", &format!("namespace: {home}"));
        check(&objects, "user jane", &target, expected);
    };
    bundles("fleet-local", "cattle-fleet-local-system", true);
    bundles("", "cattle-fleet-local-system", true);
    bundles("fleet-default", "cattle-fleet-local-system", false);
    bundles("fleet-local", "cattle-fleet-system", false);
}

/// K3s and RKE2 make charts with the rights of the administrator.
#[test]
fn charts_are_made_by_the_distribution() {
    let objects = |version: &str| {
        format!(
            "# cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: charts, namespace: shop}}
rules: [{{apiGroups: [helm.cattle.io], resources: [helmcharts], verbs: [create]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: charts, namespace: shop}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: charts}}
subjects: [{{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: helmcharts.helm.cattle.io}}
spec: {{group: helm.cattle.io}}
---
apiVersion: v1
kind: Node
metadata: {{name: one}}
status: {{nodeInfo: {{kubeletVersion: {version}}}}}
"
        )
    };
    check(&objects("v1.34.2+k3s1"), "user jane", "cluster-admin", true);
    check(&objects("v1.34.2+rke2r1"), "user jane", "cluster-admin", true);
    check(&objects("v1.34.2"), "user jane", "cluster-admin", false);
    // `--disable=helm-controller` takes the definition away.
    let without = objects("v1.34.2+k3s1").replace("group: helm.cattle.io}", "group: example.com}");
    check(&without, "user jane", "cluster-admin", false);
}

/// A definition is one of what depends on the namespace, or of what does not.
#[test]
fn definitions_of_what_runs_in_namespaces_are_no_way_to_all_of_them() {
    let objects = |image: &str, name: &str| {
        let (_, group) = name.split_once('.').expect("a name and a group");
        let case = Operated {
            image: "example.com/other:1",
            arguments: "[]",
            own: ("batch", "jobs", "create"),
            resource: ("apiextensions.k8s.io", "customresourcedefinitions"),
            namespace: "",
            target: "",
        };
        let objects = operated(&case).replace("verbs: [create]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: jane", "verbs: [update]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: jane");
        format!(
            "{}---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}}}
spec: {{group: {group}}}
",
            objects.replace("example.com/other:1", image)
        )
    };
    let flux = objects(
        "ghcr.io/fluxcd/kustomize-controller:v1.7.0",
        "kustomizations.kustomize.toolkit.fluxcd.io",
    );
    check(&flux, "user jane", "serviceaccount operators/operator", true);
    let keda = objects("ghcr.io/kedacore/keda:2.18.0", "scaledjobs.keda.sh");
    check(&keda, "user jane", "serviceaccount shop/robot", false);
}
