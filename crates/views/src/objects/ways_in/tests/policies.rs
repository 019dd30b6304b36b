use super::*;

#[test]
fn policies_shut_ways_by_peers_and_ports() {
    let check = |spec: &str, open: bool| {
        let expected: &[&str] = if open { &["a LoadBalancer"] } else { &[] };
        check(&[&web(), &balancer(), &policy(spec)], expected);
    };
    check("{podSelector: {}}", false);
    check("{podSelector: {matchLabels: {app: db}}}", true);
    check("{podSelector: {}, policyTypes: [Egress]}", true);
    check("{podSelector: {}, ingress: [{}]}", true);
    check("{podSelector: {}, ingress: [{ports: [{port: 8080}]}]}", true);
    // It is about the pod's port, not the service's.
    check("{podSelector: {}, ingress: [{ports: [{port: 80}]}]}", false);
    check("{podSelector: {}, ingress: [{ports: [{port: http}]}]}", true);
    check("{podSelector: {}, ingress: [{ports: [{port: http, protocol: UDP}]}]}", false);
    check("{podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 9000}]}]}", true);
    let from = |block: &str| {
        format!("{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{{block}}}}}]}}]}}")
    };
    check(&from("cidr: 0.0.0.0/0"), true);
    check(&from("cidr: 10.0.0.0/8"), false);
    // Google's resolver is not the internet.
    check(&from("cidr: 8.8.8.0/24"), false);
    check(&from("cidr: 0.0.0.0/0, except: [8.8.8.8/32]"), true);
    check(&from("cidr: 0.0.0.0/0, except: [0.0.0.0/1, 128.0.0.0/1]"), false);
    check("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", false);
}

#[test]
fn rules_of_several_policies_add_up() {
    let half = |name: &str, cidr: &str| {
        policy(&format!(
            "{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}"
        ))
        .replace("name: p,", &format!("name: {name},"))
    };
    let (one, other) = (half("p", "0.0.0.0/2"), half("q", "64.0.0.0/2"));
    check(&[&web(), &balancer(), &one], &[]);
    check(&[&web(), &balancer(), &one, &other], &["a LoadBalancer"]);
}

#[test]
fn a_policy_that_only_a_plugin_knows_leaves_doubt() {
    let cilium = object("cilium.io/v2 CiliumNetworkPolicy", "name: c, namespace: shop", "{}");
    check(&[&web(), &balancer(), &cilium], &["a LoadBalancer!"]);
}

#[test]
fn policies_of_administrators_come_first() {
    let admin = |action: &str, peers: &str| {
        let spec = format!(
            "{{priority: 1, subject: {{namespaces: {{}}}}, ingress: [{{action: {action}, from: [{peers}]}}]}}"
        );
        object("policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy", "name: admin", &spec)
    };
    let (pods, inside) = ("namespaces: {}", service("type: ClusterIP"));
    let route = ingress("", "");
    // What comes from outside is from no pod.
    check(&[&web(), &balancer(), &admin("Deny", pods)], &["a LoadBalancer"]);
    let [pod, service_of_it] =
        proxy("registry.k8s.io/ingress-nginx/controller:v1.11.0", "LoadBalancer");
    let shut = policy("{podSelector: {}}");
    check(
        &[&web(), &inside, &route, &shut, &pod, &service_of_it, &admin("Allow", pods)],
        &["a Ingress"],
    );
    check(&[&web(), &inside, &route, &shut, &pod, &service_of_it, &admin("Pass", pods)], &[]);
    let open = policy("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}");
    check(&[&web(), &inside, &route, &open, &pod, &service_of_it], &["a Ingress"]);
    check(&[&web(), &inside, &route, &open, &pod, &service_of_it, &admin("Deny", pods)], &[]);
}

#[test]
fn a_policy_that_is_refused_leaves_doubt() {
    check(&[&web(), &balancer(), &policy("{podSelector: []}")], &["a LoadBalancer!"]);
}

/// A proxy with its own load balancer.
fn proxy(image: &str, kind: &str) -> [String; 2] {
    let meta = "namespace: edge, labels: {app: proxy}";
    let spec =
        format!("{{containers: [{{name: c, image: {image}, ports: [{{containerPort: 80}}]}}]}}");
    let service = format!("{{type: {kind}, selector: {{app: proxy}}, ports: [{{port: 80}}]}}");
    [
        object("v1 Pod", &format!("name: proxy, {meta}"), &spec),
        object("v1 Service", "name: proxy, namespace: edge", &service),
    ]
}

#[test]
fn a_proxy_gets_through_where_policies_let_its_pods_in() {
    let from = |namespace: &str| {
        let label = format!("{{kubernetes.io/metadata.name: {namespace}}}");
        policy(&format!(
            "{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {label}}}}}]}}]}}"
        ))
    };
    let [pod, service_of_it] =
        proxy("registry.k8s.io/ingress-nginx/controller:v1.11.0", "LoadBalancer");
    let (inside, route) = (service("type: ClusterIP"), ingress("", ""));
    let check = |policy: &str, more: &[&str], expected: &[&str]| {
        let web = web();
        let all: Vec<&str> =
            [&*web, &*inside, &*route, policy].into_iter().chain(more.iter().copied()).collect();
        check(&all, expected);
    };
    check(&from("edge"), &[&pod, &service_of_it], &["a Ingress"]);
    check(&from("monitoring"), &[&pod, &service_of_it], &[]);
    // One that is not known is in a namespace of its own.
    check(&from("monitoring"), &[], &["a Ingress"]);
    check(&policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"), &[], &[]);
    check(&policy("{podSelector: {}}"), &[], &[]);
    check(&policy("{podSelector: {}}"), &[&pod, &service_of_it], &[]);
}

#[test]
fn a_sidecar_makes_no_proxy_of_its_pod() {
    let [pod, service_of_it] = proxy("istio/proxyv2:1.24.0", "LoadBalancer");
    let injected = pod.replace("[{name: c,", "[{name: app, image: shop}, {name: c,");
    let from = "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: \
                {kubernetes.io/metadata.name: edge}}}]}]}";
    let parts = [web(), service("type: ClusterIP"), ingress("", ""), policy(from)];
    let check = |proxy: &str, from: &str, expected: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|it| it.replace("edge", from)).collect();
        let mut all: Vec<&str> = parts.iter().map(String::as_str).collect();
        all.extend([proxy, &*service_of_it]);
        check(&all, expected);
    };
    check(&pod, "edge", &["a Ingress"]);
    check(&pod, "other", &[]);
    // Then no proxy is known, and one of another namespace may be it.
    check(&injected, "other", &["a Ingress"]);
}

#[test]
fn the_clouds_own_proxy_gets_through_by_its_addresses() {
    let from = |cidr: &str| {
        policy(&format!(
            "{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}"
        ))
    };
    let google = ingress("kubernetes.io/ingress.class: gce", "");
    let check = |cidr: &str, ingress: &str, expected: &[&str]| {
        let node = node("one", "10.0.0.9");
        check(&[&web(), &service("type: ClusterIP"), ingress, &from(cidr), &node], expected);
    };
    check("35.191.0.0/16", &google, &["a Ingress"]);
    check("10.0.0.0/16", &google, &["a Ingress"]);
    check("10.9.0.0/16", &google, &[]);
    check("10.0.0.0/16", &ingress("", ""), &[]);
}
