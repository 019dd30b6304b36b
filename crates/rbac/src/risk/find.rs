use std::collections::{BTreeMap, BTreeSet};

use super::primitive::{Place, Primitive, Right};
use super::table::primitives;
use crate::authorizer::Authorizer;
use crate::decision::{Grant, Scope};
use crate::identity::User;
use crate::policy::Policy;
use crate::release::{Gate, Release};
use crate::role::Role;
use crate::rule::PolicyRule;

/// A primitive that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The primitive.
    pub primitive: &'static Primitive,
    /// Where it works.
    pub scope: Scope,
    /// The only objects it works on, where the rights are given for named objects; `None` for all.
    pub names: Option<BTreeSet<String>>,
    /// Everything that gives one of the rights it needs, sorted.
    pub grants: Vec<Grant>,
    /// The same for each row of [`Primitive::needs`]: one grant of each is enough.
    pub needs: Vec<Vec<Grant>>,
    /// The gate, and how it has to be set, without which the rights would not be enough.
    pub gate: Option<(Gate, bool)>,
}

/// A primitive that rules amount to for whoever is given them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRules {
    /// The primitive.
    pub primitive: &'static Primitive,
    /// The only objects it works on, where the rights are given for named objects; `None` for all.
    pub names: Option<BTreeSet<String>>,
    /// The indices of the rules that give one of the rights it needs, sorted.
    pub rules: Vec<usize>,
}

/// The primitives that a user holds by RBAC, in the order of the catalogue, for each the cluster first.
///
/// What is held in the whole cluster is not told again for a namespace. A member of `system:masters` holds everything
/// whatever is found here.
#[must_use]
pub fn primitives_of(authorizer: &Authorizer, user: &User) -> Vec<Found> {
    let policy = authorizer.policy();
    let mut held: BTreeMap<Scope, Vec<Ruled<'_, Grant>>> = BTreeMap::new();
    for each in authorizer.rules_of(user) {
        let rule = policy.rule(&each.grant);
        held.entry(each.scope).or_default().push(Ruled { source: each.grant, rule });
    }
    let whole = held.remove(&Scope::Cluster).unwrap_or_default();
    let mut found = Vec::new();
    for primitive in in_release(authorizer.release()) {
        let search = Search::new(primitive, authorizer.release(), &whole);
        let mut tell = |scope: Scope, own: &[Ruled<'_, Grant>]| {
            let bound = |rows: &[Row<'_>]| bound_role(policy, &whole, own, primitive, rows);
            let hit = search.run(own, bound)?;
            let gate =
                primitive.gate().filter(|_| search.without_gates().run(own, bound).is_none());
            let (grants, names, needs) = (sorted(hit.needs.concat()), hit.names, hit.needs);
            let needs = needs.into_iter().map(sorted).collect();
            found.push(Found { primitive, scope, names, grants, needs, gate });
            Some(())
        };
        match primitive.place {
            Place::Cluster => {
                tell(Scope::Cluster, &[]);
            }
            Place::Namespace(namespace) => {
                let scope = Scope::Namespace(namespace.to_owned());
                let own = held.get(&scope).map(Vec::as_slice).unwrap_or_default();
                tell(scope, own);
            }
            Place::Anywhere => {
                if tell(Scope::Cluster, &[]).is_none() {
                    for (scope, own) in &held {
                        tell(scope.clone(), own);
                    }
                }
            }
        }
    }
    found
}

/// The primitives that rules amount to when somebody is given them in a scope, in the order of the catalogue.
///
/// For roles that nobody is bound to. A primitive that needs the holder to be bound to a role it may change is found
/// where the rules let that role be changed, since this one would be it.
#[must_use]
pub fn primitives_in_rules(rules: &[PolicyRule], scope: &Scope, release: &Release) -> Vec<InRules> {
    let ruled: Vec<Ruled<'_, usize>> =
        rules.iter().enumerate().map(|(source, rule)| Ruled { source, rule }).collect();
    let (whole, own): (&[_], &[_]) = match scope {
        Scope::Cluster => (&ruled, &[]),
        Scope::Namespace(_) => (&[], &ruled),
    };
    let works = |primitive: &Primitive| match (primitive.place, scope) {
        (Place::Cluster, Scope::Namespace(_)) => false,
        (Place::Namespace(only), Scope::Namespace(namespace)) => only == namespace,
        _ => true,
    };
    in_release(release)
        .filter(|primitive| works(primitive))
        .filter_map(|primitive| {
            let search = Search::new(primitive, release, whole);
            let hit = search.run(own, |_| true)?;
            Some(InRules { primitive, names: hit.names, rules: sorted(hit.needs.concat()) })
        })
        .collect()
}

fn in_release(release: &Release) -> impl Iterator<Item = &'static Primitive> {
    primitives().filter(move |primitive| primitive.works_in(release))
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all
}

/// A rule and where it came from.
struct Ruled<'a, T> {
    source: T,
    rule: &'a PolicyRule,
}

/// Looks for one primitive among the rules of the whole cluster and those of a namespace.
struct Search<'a, T> {
    primitive: &'static Primitive,
    release: &'a Release,
    whole: &'a [Ruled<'a, T>],
    /// Whether rights that hang on a gate count.
    gated: bool,
}

struct Hit<T> {
    /// The sources of the rules of each row.
    needs: Vec<Vec<T>>,
    names: Option<BTreeSet<String>>,
}

/// The rules that give a right of one row.
type Row<'a> = Vec<&'a PolicyRule>;

impl<'a, T: Copy> Search<'a, T> {
    fn new(primitive: &'static Primitive, release: &'a Release, whole: &'a [Ruled<'a, T>]) -> Self {
        Self { primitive, release, whole, gated: true }
    }

    fn without_gates(&self) -> Self {
        Self { gated: false, ..*self }
    }

    /// Every row has to be met; then `fits` looks at all rows together.
    fn run(&self, own: &[Ruled<'_, T>], fits: impl Fn(&[Row<'_>]) -> bool) -> Option<Hit<T>> {
        let mut hit = Hit { needs: Vec::new(), names: None };
        let mut rows: Vec<Row<'_>> = Vec::new();
        for row in self.primitive.needs {
            let (mut rules, mut sources) = (Row::new(), Vec::new());
            let mut limited: Option<BTreeSet<String>> = Some(BTreeSet::new());
            for right in row.iter().filter(|right| self.counts(right)) {
                let own = if right.cluster_wide { &[] } else { own };
                for Ruled { source, rule } in self.whole.iter().chain(own) {
                    let Some(names) = right.given_by(rule, self.release) else { continue };
                    rules.push(rule);
                    sources.push(*source);
                    limited = limited.filter(|_| !names.is_empty()).map(|mut all| {
                        all.extend(names.iter().cloned());
                        all
                    });
                }
            }
            if rules.is_empty() {
                return None;
            }
            if let Some(limited) = limited {
                hit.names.get_or_insert_default().extend(limited);
            }
            rows.push(rules);
            hit.needs.push(sources);
        }
        fits(&rows).then_some(hit)
    }

    fn counts(&self, right: &Right) -> bool {
        self.gated || right.gate.is_none()
    }
}

/// Whether the holder is bound, where it matters, to a role that every row allows by its name.
fn bound_role(
    policy: &Policy,
    whole: &[Ruled<'_, Grant>],
    own: &[Ruled<'_, Grant>],
    primitive: &Primitive,
    rows: &[Row<'_>],
) -> bool {
    let Some(kind) = primitive.bound_to else { return true };
    let changeable = |role: &Role| {
        role.kind() == kind
            && rows.iter().all(|row| row.iter().any(|rule| rule.has_name(&role.name)))
    };
    let held = whole.iter().chain(own);
    held.map(|ruled| policy.role(ruled.source.role)).any(changeable)
}

#[cfg(test)]
mod tests;
