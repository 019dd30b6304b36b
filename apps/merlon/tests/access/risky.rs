use serde_json::Value;

use crate::world::{ask, manifests};

fn found(answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for subject in answer["answer"]["subjects"].as_array().unwrap() {
        for primitive in subject["primitives"].as_array().unwrap() {
            let place = primitive["namespace"].as_str().unwrap_or("-");
            let (who, id) =
                (subject["subject"].as_str().unwrap(), primitive["id"].as_str().unwrap());
            found.push(format!("{who} {id} {place}"));
        }
    }
    found
}

#[track_caller]
fn check(lines: &str, question: &str, expected: &[&str]) {
    let output = ask(&manifests(lines), &format!("risky {question} -o json"));
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(found(&output.json()), expected, "{lines}");
}

#[test]
fn the_worst_comes_first() {
    let lines = "user:ann dev get core pods/log\nuser:bob - list core secrets\nuser:cy - * * *\n\
                 user:dan - get core nodes/proxy\nuser:eve dev * * *\nuser:fay - get core pods";
    let answer = ask(&manifests(lines), "risky -o json").json();
    let subjects = answer["answer"]["subjects"].as_array().unwrap();
    let names: Vec<&str> = subjects.iter().map(|it| it["subject"].as_str().unwrap()).collect();
    assert_eq!(names, ["user:cy", "user:eve", "user:dan", "user:bob", "user:ann"]);
    // What everything takes in is told in one row for eyes, and one by one for programs.
    let table = ask(&manifests("user:cy - * * *"), "risky").stdout;
    assert!(
        table.contains("every verb on every resource") && !table.contains("list-secrets"),
        "{table}"
    );
    assert!(subjects[0]["primitives"].as_array().unwrap().len() > 50);
}

#[test]
fn several_subjects_are_an_overview_and_one_is_told_in_detail() {
    let lines = "user:ann - list core secrets\nuser:ann dev create core pods\nuser:ann dev list core secrets\n\
                 user:bob dev get core pods/log\nuser:cy dev get core pods/log";
    let text = ask(&manifests(lines), "risky").stdout;
    assert!(text.starts_with("3 subjects hold rights that lead to more than they say"), "{text}");
    let row =
        |subject: &str| text.lines().find(|line| line.starts_with(subject)).unwrap_or_default();
    assert!(row("user:ann").contains("secrets") && row("user:ann").contains("(cluster)"), "{text}");
    // What is gained in the whole cluster is not told again for a namespace.
    let second = text.lines().skip_while(|line| !line.starts_with("user:ann")).nth(1).unwrap();
    assert!(second.contains("rights?, identity, node?") && !second.contains("secrets"), "{text}");
    assert!(text.contains("secrets: reads or replaces credentials"), "{text}");
    assert!(!text.contains("list-secrets"), "{text}");
    assert!(text.contains("such as user:ann"), "{text}");
    let detail = ask(&manifests(lines), "risky user:ann").stdout;
    assert!(detail.contains("list-secrets: read all secrets"), "{detail}");
    // What does not fit is counted.
    let many: Vec<String> =
        (0..60).map(|it| format!("user:u{it} n{it} list core secrets")).collect();
    let text = ask(&manifests(&many.join("\n")), "risky").stdout;
    assert!(
        text.starts_with("60 subjects") && text.contains("and 20 more subjects: -o tree"),
        "{text}"
    );
}

#[test]
fn rights_of_several_bindings_add_up() {
    let rbac = "rbac.authorization.k8s.io";
    let lines = format!(
        "user:ann dev create {rbac} rolebindings\nuser:ann - bind {rbac} clusterroles edit\n\
         user:bob dev create {rbac} rolebindings\nuser:cy dev bind {rbac} clusterroles"
    );
    check(&lines, "", &["user:ann bind-roles dev"]);
}

#[test]
fn getting_exec_is_enough_before_1_35() {
    let lines = "user:ann dev get core pods/exec";
    check(lines, "--kubernetes-version 1.34", &["user:ann exec-in-pods dev"]);
    check(lines, "--kubernetes-version 1.35", &[]);
    let table = ask(&manifests(lines), "risky --kubernetes-version 1.34").stdout;
    assert!(table.contains("only before Kubernetes 1.35"), "{table}");
    // With create nothing hangs on the release.
    let lines = "user:ann dev get,create core pods/exec";
    let table = ask(&manifests(lines), "risky --kubernetes-version 1.34").stdout;
    assert!(table.contains("exec-in-pods") && !table.contains("only before"), "{table}");
}

#[test]
fn what_a_group_gives_is_told_with_the_group_and_for_a_subject_with_it() {
    let lines =
        "group:system:serviceaccounts:dev dev list core secrets\ndev:robot dev get core pods";
    check(lines, "", &["group:system:serviceaccounts:dev list-secrets dev"]);
    check(lines, "sa:dev/robot", &["serviceaccount:dev/robot list-secrets dev"]);
    check(lines, "user:ann", &[]);
    check(lines, "user:ann --as-group system:serviceaccounts:dev", &["user:ann list-secrets dev"]);
}

#[test]
fn conditions_remain_to_be_looked_at() {
    let table = ask(&manifests("user:ann dev create core pods"), "risky").stdout;
    assert!(table.contains("create-privileged-pods?"), "{table}");
    assert!(table.contains("to be looked at: whether admission lets pods in"), "{table}");
}

#[test]
fn what_kubernetes_gives_its_own_is_counted() {
    let shipped = |subjects: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
             metadata: {{name: 'system:x', labels: {{kubernetes.io/bootstrapping: rbac-defaults}}}}\n\
             rules: [{{verbs: [list], apiGroups: [''], resources: [secrets]}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n\
             metadata: {{name: 'system:x', labels: {{kubernetes.io/bootstrapping: rbac-defaults}}}}\n\
             roleRef: {{kind: ClusterRole, name: 'system:x'}}\nsubjects: [{subjects}]\n"
        )
    };
    let check = |subjects: &str, all: &str, expected: &[&str], left_out: usize| {
        let answer = ask(&shipped(subjects), &format!("risky -o json {all}")).json();
        assert_eq!(found(&answer), expected, "{subjects}");
        assert_eq!(answer["answer"]["leftOut"], left_out, "{subjects}");
    };
    let own = "{kind: User, name: 'system:x'}";
    check(own, "", &[], 1);
    check(own, "--all", &["user:system:x list-secrets -"], 0);
    // Whom somebody else put there is not left out.
    let both = format!("{own}, {{kind: User, name: ann}}");
    check(&both, "", &["user:ann list-secrets -"], 1);
    let table = ask(&shipped(own), "risky").stdout;
    assert!(table.contains("1 subject holds only what Kubernetes itself gives it"), "{table}");
    assert!(table.contains("Nobody holds"), "{table}");
}

#[test]
fn masters_hold_everything_without_a_binding() {
    let lines = manifests("user:ann dev get core services");
    for subject in ["group:system:masters", "user:ann --as-group system:masters"] {
        for form in ["table", "tree"] {
            let output = ask(&lines, &format!("risky {subject} -o {form}"));
            assert!(output.stdout.contains("everything"), "{}", output.stdout);
            assert!(output.stdout.contains("system:masters"), "{}", output.stdout);
        }
    }
    assert!(ask(&lines, "risky user:ann").stdout.contains("Nobody holds"));
}
