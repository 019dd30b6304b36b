use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{
    ATTACK_REPORT_FORMAT, AttackChange, AttackExtent, AttackFact, AttackPath, AttackReport,
    AttackRoute, AttackStep, AttackTechnique, ChokePoints, Confidence,
};

use crate::describe::{command, evidence, name, title};
use crate::endpoint::Endpoint;
use crate::fact::{Fact, UNTOLD};
use crate::graph::AttackGraph;
use crate::search::{
    Budget, ChangeId, Cut, FactId, Path, Proof, Query, StepId, Without, choke_points, paths, reach,
    relevant,
};
use crate::world::World;

/// What to look for in a graph.
#[derive(Clone, Debug)]
pub struct Search {
    /// Where attacks start and what they are after.
    pub routes: Vec<(Endpoint, Endpoint)>,
    /// How many paths to tell for each route.
    pub paths: usize,
    /// Steps that are less sure than this do not count.
    pub confidence: Confidence,
    /// Techniques that do not count, by id.
    pub without: Vec<String>,
    /// Whether to tell all that lies on any way, and not only the paths.
    pub whole: bool,
}

/// Searches the graph and tells what was found.
#[must_use]
pub fn report(world: &World<'_, '_>, graph: &AttackGraph<'_>, search: &Search) -> AttackReport {
    let ignored = graph.steps.iter().enumerate().filter(|(_, step)| {
        step.confidence < search.confidence
            || search.without.iter().any(|id| id == step.technique.id)
    });
    let mut without = Without::nothing();
    for (number, _) in ignored {
        without.step(StepId(u32::try_from(number).unwrap_or(u32::MAX)));
    }
    let mut told = Told::new(world, graph);
    let routes = search.routes.iter().map(|route| told.route(route, search, &without)).collect();
    told.report.routes = routes;
    told.entries(search);
    told.report
}

/// How many of the facts that an entry gains are told, where it does not gain the target.
const FURTHEST: usize = 3;

/// What goes into a report, with the numbers it has there.
struct Told<'t, 'w, 'a> {
    world: &'t World<'w, 'a>,
    graph: &'t AttackGraph<'w>,
    report: AttackReport,
    facts: BTreeMap<FactId, usize>,
    steps: BTreeMap<StepId, usize>,
    changes: BTreeMap<ChangeId, usize>,
}

impl<'t, 'w, 'a> Told<'t, 'w, 'a> {
    fn new(world: &'t World<'w, 'a>, graph: &'t AttackGraph<'w>) -> Self {
        let inventory = world.view.inventory;
        let report = AttackReport {
            format: ATTACK_REPORT_FORMAT,
            source: inventory.name.clone(),
            extent: AttackExtent {
                objects: inventory.objects.len(),
                facts: graph.facts.len(),
                steps: graph.steps.len(),
            },
            gaps: inventory.gaps.iter().map(ToString::to_string).collect(),
            ..AttackReport::default()
        };
        let (facts, steps, changes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { world, graph, report, facts, steps, changes }
    }

    fn route(
        &mut self,
        (entry, target): &(Endpoint, Endpoint),
        search: &Search,
        without: &Without,
    ) -> AttackRoute {
        let entries = entry.facts(self.world, self.graph);
        let targets = target.facts(self.world, self.graph);
        for (endpoint, facts) in [(entry, &entries), (target, &targets)] {
            let gap = format!("{endpoint}: nothing of that name is among the objects");
            if facts.is_empty()
                && !endpoint.is_known(self.world)
                && !self.report.gaps.contains(&gap)
            {
                self.report.gaps.push(gap);
            }
        }
        for fact in &entries {
            // What nothing is reached from needs no word.
            if !self.graph.hypergraph.using(*fact).is_empty() && entries.len() < 64 {
                self.fact(*fact);
            }
        }
        let query =
            Query { graph: &self.graph.hypergraph, entries: &entries, targets: &targets, without };
        let found = paths(&query, search.paths);
        if search.whole {
            for step in relevant(&query).steps {
                self.step(step);
            }
        }
        let (furthest, gained) = match found.is_empty() {
            true => {
                let (furthest, gained) = self.gained(&query);
                (furthest, Some(gained))
            }
            false => (Vec::new(), None),
        };
        let weight = |change: ChangeId| self.graph.changes[index(change.0)].weight;
        let cut = choke_points(&query, weight, Budget::default());
        let choke_points = match cut {
            Cut::Unneeded => None,
            Cut::Impossible(path) => Some(ChokePoints::Impossible { path: self.path(&path) }),
            Cut::Set { changes, weight, proof } => {
                let (minimal, at_least) = match proof {
                    Proof::Minimal => (true, weight),
                    Proof::AtLeast(bound) => (false, bound),
                };
                let changes = changes.into_iter().map(|change| self.change(change)).collect();
                Some(ChokePoints::Cut { changes, minimal, at_least })
            }
        };
        AttackRoute {
            entry: entry.to_string(),
            target: target.to_string(),
            entries: Vec::new(),
            furthest,
            gained,
            paths: found.iter().map(|path| self.path(path)).collect(),
            choke_points,
        }
    }

    /// The most that the entries of a search gain, and how much it is in all.
    fn gained(&self, query: &Query<'_>) -> (Vec<String>, usize) {
        let reached = reach(query.graph, query.entries, query.without);
        let is_gained = |number: &u32| reached.step(FactId(*number)).is_some();
        let facts = (0..).zip(&self.graph.facts).filter(|(number, _)| is_gained(number));
        let mut gained: Vec<(u8, String)> = facts
            .map(|(_, fact)| (fact.weight(), fact))
            .filter(|(weight, _)| *weight < UNTOLD)
            .map(|(weight, fact)| (weight, title(self.world, fact)))
            .collect();
        let number = gained.len();
        gained.sort();
        gained.truncate(FURTHEST);
        (gained.into_iter().map(|(_, title)| title).collect(), number)
    }

    /// Tells of each route which of the facts that were told it starts from.
    fn entries(&mut self, search: &Search) {
        for (route, (entry, _)) in self.report.routes.iter_mut().zip(&search.routes) {
            let entries = entry.facts(self.world, self.graph);
            route.entries = entries.iter().filter_map(|it| self.facts.get(it).copied()).collect();
            route.entries.sort_unstable();
        }
    }

    fn path(&mut self, path: &Path) -> AttackPath {
        let confidence = |step: &StepId| self.graph.steps[index(step.0)].confidence;
        let confidence = path.steps.iter().map(confidence).min().unwrap_or(Confidence::Certain);
        AttackPath { steps: path.steps.iter().map(|step| self.step(*step)).collect(), confidence }
    }

    fn fact(&mut self, id: FactId) -> usize {
        if let Some(known) = self.facts.get(&id) {
            return *known;
        }
        let fact = &self.graph.facts[index(id.0)];
        self.report.facts.push(AttackFact {
            kind: fact.kind(),
            name: name(self.world, fact),
            namespace: namespace(self.world, fact),
            title: title(self.world, fact),
        });
        let number = self.report.facts.len() - 1;
        self.facts.insert(id, number);
        number
    }

    fn step(&mut self, id: StepId) -> usize {
        if let Some(known) = self.steps.get(&id) {
            return *known;
        }
        let (step, search) = (&self.graph.steps[index(id.0)], &self.graph.hypergraph);
        let technique = step.technique;
        self.report.techniques.entry(technique.id.to_owned()).or_insert_with(|| AttackTechnique {
            title: technique.title.to_owned(),
            reason: technique.reason.to_owned(),
            references: technique.references.iter().map(|&it| it.to_owned()).collect(),
        });
        let commands: BTreeSet<String> = step
            .basis
            .iter()
            .filter_map(|basis| command(self.world, technique.id, basis))
            .collect();
        let told = AttackStep {
            technique: technique.id.to_owned(),
            premises: search.premises(id).iter().map(|fact| self.fact(*fact)).collect(),
            conclusion: self.fact(search.conclusion(id)),
            confidence: step.confidence,
            evidence: step.basis.iter().map(|basis| evidence(self.world, basis)).collect(),
            changes: search.changes_of(id).iter().map(|change| self.change(*change)).collect(),
            commands: commands.into_iter().collect(),
        };
        self.report.steps.push(told);
        let number = self.report.steps.len() - 1;
        self.steps.insert(id, number);
        number
    }

    fn change(&mut self, id: ChangeId) -> usize {
        if let Some(known) = self.changes.get(&id) {
            return *known;
        }
        let change = &self.graph.changes[index(id.0)];
        self.report.changes.push(AttackChange {
            title: change.title.clone(),
            weight: change.weight,
            actions: change.actions.clone(),
        });
        let number = self.report.changes.len() - 1;
        self.changes.insert(id, number);
        number
    }
}

fn namespace(world: &World<'_, '_>, fact: &Fact<'_>) -> Option<String> {
    match *fact {
        Fact::AccountOf(namespace)
        | Fact::ServiceAccount(namespace, _)
        | Fact::Secret(namespace, _)
        | Fact::Ability(_, Some(namespace)) => Some(namespace.to_owned()),
        Fact::Workload(number)
        | Fact::Container(number, _)
        | Fact::PodsOn(number, _)
        | Fact::Processes(number, _) => world.workload(number).map(|it| it.namespace.to_owned()),
        _ => None,
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
