use merlon_model::Kind;

use crate::world::{directory, manifests, merlon, snapshot};

/// What a cluster answers whose objects of some kinds could not be listed.
#[track_caller]
fn check(hidden: &[Kind], question: &str, code: i32, says: &str) {
    let directory = directory(&[]);
    let lines = manifests("user:ann dev get core secrets");
    snapshot(&directory.path().join("c.merlon"), &lines, Some("v1.33.0"), hidden);
    let output = merlon(directory.path(), &format!("{question} --snapshot c.merlon"));
    assert_eq!(output.code, Some(code), "{question}: {}{}", output.stdout, output.stderr);
    assert!(output.stderr.contains(says), "{question}: {}", output.stderr);
    assert_eq!(output.stderr.is_empty(), says.is_empty(), "{}", output.stderr);
}

#[test]
fn a_no_without_all_bindings_is_none() {
    let hidden = [Kind::ClusterRoleBinding];
    let says = "clusterrolebindings";
    check(&hidden, "can user:ann get secrets -n dev", 0, says);
    check(&hidden, "can user:ann get pods -n dev", 3, says);
    check(&[], "can user:ann get pods -n dev", 1, "");
    check(&[Kind::Pod], "can user:ann get pods -n dev", 1, "");
    check(&[Kind::Pod], "can node:a get secrets db -n dev", 3, "pods");
}

#[test]
fn a_list_that_may_lack_something_says_so() {
    for kind in [Kind::Role, Kind::ClusterRole, Kind::RoleBinding, Kind::ClusterRoleBinding] {
        for question in ["who-can get secrets", "of user:ann", "risky"] {
            check(&[kind], question, 3, kind.plural());
        }
    }
    for question in ["who-can get secrets", "of user:ann", "risky"] {
        check(&[], question, 0, "");
    }
    check(&[Kind::Node], "who-can get secrets", 3, "nodes");
    check(&[Kind::Node], "risky", 0, "");
}

#[test]
fn gaps_are_in_the_json_too() {
    let directory = directory(&[]);
    snapshot(&directory.path().join("c.merlon"), "", None, &[Kind::Role]);
    let output = merlon(directory.path(), "risky --snapshot c.merlon -o json");
    let gaps = output.json()["gaps"].clone();
    assert_eq!(gaps.as_array().unwrap().len(), 1);
    assert!(gaps[0].as_str().unwrap().contains("roles"), "{gaps}");
}

#[test]
fn objects_that_cannot_be_decoded_are_told() {
    let broken = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: odd}\n\
                  rules: [{verbs: get}]\n";
    let directory = directory(&[
        ("a.yaml", broken),
        ("b.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: [\n"),
    ]);
    let output = merlon(directory.path(), "who-can get pods -f a.yaml");
    assert_eq!(output.code, Some(3), "{}", output.stdout);
    assert!(output.stderr.contains("ClusterRole odd"), "{}", output.stderr);
    let output = merlon(directory.path(), "who-can get pods -f .");
    assert_eq!(output.code, Some(3));
    assert!(output.stderr.contains("b.yaml"), "{}", output.stderr);
}

#[test]
fn without_a_source_that_can_be_read_nothing_is_answered() {
    let check = |question: &str, says: &str| {
        let directory = directory(&[("rubbish.merlon", "no snapshot")]);
        let output = merlon(directory.path(), question);
        assert_eq!(output.code, Some(3), "{question}: {}", output.stderr);
        assert!(output.stderr.contains(says), "{question}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{question}");
    };
    check("risky", "--snapshot and --file name other sources");
    check("risky --snapshot rubbish.merlon", "rubbish.merlon");
    check("risky -f nothing", "nothing");
    check("diff nothing other", "nothing");
    check("risky -f . --context x", "leave --snapshot and --file away");
}
