//! How severe what controls say of rights is, and in which words.

mod common;

use merlon_controls::find;
use merlon_model::{Outcome, Severity};

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
fn a_workload_matters_by_what_its_account_leads_to() {
    let check = |rule: &str, namespace: &str, severity: Severity, title: &str| {
        let objects = format!(
            "# cluster\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {namespace}}}\n\
             spec: {{serviceAccountName: web, containers: [{{name: web}}]}}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r}}\n\
             rules: [{rule}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}}\n\
             subjects: [{{kind: ServiceAccount, name: web, namespace: {namespace}}}]"
        );
        let message = format!(
            "ServiceAccount {namespace}/web, whose token the pod gets, can {title}, through \
             ClusterRoleBinding b"
        );
        check("workload-takes-over-cluster", &objects, &[(severity, &message)]);
    };
    let impersonate = "{verbs: [impersonate], apiGroups: [''], resources: [users]}";
    check(impersonate, "shop", Severity::Critical, "act as any user");
    check(impersonate, "kube-system", Severity::Medium, "act as any user");
    let list = "{verbs: [list], apiGroups: [''], resources: [secrets]}";
    check(list, "shop", Severity::High, "read all secrets");
    check(list, "kube-system", Severity::Medium, "read all secrets");
}
