//! What tools that evaluate RBAC are known to get wrong, each as a test of what is right.

#![allow(clippy::unwrap_used, reason = "tests")]

use merlon_model::Version;
use merlon_rbac::{
    Authorizer, Escalation, Identity, NodeGraph, Policy, Release, Request, ResourceRequest, Role,
    RoleRef, RoleWrite, Scope, Stage, User, read, risk,
};
use merlon_yaml::{Limits, parse};

/// One line each: `ClusterRole name: verbs groups resources [names]`, `Role ns/name: ...`, or
/// `ClusterRoleBinding name: role-kind role-name subject...`, `RoleBinding ns/name: ...`, where a subject is
/// `User=name`, `Group=name`, `ServiceAccount=[ns/]name`. Lists by commas, `core` for the core group; `;` between rules.
fn policy(lines: &str) -> Policy {
    let documents: Vec<String> =
        lines.lines().filter(|line| !line.trim().is_empty()).map(document).collect();
    let text = documents.join("\n---\n");
    let parsed = parse(&text, &Limits::default());
    let (policy, problems) = read(parsed.documents.iter().map(|document| &document.root));
    assert_eq!(problems, []);
    policy
}

fn document(line: &str) -> String {
    let (head, rest) = line.trim().split_once(": ").unwrap();
    let (kind, place) = head.split_once(' ').unwrap();
    let (namespace, name) = place.split_once('/').unwrap_or(("", place));
    let start = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n"
    );
    if kind.ends_with("Role") {
        let rules: Vec<String> = rest.split("; ").map(rule).collect();
        return format!("{start}rules: [{}]\n", rules.join(", "));
    }
    let mut words = rest.split(' ');
    let (role_kind, role) = (words.next().unwrap(), words.next().unwrap());
    let subjects: Vec<String> = words
        .map(|subject| {
            let (kind, name) = subject.split_once('=').unwrap();
            let (namespace, name) = name.split_once('/').unwrap_or(("", name));
            format!("{{kind: {kind}, name: '{name}', namespace: '{namespace}'}}")
        })
        .collect();
    format!(
        "{start}roleRef: {{kind: {role_kind}, name: {role}}}\nsubjects: [{}]\n",
        subjects.join(", ")
    )
}

fn rule(text: &str) -> String {
    let list = |text: &str| {
        let items: Vec<String> = text
            .split(',')
            .map(|item| format!("'{}'", if item == "core" { "" } else { item }))
            .collect();
        format!("[{}]", items.join(", "))
    };
    let words: Vec<&str> = text.split(' ').collect();
    let names = words.get(3).map(|names| format!(", resourceNames: {}", list(names)));
    format!(
        "{{verbs: {}, apiGroups: {}, resources: {}{}}}",
        list(words[0]),
        list(words[1]),
        list(words[2]),
        names.unwrap_or_default(),
    )
}

fn authorizer(lines: &str) -> Authorizer {
    Authorizer::new(policy(lines), Release::of(Version::new(1, 37)))
}

/// `verb group/resource[/subresource][=name][@namespace]`, `core` for the core group.
fn check(lines: &str, user: &User, request: &str, expected: bool) {
    let (rest, namespace) = request.split_once('@').unwrap_or((request, ""));
    let (rest, name) = rest.split_once('=').unwrap_or((rest, ""));
    let (verb, resource) = rest.split_once(' ').unwrap();
    let mut parts = resource.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default();
    let (group, resource, subresource) = (part(), part(), part());
    let group = if group == "core" { "" } else { group };
    let request =
        ResourceRequest { verb, group, resource, subresource, namespace, name, fields: &[] };
    let authorizer = authorizer(lines);
    let request = Request::Resource(request);
    let decision = authorizer.authorize(user, &request);
    assert_eq!(decision.allowed, expected, "{lines}\n{user:?} {request:?}");
    let found = authorizer.who_can(&request);
    let by_index = user.identities().iter().any(|identity| !found.grants_to(identity).is_empty());
    assert_eq!(by_index, expected, "who can: {lines}\n{user:?} {request:?}");
}

fn primitives(lines: &str, user: &User) -> Vec<(&'static str, Scope)> {
    let found = risk::primitives_of(&authorizer(lines), user);
    found.into_iter().map(|found| (found.primitive.id, found.scope)).collect()
}

fn in_namespace(name: &str) -> Scope {
    Scope::Namespace(name.to_owned())
}

fn alice() -> User {
    User::named("alice")
}

#[test]
fn a_star_before_a_subresource_is_a_wildcard() {
    let lines = "ClusterRole r: create core */exec\nClusterRoleBinding b: ClusterRole r User=alice";
    check(lines, &alice(), "create core/pods/exec=web@dev", true);
    check(lines, &alice(), "create core/pods@dev", false);
}

#[test]
fn a_star_after_a_resource_is_none() {
    let lines = "ClusterRole r: create core pods/*\nClusterRoleBinding b: ClusterRole r User=alice";
    check(lines, &alice(), "create core/pods/exec=web@dev", false);
}

#[test]
fn groups_of_workloads_are_their_own() {
    let lines =
        "ClusterRole r: create apps deployments\nClusterRoleBinding b: ClusterRole r User=alice";
    check(lines, &alice(), "create apps/deployments@dev", true);
    check(lines, &alice(), "create core/deployments@dev", false);
    assert_eq!(primitives(lines, &alice()), [("write-workloads", Scope::Cluster)]);
}

#[test]
fn verbs_groups_and_resources_of_different_rules_do_not_mix() {
    let lines = "ClusterRole r: create apps pods; get core pods\nClusterRoleBinding b: ClusterRole r User=alice";
    check(lines, &alice(), "create core/pods@dev", false);
    check(lines, &alice(), "get core/pods@dev", true);
    assert_eq!(primitives(lines, &alice()), []);
}

#[test]
fn rules_with_names_are_rules() {
    let lines =
        "ClusterRole r: get,list core secrets db\nRoleBinding dev/b: ClusterRole r User=alice";
    check(lines, &alice(), "get core/secrets=db@dev", true);
    check(lines, &alice(), "get core/secrets=other@dev", false);
    // A list by field selector on the name has that name.
    check(lines, &alice(), "list core/secrets=db@dev", true);
    check(lines, &alice(), "list core/secrets@dev", false);
    let found = risk::primitives_of(&authorizer(lines), &alice());
    assert!(found.iter().all(|found| found.names == Some(["db".to_owned()].into())));
    assert_eq!(found.len(), 2);
}

#[test]
fn names_are_no_patterns() {
    let lines =
        "ClusterRole r: get core secrets *,db-*\nClusterRoleBinding b: ClusterRole r User=alice";
    check(lines, &alice(), "get core/secrets=db@dev", false);
    check(lines, &alice(), "get core/secrets=db-1@dev", false);
    check(lines, &alice(), "get core/secrets=db-*@dev", true);
}

#[test]
fn a_binding_reaches_service_accounts_of_other_namespaces() {
    let lines = "Role dev/r: get core secrets\nRoleBinding dev/b: Role r ServiceAccount=ops/robot";
    check(lines, &User::service_account("ops", "robot"), "get core/secrets=x@dev", true);
    check(lines, &User::service_account("dev", "robot"), "get core/secrets=x@dev", false);
    check(lines, &User::service_account("ops", "robot"), "get core/secrets=x@ops", false);
}

#[test]
fn a_subject_without_a_namespace_is_one_of_the_bindings() {
    let lines =
        "ClusterRole r: get core pods\nRoleBinding dev/b: ClusterRole r ServiceAccount=robot";
    check(lines, &User::service_account("dev", "robot"), "get core/pods=x@dev", true);
    let lines =
        "ClusterRole r: get core pods\nClusterRoleBinding b: ClusterRole r ServiceAccount=robot";
    check(lines, &User::service_account("default", "robot"), "get core/pods=x@dev", false);
}

#[test]
fn groups_that_kubernetes_adds_count() {
    let with = |group: &str| {
        format!("ClusterRole r: get core secrets\nRoleBinding dev/b: ClusterRole r Group={group}")
    };
    let robot = User::service_account("ops", "robot");
    let request = "get core/secrets=x@dev";
    check(&with("system:authenticated"), &robot, request, true);
    check(&with("system:authenticated"), &alice(), request, true);
    check(&with("system:authenticated"), &User::anonymous(), request, false);
    check(&with("system:unauthenticated"), &User::anonymous(), request, true);
    check(&with("system:unauthenticated"), &alice(), request, false);
    check(&with("system:serviceaccounts"), &robot, request, true);
    check(&with("system:serviceaccounts"), &alice(), request, false);
    check(&with("system:serviceaccounts:ops"), &robot, request, true);
    check(&with("system:serviceaccounts:dev"), &robot, request, false);
    check(&with("system:nodes"), &User::node("one"), request, true);
    assert_eq!(
        primitives(&with("system:serviceaccounts"), &robot),
        [("get-secrets", in_namespace("dev"))]
    );
}

#[test]
fn service_accounts_are_told_with_what_their_groups_get() {
    let authorizer = authorizer(
        "ClusterRole r: get core secrets
         RoleBinding dev/b: ClusterRole r Group=system:serviceaccounts:ops ServiceAccount=dev/web
         RoleBinding other/b: ClusterRole r ServiceAccount=ops/robot ServiceAccount=ops/second",
    );
    let request = Request::resource("get", "", "secrets").within("dev");
    let who = authorizer.who_can(&request);
    let accounts: Vec<(Identity, usize)> =
        who.service_accounts().map(|(account, grants)| (account, grants.len())).collect();
    let account = Identity::service_account;
    let expected =
        [(account("dev", "web"), 1), (account("ops", "robot"), 1), (account("ops", "second"), 1)];
    assert_eq!(accounts, expected);
    assert_eq!(who.len(), 2);
}

#[test]
fn a_user_may_be_a_service_account_by_name() {
    let lines = "ClusterRole r: get core pods\nClusterRoleBinding b: ClusterRole r User=system:serviceaccount:dev:robot";
    check(lines, &User::service_account("dev", "robot"), "get core/pods=x@dev", true);
}

#[test]
fn roles_are_found_by_kind_and_namespace() {
    let lines = "Role dev/r: get core secrets
        Role ops/r: get core pods
        ClusterRole r: get core configmaps
        RoleBinding dev/b: ClusterRole r User=alice
        RoleBinding ops/b: Role r User=alice
        ClusterRoleBinding b: Role r User=alice";
    check(lines, &alice(), "get core/secrets=x@dev", false);
    check(lines, &alice(), "get core/configmaps=x@dev", true);
    check(lines, &alice(), "get core/pods=x@ops", true);
    check(lines, &alice(), "get core/configmaps=x@ops", false);
    let policy = policy(lines);
    let dangling: Vec<&str> = policy.dangling().map(|(_, binding)| binding.kind()).collect();
    assert_eq!(dangling, ["ClusterRoleBinding"]);
}

#[test]
fn a_right_within_a_namespace_reaches_the_namespace_itself() {
    let lines = "ClusterRole r: patch core namespaces\nRoleBinding dev/b: ClusterRole r User=alice";
    check(lines, &alice(), "patch core/namespaces=dev@dev", true);
    assert_eq!(primitives(lines, &alice()), [("change-namespaces", in_namespace("dev"))]);
}

#[test]
fn creating_bindings_alone_is_no_escalation() {
    let lines = "ClusterRole admin: * * *
        ClusterRole w: create rbac.authorization.k8s.io rolebindings,clusterrolebindings
        ClusterRoleBinding b: ClusterRole w User=alice";
    assert_eq!(primitives(lines, &alice()), []);
    let authorizer = authorizer(lines);
    let refused = authorizer.may_bind(&alice(), &RoleRef::cluster_role("admin"), None);
    assert!(matches!(refused, Escalation::Refused(_)), "{refused:?}");
    let own = authorizer.may_bind(&alice(), &RoleRef::cluster_role("w"), None);
    assert_eq!(own, Escalation::Covered);
    let missing = authorizer.may_bind(&alice(), &RoleRef::cluster_role("none"), None);
    assert_eq!(missing, Escalation::NoSuchRole);
}

#[test]
fn bind_within_a_namespace_is_alive() {
    let authorizer = authorizer(
        "ClusterRole admin: * * *
         ClusterRole w: bind rbac.authorization.k8s.io clusterroles
         RoleBinding dev/b: ClusterRole w User=alice",
    );
    let bind =
        |namespace| authorizer.may_bind(&alice(), &RoleRef::cluster_role("admin"), namespace);
    assert!(matches!(bind(Some("dev")), Escalation::ByVerb(grants) if grants.len() == 1));
    assert!(!bind(Some("ops")).is_allowed());
    assert!(!bind(None).is_allowed());
}

#[test]
fn rights_from_several_bindings_add_up() {
    let lines = "ClusterRole writes: update rbac.authorization.k8s.io rolebindings
        ClusterRole binds: bind rbac.authorization.k8s.io clusterroles
        RoleBinding dev/writes: ClusterRole writes User=alice
        ClusterRoleBinding binds: ClusterRole binds Group=system:authenticated";
    assert_eq!(primitives(lines, &alice()), [("bind-roles", in_namespace("dev"))]);
    let found = risk::primitives_of(&authorizer(lines), &alice());
    assert_eq!(found[0].grants.len(), 2, "both bindings are told");
}

#[test]
fn namespaces_do_not_add_up() {
    let lines = "ClusterRole writes: update rbac.authorization.k8s.io rolebindings
        ClusterRole binds: bind rbac.authorization.k8s.io clusterroles
        RoleBinding dev/writes: ClusterRole writes User=alice
        RoleBinding ops/binds: ClusterRole binds User=alice";
    assert_eq!(primitives(lines, &alice()), []);
}

#[test]
fn a_group_cannot_be_taken_on_without_a_user() {
    let lines =
        "ClusterRole r: impersonate core groups\nClusterRoleBinding b: ClusterRole r User=alice";
    assert_eq!(primitives(lines, &alice()), []);
}

#[test]
fn signers_have_no_wildcard_of_all() {
    let with = |signer: &str| {
        format!(
            "ClusterRole r: create,update certificates.k8s.io certificatesigningrequests,certificatesigningrequests/approval; approve certificates.k8s.io signers {signer}
            ClusterRoleBinding b: ClusterRole r User=alice"
        )
    };
    assert_eq!(primitives(&with("*"), &alice()), []);
    assert_eq!(primitives(&with("*/*"), &alice()), []);
    assert_eq!(primitives(&with("kubernetes.io/*"), &alice()).len(), 2);
}

#[test]
fn creating_on_a_named_role_needs_no_name() {
    // The name is not known yet when a role is created, so a grant to escalate one role is none to create it.
    let authorizer = authorizer(
        "ClusterRole e: escalate rbac.authorization.k8s.io clusterroles mine
         ClusterRoleBinding b: ClusterRole e User=alice",
    );
    let wide = policy("ClusterRole mine: * * *");
    let (_, role): (_, &Role) = wide.roles().next().unwrap();
    let write = |replaces_aggregation| {
        authorizer.may_write_role(&alice(), &RoleWrite { role, replaces_aggregation }).is_allowed()
    };
    assert!(!write(None));
    assert!(write(Some(false)));
}

#[test]
fn masters_need_no_binding() {
    let authorizer = authorizer("");
    let request = Request::resource("delete", "", "nodes");
    let master = alice().member_of("system:masters");
    let decision = authorizer.authorize(&master, &request);
    assert!(decision.allowed && decision.grants.is_empty());
    assert_eq!(decision.by, Stage::Masters);
    assert!(authorizer.who_can(&request).is_empty());
    assert_eq!(
        authorizer.may_bind(&master, &RoleRef::cluster_role("x"), None),
        Escalation::Masters
    );
}

#[test]
fn reading_pods_exec_was_enough_before_1_35() {
    let lines = "ClusterRole r: get core pods/exec\nClusterRoleBinding b: ClusterRole r User=alice";
    let found = |minor| {
        let authorizer = Authorizer::new(policy(lines), Release::of(Version::new(1, minor)));
        risk::primitives_of(&authorizer, &alice()).len()
    };
    assert_eq!((found(34), found(35)), (1, 0));
}

#[test]
fn watching_secrets_is_reading_them() {
    let lines = "ClusterRole r: watch core secrets\nRoleBinding dev/b: ClusterRole r User=alice";
    assert_eq!(primitives(lines, &alice()), [("watch-secrets", in_namespace("dev"))]);
}

#[test]
fn bindings_of_all_namespaces_are_found() {
    let authorizer = authorizer(
        "ClusterRole r: get core secrets
         RoleBinding dev/b: ClusterRole r User=alice
         RoleBinding ops/b: ClusterRole r User=bob",
    );
    let request = Request::resource("get", "", "secrets");
    assert!(authorizer.who_can(&request).is_empty());
    let anywhere = authorizer.who_can_anywhere(&request);
    let names: Vec<String> = anywhere.holders().map(|(identity, _)| identity.to_string()).collect();
    assert_eq!(names, ["user alice", "user bob"]);
}

#[test]
fn paths_are_given_by_cluster_role_bindings_only() {
    let text = |binding: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: r}}
rules: [{{verbs: [get], nonResourceURLs: ['/metrics', '/debug/*']}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {binding}
metadata: {{name: b, namespace: dev}}
roleRef: {{kind: ClusterRole, name: r}}
subjects: [{{kind: Group, name: 'system:unauthenticated'}}]
"
        )
    };
    let may = |binding: &str, path: &str| {
        let parsed = parse(&text(binding), &Limits::default());
        let (policy, _) = read(parsed.documents.iter().map(|document| &document.root));
        let authorizer = Authorizer::new(policy, Release::unknown());
        authorizer
            .authorize(&User::anonymous(), &Request::NonResource { verb: "get", path })
            .allowed
    };
    assert!(may("ClusterRoleBinding", "/metrics"));
    assert!(may("ClusterRoleBinding", "/debug/pprof"));
    assert!(!may("ClusterRoleBinding", "/debug"));
    assert!(!may("ClusterRoleBinding", "/metrics/slis"));
    assert!(!may("RoleBinding", "/metrics"));
}

#[test]
fn a_node_gets_what_its_pods_use_without_any_binding() {
    let pod = "kind: Pod\nmetadata: {name: web, namespace: dev}\nspec: {nodeName: one, serviceAccountName: robot}\n";
    let parsed = parse(pod, &Limits::default());
    let nodes = NodeGraph::read(parsed.documents.iter().map(|document| &document.root));
    let authorizer = authorizer("").with_nodes(nodes);
    let token = Request::resource("create", "", "serviceaccounts").subresource("token");
    let token = token.named("robot").within("dev");
    let by = |node: &str| authorizer.authorize(&User::node(node), &token).by;
    assert_eq!(by("one"), Stage::Node);
    assert_eq!(by("two"), Stage::Nobody);
    // The name of a node without its group is no node.
    let only_named = User::with_groups("system:node:one", &["system:authenticated"]);
    assert_eq!(authorizer.authorize(&only_named, &token).by, Stage::Nobody);
}
