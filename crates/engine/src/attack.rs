use merlon_graph::{AttackGraph, Search, World, attack_graph, report};
use merlon_model::{ATTACK_REPORT_FORMAT, AttackReport, Kind};
use merlon_snapshot::{Inventory, Node, Snapshot};
use merlon_views::objects::control_plane_nodes;
use merlon_views::{InventoryView, NodeView, Told};

use crate::evaluate::timestamp;

/// The ways that an attacker has in the first inventory of a snapshot; an empty report where there is none.
#[must_use]
pub fn attack(snapshot: &Snapshot, told: &Told, search: &Search) -> AttackReport {
    let empty = AttackReport { format: ATTACK_REPORT_FORMAT, ..AttackReport::default() };
    let found = snapshot.inventories.first().map_or(empty, |inventory| {
        in_world(snapshot, inventory, told, |world, graph| report(world, graph, search))
    });
    AttackReport { taken_at: timestamp(snapshot.header.taken_at).to_string(), ..found }
}

/// Works out the attack graph of an inventory, and hands it on.
pub(crate) fn in_world<T>(
    snapshot: &Snapshot,
    inventory: &Inventory,
    told: &Told,
    then: impl FnOnce(&World<'_, '_>, &AttackGraph<'_>) -> T,
) -> T {
    let now = snapshot.header.taken_at;
    let shown = control_plane_nodes(inventory);
    let nodes = nodes(snapshot, inventory, &shown);
    let nodes: Vec<NodeView<'_>> =
        nodes.into_iter().map(|node| NodeView::new(node, now, told)).collect();
    let view = InventoryView::new(inventory, now, told);
    let world = World::new(&view).with_nodes(&nodes);
    then(&world, &attack_graph(&world))
}

/// What was collected on the inventory's own nodes, and what its mirror pods show of the others.
fn nodes<'n>(snapshot: &'n Snapshot, inventory: &'n Inventory, shown: &'n [Node]) -> Vec<&'n Node> {
    let is_node = |name: &str| {
        let nodes = inventory.objects.iter().filter(|object| object.kind() == Some(Kind::Node));
        nodes.into_iter().any(|object| object.name() == name)
    };
    let mut nodes: Vec<&Node> = snapshot.nodes.iter().filter(|node| is_node(&node.name)).collect();
    let further = shown.iter().filter(|node| snapshot.nodes.iter().all(|it| it.name != node.name));
    nodes.extend(further);
    nodes
}
