use super::*;

#[test]
fn a_node_port_is_a_way_where_any_node_is_on_the_internet() {
    let port = service("type: NodePort");
    check(&[&web(), &port], &["a NodePort?"]);
    check(&[&web(), &port, &node("one", "10.0.0.1")], &[]);
    check(
        &[&web(), &port, &node("one", "10.0.0.1"), &node("two", "198.51.100.7")],
        &["a NodePort"],
    );
    check(&[&web(), &port, &node("one", "'2001:4860::1'")], &["a NodePort"]);
    check(&[&web(), &port, &node("one", "'fd00::1'")], &[]);
}

#[test]
fn a_local_node_port_is_that_of_the_nodes_with_such_a_pod() {
    let placed = web().replace("{containers", "{nodeName: one, containers");
    let (inner, public) = (node("one", "10.0.0.1"), node("two", "198.51.100.7"));
    let cluster = service("type: NodePort, externalTrafficPolicy: Cluster");
    let local = service("type: NodePort, externalTrafficPolicy: Local");
    check(&[&placed, &cluster, &inner, &public], &["a NodePort"]);
    check(&[&placed, &local, &inner, &public], &[]);
    let moved = placed.replace("nodeName: one", "nodeName: two");
    check(&[&moved, &local, &inner, &public], &["a NodePort"]);
    // A pod that is not placed may come to be anywhere.
    check(&[&web(), &local, &inner, &public], &["a NodePort"]);
}

#[test]
fn the_node_ports_of_a_load_balancer_are_ways_of_their_own_where_nodes_are_public() {
    let inner = |port: &str| {
        service("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]")
            .replace("port: 80", &format!("port: 80{port}"))
    };
    let with = inner(", nodePort: 30080");
    check(&[&web(), &with, &node("one", "198.51.100.7")], &["a NodePort"]);
    check(&[&web(), &with, &node("one", "10.0.0.1")], &[]);
    check(&[&web(), &with], &[]);
    check(&[&web(), &inner(""), &node("one", "198.51.100.7")], &[]);
}

#[test]
fn a_host_port_is_that_of_the_pods_own_node_and_address() {
    let with = |port: &str| {
        pod(&format!(
            "{{nodeName: one, containers: [{{name: a, ports: [{{containerPort: 8080, {port}}}]}}]}}"
        ))
    };
    let (inner, public) = (node("one", "10.0.0.1"), node("one", "198.51.100.7"));
    check(&[&with("hostPort: 80")], &["a HostPort?"]);
    check(&[&with("hostPort: 80"), &public], &["a HostPort"]);
    check(&[&with("hostPort: 80"), &inner], &[]);
    check(&[&with("hostPort: 80"), &inner, &node("two", "198.51.100.7")], &[]);
    check(&[&with("hostPort: 0"), &public], &[]);
    check(&[&with("hostPort: 80, hostIP: 0.0.0.0"), &public], &["a HostPort"]);
    check(&[&with("hostPort: 80, hostIP: 127.0.0.1"), &public], &[]);
    check(&[&with("hostPort: 80, hostIP: '::1'"), &public], &[]);
    check(&[&with("hostPort: 80, hostIP: 10.0.0.1"), &public], &[]);
    let sidecar = with("hostPort: 80")
        .replace("containers: [{name: a", "containers: [{name: b}], initContainers: [{name: a");
    check(&[&sidecar, &public], &[]);
    let lasting = sidecar.replace("{name: a", "{restartPolicy: Always, name: a");
    check(&[&lasting, &public], &["a HostPort"]);
}

#[test]
fn the_nodes_network_leads_to_the_ports_that_are_declared() {
    let with = |rest: &str| pod(&format!("{{hostNetwork: true, containers: [{{name: a{rest}}}]}}"));
    let public = node("one", "198.51.100.7");
    check(&[&with(", ports: [{containerPort: 80}]")], &["a HostNetwork?"]);
    check(&[&with(", ports: [{containerPort: 80}]"), &public], &["a HostNetwork"]);
    check(
        &[&with(", ports: [{containerPort: 80}, {containerPort: 81}]"), &public],
        &["a HostNetwork"],
    );
    check(&[&with(""), &public], &[]);
    // Policies act on no pod of its node's network.
    let shut = policy("{podSelector: {}}");
    check(&[&with(", ports: [{containerPort: 80}]"), &public, &shut], &["a HostNetwork"]);
}
