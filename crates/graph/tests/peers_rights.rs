//! Where other tools see ways that are none, or miss some that are: rights.

use merlon_controls::example::inventory;
use merlon_graph::search::{Without, reach};
use merlon_graph::{Endpoint, World, attack_graph};
use merlon_views::Told;
use merlon_views::objects::InventoryView;

/// Whether there is a way.
fn check(objects: &str, from: &str, to: &str, expected: bool) {
    let inventory = inventory(objects);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    let graph = attack_graph(&world);
    let facts = |text: &str| text.parse::<Endpoint>().expect(text).facts(&world, &graph);
    let reached = reach(&graph.hypergraph, &facts(from), &Without::nothing());
    let is_reached = facts(to).iter().any(|fact| reached.has(*fact));
    assert_eq!(is_reached, expected, "from {from} to {to} in\n{objects}");
}

/// Two preconditions that differ in one text: with the first there is a way, with the second none.
fn differ(objects: &str, (yes, no): (&str, &str), from: &str, to: &str) {
    assert!(objects.contains(yes), "{yes:?} is not in\n{objects}");
    check(objects, from, to, true);
    check(&objects.replace(yes, no), from, to, false);
}

/// A live cluster where a subject is given a rule in a namespace.
fn within(namespace: &str, rules: &str, subject: &str) -> String {
    format!(
        "# cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: given, namespace: {namespace}}}
rules: [{rules}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: given, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: given}}
subjects: [{subject}]
{THERE}"
    )
}

/// The same in the whole cluster.
fn in_cluster(rules: &str, subject: &str) -> String {
    format!(
        "# cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: given}}
rules: [{rules}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: given}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: given}}
subjects: [{subject}]
{THERE}"
    )
}

/// Two namespaces with an account, a pod that runs as it, and a secret each; and who may do everything.
const THERE: &str = "---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: idle, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bank, namespace: pay}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bank, namespace: pay}
spec: {serviceAccountName: bank, containers: [{name: bank, image: bank}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
---
apiVersion: v1
kind: Node
metadata: {name: one}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: view}
rules: [{apiGroups: [''], resources: [pods], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: bosses}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: Group, name: bosses, apiGroup: rbac.authorization.k8s.io}
- {kind: User, name: boss, apiGroup: rbac.authorization.k8s.io}
";

const JANE: &str = "{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}";
const RBAC: &str = "apiGroups: [rbac.authorization.k8s.io]";
const CERTIFICATES: &str = "apiGroups: [certificates.k8s.io]";

// KubeHound

#[test]
fn workloads_of_other_groups_than_the_core_make_pods() {
    let objects =
        within("shop", "{apiGroups: [apps], resources: [deployments], verbs: [create]}", JANE);
    differ(&objects, ("apiGroups: [apps]", "apiGroups: ['']"), "user jane", "node");
}

#[test]
fn accounts_of_other_namespaces_are_bound_too() {
    let robot = "{kind: ServiceAccount, name: bank, namespace: pay}";
    let objects = within("shop", "{apiGroups: [''], resources: [secrets], verbs: [list]}", robot);
    check(&objects, "serviceaccount pay/bank", "secret shop/key", true);
    check(&objects, "serviceaccount shop/web", "secret shop/key", false);
}

#[test]
fn members_of_groups_that_nobody_writes_down_are_known() {
    let rule = "{apiGroups: [''], resources: [secrets], verbs: [list]}";
    let group = |name: &str| {
        in_cluster(
            rule,
            &format!("{{kind: Group, name: '{name}', apiGroup: rbac.authorization.k8s.io}}"),
        )
    };
    let cases: &[(&str, &str, bool)] = &[
        ("system:authenticated", "serviceaccount shop/idle", true),
        ("system:authenticated", "user boss", true),
        ("system:authenticated", "anonymous", false),
        ("system:serviceaccounts", "serviceaccount shop/idle", true),
        ("system:serviceaccounts", "authenticated", false),
        ("system:serviceaccounts:shop", "serviceaccount shop/idle", true),
        ("system:serviceaccounts:shop", "serviceaccount pay/bank", false),
        ("system:unauthenticated", "anonymous", true),
        ("system:unauthenticated", "serviceaccount shop/idle", false),
    ];
    for (name, from, expected) in cases {
        // Who may do everything reaches it anyway.
        let objects = group(name).replace("name: boss,", "name: other,");
        let objects = format!(
            "{objects}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n\
             metadata: {{name: viewer}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: \
             ClusterRole, name: view}}\nsubjects: [{{kind: User, name: boss}}, {{kind: User, name: \
             'system:anonymous'}}]\n"
        );
        check(&objects, from, "secret shop/key", *expected);
    }
}

#[test]
fn rights_on_named_objects_are_rights_on_these() {
    let rule = "{apiGroups: [''], resources: [pods/exec], verbs: [create], resourceNames: [web]}";
    let objects = in_cluster(rule, JANE);
    check(&objects, "user jane", "pod shop/web", true);
    check(&objects, "user jane", "pod pay/bank", false);
}

#[test]
fn a_star_in_names_is_a_name() {
    let rule = "{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [key]}";
    let objects = within("shop", rule, JANE);
    for glob in ["'*'", "'k*'"] {
        differ(&objects, ("[key]", &format!("[{glob}]")), "user jane", "secret shop/key");
    }
}

#[test]
fn whoever_creates_pods_acts_as_any_account_of_the_namespace() {
    let objects = within("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}", JANE);
    check(&objects, "user jane", "serviceaccount shop/idle", true);
    check(&objects, "user jane", "serviceaccount pay/bank", false);
}

#[test]
fn subresources_are_named_in_full_or_behind_a_star() {
    let rule = "{apiGroups: [''], resources: ['*/exec'], verbs: [create]}";
    let objects = within("shop", rule, JANE);
    differ(&objects, ("'*/exec'", "'pods/*'"), "user jane", "pod shop/web");
    differ(&objects, ("'*/exec'", "pods"), "user jane", "pod shop/web");
}

#[test]
fn reading_is_enough_to_run_commands_before_1_35() {
    let rule = "{apiGroups: [''], resources: [pods/exec], verbs: [get]}";
    let objects =
        within("shop", rule, JANE).replacen("# cluster", "# cluster\n# release v1.34.1", 1);
    differ(&objects, ("v1.34.1", "v1.35.0"), "user jane", "pod shop/web");
}

#[test]
fn binding_and_what_may_be_bound_may_come_from_two_roles() {
    let objects =
        within("shop", &format!("{{{RBAC}, resources: [rolebindings], verbs: [create]}}"), JANE);
    let other = in_cluster(&format!("{{{RBAC}, resources: [clusterroles], verbs: [bind]}}"), JANE);
    let other = other.split(THERE).next().unwrap().replace("# cluster\n", "---\n");
    let objects = format!("{objects}{other}");
    check(&objects, "user jane", "secret shop/key", true);
    check(&objects, "user jane", "serviceaccount pay/bank", false);
    differ(&objects, ("verbs: [bind]", "verbs: [get]"), "user jane", "secret shop/key");
}

#[test]
fn the_groups_of_a_rule_are_those_of_its_resources() {
    let rules = format!(
        "{{apiGroups: [''], resources: [rolebindings], verbs: [create]}}, \
         {{{RBAC}, resources: [clusterroles], verbs: [bind]}}"
    );
    let objects = within("shop", &rules, JANE);
    check(&objects, "user jane", "secret shop/key", false);
    check(&objects.replace("apiGroups: ['']", RBAC), "user jane", "secret shop/key", true);
}

#[test]
fn what_is_bound_in_a_namespace_counts_there() {
    let rules = format!(
        "{{{RBAC}, resources: [rolebindings], verbs: [create]}}, \
         {{{RBAC}, resources: [roles], verbs: [bind]}}"
    );
    let objects = within("shop", &rules, JANE);
    let reader = |namespace: &str| {
        format!(
            "{objects}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: \
             reader, namespace: {namespace}}}\nrules: [{{apiGroups: [''], resources: [secrets], \
             verbs: [list]}}]\n"
        )
    };
    check(&reader("shop"), "user jane", "secret shop/key", true);
    check(&reader("pay"), "user jane", "secret shop/key", false);
}

#[test]
fn reading_secrets_gives_no_account_that_has_none() {
    let objects =
        in_cluster("{apiGroups: [''], resources: [secrets], verbs: [get, list, watch]}", JANE);
    check(&objects, "user jane", "serviceaccount shop/web", false);
    check(&objects, "user jane", "cluster-admin", false);
    check(&objects, "user jane", "secret shop/key", true);
}

#[test]
fn a_binding_of_view_is_no_takeover() {
    let objects =
        in_cluster("{apiGroups: [''], resources: [pods], verbs: [get, list, watch]}", JANE);
    for to in ["cluster-admin", "node", "any-pod", "secret shop/key"] {
        check(&objects, "user jane", to, false);
    }
}

#[test]
fn a_role_that_allows_everything_is_one_whatever_its_name() {
    let objects = in_cluster("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", JANE);
    check(&objects, "user jane", "cluster-admin", true);
    differ(
        &objects,
        (
            "verbs: ['*']}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: given}",
            "verbs: [get]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: given}",
        ),
        "user jane",
        "cluster-admin",
    );
}

// IceKube

#[test]
fn running_commands_takes_no_right_to_read_pods() {
    let rule = "{apiGroups: [''], resources: [pods/exec], verbs: [create]}";
    check(&within("shop", rule, JANE), "user jane", "serviceaccount shop/web", true);
}

#[test]
fn the_level_of_the_namespace_keeps_privileged_pods_out() {
    let rule = "{apiGroups: [''], resources: [pods], verbs: [create]}";
    check(&within("shop", rule, JANE), "user jane", "node", true);
    check(&within("pay", rule, JANE), "user jane", "node", false);
    let both = format!("{rule}, {{apiGroups: [''], resources: [namespaces], verbs: [patch]}}");
    check(&within("pay", &both, JANE), "user jane", "node", true);
}

#[test]
fn every_cluster_has_a_namespace_for_its_own_pods() {
    let rule = "{apiGroups: [''], resources: [pods], verbs: [create]}";
    // Of the namespaces that are written the one refuses privileged pods.
    let only = |objects: String| {
        let written = objects.replace("# cluster\n", "");
        let (rights, _) = written.split_once(THERE).expect("what is there");
        format!(
            "{rights}---\napiVersion: v1\nkind: Namespace\n\
             metadata: {{name: pay, labels: {{pod-security.kubernetes.io/enforce: restricted}}}}\n"
        )
    };
    check(&only(in_cluster(rule, JANE)), "user jane", "node", true);
    check(&only(within("pay", rule, JANE)), "user jane", "node", false);
}

// Kubesplaining

#[test]
fn creating_bindings_without_a_right_to_bind_gives_nothing() {
    for rules in [
        format!(
            "{{{RBAC}, resources: [rolebindings, clusterrolebindings], verbs: [create, update, patch]}}"
        ),
        format!("{{{RBAC}, resources: [roles, clusterroles], verbs: [create, update, patch]}}"),
        format!("{{{RBAC}, resources: [rolebindings], verbs: ['*']}}"),
    ] {
        let objects = in_cluster(&rules, JANE);
        check(&objects, "user jane", "cluster-admin", false);
        check(&objects, "user jane", "secret shop/key", false);
    }
}

#[test]
fn a_group_is_taken_on_with_a_user() {
    let groups = "{apiGroups: [''], resources: [groups], verbs: [impersonate]}";
    let users =
        "{apiGroups: [''], resources: [users], verbs: [impersonate], resourceNames: [nobody]}";
    check(&in_cluster(groups, JANE), "user jane", "cluster-admin", false);
    check(&in_cluster(users, JANE), "user jane", "cluster-admin", false);
    check(&in_cluster(&format!("{groups}, {users}"), JANE), "user jane", "cluster-admin", true);
}

#[test]
fn the_right_to_bind_cluster_roles_counts_in_a_namespace() {
    let rules = format!(
        "{{{RBAC}, resources: [rolebindings], verbs: [create]}}, \
         {{{RBAC}, resources: [clusterroles], verbs: [bind]}}"
    );
    let objects = within("shop", &rules, JANE);
    check(&objects, "user jane", "secret shop/key", true);
    check(&objects, "user jane", "serviceaccount pay/bank", false);
}

#[test]
fn signers_are_named_or_all_of_a_domain() {
    let objects = |signer: &str| {
        let rules = format!(
            "{{{CERTIFICATES}, resources: [certificatesigningrequests], verbs: [create]}}, \
             {{{CERTIFICATES}, resources: [certificatesigningrequests/approval], verbs: [update]}}, \
             {{{CERTIFICATES}, resources: [signers], verbs: [approve], resourceNames: ['{signer}']}}"
        );
        in_cluster(&rules, JANE)
    };
    check(&objects("kubernetes.io/kube-apiserver-client"), "user jane", "cluster-admin", true);
    check(&objects("kubernetes.io/*"), "user jane", "cluster-admin", true);
    for signer in ["*", "*/*", "kubernetes.io/kubelet-serving", "example.com/*"] {
        check(&objects(signer), "user jane", "cluster-admin", false);
    }
}

/// A token comes into a secret that is made for it, and one that is there cannot be made.
#[test]
fn a_secret_that_is_there_is_not_made_again() {
    let rights = |verbs: &str| {
        let rules = format!(
            "{{apiGroups: [''], resources: [secrets], verbs: [create]}}, \
             {{apiGroups: [''], resources: [secrets], verbs: [{verbs}], resourceNames: [own]}}"
        );
        within("shop", &rules, "{kind: User, name: jane}")
    };
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: own, namespace: shop}\n";
    let (from, to) = ("user jane", "serviceaccount shop/idle");
    check(&rights("get"), from, to, true);
    check(&format!("{}{secret}", rights("get")), from, to, false);
    check(&format!("{}{secret}", rights("get, delete")), from, to, true);
    let elsewhere = secret.replace("namespace: shop", "namespace: other");
    check(&format!("{}{elsewhere}", rights("get")), from, to, true);
}

#[test]
fn two_identities_make_two_requests() {
    let create =
        format!("{{{CERTIFICATES}, resources: [certificatesigningrequests], verbs: [create]}}");
    let approve = format!(
        "{{{CERTIFICATES}, resources: [certificatesigningrequests/approval], verbs: [update]}}, \
         {{{CERTIFICATES}, resources: [signers], verbs: [approve]}}, \
         {{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [idle]}}"
    );
    let idle = "{kind: ServiceAccount, name: idle, namespace: shop}";
    let other = in_cluster(&create, idle);
    let other = other.split(THERE).next().unwrap().replace("# cluster\n", "---\n");
    let other = other.replace("name: given", "name: other");
    let objects = format!("{}{other}", in_cluster(&approve, JANE));
    differ(
        &objects,
        ("resourceNames: [idle]", "resourceNames: [web]"),
        "user jane",
        "cluster-admin",
    );
}

#[test]
fn one_request_is_not_made_by_two_identities() {
    let bind = format!(
        "{{{RBAC}, resources: [clusterroles], verbs: [bind]}}, \
         {{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [idle]}}"
    );
    let create = format!("{{{RBAC}, resources: [clusterrolebindings], verbs: [create]}}");
    let idle = "{kind: ServiceAccount, name: idle, namespace: shop}";
    let other = in_cluster(&create, idle);
    let other = other.split(THERE).next().unwrap().replace("# cluster\n", "---\n");
    let other = other.replace("name: given", "name: other");
    let objects = format!("{}{other}", in_cluster(&bind, JANE));
    check(&objects, "user jane", "serviceaccount shop/idle", true);
    check(&objects, "user jane", "cluster-admin", false);
}

// rbac-police

#[test]
fn reading_is_enough_to_run_commands_through_the_kubelet() {
    let objects = in_cluster("{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}", JANE)
        .replacen("# cluster", "# cluster\n# release v1.36.0", 1);
    differ(&objects, ("nodes/proxy", "nodes/metrics"), "user jane", "pod shop/web");
}

// Everybody

#[test]
fn a_user_may_be_a_service_account_by_its_name() {
    let robot = "{kind: User, name: 'system:serviceaccount:shop:idle'}";
    let objects = within("shop", "{apiGroups: [''], resources: [secrets], verbs: [list]}", robot);
    check(&objects, "serviceaccount shop/idle", "secret shop/key", true);
}

#[test]
fn a_role_is_found_in_the_namespace_of_its_binding_alone() {
    let objects = within("shop", "{apiGroups: [''], resources: [secrets], verbs: [list]}", JANE);
    let elsewhere = (
        "kind: Role\nmetadata: {name: given, namespace: shop}",
        "kind: Role\nmetadata: {name: given, namespace: pay}",
    );
    differ(&objects, elsewhere, "user jane", "secret shop/key");
}

#[test]
fn each_way_is_cut_where_it_is_given() {
    let one = within(
        "shop",
        "{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [key]}",
        JANE,
    );
    let two = within(
        "shop",
        "{apiGroups: [''], resources: [secrets], verbs: [list], resourceNames: [other]}",
        JANE,
    );
    let two = two
        .split(THERE)
        .next()
        .unwrap()
        .replace("# cluster\n", "---\n")
        .replace("name: given", "name: two");
    let text = format!("{one}{two}");
    let inventory = inventory(&text);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    let graph = attack_graph(&world);
    let facts = |text: &str| text.parse::<Endpoint>().expect(text).facts(&world, &graph);
    let cut = graph.changes.iter().position(|it| it.title.contains("RoleBinding shop/given"));
    let cut = merlon_graph::search::ChangeId(u32::try_from(cut.unwrap()).unwrap());
    let reached = reach(&graph.hypergraph, &facts("user jane"), &Without::changes([cut]));
    assert!(!facts("secret shop/key").iter().any(|fact| reached.has(*fact)));
}

#[test]
fn a_role_without_rules_is_one_that_can_be_added_to() {
    let rules = format!("{{{RBAC}, resources: [roles], verbs: [patch, escalate]}}");
    let objects = within("shop", &rules, JANE);
    let empty = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: given, namespace: pay}\nrules: []\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: given, namespace: pay}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: given}\nsubjects: [{kind: User, name: jane}]\n";
    check(&format!("{objects}{empty}"), "user jane", "serviceaccount pay/bank", false);
    let everywhere = in_cluster(&rules, JANE);
    check(&everywhere, "user jane", "serviceaccount pay/bank", false);
    check(&format!("{everywhere}{empty}"), "user jane", "serviceaccount pay/bank", true);
}

const AUTHENTICATION: &str = "apiGroups: [authentication.k8s.io]";

/// A live cluster of a release with constrained impersonation, where jane is given rules.
fn constrained(rules: &str) -> String {
    in_cluster(rules, JANE).replacen("# cluster", "# cluster\n# release v1.37.0", 1)
}

#[test]
fn constrained_impersonation_gives_what_both_may_do() {
    let on = |verb: &str, rule: &str| {
        constrained(&format!(
            "{{{AUTHENTICATION}, resources: [users], verbs: ['impersonate:user-info'], resourceNames: [boss]}}, \
             {{{rule}, verbs: ['impersonate-on:user-info:{verb}']}}"
        ))
    };
    let bindings = format!("{RBAC}, resources: [clusterrolebindings]");
    check(&on("create", &bindings), "user jane", "cluster-admin", true);
    check(&on("get", &bindings), "user jane", "cluster-admin", false);
    let secrets = "apiGroups: [''], resources: [secrets]";
    check(&on("list", secrets), "user jane", "secret shop/key", true);
    check(&on("list", secrets), "user jane", "cluster-admin", false);
    check(&on("delete", secrets), "user jane", "secret shop/key", false);
    // Each part of it alone gives nothing.
    let whom =
        format!("{{{AUTHENTICATION}, resources: [users], verbs: ['impersonate:user-info']}}");
    let what = format!("{{{secrets}, verbs: ['impersonate-on:user-info:list']}}");
    check(&constrained(&whom), "user jane", "secret shop/key", false);
    check(&constrained(&what), "user jane", "secret shop/key", false);
    check(&constrained(&format!("{whom}, {what}")), "user jane", "secret shop/key", true);
}

#[test]
fn constrained_impersonation_is_not_known_before_its_release() {
    let rules = format!(
        "{{{AUTHENTICATION}, resources: [users], verbs: ['impersonate:user-info']}}, \
         {{apiGroups: [''], resources: [secrets], verbs: ['impersonate-on:user-info:list']}}"
    );
    let objects = constrained(&rules);
    differ(&objects, ("v1.37.0", "v1.35.3"), "user jane", "secret shop/key");
    // Where the release is not known the gate may be off.
    check(&in_cluster(&rules, JANE), "user jane", "secret shop/key", false);
}

#[test]
fn constrained_impersonation_of_accounts_is_limited_to_their_namespace() {
    let objects = |namespace: &str| {
        let whom = format!(
            "{{{AUTHENTICATION}, resources: [serviceaccounts], verbs: ['impersonate:serviceaccount']}}"
        );
        let what = "{apiGroups: [''], resources: [secrets], verbs: ['impersonate-on:serviceaccount:list']}";
        let robot = "---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: robot, namespace: NAMESPACE}]
";
        let rules = format!("{whom}, {what}");
        within("shop", &rules, JANE).replacen("# cluster", "# cluster\n# release v1.36.0", 1)
            + &robot.replace("NAMESPACE", namespace)
    };
    check(&objects("shop"), "user jane", "secret shop/key", true);
    check(&objects("pay"), "user jane", "secret shop/key", false);
    // The other may list secrets everywhere; what is lent is in one namespace.
    check(&objects("shop"), "user jane", "secrets", false);
}
