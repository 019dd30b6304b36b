use crate::world::{ask, manifests};

/// The rows of the table, single spaces between the cells.
#[track_caller]
fn check(lines: &str, subject: &str, expected: &[&str]) {
    let output = ask(&manifests(lines), &format!("of {subject}"));
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows: Vec<String> = output
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("WHERE"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(words)
        .collect();
    assert_eq!(rows, expected, "{}", output.stdout);
}

#[test]
fn rights_are_merged() {
    check(
        "user:ann dev get core pods\nuser:ann dev list core pods",
        "user:ann",
        &["dev get, list pods rolebinding/r0 → clusterrole/r0, rolebinding/r1 → clusterrole/r1"],
    );
    check(
        "user:ann - get core,apps pods,deployments",
        "user:ann",
        &["(cluster) get pods, deployments.apps clusterrolebinding/r0 → clusterrole/r0"],
    );
    check(
        "user:ann dev get core secrets db\nuser:ann - get /version",
        "user:ann",
        &[
            "(cluster) get /version clusterrolebinding/r1 → clusterrole/r1",
            "dev get secrets db rolebinding/r0 → clusterrole/r0",
        ],
    );
}

#[test]
fn what_others_contain_is_left_out_and_counted() {
    let lines = "user:ann - * * *\nuser:ann dev get core pods";
    check(
        lines,
        "user:ann",
        &[
            "(cluster) * *.* clusterrolebinding/r0 → clusterrole/r0",
            "1 row is left out: other rows hold the same and more",
        ],
    );
    let answer = ask(&manifests(lines), "of user:ann -o json").json();
    let all = answer["answer"]["permissions"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1]["contained"], true);
}

#[test]
fn groups_are_told_with_what_comes_through_them() {
    let lines = "group:system:serviceaccounts:dev dev get core pods\ndev:robot dev list core pods";
    let table = ask(&manifests(lines), "of sa:dev/robot").stdout;
    assert!(table.contains("(as group:system:serviceaccounts:dev)"), "{table}");
    assert!(table.contains("(Kubernetes adds them)"), "{table}");
    let tree = ask(&manifests(lines), "of sa:dev/robot -o tree").stdout;
    let expected = "\
serviceaccount:dev/robot
├─ rolebinding/r1 at all.yaml:13 in namespace dev
│  └─ clusterrole/r1 at all.yaml:8
│     └─ rules[0]: list pods
└─ as a member of group:system:serviceaccounts:dev (added by Kubernetes)
   └─ rolebinding/r0 at all.yaml:6 in namespace dev
      └─ clusterrole/r0 at all.yaml:2
         └─ rules[0]: get pods
";
    let tree: String =
        tree.lines().take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    let without_lines = |text: &str| -> String {
        text.split(' ')
            .filter(|word| !word.starts_with("all.yaml:") && *word != "at")
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(without_lines(&tree), without_lines(expected));
}

#[test]
fn a_node_has_what_the_node_authorizer_gives() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: dev}\n\
               spec: {nodeName: a, serviceAccountName: robot, containers: []}\n";
    let table = ask(pod, "of node:a").stdout;
    for text in ["RBAC gives it nothing", "pods/eviction", "pod dev/web, serviceaccount dev/robot"]
    {
        assert!(table.contains(text), "{table}");
    }
    assert!(!ask(pod, "of user:a").stdout.contains("pods/eviction"));
}

#[test]
fn masters_may_everything() {
    let output = ask(&manifests("user:ann - get core pods"), "of group:system:masters");
    assert!(
        output.stdout.contains("nothing is ever refused to system:masters"),
        "{}",
        output.stdout
    );
}
