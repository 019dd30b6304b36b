//! Times the attack graph of a cluster's objects, one JSON object a line on standard input, after they went through a
//! snapshot file: `merlon-testkit generate | attack`.

use std::io::Cursor;
use std::time::{Duration, Instant};

use merlon_graph::search::{Budget, ChangeId, Cut, FactId, Query, Without, choke_points};
use merlon_graph::{Endpoint, World, attack_graph};
use merlon_rbac::Request;
use merlon_snapshot::read;
use merlon_views::{InventoryView, Told};

mod generated;

use generated::{peak, stored};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let snapshot = read(Cursor::new(&stored()?))?;
    let inventory = &snapshot.inventories[0];
    println!("loaded: {} objects, peak {:.0} MiB", inventory.objects.len(), peak());

    let mut whole = Duration::ZERO;
    let mut lap = |what: &str, start: Instant| {
        whole += start.elapsed();
        println!("{what}: {:.2?}", start.elapsed());
    };
    let start = Instant::now();
    let view = InventoryView::new(inventory, snapshot.header.taken_at, &Told::default());
    let world = World::new(&view);
    lap("index", start);

    let start = Instant::now();
    let graph = attack_graph(&world);
    lap("graph", start);
    let search = &graph.hypergraph;
    let (facts, steps, changes) = (search.facts(), search.steps(), search.changes());
    println!("  {facts} facts, {steps} steps, {changes} changes");

    let targets = Endpoint::ClusterAdmin.facts(&world, &graph);
    for entry in
        [Endpoint::Internet, Endpoint::Anonymous, Endpoint::Authenticated, Endpoint::AnyPod]
    {
        let start = Instant::now();
        let entries = entry.facts(&world, &graph);
        let cut = cut(&graph, &entries, &targets);
        lap(&format!("choke points from {entry} to cluster-admin"), start);
        println!("  {cut}");
    }
    println!("together: {whole:.2?}, peak {:.0} MiB", peak());
    who_can(&world);
    Ok(())
}

fn cut(graph: &merlon_graph::AttackGraph<'_>, entries: &[FactId], targets: &[FactId]) -> String {
    let without = Without::nothing();
    let query = Query { graph: &graph.hypergraph, entries, targets, without: &without };
    let weight = |change: ChangeId| graph.changes[change.0 as usize].weight;
    match choke_points(&query, weight, Budget::default()) {
        Cut::Unneeded => "not reached".to_owned(),
        Cut::Impossible(path) => {
            format!("no change takes away a path of {} steps", path.steps.len())
        }
        Cut::Set { changes, weight, proof } => {
            format!("{} changes of weight {weight}, {proof:?}", changes.len())
        }
    }
}

/// Asks who can do what people ask most, in every namespace.
fn who_can(world: &World<'_, '_>) {
    let authorizer = &world.access.authorizer;
    let mut slowest = (Duration::ZERO, String::new());
    let mut asked = 0_u32;
    let start = Instant::now();
    for namespace in &world.namespaces {
        for (verb, resource) in [("get", "secrets"), ("create", "pods"), ("list", "configmaps")] {
            let request = Request::resource(verb, "", resource).within(namespace);
            let before = Instant::now();
            let found = authorizer.who_can(&request);
            let took = before.elapsed();
            asked += 1;
            if took > slowest.0 {
                slowest = (took, format!("{verb} {resource} in {namespace}: {}", found.len()));
            }
        }
    }
    let average = start.elapsed() / asked.max(1);
    println!(
        "who-can: {average:.2?} on average of {asked}, at most {:.2?} ({})",
        slowest.0, slowest.1
    );
}
