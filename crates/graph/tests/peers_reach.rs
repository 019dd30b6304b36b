//! What other tools miss or claim wrongly about exposure, the network, the cloud and the control plane, each as a case.

use merlon_controls::example::{NOW, inventory, node};
use merlon_graph::search::{Query, Without, relevant};
use merlon_graph::{AttackGraph, Endpoint, World, attack_graph};
use merlon_model::Confidence;
use merlon_views::objects::{InventoryView, control_plane_nodes};
use merlon_views::{NodeView, Told};

/// Looks at the graph of objects and of one node, which may be empty.
fn graph_of<R>(
    objects: &str,
    collected: &str,
    look: impl FnOnce(&World<'_, '_>, &AttackGraph<'_>) -> R,
) -> R {
    let inventory = inventory(objects.trim_start());
    let view = InventoryView::new(&inventory, NOW, &Told::default());
    let mut nodes = control_plane_nodes(&inventory);
    if !collected.is_empty() {
        nodes.push(merlon_snapshot::Node { name: "a".to_owned(), ..node(collected) });
    }
    let nodes: Vec<NodeView<'_>> =
        nodes.iter().map(|it| NodeView::new(it, NOW, &Told::default())).collect();
    let world = World::new(&view).with_nodes(&nodes);
    let graph = attack_graph(&world);
    look(&world, &graph)
}

/// Whether there is a way of steps that are at least that sure.
fn way(objects: &str, collected: &str, route: (&str, &str), sure: Confidence) -> bool {
    graph_of(objects, collected, |world, graph| {
        let facts = |text: &str| text.parse::<Endpoint>().expect(text).facts(world, graph);
        let (entries, targets) = (facts(route.0), facts(route.1));
        let mut without = Without::nothing();
        for (number, step) in (0..).zip(&graph.steps) {
            if step.confidence < sure {
                without.step(merlon_graph::search::StepId(number));
            }
        }
        let query = Query {
            graph: &graph.hypergraph,
            entries: &entries,
            targets: &targets,
            without: &without,
        };
        !relevant(&query).steps.is_empty()
    })
}

fn check(objects: &str, from: &str, to: &str, expected: bool) {
    let found = way(objects, "", (from, to), Confidence::Assumed);
    assert_eq!(found, expected, "{from} to {to}:\n{objects}");
}

/// A pod `web` in `shop` that listens on port 8080.
const WEB: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {automountServiceAccountToken: false, containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
";

fn with_web(others: &str) -> String {
    format!("{WEB}---{others}")
}

/// KubeHound calls every endpoint that a slice backs external.
#[test]
fn a_cluster_internal_service_is_not_exposed() {
    let service = |spec: &str| {
        with_web(&format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]{spec}}}
"
        ))
    };
    check(&service(""), "internet", "pod shop/web", false);
    check(&service(", type: ClusterIP"), "internet", "pod shop/web", false);
    check(&service(", type: LoadBalancer"), "internet", "pod shop/web", true);
    check(&service(", type: NodePort"), "internet", "pod shop/web", true);
}

/// KubeHound and Cartography do not ask network policies.
#[test]
fn policies_close_ways_from_the_internet_and_from_other_pods() {
    let objects = |policy: &str| {
        with_web(&format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: LoadBalancer, selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: job, namespace: batch, labels: {{app: job}}}}
spec: {{automountServiceAccountToken: false, containers: [{{name: job, image: job}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: web, namespace: shop}}
spec: {{podSelector: {{matchLabels: {{app: web}}}}, ingress: {policy}}}
"
        ))
    };
    let policies = |ingress: &str, internet: bool, pods: bool| {
        check(&objects(ingress), "internet", "pod shop/web", internet);
        check(&objects(ingress), "pod batch/job", "pod shop/web", pods);
    };
    policies("[]", false, false);
    policies("[{}]", true, true);
    policies("[{ports: [{port: 8080}]}]", true, true);
    policies("[{ports: [{port: 9090}]}]", false, false);
    policies("[{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]", true, false);
    policies("[{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", false, false);
    policies("[{from: [{podSelector: {}}]}]", false, false);
    policies("[{from: [{namespaceSelector: {}}]}]", false, true);
    policies(
        "[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: job}}}]}]",
        false,
        true,
    );
    policies(
        "[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}]}]",
        false,
        false,
    );
}

#[test]
fn a_proxy_that_policies_let_in_carries_ingresses_further() {
    let objects = |from: &str| {
        with_web(&format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec: {{defaultBackend: {{service: {{name: web, port: {{number: 80}}}}}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: web, namespace: shop}}
spec: {{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {from}}}}}}}]}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: nginx, namespace: proxies, labels: {{app: nginx}}}}
spec: {{containers: [{{name: nginx, image: 'registry.k8s.io/ingress-nginx/controller:v1.12.1', ports: [{{containerPort: 443}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: nginx, namespace: proxies}}
spec: {{type: LoadBalancer, selector: {{app: nginx}}, ports: [{{port: 443}}]}}
"
        ))
    };
    let direct = |from: &str| {
        graph_of(&objects(from), "", |_, graph| {
            let by_ingress = graph.steps.iter().filter(|step| {
                step.technique.id == "exploit-exposed-service"
                    && format!("{:?}", step.basis).contains("an Ingress leads to it")
            });
            by_ingress.count()
        })
    };
    assert_eq!((direct("proxies"), direct("other")), (1, 0));
}

/// Two moves through programs with holes are two assumptions, which a filter takes out.
#[test]
fn lateral_moves_are_assumed() {
    let objects = with_web(
        "
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: batch}
spec: {automountServiceAccountToken: false, containers: [{name: job, image: job}]}
",
    );
    let route = ("pod batch/job", "pod shop/web");
    assert!(way(&objects, "", route, Confidence::Assumed));
    assert!(!way(&objects, "", route, Confidence::Likely));
    // Nothing tells that a pod without ports listens.
    check(&objects, "pod shop/web", "pod batch/job", false);
}

/// KubeHound lets anonymous callers reach a critical asset by `system:public-info-viewer`.
#[test]
fn the_default_binding_for_anonymous_callers_is_no_way() {
    let objects = with_web(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: 'system:public-info-viewer'}
rules: [{nonResourceURLs: [/healthz, /livez, /readyz, /version, /version/], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: 'system:public-info-viewer'}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:public-info-viewer'}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}]
",
    );
    check(&objects, "pod shop/web", "cluster-admin", false);
    check(&objects, "pod shop/web", "anonymous", true);
}

/// Limits of anonymous requests to some paths are not read by any peer.
#[test]
fn anonymous_requests_that_are_limited_to_paths_are_no_way() {
    let check = |configuration: &str, expected: bool| {
        let collected = format!(
            "run kube-apiserver@1.34 --authentication-config=/a.yaml --authorization-mode=RBAC\n\
             file /a.yaml 0600 root:root authentication-configuration\n  \
             apiVersion: apiserver.config.k8s.io/v1beta1\n  kind: AuthenticationConfiguration\n  \
             anonymous: {configuration}\n"
        );
        let found = way(WEB, &collected, ("pod shop/web", "anonymous"), Confidence::Assumed);
        assert_eq!(found, expected, "{configuration}");
    };
    check("{enabled: true}", true);
    check("{enabled: false}", false);
    check("{enabled: true, conditions: [{path: /livez}]}", false);
}

/// kube-hunter calls an answer of 403 anonymous access, and the read-only port a way to run programs.
#[test]
fn a_kubelet_that_asks_for_authorization_runs_nothing() {
    let objects = with_web(
        "
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data}
spec: {nodeName: a, containers: [{name: db, image: db}]}
",
    );
    let check = |kubelet: &str, expected: bool| {
        let route = ("pod shop/web", "pod data/db");
        let found =
            way(&objects, &format!("run kubelet@1.31 {kubelet}"), route, Confidence::Likely);
        assert_eq!(found, expected, "{kubelet}");
    };
    check("--anonymous-auth=true --authorization-mode=AlwaysAllow", true);
    // What a kubelet does that is given no configuration file.
    check("", true);
    check("--anonymous-auth=true --authorization-mode=Webhook", false);
    check("--anonymous-auth=false --authorization-mode=Webhook --read-only-port=10255", false);
}

/// kubesplaining has an edge to the machine's role from every pod.
#[test]
fn pods_that_are_kept_from_the_metadata_service_get_no_role() {
    let objects = |egress: &str, host_network: bool| {
        format!(
            "
# cluster
apiVersion: v1
kind: Node
metadata: {{name: a}}
spec: {{providerID: 'aws:///eu-west-1a/i-0123456789abcdef0'}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop}}
spec: {{nodeName: a, hostNetwork: {host_network}, containers: [{{name: web, image: web}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: web, namespace: shop}}
spec: {{podSelector: {{}}, policyTypes: [Egress], egress: {egress}}}
"
        )
    };
    let roles = |egress: &str, host_network: bool, expected: bool| {
        check(&objects(egress, host_network), "pod shop/web", "cloud-role", expected);
    };
    roles("[{}]", false, true);
    roles("[]", false, false);
    roles("[]", true, true);
    roles("[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]", false, false);
    roles("[{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]", false, false);
    roles("[{to: [{namespaceSelector: {}}]}]", false, false);
}

/// A control plane that is hosted here for another cluster is not this one's.
#[test]
fn a_hosted_control_plane_has_no_keys_of_this_cluster() {
    let objects = |annotations: &str| {
        format!(
            "
apiVersion: v1
kind: Pod
metadata: {{name: api, namespace: tenants, annotations: {annotations}}}
spec:
  nodeName: a
  containers:
  - name: api
    image: registry.k8s.io/kube-apiserver:v1.37.0
    command: [kube-apiserver, --service-account-signing-key-file=/sa.key]
"
        )
    };
    check(&objects("{kubernetes.io/config.mirror: x}"), "pod tenants/api", "cluster-admin", true);
    check(&objects("{}"), "pod tenants/api", "cluster-admin", false);
}

/// No peer looks at what runs behind webhooks; those that only objects with a label get to are left out.
#[test]
fn whoever_runs_behind_a_webhook_answers_for_it() {
    let objects = |selector: &str| {
        with_web(&format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 443, targetPort: 8080}}]}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: hook}}
webhooks:
- name: hook.example.com
  clientConfig: {{service: {{namespace: shop, name: web}}}}
  rules: [{{operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [deployments]}}]
  objectSelector: {selector}
---
apiVersion: v1
kind: Namespace
metadata: {{name: ops}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: robot, namespace: ops}}
"
        ))
    };
    check(&objects("{}"), "pod shop/web", "serviceaccount ops/robot", true);
    let opt_out = "{matchExpressions: [{key: skip, operator: DoesNotExist}]}";
    check(&objects(opt_out), "pod shop/web", "serviceaccount ops/robot", true);
    check(
        &objects("{matchLabels: {inject: 'yes'}}"),
        "pod shop/web",
        "serviceaccount ops/robot",
        false,
    );
}

/// Steps grow with pods and not with pairs of them, with and without policies.
#[test]
fn steps_grow_with_pods_and_not_with_pairs() {
    let steps = |pods: usize, policy: &str| {
        let mut objects = String::new();
        for pod in 0..pods {
            let namespace = pod % 5;
            objects.push_str(&format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{pod}, namespace: n{namespace}, labels: {{app: a{}}}}}\n\
                 spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 80}}]}}]}}\n",
                pod % 3
            ));
        }
        for namespace in 0..5 {
            objects.push_str(&format!(
                "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: n{namespace}}}\n\
                 spec: {policy}\n"
            ));
        }
        graph_of(objects.trim_start_matches("---\n"), "", |_, graph| graph.steps.len())
    };
    let policies = [
        "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}",
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
        "{podSelector: {matchLabels: {app: a1}}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: a2}}}]}]}",
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}, {ports: [{port: 80}]}]}",
    ];
    for policy in policies {
        let (once, twice) = (steps(60, policy), steps(120, policy));
        assert!(twice <= 2 * once, "{once} steps become {twice} with {policy}");
    }
}
