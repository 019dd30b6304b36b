//! The examples of techniques are their tests: there is a way, it goes by the technique, and each precondition that is
//! taken away takes the way away.
//!
//! After the objects, lines `# node NAME` start what was collected on a node, a line of `merlon_controls::example` after
//! each `#   `.

use std::collections::BTreeSet;

use merlon_controls::example::{NOW, inventory, node};
use merlon_graph::search::{Query, Without, relevant};
use merlon_graph::{Endpoint, Example, Technique, World, attack_graph, techniques};
use merlon_snapshot::Node;
use merlon_views::objects::{InventoryView, control_plane_nodes};
use merlon_views::{NodeView, Told};

/// The nodes that are written after the objects.
fn collected(text: &str) -> Vec<Node> {
    let parts = text.split("\n# node ").skip(1).filter_map(|part| part.split_once('\n'));
    let collected = parts.map(|(name, lines)| {
        let lines = lines.lines().map_while(|line| line.strip_prefix("#   "));
        Node { name: name.to_owned(), ..node(&lines.collect::<Vec<_>>().join("\n")) }
    });
    collected.collect()
}

/// The ids of the techniques that lie on some way; none where there is no way.
fn on_ways(objects: &str, from: &str, to: &str) -> BTreeSet<&'static str> {
    let inventory = inventory(objects);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let mut nodes = control_plane_nodes(&inventory);
    nodes.extend(collected(objects));
    let told = Told { kubernetes_version: view.release.clone() };
    let nodes: Vec<NodeView<'_>> = nodes.iter().map(|it| NodeView::new(it, NOW, &told)).collect();
    let world = World::new(&view).with_nodes(&nodes);
    let graph = attack_graph(&world);
    let facts = |text: &str| text.parse::<Endpoint>().expect(text).facts(&world, &graph);
    let (entries, targets) = (facts(from), facts(to));
    let without = Without::nothing();
    let query =
        Query { graph: &graph.hypergraph, entries: &entries, targets: &targets, without: &without };
    let steps = relevant(&query).steps;
    steps.iter().map(|step| graph.steps[step.0 as usize].technique.id).collect()
}

fn check(technique: &Technique, example: &Example) -> Result<(), String> {
    let Example { objects, from, to, without } = example;
    let objects = objects.trim_start();
    let found = on_ways(objects, from, to);
    if !found.contains(technique.id) {
        return Err(format!("{}: no way from {from} to {to} by it, but {found:?}", technique.id));
    }
    for (before, after) in *without {
        if !objects.contains(before) {
            return Err(format!("{}: {before:?} is not in the objects", technique.id));
        }
        let left = on_ways(&objects.replace(before, after), from, to);
        if left.contains(technique.id) {
            return Err(format!("{}: with {after:?} there is still {left:?}", technique.id));
        }
    }
    Ok(())
}

#[test]
fn each_technique_is_shown_with_its_preconditions() {
    let mut problems = Vec::new();
    for technique in techniques() {
        let shown = technique.examples.iter().any(|example| !example.without.is_empty());
        if !shown {
            problems.push(format!("{}: no example takes a precondition away", technique.id));
        }
        problems.extend(technique.examples.iter().filter_map(|it| check(technique, it).err()));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_technique_has_a_name_of_its_own() {
    let ids: Vec<&str> = techniques().iter().map(|technique| technique.id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len());
}

#[test]
fn techniques_name_controls_that_there_are() {
    let known: BTreeSet<&str> = merlon_controls::all().iter().map(|control| control.id).collect();
    for technique in techniques() {
        for id in technique.controls {
            assert!(known.contains(id), "{}: there is no control {id}", technique.id);
        }
    }
}
