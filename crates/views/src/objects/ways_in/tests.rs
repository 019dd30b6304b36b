use merlon_model::Kind;
use merlon_snapshot::{Inventory, Manifest, Origin};

use super::super::{InventoryView, Unread, Way};
use crate::Told;

/// Text with `# cluster` in its first line is all that a live cluster has.
fn inventory(text: &str) -> Inventory {
    let manifest = Manifest { path: "a.yaml".to_owned(), text: text.to_owned(), rendered: None };
    let origin = if text.starts_with("# cluster") {
        Origin::Cluster {
            server: "https://192.0.2.1".to_owned(),
            version: None,
            listed: Kind::ALL.iter().copied().collect(),
        }
    } else {
        Origin::Manifests { skipped: 0 }
    };
    Inventory {
        name: "test".to_owned(),
        origin,
        objects: manifest.contents(0).objects,
        manifests: vec![manifest],
        gaps: Vec::new(),
    }
}

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

mod services {
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
        let two =
            format!("{{containers: [{{name: a, {}}}, {{name: b, {}}}]}}", port(8080), port(9090));
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
        let ranges = |list: &str| {
            service(&format!("type: LoadBalancer, loadBalancerSourceRanges: [{list}]"))
        };
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
}

mod nodes {
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
        let with =
            |rest: &str| pod(&format!("{{hostNetwork: true, containers: [{{name: a{rest}}}]}}"));
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
}

mod policies {
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

    /// A proxy with its own load balancer.
    fn proxy(image: &str, kind: &str) -> [String; 2] {
        let meta = "namespace: edge, labels: {app: proxy}";
        let spec = format!(
            "{{containers: [{{name: c, image: {image}, ports: [{{containerPort: 80}}]}}]}}"
        );
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
            let all: Vec<&str> = [&*web, &*inside, &*route, policy]
                .into_iter()
                .chain(more.iter().copied())
                .collect();
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
}

mod ingresses {
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
        check(
            "service: {name: web, port: {number: 80}}",
            "serviceName: web, servicePort: 80",
            OPEN,
        );
        check(
            "service: {name: web, port: {number: 80}}",
            "serviceName: web, servicePort: front",
            OPEN,
        );
        check(
            "service: {name: web, port: {number: 80}}",
            "serviceName: web, servicePort: http",
            &[],
        );
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
        check_with(
            login,
            "ingressClassName: own",
            &[&class("own", "k8s.io/inner-ingress-nginx")],
            &[],
        );
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
            let status =
                format!("}}, status: {{loadBalancer: {{ingress: [{{hostname: {name}}}]}}}}}}");
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
}

mod gateways {
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
        check_with(
            &route("").replace("{name: edge}", "{kind: ListenerSet, name: edge}"),
            &[],
            true,
        );
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
        let parent =
            |rest: &str| route("").replace("{name: edge}", &format!("{{name: edge, {rest}}}"));
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
        check(
            gateway(http, "").replace("gatewayClassName: c", "gatewayClassName: gke-l7-rilb"),
            false,
        );
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
}

mod istio {
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
}

mod open_shift {
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

#[test]
#[ignore = "measures; run it with --release"]
fn many_pods_are_looked_up_quickly() {
    let mut text = String::new();
    for number in 0..30_000 {
        let labels = format!("labels: {{app: a{}}}", number / 3);
        let meta = format!("name: p{number}, namespace: n{}, {labels}", number % 3 + number / 300);
        text += &object("v1 Pod", &meta, "{containers: [{name: c, ports: [{containerPort: 80}]}]}");
        text.push_str("\n---\n");
    }
    for number in 0..10_000 {
        let meta = format!("name: s{number}, namespace: n{}", number / 100);
        let spec =
            format!("{{type: LoadBalancer, selector: {{app: a{number}}}, ports: [{{port: 80}}]}}");
        text += &object("v1 Service", &meta, &spec);
        text.push_str("\n---\n");
    }
    let mut objects = Vec::new();
    for part in text.split("---\n") {
        let manifest = Manifest { path: String::new(), text: part.to_owned(), rendered: None };
        objects.extend(manifest.contents(0).objects);
    }
    let mut inventory = inventory("{}");
    inventory.objects = objects;
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let start = std::time::Instant::now();
    let found: usize = view.pods.iter().map(|pod| view.ways_in(pod).len()).sum();
    println!("{found} ways in {:?}", start.elapsed());
    assert!(start.elapsed().as_secs() < 1, "{:?}", start.elapsed());
}
