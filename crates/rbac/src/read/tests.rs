use merlon_yaml::{Limits, Node, parse};

use super::read;
use crate::policy::Policy;

fn documents(text: &str) -> Vec<Node> {
    parse(text, &Limits::default()).documents.into_iter().map(|document| document.root).collect()
}

/// Problems as `object kind namespace/name: reason`.
fn check(text: &str, expected: &[&str]) -> Policy {
    let (policy, problems) = read(documents(text).iter());
    let told: Vec<String> = problems
        .iter()
        .map(|problem| {
            let super::Problem { object, kind, namespace, name, reason } = problem;
            format!("{object} {kind} {namespace}/{name}: {reason}")
        })
        .collect();
    assert_eq!(told, expected, "{text}");
    policy
}

const ROLE: &str =
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: dev}";
const BINDING: &str = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: dev}";

#[test]
fn roles_and_bindings_are_read_with_their_places() {
    let policy = check(
        "kind: ConfigMap
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
  labels: {team: red}
aggregationRule:
  clusterRoleSelectors:
  - matchLabels: {to-reader: 'true'}
    matchExpressions: [{key: team, operator: NotIn, values: [blue]}]
rules:
- {verbs: [get, list], apiGroups: [''], resources: [pods], resourceNames: [a]}
- {verbs: [get], nonResourceURLs: [/metrics]}
---
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: RoleBinding
metadata: {name: reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {kind: ServiceAccount, name: robot}
- {kind: ServiceAccount, name: other, namespace: far}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: lonely, namespace: dev}
",
        &[],
    );
    let (_, role) = policy.roles().next().unwrap();
    assert_eq!((role.kind(), role.object, role.rules.len()), ("ClusterRole", 1, 2));
    assert_eq!(role.rules[0].resource_names, ["a"]);
    assert_eq!(role.aggregates[0].requirements.len(), 2);
    let (_, binding) = policy.bindings().next().unwrap();
    assert_eq!(
        (binding.kind(), binding.object, binding.namespace()),
        ("RoleBinding", 2, "default")
    );
    let accounts: Vec<_> = policy.service_accounts().collect();
    assert_eq!(accounts, [("default", "robot"), ("dev", "lonely"), ("far", "other")]);
}

#[test]
fn what_cannot_be_decoded_is_told_and_the_rest_kept() {
    let bad = |rest: &str, reason: &str| {
        let text =
            format!("{ROLE}, {rest}}}\n---\n{BINDING}, roleRef: {{kind: Role, name: r}}}}\n");
        let policy = check(&text, &[&format!("0 Role dev/r: {reason}")]);
        assert_eq!((policy.roles().count(), policy.bindings().count()), (0, 1));
    };
    bad("rules: 1", "rules is a number, not a list");
    bad("rules: [x]", "rules[0] is a string, not a mapping");
    bad("rules: [{verbs: get}]", "rules[0].verbs is a string, not a list");
    bad("rules: [{verbs: [get, 1]}]", "rules[0].verbs[1] is a number, not a string");
    bad("rules: [{verbs: [yes]}]", "rules[0].verbs[0] is a boolean, not a string");
}

#[test]
fn bindings_without_a_role_are_told() {
    check(&format!("{BINDING}}}"), &["0 RoleBinding dev/b: roleRef is not set"]);
    check(
        &format!("{BINDING}, roleRef: {{kind: Role}}}}"),
        &["0 RoleBinding dev/b: roleRef.name is not set"],
    );
    check(
        &format!("{BINDING}, roleRef: {{kind: Role, name: r}}, subjects: [a]}}"),
        &["0 RoleBinding dev/b: subjects[0] is a string, not a mapping"],
    );
}

#[test]
fn what_is_missing_or_null_is_empty() {
    let policy = check(&format!("{ROLE}, rules: [{{verbs: null}}, null]}}"), &[]);
    let (_, role) = policy.roles().next().unwrap();
    assert_eq!(role.rules.len(), 2);
    assert!(role.rules.iter().all(|rule| rule.verbs.is_empty()));
    check(&format!("{ROLE}}}"), &[]);
}

#[test]
fn names_have_to_be_there() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n";
    check(text, &["0 ClusterRole /: metadata.name is not set"]);
}

#[test]
fn the_last_of_several_counts() {
    let text =
        format!("{ROLE}, rules: [{{verbs: [get]}}]}}\n---\n{ROLE}, rules: [{{verbs: [list]}}]}}\n");
    let told = "0 Role dev/r: another object of this name comes later and takes its place";
    let policy = check(&text, &[told]);
    let (_, role) = policy.roles().next().unwrap();
    assert_eq!((role.object, role.rules[0].verbs.as_slice()), (1, &["list".to_owned()][..]));
}

#[test]
fn other_groups_and_versions_are_passed_over() {
    let policy = check(
        "{apiVersion: rbac.authorization.k8s.io/v2, kind: Role, metadata: {name: r}}
---
{apiVersion: example.com/v1, kind: Role, metadata: {name: r}}
---
{apiVersion: v1, kind: Role, metadata: {name: r}}
---
[1, 2]
---
",
        &[],
    );
    assert_eq!(policy.roles().count(), 0);
}
