use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use merlon_graph::search::{
    Budget, Cut, FactId, Proof, Query, Reached, StepId, Without, choke_points, reach,
    relevant_between,
};
use merlon_graph::{AttackGraph, Basis, Endpoint, Fact, World};
use merlon_model::{
    AttackSummary, Confidence, Finding, Outcome, Report, Risk, RouteSummary, Severity,
};
use merlon_snapshot::Snapshot;
use merlon_views::Told;

use crate::attack::in_world;
use crate::glob::matches;
use crate::threat_model::ThreatModel;

/// By how much a finding matters more when it lies on a path to a target.
const ON_PATH: u16 = 150;
/// By how much less, when the graph knows its control and no path goes through it.
const OFF_PATH: u16 = 60;
/// By how much more, when what it is about is reached from outside.
const EXPOSED: u16 = 120;

/// What an attacker would do under a threat model, by which findings are given their risk.
///
/// It needs no report, and the graph that it comes from is gone when it is made: so whoever looks for it before
/// evaluating never has both the graph and all findings in memory.
#[derive(Debug)]
pub struct Ranking<'s> {
    model: &'s ThreatModel,
    summary: AttackSummary,
    surroundings: BTreeMap<&'s str, Surroundings>,
}

impl<'s> Ranking<'s> {
    /// Looks for the ways through every inventory of a snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, told: &Told, model: &'s ThreatModel) -> Self {
        let mut summary = AttackSummary {
            threat_model: model.name.clone(),
            routes: Vec::new(),
            changes: Vec::new(),
            minimal: true,
            findings_on_paths: 0,
        };
        let mut surroundings = BTreeMap::new();
        for inventory in &snapshot.inventories {
            let around = in_world(snapshot, inventory, told, |world, graph| {
                Surroundings::new(world, graph, model, &mut summary)
            });
            surroundings.insert(inventory.name.as_str(), around);
        }
        Self { model, summary, surroundings }
    }

    /// Gives every failing finding its risk, and the report the sum of what an attacker would do.
    ///
    /// A finding's risk is its control's score, moved by whether it lies on a path from an entry to a target, by
    /// whether it is about something that is exposed, and by the model's weight for its control. Each factor says why.
    pub fn apply(self, report: &mut Report) {
        let Self { model, mut summary, surroundings } = self;
        // Most findings have one of a few.
        let mut risks: BTreeSet<Arc<Risk>> = BTreeSet::new();
        for finding in report.findings.iter_mut().filter(|it| it.outcome == Outcome::Fail) {
            // A node may have the name of an inventory; what is about no object is on no path that could be told.
            let around =
                finding.part.as_ref().and_then(|_| surroundings.get(finding.scope.as_str()));
            let path = around.and_then(|around| around.path_through(finding));
            summary.findings_on_paths += usize::from(path.is_some());
            let risk = risk(finding, path, around, model);
            let known = risks.get(&risk).cloned();
            finding.risk = Some(known.unwrap_or_else(|| {
                let new = Arc::new(risk);
                risks.insert(Arc::clone(&new));
                new
            }));
        }
        if !surroundings.is_empty() {
            report.attack = Some(summary);
        }
    }
}

fn risk(
    finding: &Finding,
    path: Option<&str>,
    around: Option<&Surroundings>,
    model: &ThreatModel,
) -> Risk {
    let mut risk = Risk::of(base(finding));
    if let Some(around) = around {
        if let Some(path) = path {
            risk = risk.times(ON_PATH, format!("it lies on a path {path}"));
        } else if around.controls.contains(finding.control.as_str()) {
            risk = risk.times(OFF_PATH, "no path to a target goes through it");
        }
        if object_of(finding).is_some_and(|object| around.exposed.contains(&object)) {
            risk = risk.times(EXPOSED, "what it is about is reached from outside");
        }
    }
    let weight = model.weights.iter().find(|weight| {
        weight.percent != 100 && weight.controls.iter().any(|it| matches(it, &finding.control))
    });
    match weight {
        Some(weight) => risk.times(weight.percent, weight.reason.clone()),
        None => risk,
    }
}

/// The control's score, in tenths; the middle of its severity where it has none, or where the organisation gave it
/// another severity.
fn base(finding: &Finding) -> u16 {
    let control = merlon_controls::find(&finding.control);
    let score = control.map(|control| control.vector.score());
    match score {
        Some(score) if score.severity() == finding.severity => u16::from(score.tenths()),
        _ => match finding.severity {
            Severity::Low => 25,
            Severity::Medium => 55,
            Severity::High => 80,
            Severity::Critical => 95,
        },
    }
}

fn object_of(finding: &Finding) -> Option<String> {
    finding.part.as_ref().map(|part| part.object.to_string())
}

/// What surrounds the findings of one inventory.
#[derive(Debug)]
struct Surroundings {
    /// The controls that techniques rest on.
    controls: BTreeSet<&'static str>,
    /// The paths by what they rest on: control and object.
    paths: BTreeMap<(&'static str, String), String>,
    /// The objects whose pods are reached from outside.
    exposed: BTreeSet<String>,
}

impl Surroundings {
    fn new(
        world: &World<'_, '_>,
        graph: &AttackGraph<'_>,
        model: &ThreatModel,
        summary: &mut AttackSummary,
    ) -> Self {
        let techniques = merlon_graph::techniques();
        let controls = techniques.iter().flat_map(|it| it.controls.iter().copied()).collect();
        let exposed = exposed(world, graph);
        let mut around = Self { controls, paths: BTreeMap::new(), exposed };
        let mut entries: Vec<FactId> =
            model.entries.iter().flat_map(|entry| entry.facts(world, graph)).collect();
        entries.sort_unstable();
        entries.dedup();
        let mut removable: Vec<FactId> = Vec::new();
        let mut from_each: Option<Vec<(&Endpoint, Reached<'_>)>> = None;
        let without = Without::nothing();
        for target in &model.targets {
            let targets = target.facts(world, graph);
            let query = Query {
                graph: &graph.hypergraph,
                entries: &entries,
                targets: &targets,
                without: &without,
            };
            let Some(mut route) = route(world, graph, model, target, &query) else { continue };
            let from_each = from_each.get_or_insert_with(|| reached_from_each(world, graph, model));
            let leads = |reached: &Reached<'_>| targets.iter().any(|it| reached.has(*it));
            let entries = from_each.iter().filter(|(_, reached)| leads(reached));
            route.entries = entries.map(|(entry, _)| entry.to_string()).collect();
            let words = format!("from {} to {}", route.entry, route.target);
            // Of all pods an attacker has one. Guesses lead from each to each other.
            let is_known =
                |step: StepId| graph.steps[step.0 as usize].confidence > Confidence::Assumed;
            for step in relevant_between(&query, is_known).steps {
                around.note(world, graph, step, &words);
            }
            if route.removable {
                removable.extend(&targets);
            }
            summary.routes.push(route);
        }
        let query = Query {
            graph: &graph.hypergraph,
            entries: &entries,
            targets: &removable,
            without: &without,
        };
        let weight =
            |change: merlon_graph::search::ChangeId| graph.changes[change.0 as usize].weight;
        if let Cut::Set { changes, proof, .. } = choke_points(&query, weight, Budget::default()) {
            let titles = changes.iter().map(|it| graph.changes[it.0 as usize].title.clone());
            summary.changes.extend(titles);
            summary.minimal &= matches!(proof, Proof::Minimal);
        }
        around
    }

    /// Takes down what a step rests on.
    fn note(&mut self, world: &World<'_, '_>, graph: &AttackGraph<'_>, step: StepId, path: &str) {
        let step = &graph.steps[step.0 as usize];
        if step.technique.controls.is_empty() {
            return;
        }
        for object in step.basis.iter().flat_map(|basis| objects(world, basis)) {
            for control in step.technique.controls {
                let key = (*control, object.clone());
                self.paths.entry(key).or_insert_with(|| path.to_owned());
            }
        }
    }

    fn path_through(&self, finding: &Finding) -> Option<&str> {
        let control = self.controls.get(finding.control.as_str())?;
        self.paths.get(&(*control, object_of(finding)?)).map(String::as_str)
    }
}

/// The objects that a step rests on: of a grant the binding and the role.
fn objects(world: &World<'_, '_>, basis: &Basis<'_>) -> Vec<String> {
    match basis {
        Basis::Object(object, ..) => vec![object.reference().to_string()],
        Basis::Grant(grant) => {
            let binding = world.binding(grant.binding).map(|it| it.object.reference());
            let role = world.role(grant.role).and_then(|it| it.object).map(|it| it.reference());
            [binding, role].into_iter().flatten().map(|it| it.to_string()).collect()
        }
        Basis::Note(_) => Vec::new(),
    }
}

fn reached_from_each<'g, 'm>(
    world: &World<'_, '_>,
    graph: &'g AttackGraph<'_>,
    model: &'m ThreatModel,
) -> Vec<(&'m Endpoint, Reached<'g>)> {
    let from = |entry: &Endpoint| {
        reach(&graph.hypergraph, &entry.facts(world, graph), &Without::nothing())
    };
    model.entries.iter().map(|entry| (entry, from(entry))).collect()
}

fn route(
    world: &World<'_, '_>,
    graph: &AttackGraph<'_>,
    model: &ThreatModel,
    target: &Endpoint,
    query: &Query<'_>,
) -> Option<RouteSummary> {
    let reached = reach(query.graph, query.entries, query.without);
    let path = reached.path(reached.cheapest(query.targets)?)?;
    let first = path.steps.first();
    let held = |step: &StepId| query.graph.premises(*step).first().copied();
    let start = first.and_then(held);
    let entry = model
        .entries
        .iter()
        .find(|entry| start.is_some_and(|fact| entry.facts(world, graph).contains(&fact)));
    let mut way: Vec<String> = start.iter().map(|fact| graph.name(world, *fact)).collect();
    way.extend(path.steps.iter().map(|step| graph.name(world, query.graph.conclusion(*step))));
    // A way without a change cannot be removed by any; that is all `choke_points` is asked here.
    let removable = !matches!(choke_points(query, |_| 1, Budget(0)), Cut::Impossible(_));
    Some(RouteSummary {
        scope: world.view.inventory.name.clone(),
        entry: entry.map(ToString::to_string).unwrap_or_default(),
        entries: Vec::new(),
        target: target.to_string(),
        way,
        removable,
    })
}

/// The workloads that steps lead into from the internet.
fn exposed(world: &World<'_, '_>, graph: &AttackGraph<'_>) -> BTreeSet<String> {
    let Some(internet) = graph.fact(&Fact::Internet) else { return BTreeSet::new() };
    let steps = graph.hypergraph.using(internet).iter();
    let reached = steps.map(|step| &graph.facts[graph.hypergraph.conclusion(*step).0 as usize]);
    let workloads = reached.filter_map(|fact| match fact {
        Fact::Container(number, _) | Fact::Workload(number) => world.workload(*number),
        _ => None,
    });
    workloads.map(|workload| workload.owner.reference().to_string()).collect()
}
