//! One binding exchanged for another: the steps that have to be found anew, and no others.

use std::collections::BTreeSet;

use merlon_rbac::Policy;

use super::grants::{self, Bindings, Bound, Matches};
use super::joint::{Joint, add_for_several, groups_of};
use super::lent::Lent;
use super::{Gains, KNOWN, give, roles};
use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Owner;
use crate::world::World;

/// What the bindings of a world give, kept so that one of them can be exchanged.
#[derive(Debug, Default)]
pub(crate) struct Rights<'w> {
    bindings: Bindings<'w>,
    matches: Matches<'w>,
    joint: Joint<'w>,
    lent: Lent<'w>,
    /// Where it has been told what comes of rights that several may hold.
    told: BTreeSet<(&'static str, Option<&'w str>)>,
}

impl<'w> Rights<'w> {
    /// What the bindings give, by their place in the view.
    pub(crate) fn of<'a: 'w>(world: &World<'w, 'a>) -> Self {
        let mut rights = Self { bindings: grants::bound(world), ..Self::default() };
        // Nobody asks what takes these steps away: they are in the graph already.
        rights.bindings.forget_grants();
        let Self { bindings, matches, joint, lent, .. } = &mut rights;
        for (_, bound) in bindings.iter() {
            give(world, &mut Builder::default(), bound, (&mut *matches, &mut *joint));
            lent.give(world, bound);
        }
        rights
    }

    /// Exchanges a binding for another, or takes it out, and adds what follows from what is now there. What goes with
    /// those that are given back has to go: of it that is left out which no longer is.
    ///
    /// The policy is that after the exchange.
    pub(crate) fn exchange<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        (number, after): (u32, Option<Bound<'w>>),
        policy: &Policy,
    ) -> BTreeSet<Owner<'w>> {
        let before = self.bindings.exchange(number, after);
        let Self { bindings, matches, joint, lent, told } = self;
        let after = bindings.get(number);
        // What comes of rights to change roles depends on what else the holder is bound to.
        let looks_around = KNOWN.values().filter(|it| it.primitive.bound_to.is_some());
        let mut primitives: BTreeSet<&'static str> =
            looks_around.map(|it| it.primitive.id).collect();
        for bound in before.iter().chain(after) {
            let (_, several) = matches.in_place(world, bound);
            primitives.extend(several.iter().map(|it| it.known.primitive.id));
        }
        if let Some(before) = &before {
            primitives.iter().for_each(|primitive| joint.take(primitive, number, before));
        }
        if let Some(after) = after {
            builder.set_owner(Some(Owner::Binding(number)));
            give(world, builder, after, (matches, joint));
            if roles::is_aggregated(world, after) {
                roles::add_aggregated(world, builder, after);
            }
            builder.set_owner(None);
            if roles::is_aggregated(world, after) {
                roles::add_polluted(builder, after);
            }
            for primitive in &primitives {
                for (scope, part) in joint.scopes(primitive) {
                    let is_here = after.namespace.is_none() || after.namespace == scope;
                    if is_here && told.insert((primitive, scope)) {
                        add_for_several(world, builder, part, scope);
                    }
                }
            }
        }
        let named = before.iter().chain(after).flat_map(|it| &it.subjects);
        let named: BTreeSet<Fact<'w>> = named.map(|(holder, _)| *holder).collect();
        let mut owners: BTreeSet<Owner<'w>> = BTreeSet::new();
        for primitive in &primitives {
            let concerned = concerned(world, joint, primitive, &named);
            owners.extend(concerned.into_iter().map(|holder| Owner::Joint(primitive, holder)));
        }
        if before.as_ref().map(|it| it.role) != after.map(|it| it.role) {
            owners.extend(who_look_at_all(world, joint));
        }
        for owner in &owners {
            let Owner::Joint(primitive, holder) = owner else { continue };
            builder.set_owner(Some(*owner));
            joint.add_for_one(world, builder, primitive, *holder, (policy, bindings));
        }
        builder.set_owner(None);
        let mut changed = BTreeSet::new();
        if before.iter().chain(after).any(|it| Lent::concerns(world, it)) {
            changed = lent.holders(world);
            if let Some(before) = &before {
                lent.take(number, before);
            }
            if let Some(after) = after {
                lent.give(world, after);
            }
            changed.extend(lent.holders(world));
            changed.retain(|holder| {
                named.contains(holder)
                    || groups_of(world, *holder).iter().any(|it| named.contains(it))
            });
        }
        let holders = lent.holders(world);
        for holder in holders.difference(&changed) {
            owners.insert(Owner::Lent(*holder, number));
            lent.add_for(world, builder, *holder, after.map(|it| (number, it)).into_iter());
        }
        for holder in changed {
            owners.extend((0..bindings.end()).map(|number| Owner::Lent(holder, number)));
            if holders.contains(&holder) {
                lent.add_for(world, builder, holder, bindings.iter());
            }
        }
        owners.insert(Owner::Binding(number));
        owners
    }

    /// Adds that those who are bound to roles that are put together from others are bound to them: what a graph is
    /// built without in which nobody can add to them.
    pub(crate) fn add_aggregated<'a: 'w>(&self, world: &World<'w, 'a>, builder: &mut Builder<'w>) {
        let mut told = BTreeSet::new();
        let aggregated = self.bindings.iter().filter(|(_, it)| roles::is_aggregated(world, it));
        for (number, bound) in aggregated {
            builder.set_owner(Some(Owner::Binding(number)));
            roles::add_aggregated(world, builder, bound);
            builder.set_owner(None);
            if told.insert((bound.role, bound.namespace)) {
                roles::add_polluted(builder, bound);
            }
        }
    }

    /// Adds what it is worth to be bound to a role.
    pub(crate) fn add_worth<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        target: roles::Target<'w>,
    ) {
        roles::add_worth(world, builder, target, &mut self.matches);
    }
}

/// Those among the named who may gain by a primitive, and the members of the groups among them.
fn concerned<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    joint: &Joint<'w>,
    primitive: &str,
    named: &BTreeSet<Fact<'w>>,
) -> BTreeSet<Fact<'w>> {
    let mut concerned = named.clone();
    if named.iter().any(|it| matches!(it, Fact::Group(_) | Fact::AccountOf(_))) {
        let is_member =
            |holder: &Fact<'w>| groups_of(world, *holder).iter().any(|it| named.contains(it));
        concerned.extend(joint.holders(primitive).filter(is_member));
    }
    concerned
}

/// Those who may change bindings and make none: what they gain depends on which bindings there are.
fn who_look_at_all<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    joint: &Joint<'w>,
) -> impl Iterator<Item = Owner<'w>> {
    let about_bindings = KNOWN.values().filter(|it| matches!(it.gains, Gains::Binding));
    about_bindings.map(|it| it.primitive.id).flat_map(move |primitive| {
        let looks = move |holder: &Fact<'w>| {
            let held = joint.held(world, primitive, *holder);
            let row = |row: usize| held.iter().filter(move |it| it.given.row == row);
            row(0).any(|it| !roles::creates(it)) && row(1).next().is_some()
        };
        joint.holders(primitive).filter(looks).map(move |holder| Owner::Joint(primitive, holder))
    })
}
