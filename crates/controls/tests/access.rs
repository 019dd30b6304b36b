//! What controls on roles say, and how long a large cluster takes.

mod common;

use std::fmt::Write as _;
use std::time::Instant;

use merlon_controls::{evaluate_objects, example, find};
use merlon_model::{Outcome, Severity};
use merlon_views::{InventoryView, Told};

fn check(control: &str, input: &str, expected: &[(Severity, &str)]) {
    let control = find(control).unwrap_or_else(|| panic!("there is no {control}"));
    let findings = common::findings(control, input);
    let failing = findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    let said: Vec<(Severity, &str)> =
        failing.map(|finding| (finding.severity, finding.message.as_str())).collect();
    assert_eq!(said, expected, "{} on\n{input}", control.id);
}

const READER: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader, labels: {to-outer: 'true'}}
rules: [{verbs: [get], apiGroups: [''], resources: [secrets]}]
";

#[test]
fn a_role_matters_by_who_is_bound_to_it() {
    let say = |objects: &str, severity: Severity, message: &str| {
        let control = "secrets-readable-widely";
        check(control, &format!("{objects}\n---\n{READER}"), &[(severity, message)]);
    };
    say(
        "kind: Pod\napiVersion: v1\nmetadata: {name: a}",
        Severity::Medium,
        "whoever is bound to this role can read secrets; nobody among these manifests is bound to it",
    );
    say(
        "# cluster\nkind: Pod\napiVersion: v1\nmetadata: {name: a}",
        Severity::Low,
        "whoever is bound to this role can read secrets; nobody is bound to it",
    );
    let binding = |kind: &str, metadata: &str, role: &str, subjects: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {metadata}\n\
             roleRef: {{kind: ClusterRole, name: {role}}}\nsubjects: {subjects}"
        )
    };
    say(
        &binding(
            "RoleBinding",
            "{name: x, namespace: shop}",
            "reader",
            "[{kind: ServiceAccount, name: web}]",
        ),
        Severity::Medium,
        "ServiceAccount shop/web can read secrets in namespace shop through RoleBinding x",
    );
    let everywhere = binding(
        "ClusterRoleBinding",
        "{name: x}",
        "reader",
        "[{kind: ServiceAccount, name: web, namespace: shop}, {kind: User, name: ann}]",
    );
    say(
        &everywhere,
        Severity::High,
        "ServiceAccount shop/web and 1 other can read secrets in all namespaces through \
         ClusterRoleBinding x",
    );
    // Bound to the role that this one is put into.
    let outer = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: outer}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-outer: 'true'}}]}";
    let bound = binding("ClusterRoleBinding", "{name: z}", "outer", "[{kind: User, name: ann}]");
    say(
        &format!("{outer}\n---\n{bound}"),
        Severity::High,
        "User ann can read secrets in all namespaces through ClusterRoleBinding z",
    );
    // A subject that Kubernetes lets through anyway gains nothing.
    let masters = binding(
        "ClusterRoleBinding",
        "{name: z}",
        "reader",
        "[{kind: Group, name: 'system:masters'}]",
    );
    say(
        &masters,
        Severity::Medium,
        "whoever is bound to this role can read secrets; nobody among these manifests is bound to it",
    );
}

#[test]
fn a_large_cluster_is_judged_in_no_time() {
    let mut text = String::from("# cluster\n");
    for account in 0..500 {
        let _ = writeln!(
            text,
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: a{account}, namespace: n}}\n---"
        );
    }
    for role in 0..100 {
        let _ = writeln!(
            text,
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r{role}}}\n\
             rules: [{{verbs: [get, create], apiGroups: [''], resources: [pods, secrets]}}]\n---"
        );
    }
    for binding in 0..1000 {
        let (role, account) = (binding % 100, binding % 500);
        let _ = writeln!(
            text,
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n\
             metadata: {{name: b{binding}}}\nroleRef: {{kind: ClusterRole, name: r{role}}}\n\
             subjects: [{{kind: ServiceAccount, name: a{account}, namespace: n}}]\n---"
        );
    }
    let inventory = example::inventory(&text);
    let view = InventoryView::new(&inventory, example::NOW, &Told::default());
    let start = Instant::now();
    let mut failed = 0;
    for control in ["secrets-readable-widely", "pod-creation-granted-widely", "role-wildcards"] {
        let control = find(control).expect(control);
        let findings = evaluate_objects(&[control], &view).concat();
        failed += findings.iter().filter(|finding| finding.outcome == Outcome::Fail).count();
    }
    assert_eq!(failed, 200);
    // Far above what it takes; what grows with the square of the bindings takes longer.
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
