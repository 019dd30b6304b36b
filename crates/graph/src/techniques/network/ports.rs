//! The ports that programs listen on, as far as objects tell.

use merlon_views::objects::{PodView, declared};

use crate::world::World;

pub(in crate::techniques) use merlon_views::objects::{Listening, PortName, behind};

/// What a workload listens on: the ports its containers declare, and those that services send to.
///
/// Sorted. A workload that declares none and that no service selects has none: nothing tells that it listens.
pub(in crate::techniques) fn listening<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    workload: &'w PodView<'a>,
) -> Vec<Listening<'w>> {
    let mut all: Vec<Listening<'w>> = declared(workload).collect();
    for service in world.view.services().selecting(workload) {
        all.extend(behind(workload, service, &[]));
    }
    all.sort_unstable();
    all.dedup();
    all
}
