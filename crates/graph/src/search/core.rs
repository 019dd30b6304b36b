//! What is left to decide about a cut: one source, one goal, and steps that can be taken away or join.

use super::part::Part;
use super::relevant::held;
use super::rows::narrow;
use super::{Builder, ChangeId, FactId, Hypergraph, Path, Query, Step, StepId, Without, reach};
use std::cmp::Reverse;
use std::num::NonZeroU32;

/// A small graph that the same changes cut.
///
/// What is held whatever is changed is part of the source; what gives a target whatever is changed is the goal. Of
/// changes that take away the same steps, or fewer, the lightest is left.
pub(super) struct Core {
    pub(super) graph: Hypergraph,
    pub(super) source: FactId,
    pub(super) goal: FactId,
    /// The numbers outside of the graph's changes.
    pub(super) changes: Vec<ChangeId>,
    /// The weights of the graph's changes.
    pub(super) weight: Vec<u32>,
}

/// What the first look at a query tells.
pub(super) enum Look {
    /// No target can be derived.
    Safe,
    /// This path has no change.
    Lost(Path),
    /// A decision is needed.
    Open(Box<Core>),
}

pub(super) fn look(query: &Query<'_>, weight: impl Fn(ChangeId) -> u32) -> Look {
    let part = Part::of(query);
    if part.targets.is_empty() {
        return Look::Safe;
    }
    let graph = &part.graph;
    let fixed = Without::steps_where(graph, |step| !graph.changes_of(step).is_empty());
    let free = held(graph, &part.entries, &fixed);
    if part.targets.iter().any(|target| free[target.0 as usize]) {
        let reached = reach(graph, &part.entries, &fixed);
        let path = reached.cheapest(&part.targets).and_then(|target| reached.path(target));
        if let Some(path) = path {
            return Look::Lost(part.whole(&path));
        }
    }
    let lost = lost(&part, &free);
    let merged = Part::of(&Query {
        graph: &merge(graph, &free, &lost),
        entries: &[SOURCE],
        targets: &[GOAL],
        without: &Without::nothing(),
    });
    match (merged.entries.first(), merged.targets.first()) {
        (Some(source), Some(goal)) => {
            Look::Open(Box::new(lightest_changes(&merged.graph, *source, *goal, weight)))
        }
        _ => Look::Safe,
    }
}

/// What gives a target by steps that nothing takes away and that need nothing else which is not free.
fn lost(part: &Part, free: &[bool]) -> Vec<bool> {
    let graph = &part.graph;
    let mut lost = vec![false; graph.facts()];
    let mut open = part.targets.clone();
    for target in &open {
        lost[target.0 as usize] = true;
    }
    while let Some(fact) = open.pop() {
        for step in graph.giving(fact).iter().filter(|step| graph.changes_of(**step).is_empty()) {
            let mut needed = graph.premises(*step).iter().filter(|fact| !free[fact.0 as usize]);
            if let (Some(only), None) = (needed.next(), needed.next())
                && !std::mem::replace(&mut lost[only.0 as usize], true)
            {
                open.push(*only);
            }
        }
    }
    lost
}

const SOURCE: FactId = FactId(0);
const GOAL: FactId = FactId(1);

/// The graph with all free facts in one and all lost facts in one.
fn merge(graph: &Hypergraph, free: &[bool], lost: &[bool]) -> Hypergraph {
    let mut builder = Builder::default();
    let mut needed: Vec<FactId> = Vec::new();
    for step in graph.each_step() {
        let conclusion = graph.conclusion(step);
        let premises = graph.premises(step);
        if free[conclusion.0 as usize] || premises.iter().any(|fact| lost[fact.0 as usize]) {
            continue;
        }
        needed.clear();
        let others = premises.iter().filter(|fact| !free[fact.0 as usize]);
        needed.extend(others.map(|fact| FactId(fact.0 + 2)));
        let (premise, others) =
            needed.split_first().map_or((SOURCE, &[][..]), |(first, rest)| (*first, rest));
        builder.step(Step {
            premise,
            others,
            conclusion: if lost[conclusion.0 as usize] { GOAL } else { FactId(conclusion.0 + 2) },
            cost: NonZeroU32::MIN,
            changes: graph.changes_of(step),
        });
    }
    builder.build(2)
}

/// The graph without changes in whose stead another can be made.
fn lightest_changes(
    graph: &Hypergraph,
    source: FactId,
    goal: FactId,
    weight: impl Fn(ChangeId) -> u32,
) -> Core {
    let all: Vec<ChangeId> = (0..narrow(graph.changes()))
        .map(ChangeId)
        .filter(|change| !graph.taken_by(*change).is_empty())
        .collect();
    let mut weights = vec![0; graph.changes()];
    for change in &all {
        weights[change.0 as usize] = weight(*change);
    }
    let kept = undominated(graph, &all, &weights);
    let mut number = vec![None; graph.changes()];
    for (index, change) in kept.iter().enumerate() {
        number[change.0 as usize] = Some(ChangeId(narrow(index)));
    }
    let mut builder = Builder::default();
    let mut changes: Vec<ChangeId> = Vec::new();
    for step in graph.each_step() {
        changes.clear();
        changes
            .extend(graph.changes_of(step).iter().filter_map(|change| number[change.0 as usize]));
        if let Some((premise, others)) = graph.premises(step).split_first() {
            let conclusion = graph.conclusion(step);
            let cost = NonZeroU32::MIN;
            builder.step(Step { premise: *premise, others, conclusion, cost, changes: &changes });
        }
    }
    Core {
        graph: builder.build(narrow(graph.facts())),
        source,
        goal,
        weight: kept.iter().map(|change| weights[change.0 as usize]).collect(),
        changes: kept,
    }
}

/// The changes for which no other takes away as much and weighs no more; of equals the first.
fn undominated(graph: &Hypergraph, all: &[ChangeId], weights: &[u32]) -> Vec<ChangeId> {
    let weight = |change: &ChangeId| weights[change.0 as usize];
    let mut order = all.to_vec();
    order.sort_by_key(|change| {
        Reverse((weight(change), Reverse(graph.taken_by(*change).len()), change.0))
    });
    let mut is_kept = vec![true; graph.changes()];
    for change in order {
        let steps = graph.taken_by(change);
        let takes_all = |other: &ChangeId| {
            steps.iter().all(|step| graph.changes_of(*step).binary_search(other).is_ok())
        };
        let fewest = steps.iter().min_by_key(|step| graph.changes_of(**step).len());
        let is_dominated =
            fewest.into_iter().flat_map(|step: &StepId| graph.changes_of(*step)).any(|other| {
                *other != change
                    && is_kept[other.0 as usize]
                    && weight(other) <= weight(&change)
                    && takes_all(other)
            });
        is_kept[change.0 as usize] = !is_dominated;
    }
    all.iter().copied().filter(|change| is_kept[change.0 as usize]).collect()
}
