use merlon_snapshot::{Inventory, Manifest, Origin};

use super::super::{Direction, InventoryView, PodView};
use super::{METADATA, Passage};
use crate::Told;

const PODS: &str = "
{kind: Namespace, apiVersion: v1, metadata: {name: a, labels: {team: blue}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web, namespace: a, labels: {app: web}},
 spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db, namespace: b, labels: {app: db}},
 spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}}
---
{kind: Pod, apiVersion: v1, metadata: {name: host, namespace: a, labels: {app: web}},
 spec: {hostNetwork: true, containers: [{name: c}]}}
";

fn with<T>(policies: &[&str], ask: impl Fn(&InventoryView<'_>) -> T) -> T {
    let mut text = PODS.to_owned();
    for policy in policies {
        text.push_str("---\nkind: NetworkPolicy\napiVersion: networking.k8s.io/v1\n");
        text.push_str(policy);
        text.push('\n');
    }
    let manifest = Manifest { path: "a.yaml".to_owned(), text, rendered: None };
    let inventory = Inventory {
        name: "test".to_owned(),
        origin: Origin::Manifests { skipped: 0 },
        objects: manifest.contents(0).objects,
        manifests: vec![manifest],
        gaps: Vec::new(),
    };
    ask(&InventoryView::new(&inventory, 0, &Told::default()))
}

fn pod<'v, 'a>(view: &'v InventoryView<'a>, name: &str) -> &'v PodView<'a> {
    view.pods.iter().find(|pod| pod.object.name() == name).expect(name)
}

fn policy(namespace: &str, spec: &str) -> String {
    format!("metadata: {{name: p, namespace: {namespace}}}\nspec: {spec}")
}

/// Whether web, in namespace a, is isolated for ingress and for egress.
#[test]
fn policies_isolate_the_pods_they_select() {
    let check = |namespace: &str, spec: &str, expected: (bool, bool)| {
        let found = with(&[&policy(namespace, spec)], |view| {
            let isolates = |way| view.network().isolates(pod(view, "web"), way);
            assert!(!view.network().isolates(pod(view, "host"), Direction::Ingress));
            (isolates(Direction::Ingress), isolates(Direction::Egress))
        });
        assert_eq!(found, expected, "{spec}");
    };
    check("a", "{podSelector: {}}", (true, false));
    check("a", "{}", (true, false));
    check("b", "{podSelector: {}}", (false, false));
    check("a", "{podSelector: {matchLabels: {app: web}}}", (true, false));
    check("a", "{podSelector: {matchLabels: {app: db}}}", (false, false));
    check("a", "{podSelector: {}, policyTypes: []}", (true, false));
    check("a", "{podSelector: {}, policyTypes: [Egress]}", (false, true));
    check("a", "{podSelector: {}, policyTypes: [Ingress, Egress]}", (true, true));
    // Rules for egress make it one for egress, an empty list does not.
    check("a", "{podSelector: {}, egress: [{}]}", (true, true));
    check("a", "{podSelector: {}, egress: []}", (true, false));
    // Rules of a direction that is not among the types count for nothing.
    check("a", "{podSelector: {}, policyTypes: [Ingress], egress: [{}]}", (true, false));
}

#[test]
fn egress_to_addresses_is_what_blocks_and_ports_allow() {
    let check = |egress: &str, expected: bool| {
        let spec = format!("{{podSelector: {{}}, policyTypes: [Egress], egress: {egress}}}");
        let found = with(&[&policy("a", &spec)], |view| {
            view.network().egress(pod(view, "web"), METADATA[0], "TCP", 80) == Passage::Open
        });
        assert_eq!(found, expected, "{egress}");
    };
    check("null", false);
    check("[]", false);
    check("[{}]", true);
    check("[null]", true);
    check("[{to: []}]", true);
    check("[{to: null, ports: []}]", true);
    check("[{ports: [{port: 53, protocol: UDP}]}]", false);
    check("[{ports: [{port: 80, protocol: UDP}]}]", false);
    check("[{ports: [{protocol: TCP}]}]", true);
    check("[{ports: [{port: 80}]}]", true);
    check("[{ports: [{port: 1, endPort: 1024}]}]", true);
    check("[{ports: [{port: 81, endPort: 1024}]}]", false);
    check("[{ports: [{port: http}]}]", false);
    check("[{to: [{namespaceSelector: {}}]}]", false);
    check("[{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]", true);
    check("[{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]", false);
    check("[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]", false);
    check("[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]", true);
    check("[{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", false);
    check("[{to: [{ipBlock: {cidr: '::/0'}}]}]", false);
}

/// Whether web reaches db, in another namespace without labels, on TCP 5432.
#[test]
fn both_sides_have_to_allow_a_connection() {
    let check = |policies: &[(&str, &str)], expected: bool| {
        let texts: Vec<String> = policies.iter().map(|(ns, spec)| policy(ns, spec)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = with(&texts, |view| {
            let (web, db) = (pod(view, "web"), pod(view, "db"));
            view.network().passage(view, web, db, "TCP", 5432).may()
        });
        assert_eq!(found, expected, "{policies:?}");
    };
    let from = |peer: &str| format!("{{ingress: [{{from: [{peer}]}}]}}");
    check(&[], true);
    check(&[("b", "{}")], false);
    check(&[("b", "{ingress: [{}]}")], true);
    check(&[("b", &from("{podSelector: {}}"))], false);
    check(&[("b", &from("{namespaceSelector: {}}"))], true);
    check(&[("b", &from("{namespaceSelector: {matchLabels: {team: blue}}}"))], true);
    check(&[("b", &from("{namespaceSelector: {matchLabels: {team: red}}}"))], false);
    let by_name = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}, \
                   podSelector: {matchLabels: {app: web}}}";
    check(&[("b", &from(by_name))], true);
    check(&[("b", &from(&by_name.replace("app: web", "app: x")))], false);
    check(&[("b", &from("{ipBlock: {cidr: 0.0.0.0/0}}"))], false);
    check(&[("b", "{ingress: [{ports: [{port: sql}]}]}")], true);
    check(&[("b", "{ingress: [{ports: [{port: http}]}]}")], false);
    check(&[("b", "{}"), ("b", "{ingress: [{}]}")], true);
    check(&[("a", "{policyTypes: [Egress]}")], false);
    check(&[("a", "{policyTypes: [Egress]}"), ("b", "{ingress: [{}]}")], false);
    check(&[("a", "{egress: [{to: [{namespaceSelector: {}}]}]}")], true);
}

#[test]
fn a_policy_that_is_refused_counts_for_nothing_and_is_remembered() {
    let check = |spec: &str| {
        with(&[&policy("a", spec)], |view| {
            assert!(view.network().policies.is_empty(), "{spec}");
            assert!(view.network().malformed_in("a").is_some(), "{spec}");
            assert!(view.network().malformed_in("b").is_none(), "{spec}");
        });
    };
    check("{podSelector: []}");
    check("{ingress: {}}");
    check("{ingress: [{from: [{}]}]}");
    check("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]}");
    check("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}");
    check("{ingress: [text]}");
    check("{policyTypes: Ingress}");
}
