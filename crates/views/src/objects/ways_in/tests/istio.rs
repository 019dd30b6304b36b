use super::*;

fn virtual_service(rest: &str) -> String {
    object(
        "networking.istio.io/v1 VirtualService",
        "name: v, namespace: shop",
        &format!(
            "{{gateways: [edge], hosts: [a.example.com], http: [{{route: [{{destination: {{host: web, \
             port: {{number: 80}}}}}}]}}]{rest}}}"
        ),
    )
}

fn gateway(server: &str) -> String {
    object(
        "networking.istio.io/v1 Gateway",
        "name: edge, namespace: shop",
        &format!("{{selector: {{istio: gw}}, servers: [{{{server}}}]}}"),
    )
}

fn proxy(kind: &str) -> [String; 2] {
    let ports = "ports: [{containerPort: 8443}]";
    let spec = format!("{{containers: [{{name: p, image: istio/proxyv2, {ports}}}]}}");
    let service = format!(
        "{{type: {kind}, selector: {{istio: gw}}, ports: [{{port: 443, targetPort: 8443}}]}}"
    );
    [
        object("v1 Pod", "name: gw, namespace: edge, labels: {istio: gw}", &spec),
        object("v1 Service", "name: gw, namespace: edge", &service),
    ]
}

fn check_with(route: &str, more: &[&str], open: bool) {
    let parts = [web(), service("type: ClusterIP")];
    let all: Vec<&str> =
        parts.iter().map(String::as_str).chain([route]).chain(more.iter().copied()).collect();
    check(&all, if open { &["a IstioGateway"] } else { &[] });
}

const SERVER: &str = "port: {number: 443}, hosts: ['*.example.com']";

#[test]
fn a_virtual_service_leads_to_the_port_that_it_names() {
    check_with(&virtual_service(""), &[], true);
    check_with(&virtual_service("").replace("number: 80", "number: 81"), &[], false);
    check_with(&virtual_service("").replace("[edge]", "[mesh]"), &[], false);
    check_with(&virtual_service("").replace("[edge]", "[mesh, edge]"), &[], true);
    check_with(
        &virtual_service("").replace("host: web", "host: web.shop.svc.cluster.local"),
        &[],
        true,
    );
    check_with(&virtual_service("").replace("host: web", "host: web.b"), &[], false);
    check_with(
        &virtual_service("").replace("[{destination", "[{weight: 0, destination"),
        &[],
        false,
    );
}

#[test]
fn servers_have_to_take_its_hosts() {
    let check = |hosts: &str, open: bool| {
        let server = format!("port: {{number: 443}}, hosts: ['{hosts}']");
        check_with(&virtual_service(""), &[&gateway(&server)], open);
    };
    check("*.example.com", true);
    check("*", true);
    check("b.example.com", false);
    check("shop/*", true);
    check("./*", true);
    check("other/*", false);
    let mutual = |mode: &str| gateway(&format!("{SERVER}, tls: {{mode: {mode}}}"));
    check_with(&virtual_service(""), &[&mutual("SIMPLE")], true);
    check_with(&virtual_service(""), &[&mutual("OPTIONAL_MUTUAL")], true);
    check_with(&virtual_service(""), &[&mutual("MUTUAL")], false);
}

#[test]
fn the_proxies_of_a_gateway_have_to_be_reached_themselves() {
    let gateway = gateway(SERVER);
    let [pod, service] = proxy("LoadBalancer");
    check_with(&virtual_service(""), &[&gateway, &pod, &service], true);
    let [pod, service] = proxy("ClusterIP");
    check_with(&virtual_service(""), &[&gateway, &pod, &service], false);
    // Its service may be among other manifests.
    check_with(&virtual_service(""), &[&gateway, &pod], true);
    let cluster = format!("# cluster\n{}", web());
    let inside = super::service("type: ClusterIP");
    check(&[&cluster, &inside, &virtual_service(""), &gateway, &pod], &[]);
    check(&[&cluster, &inside, &virtual_service(""), &gateway], &[]);
    check(&[&cluster, &inside, &virtual_service("")], &[]);
}

#[test]
fn what_a_virtual_service_leaves_to_another_is_reached_too() {
    let root = virtual_service("").replace(
        "route: [{destination: {host: web, port: {number: 80}}}]",
        "delegate: {name: d, namespace: shop}",
    );
    let delegate = virtual_service("")
        .replace("name: v", "name: d")
        .replace("gateways: [edge], hosts: [a.example.com], ", "");
    check_with(&root, &[&delegate], true);
    check_with(&delegate, &[], false);
}
