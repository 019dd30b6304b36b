use serde_json::Value;

use crate::world::{directory, manifests, merlon, snapshot};

/// Changes as `subject +verbs resources place`, `subject !primitive place`.
fn changes(answer: &Value) -> Vec<String> {
    let join = |value: &Value| {
        let items = value.as_array().into_iter().flatten();
        items.map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(",")
    };
    let mut found = Vec::new();
    for subject in answer["answer"]["subjects"].as_array().unwrap() {
        let who = subject["subject"].as_str().unwrap();
        for (sign, key) in [('+', "gained"), ('-', "lost")] {
            for each in subject[key].as_array().unwrap() {
                let place = each["namespace"].as_str().unwrap_or("-");
                let (verbs, resources) =
                    (join(&each["allows"]["verbs"]), join(&each["allows"]["resources"]));
                found.push(format!("{who} {sign}{verbs} {resources} {place}"));
            }
        }
        for each in subject["new"].as_array().unwrap() {
            let place = each["namespace"].as_str().unwrap_or("-");
            found.push(format!("{who} !{} {place}", each["id"].as_str().unwrap()));
        }
    }
    found
}

#[track_caller]
fn check(before: &str, after: &str, expected: &[&str]) {
    let directory = directory(&[("a.yaml", &manifests(before)), ("b.yaml", &manifests(after))]);
    let output = merlon(directory.path(), "diff a.yaml b.yaml -o json");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(changes(&output.json()), expected, "{before} => {after}");
    // With --fail-on-new the code tells whether a primitive arose.
    let is_worse = expected.iter().any(|change| change.contains(" !"));
    let code = merlon(directory.path(), "diff a.yaml b.yaml --fail-on-new").code;
    assert_eq!(code, Some(i32::from(is_worse)));
}

#[test]
fn gains_and_losses_are_told_by_subject() {
    check(
        "user:ann - get core nodes\nuser:bob dev get core services",
        "user:ann - get,list core nodes\nuser:cy dev get core services",
        &["user:ann +list nodes -", "user:bob -get services dev", "user:cy +get services dev"],
    );
    check("user:ann - get core nodes", "user:ann - get core nodes", &[]);
}

#[test]
fn another_way_to_write_the_same_changes_nothing() {
    check(
        "user:ann dev get,list core services,endpoints",
        "user:ann dev list core endpoints,services\nuser:ann dev get core endpoints\nuser:ann dev get core services",
        &[],
    );
    check(
        "user:ann - get core services",
        "user:ann - get core services\nuser:ann dev get core services",
        &[],
    );
}

#[test]
fn primitives_that_arise_are_new() {
    check(
        "user:ann dev get core secrets",
        "user:ann dev get,list core secrets",
        &["user:ann +list secrets dev", "user:ann !list-secrets dev"],
    );
    let rbac = "rbac.authorization.k8s.io";
    check(
        &format!("user:ann dev create {rbac} rolebindings"),
        &format!("user:ann dev create {rbac} rolebindings\nuser:ann dev bind {rbac} clusterroles"),
        &["user:ann +bind clusterroles dev", "user:ann !bind-roles dev"],
    );
}

#[test]
fn a_proposal_lies_over_a_cluster() {
    let directory = directory(&[]);
    let cluster = directory.path().join("c.merlon");
    let before = "user:ann dev get core services\nuser:bob dev get core services";
    snapshot(&cluster, &manifests(before), Some("v1.35.0"), &[]);
    // The first role of the cluster, with one verb more; the second stays.
    let proposal = manifests("user:ann dev get,list core services");
    std::fs::write(directory.path().join("new.yaml"), proposal).unwrap();
    let output = merlon(directory.path(), "diff c.merlon --with new.yaml -o json");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(changes(&output.json()), ["user:ann +list services dev"]);
    // Both are judged by the release of the cluster.
    let sources = output.json()["sources"].clone();
    assert_eq!(sources[0]["kubernetesVersion"], sources[1]["kubernetesVersion"]);
    assert!(sources[0]["kubernetesVersion"].as_str().unwrap().contains("1.35"), "{sources}");
}

#[test]
fn a_label_that_pulls_a_role_into_another_gives_it_to_everybody_who_has_that() {
    let aggregated = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n\
                      aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-all: 'true'}}]}\nrules: []\n---\n\
                      apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\n\
                      roleRef: {kind: ClusterRole, name: all}\nsubjects: [{kind: User, name: ann}]\n";
    let added = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
                 metadata: {name: more, labels: {to-all: 'true'}}\n\
                 rules: [{verbs: [get], apiGroups: [''], resources: [services]}]\n";
    let directory = directory(&[("new.yaml", added)]);
    snapshot(&directory.path().join("c.merlon"), aggregated, Some("v1.35.0"), &[]);
    let output = merlon(directory.path(), "diff c.merlon --with new.yaml -o json");
    assert_eq!(changes(&output.json()), ["user:ann +get services -"], "{}", output.stderr);
}

#[test]
fn the_release_of_one_side_counts_for_both() {
    // Manifests know no release; the cluster's decides that getting exec is nothing there.
    let directory = directory(&[("new.yaml", &manifests("user:ann dev get core pods/exec"))]);
    snapshot(&directory.path().join("c.merlon"), "", Some("v1.36.0"), &[]);
    let output = merlon(directory.path(), "diff c.merlon new.yaml -o json");
    assert_eq!(changes(&output.json()), ["user:ann +get pods/exec dev"]);
}

#[test]
fn a_binding_cannot_be_made_to_give_another_role() {
    let lines = manifests("user:ann dev get core services");
    let other = lines.replace(
        "roleRef: {kind: ClusterRole, name: r0}",
        "roleRef: {kind: ClusterRole, name: view}",
    );
    let directory = directory(&[("a.yaml", &lines), ("b.yaml", &other)]);
    let output = merlon(directory.path(), "diff a.yaml --with b.yaml");
    assert!(
        output.stderr.contains("RoleBinding r0 gives ClusterRole r0 and cannot"),
        "{}",
        output.stderr
    );
    let output = merlon(directory.path(), "diff a.yaml b.yaml");
    assert_eq!(output.stderr, "");
}
