//! From a container to its node.

/// A pod of one container, for examples: what follows `spec:`.
macro_rules! pod {
    ($spec:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\nspec:\n",
            $spec
        )
    };
}

mod capabilities;
mod directories;
mod guards;
mod inside;
mod kernel;
mod logs;
mod mounts;
mod neighbours;
mod siblings;
mod sockets;
mod windows;

use crate::builder::Builder;
use crate::technique::Technique;
use crate::world::World;

use super::nodes::keepers;
use guards::Guards;
use inside::Inside;
use logs::LogRights;
pub(super) use logs::{LOG_RIGHT, reading};
pub(super) use siblings::is_ordinary;

/// The techniques of all files.
pub(super) fn techniques() -> impl Iterator<Item = &'static Technique> {
    let all = [
        capabilities::TECHNIQUES,
        directories::TECHNIQUES,
        kernel::TECHNIQUES,
        logs::TECHNIQUES,
        neighbours::TECHNIQUES,
        siblings::TECHNIQUES,
        sockets::TECHNIQUES,
        windows::TECHNIQUES,
    ];
    all.into_iter().flatten().copied()
}

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let (keepers, guards) = (keepers(world), Guards::of(world));
    let mut log_rights = LogRights::default();
    for (number, workload) in world.workloads() {
        let directories = workload.host_directories(world.view).unwrap_or_default();
        for (at, container) in (0..).zip(&workload.containers) {
            let (keepers, guards) = (&keepers, &guards);
            let inside = Inside { world, number, workload, at, container, keepers, guards };
            kernel::add(&inside, builder);
            capabilities::add(&inside, builder);
            windows::add(&inside, builder);
            neighbours::add(&inside, builder);
            let mounts = mounts::of(&inside, &directories);
            directories::add(&inside, &mounts, builder);
            sockets::add(&inside, &mounts, builder);
            logs::add(&inside, &mounts, &mut log_rights, builder);
        }
        siblings::add(world, builder, (number, workload));
    }
}
