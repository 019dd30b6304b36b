//! Times the attack graph of a cluster's objects, one JSON object a line on standard input, after they went through a
//! snapshot file: `merlon-testkit generate | attack`.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::{Duration, Instant};

use merlon_graph::search::{Budget, ChangeId, Cut, FactId, Query, Without, choke_points, reach};
use merlon_graph::{AttackGraph, Endpoint, Fact, LiveGraph, Strangers, World, attack_graph};
use merlon_rbac::{Binding, Request, RoleRef, Subject};
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
    edits(&world, &graph);
    Ok(())
}

fn cut(graph: &AttackGraph<'_>, entries: &[FactId], targets: &[FactId]) -> String {
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

/// The bindings that are changed, taken away, and put back.
const EDITS: usize = 100;

/// Changes bindings one by one, and asks after each whether administration is reached and how; at last the service
/// account of a pod becomes an administrator.
fn edits(world: &World<'_, '_>, graph: &AttackGraph<'_>) {
    let start = Instant::now();
    let strangers = Strangers::default();
    let mut live = LiveGraph::new(world, graph, &strangers, vec![Endpoint::Internet], goal());
    println!("live graph: {:.2?}", start.elapsed());
    let bindings: Vec<Binding> =
        world.access.policy().bindings().map(|(_, binding)| binding.clone()).collect();
    let mut times = Vec::new();
    let mut refused = BTreeMap::<String, usize>::new();
    for index in 0..EDITS {
        let before = &bindings[index * bindings.len() / EDITS];
        let other = &bindings[(index * bindings.len() + bindings.len() / 2) / EDITS];
        let with = |subjects: &[Subject]| Binding { subjects: subjects.to_vec(), ..before.clone() };
        let mut more = before.subjects.clone();
        more.push(Subject::user("a-newcomer"));
        // None takes the binding away.
        let edits = [Some(with(&other.subjects)), Some(with(&more)), None, Some(before.clone())];
        for edit in edits {
            let start = Instant::now();
            let edit = match edit {
                Some(binding) => live.put(binding),
                None => live.take(before.namespace.as_deref(), &before.name).map(drop),
            };
            let path = live.path(0);
            times.push((start.elapsed(), path.map(|path| path.steps.len())));
            if let Err(why) = edit {
                *refused.entry(why.to_string()).or_default() += 1;
            }
        }
    }
    times.sort_unstable();
    let (count, followed) = (times.len(), times.len() - refused.values().sum::<usize>());
    let (median, worst) = (times[count / 2].0, times[count - 1].0);
    println!(
        "edits of bindings: {followed} of {count} followed, median {median:.2?}, worst {worst:.2?}"
    );
    println!("  refused: {refused:?}");

    for entry in [Endpoint::Internet, Endpoint::AnyPod] {
        administrator(world, graph, &entry);
    }
}

fn goal() -> Vec<Endpoint> {
    vec![Endpoint::ClusterAdmin]
}

/// Makes the account of a pod that is reached an administrator, and takes that back.
fn administrator(world: &World<'_, '_>, graph: &AttackGraph<'_>, entry: &Endpoint) {
    let strangers = Strangers::default();
    let mut live = LiveGraph::new(world, graph, &strangers, vec![entry.clone()], goal());
    let entries = entry.facts(world, graph);
    let reached = reach(&graph.hypergraph, &entries, &Without::nothing());
    let accounts = (0..).map(FactId).zip(&graph.facts).filter_map(|(id, fact)| match fact {
        Fact::ServiceAccount(namespace, name) => Some((reached.cost(id)?, *namespace, *name)),
        _ => None,
    });
    let Some((_, namespace, account)) = accounts.min() else {
        println!("  from {entry} no service account is reached");
        return;
    };
    let subject = vec![Subject::service_account(namespace, account)];
    let role = RoleRef::cluster_role("cluster-admin");
    let binding = Binding::new(None, "a-new-administrator", role, subject);
    let told = |live: &LiveGraph<'_, '_, '_>| {
        live.path(0).map_or_else(
            || "not reached".to_owned(),
            |path| format!("{} steps of cost {}", path.steps.len(), path.cost),
        )
    };
    let before = told(&live);
    let start = Instant::now();
    let put = live.put(binding).map_err(|why| why.to_string());
    let after = told(&live);
    let added = start.elapsed();
    let start = Instant::now();
    let taken = live.take(None, "a-new-administrator").map_err(|why| why.to_string());
    let last = told(&live);
    println!(
        "  from {entry}, {namespace}/{account} is made an administrator ({put:?} in {added:.2?}) and no longer ({taken:?} in {:.2?}): {before}, {after}, {last}",
        start.elapsed()
    );
}
