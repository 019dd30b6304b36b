//! The techniques, by what they use. Each file declares them with their examples and adds their steps.

mod abilities;
mod escapes;
mod identities;
mod rights;

use crate::builder::Builder;
use crate::graph::AttackGraph;
use crate::technique::Technique;
use crate::world::World;

/// Every technique, sorted by id.
#[must_use]
pub fn techniques() -> Vec<&'static Technique> {
    let all = [escapes::TECHNIQUES, identities::TECHNIQUES];
    let mut all: Vec<&'static Technique> = all
        .into_iter()
        .flatten()
        .copied()
        .chain(rights::techniques())
        .chain(abilities::techniques())
        .collect();
    all.sort_unstable_by_key(|technique| technique.id);
    all
}

/// Finds every step that the objects allow.
#[must_use]
pub fn attack_graph<'w, 'a: 'w>(world: &World<'w, 'a>) -> AttackGraph<'w> {
    let mut builder = Builder::default();
    identities::add(world, &mut builder);
    rights::add(world, &mut builder);
    escapes::add(world, &mut builder);
    // Last: it looks at what came up before.
    abilities::add(world, &mut builder);
    builder.build()
}
