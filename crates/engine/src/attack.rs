use merlon_graph::{Search, World, attack_graph, report};
use merlon_model::{ATTACK_REPORT_FORMAT, AttackReport};
use merlon_snapshot::Snapshot;
use merlon_views::{InventoryView, Told};

use crate::evaluate::timestamp;

/// The ways that an attacker has in the first inventory of a snapshot; an empty report where there is none.
#[must_use]
pub fn attack(snapshot: &Snapshot, told: &Told, search: &Search) -> AttackReport {
    let now = snapshot.header.taken_at;
    let empty = AttackReport { format: ATTACK_REPORT_FORMAT, ..AttackReport::default() };
    let found = snapshot.inventories.first().map_or(empty, |inventory| {
        let view = InventoryView::new(inventory, now, told);
        let world = World::new(&view);
        report(&world, &attack_graph(&world), search)
    });
    AttackReport { taken_at: timestamp(now).to_string(), ..found }
}
