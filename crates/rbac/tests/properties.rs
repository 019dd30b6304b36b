//! The index against looking at everything, and coverage against trying every request.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use merlon_rbac::{
    Authorizer, Binding, Grant, Identity, Policy, PolicyRule, Release, Request, ResourceRequest,
    Role, RoleRef, Scope, Subject, User, WhoCan, changes, risk, uncovered,
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

/// Verb, group, resource, subresource, name, path; a request for a path has no resource.
type Asked = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Every request of the small universe, which every list of words is part of, and something else besides.
fn requests() -> Vec<Asked> {
    let mut all = Vec::new();
    for verb in ["get", "list", "*", FRESH] {
        for group in ["", "apps", "*", FRESH] {
            for resource in ["pods", "deployments", "*", FRESH] {
                for sub in ["", "log", "scale", "*", FRESH] {
                    for name in ["", "a", "b", "*", FRESH] {
                        all.push((verb, group, resource, sub, name, ""));
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
            all.push((verb, "", "", "", "", path));
        }
    }
    all
}

fn as_request<'a>(asked: &'a Asked, namespace: &'a str) -> Request<'a> {
    let (verb, group, resource, subresource, name, path) = *asked;
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
fn brute_force(
    policy: &Policy,
    request: &Request<'_>,
    anywhere: bool,
) -> BTreeMap<Identity, BTreeSet<Grant>> {
    let mut found: BTreeMap<Identity, BTreeSet<Grant>> = BTreeMap::new();
    for (id, binding) in policy.bindings() {
        let in_scope = anywhere && matches!(request, Request::Resource(_));
        if !in_scope && binding.namespace.is_some() && binding.namespace() != request.namespace() {
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

fn told(who: &WhoCan<'_>) -> BTreeMap<Identity, BTreeSet<Grant>> {
    who.holders()
        .map(|(identity, grants)| (identity.clone(), grants.iter().copied().collect()))
        .collect()
}

/// Rules of which one is often a part of the other.
fn close_rule() -> impl Strategy<Value = PolicyRule> {
    let resources = (
        words(&["get", "*"], 1, 2),
        words(&["", "*"], 1, 2),
        words(&["pods", "pods/log", "pods/*", "*/log", "*"], 1, 2),
        prop_oneof![2 => Just(Vec::new()), 3 => words(&["a", "b", "*"], 1, 2)],
    );
    let resources = resources.prop_map(|(verbs, api_groups, resources, resource_names)| {
        PolicyRule { verbs, api_groups, resources, resource_names, non_resource_urls: Vec::new() }
    });
    let urls = (words(&["get", "*"], 1, 2), words(URLS, 1, 2)).prop_map(|(verbs, urls)| {
        PolicyRule { verbs, non_resource_urls: urls, ..PolicyRule::default() }
    });
    prop_oneof![2 => resources, 1 => urls]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_index_finds_what_looking_at_everything_finds((roles, bindings) in policy()) {
        let authorizer = Authorizer::new(Policy::new(roles, bindings, []), Release::unknown());
        let users =
            [User::named("u"), User::service_account("dev", "s"), User::anonymous().member_of("g")];
        for (asked, namespace) in requests().iter().zip(["", "dev", "ops", "none", "dev"].iter().cycle()) {
            let request = as_request(asked, namespace);
            let expected = brute_force(authorizer.policy(), &request, false);
            let who = authorizer.who_can(&request);
            prop_assert_eq!(&told(&who), &expected);
            let everywhere = brute_force(authorizer.policy(), &request, true);
            prop_assert_eq!(&told(&authorizer.who_can_anywhere(&request)), &everywhere);
            prop_assert!(who.holders().all(|(_, grants)| grants.is_sorted()));
            for user in &users {
                let own: BTreeSet<Grant> = user
                    .identities()
                    .iter()
                    .filter_map(|identity| expected.get(identity))
                    .flatten()
                    .copied()
                    .collect();
                let decision = authorizer.authorize(user, &request);
                prop_assert_eq!(decision.allowed, !own.is_empty());
                prop_assert_eq!(decision.grants.into_iter().collect::<BTreeSet<_>>(), own);
            }
            for (account, grants) in who.service_accounts() {
                prop_assert_eq!(grants, authorizer.authorize(&account.user(), &request).grants);
            }
            let may = |(space, name): &(&str, &str)| {
                authorizer.authorize(&User::service_account(space, name), &request).allowed
            };
            let all = authorizer.policy().service_accounts().filter(may).count();
            prop_assert_eq!(who.service_accounts().count(), all);
        }
    }

    #[test]
    fn the_order_of_objects_does_not_matter((roles, bindings) in policy()) {
        let mut seen = BTreeSet::new();
        let mut roles = roles;
        roles.retain(|each| seen.insert((each.namespace.clone(), each.name.clone())));
        let mut seen = BTreeSet::new();
        let mut bindings = bindings;
        bindings.retain(|each| seen.insert((each.namespace.clone(), each.name.clone())));
        let told = |roles: &[Role], bindings: &[Binding]| {
            let policy = Policy::new(roles.to_vec(), bindings.to_vec(), []);
            let authorizer = Authorizer::new(policy, Release::unknown());
            let who = authorizer.who_can(&Request::resource("get", "", "pods").within("dev"));
            let held = authorizer.rules_of(&User::named("u"));
            format!("{:?} {held:?}", who.holders().collect::<Vec<_>>())
        };
        let one = told(&roles, &bindings);
        roles.reverse();
        bindings.reverse();
        prop_assert_eq!(one, told(&roles, &bindings));
    }

    #[test]
    fn an_authorizer_with_edited_bindings_answers_as_one_made_with_them(
        (roles, bindings) in policy(),
        (_, edits) in policy(),
        taken in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        written in any::<bool>(),
    ) {
        let accounts = || written.then(|| ("dev".to_owned(), "s".to_owned()));
        let made = |bindings: &[Binding]| {
            let policy = Policy::new(roles.clone(), bindings.to_vec(), accounts());
            Authorizer::new(policy, Release::unknown())
        };
        let key = |binding: &Binding| (binding.namespace.clone(), binding.name.clone());
        let mut there: BTreeMap<_, Binding> =
            bindings.into_iter().map(|binding| (key(&binding), binding)).collect();
        let list = |there: &BTreeMap<_, Binding>| there.values().cloned().collect::<Vec<_>>();
        let mut live = made(&list(&there));
        let taken = taken.into_iter().map(Some).chain(std::iter::repeat(None));
        for (edit, taken) in edits.into_iter().zip(taken) {
            prop_assert_eq!(live.put_binding(edit.clone()), there.insert(key(&edit), edit));
            if let Some(taken) = taken {
                let (namespace, name) = there.keys().nth(taken.index(there.len())).unwrap().clone();
                let gone = live.take_binding(namespace.as_deref(), &name);
                prop_assert_eq!(gone, there.remove(&(namespace.clone(), name.clone())));
                prop_assert_eq!(live.take_binding(namespace.as_deref(), &name), None);
            }
            // All that an authorizer knows is in its debug format.
            let scratch = made(&list(&there));
            prop_assert_eq!(format!("{live:?}"), format!("{scratch:?}"));
        }
        let scratch = made(&list(&there));
        for (asked, namespace) in requests().iter().step_by(7).zip(["", "dev", "ops"].iter().cycle()) {
            let request = as_request(asked, namespace);
            prop_assert_eq!(told(&live.who_can(&request)), told(&scratch.who_can(&request)));
            for user in [User::named("u"), User::service_account("dev", "s")] {
                prop_assert_eq!(live.authorize(&user, &request), scratch.authorize(&user, &request));
            }
        }
        let robot = User::service_account("dev", "s");
        prop_assert_eq!(risk::primitives_of(&live, &robot), risk::primitives_of(&scratch, &robot));
    }

    #[test]
    fn every_rule_covers_itself(rules in prop::collection::vec(rule(), 0..4)) {
        let held: Vec<&PolicyRule> = rules.iter().collect();
        prop_assert_eq!(uncovered(&held, &rules), Vec::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn covered_rules_allow_nothing_more_and_uncovered_ones_do(
        owners in prop::collection::vec(close_rule(), 1..4),
        servant in close_rule(),
    ) {
        let held: Vec<&PolicyRule> = owners.iter().collect();
        let covered = uncovered(&held, std::slice::from_ref(&servant)).is_empty();
        let more = requests().iter().any(|asked| {
            let request = as_request(asked, "");
            servant.allows(&request) && !owners.iter().any(|rule| rule.allows(&request))
        });
        prop_assert_eq!(covered, !more, "{:?} {:?}", owners, servant);
    }

    #[test]
    fn merged_permissions_allow_what_the_rules_do((roles, bindings) in policy()) {
        let authorizer = Authorizer::new(Policy::new(roles, bindings, []), Release::unknown());
        for user in [User::named("u"), User::service_account("dev", "s")] {
            let permissions = authorizer.permissions_of(&user);
            for (asked, namespace) in requests().iter().zip(["", "dev", "ops"].iter().cycle()) {
                let request = as_request(asked, namespace);
                let by_merged = permissions.iter().any(|each| {
                    let counts = match &each.scope {
                        Scope::Cluster => true,
                        Scope::Namespace(own) => own == request.namespace(),
                    };
                    counts && each.rule.allows(&request)
                });
                prop_assert_eq!(authorizer.authorize(&user, &request).allowed, by_merged);
            }
        }
    }

    #[test]
    fn what_is_allowed_only_after_a_change_is_gained((a, b) in (policy(), policy())) {
        let [before, after] = [a, b].map(|(roles, bindings)| {
            Authorizer::new(Policy::new(roles, bindings, []), Release::unknown())
        });
        prop_assert!(changes(&before, &before).is_empty());
        let forth = changes(&before, &after);
        let back = changes(&after, &before);
        let gained: Vec<_> = forth.iter().map(|it| (&it.identity, &it.gained, &it.lost)).collect();
        let lost: Vec<_> = back.iter().map(|it| (&it.identity, &it.lost, &it.gained)).collect();
        prop_assert_eq!(gained, lost);
        for identity in [Identity::User("u".to_owned()), Identity::service_account("dev", "s")] {
            let user = identity.user();
            let change = forth.iter().find(|change| change.identity == identity);
            for (asked, namespace) in requests().iter().zip(["", "dev", "ops"].iter().cycle()) {
                let request = as_request(asked, namespace);
                let now = after.authorize(&user, &request);
                let own = now.grants.iter().any(|grant| after.is_to(grant, &identity));
                if !own || before.authorize(&user, &request).allowed {
                    continue;
                }
                let mut told = change.iter().flat_map(|change| &change.gained);
                prop_assert!(told.any(|each| each.rule.allows(&request)), "{:?}", request);
            }
        }
    }
}
