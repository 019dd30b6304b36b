use super::*;

#[test]
fn a_target_port_by_name_leads_to_the_container_that_calls_a_port_so() {
    check(&[&web(), &balancer()], &["a LoadBalancer"]);
    check(&[&web(), &balancer().replace("targetPort: http", "targetPort: x")], &[]);
    check(&[&web(), &balancer().replace("port: 80", "protocol: UDP, port: 80")], &[]);
}

#[test]
fn a_name_that_two_containers_have_is_that_of_the_first_and_of_regular_ones_before_sidecars() {
    let port = |number| format!("ports: [{{name: http, containerPort: {number}}}]");
    let two = format!("{{containers: [{{name: a, {}}}, {{name: b, {}}}]}}", port(8080), port(9090));
    check(&[&pod(&two), &balancer()], &["a LoadBalancer"]);
    let sidecar = format!("initContainers: [{{name: s, restartPolicy: Always, {}}}]", port(1));
    let both = format!("{{{sidecar}, containers: [{{name: a, {}}}]}}", port(8080));
    check(&[&pod(&both), &balancer()], &["a LoadBalancer"]);
    let alone = format!("{{{sidecar}, containers: [{{name: a}}]}}");
    check(&[&pod(&alone), &balancer()], &["s LoadBalancer"]);
    let over = alone.replace("restartPolicy: Always, ", "");
    check(&[&pod(&over), &balancer()], &[]);
}

#[test]
fn a_target_port_by_number_that_nobody_declares_may_be_any_regular_containers() {
    let by = |target: &str| balancer().replace("targetPort: http", target);
    check(&[&web(), &by("targetPort: 8080")], &["a LoadBalancer"]);
    check(&[&web(), &by("targetPort: 9090")], &["a LoadBalancer", "b LoadBalancer"]);
    // What is not written, null, 0 or empty is the service's own port.
    let own = pod("{containers: [{name: a, ports: [{containerPort: 80}]}, {name: b}]}");
    for target in ["name: front", "targetPort: null", "targetPort: 0", "targetPort: ''"] {
        let service = by(target).replace("name: front, port: 80, name", "port: 80, name");
        check(&[&own, &service], &["a LoadBalancer"]);
    }
    check(&[&web(), &by("targetPort: 70000")], &[]);
    check(&[&web(), &by("targetPort: -1")], &[]);
    check(&[&web(), &by("targetPort: [http]")], &[]);
    let ending = "{initContainers: [{name: i}], containers: [{name: a}]}";
    check(&[&pod(ending), &by("targetPort: 9090")], &["a LoadBalancer"]);
}

#[test]
fn services_that_select_others_or_open_nothing_are_no_way() {
    check(&[&web(), &service("type: ClusterIP")], &[]);
    check(&[&web(), &balancer().replace("app: web", "app: db")], &[]);
    check(&[&web(), &balancer().replace("namespace: shop", "namespace: b")], &[]);
    check(&[&web(), &service("type: ExternalName, externalName: a.example.com")], &[]);
}

#[test]
fn source_ranges_shut_a_load_balancer_unless_they_are_nearly_everything() {
    let ranges =
        |list: &str| service(&format!("type: LoadBalancer, loadBalancerSourceRanges: [{list}]"));
    check(&[&web(), &ranges("203.0.113.0/24")], &[]);
    check(&[&web(), &ranges("0.0.0.0/0")], &["a LoadBalancer"]);
    check(&[&web(), &ranges("0.0.0.0/1, 128.0.0.0/1")], &["a LoadBalancer"]);
    check(&[&web(), &ranges("")], &["a LoadBalancer"]);
}

#[test]
fn a_load_balancer_with_an_inner_address_is_no_way() {
    let with = |status: &str| {
        let status = format!("}}, status: {{loadBalancer: {{ingress: [{{{status}}}]}}}}}}");
        balancer().strip_suffix("}}").expect("the end").to_owned() + &status
    };
    check(&[&web(), &with("ip: 198.51.100.7")], &["a LoadBalancer"]);
    check(&[&web(), &with("ip: 10.0.0.7")], &[]);
    check(&[&web(), &with("hostname: a.elb.amazonaws.com")], &["a LoadBalancer"]);
    check(&[&web(), &with("hostname: internal-a.elb.amazonaws.com")], &[]);
}

#[test]
fn external_addresses_are_ways_where_they_are_public() {
    check(&[&web(), &service("externalIPs: [198.51.100.7]")], &["a ExternalAddress"]);
    check(&[&web(), &service("externalIPs: [10.0.0.7]")], &[]);
    check(&[&web(), &service("externalIPs: ['::ffff:10.0.0.7']")], &[]);
}

#[test]
fn a_service_without_a_selector_sends_to_the_pods_whose_addresses_its_slices_name() {
    let web = web().replace("spec:", "status: {podIPs: [{ip: 10.1.0.5}]}, spec:");
    let service = balancer().replace("selector: {app: web}, ", "");
    let slice = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: \
                 shop, labels: {kubernetes.io/service-name: web}}, ports: [{name: front, port: 8080}], \
                 endpoints: [{addresses: [10.1.0.5]}]}";
    check(&[&web, &service, slice], &["a LoadBalancer"]);
    check(&[&web, &service], &[]);
    check(&[&web, &service, &slice.replace("10.1.0.5", "10.1.0.6")], &[]);
    check(&[&web, &service, &slice.replace("service-name: web", "service-name: b")], &[]);
    check(&[&web, &service, &slice.replace("name: front", "name: back")], &[]);
    check(
        &[&web, &service, &slice.replace("port: 8080", "port: 1")],
        &["a LoadBalancer", "b LoadBalancer"],
    );
    let unready = slice.replace("[10.1.0.5]", "[10.1.0.5], conditions: {ready: false}");
    check(&[&web, &service, &unready], &[]);
    let host = web.replace("spec: {", "spec: {hostNetwork: true, ");
    check(&[&host, &service, slice, &node("one", "10.1.0.5")], &[]);
    let old = "{apiVersion: v1, kind: Endpoints, metadata: {name: web, namespace: shop}, subsets: \
               [{addresses: [{ip: 10.1.0.5}], ports: [{name: front, port: 8080}]}]}";
    check(&[&web, &service, old], &["a LoadBalancer"]);
    check(&[&web, &service, old, slice], &["a LoadBalancer"]);
    // With a selector the slices follow from the pods.
    check(&[&web, &balancer().replace("app: web", "app: b"), slice], &[]);
}
