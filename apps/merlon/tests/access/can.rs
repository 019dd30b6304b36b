use crate::world::{ask, manifests, merlon, snapshot};

/// What the answer begins with and holds; the exit code says the same.
#[track_caller]
fn check(lines: &str, question: &str, expected: &str, holds: &[&str]) {
    let output = ask(&manifests(lines), &format!("can {question}"));
    let code = if expected == "yes" { 0 } else { 1 };
    assert_eq!(output.code, Some(code), "{lines}\n{question}\n{}{}", output.stdout, output.stderr);
    assert!(output.stdout.starts_with(expected), "{}", output.stdout);
    for text in holds {
        assert!(output.stdout.contains(text), "{text}: {}", output.stdout);
    }
}

#[test]
fn wildcards_are_those_of_the_api_server() {
    let exec = "user:ann create pods/exec -n dev";
    check(
        "user:ann - create core */exec",
        exec,
        "yes",
        &["clusterrolebinding/r0", "create */exec"],
    );
    check("user:ann - create core pods/*", exec, "no", &["pods/* is no wildcard"]);
    check("user:ann - create core pods", exec, "no", &["it does not take in pods/exec"]);
    check("user:ann - * core *", exec, "yes", &["* * (core group)"]);
    check(
        "user:ann - create core pods/exec",
        "user:ann create pods -n dev",
        "no",
        &["a subresource only"],
    );
}

#[test]
fn verbs_groups_and_resources_come_from_one_rule() {
    let apart = "user:ann - create apps pods\nuser:ann - create core deployments";
    check(
        apart,
        "user:ann create deployments",
        "no",
        &["it is for another API group", "clusterrole/r1"],
    );
    check("user:ann - create apps deployments", "user:ann create deploy", "yes", &[]);
    check(
        "user:ann - create core deployments",
        "user:ann create deploy --api-group core",
        "no",
        &[],
    );
}

#[test]
fn names_are_exact() {
    let named = "user:ann dev get core secrets db,*";
    check(named, "user:ann get secrets db -n dev", "yes", &["get secrets [db]"]);
    check(named, "user:ann get secrets web -n dev", "no", &["it is for other names"]);
    check(named, "user:ann get secrets -n dev", "no", &["it is for some names only"]);
}

#[test]
fn a_binding_reaches_service_accounts_of_other_namespaces() {
    let lines = "ops:robot dev get core pods";
    check(lines, "sa:ops/robot get pods -n dev", "yes", &["rolebinding/r0"]);
    // Without --namespace a service account is asked about at home.
    check(
        lines,
        "sa:ops/robot get pods",
        "no",
        &["in namespace ops", "it holds in another namespace"],
    );
    check(lines, "system:serviceaccount:ops:robot get pods -n dev", "yes", &[]);
}

#[test]
fn groups_that_kubernetes_adds_count_and_are_told() {
    let lines = "group:system:serviceaccounts:dev dev get core pods";
    check(
        lines,
        "sa:dev/any get pods",
        "yes",
        &["group:system:serviceaccounts:dev", "Kubernetes adds them"],
    );
    check(lines, "sa:ops/any get pods -n dev", "no", &[]);
    let everybody =
        "group:system:authenticated - get /version\ngroup:system:unauthenticated - get /livez";
    check(everybody, "user:ann get /version", "yes", &[]);
    check(everybody, "anonymous get /version", "no", &[]);
    check(everybody, "anonymous get /livez", "yes", &[]);
    check(everybody, "authenticated get /livez", "no", &[]);
}

#[test]
fn groups_can_be_added() {
    let lines = "group:staff dev get core pods";
    check(lines, "user:ann get pods -n dev", "no", &[]);
    check(
        lines,
        "user:ann get pods -n dev --as-group staff",
        "yes",
        &["staff; system:authenticated"],
    );
    check("user:ann - get core pods", "group:staff get pods", "no", &[]);
    check(
        "",
        "user:ann delete nodes --as-group system:masters",
        "yes",
        &["whatever roles and bindings say"],
    );
}

#[test]
fn namespaces_are_asked_about_one_by_one_or_all_at_once() {
    let lines = "user:ann dev list core pods";
    check(lines, "user:ann list pods -n dev", "yes", &[]);
    check(lines, "user:ann list pods", "no", &["in namespace default"]);
    check(lines, "user:ann list pods -A", "no", &["in every namespace", "in a namespace only"]);
    check("user:ann - list core pods", "user:ann list pods -A", "yes", &[]);
    // A right within a namespace reaches the namespace itself.
    check("user:ann dev patch core namespaces", "user:ann patch ns dev", "yes", &[]);
    check("user:ann dev patch core namespaces", "user:ann patch ns ops", "no", &[]);
    check("user:ann dev get core nodes", "user:ann get nodes", "no", &["in a namespace only"]);
}

#[test]
fn paths_are_asked_about_by_method() {
    check("user:ann - get /metrics", "user:ann get /metrics", "yes", &[]);
    check("user:ann - get /metrics/*", "user:ann get /metrics", "no", &["another path"]);
    check("user:ann - post /metrics", "user:ann get /metrics", "no", &["it is for other verbs"]);
    check("user:ann dev get /metrics", "user:ann get /metrics", "no", &["in a namespace only"]);
}

#[test]
fn a_node_may_what_its_pods_need() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: dev}\nspec:\n  nodeName: a\n  \
               containers: [{name: c, envFrom: [{secretRef: {name: db}}]}]\n";
    let check = |question: &str, code: i32| {
        let output = ask(pod, &format!("can {question}"));
        assert_eq!(output.code, Some(code), "{question} {}", output.stdout);
        if code == 0 {
            assert!(output.stdout.contains("the node authorizer"), "{}", output.stdout);
        }
    };
    check("node:a get secrets db -n dev", 0);
    check("node:b get secrets db -n dev", 1);
    check("node:a get secrets other -n dev", 1);
    check("node:a delete secrets db -n dev", 1);
    check("user:a get secrets db -n dev", 1);
}

#[test]
fn what_the_release_means_counts() {
    // The API server itself knows no gate here: to get pods/exec is what is asked, and that is allowed.
    let lines = manifests("user:ann dev get core pods/exec");
    let output = ask(&lines, "can user:ann create pods/exec -n dev --kubernetes-version 1.34");
    assert_eq!(output.code, Some(1), "{}", output.stdout);
    assert!(output.stdout.contains("it is for other verbs"), "{}", output.stdout);
}

#[test]
fn a_role_that_is_elsewhere_leaves_the_answer_open() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
                   metadata: {name: b, namespace: dev}\nroleRef: {kind: ClusterRole, name: elsewhere}\n\
                   subjects: [{kind: User, name: ann}]\n";
    let output = ask(binding, "can user:ann get pods -n dev");
    assert_eq!(output.code, Some(3), "{}", output.stdout);
    assert!(output.stderr.contains("ClusterRole elsewhere"), "{}", output.stderr);
    assert!(output.stdout.contains("rolebinding/b"), "{}", output.stdout);
    // Others are not concerned.
    assert_eq!(ask(binding, "can user:bob get pods -n dev").code, Some(1));
    // In a cluster the role does not exist, so the answer is no.
    let directory = tempfile::tempdir().unwrap();
    snapshot(&directory.path().join("c.merlon"), binding, Some("v1.33.1"), &[]);
    let output = merlon(directory.path(), "can user:ann get pods -n dev --snapshot c.merlon");
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
}

#[test]
fn what_cannot_be_understood_is_refused() {
    let check = |question: &str, code: i32, says: &str| {
        let output = ask(&manifests("user:ann - get core pods"), question);
        assert_eq!(output.code, Some(code), "{question}: {}", output.stderr);
        assert!(output.stderr.contains(says), "{question}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{question}");
    };
    check("can ann get pods", 2, "user:ann, group:ann or serviceaccount:NAMESPACE/ann");
    check("can sa:web get pods", 2, "serviceaccount:NAMESPACE/NAME");
    check("can user:ann get podz", 3, "(did you mean pods?)");
    check("can user:ann get deployments.apps --api-group batch", 3, "is of the group apps");
    check("can user:ann list /metrics", 3, "is no HTTP method");
    check("can user:ann get pods -A -n dev", 2, "cannot be used with");
}
