use super::*;

fn route(rest: &str) -> String {
    object(
        "gateway.networking.k8s.io/v1 HTTPRoute",
        "name: r, namespace: shop",
        &format!(
            "{{parentRefs: [{{name: edge}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]{rest}}}"
        ),
    )
}

fn gateway(listener: &str, rest: &str) -> String {
    object(
        "gateway.networking.k8s.io/v1 Gateway",
        "name: edge, namespace: shop",
        &format!("{{gatewayClassName: c, listeners: [{{{listener}}}]{rest}}}"),
    )
}

fn check_with(route: &str, more: &[&str], open: bool) {
    let parts = [web(), service("type: ClusterIP")];
    let all: Vec<&str> =
        parts.iter().map(String::as_str).chain([route]).chain(more.iter().copied()).collect();
    check(&all, if open { &["a Gateway"] } else { &[] });
}

#[test]
fn gateways_that_are_not_known_count_outside_a_cluster() {
    check_with(&route(""), &[], true);
    let cluster = format!("# cluster\n{}", web());
    check(&[&cluster, &service("type: ClusterIP"), &route("")], &[]);
    check_with(&route("").replace("port: 80", "port: 81"), &[], false);
    check_with(&route("").replace("port: 80", "port: 80, weight: 0"), &[], false);
    check_with(&route("").replace("{name: edge}", "{kind: ListenerSet, name: edge}"), &[], true);
    check_with(&route("").replace("{name: edge}", "{kind: Service, name: web}"), &[], false);
}

#[test]
fn a_listener_has_to_take_the_route() {
    let check = |listener: &str, rest: &str, open: bool| {
        check_with(&route(rest), &[&gateway(listener, "")], open);
    };
    let http = "name: l, port: 80, protocol: HTTP";
    check(http, "", true);
    check("name: l, port: 80, protocol: TCP", "", false);
    check("name: l, port: 80, protocol: UDP", "", false);
    check(&format!("{http}, allowedRoutes: {{kinds: [{{kind: GRPCRoute}}]}}"), "", false);
    check(&format!("{http}, allowedRoutes: {{kinds: [{{kind: HTTPRoute}}]}}"), "", true);
    check(&format!("{http}, hostname: '*.example.com'"), "", true);
    check(&format!("{http}, hostname: '*.example.com'"), ", hostnames: [a.example.com]", true);
    check(&format!("{http}, hostname: '*.example.com'"), ", hostnames: [a.example.org]", false);
    let validation = "tls: {frontendValidation: {caCertificateRefs: [{name: ca}]}}";
    check(&format!("name: l, port: 443, protocol: HTTPS, {validation}"), "", false);
    let parent = |rest: &str| route("").replace("{name: edge}", &format!("{{name: edge, {rest}}}"));
    check_with(&parent("sectionName: l"), &[&gateway(http, "")], true);
    check_with(&parent("sectionName: other"), &[&gateway(http, "")], false);
    check_with(&parent("port: 81"), &[&gateway(http, "")], false);
}

#[test]
fn listeners_take_routes_of_their_own_namespace_unless_they_say_more() {
    let apart = |from: &str| {
        let listener = format!("name: l, port: 80, protocol: HTTP{from}");
        gateway(&listener, "").replace("namespace: shop", "namespace: infra")
    };
    let route = route("").replace("{name: edge}", "{name: edge, namespace: infra}");
    let from = |from: &str| apart(&format!(", allowedRoutes: {{namespaces: {{{from}}}}}"));
    check_with(&route, &[&apart("")], false);
    check_with(&route, &[&from("from: Same")], false);
    check_with(&route, &[&from("from: None")], false);
    check_with(&route, &[&from("from: All")], true);
    let selector = from("from: Selector, selector: {matchLabels: {team: a}}");
    check_with(&route, &[&selector], true);
    let namespace = |team: &str| {
        format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{team: {team}}}}}}}"
        )
    };
    check_with(&route, &[&selector, &namespace("a")], true);
    check_with(&route, &[&selector, &namespace("b")], false);
}

#[test]
fn gateways_of_inner_networks_are_no_way() {
    let http = "name: l, port: 80, protocol: HTTP";
    let check = |gateway: String, open: bool| check_with(&route(""), &[&gateway], open);
    let status = |address: &str| {
        let gateway = gateway(http, "");
        let status = format!("}}, status: {{addresses: [{{value: {address}}}]}}}}");
        gateway.strip_suffix("}}").expect("the end").to_owned() + &status
    };
    check(status("198.51.100.7"), true);
    check(status("10.0.0.7"), false);
    check(status("edge.shop.svc.cluster.local"), false);
    check(gateway(http, "").replace("gatewayClassName: c", "gatewayClassName: gke-l7-rilb"), false);
    let annotations =
        |all: &str| gateway(http, &format!(", infrastructure: {{annotations: {{{all}}}}}"));
    check(annotations("networking.gke.io/load-balancer-type: Internal"), false);
    check(annotations("networking.istio.io/service-type: ClusterIP"), false);
    check(annotations("team: a"), true);
}

#[test]
fn a_backend_of_another_namespace_needs_a_grant_where_all_are_known() {
    let route = route("")
        .replace("namespace: shop", "namespace: other")
        .replace("{name: web, port", "{name: web, namespace: shop, port");
    check_with(&route, &[], true);
    let grant = object(
        "gateway.networking.k8s.io/v1beta1 ReferenceGrant",
        "name: g, namespace: shop",
        "{from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: other}], \
         to: [{group: '', kind: Service}]}",
    );
    let gateway = gateway("name: l, port: 80, protocol: HTTP", "")
        .replace("namespace: shop", "namespace: other");
    let cluster = format!("# cluster\n{}", web());
    let service = service("type: ClusterIP");
    check(&[&cluster, &service, &route, &gateway, &grant], &["a Gateway"]);
    check(&[&cluster, &service, &route, &gateway], &[]);
    let named = grant.replace("kind: Service", "kind: Service, name: db");
    check(&[&cluster, &service, &route, &gateway, &named], &[]);
}

#[test]
fn routes_speak_their_own_protocol() {
    let udp = "ports: [{containerPort: 53, protocol: UDP}]";
    let pod = pod(&format!("{{containers: [{{name: a, {udp}}}]}}"));
    let service = service("type: ClusterIP")
        .replace("port: 80, targetPort: http", "port: 80, targetPort: 53, protocol: UDP");
    check(&[&pod, &service, &route("")], &[]);
    let route = route("").replace("v1, kind: HTTPRoute", "v1alpha2, kind: UDPRoute");
    check(&[&pod, &service, &route], &["a Gateway"]);
}
