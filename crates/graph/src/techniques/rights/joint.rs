//! Primitives that take several rights.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Confidence;
use merlon_rbac::{ANONYMOUS, AUTHENTICATED, BindingId, SERVICE_ACCOUNTS, UNAUTHENTICATED};

use super::gains::{Right, gains};
use super::grants::{Bound, Given};
use super::{Gains, KNOWN, Known, NEEDED_RIGHT, grants, roles};
use crate::builder::Builder;
use crate::fact::Fact;
use crate::technique::Technique;
use crate::techniques::abilities::NARROW;
use crate::world::World;

/// The rights that primitives with several rows are about, by primitive.
#[derive(Default)]
pub(super) struct Joint<'w> {
    given: BTreeMap<&'static str, Vec<Given<'w>>>,
}

impl<'w> Joint<'w> {
    pub(super) fn give(&mut self, given: Given<'w>) {
        self.given.entry(given.given.known.primitive.id).or_default().push(given);
    }
}

/// The rights of each row, of which one is enough.
pub(super) type Rows<'g, 'w> = Vec<Vec<&'g Given<'w>>>;

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    joint: &Joint<'w>,
    bound: &[Bound<'w>],
) {
    for (id, given) in &joint.given {
        let known = &KNOWN[id];
        let met: BTreeSet<usize> = given.iter().map(|it| it.given.row).collect();
        if met.len() < known.primitive.needs.len() {
            continue;
        }
        if known.is_one_request {
            add_for_one(world, builder, known, given, bound);
        } else {
            add_for_several(world, builder, known, given);
        }
    }
}

/// Rights that may be those of several identities, since they are for several requests.
fn add_for_several<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    known: &'static Known,
    given: &[Given<'w>],
) {
    let mut rights: BTreeMap<(usize, Option<&'w str>), Fact<'w>> = BTreeMap::new();
    for each in given {
        let place = (each.given.row, each.namespace);
        let right = *rights.entry(place).or_insert_with(|| builder.right());
        let changes = grants::change(world, builder, &each.grant);
        let basis = grants::basis(&each.grant, &[each.given.number]);
        builder.step(&NEEDED_RIGHT, &[each.holder], right, basis, &changes);
    }
    let scopes: BTreeSet<Option<&'w str>> = rights.keys().map(|(_, scope)| *scope).collect();
    let rows = 0..known.primitive.needs.len();
    for scope in scopes {
        for row in rows.clone().filter(|_| scope.is_some()) {
            if let Some(whole) = rights.get(&(row, None)).copied() {
                let within = *rights.entry((row, scope)).or_insert_with(|| builder.right());
                builder.step(&NARROW, &[whole], within, vec![], &[]);
            }
        }
        let premises: Option<Vec<Fact<'w>>> =
            rows.clone().map(|row| rights.get(&(row, scope)).copied()).collect();
        let Some(premises) = premises else { continue };
        let scope = given[0].given.scope(world, scope);
        let right = Right { rule: given[0].given.rule, names: &[], scope };
        for (fact, sure) in gains(world, known, right) {
            builder.step_with(&known.technique, sure, &premises, fact, vec![], &[]);
        }
    }
}

/// Rights that have to be those of whoever makes the one request.
fn add_for_one<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    known: &'static Known,
    given: &[Given<'w>],
    bound: &[Bound<'w>],
) {
    let mut by_holder: BTreeMap<Fact<'w>, Vec<&Given<'w>>> = BTreeMap::new();
    for each in given {
        by_holder.entry(each.holder).or_default().push(each);
    }
    for (holder, own) in &by_holder {
        let groups = groups_of(world, *holder);
        let others = groups.iter().filter_map(|group| by_holder.get(group)).flatten();
        let all: Vec<&Given<'w>> = own.iter().chain(others).copied().collect();
        if matches!(known.gains, Gains::Escalation) {
            roles::escalate(world, builder, known, (*holder, &groups), &all, bound);
            continue;
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
                Gains::Binding => roles::bind(world, builder, known, *holder, scope, &rows),
                _ => add_named(world, builder, known, *holder, scope, &rows),
            }
        }
    }
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
        let right = Right { rule: each.given.rule, names: each.given.names, scope };
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
    let bindings: BTreeSet<(BindingId, u32)> =
        rows.iter().flatten().map(|it| (it.grant.binding, it.grant.subject)).collect();
    if let (1, Some(first)) = (bindings.len(), rows[0].first()) {
        let rules: BTreeSet<u32> = rows.iter().flatten().map(|it| it.given.number).collect();
        let rules: Vec<u32> = rules.into_iter().collect();
        let changes = grants::change(world, builder, &first.grant);
        let basis = grants::basis(&first.grant, &rules);
        builder.step_with(technique, sure, &[holder], gained, basis, &changes);
        return;
    }
    let mut premises = Vec::new();
    for row in rows {
        let right = builder.right();
        for each in row {
            let changes = grants::change(world, builder, &each.grant);
            let basis = grants::basis(&each.grant, &[each.given.number]);
            builder.step(&NEEDED_RIGHT, &[holder], right, basis, &changes);
        }
        premises.push(right);
    }
    builder.step_with(technique, sure, &premises, gained, vec![], &[]);
}

/// The groups that Kubernetes itself puts a holder in.
fn groups_of<'w>(world: &World<'w, '_>, holder: Fact<'w>) -> Vec<Fact<'w>> {
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
