//! The index against looking at everything, and coverage against trying every request.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use merlon_rbac::{
    Authorizer, Binding, Grant, Identity, Policy, PolicyRule, Release, Request, ResourceRequest,
    Role, RoleRef, Subject, User, uncovered,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const VERBS: &[&str] = &["get", "list", "*"];
const GROUPS: &[&str] = &["", "apps", "*"];
const RESOURCES: &[&str] = &["pods", "pods/log", "pods/*", "*/log", "*/scale", "deployments", "*"];
const NAMES: &[&str] = &["", "a", "b", "*"];
const URLS: &[&str] = &["/a", "/a/*", "/a*", "/a/b", "/a**", "*", "/b/*/c"];
const NAMESPACES: &[&str] = &["dev", "ops"];
/// In no rule: it stands for everything that rules do not name.
const FRESH: &str = "fresh";

fn words(
    of: &'static [&'static str],
    least: usize,
    most: usize,
) -> impl Strategy<Value = Vec<String>> {
    subsequence(of, least..=most).prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn rule() -> impl Strategy<Value = PolicyRule> {
    let resources = (
        words(VERBS, 0, 2),
        words(GROUPS, 0, 2),
        words(RESOURCES, 0, 2),
        prop_oneof![Just(Vec::new()), words(NAMES, 1, 2)],
    );
    let resources = resources.prop_map(|(verbs, api_groups, resources, resource_names)| {
        PolicyRule { verbs, api_groups, resources, resource_names, non_resource_urls: Vec::new() }
    });
    let urls = (words(VERBS, 0, 2), words(URLS, 1, 2)).prop_map(|(verbs, non_resource_urls)| {
        PolicyRule { verbs, non_resource_urls, ..PolicyRule::default() }
    });
    prop_oneof![3 => resources, 1 => urls]
}

fn subject() -> impl Strategy<Value = Subject> {
    let groups = select(vec!["g", "system:authenticated", "system:serviceaccounts:dev"]);
    prop_oneof![
        select(vec!["u", "system:serviceaccount:dev:s"]).prop_map(Subject::user),
        groups.prop_map(Subject::group),
        (select(vec!["", "dev", "ops"]), select(vec!["s", "t"]))
            .prop_map(|(namespace, name)| Subject::service_account(namespace, name)),
    ]
}

fn namespace() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![Just(None), select(NAMESPACES).prop_map(Some)]
}

fn policy() -> impl Strategy<Value = (Vec<Role>, Vec<Binding>)> {
    let names = || select(vec!["r0", "r1", "r2"]);
    let role = (namespace(), names(), prop::collection::vec(rule(), 0..3))
        .prop_map(|(namespace, name, rules)| Role::new(namespace, name, rules));
    let reference = (any::<bool>(), names()).prop_map(|(cluster, name)| {
        if cluster { RoleRef::cluster_role(name) } else { RoleRef::role(name) }
    });
    let binding = (
        namespace(),
        select(vec!["b0", "b1", "b2", "b3"]),
        reference,
        prop::collection::vec(subject(), 0..4),
    )
        .prop_map(|(namespace, name, role, subjects)| {
            Binding::new(namespace, name, role, subjects)
        });
    (prop::collection::vec(role, 0..8), prop::collection::vec(binding, 0..10))
}

fn request() -> impl Strategy<Value = Asked> {
    select(requests())
}

/// A request of the small universe, which every list of words is part of, and something else besides.
type Asked = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

fn requests() -> Vec<Asked> {
    let mut all = Vec::new();
    for verb in ["get", "list", "*", FRESH] {
        for group in ["", "apps", "*", FRESH] {
            for resource in ["pods", "deployments", "*", FRESH] {
                for sub in ["", "log", "scale", "*", FRESH] {
                    for name in ["", "a", "b", "*", FRESH] {
                        all.push((verb, group, resource, sub, name, "", ""));
                    }
                }
            }
        }
        for path in [
            "/a",
            "/a/",
            "/a/b",
            "/afresh",
            "/a/fresh",
            "/b/fresh/c",
            "/b/*/c",
            "/b/*/cfresh",
            FRESH,
            "/a*",
            "/a/*",
            "/a**",
            "*",
        ] {
            all.push((verb, "", "", "", "", "", path));
        }
    }
    all
}

fn as_request<'a>(asked: &'a Asked, namespace: &'a str) -> Request<'a> {
    let (verb, group, resource, subresource, name, _, path) = *asked;
    if path.is_empty() {
        Request::Resource(ResourceRequest {
            verb,
            group,
            resource,
            subresource,
            namespace,
            name,
            fields: &[],
        })
    } else {
        Request::NonResource { verb, path }
    }
}

/// Every grant, by going through every binding, subject and rule.
fn brute_force(policy: &Policy, request: &Request<'_>) -> BTreeMap<Identity, BTreeSet<Grant>> {
    let mut found: BTreeMap<Identity, BTreeSet<Grant>> = BTreeMap::new();
    for (id, binding) in policy.bindings() {
        if binding.namespace.is_some() && binding.namespace() != request.namespace() {
            continue;
        }
        let meant = policy.roles().find(|(_, role)| {
            role.name == binding.role.name
                && match binding.role.kind.as_str() {
                    "ClusterRole" => role.namespace.is_none(),
                    _ => role.namespace.is_some() && role.namespace == binding.namespace,
                }
        });
        let Some((role_id, role)) = meant else { continue };
        for (rule_index, rule) in (0..).zip(&role.rules) {
            for (subject_index, subject) in (0..).zip(&binding.subjects) {
                let Some(identity) = binding.identity(subject) else { continue };
                if rule.allows(request) {
                    let grant = Grant {
                        role: role_id,
                        rule: rule_index,
                        binding: id,
                        subject: subject_index,
                    };
                    found.entry(identity).or_default().insert(grant);
                }
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn the_index_finds_what_looking_at_everything_finds(
        (roles, bindings) in policy(),
        asked in request(),
        namespace in select(vec!["", "dev", "ops", "none"]),
    ) {
        let authorizer = Authorizer::new(Policy::new(roles, bindings, []), Release::unknown());
        let request = as_request(&asked, namespace);
        let expected = brute_force(authorizer.policy(), &request);
        let who = authorizer.who_can(&request);
        let found: BTreeMap<Identity, BTreeSet<Grant>> = who
            .holders()
            .map(|(identity, grants)| (identity.clone(), grants.iter().copied().collect()))
            .collect();
        prop_assert_eq!(&found, &expected);
        prop_assert!(who.holders().all(|(_, grants)| grants.is_sorted()));
        for user in [User::named("u"), User::service_account("dev", "s"), User::anonymous().member_of("g")] {
            let own: BTreeSet<Grant> =
                user.identities().iter().filter_map(|identity| expected.get(identity)).flatten().copied().collect();
            let decision = authorizer.authorize(&user, &request);
            prop_assert_eq!(decision.allowed, !own.is_empty());
            prop_assert_eq!(decision.grants.into_iter().collect::<BTreeSet<_>>(), own);
        }
    }

    #[test]
    fn service_accounts_are_those_whom_the_authorizer_lets((roles, bindings) in policy(), asked in request()) {
        let authorizer = Authorizer::new(Policy::new(roles, bindings, []), Release::unknown());
        let request = as_request(&asked, "dev");
        let found: BTreeMap<Identity, Vec<Grant>> = authorizer.who_can(&request).service_accounts().collect();
        for (namespace, name) in authorizer.policy().service_accounts() {
            let decision = authorizer.authorize(&User::service_account(namespace, name), &request);
            let own = found.get(&Identity::service_account(namespace, name)).cloned().unwrap_or_default();
            prop_assert_eq!(own, decision.grants);
        }
    }

    #[test]
    fn the_order_of_objects_does_not_matter((roles, bindings) in policy(), asked in request()) {
        let different = |mut bindings: Vec<Binding>, mut roles: Vec<Role>| {
            let mut seen = BTreeSet::new();
            bindings.retain(|each| seen.insert((each.namespace.clone(), each.name.clone())));
            let mut seen = BTreeSet::new();
            roles.retain(|each| seen.insert((each.namespace.clone(), each.name.clone())));
            (bindings, roles)
        };
        let (mut bindings, mut roles) = different(bindings, roles);
        let one = Authorizer::new(Policy::new(roles.clone(), bindings.clone(), []), Release::unknown());
        bindings.reverse();
        roles.reverse();
        let other = Authorizer::new(Policy::new(roles, bindings, []), Release::unknown());
        let request = as_request(&asked, "dev");
        let told = |authorizer: &Authorizer| format!("{:?}", authorizer.who_can(&request).holders().collect::<Vec<_>>());
        prop_assert_eq!(told(&one), told(&other));
    }

    #[test]
    fn covered_rules_allow_nothing_more_and_uncovered_ones_do(
        owners in prop::collection::vec(rule(), 0..4),
        servants in prop::collection::vec(rule(), 1..3),
    ) {
        let held: Vec<&PolicyRule> = owners.iter().collect();
        let covered = uncovered(&held, &servants).is_empty();
        let more = requests().iter().any(|asked| {
            let request = as_request(asked, "");
            servants.iter().any(|rule| rule.allows(&request)) && !owners.iter().any(|rule| rule.allows(&request))
        });
        prop_assert_eq!(covered, !more, "{:?} {:?}", owners, servants);
    }

    #[test]
    fn every_rule_covers_itself(rules in prop::collection::vec(rule(), 0..4)) {
        let held: Vec<&PolicyRule> = rules.iter().collect();
        prop_assert_eq!(uncovered(&held, &rules), Vec::new());
    }
}
