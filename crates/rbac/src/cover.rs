use crate::rule::{PolicyRule, url_matches};

/// The atoms of `servants` that no single rule of `owners` covers; none when the owners hold all that the servants do.
///
/// As `Covers` of `component-helpers/auth/rbac/validation`. Every atom has one verb and either a path, or a group, a
/// resource and at most one name. An atom without a name is covered only by a rule without names, so that two rules
/// for two names never add up to one for all.
#[must_use]
pub fn uncovered(owners: &[&PolicyRule], servants: &[PolicyRule]) -> Vec<PolicyRule> {
    let mut missing: Vec<PolicyRule> = servants.iter().flat_map(atoms).collect();
    missing.retain(|atom| !owners.iter().any(|owner| covers_atom(owner, atom)));
    missing
}

/// Takes a rule apart, in the order of its lists.
#[must_use]
pub fn atoms(rule: &PolicyRule) -> Vec<PolicyRule> {
    let one = |text: &String| vec![text.clone()];
    let mut atoms = Vec::new();
    for group in &rule.api_groups {
        for resource in &rule.resources {
            for verb in &rule.verbs {
                let atom = PolicyRule {
                    verbs: one(verb),
                    api_groups: one(group),
                    resources: one(resource),
                    ..PolicyRule::default()
                };
                if rule.resource_names.is_empty() {
                    atoms.push(atom);
                    continue;
                }
                let named = |name| PolicyRule { resource_names: one(name), ..atom.clone() };
                atoms.extend(rule.resource_names.iter().map(named));
            }
        }
    }
    for url in &rule.non_resource_urls {
        let atom = |verb| PolicyRule {
            verbs: one(verb),
            non_resource_urls: one(url),
            ..PolicyRule::default()
        };
        atoms.extend(rule.verbs.iter().map(atom));
    }
    atoms
}

/// Whether one rule holds all that an atom does.
///
/// What an atom does not have is covered by anything, but for names: a rule with names covers no atom without.
fn covers_atom(owner: &PolicyRule, atom: &PolicyRule) -> bool {
    let star_or_all = |own: &[String], asked: &[String]| {
        own.iter().any(|each| each == "*") || asked.iter().all(|each| own.contains(each))
    };
    let names = owner.resource_names.is_empty()
        || (!atom.resource_names.is_empty()
            && atom.resource_names.iter().all(|name| owner.resource_names.contains(name)));
    star_or_all(&owner.verbs, &atom.verbs)
        && star_or_all(&owner.api_groups, &atom.api_groups)
        && atom.resources.iter().all(|resource| covers_resource(&owner.resources, resource))
        && names
        && atom
            .non_resource_urls
            .iter()
            .all(|url| owner.non_resource_urls.iter().any(|own| url_matches(own, url)))
}

fn covers_resource(own: &[String], resource: &str) -> bool {
    let by_star = |(_, subresource): (&str, &str)| {
        own.iter().any(|each| each.strip_prefix("*/") == Some(subresource))
    };
    own.iter().any(|each| each == "*" || each == resource)
        || resource.split_once('/').is_some_and(by_star)
}

#[cfg(test)]
mod tests {
    use super::{atoms, uncovered};
    use crate::rule::PolicyRule;

    /// `verbs groups resources [names]` or `verbs /paths`, lists by commas, `core` for the core group.
    fn rule(text: &str) -> PolicyRule {
        let list = |text: &str| -> Vec<String> {
            text.split(',').map(|item| if item == "core" { "" } else { item }.to_owned()).collect()
        };
        let parts: Vec<&str> = text.split(' ').collect();
        match parts.as_slice() {
            [verbs, urls] => PolicyRule {
                verbs: list(verbs),
                non_resource_urls: list(urls),
                ..PolicyRule::default()
            },
            [verbs, groups, resources, names @ ..] => PolicyRule {
                verbs: list(verbs),
                api_groups: list(groups),
                resources: list(resources),
                resource_names: names.first().map(|names| list(names)).unwrap_or_default(),
                non_resource_urls: Vec::new(),
            },
            _ => panic!("{text}"),
        }
    }

    fn check(owners: &[&str], servants: &[&str], missing: &[&str]) {
        let owners: Vec<PolicyRule> = owners.iter().map(|text| rule(text)).collect();
        let servants: Vec<PolicyRule> = servants.iter().map(|text| rule(text)).collect();
        let expected: Vec<PolicyRule> = missing.iter().map(|text| rule(text)).collect();
        let owners: Vec<&PolicyRule> = owners.iter().collect();
        assert_eq!(uncovered(&owners, &servants), expected, "{owners:?} {servants:?}");
    }

    #[test]
    fn rules_add_up_atom_by_atom() {
        check(&["get core pods"], &["get core pods"], &[]);
        check(&["get core pods", "list core pods"], &["get,list core pods"], &[]);
        check(
            &["get core pods", "list core services"],
            &["get,list core pods,services"],
            &["list core pods", "get core services"],
        );
        check(&["* * *"], &["get,escalate core pods,pods/exec x"], &[]);
        check(&["* core *"], &["get apps deployments"], &["get apps deployments"]);
        check(&[], &["get core pods"], &["get core pods"]);
        check(&[], &[], &[]);
    }

    #[test]
    fn stars_are_covered_by_stars_only() {
        check(&["get,list,watch core pods"], &["* core pods"], &["* core pods"]);
        check(&["get core pods,services"], &["get core *"], &["get core *"]);
        check(&["get core,apps x"], &["get * x"], &["get * x"]);
    }

    #[test]
    fn subresources_are_covered_by_their_own_star() {
        check(&["get core */scale"], &["get core pods/scale"], &[]);
        check(&["get core */scale"], &["get core pods/status"], &["get core pods/status"]);
        check(&["get core */scale"], &["get core pods"], &["get core pods"]);
        check(&["get core pods/*"], &["get core pods/scale"], &["get core pods/scale"]);
        check(&["get core pods"], &["get core pods/scale"], &["get core pods/scale"]);
        check(&["get core pods/scale"], &["get core */scale"], &["get core */scale"]);
        check(&["get core */scale,services"], &["get core pods/scale,services"], &[]);
    }

    #[test]
    fn names_do_not_add_up_to_all() {
        check(&["get core pods"], &["get core pods a"], &[]);
        check(&["get core pods a,b"], &["get core pods a"], &[]);
        check(&["get core pods a", "get core pods b"], &["get core pods a,b"], &[]);
        check(&["get core pods a"], &["get core pods a,b"], &["get core pods b"]);
        check(&["get core pods a,b"], &["get core pods"], &["get core pods"]);
    }

    #[test]
    fn paths_are_covered_by_their_beginning() {
        check(&["get /a"], &["get /a"], &[]);
        check(&["get /a*"], &["get /a,/a/b,/ab"], &[]);
        check(&["get /a/*"], &["get /a/b,/a/*,/a"], &["get /a"]);
        check(&["get *"], &["get /a,*"], &[]);
        check(&["get /a"], &["get /a*"], &["get /a*"]);
        check(&["get /a/*"], &["get /a/b/*"], &[]);
        check(&["get /a"], &["post /a"], &["post /a"]);
        check(&["* * *"], &["get /a"], &["get /a"]);
        check(&["* /a"], &["get core pods"], &["get core pods"]);
    }

    #[test]
    fn a_rule_with_nothing_in_a_list_has_no_atoms() {
        assert_eq!(atoms(&PolicyRule::default()), []);
        let rule = PolicyRule { api_groups: Vec::new(), ..rule("get core pods") };
        assert_eq!(atoms(&rule), []);
    }
}
