//! What lies between entries and targets.

use super::rows::narrow;
use super::{FactId, Hypergraph, Query, StepId, Without};

/// The part of a graph that derivations of the targets can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relevant {
    /// In ascending order.
    pub facts: Vec<FactId>,
    /// In ascending order.
    pub steps: Vec<StepId>,
}

/// What can be derived from the entries and is needed, at however many removes, for a target. No step to an entry is
/// needed, since entries are held.
///
/// Every path from the entries to a target lies within. Linear in the size of the graph.
pub fn relevant(query: &Query<'_>) -> Relevant {
    relevant_between(query, |_| false)
}

/// The same for an attacker who holds some of the entries, nobody knows which: a step to an entry is needed too where it
/// `counts`, since it leads on from one entry to the next. What begins at a target leads nowhere.
pub fn relevant_between(query: &Query<'_>, counts: impl Fn(StepId) -> bool) -> Relevant {
    let graph = query.graph;
    let held = held(graph, query.entries, query.without);
    let mut entry = vec![false; graph.facts()];
    for fact in query.entries.iter().filter(|fact| graph.has(**fact)) {
        entry[fact.0 as usize] = true;
    }
    let mut needed = vec![false; graph.facts()];
    let wanted = query.wanted();
    let is_target = |fact: &FactId| wanted.binary_search(fact).is_ok();
    let mut open = wanted.clone();
    open.retain(|fact| held[fact.0 as usize]);
    for fact in &open {
        needed[fact.0 as usize] = true;
    }
    let mut steps = Vec::new();
    while let Some(fact) = open.pop() {
        for step in graph.giving(fact) {
            let premises = graph.premises(*step);
            if entry[fact.0 as usize] && (!counts(*step) || premises.iter().any(is_target)) {
                continue;
            }
            let can = premises.iter().all(|premise| held[premise.0 as usize]);
            // A fact that needs itself is no way to it.
            if !can || premises.contains(&fact) || query.without.takes(graph, *step) {
                continue;
            }
            steps.push(*step);
            for premise in premises {
                if !std::mem::replace(&mut needed[premise.0 as usize], true) {
                    open.push(*premise);
                }
            }
        }
    }
    steps.sort_unstable();
    let facts = (0..narrow(graph.facts())).map(FactId).filter(|fact| needed[fact.0 as usize]);
    Relevant { facts: facts.collect(), steps }
}

/// Which facts can be derived, without their costs.
pub(super) fn held(graph: &Hypergraph, entries: &[FactId], without: &Without) -> Vec<bool> {
    let mut held = vec![false; graph.facts()];
    let mut missing: Vec<u32> =
        graph.each_step().map(|step| narrow(graph.premises(step).len())).collect();
    let mut open = Vec::new();
    for entry in entries.iter().filter(|entry| graph.has(**entry)) {
        if !std::mem::replace(&mut held[entry.0 as usize], true) {
            open.push(*entry);
        }
    }
    while let Some(fact) = open.pop() {
        for step in graph.using(fact) {
            missing[step.0 as usize] -= 1;
            let conclusion = graph.conclusion(*step);
            if missing[step.0 as usize] == 0
                && !held[conclusion.0 as usize]
                && !without.takes(graph, *step)
            {
                held[conclusion.0 as usize] = true;
                open.push(conclusion);
            }
        }
    }
    held
}

#[cfg(test)]
mod tests;
