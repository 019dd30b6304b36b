use super::*;

fn check_with(from: &str, to: &str, open: bool) {
    let route = object(
        "route.openshift.io/v1 Route",
        "name: r, namespace: shop, annotations: {team: a}",
        "{to: {kind: Service, name: web}, port: {targetPort: front}}",
    );
    assert!(route.contains(from), "{from}");
    let expected: &[&str] = if open { &["a OpenShiftRoute"] } else { &[] };
    check(&[&web(), &service("type: ClusterIP"), &route.replace(from, to)], expected);
}

#[test]
fn a_route_names_the_services_port_or_the_number_of_the_pods() {
    check_with("front", "front", true);
    check_with("front", "http", false);
    check_with("targetPort: front", "targetPort: 8080", true);
    check_with("targetPort: front", "targetPort: 80", false);
    check_with(", port: {targetPort: front}", "", true);
    check_with("name: web}", "name: web, weight: 0}", false);
    check_with("name: web}", "name: b}, alternateBackends: [{name: web}]", true);
}

#[test]
fn lists_of_who_may_come_shut_it() {
    let list = |list: &str| format!("haproxy.router.openshift.io/ip_whitelist: '{list}'");
    check_with("team: a", &list("192.168.1.0/24 10.0.0.1"), false);
    check_with("team: a", &list("10.0.0.1"), false);
    check_with("team: a", &list("10.0.0.1 0.0.0.0/0"), true);
}
