//! Rules of a policy that decide about no request.
//!
//! A rule is taken apart into pieces: one user, one group, one verb, one namespace, one resource,
//! one name of those it lists. A piece is dead when no request can match it, or when one earlier
//! rule matches all that it matches. A rule is dead when all of its pieces are. This never calls a
//! live rule dead; it may miss one that only several earlier rules cover together.

use std::collections::BTreeSet;

use super::{GroupResources, Policy, Rule};

/// Why a rule decides about no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::apiserver) enum Dead {
    /// No request matches it; the reasons.
    Impossible(BTreeSet<String>),
    /// These earlier rules, by place, match whatever it could match.
    Covered(BTreeSet<usize>),
}

/// More comparisons than any policy written by people needs: a few seconds.
const MOST_COMPARISONS: usize = 5_000_000;

/// The rules that decide about no request, by place.
///
/// # Errors
/// When the policy is too large to be looked through.
pub(in crate::apiserver) fn dead_rules(
    policy: &Policy,
) -> Result<Vec<(usize, Dead)>, &'static str> {
    let mut left = MOST_COMPARISONS;
    let mut dead = Vec::new();
    for (place, rule) in policy.rules.iter().enumerate() {
        if let Some(why) = death(rule, &policy.rules[..place], &mut left)? {
            dead.push((place, why));
        }
    }
    Ok(dead)
}

fn death(rule: &Rule, earlier: &[Rule], left: &mut usize) -> Result<Option<Dead>, &'static str> {
    let (mut reasons, mut covering) = (BTreeSet::new(), BTreeSet::new());
    for piece in Piece::all_of(rule) {
        if let Some(reason) = piece.impossible() {
            reasons.insert(reason);
            *left = left.saturating_sub(1);
        } else {
            let covers = earlier.iter().position(|rule| covers(rule, &piece));
            let compared = covers.map_or(earlier.len(), |place| place + 1);
            *left = left.saturating_sub(compared);
            match covers {
                Some(place) => covering.insert(place),
                None => return Ok(None),
            };
        }
        if *left == 0 {
            return Err("its rules name too much to compare them all");
        }
    }
    Ok(Some(if covering.is_empty() { Dead::Impossible(reasons) } else { Dead::Covered(covering) }))
}

/// A part of what a rule matches; `None` asks nothing.
#[derive(Clone, Copy, Debug)]
struct Piece<'r> {
    user: Option<&'r str>,
    group: Option<&'r str>,
    verb: Option<&'r str>,
    what: What<'r>,
}

#[derive(Clone, Copy, Debug)]
enum What<'r> {
    Everything,
    Path(&'r str),
    Objects { namespace: Option<&'r str>, of: Option<Of<'r>> },
}

/// Objects of one API group.
#[derive(Clone, Copy, Debug)]
struct Of<'r> {
    group: &'r str,
    resource: Option<&'r str>,
    name: Option<&'r str>,
}

impl<'r> Piece<'r> {
    fn all_of(rule: &'r Rule) -> impl Iterator<Item = Self> {
        let whats = What::all_of(rule);
        each(&rule.users).flat_map(move |user| {
            let whats = whats.clone();
            each(&rule.groups).flat_map(move |group| {
                let whats = whats.clone();
                each(&rule.verbs).flat_map(move |verb| {
                    let whats = whats.clone();
                    whats.into_iter().map(move |what| Piece { user, group, verb, what })
                })
            })
        })
    }

    /// Why no request matches, if none does.
    fn impossible(&self) -> Option<String> {
        self.verb.and_then(|verb| impossible_verb(verb, &self.what)).or_else(|| match self.what {
            What::Everything => None,
            What::Path(path) => impossible_path(path),
            What::Objects { namespace: Some("*"), .. } => {
                Some("namespaces know no wildcard; leave them out to mean all".to_owned())
            }
            What::Objects { of: Some(Of { group, resource: Some(resource), .. }), .. } => {
                impossible_resource(group, resource)
            }
            What::Objects { .. } => None,
        })
    }
}

impl<'r> What<'r> {
    fn all_of(rule: &'r Rule) -> Vec<Self> {
        if rule.is_about_objects() {
            let mut whats = Vec::new();
            for namespace in each(&rule.namespaces) {
                let of = rule.resources.iter().flat_map(Of::all_of).map(Some);
                let any = rule.resources.is_empty().then_some(None);
                whats.extend(of.chain(any).map(|of| Self::Objects { namespace, of }));
            }
            whats
        } else if rule.urls.is_empty() {
            vec![Self::Everything]
        } else {
            rule.urls.iter().map(|url| Self::Path(url)).collect()
        }
    }
}

impl<'r> Of<'r> {
    fn all_of(resources: &'r GroupResources) -> impl Iterator<Item = Self> {
        let any = resources.resources.is_empty().then_some(None);
        let listed = resources.resources.iter().map(|resource| Some(resource.as_str()));
        listed.chain(any).flat_map(move |resource| {
            each(&resources.names).map(move |name| Self { group: &resources.group, resource, name })
        })
    }
}

/// Each part of a list; when it is empty, once the part that asks nothing.
fn each(list: &BTreeSet<String>) -> impl Iterator<Item = Option<&str>> {
    let any = list.is_empty().then_some(None);
    list.iter().map(|part| Some(part.as_str())).chain(any)
}

/// Whether the rule matches every request that the piece matches.
fn covers(rule: &Rule, piece: &Piece<'_>) -> bool {
    covers_part(&rule.users, piece.user)
        && covers_part(&rule.groups, piece.group)
        && covers_part(&rule.verbs, piece.verb)
        && covers_what(rule, &piece.what)
}

fn covers_part(asked: &BTreeSet<String>, part: Option<&str>) -> bool {
    asked.is_empty() || part.is_some_and(|part| asked.contains(part))
}

fn covers_what(rule: &Rule, what: &What<'_>) -> bool {
    if !rule.is_about_objects() {
        return rule.urls.is_empty()
            || matches!(what, What::Path(path) if rule.urls.iter().any(|url| covers_path(url, path)));
    }
    match what {
        What::Everything | What::Path(_) => false,
        What::Objects { namespace, of } => {
            covers_part(&rule.namespaces, *namespace)
                && (rule.resources.is_empty()
                    || rule.resources.iter().any(|resources| covers_of(resources, of.as_ref())))
        }
    }
}

fn covers_path(url: &str, path: &str) -> bool {
    // What `path` matches begins with `path` without its own wildcard.
    url == path
        || (url.ends_with('*') && path.trim_end_matches('*').starts_with(url.trim_end_matches('*')))
}

fn covers_of(resources: &GroupResources, of: Option<&Of<'_>>) -> bool {
    let (group, resource, name) = match of {
        Some(of) => (Some(of.group), of.resource, of.name),
        None => (None, None, None),
    };
    let in_group = resources.group == "*" || group == Some(resources.group.as_str());
    let any_resource = resources.resources.is_empty();
    in_group
        && (any_resource
            || (covers_part(&resources.names, name)
                && resources.resources.iter().any(|by| covers_resource(by, resource))))
}

fn covers_resource(by: &str, resource: Option<&str>) -> bool {
    if by == "*" || resource == Some(by) {
        return true;
    }
    let Some(resource) = resource else {
        return false;
    };
    let (main, sub) = resource.split_once('/').unwrap_or((resource, ""));
    match by.split_once('/') {
        Some(("*", by_sub)) => main != "*" && !sub.is_empty() && sub != "*" && by_sub == sub,
        Some((by_main, "*")) => main == by_main,
        _ => false,
    }
}

/// The verbs of requests for objects: `pkg/endpoints/request/requestinfo.go`.
const OBJECT_VERBS: [&str; 9] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "proxy"];

fn impossible_verb(verb: &str, what: &What<'_>) -> Option<String> {
    if verb == "*" {
        return Some("verbs know no wildcard; leave them out to mean all".to_owned());
    }
    let about_objects = matches!(what, What::Objects { .. });
    if about_objects && !verb.is_empty() && !OBJECT_VERBS.contains(&verb) {
        return Some(format!("no request for an object has the verb {verb}"));
    }
    // Elsewhere the verb is the HTTP method in lower case, whichever it is.
    let upper = verb.contains(|letter: char| letter.is_ascii_uppercase());
    upper.then(|| format!("verbs are in lower case, {verb} is not"))
}

/// Paths below these belong to the resource API once they name a resource.
fn impossible_path(path: &str) -> Option<String> {
    let mut parts = path.trim_end_matches('*').split('/').filter(|part| !part.is_empty());
    let before_resource = match parts.next()? {
        "api" => 1,
        "apis" => 2,
        _ => return None,
    };
    let reason = || format!("{path} is a path of the resource API, which resources stand for");
    (parts.count() > before_resource).then(reason)
}

fn impossible_resource(group: &str, resource: &str) -> Option<String> {
    let (main, sub) = match resource.split_once('/') {
        None => (resource, None),
        Some((main, sub)) => (main, Some(sub)),
    };
    let literal = |part: &str| !part.is_empty() && !part.contains(['*', '/']);
    let well_formed = match (main, sub) {
        ("*", None) => true,
        ("*", Some(sub)) => literal(sub),
        (main, None | Some("*")) => literal(main),
        (main, Some(sub)) => literal(main) && literal(sub),
    };
    if !well_formed {
        return Some(format!("{resource:?} is not a form that matches resources"));
    }
    if resource.contains(|letter: char| letter.is_ascii_uppercase()) {
        return Some(format!("resources are in lower case, {resource} is not"));
    }
    let (_, other) = NOT_CORE.iter().find(|(name, _)| group.is_empty() && *name == main)?;
    Some(format!("{main} is not in the core group but in {other}"))
}

/// Resources that get looked for in the core group, with the group they are in.
const NOT_CORE: [(&str, &str); 28] = [
    ("certificatesigningrequests", "certificates.k8s.io"),
    ("clusterrolebindings", "rbac.authorization.k8s.io"),
    ("clusterroles", "rbac.authorization.k8s.io"),
    ("controllerrevisions", "apps"),
    ("cronjobs", "batch"),
    ("csidrivers", "storage.k8s.io"),
    ("csinodes", "storage.k8s.io"),
    ("customresourcedefinitions", "apiextensions.k8s.io"),
    ("daemonsets", "apps"),
    ("deployments", "apps"),
    ("endpointslices", "discovery.k8s.io"),
    ("horizontalpodautoscalers", "autoscaling"),
    ("ingressclasses", "networking.k8s.io"),
    ("ingresses", "networking.k8s.io"),
    ("jobs", "batch"),
    ("leases", "coordination.k8s.io"),
    ("mutatingwebhookconfigurations", "admissionregistration.k8s.io"),
    ("networkpolicies", "networking.k8s.io"),
    ("poddisruptionbudgets", "policy"),
    ("priorityclasses", "scheduling.k8s.io"),
    ("replicasets", "apps"),
    ("rolebindings", "rbac.authorization.k8s.io"),
    ("roles", "rbac.authorization.k8s.io"),
    ("statefulsets", "apps"),
    ("storageclasses", "storage.k8s.io"),
    ("subjectaccessreviews", "authorization.k8s.io"),
    ("tokenreviews", "authentication.k8s.io"),
    ("validatingwebhookconfigurations", "admissionregistration.k8s.io"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use merlon_yaml::{Limits, Span, parse};
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::super::{GroupResources, Level, Object, Policy, Request, Rule, Target, read};
    use super::{Dead, dead_rules};

    /// Checks which rules are dead: by place, with the places of those that cover them, or `!`.
    fn check(rules: &str, expected: &[(usize, &str)]) {
        let text = format!("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n{rules}");
        let parsed = parse(&text, &Limits::default());
        let (policy, _) = read(&parsed.documents[0].root).expect("a good policy");
        let found: Vec<(usize, String)> = dead_rules(&policy)
            .expect("a small policy")
            .into_iter()
            .map(|(place, dead)| match dead {
                Dead::Impossible(_) => (place, "!".to_owned()),
                Dead::Covered(by) => {
                    let by: Vec<String> = by.iter().map(usize::to_string).collect();
                    (place, by.join(" "))
                }
            })
            .collect();
        let found: Vec<(usize, &str)> = found.iter().map(|(p, by)| (*p, by.as_str())).collect();
        assert_eq!(found, expected, "{rules}");
    }

    #[test]
    fn dead_rules_are_found_and_live_ones_are_not() {
        check("- level: None\n- level: Metadata", &[(1, "0")]);
        check("- {level: None, users: [a]}\n- level: Metadata", &[]);
        check(
            "- {level: None, users: [a, b]}\n- {level: Metadata, users: [b], verbs: [get]}",
            &[(1, "0")],
        );
        check("- {level: None, users: [a]}\n- {level: Metadata, users: [a, b]}", &[]);
        // Two rules cover a third together.
        check(
            "- {level: None, verbs: [get]}\n- {level: None, verbs: [list]}\n- {level: Metadata, verbs: [get, list]}",
            &[(2, "0 1")],
        );
        check(
            "- {level: None, resources: [{group: '', resources: ['pods/*']}]}
- {level: Metadata, resources: [{group: '', resources: [pods, pods/log]}]}
- {level: Metadata, resources: [{group: '', resources: [pods/log, nodes]}]}",
            &[(1, "0")],
        );
        check(
            "- {level: None, resources: [{group: '', resources: [pods]}]}
- {level: Metadata, resources: [{group: '', resources: [pods/log]}]}",
            &[],
        );
        check(
            "- {level: None, resources: [{group: '', resources: ['*/log']}]}
- {level: Metadata, resources: [{group: '', resources: ['pods/*']}]}
- {level: Metadata, resources: [{group: '', resources: ['*/*']}]}",
            &[(2, "!")],
        );
        check(
            "- {level: None, resources: [{group: ''}]}
- {level: Metadata, namespaces: [kube-system], resources: [{group: '', resources: [secrets]}]}
- {level: Metadata, namespaces: [kube-system]}",
            &[(1, "0")],
        );
        check(
            "- {level: None, resources: [{group: '', resources: [configmaps], resourceNames: [a]}]}
- {level: Metadata, resources: [{group: '', resources: [configmaps]}]}",
            &[],
        );
        check(
            "- {level: None, nonResourceURLs: ['/healthz*']}
- {level: None, nonResourceURLs: [/healthz/etcd, '/healthz/*']}
- {level: None, nonResourceURLs: ['/health*']}",
            &[(1, "0")],
        );
        // A rule without a target is about paths as well as objects.
        check("- {level: None, resources: [{group: '*'}]}\n- level: Metadata", &[]);
        // What no request can match.
        check("- {level: None, verbs: ['*']}\n- level: Metadata", &[(0, "!")]);
        check("- {level: None, verbs: [GET]}\n- level: Metadata", &[(0, "!")]);
        check("- {level: None, verbs: [use], namespaces: [a]}\n- level: Metadata", &[(0, "!")]);
        check("- {level: None, verbs: [use, get], namespaces: [a]}", &[]);
        check("- {level: None, verbs: [post], nonResourceURLs: [/x]}", &[]);
        check("- {level: None, namespaces: ['*']}", &[(0, "!")]);
        check("- {level: None, resources: [{group: '', resources: [deployments]}]}", &[(0, "!")]);
        check("- {level: None, resources: [{group: apps, resources: [deployments]}]}", &[]);
        check(
            "- {level: None, resources: [{group: '', resources: [Secrets, 'pods*']}]}",
            &[(0, "!")],
        );
        check("- {level: None, nonResourceURLs: [/api/v1/pods, '/apis/apps/v1/x*']}", &[(0, "!")]);
        check("- {level: None, nonResourceURLs: ['/api/v1*', /apis/apps/v1]}", &[]);
    }

    #[test]
    fn a_huge_policy_is_given_up_on() {
        let users: Vec<String> = (0..2000).map(|user| format!("u{user}")).collect();
        let rule = Rule { users: users.into_iter().collect(), ..anything() };
        let policy = Policy { rules: vec![Rule { verbs: texts(&["x"]), ..rule }; 200] };
        assert!(dead_rules(&policy).is_ok());
        let live = Rule { users: texts(&["other"]), ..anything() };
        let mut rules = vec![live; 3000];
        rules.extend(policy.rules.into_iter().map(|rule| Rule { verbs: BTreeSet::new(), ..rule }));
        assert!(dead_rules(&Policy { rules }).is_err());
    }

    fn anything() -> Rule {
        Rule {
            level: Level::Metadata,
            users: BTreeSet::new(),
            groups: BTreeSet::new(),
            verbs: BTreeSet::new(),
            namespaces: BTreeSet::new(),
            resources: Vec::new(),
            urls: Vec::new(),
            omitted: BTreeSet::new(),
            span: Span::default(),
        }
    }

    fn texts(parts: &[&str]) -> BTreeSet<String> {
        parts.iter().map(|part| (*part).to_owned()).collect()
    }

    fn up_to_two(parts: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
        subsequence(parts, 0..=2).prop_map(|parts| texts(&parts))
    }

    /// Mostly nothing, so that rules often cover each other.
    fn some_of(parts: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
        prop_oneof![
            2 => Just(BTreeSet::new()),
            1 => subsequence(parts, 1..=2).prop_map(|parts| texts(&parts)),
        ]
    }

    fn rules() -> impl Strategy<Value = Rule> {
        let resources = (
            select(&["", "apps", "*"][..]),
            up_to_two(&[
                "pods",
                "nodes",
                "pods/log",
                "pods/*",
                "*",
                "*/log",
                "*/*",
                "deployments",
                "Pods",
            ]),
            some_of(&["a", "b"]),
        )
            .prop_map(|(group, resources, names)| GroupResources {
                group: group.to_owned(),
                names: if resources.is_empty() { BTreeSet::new() } else { names },
                resources: resources.into_iter().collect(),
            });
        let objects = (some_of(&["", "x", "y", "*"]), prop::collection::vec(resources, 0..3))
            .prop_map(|(namespaces, resources)| Rule { namespaces, resources, ..anything() });
        let urls = some_of(&["/x", "/x*", "/x/y", "*", "/api/v1/pods", "/api*"])
            .prop_map(|urls| Rule { urls: urls.into_iter().collect(), ..anything() });
        let verbs = some_of(&["get", "create", "GET", "*", "use"]);
        (prop_oneof![3 => objects, 1 => urls], some_of(&["u", "v"]), some_of(&["g", "h"]), verbs)
            .prop_map(|(rule, users, groups, verbs)| Rule { users, groups, verbs, ..rule })
    }

    /// Every request over the words that the rules are made of.
    fn requests() -> Vec<Request<'static>> {
        let mut targets: Vec<Target<'static>> =
            ["/x", "/xy", "/x/y", "/z", "/api", "/api/v1"].into_iter().map(Target::Path).collect();
        for (group, resource) in
            [("", "pods"), ("", "nodes"), ("apps", "deployments"), ("z", "pods")]
        {
            for subresource in ["", "log", "scale"] {
                for namespace in ["", "x", "z"] {
                    for name in ["", "a", "c"] {
                        let object = Object { group, resource, subresource, namespace, name };
                        targets.push(Target::Object(object));
                    }
                }
            }
        }
        let mut requests = Vec::new();
        for user in ["u", "w"] {
            for groups in [&["g"][..], &["g", "h"], &[]] {
                for verb in ["get", "create", "delete"] {
                    let with = |target| Request { user, groups, verb, target };
                    requests.extend(targets.iter().copied().map(with));
                }
            }
        }
        requests
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_dead_rule_decides_about_no_request(rules in prop::collection::vec(rules(), 1..5)) {
            let policy = Policy { rules };
            let dead = dead_rules(&policy).expect("a small policy");
            for request in requests() {
                let deciding = policy.rules.iter().position(|rule| rule.matches(&request));
                if let Some(place) = deciding {
                    prop_assert!(
                        dead.iter().all(|(dead, _)| *dead != place),
                        "{request:?} is decided by {:?}", policy.rules[place]
                    );
                }
            }
        }
    }
}
