//! What can be derived, and the cheapest way to it.

use super::{FactId, Hypergraph, StepId, Without};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Steps that lead from entries to a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Where it ends.
    pub target: FactId,
    /// Every premise of a step is an entry or the conclusion of a step before it; each step stands here once.
    pub steps: Vec<StepId>,
    /// The costs of the steps together, each counted once.
    pub cost: u64,
}

/// How a fact is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    No,
    AtTheStart,
    By(StepId),
}

/// Everything that can be derived from the entries of a search, each fact with its cheapest derivation.
#[derive(Debug, Clone)]
pub struct Reached<'a> {
    graph: &'a Hypergraph,
    cost: Vec<u64>,
    held: Vec<Held>,
}

impl Reached<'_> {
    /// Whether the fact can be derived.
    pub fn has(&self, fact: FactId) -> bool {
        self.held.get(fact.0 as usize).is_some_and(|held| *held != Held::No)
    }

    /// The cost of the cheapest derivation: that of its last step and of the derivations of all premises, saturating.
    /// What two premises have in common is counted twice. An entry costs nothing.
    pub fn cost(&self, fact: FactId) -> Option<u64> {
        self.has(fact).then(|| self.cost[fact.0 as usize])
    }

    /// The last step of the cheapest derivation; of several the one with the lowest number. None for an entry.
    pub fn step(&self, fact: FactId) -> Option<StepId> {
        match self.held.get(fact.0 as usize)? {
            Held::By(step) => Some(*step),
            Held::No | Held::AtTheStart => None,
        }
    }

    /// The cheapest of these facts; of several the one with the lowest number.
    pub fn cheapest(&self, facts: &[FactId]) -> Option<FactId> {
        let costs = facts.iter().filter_map(|fact| Some((self.cost(*fact)?, *fact)));
        costs.min().map(|(_, fact)| fact)
    }

    /// The cheapest derivation of a fact as a path; without steps for an entry.
    pub fn path(&self, target: FactId) -> Option<Path> {
        if !self.has(target) {
            return None;
        }
        let premises = |step| self.graph.premises(step);
        let steps = derivation(premises, target, |fact| self.step(fact));
        let cost = steps.iter().map(|step| u64::from(self.graph.cost(*step))).sum();
        Some(Path { target, steps, cost })
    }
}

/// The steps of a derivation, premises first, where `last` tells the last step to each fact and none for an entry.
///
/// A walk with its own stack: a derivation may be as deep as the graph is large.
pub(super) fn derivation<'a>(
    premises: impl Fn(StepId) -> &'a [FactId],
    target: FactId,
    last: impl Fn(FactId) -> Option<StepId>,
) -> Vec<StepId> {
    let mut steps = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<(StepId, usize)> = Vec::new();
    let enter = |fact: FactId, seen: &mut std::collections::BTreeSet<StepId>| {
        last(fact).filter(|step| seen.insert(*step)).map(|step| (step, 0))
    };
    open.extend(enter(target, &mut seen));
    while let Some((step, next)) = open.last_mut() {
        match premises(*step).get(*next) {
            Some(premise) => {
                *next += 1;
                open.extend(enter(*premise, &mut seen));
            }
            None => {
                steps.push(*step);
                open.pop();
            }
        }
    }
    steps
}

/// Everything that can be derived from the entries, by the steps that are left.
///
/// Knuth's generalisation of Dijkstra's algorithm: facts become final in the order of their costs, and a step counts as
/// soon as its last premise is final. So no derivation goes round in a circle. Where costs are equal the
/// step with the lowest number is taken.
pub fn reach<'a>(graph: &'a Hypergraph, entries: &[FactId], without: &Without) -> Reached<'a> {
    reach_until(graph, entries, without, |_| false)
}

/// As [`reach`], but ends when a fact for which `is_enough` answers yes is final; what is dearer may be missing, or have
/// a derivation that is not the cheapest.
pub(super) fn reach_until<'a>(
    graph: &'a Hypergraph,
    entries: &[FactId],
    without: &Without,
    is_enough: impl Fn(FactId) -> bool,
) -> Reached<'a> {
    let mut cost = vec![u64::MAX; graph.facts()];
    let mut held = vec![Held::No; graph.facts()];
    let mut missing: Vec<u32> =
        graph.each_step().map(|step| super::rows::narrow(graph.premises(step).len())).collect();
    let mut open = BinaryHeap::new();
    for entry in entries.iter().filter(|entry| graph.has(**entry)) {
        if held[entry.0 as usize] == Held::No {
            held[entry.0 as usize] = Held::AtTheStart;
            cost[entry.0 as usize] = 0;
            open.push(Reverse((0, *entry)));
        }
    }
    let mut last = vec![false; graph.facts()];
    while let Some(Reverse((_, fact))) = open.pop() {
        if std::mem::replace(&mut last[fact.0 as usize], true) {
            continue;
        }
        if is_enough(fact) {
            break;
        }
        for step in graph.using(fact) {
            let open_premises = &mut missing[step.0 as usize];
            *open_premises -= 1;
            let conclusion = graph.conclusion(*step);
            let place = conclusion.0 as usize;
            if *open_premises > 0 || last[place] || without.takes(graph, *step) {
                continue;
            }
            let premises = graph.premises(*step).iter().map(|premise| cost[premise.0 as usize]);
            let total = premises.fold(u64::from(graph.cost(*step)), u64::saturating_add);
            let is_better = match held[place] {
                Held::No => true,
                Held::AtTheStart => false,
                Held::By(other) => (total, *step) < (cost[place], other),
            };
            if is_better {
                if held[place] == Held::No || total < cost[place] {
                    open.push(Reverse((total, conclusion)));
                }
                held[place] = Held::By(*step);
                cost[place] = total;
            }
        }
    }
    Reached { graph, cost, held }
}

#[cfg(test)]
mod tests;
