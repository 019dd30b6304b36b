use std::collections::BTreeSet;

use crate::authorizer::{Authorizer, Held};
use crate::cover::uncovered;
use crate::decision::{Grant, Scope};
use crate::identity::{Identity, User};
use crate::permission::{Permission, merge};
use crate::risk::{Found, primitives_of};
use crate::rule::PolicyRule;

/// What one identity can do after a change and could not before, and the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub identity: Identity,
    /// What it may do only after; the grants are those of the policy after.
    pub gained: Vec<Permission>,
    /// What it may do only before; the grants are those of the policy before.
    pub lost: Vec<Permission>,
    /// Primitives that it holds only after.
    pub new: Vec<Found>,
    /// Primitives that it holds only before.
    pub gone: Vec<Found>,
}

/// Who gains and who loses what between two policies, by identity; those for whom nothing changes are left out.
///
/// Rights are compared by what they allow, not by how they are written: a rule that is split, a binding of another
/// name, a right that comes through a group that Kubernetes adds change nothing. What a group is given counts as the
/// group's and is not told again for its members.
#[must_use]
pub fn changes(before: &Authorizer, after: &Authorizer) -> Vec<Change> {
    let mut everybody: BTreeSet<Identity> = BTreeSet::new();
    for authorizer in [before, after] {
        everybody.extend(authorizer.index().identities.iter().cloned());
    }
    everybody.into_iter().filter_map(|identity| change(before, after, identity)).collect()
}

fn change(before: &Authorizer, after: &Authorizer, identity: Identity) -> Option<Change> {
    let user = identity.user();
    let (old, new) = (before.rules_of(&user), after.rules_of(&user));
    if written(before, &old) == written(after, &new) {
        return None;
    }
    let change = Change {
        gained: only_in(after, &new, before, &user, &identity),
        lost: only_in(before, &old, after, &user, &identity),
        new: arising(before, after, &user, &identity),
        gone: arising(after, before, &user, &identity),
        identity,
    };
    let lists = [change.gained.is_empty(), change.lost.is_empty()];
    let found = [change.new.is_empty(), change.gone.is_empty()];
    (lists.contains(&false) || found.contains(&false)).then_some(change)
}

/// What is held, as it is written: where it is the same, nothing can have changed.
fn written<'a>(
    authorizer: &'a Authorizer,
    held: &'a [Held],
) -> BTreeSet<(&'a Scope, &'a PolicyRule)> {
    held.iter().map(|held| (&held.scope, authorizer.policy().rule(&held.grant))).collect()
}

/// What an identity is given by its own name in `here` and does not hold at all in `there`.
fn only_in(
    here: &Authorizer,
    held: &[Held],
    there: &Authorizer,
    user: &User,
    identity: &Identity,
) -> Vec<Permission> {
    let own = held.iter().filter(|held| here.is_to(&held.grant, identity));
    merge(own.flat_map(|Held { scope, grant }| {
        let owners = there.effective_rules(user, scope.namespace().unwrap_or_default());
        let rule = here.policy().rule(grant);
        let missing = uncovered(&owners, std::slice::from_ref(rule));
        missing.into_iter().map(|atom| (scope.clone(), atom, *grant))
    }))
}

/// The primitives that an identity holds in `after`, with some right that is given to itself, and not in `before`; of
/// those for named objects only the names that are new.
fn arising(
    before: &Authorizer,
    after: &Authorizer,
    user: &User,
    identity: &Identity,
) -> Vec<Found> {
    let old = primitives_of(before, user);
    let mut found = primitives_of(after, user);
    found.retain_mut(|found| {
        let known = old.iter().filter(|old| {
            old.primitive.id == found.primitive.id
                && (old.scope == Scope::Cluster || old.scope == found.scope)
        });
        for known in known {
            match (&known.names, &mut found.names) {
                (None, _) => return false,
                (Some(_), None) => {}
                (Some(known), Some(names)) => names.retain(|name| !known.contains(name)),
            }
        }
        found.names.as_ref().is_none_or(|names| !names.is_empty())
            && found.grants.iter().any(|grant| after.is_to(grant, identity))
    });
    found
}

impl Authorizer {
    /// Whether a grant is to an identity by its own name, and not to a group it is in.
    #[must_use]
    pub fn is_to(&self, grant: &Grant, identity: &Identity) -> bool {
        let binding = self.policy().binding(grant.binding);
        let subject = &binding.subjects[grant.subject as usize];
        binding.identity(subject).as_ref() == Some(identity)
    }
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::authorizer::Authorizer;
    use crate::binding::{Binding, RoleRef, Subject};
    use crate::decision::Scope;
    use crate::policy::Policy;
    use crate::release::Release;
    use crate::role::Role;
    use crate::rule::PolicyRule;

    /// Lines of `subject scope verbs groups resources [names]`; `-` for the whole cluster. Every line is a role and a
    /// binding of its own.
    fn authorizer(lines: &str) -> Authorizer {
        let list = |text: &str| -> Vec<String> {
            text.split(',').map(|item| if item == "core" { "" } else { item }.to_owned()).collect()
        };
        let mut roles = Vec::new();
        let mut bindings = Vec::new();
        for (number, line) in lines.lines().enumerate() {
            let parts: Vec<&str> = line.split_whitespace().collect();
            let [subject, scope, verbs, groups, resources, names @ ..] = &parts[..] else {
                panic!("{line}")
            };
            let rule = PolicyRule {
                verbs: list(verbs),
                api_groups: list(groups),
                resources: list(resources),
                resource_names: names.first().map(|names| list(names)).unwrap_or_default(),
                non_resource_urls: Vec::new(),
            };
            let subject = match subject.split_once(':').unwrap() {
                ("group", name) => Subject::group(name),
                ("user", name) => Subject::user(name),
                (namespace, name) => Subject::service_account(namespace, name),
            };
            let name = format!("r{number}");
            let namespace = (*scope != "-").then_some(*scope);
            roles.push(Role::new(None, &name, vec![rule]));
            let role = RoleRef::cluster_role(&name);
            bindings.push(Binding::new(namespace, &name, role, vec![subject]));
        }
        Authorizer::new(Policy::new(roles, bindings, []), Release::unknown())
    }

    /// The expected as `who +verbs resources`, `who -…`, `who !primitive`.
    fn check(before: &str, after: &str, expected: &[&str]) {
        let mut found = Vec::new();
        for change in changes(&authorizer(before), &authorizer(after)) {
            let who = &change.identity;
            for (sign, permissions) in [('+', &change.gained), ('-', &change.lost)] {
                for each in permissions {
                    let rule = &each.rule;
                    let place = each.scope.namespace().unwrap_or("-");
                    let names = rule.resource_names.join(",");
                    let text = format!(
                        "{who} {sign}{} {} {place} {names}",
                        rule.verbs.join(","),
                        rule.resources.join(",")
                    );
                    found.push(text.trim_end().to_owned());
                }
            }
            let told = |scope: &Scope| scope.namespace().unwrap_or("-").to_owned();
            found.extend(
                change
                    .new
                    .iter()
                    .map(|it| format!("{who} !{} {}", it.primitive.id, told(&it.scope))),
            );
            found.extend(
                change
                    .gone
                    .iter()
                    .map(|it| format!("{who} ~{} {}", it.primitive.id, told(&it.scope))),
            );
        }
        assert_eq!(found, expected, "{before} => {after}");
    }

    #[test]
    fn gains_and_losses_are_told_by_what_they_allow() {
        check("", "user:ann - get core nodes", &["user ann +get nodes -"]);
        check("user:ann - get core nodes", "", &["user ann -get nodes -"]);
        check(
            "user:ann - get,list core nodes",
            "user:ann - get,watch core nodes",
            &["user ann +watch nodes -", "user ann -list nodes -"],
        );
    }

    #[test]
    fn another_way_to_write_the_same_changes_nothing() {
        check(
            "user:ann - get,list core nodes,events",
            "user:ann - get core nodes,events\nuser:ann - list core events\nuser:ann - list core nodes",
            &[],
        );
        check("user:ann a get core x", "user:ann a get core x\nuser:ann a get core x", &[]);
        check("dev:robot a get core x", "user:system:serviceaccount:dev:robot a get core x", &[]);
    }

    #[test]
    fn the_whole_cluster_holds_every_namespace_and_not_the_reverse() {
        check("user:ann - get core x", "user:ann a get core x", &["user ann -get x -"]);
        check("user:ann a get core x", "user:ann - get core x", &["user ann +get x -"]);
        check(
            "user:ann a get core x",
            "user:ann - get core x\nuser:ann a get core x",
            &["user ann +get x -"],
        );
    }

    #[test]
    fn what_a_group_is_given_is_told_once() {
        check(
            "dev:robot a get core x",
            "group:system:serviceaccounts:dev a get core x",
            &["group system:serviceaccounts:dev +get x a"],
        );
        check(
            "group:system:serviceaccounts:dev a get core x\ndev:robot a get core y",
            "dev:robot a get core x\ndev:robot a get core y",
            &["group system:serviceaccounts:dev -get x a"],
        );
    }

    #[test]
    fn primitives_that_arise_are_named() {
        check(
            "user:ann a list core secrets",
            "user:ann - list core secrets",
            &["user ann +list secrets -", "user ann !list-secrets -"],
        );
        // Two rights that add up, one of them held before.
        check(
            "user:ann a create rbac.authorization.k8s.io rolebindings",
            "user:ann a create rbac.authorization.k8s.io rolebindings\n\
             user:ann a bind rbac.authorization.k8s.io clusterroles edit",
            &["user ann +bind clusterroles a edit", "user ann !bind-roles a"],
        );
        check(
            "user:ann a get core secrets x,y",
            "user:ann a get core secrets x",
            &["user ann -get secrets a y", "user ann ~get-secrets a"],
        );
        check(
            "user:ann a get core secrets x",
            "user:ann a get core secrets x,y",
            &["user ann +get secrets a y", "user ann !get-secrets a"],
        );
    }
}
