use merlon_model::Kind;
use merlon_snapshot::{Inventory, Manifest, Origin};

use super::super::super::{Direction, InventoryView, Passage, PodView};
use crate::Told;
use Passage::{Open, Shut, Unknown};

const PODS: &str = "
{kind: Namespace, apiVersion: v1, metadata: {name: a, labels: {team: blue}}}
---
{kind: Namespace, apiVersion: v1, metadata: {name: b}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web, namespace: a, labels: {app: web}},
 spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db, namespace: b, labels: {app: db}},
 spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: host, namespace: a, labels: {app: web}},
 spec: {hostNetwork: true, containers: [{name: c}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: lone, namespace: unseen},
 spec: {containers: [{name: c}]}}
";

const CLUSTER: &str = "
{kind: Node, apiVersion: v1, metadata: {name: n, labels: {pool: x}},
 status: {addresses: [{type: InternalIP, address: 10.1.2.3}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: far, namespace: b},
 spec: {containers: [{name: c}]}, status: {podIPs: [{ip: 10.200.0.9}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: near, namespace: b},
 spec: {containers: [{name: c}]}, status: {podIPs: [{ip: 10.100.0.9}]}}
";

fn ask(text: &str, is_cluster: bool, ask: impl Fn(&InventoryView<'_>) -> Passage) -> Passage {
    let objects = text.split("---\n").flat_map(|part| {
        let text = part.to_owned();
        Manifest { path: "a.yaml".to_owned(), text, rendered: None }.contents(0).objects
    });
    let origin = if is_cluster {
        Origin::Cluster {
            server: String::new(),
            version: None,
            listed: [Kind::Namespace, Kind::Pod, Kind::Node].into_iter().collect(),
        }
    } else {
        Origin::Manifests { skipped: 0 }
    };
    let inventory = Inventory {
        name: "test".to_owned(),
        origin,
        objects: objects.collect(),
        manifests: Vec::new(),
        gaps: Vec::new(),
    };
    ask(&InventoryView::new(&inventory, 0, &Told::default()))
}

fn pod<'v, 'a>(view: &'v InventoryView<'a>, name: &str) -> &'v PodView<'a> {
    view.pods.iter().find(|pod| pod.object.name() == name).expect(name)
}

/// What becomes of `FROM TO [PROTOCOL/]PORT`; ends are pods, addresses or the internet.
fn passage(view: &InventoryView<'_>, connection: &str) -> Passage {
    let words: Vec<&str> = connection.split(' ').collect();
    let network = view.network();
    if let ["default", namespace, direction] = words[..] {
        let namespace = view.namespaces()[namespace].name;
        let direction = if direction == "ingress" { Direction::Ingress } else { Direction::Egress };
        return network.by_default_in(namespace, direction);
    }
    let [from, to, port] = words[..] else { panic!("{connection}") };
    let (protocol, port) = port.split_once('/').unwrap_or(("TCP", port));
    let port = port.parse().expect(connection);
    if from == "internet" {
        return network.ingress_from_internet(pod(view, to), protocol, port);
    }
    match to.parse() {
        Ok(address) => network.egress(pod(view, from), address, protocol, port),
        Err(_) => network.passage(view, pod(view, from), pod(view, to), protocol, port),
    }
}

fn check(policies: &[String], connection: &str, expected: Passage) {
    let mut text = PODS.to_owned();
    policies.iter().for_each(|policy| text.push_str(&format!("---\n{policy}\n")));
    let found = ask(&text, false, |view| passage(view, connection));
    assert_eq!(found, expected, "{connection} {policies:?}");
}

fn admin(priority: u32, subject: &str, rules: &str) -> String {
    format!(
        "{{kind: AdminNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha1, metadata: \
         {{name: p{priority}}}, spec: {{priority: {priority}, subject: {subject}, {rules}}}}}"
    )
}

fn baseline(rules: &str) -> String {
    format!(
        "{{kind: BaselineAdminNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha1, \
         metadata: {{name: default}}, spec: {{subject: {EVERY}, {rules}}}}}"
    )
}

fn cluster(tier: &str, priority: u32, rules: &str) -> String {
    format!(
        "{{kind: ClusterNetworkPolicy, apiVersion: policy.networking.k8s.io/v1alpha2, \
         metadata: {{name: {tier}}}, spec: {{tier: {tier}, priority: {priority}, subject: \
         {EVERY}, {rules}}}}}"
    )
}

fn policy(namespace: &str, spec: &str) -> String {
    format!(
        "{{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {{name: n, \
         namespace: {namespace}}}, spec: {spec}}}"
    )
}

const EVERY: &str = "{namespaces: {}}";
const IN: &str = "ingress: [{action: Deny, from: [{namespaces: {}}]}]";
const TO_DB: &str = "web db 5432";

#[test]
fn tiers_are_asked_in_their_order() {
    let allow = "ingress: [{action: Allow, from: [{namespaces: {}}]}]";
    let pass = "ingress: [{action: Pass, from: [{namespaces: {}}]}]";
    let (open, shut) = (policy("b", "{ingress: [{}]}"), policy("b", "{}"));
    check(&[], TO_DB, Open);
    check(&[admin(1, EVERY, IN)], TO_DB, Shut);
    // What an administrator decides no policy of the namespace changes.
    check(&[admin(1, EVERY, IN), open.clone()], TO_DB, Shut);
    check(&[admin(1, EVERY, allow), shut.clone()], TO_DB, Open);
    check(&[admin(1, EVERY, pass), shut.clone()], TO_DB, Shut);
    check(&[admin(1, EVERY, pass), open.clone()], TO_DB, Open);
    check(&[admin(1, EVERY, pass)], TO_DB, Open);
    check(&[admin(1, EVERY, pass), admin(2, EVERY, IN)], TO_DB, Open);
    check(&[admin(2, EVERY, pass), admin(1, EVERY, IN)], TO_DB, Shut);
    check(&[baseline(IN)], TO_DB, Shut);
    check(&[baseline(IN), shut.clone()], TO_DB, Shut);
    // A policy that isolates the pod comes before the baseline, and what it allows stays.
    check(&[baseline(IN), open.clone()], TO_DB, Open);
    check(&[baseline(allow), shut.clone()], TO_DB, Shut);
    // It isolates for egress alone.
    check(&[baseline(IN), policy("b", "{policyTypes: [Egress]}")], TO_DB, Shut);
    check(&[baseline(IN), admin(1, EVERY, allow)], TO_DB, Open);
    check(&[baseline(IN), admin(1, EVERY, pass)], TO_DB, Shut);
    // Both sides have a say.
    let egress = "egress: [{action: Deny, to: [{namespaces: {}}]}]";
    check(&[admin(1, EVERY, egress), admin(2, EVERY, allow)], TO_DB, Shut);
    check(&[admin(1, EVERY, allow), policy("a", "{policyTypes: [Egress]}")], TO_DB, Shut);
    // Pods on their nodes' network are not subject to it.
    check(&[admin(1, EVERY, egress)], "host db 5432", Open);
    check(&[admin(1, EVERY, IN)], "host db 5432", Open);
    check(&[admin(1, EVERY, IN)], "web host 80", Open);
    // What comes from outside no rule of administrators names.
    check(&[admin(1, EVERY, IN)], "internet db 5432", Open);
    check(&[admin(1, EVERY, IN), shut], "internet db 5432", Shut);
    check(&[admin(1, EVERY, IN), open], "internet db 5432", Open);
}

#[test]
fn cluster_network_policies_are_of_either_tier() {
    let accept = "ingress: [{action: Accept, from: [{namespaces: {}}]}]";
    check(&[cluster("Admin", 1, IN)], TO_DB, Shut);
    check(&[cluster("Baseline", 1, IN)], TO_DB, Shut);
    check(&[cluster("Admin", 1, IN), policy("b", "{ingress: [{}]}")], TO_DB, Shut);
    check(&[cluster("Baseline", 1, IN), policy("b", "{ingress: [{}]}")], TO_DB, Open);
    check(&[cluster("Admin", 1, accept), policy("b", "{}")], TO_DB, Open);
    check(&[cluster("Baseline", 1, accept), policy("b", "{}")], TO_DB, Shut);
    check(&[cluster("Admin", 9, accept), cluster("Baseline", 1, IN)], TO_DB, Open);
    let port = |port: &str| {
        let rule = format!(
            "ingress: [{{action: Deny, from: [{{namespaces: {{}}}}], protocols: [{port}]}}]"
        );
        cluster("Admin", 1, &rule)
    };
    check(&[port("{tcp: {destinationPort: {number: 5432}}}")], TO_DB, Shut);
    check(&[port("{tcp: {destinationPort: {number: 5433}}}")], TO_DB, Open);
    check(&[port("{udp: {destinationPort: {number: 5432}}}")], TO_DB, Open);
    check(&[port("{udp: {destinationPort: {number: 5432}}}")], "web db UDP/5432", Shut);
    check(&[port("{tcp: {destinationPort: {range: {start: 1, end: 5432}}}}")], TO_DB, Shut);
    check(&[port("{destinationNamedPort: sql}")], TO_DB, Shut);
    check(&[port("{destinationNamedPort: http}")], TO_DB, Open);
    // Which action is meant, nobody knows; nor whether the rule is about the port.
    let allow = "ingress: [{action: Allow, from: [{namespaces: {}}]}]";
    check(&[cluster("Admin", 1, allow)], TO_DB, Unknown);
    check(&[port("{icmp: {}}")], TO_DB, Unknown);
    check(&[port("{tcp: {}}")], TO_DB, Unknown);
    check(&[port("{tcp: {destinationPort: {number: 0}}}")], TO_DB, Unknown);
    check(&[cluster("Other", 1, IN)], TO_DB, Unknown);
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = |first: &str, second: &str| {
        format!(
            "ingress: [{{action: {first}, from: [{{namespaces: {{matchLabels: {{team: \
             blue}}}}}}]}}, {{action: {second}, from: [{{namespaces: {{}}}}]}}]"
        )
    };
    check(&[admin(1, EVERY, &rules("Allow", "Deny"))], TO_DB, Open);
    check(&[admin(1, EVERY, &rules("Deny", "Allow"))], TO_DB, Shut);
    check(&[admin(1, EVERY, &rules("Allow", "Deny"))], "db db 5432", Shut);
    // The labels of a namespace that was not seen may be any.
    check(&[admin(1, EVERY, &rules("Allow", "Deny"))], "lone db 5432", Unknown);
    check(&[admin(1, EVERY, &rules("Deny", "Deny"))], "lone db 5432", Shut);
    check(&[admin(1, "{namespaces: {matchLabels: {x: y}}}", IN)], "web lone 1", Unknown);
    let unseen = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: unseen}}}";
    check(&[admin(1, unseen, IN)], "web lone 1", Shut);
    check(&[admin(1, unseen, IN)], TO_DB, Open);
}

#[test]
fn policies_of_one_priority_have_to_agree() {
    let with = |priority: u32, action: &str, name: &str| {
        let rules = format!("ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]");
        admin(priority, EVERY, &rules).replace("name: p", &format!("name: {name}"))
    };
    check(&[with(5, "Deny", "a"), with(5, "Allow", "b")], TO_DB, Unknown);
    check(&[with(5, "Deny", "a"), with(5, "Pass", "b")], TO_DB, Unknown);
    check(&[with(5, "Deny", "a"), with(5, "Deny", "b")], TO_DB, Shut);
    check(&[with(4, "Deny", "a"), with(5, "Allow", "b")], TO_DB, Shut);
    check(&[with(0, "Allow", "a"), with(1000, "Deny", "b")], TO_DB, Open);
    // Passed or allowed, it gets through.
    check(&[with(5, "Allow", "a"), with(5, "Pass", "b")], TO_DB, Open);
    // One that does not match has no say.
    let other = admin(5, "{namespaces: {matchLabels: {team: blue}}}", IN);
    check(&[with(5, "Allow", "a"), other], TO_DB, Open);
    // Neither kind comes before the other.
    check(&[with(5, "Allow", "a"), cluster("Admin", 9, IN)], TO_DB, Unknown);
    check(&[with(5, "Deny", "a"), cluster("Admin", 9, IN)], TO_DB, Shut);
}

#[test]
fn subjects_and_peers_are_selected_by_both_labels() {
    let pods = |labels: &str| {
        format!("{{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {labels}}}}}}}")
    };
    check(&[admin(1, &pods("{app: db}"), IN)], TO_DB, Shut);
    check(&[admin(1, &pods("{app: web}"), IN)], TO_DB, Open);
    let from =
        |peer: &str| admin(1, EVERY, &format!("ingress: [{{action: Deny, from: [{peer}]}}]"));
    check(&[from(&pods("{app: web}"))], TO_DB, Shut);
    check(&[from(&pods("{app: db}"))], TO_DB, Open);
    check(&[from("{namespaces: {matchLabels: {team: blue}}}")], TO_DB, Shut);
    check(&[from("{namespaces: {matchLabels: {team: red}}}")], TO_DB, Open);
    let blue = "{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {}}";
    check(&[from(&format!("{{pods: {blue}}}"))], TO_DB, Shut);
    check(&[from(&format!("{{pods: {blue}}}"))], "db web 80", Open);
}

#[test]
fn egress_to_addresses_is_by_networks_and_nodes() {
    let to = |action: &str, peer: &str| {
        admin(1, EVERY, &format!("egress: [{{action: {action}, to: [{peer}]}}]"))
    };
    let metadata = "web 169.254.169.254 80";
    check(&[to("Deny", "{networks: [169.254.169.254/32]}")], metadata, Shut);
    check(&[to("Deny", "{networks: [0.0.0.0/0]}")], metadata, Shut);
    check(&[to("Deny", "{networks: [10.0.0.0/8]}")], metadata, Open);
    check(&[to("Deny", "{networks: ['::/0']}")], metadata, Open);
    check(&[to("Deny", "{namespaces: {}}")], metadata, Open);
    check(&[to("Deny", "{nodes: {}}")], metadata, Open);
    let isolated = policy("a", "{policyTypes: [Egress]}");
    check(&[to("Allow", "{networks: [0.0.0.0/0]}"), isolated.clone()], metadata, Open);
    check(&[to("Pass", "{networks: [0.0.0.0/0]}"), isolated.clone()], metadata, Shut);
    // The name may be the address's.
    check(&[to("Allow", "{domainNames: ['*.example.com']}"), isolated], metadata, Unknown);
    check(&[to("Allow", "{domainNames: ['*.example.com']}")], metadata, Open);
    // Where the nodes are, no manifest tells.
    check(&[to("Deny", "{nodes: {}}")], "web 10.1.2.3 10250", Unknown);
    // Links have no pods; any other range may be theirs, and all addresses are.
    check(&[to("Deny", "{networks: [169.254.0.0/16]}")], TO_DB, Open);
    check(&[to("Deny", "{networks: [0.0.0.0/0]}")], TO_DB, Unknown);
    check(&[to("Deny", "{networks: [0.0.0.0/0, '::/0']}")], TO_DB, Shut);
    check(&[to("Deny", "{nodes: {}}")], TO_DB, Open);
}

#[test]
fn a_cluster_tells_the_addresses_of_pods_and_nodes() {
    let check = |peer: &str, connection: &str, expected: Passage| {
        let rule = format!("egress: [{{action: Deny, to: [{peer}]}}]");
        let text = format!("{PODS}---{CLUSTER}---\n{}", admin(1, EVERY, &rule));
        let found = ask(&text, true, |view| passage(view, connection));
        assert_eq!(found, expected, "{connection} {peer}");
    };
    check("{nodes: {}}", "web 10.1.2.3 10250", Shut);
    check("{nodes: {matchLabels: {pool: x}}}", "web 10.1.2.3 10250", Shut);
    check("{nodes: {matchLabels: {pool: other}}}", "web 10.1.2.3 10250", Open);
    check("{nodes: {}}", "web 10.1.2.4 10250", Open);
    check("{networks: [10.200.0.0/16]}", "web far 80", Shut);
    check("{networks: [10.200.0.0/16]}", "web near 80", Open);
    // Where a pod has none yet, those of all tell.
    check("{networks: [10.200.0.0/16]}", TO_DB, Unknown);
    check("{networks: [10.0.0.0/8]}", TO_DB, Shut);
    check("{networks: [192.0.2.0/24]}", TO_DB, Open);
    check("{networks: [0.0.0.0/0]}", TO_DB, Shut);
    check("{networks: [0.0.0.0/0]}", "default a egress", Shut);
    check("{nodes: {}}", "web host 10250", Shut);
    check("{nodes: {matchLabels: {pool: x}}}", "web host 10250", Unknown);
}

#[test]
fn ports_are_numbers_ranges_and_names() {
    let port = |port: &str| {
        let rule = "{action: Deny, from: [{namespaces: {}}], ports: [";
        admin(1, EVERY, &format!("ingress: [{rule}{port}]}}]"))
    };
    check(&[port("{portNumber: {protocol: TCP, port: 5432}}")], TO_DB, Shut);
    check(&[port("{portNumber: {port: 5432}}")], TO_DB, Shut);
    check(&[port("{portNumber: {protocol: UDP, port: 5432}}")], TO_DB, Open);
    check(&[port("{portNumber: {protocol: TCP, port: 80}}")], TO_DB, Open);
    check(&[port("{portRange: {protocol: TCP, start: 5000, end: 6000}}")], TO_DB, Shut);
    check(&[port("{portRange: {start: 1, end: 5431}}")], TO_DB, Open);
    check(&[port("{namedPort: sql}")], TO_DB, Shut);
    check(&[port("{namedPort: sql}")], "web db 5433", Open);
    check(&[port("{namedPort: http}")], TO_DB, Open);
    for broken in ["", "{}", "{port: 80}", "{portNumber: {port: 0}}", "{portNumber: {port: a}}"] {
        check(&[port(broken)], TO_DB, Unknown);
    }
    check(&[port("{portNumber: {protocol: tcp, port: 1}}")], TO_DB, Unknown);
    check(&[port("{portRange: {start: 2, end: 1}}")], TO_DB, Unknown);
    check(&[port("{namedPort: sql, portNumber: {port: 5432}}")], TO_DB, Unknown);
}

#[test]
fn what_cannot_be_read_is_neither_open_nor_shut() {
    let rule = |rule: &str| admin(1, EVERY, &format!("ingress: [{rule}]"));
    for broken in [
        "text",
        "null",
        "{}",
        "{action: Deny}",
        "{action: Deny, from: []}",
        "{action: Deny, from: [{}]}",
        "{action: Deny, from: [{namespaces: null}]}",
        "{action: Deny, from: [{namespaces: {}, pods: {}}]}",
        "{action: Deny, from: [{namespaces: {matchLabels: [a]}}]}",
        // Early releases wrote it so; read as a selector it would be everything.
        "{action: Deny, from: [{namespaces: {namespaceSelector: {matchLabels: {a: b}}}}]}",
        "{action: Deny, from: [{pods: {podSelector: {}}}]}",
        "{action: Deny, from: [{pods: {namespaceSelector: {}}}]}",
        "{action: Deny, from: [{networks: [0.0.0.0/0]}]}",
        "{action: Deny, from: [{nodes: {}}]}",
        "{action: Deny, from: [{namespaces: {}}], protocols: []}",
        "{action: Drop, from: [{namespaces: {}}]}",
        "{from: [{namespaces: {}}]}",
    ] {
        check(&[rule(broken)], TO_DB, Unknown);
        // What is decided before counts all the same.
        check(&[rule(broken), admin(0, EVERY, IN)], TO_DB, Shut);
    }
    let to = |rule: &str| admin(1, EVERY, &format!("egress: [{rule}]"));
    check(&[to("{action: Deny, to: [{domainNames: [a.example]}]}")], TO_DB, Unknown);
    check(&[to("{action: Deny, to: [{networks: []}]}")], TO_DB, Unknown);
    check(&[to("{action: Deny, to: [{networks: [all]}]}")], TO_DB, Unknown);
    // An action that no rule of the kind has.
    let pass = baseline("ingress: [{action: Pass, from: [{namespaces: {}}]}]");
    check(&[pass], TO_DB, Unknown);
    let whole = |from: &str, to: &str| admin(1, EVERY, IN).replace(from, to);
    for policy in [
        whole("priority: 1", "priority: 1001"),
        whole("priority: 1", "priority: -1"),
        whole("priority: 1", "priority: first"),
        whole("priority: 1,", ""),
        whole("v1alpha1", "v9"),
        whole("{namespaces: {}}, ingress", "{}, ingress"),
        whole("subject", "subjects"),
        whole("ingress: [", "egress: {}, ingress: ["),
        baseline(IN).replace("default", "second"),
    ] {
        check(std::slice::from_ref(&policy), TO_DB, Unknown);
        // It may come first.
        check(&[policy, admin(0, EVERY, IN)], TO_DB, Unknown);
    }
    // What it is about can be read, and it is not this.
    let narrow = admin(2000, "{namespaces: {matchLabels: {team: blue}}}", IN);
    check(std::slice::from_ref(&narrow), "db db 5432", Open);
    check(&[narrow], TO_DB, Unknown);
    // Policies of the namespace that the API server refuses.
    check(&[policy("b", "{podSelector: []}")], TO_DB, Unknown);
    check(&[policy("b", "{podSelector: []}"), admin(0, EVERY, IN)], TO_DB, Shut);
}

#[test]
fn defaults_are_what_happens_to_strangers() {
    let (ingress, egress) = ("default b ingress", "default b egress");
    check(&[], ingress, Open);
    check(&[policy("b", "{}")], ingress, Shut);
    check(&[policy("b", "{}")], egress, Open);
    check(&[admin(1, EVERY, IN)], ingress, Shut);
    check(&[baseline(IN)], ingress, Shut);
    check(&[baseline(IN)], egress, Open);
    let one_port = IN.replace("}]}]", "}], ports: [{portNumber: {port: 22}}]}]");
    check(&[admin(1, EVERY, &one_port)], ingress, Open);
    let all =
        "{portRange: {start: 1, end: 65535}}, {portRange: {protocol: UDP, start: 1, end: 65535}}";
    let every_port = IN.replace("}]}]", &format!("}}], ports: [{all}]}}]"));
    check(&[admin(1, EVERY, &every_port)], ingress, Shut);
    // DNS first, then nothing; all but some, then nothing.
    let dns = "ingress: [{action: Allow, from: [{namespaces: {}}], ports: [{portNumber: {protocol: UDP, port: 53}}]}, {action: Deny, from: [{namespaces: {}}]}]";
    check(&[admin(1, EVERY, dns)], ingress, Shut);
    let some = "ingress: [{action: Deny, from: [{namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [ops]}]}}]}]";
    check(&[admin(1, EVERY, some)], ingress, Shut);
    let one = "ingress: [{action: Deny, from: [{namespaces: {matchLabels: {team: blue}}}]}]";
    check(&[admin(1, EVERY, one)], ingress, Open);
    // An administrator opens what the namespace shuts.
    let open = "ingress: [{action: Allow, from: [{namespaces: {}}]}]";
    check(&[admin(1, EVERY, open), policy("b", "{}")], ingress, Open);
    let to = |peers: &str| baseline(&format!("egress: [{{action: Deny, to: [{peers}]}}]"));
    check(&[to("{namespaces: {}}")], egress, Open);
    check(&[to("{networks: [0.0.0.0/0, '::/0']}")], egress, Shut);
    check(&[to("{networks: [0.0.0.0/0]}")], egress, Unknown);
    // Names are no stranger's.
    let rules = "egress: [{action: Allow, to: [{domainNames: ['*.example.com']}]}, {action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}]";
    check(&[admin(1, EVERY, rules)], egress, Shut);
    check(&[admin(1, EVERY, rules)], "web 203.0.113.1 443", Unknown);
    // About pods with labels alone, which the next one may not have.
    let labelled = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}";
    check(&[admin(1, labelled, IN)], ingress, Open);
}
