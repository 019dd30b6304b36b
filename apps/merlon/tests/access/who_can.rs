use serde_json::Value;

use crate::world::{ask, manifests};

/// The subjects with their places and rules, as `subject place binding names`.
fn holders(answer: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut found = Vec::new();
    for holder in answer["answer"]["holders"].as_array().unwrap() {
        for grant in holder["grants"].as_array().unwrap() {
            let names = grant["allows"]["resourceNames"].as_array();
            let names: Vec<String> = names.into_iter().flatten().map(text).collect();
            let row = format!(
                "{} {} {} {}",
                text(&holder["subject"]),
                text(&grant["namespace"]),
                text(&grant["binding"]["name"]),
                names.join(",")
            );
            found.push(row.trim_end().to_owned());
        }
    }
    found
}

#[track_caller]
fn check(lines: &str, question: &str, expected: &[&str]) {
    let output = ask(&manifests(lines), &format!("who-can {question} -o json"));
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(holders(&output.json()), expected, "{question}\n{lines}");
}

const WORLD: &str = "user:ann - get core secrets
dev:robot dev get core secrets
group:staff ops get core secrets
user:bob dev get core secrets db
user:eve dev list core secrets
user:cy dev get apps secrets";

#[test]
fn everybody_is_told_with_place_and_binding() {
    let anywhere = [
        "serviceaccount:dev/robot dev r1",
        "group:staff ops r2",
        "user:ann - r0",
        "user:bob dev r3 db",
    ];
    check(WORLD, "get secrets", &anywhere);
    check(WORLD, "get secrets -A", &anywhere);
    check(WORLD, "get secret", &anywhere);
    let dev = ["serviceaccount:dev/robot dev r1", "user:ann - r0", "user:bob dev r3 db"];
    check(WORLD, "get secrets -n dev", &dev);
    check(WORLD, "get secrets db -n dev", &dev);
    check(WORLD, "get secrets web -n dev", &dev[..2]);
    check(WORLD, "get secrets --api-group apps", &["user:cy dev r5"]);
    check(WORLD, "get secrets.apps", &["user:cy dev r5"]);
    check(WORLD, "delete secrets", &[]);
}

#[test]
fn creations_have_no_name_that_a_rule_could_be_limited_to() {
    let lines = "user:ann dev create core secrets db\nuser:bob dev create core pods/exec web";
    check(lines, "create secrets -n dev", &[]);
    check(lines, "create pods/exec -n dev", &["user:bob dev r1 web"]);
}

#[test]
fn what_lives_in_no_namespace_is_given_in_the_whole_cluster_only() {
    let lines = "user:ann - get core nodes\nuser:bob dev get core nodes";
    check(lines, "get nodes", &["user:ann - r0"]);
    check(lines, "get no", &["user:ann - r0"]);
    let namespaces = "user:ann - get core namespaces\nuser:bob dev get,list core namespaces";
    check(namespaces, "get ns", &["user:ann - r0", "user:bob dev r1"]);
    check(namespaces, "get ns dev", &["user:ann - r0", "user:bob dev r1"]);
    check(namespaces, "get ns ops", &["user:ann - r0"]);
    check(namespaces, "list ns", &[]);
}

#[test]
fn paths_have_holders_too() {
    let lines = "group:scrapers - get /metrics\nuser:ann - get /healthz\nuser:bob - * *";
    check(lines, "get /metrics", &["group:scrapers - r0", "user:bob - r2"]);
    check(lines, "get /metrics/cadvisor", &["user:bob - r2"]);
}

#[test]
fn verbs_that_are_only_checked_have_holders() {
    let rbac = "rbac.authorization.k8s.io";
    let lines = format!(
        "user:ann - escalate {rbac} clusterroles\nuser:bob dev bind {rbac} clusterroles edit"
    );
    check(&lines, "escalate clusterroles", &["user:ann - r0"]);
    check(&lines, "impersonate users", &[]);
}

#[test]
fn members_of_groups_that_kubernetes_fills_are_named() {
    let account = |namespace: &str, name: &str| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: {namespace}}}\n---\n"
        )
    };
    let text = manifests(
        "group:system:serviceaccounts:dev dev get core secrets\ngroup:staff dev get core secrets",
    );
    let text = [account("dev", "web"), account("ops", "bot"), text].concat();
    let answer = ask(&text, "who-can get secrets -o json").json();
    let holders = answer["answer"]["holders"].as_array().unwrap();
    let members = |group: &str| {
        let holder = holders.iter().find(|holder| holder["subject"] == group).unwrap();
        holder["members"].clone()
    };
    assert_eq!(
        members("group:system:serviceaccounts:dev"),
        serde_json::json!(["serviceaccount:dev/web"])
    );
    assert_eq!(members("group:staff"), Value::Null);
    let table = ask(&text, "who-can get secrets").stdout;
    assert!(table.contains("1 service account: dev/web"), "{table}");
}

#[test]
fn nodes_may_what_their_pods_use() {
    let text = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\n\
                apiVersion: v1\nkind: Node\nmetadata: {name: b}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: dev}\n\
                spec: {nodeName: a, containers: [], volumes: [{name: v, secret: {secretName: db}}]}\n";
    let check = |question: &str, expected: &[(&str, &[&str])]| {
        let answer = ask(text, &format!("who-can {question} -o json")).json();
        let expected: Vec<Value> = expected
            .iter()
            .map(|(subject, objects)| serde_json::json!({"subject": subject, "objects": objects}))
            .collect();
        assert_eq!(answer["answer"]["nodes"], Value::from(expected), "{question}");
    };
    check("get secrets", &[("node:a", &["dev/db"])]);
    check("get secrets db -n dev", &[("node:a", &[])]);
    check("get secrets -n ops", &[]);
    check("get secrets db", &[("node:a", &["dev/db"])]);
    check("list services", &[("node:a", &[]), ("node:b", &[])]);
    check("get nodes --kubernetes-version 1.33", &[("node:a", &["a"]), ("node:b", &["b"])]);
    check("delete nodes", &[]);
    let table = ask(text, "who-can get secrets").stdout;
    assert!(table.contains("node:a   dev/db"), "{table}");
}

#[test]
fn nobody_is_an_answer() {
    let output = ask(&manifests("user:ann - get core pods"), "who-can delete nodes");
    assert_eq!(output.code, Some(0));
    assert!(output.stdout.starts_with("Nobody may delete nodes."), "{}", output.stdout);
    assert!(output.stdout.contains("system:masters"), "{}", output.stdout);
    assert!(output.stdout.contains("webhooks, ABAC"), "{}", output.stdout);
}
