mod gateways;
mod ingresses;
mod istio;
mod nodes;
mod open_shift;
mod policies;
mod services;

use super::super::example::inventory;
use super::super::{InventoryView, Unread, Way};
use crate::Told;

/// The containers of the first pod to which ways lead, each as `container way`, with `?` behind those that may be inner
/// ones and `!` behind those that something unread may shut.
fn check(parts: &[&str], expected: &[&str]) {
    let text = parts.join("\n---\n");
    let inventory = inventory(&text);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let pod = view.pods.first().expect("a pod");
    let shown: Vec<String> = view
        .ways_in(pod)
        .iter()
        .map(|way| {
            let name = way.container_of(pod).expect("a container").name;
            let doubt = if way.is_doubtful { "?" } else { "" };
            let unread = if way.unread.is_some() { "!" } else { "" };
            format!("{name} {:?}{doubt}{unread}", way.exposure.way)
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
}

fn object(head: &str, metadata: &str, spec: &str) -> String {
    let (version, kind) = head.split_once(' ').expect("version and kind");
    format!("{{apiVersion: {version}, kind: {kind}, metadata: {{{metadata}}}, spec: {spec}}}")
}

fn pod(spec: &str) -> String {
    object("v1 Pod", "name: web, namespace: shop, labels: {app: web}", spec)
}

/// One that listens on TCP 8080, which it calls `http`, and has another container.
fn web() -> String {
    pod("{containers: [{name: a, ports: [{name: http, containerPort: 8080}]}, {name: b}]}")
}

/// A service with the port 80, called `front`, for the port `http` of the pod.
fn service(rest: &str) -> String {
    let ports = "ports: [{name: front, port: 80, targetPort: http}]";
    let spec = format!("{{selector: {{app: web}}, {ports}, {rest}}}");
    object("v1 Service", "name: web, namespace: shop", &spec)
}

fn balancer() -> String {
    service("type: LoadBalancer")
}

fn node(name: &str, address: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Node, metadata: {{name: {name}}}, status: {{addresses: [{{type: \
         InternalIP, address: {address}}}]}}}}"
    )
}

fn policy(spec: &str) -> String {
    object("networking.k8s.io/v1 NetworkPolicy", "name: p, namespace: shop", spec)
}

fn ingress(annotations: &str, rest: &str) -> String {
    let rules = "rules: [{http: {paths: [{backend: {service: {name: web, port: {number: 80}}}}]}}]";
    object(
        "networking.k8s.io/v1 Ingress",
        &format!("name: web, namespace: shop, annotations: {{{annotations}}}"),
        &format!("{{{rules}, {rest}}}"),
    )
}

#[test]
fn each_container_and_object_is_told_once() {
    let routes =
        ingress("", "").replace("paths: [{", "paths: [{backend: {service: {name: web}}}, {");
    check(&[&web(), &service("type: ClusterIP"), &routes], &["a Ingress"]);
    let both = [web(), balancer(), ingress("", "")];
    check(&[&both[0], &both[1], &both[2]], &["a LoadBalancer", "a Ingress"]);
}

#[test]
fn a_way_tells_where_its_object_opens_it() {
    let text = [web(), service("type: ClusterIP"), ingress("", "")].join("\n---\n");
    let inventory = inventory(&text);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let ways = view.ways_in(&view.pods[0]);
    assert_eq!(ways[0].exposure.way, Way::Ingress);
    let stretch = ways[0].exposure.place.stretch(&ways[0].exposure.object.root).expect("a place");
    assert_eq!(stretch.field, "spec.rules[0].http.paths[0].backend");
}

#[test]
fn what_is_unread_tells_its_place() {
    let route = ingress("konghq.com/plugins: key-auth", "");
    let text = [web(), service("type: ClusterIP"), route].join("\n---\n");
    let inventory = inventory(&text);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let unread = view.ways_in(&view.pods[0])[0].unread;
    assert!(matches!(unread, Some(Unread::Setting(_, node)) if node.as_str() == Some("key-auth")));
}
