use std::collections::{BTreeMap, BTreeSet};

use crate::authorizer::Authorizer;
use crate::cover::{atoms, uncovered};
use crate::decision::{Grant, Scope};
use crate::identity::User;
use crate::rule::PolicyRule;

/// What may be done to some resources of one group, or to some paths: rules that say the same of several, merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Where it holds.
    pub scope: Scope,
    /// What it allows. One group at most, verbs in the usual order, `*` alone where it is among them.
    pub rule: PolicyRule,
    /// Everything that gives some of it, sorted.
    pub grants: Vec<Grant>,
}

impl Authorizer {
    /// Everything that a user holds by RBAC, merged and sorted, the whole cluster first.
    ///
    /// What nothing can be done with is left out: paths in a `RoleBinding`, since paths have no namespace.
    #[must_use]
    pub fn permissions_of(&self, user: &User) -> Vec<Permission> {
        let held = self.rules_of(user);
        let rule = |grant: &Grant| self.policy().rule(grant).clone();
        merge(held.into_iter().map(|held| (held.scope, rule(&held.grant), held.grant)))
    }
}

impl Permission {
    /// For each permission, whether the others hold all that it does, in the whole cluster or in its own scope.
    ///
    /// Of several that hold the same one is never contained.
    #[must_use]
    pub fn contained(all: &[Self]) -> Vec<bool> {
        let mut contained = vec![false; all.len()];
        // What is narrow goes first, so that of two that are worth the same the wider one stays.
        for (index, own) in all.iter().enumerate().rev() {
            let others: Vec<&PolicyRule> = (0..)
                .zip(all)
                .filter(|(other, _)| *other != index && !contained[*other])
                .filter(|(_, other)| other.scope == Scope::Cluster || other.scope == own.scope)
                .map(|(_, other)| &other.rule)
                .collect();
            contained[index] = uncovered(&others, std::slice::from_ref(&own.rule)).is_empty();
        }
        contained
    }
}

type Target = (Scope, Vec<String>, Vec<String>, Vec<String>, Vec<String>);

/// Merges rules by what they are about, then whatever is given alike.
pub(crate) fn merge(given: impl Iterator<Item = (Scope, PolicyRule, Grant)>) -> Vec<Permission> {
    let mut by_target: BTreeMap<Target, (BTreeSet<String>, BTreeSet<Grant>)> = BTreeMap::new();
    for (scope, mut rule, grant) in given {
        if scope != Scope::Cluster {
            rule.non_resource_urls.clear();
        }
        rule.resource_names.sort();
        rule.resource_names.dedup();
        let names = std::mem::take(&mut rule.resource_names);
        for atom in atoms(&rule) {
            let names = if atom.non_resource_urls.is_empty() { names.clone() } else { Vec::new() };
            let target =
                (scope.clone(), atom.api_groups, atom.resources, names, atom.non_resource_urls);
            let (verbs, grants) = by_target.entry(target).or_default();
            verbs.extend(atom.verbs);
            grants.insert(grant);
        }
    }
    type Alike = (Scope, Vec<String>, Vec<String>, bool, Vec<String>, BTreeSet<Grant>);
    let mut alike: BTreeMap<Alike, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for ((scope, groups, resources, names, urls), (verbs, grants)) in by_target {
        let key = (scope, groups, names, !urls.is_empty(), in_usual_order(verbs), grants);
        let (all_resources, all_urls) = alike.entry(key).or_default();
        all_resources.extend(resources);
        all_urls.extend(urls);
    }
    let permission = |(key, (resources, non_resource_urls)): (Alike, _)| {
        let (scope, api_groups, resource_names, _, verbs, grants) = key;
        let rule = PolicyRule { verbs, api_groups, resources, resource_names, non_resource_urls };
        Permission { scope, rule, grants: grants.into_iter().collect() }
    };
    let mut all: Vec<Permission> = alike.into_iter().map(permission).collect();
    all.sort_by(|one, other| order(one).cmp(&order(other)));
    all
}

/// Resources before paths, group by group, and in each by the first resource.
fn order(permission: &Permission) -> impl Ord + '_ {
    let rule = &permission.rule;
    let is_path = !rule.non_resource_urls.is_empty();
    (&permission.scope, is_path, &rule.api_groups, &rule.resources, &rule.resource_names, rule)
}

const USUAL: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

fn in_usual_order(verbs: BTreeSet<String>) -> Vec<String> {
    if verbs.contains("*") {
        return vec!["*".to_owned()];
    }
    let place = |verb: &String| USUAL.iter().position(|usual| usual == verb).unwrap_or(USUAL.len());
    let mut verbs: Vec<String> = verbs.into_iter().collect();
    verbs.sort_by_key(place);
    verbs
}

#[cfg(test)]
mod tests {
    use super::{Permission, merge};
    use crate::decision::{Grant, Scope};
    use crate::policy::{BindingId, RoleId};
    use crate::rule::PolicyRule;

    /// `scope verbs groups resources [names]` or `scope verbs /paths`, `-` for the whole cluster, `core` for its group.
    fn merged(rules: &[&str]) -> Vec<Permission> {
        let list = |text: &str| -> Vec<String> {
            text.split(',').map(|item| if item == "core" { "" } else { item }.to_owned()).collect()
        };
        merge(rules.iter().map(|text| {
            let parts: Vec<&str> = text.split(' ').collect();
            let scope = if parts[0] == "-" {
                Scope::Cluster
            } else {
                Scope::Namespace(parts[0].to_owned())
            };
            let verbs = list(parts[1]);
            let rule = match &parts[2..] {
                [urls] => {
                    PolicyRule { verbs, non_resource_urls: list(urls), ..PolicyRule::default() }
                }
                [groups, resources, names @ ..] => PolicyRule {
                    verbs,
                    api_groups: list(groups),
                    resources: list(resources),
                    resource_names: names.first().map(|names| list(names)).unwrap_or_default(),
                    non_resource_urls: Vec::new(),
                },
                [] => panic!("{text}"),
            };
            (scope, rule, Grant { role: RoleId(0), rule: 0, binding: BindingId(0), subject: 0 })
        }))
    }

    fn told(permission: &Permission) -> String {
        let rule = &permission.rule;
        let scope = permission.scope.namespace().unwrap_or("-");
        let parts =
            [&rule.api_groups, &rule.resources, &rule.resource_names, &rule.non_resource_urls];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let parts: Vec<String> = parts
            .map(|part| part.join(","))
            .map(|part| if part.is_empty() { "core".to_owned() } else { part })
            .collect();
        format!("{scope} {} {}", rule.verbs.join(","), parts.join(" "))
    }

    fn check(rules: &[&str], expected: &[&str]) {
        assert_eq!(merged(rules).iter().map(told).collect::<Vec<_>>(), expected, "{rules:?}");
    }

    #[test]
    fn rules_are_merged_by_what_they_are_about() {
        check(&["- list core pods", "- get core pods"], &["- get,list core pods"]);
        check(&["- get,list core pods,services"], &["- get,list core pods,services"]);
        check(
            &["- get,list core pods,services", "- create core pods"],
            &["- get,list,create core pods", "- get,list core services"],
        );
        check(&["- get,* core pods"], &["- * core pods"]);
        check(&["- get core,apps x"], &["- get core x", "- get apps x"]);
        check(&["a get core pods", "- get core pods"], &["- get core pods", "a get core pods"]);
    }

    #[test]
    fn names_stay_apart() {
        check(
            &["- get core pods b,a", "- get core pods", "- list core pods a,b"],
            &["- get core pods", "- get,list core pods a,b"],
        );
    }

    #[test]
    fn paths_come_last_and_have_no_namespace() {
        check(&["- get /a,/b", "- get core pods"], &["- get core pods", "- get /a,/b"]);
        check(&["a get /a"], &[]);
        check(&["a get core pods", "- get core"], &["- get core", "a get core pods"]);
    }

    #[test]
    fn what_others_hold_is_contained() {
        let check = |rules: &[&str], expected: &[bool]| {
            assert_eq!(Permission::contained(&merged(rules)), expected, "{rules:?}");
        };
        check(&["- get core pods", "- get core services"], &[false]);
        check(&["- * * *", "- get core pods", "a get core pods"], &[true, false, true]);
        check(&["a get core pods", "b get core pods"], &[false, false]);
        check(&["- get core pods", "a get core pods"], &[false, true]);
        check(&["a * core *", "- get core pods"], &[false, false]);
        check(&["- get core pods", "- get core pods a"], &[false, true]);
        // Each holds what the other does.
        check(&["- get /a*", "- post,get /a**"], &[true, false]);
        check(&["- get /a*", "- get /a**"], &[false]);
    }
}
