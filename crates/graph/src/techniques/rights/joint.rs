//! Primitives that take several rights.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Confidence, Kind};
use merlon_rbac::{ANONYMOUS, AUTHENTICATED, Policy, SERVICE_ACCOUNTS, UNAUTHENTICATED};

use super::gains::{Right, gains};
use super::grants::{Bindings, Bound, Given, Match};
use super::{Gains, KNOWN, Known, NEEDED_RIGHT, grants, roles};
use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Owner;
use crate::technique::Technique;
use crate::techniques::abilities::NARROW;
use crate::world::World;

/// The rights that primitives with several rows are about.
#[derive(Debug, Default)]
pub(super) struct Joint<'w> {
    /// Those that one holder needs all of, by primitive and holder.
    of_one: BTreeMap<&'static str, BTreeMap<Fact<'w>, Vec<Given<'w>>>>,
    /// Those that may be of several holders, by primitive and by where they are held.
    of_several: BTreeMap<&'static str, BTreeMap<Option<&'w str>, Met<'w>>>,
}

/// The rows of a primitive for which somebody holds a right, and one of these rights.
type Met<'w> = (BTreeSet<usize>, Match<'w>);

/// The rights of each row, of which one is enough.
pub(super) type Rows<'g, 'w> = Vec<Vec<&'g Given<'w>>>;

impl<'w> Joint<'w> {
    /// Takes note of a right. Where it may be one of several holders' a step leads to it; it is for several requests.
    pub(super) fn give<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        given: Given<'w>,
    ) {
        let Given { holder, namespace, via, given: part } = given;
        let id = part.known.primitive.id;
        if part.known.is_one_request {
            let by_holder = self.of_one.entry(id).or_default();
            by_holder.entry(holder).or_default().push(given);
            return;
        }
        let Some(sure) = sureness(world, &part, namespace) else { return };
        let by_scope = self.of_several.entry(id).or_default();
        by_scope.entry(namespace).or_insert_with(|| (BTreeSet::new(), part)).0.insert(part.row);
        let changes = grants::change(world, builder, &via);
        let basis = grants::basis(&via, &[part.number]);
        let right = Fact::Part(id, narrow(part.row), namespace);
        builder.step_with(&NEEDED_RIGHT, sure, &[holder], right, basis, &changes);
    }

    /// Forgets what a binding gave.
    pub(super) fn take(&mut self, primitive: &'static str, number: u32, bound: &Bound<'w>) {
        let Some(by_holder) = self.of_one.get_mut(primitive) else { return };
        for (holder, _) in &bound.subjects {
            let Some(own) = by_holder.get_mut(holder) else { continue };
            own.retain(|it| it.via.binding != number);
            if own.is_empty() {
                by_holder.remove(holder);
            }
        }
    }

    /// Adds what the rights lead to that are held.
    pub(super) fn add<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        bindings: &Bindings<'w>,
    ) {
        for (id, by_scope) in &self.of_several {
            let whole = by_scope.get(&None);
            for (scope, (rows, part)) in by_scope {
                let is_held =
                    |row: &usize| rows.contains(row) || whole.is_some_and(|it| it.0.contains(row));
                if (0..KNOWN[id].primitive.needs.len()).all(|row| is_held(&row)) {
                    add_for_several(world, builder, *part, *scope);
                }
            }
        }
        let policy = world.access.policy();
        for (id, by_holder) in &self.of_one {
            let all = by_holder.values().flatten();
            let met: BTreeSet<usize> = all.map(|it| it.given.row).collect();
            if met.len() < KNOWN[id].primitive.needs.len() {
                continue;
            }
            for holder in by_holder.keys() {
                builder.set_owner(Some(Owner::Joint(id, *holder)));
                self.add_for_one(world, builder, id, *holder, (policy, bindings));
            }
        }
        builder.set_owner(None);
    }

    /// Where rights of a primitive are held that may be those of several, with one of them each.
    pub(super) fn scopes(
        &self,
        primitive: &str,
    ) -> impl Iterator<Item = (Option<&'w str>, Match<'w>)> {
        let by_scope = self.of_several.get(primitive).into_iter().flatten();
        by_scope.map(|(scope, (_, part))| (*scope, *part))
    }

    /// Those who hold a right of a primitive that one holder needs all of.
    pub(super) fn holders(&self, primitive: &str) -> impl Iterator<Item = Fact<'w>> {
        self.of_one.get(primitive).into_iter().flat_map(|it| it.keys().copied())
    }

    /// What somebody holds of a primitive, by itself and by the groups of Kubernetes' own.
    pub(super) fn held<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        primitive: &str,
        holder: Fact<'w>,
    ) -> Vec<&Given<'w>> {
        let Some(by_holder) = self.of_one.get(primitive) else { return Vec::new() };
        let groups = groups_of(world, holder);
        let all = [holder].into_iter().chain(groups);
        all.filter_map(|it| by_holder.get(&it)).flatten().collect()
    }

    /// Adds what somebody gains by rights that have to be those of whoever makes the one request.
    pub(super) fn add_for_one<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        primitive: &str,
        holder: Fact<'w>,
        (policy, bindings): (&Policy, &Bindings<'w>),
    ) {
        let known = &KNOWN[primitive];
        // What only its groups hold, the groups gain.
        if !self.of_one.get(primitive).is_some_and(|it| it.contains_key(&holder)) {
            return;
        }
        let all = self.held(world, primitive, holder);
        if matches!(known.gains, Gains::Escalation) {
            let groups = groups_of(world, holder);
            roles::escalate(world, builder, known, (holder, &groups), &all, bindings);
            return;
        }
        let scopes: BTreeSet<Option<&'w str>> = all.iter().map(|it| it.namespace).collect();
        for scope in scopes {
            let counts = |it: &&&Given<'w>| it.namespace.is_none() || it.namespace == scope;
            let rows: Rows<'_, 'w> = (0..known.primitive.needs.len())
                .map(|row| {
                    all.iter().filter(counts).filter(|it| it.given.row == row).copied().collect()
                })
                .collect();
            if rows.iter().any(Vec::is_empty) {
                continue;
            }
            match known.gains {
                Gains::Binding => {
                    roles::bind(world, builder, known, (holder, scope), &rows, policy);
                }
                _ => add_named(world, builder, known, holder, scope, &rows),
            }
        }
    }
}

/// How sure it is that a right is one of those a primitive takes; `None` where it is not. A secret that may be read by its
/// name alone has to be made under that name, which the API server refuses where there is one.
fn sureness<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    part: &Match<'w>,
    namespace: Option<&'w str>,
) -> Option<Confidence> {
    let is_made = part.known.primitive.id == "mint-token-secrets";
    let (true, Some(namespace), [_, ..]) = (is_made, namespace, part.names) else {
        return Some(NEEDED_RIGHT.confidence);
    };
    let is_free = |name: &String| world.view.find(Kind::Secret, namespace, name).is_none();
    if part.rule.has_verb("delete") {
        Some(NEEDED_RIGHT.confidence)
    } else if !part.names.iter().any(is_free) {
        None
    } else if world.view.is_complete(Kind::Secret) {
        Some(NEEDED_RIGHT.confidence)
    } else {
        Some(Confidence::Assumed)
    }
}

/// Adds what rights lead to that may be those of several identities, since they are for several requests: in a
/// namespace those that are held there or everywhere, of which one is given.
pub(super) fn add_for_several<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    part: Match<'w>,
    scope: Option<&'w str>,
) {
    let known = part.known;
    let right = |row, scope| Fact::Part(known.primitive.id, row, scope);
    let rows = 0..narrow(known.primitive.needs.len());
    if scope.is_some() {
        for row in rows.clone() {
            builder.step(&NARROW, &[right(row, None)], right(row, scope), vec![], &[]);
        }
    }
    let premises: Vec<Fact<'w>> = rows.map(|row| right(row, scope)).collect();
    let right = Right { rule: part.rule, names: &[], scope: part.scope(world, scope) };
    for (fact, sure) in gains(world, known, right) {
        builder.step_with(&known.technique, sure, &premises, fact, vec![], &[]);
    }
}

fn narrow(row: usize) -> u32 {
    u32::try_from(row).expect("a primitive takes a few rights")
}

/// What is gained by the names that the rights of the first row are for.
fn add_named<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    known: &'static Known,
    holder: Fact<'w>,
    scope: Option<&'w str>,
    rows: &Rows<'_, 'w>,
) {
    let mut gained: BTreeMap<(Fact<'w>, Confidence), Vec<&Given<'w>>> = BTreeMap::new();
    for each in &rows[0] {
        let names: Vec<&'w str> = each.given.names.iter().map(String::as_str).collect();
        let right = Right { rule: each.given.rule, names: &names, scope };
        for gain in gains(world, known, right) {
            gained.entry(gain).or_default().push(each);
        }
    }
    for (gain, first) in gained {
        let mut rows = rows.clone();
        rows[0] = first;
        conclude(world, builder, &known.technique, holder, &rows, gain);
    }
}

/// Adds the step from the rights of all rows; where one binding gives them all, from the holder itself.
pub(super) fn conclude<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    technique: &'static Technique,
    holder: Fact<'w>,
    rows: &Rows<'_, 'w>,
    (gained, sure): (Fact<'w>, Confidence),
) {
    let bindings: BTreeSet<(u32, u32)> =
        rows.iter().flatten().map(|it| (it.via.binding, it.via.subject)).collect();
    if let (1, Some(first)) = (bindings.len(), rows[0].first()) {
        let rules: BTreeSet<u32> = rows.iter().flatten().map(|it| it.given.number).collect();
        let rules: Vec<u32> = rules.into_iter().collect();
        let changes = grants::change(world, builder, &first.via);
        let basis = grants::basis(&first.via, &rules);
        builder.step_with(technique, sure, &[holder], gained, basis, &changes);
        return;
    }
    let mut premises = Vec::new();
    for row in rows {
        let right = builder.right();
        for each in row {
            let changes = grants::change(world, builder, &each.via);
            let basis = grants::basis(&each.via, &[each.given.number]);
            builder.step(&NEEDED_RIGHT, &[holder], right, basis, &changes);
        }
        premises.push(right);
    }
    builder.step_with(technique, sure, &premises, gained, vec![], &[]);
}

/// The groups that Kubernetes itself puts a holder in.
pub(super) fn groups_of<'w>(world: &World<'w, '_>, holder: Fact<'w>) -> Vec<Fact<'w>> {
    let own = match holder {
        Fact::ServiceAccount(namespace, _) => {
            let namespace = world.namespace(namespace).unwrap_or(namespace);
            vec![Fact::AccountOf(namespace), Fact::Group(SERVICE_ACCOUNTS)]
        }
        Fact::AccountOf(_) => vec![Fact::Group(SERVICE_ACCOUNTS)],
        Fact::Kubelet(_) => vec![Fact::Group(merlon_rbac::NODES)],
        Fact::User(ANONYMOUS) => return vec![Fact::Group(UNAUTHENTICATED)],
        Fact::Group(UNAUTHENTICATED | AUTHENTICATED) => return Vec::new(),
        _ => Vec::new(),
    };
    own.into_iter().chain([Fact::authenticated()]).collect()
}
