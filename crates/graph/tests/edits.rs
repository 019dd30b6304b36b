//! A graph whose bindings change answers as one built anew.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use merlon_controls::example::inventory;
use merlon_graph::search::{FactId, Without, reach};
use merlon_graph::{AttackGraph, Endpoint, LiveGraph, Strangers, Unclear, World, attack_graph};
use merlon_rbac::{Binding, RoleRef, Subject};
use merlon_views::Told;
use merlon_views::objects::InventoryView;
use proptest::prelude::*;
use proptest::sample::select;

/// A cluster without the bindings that change.
const OBJECTS: &str = include_str!("edits/objects.yaml");

const ROLES: &[&str] = &[
    "cluster-admin",
    "run",
    "enter",
    "read",
    "tokens",
    "half",
    "other-half",
    "change-bindings",
    "change-one-binding",
    "bind-some",
    "bind-roles",
    "change-roles",
    "escalate",
    "escalate-all",
    "escalate-sum",
    "sum",
    "approve",
    "request",
    "signers",
    "make-secrets",
    "be-groups",
    "be-bosses",
    "be-users",
    "add-containers",
    "drive",
    "kubelet",
    "webhooks",
    "labels",
    "view-key",
    "deploy",
    "direct-flux",
    "direct-knative",
    "define",
    "as-others",
    "as-bob",
    "on-some",
    "on-bindings",
    "nothing",
    "missing",
];
const ENTRIES: &[&str] =
    &["pod shop/web", "user jane", "authenticated", "anonymous", "serviceaccount ops/agent"];
const GOALS: &[&str] = &[
    "cluster-admin",
    "secret shop/key",
    "node",
    "serviceaccount shop/web",
    "secrets shop",
    "group bosses",
    "pod ops/agent",
    "serviceaccount ops/flux",
];

fn key(binding: &Binding) -> (Option<String>, String) {
    (binding.namespace.clone(), binding.name.clone())
}

fn written(bindings: &BTreeMap<(Option<String>, String), Binding>) -> String {
    let mut text = OBJECTS.to_owned();
    for binding in bindings.values() {
        let namespace = binding.namespace.as_ref().map(|it| format!(", namespace: {it}"));
        let subjects: Vec<String> = binding
            .subjects
            .iter()
            .map(|it| match it.kind.as_str() {
                "ServiceAccount" => {
                    format!(
                        "{{kind: ServiceAccount, namespace: {}, name: {}}}",
                        it.namespace, it.name
                    )
                }
                kind => format!(
                    "{{kind: {kind}, apiGroup: rbac.authorization.k8s.io, name: '{}'}}",
                    it.name
                ),
            })
            .collect();
        write!(
            text,
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: {}{}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {}, name: {}}}\nsubjects: [{}]\n",
            binding.kind(),
            binding.name,
            namespace.unwrap_or_default(),
            binding.role.kind,
            binding.role.name,
            subjects.join(", "),
        )
        .unwrap();
    }
    text
}

fn with_graph<T>(
    bindings: &BTreeMap<(Option<String>, String), Binding>,
    test: impl FnOnce(&World<'_, '_>, &AttackGraph<'_>) -> T,
) -> T {
    let inventory = inventory(&written(bindings));
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    test(&world, &attack_graph(&world))
}

fn endpoint(text: &str) -> Endpoint {
    text.parse().unwrap()
}

fn facts(text: &str, world: &World<'_, '_>, graph: &AttackGraph<'_>) -> Vec<FactId> {
    endpoint(text).facts(world, graph)
}

/// The cost of each goal from an entry, in a graph built anew.
fn from_scratch(
    bindings: &BTreeMap<(Option<String>, String), Binding>,
    entry: &str,
) -> Vec<Option<u64>> {
    with_graph(bindings, |world, graph| {
        let reached = reach(&graph.hypergraph, &facts(entry, world, graph), &Without::nothing());
        let cost = |goal: &&str| {
            let fact = reached.cheapest(&facts(goal, world, graph))?;
            reached.cost(fact)
        };
        GOALS.iter().map(cost).collect()
    })
}

/// What is there before any edit.
fn at_first() -> BTreeMap<(Option<String>, String), Binding> {
    let bosses = vec![Subject::group("bosses"), Subject::user("root")];
    let role = RoleRef::cluster_role("cluster-admin");
    let first = Binding::new(None, "first", role, bosses);
    let knative = vec![Subject::service_account("ops", "knative")];
    let needed = Binding::new(None, "knative", RoleRef::cluster_role("deploy"), knative);
    [first, needed].into_iter().map(|binding| (key(&binding), binding)).collect()
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        select(vec!["jane", "root", "bob", "system:anonymous", "system:node:one"])
            .prop_map(Subject::user),
        select(vec![
            "bosses",
            "system:authenticated",
            "system:serviceaccounts",
            "system:unauthenticated",
            "system:serviceaccounts:shop"
        ])
        .prop_map(Subject::group),
        select(vec![("shop", "web"), ("ops", "agent"), ("ops", "flux"), ("shop", "nobody")])
            .prop_map(|(namespace, name)| Subject::service_account(namespace, name)),
    ]
}

fn binding() -> impl Strategy<Value = Binding> {
    let namespace = select(vec![None, Some("shop"), Some("ops")]);
    let subjects = prop::collection::vec(subject(), 0..3);
    (namespace, select(vec!["a", "b", "c", "d"]), role(), subjects)
        .prop_map(|(namespace, name, role, subjects)| Binding::new(namespace, name, role, subjects))
}

fn role() -> impl Strategy<Value = RoleRef> {
    let several =
        ["half", "other-half", "change-bindings", "bind-some", "change-roles", "escalate"];
    let direct = ["direct-flux", "direct-knative", "define"];
    let lent = ["as-others", "as-bob", "on-some", "on-bindings"];
    prop_oneof![
        4 => select(ROLES).prop_map(RoleRef::cluster_role),
        4 => select(several.to_vec()).prop_map(RoleRef::cluster_role),
        1 => select(direct.to_vec()).prop_map(RoleRef::cluster_role),
        2 => select(lent.to_vec()).prop_map(RoleRef::cluster_role),
        1 => Just(RoleRef::role("local")),
    ]
}

/// Puts bindings in, or takes those of their names away, and asks after each edit. How many edits were made.
fn check(edits: &[(Binding, bool)], entry: &str) -> usize {
    let mut bindings = at_first();
    let strangers = Strangers::default();
    with_graph(&at_first(), |world, graph| {
        let goals = GOALS.iter().map(|goal| endpoint(goal)).collect();
        let mut live = LiveGraph::new(world, graph, &strangers, vec![endpoint(entry)], goals);
        let mut made = 0;
        for (binding, is_taken) in edits {
            let (key, binding) = (key(binding), binding.clone());
            let edit = if *is_taken {
                live.take(key.0.as_deref(), &key.1)
                    .map(|was| assert_eq!(was, bindings.contains_key(&key)))
            } else {
                live.put(binding.clone())
            };
            match edit {
                Ok(()) if *is_taken => drop(bindings.remove(&key)),
                Ok(()) => drop(bindings.insert(key, binding)),
                // Knative deploys what it is told to.
                Err(Unclear::Operator) => continue,
                Err(why) => panic!("{why}"),
            }
            made += 1;
            let costs: Vec<_> = (0..GOALS.len()).map(|goal| live.cost(goal)).collect();
            assert_eq!(costs, from_scratch(&bindings, entry), "from {entry}: {bindings:#?}");
        }
        made
    })
}

fn bind(namespace: Option<&str>, role: &str, subject: Subject) -> (Binding, bool) {
    (Binding::new(namespace, "a", RoleRef::cluster_role(role), vec![subject]), false)
}

#[test]
fn whoever_is_made_an_administrator_reaches_everything_until_that_is_taken_back() {
    let web = Subject::service_account("shop", "web");
    let (binding, _) = bind(None, "cluster-admin", web.clone());
    let taken = (binding.clone(), true);
    assert_eq!(check(&[(binding, false), taken, bind(Some("shop"), "read", web)], ENTRIES[0]), 3);
}

#[test]
fn roles_that_give_single_rights_are_never_refused() {
    let web = || Subject::service_account("shop", "web");
    for role in ["cluster-admin", "run", "enter", "read", "tokens", "nothing", "missing", "half"] {
        for namespace in [None, Some("shop"), Some("ops")] {
            for subject in [web(), Subject::user("jane"), Subject::group("system:unauthenticated")]
            {
                let edit = bind(namespace, role, subject);
                let taken = (edit.0.clone(), true);
                assert_eq!(check(&[edit, taken], ENTRIES[0]), 2, "{role} in {namespace:?}");
            }
        }
    }
}

#[test]
fn a_namespace_that_nothing_is_known_about_is_refused() {
    let strangers = Strangers::default();
    with_graph(&at_first(), |world, graph| {
        let mut live = LiveGraph::new(world, graph, &strangers, Vec::new(), Vec::new());
        let (elsewhere, _) = bind(Some("else"), "run", Subject::user("jane"));
        assert_eq!(live.put(elsewhere), Err(Unclear::Namespace("else".to_owned())));
    });
}

/// What an operator does for others depends on what it may do itself.
#[test]
fn what_lets_an_operator_do_what_it_is_told_is_refused() {
    let objects = format!(
        "{OBJECTS}---
apiVersion: v1
kind: Pod
metadata: {{name: eso, namespace: ops}}
spec:
  serviceAccountName: eso
  containers: [{{name: eso, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0'}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: secretstores.external-secrets.io}}
spec: {{group: external-secrets.io}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: stores}}
rules: [{{apiGroups: [external-secrets.io], resources: [secretstores], verbs: [create]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: eso}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: read}}
subjects: [{{kind: ServiceAccount, name: eso, namespace: ops}}]
"
    );
    let inventory = inventory(&objects);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    let (graph, strangers) = (attack_graph(&world), Strangers::default());
    let mut live = LiveGraph::new(&world, &graph, &strangers, Vec::new(), Vec::new());
    let mut put = |role: &str, subject: Subject| live.put(bind(None, role, subject).0);
    let eso = || Subject::service_account("ops", "eso");
    assert_eq!(put("stores", Subject::user("jane")), Ok(()));
    assert_eq!(put("tokens", eso()), Err(Unclear::Operator));
    assert_eq!(put("tokens", Subject::group("system:serviceaccounts:ops")), Err(Unclear::Operator));
    assert_eq!(put("tokens", Subject::service_account("shop", "web")), Ok(()));
    assert_eq!(put("change-roles", eso()), Ok(()));
    assert_eq!(live.take(None, "eso"), Err(Unclear::Operator));
}

#[test]
fn what_an_operator_needs_itself_is_refused() {
    let strangers = Strangers::default();
    with_graph(&at_first(), |world, graph| {
        let mut live = LiveGraph::new(world, graph, &strangers, Vec::new(), Vec::new());
        let knative = || Subject::service_account("ops", "knative");
        let mut put = |role, subject| live.put(bind(None, role, subject).0);
        assert_eq!(put("deploy", knative()), Err(Unclear::Operator));
        assert_eq!(
            put("cluster-admin", Subject::group("system:serviceaccounts:ops")),
            Err(Unclear::Operator)
        );
        assert_eq!(put("read", knative()), Ok(()));
        assert_eq!(put("deploy", Subject::user("jane")), Ok(()));
        assert_eq!(live.take(None, "knative"), Err(Unclear::Operator));
    });
}

#[test]
fn whoever_directs_an_operator_has_what_it_has_until_that_is_taken_back() {
    let jane = || Subject::user("jane");
    for role in ["direct-flux", "direct-knative", "define"] {
        for namespace in [None, Some("shop"), Some("ops")] {
            let edit = bind(namespace, role, jane());
            let other = (Binding { name: "b".to_owned(), ..edit.0.clone() }, false);
            let (taken, last) = ((edit.0.clone(), true), (other.0.clone(), true));
            assert_eq!(check(&[edit, other, taken, last], "user jane"), 4);
        }
    }
}

/// Roles with whom they are bound to in the whole cluster: all of them lead from the entry to the goal, and the last
/// alone is not what it takes.
fn together(given: &[(&str, Subject)], entry: &str, goal: &str) {
    let edit = |(number, (role, subject)): (usize, &(&str, Subject))| {
        let name = format!("r{number}");
        let role = RoleRef::cluster_role(role);
        (Binding::new(None, &name, role, vec![subject.clone()]), false)
    };
    let edits: Vec<(Binding, bool)> = given.iter().enumerate().map(edit).collect();
    let mut bindings = at_first();
    let place = GOALS.iter().position(|own| *own == goal).unwrap();
    assert_eq!(from_scratch(&bindings, entry)[place], None, "{given:?}");
    bindings.extend(edits.iter().map(|(it, _)| (key(it), it.clone())));
    assert!(from_scratch(&bindings, entry)[place].is_some(), "{given:?}");
    for first in 0..edits.len() {
        let mut series = edits.clone();
        series.rotate_left(first);
        let taken: Vec<_> = series.iter().map(|(it, _)| (it.clone(), true)).collect();
        series.extend(taken);
        assert_eq!(check(&series, entry), series.len());
    }
}

#[test]
fn what_several_bindings_give_together_is_followed_in_any_order() {
    let (jane, web) = (|| Subject::user("jane"), || Subject::service_account("shop", "web"));
    let everybody = || Subject::group("system:authenticated");
    let shop = || Subject::group("system:serviceaccounts:shop");
    let admin = "cluster-admin";
    together(&[("half", jane()), ("other-half", jane())], "user jane", admin);
    // What a group holds counts for its members.
    together(&[("half", shop()), ("other-half", web())], "pod shop/web", admin);
    together(&[("half", web()), ("other-half", everybody())], "pod shop/web", admin);
    // It matters what else the holder is bound to.
    let escalated =
        |who: fn() -> Subject| [("change-roles", jane()), ("escalate-sum", jane()), ("sum", who())];
    together(&escalated(|| Subject::user("jane")), "user jane", admin);
    together(&escalated(|| Subject::group("system:authenticated")), "user jane", admin);
    // It matters which bindings there are.
    let changed =
        [("change-bindings", jane()), ("bind-some", jane()), ("read", Subject::user("bob"))];
    together(&changed, "user jane", "secret shop/key");
    together(&[("half", jane()), ("bind-some", jane())], "user jane", "secret shop/key");
    // Several requests may be those of several identities.
    let certified = [("approve", jane()), ("request", everybody()), ("signers", jane())];
    together(&certified, "user jane", "group bosses");
    // Rights of others are lent.
    let lent = [("as-others", jane()), ("on-some", everybody())];
    together(&lent, "user jane", "secret shop/key");
    let lent = [("as-bob", jane()), ("on-some", jane()), ("read", Subject::user("bob"))];
    together(&lent, "user jane", "secret shop/key");
    together(&[("as-others", jane()), ("on-bindings", jane())], "user jane", admin);
}

#[test]
fn what_nobody_could_do_before_leads_on() {
    let gained = [
        ("add-containers", "pod ops/agent"),
        ("kubelet", "pod ops/agent"),
        ("webhooks", "pod ops/agent"),
        ("be-users", "cluster-admin"),
        ("be-bosses", "group bosses"),
        ("run", "node"),
        ("direct-flux", "serviceaccount ops/flux"),
    ];
    for (role, goal) in gained {
        let rest = if role == "be-bosses" { "be-users" } else { "nothing" };
        together(
            &[(role, Subject::user("jane")), (rest, Subject::user("jane"))],
            "user jane",
            goal,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn after_each_edit_goals_cost_what_they_cost_in_a_graph_built_anew(
        edits in prop::collection::vec((binding(), prop::bool::weighted(0.3)), 1..16),
        entry in select(ENTRIES),
    ) {
        check(&edits, entry);
    }
}
