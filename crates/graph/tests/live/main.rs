//! Steps of attack paths carried out against real API servers: where the graph has a way, the step works, and where one
//! right or one setting is missing, there is no way and the server refuses it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod aggregation;
mod attacker;
mod conversion;
mod server;
mod steps;

use std::process::ExitCode;

use merlon_cluster::{ClusterOptions, collect};
use merlon_graph::search::{Without, reach};
use merlon_graph::{Endpoint, World, attack_graph};
use merlon_testkit::{ControlPlane, Suite, Version, block_on};
use merlon_views::Told;
use merlon_views::objects::InventoryView;
use serde_json::{Value, json};

use attacker::Attacker;
use steps::{STEPS, Step};

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for version in Version::ALL {
        let name = |name: &str| format!("{name}_{version}");
        suite = suite.shared(
            &name("steps_work_where_the_graph_has_a_way"),
            version,
            steps_work_where_the_graph_has_a_way,
        );
    }
    suite.run()
}

fn steps_work_where_the_graph_has_a_way(plane: &ControlPlane) {
    block_on(attacker::wait_for_default_roles(plane));
    let mut problems = Vec::new();
    for step in STEPS {
        check(plane, step, None, &mut problems);
        for missing in 0..step.rights.len() {
            check(plane, step, Some(missing), &mut problems);
        }
        if let Some(labels) = step.refused_by {
            let step = Step { labels, ..*step };
            let works = prepare(plane, &step, None);
            problems.extend(compare(plane, &step, works, false, "with labels that refuse it"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn check(plane: &ControlPlane, step: &Step, missing: Option<usize>, problems: &mut Vec<String>) {
    let attacker = prepare(plane, step, missing);
    let what = missing.map_or("with all rights".to_owned(), |it| format!("without right {it}"));
    let works = missing.is_none() && plane.version().minor() >= step.since;
    problems.extend(compare(plane, step, attacker, works, &what));
}

/// A namespace with somebody to attack, and an attacker who has all rights but one.
fn prepare(plane: &ControlPlane, step: &Step, missing: Option<usize>) -> Attacker {
    let namespace = block_on(plane.namespace(step.name)).unwrap();
    let rule = |(groups, resources, verbs, names): &steps::Right| {
        let words = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let names: Vec<String> = if names.is_empty() { Vec::new() } else { words(names) };
        json!({
            "apiGroups": words(groups), "resources": words(resources), "verbs": words(verbs),
            "resourceNames": names,
        })
    };
    let rights = step.rights.iter().enumerate();
    let rules: Vec<Value> =
        rights.filter(|(at, _)| Some(*at) != missing).map(|(_, right)| rule(right)).collect();
    let (role, binding) = match step.cluster_wide {
        true => ("ClusterRole", "ClusterRoleBinding"),
        false => ("Role", "RoleBinding"),
    };
    let named = if step.cluster_wide { namespace.as_str() } else { "attacker" };
    let group = "rbac.authorization.k8s.io";
    let metadata = |name: &str| match step.cluster_wide {
        true => json!({"name": name}),
        false => json!({"name": name, "namespace": namespace}),
    };
    let api = format!("{group}/v1");
    let mut objects = vec![
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "victim", "namespace": namespace}}),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "database", "namespace": namespace},
            "stringData": {"password": "hunter2"},
        }),
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": namespace},
            "spec": {
                "serviceAccountName": "victim", "nodeName": "nowhere",
                "containers": [{"name": "web", "image": "example.com/web:1"}],
            },
        }),
        json!({"apiVersion": api, "kind": role, "metadata": metadata(named), "rules": rules}),
        json!({
            "apiVersion": api, "kind": binding, "metadata": metadata(named),
            "roleRef": {"apiGroup": group, "kind": role, "name": named},
            "subjects": [{"kind": "ServiceAccount", "name": "attacker", "namespace": namespace}],
        }),
    ];
    if !step.labels.is_empty() {
        let labels: serde_json::Map<String, Value> =
            step.labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        objects.push(json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": namespace, "labels": labels},
        }));
    }
    objects.extend((step.objects)(&namespace));
    block_on(plane.apply(&objects)).unwrap_or_else(|error| panic!("{error}"));
    let token = block_on(plane.service_account_token(&namespace, "attacker")).unwrap();
    Attacker { namespace, token }
}

/// What is wrong when the graph and the server disagree with what is expected, or with each other.
fn compare(
    plane: &ControlPlane,
    step: &Step,
    attacker: Attacker,
    expected: bool,
    what: &str,
) -> Option<String> {
    let target = step.target.replace("NAMESPACE", &attacker.namespace);
    let entry = format!("serviceaccount {}/attacker", attacker.namespace);
    let way = has_way(plane, &entry, &target);
    let works = block_on((step.carry_out)(plane, &attacker));
    // What was gained here must not be there for the next.
    block_on(attacker.leave(plane));
    (way != expected || works != expected).then(|| {
        format!(
            "{} {what}: expected {expected}, the graph says {way}, the server {works}",
            step.name
        )
    })
}

fn has_way(plane: &ControlPlane, entry: &str, target: &str) -> bool {
    let options =
        ClusterOptions { kubeconfig: Some(plane.kubeconfig()), ..ClusterOptions::default() };
    let inventory = collect(&options).unwrap();
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    let graph = attack_graph(&world);
    let facts = |text: &str| text.parse::<Endpoint>().unwrap().facts(&world, &graph);
    let reached = reach(&graph.hypergraph, &facts(entry), &Without::nothing());
    reached.cheapest(&facts(target)).is_some()
}
