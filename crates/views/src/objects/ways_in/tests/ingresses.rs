use super::*;

fn check_with(annotations: &str, rest: &str, more: &[&str], expected: &[&str]) {
    let parts = [web(), service("type: ClusterIP"), ingress(annotations, rest)];
    let all: Vec<&str> = parts.iter().map(String::as_str).chain(more.iter().copied()).collect();
    check(&all, expected);
}

const OPEN: &[&str] = &["a Ingress"];
const DOUBT: &[&str] = &["a Ingress!"];

fn class(name: &str, controller: &str) -> String {
    object(
        "networking.k8s.io/v1 IngressClass",
        &format!("name: {name}"),
        &format!("{{controller: {controller}}}"),
    )
}

#[test]
fn a_backend_leads_to_the_port_that_it_names() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        let ingress = ingress("", "");
        assert!(ingress.contains(from), "{from}");
        check(&[&web(), &service("type: ClusterIP"), &ingress.replace(from, to)], expected);
    };
    check("number: 80", "number: 80", OPEN);
    check("number: 80", "number: 81", &[]);
    check("number: 80", "number: 8080", &[]);
    check("number: 80", "name: front", OPEN);
    check("number: 80", "name: http", &[]);
    check("service: {name: web, port: {number: 80}}", "serviceName: web, servicePort: 80", OPEN);
    check("service: {name: web, port: {number: 80}}", "serviceName: web, servicePort: front", OPEN);
    check("service: {name: web, port: {number: 80}}", "serviceName: web, servicePort: http", &[]);
    check("name: web, port", "name: db, port", &[]);
}

#[test]
fn a_port_that_is_called_as_the_service_is_does_not_open_its_other_ports() {
    let both =
        service("type: ClusterIP").replace("[{", "[{name: web, port: 81, targetPort: 9090}, {");
    let pod = pod("{containers: [{name: a, ports: [{name: http, containerPort: 8080}]}, \
                   {name: b, ports: [{containerPort: 9090}]}]}");
    let route = |port: &str| ingress("", "").replace("number: 80", port);
    check(&[&pod, &both, &route("name: front")], OPEN);
    check(&[&pod, &both, &route("name: web")], &["b Ingress"]);
}

#[test]
fn logins_shut_it() {
    check_with("nginx.ingress.kubernetes.io/auth-url: 'https://a/'", "", &[], &[]);
    check_with("nginx.ingress.kubernetes.io/auth-type: basic", "", &[], &[]);
    check_with("nginx.ingress.kubernetes.io/auth-url: ''", "", &[], OPEN);
    check_with("alb.ingress.kubernetes.io/auth-type: none", "", &[], OPEN);
    check_with("alb.ingress.kubernetes.io/auth-type: oidc", "", &[], &[]);
    let allow = "alb.ingress.kubernetes.io/auth-on-unauthenticated-request: allow";
    check_with(&format!("alb.ingress.kubernetes.io/auth-type: oidc, {allow}"), "", &[], OPEN);
    check_with("nginx.org/basic-auth-secret: a", "", &[], &[]);
    check_with("haproxy-ingress.github.io/auth-secret: a", "", &[], &[]);
    let secret = "nginx.ingress.kubernetes.io/auth-tls-secret: a/b";
    check_with(secret, "", &[], &[]);
    let verify = "nginx.ingress.kubernetes.io/auth-tls-verify-client";
    check_with(&format!("{secret}, {verify}: optional"), "", &[], OPEN);
    check_with(&format!("{secret}, {verify}: 'on'"), "", &[], &[]);
}

#[test]
fn annotations_of_another_controller_say_nothing() {
    let login = "nginx.ingress.kubernetes.io/auth-url: 'https://a/'";
    check_with(login, "ingressClassName: kong", &[], OPEN);
    check_with(login, "ingressClassName: nginx", &[], &[]);
    check_with(login, "ingressClassName: own", &[], &[]);
    check_with(
        login,
        "ingressClassName: own",
        &[&class("own", "traefik.io/ingress-controller")],
        OPEN,
    );
    check_with(login, "ingressClassName: own", &[&class("own", "k8s.io/ingress-nginx")], &[]);
    check_with(login, "ingressClassName: own", &[&class("own", "k8s.io/inner-ingress-nginx")], &[]);
    let default = class("own", "traefik.io/ingress-controller").replace(
        "name: own",
        "name: own, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}",
    );
    check_with(login, "", &[&default], OPEN);
}

#[test]
fn lists_of_who_may_come_shut_it() {
    let nginx =
        |list: &str| format!("nginx.ingress.kubernetes.io/whitelist-source-range: '{list}'");
    check_with(&nginx("10.0.0.0/8"), "", &[], &[]);
    check_with(&nginx("10.0.0.0/8,0.0.0.0/0"), "", &[], OPEN);
    // A single address is a list too.
    check_with(&nginx("203.0.113.7"), "", &[], &[]);
    check_with(&nginx(""), "", &[], OPEN);
    check_with("haproxy.org/allow-list: patterns/inner", "", &[], &[]);
}

#[test]
fn settings_that_stand_elsewhere_leave_doubt() {
    check_with(
        "traefik.ingress.kubernetes.io/router.middlewares: a-b@kubernetescrd",
        "",
        &[],
        DOUBT,
    );
    check_with("konghq.com/plugins: key-auth", "", &[], DOUBT);
    check_with("konghq.com/plugins: key-auth", "ingressClassName: nginx", &[], OPEN);
}

#[test]
fn aws_balancers_are_inner_ones_unless_told_otherwise() {
    let facing = "alb.ingress.kubernetes.io/scheme: internet-facing";
    check_with("", "ingressClassName: alb", &[], &[]);
    check_with("kubernetes.io/ingress.class: alb", "", &[], &[]);
    check_with(facing, "ingressClassName: alb", &[], OPEN);
    check_with("", "ingressClassName: own", &[&class("own", "ingress.k8s.aws/alb")], &[]);
    check_with("", "ingressClassName: own", &[&class("own", "eks.amazonaws.com/alb")], &[]);
    // What the class's parameters say shows in the name.
    let named = |name: &str, annotations: &str| {
        let ingress = ingress(annotations, "ingressClassName: alb");
        let status = format!("}}, status: {{loadBalancer: {{ingress: [{{hostname: {name}}}]}}}}}}");
        ingress.strip_suffix("}}").expect("the end").to_owned() + &status
    };
    let service = service("type: ClusterIP");
    check(&[&web(), &service, &named("a.elb.amazonaws.com", "")], OPEN);
    check(&[&web(), &service, &named("internal-a.elb.amazonaws.com", facing)], &[]);
}

#[test]
fn inner_classes_are_no_way() {
    check_with("kubernetes.io/ingress.class: gce-internal", "", &[], &[]);
    check_with("kubernetes.io/ingress.class: gce", "", &[], OPEN);
    check_with("appgw.ingress.kubernetes.io/use-private-ip: 'true'", "", &[], &[]);
    check_with("", "ingressClassName: tailscale", &[], &[]);
    check_with("tailscale.com/funnel: 'true'", "ingressClassName: tailscale", &[], OPEN);
}
