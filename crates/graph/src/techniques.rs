//! The techniques, by what they use. Each file declares them with their examples and adds their steps.

mod abilities;
mod cloud;
mod control_plane;
mod deputies;
mod escapes;
mod exposure;
mod given;
mod identities;
mod kubelets;
mod network;
mod nodes;
mod rights;
mod secrets;
mod webhooks;

pub(crate) use given::{Given, add_named, concerns_others, is_of_bindings};
pub(crate) use rights::{Bound, Via};

use crate::builder::Builder;
use crate::graph::AttackGraph;
use crate::technique::Technique;
use crate::world::World;

/// Every technique, sorted by id.
#[must_use]
pub fn techniques() -> Vec<&'static Technique> {
    let all = [
        cloud::TECHNIQUES,
        control_plane::TECHNIQUES,
        deputies::TECHNIQUES,
        exposure::TECHNIQUES,
        identities::TECHNIQUES,
        kubelets::TECHNIQUES,
        network::TECHNIQUES,
        nodes::TECHNIQUES,
        secrets::TECHNIQUES,
        webhooks::TECHNIQUES,
    ];
    let mut all: Vec<&'static Technique> = all
        .into_iter()
        .flatten()
        .copied()
        .chain(rights::techniques())
        .chain(escapes::techniques())
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
    secrets::add(world, &mut builder);
    nodes::add(world, &mut builder);
    exposure::add(world, &mut builder);
    control_plane::add(world, &mut builder);
    webhooks::add(world, &mut builder);
    deputies::add(world, &mut builder);
    let places = network::Places::new(world);
    network::add(world, &mut builder, &places);
    kubelets::add(world, &mut builder, &places);
    cloud::add(world, &mut builder, &places);
    // Last: it looks at what came up before.
    abilities::add(world, &mut builder);
    builder.build()
}
