//! The relevant part of a graph as a graph of its own.

use super::rows::narrow;
use super::{Builder, ChangeId, FactId, Hypergraph, Path, Query, Step, StepId, relevant};
use std::num::NonZeroU32;

/// A graph of the relevant facts and steps alone, renumbered in the same order. Changes keep their numbers.
pub(super) struct Part {
    pub(super) graph: Hypergraph,
    pub(super) entries: Vec<FactId>,
    pub(super) targets: Vec<FactId>,
    facts: Vec<FactId>,
    steps: Vec<StepId>,
}

impl Part {
    pub(super) fn of(query: &Query<'_>) -> Part {
        let relevant = relevant(query);
        let mut number = vec![None; query.graph.facts()];
        for (index, fact) in relevant.facts.iter().enumerate() {
            number[fact.0 as usize] = Some(FactId(narrow(index)));
        }
        let local = |fact: &FactId| number.get(fact.0 as usize).copied().flatten();
        let mut builder = Builder::default();
        let mut others: Vec<FactId> = Vec::new();
        for step in &relevant.steps {
            others.clear();
            others.extend(query.graph.premises(*step).iter().filter_map(local));
            let conclusion = local(&query.graph.conclusion(*step));
            if let (Some((premise, others)), Some(conclusion)) = (others.split_first(), conclusion)
            {
                builder.step(Step {
                    premise: *premise,
                    others,
                    conclusion,
                    cost: NonZeroU32::new(query.graph.cost(*step)).unwrap_or(NonZeroU32::MIN),
                    changes: query.graph.changes_of(*step),
                });
            }
        }
        Part {
            graph: builder.build(narrow(relevant.facts.len())),
            entries: query.entries.iter().filter_map(local).collect(),
            targets: query.wanted().iter().filter_map(local).collect(),
            facts: relevant.facts,
            steps: relevant.steps,
        }
    }

    /// A path of the part in the numbers of the whole.
    pub(super) fn whole(&self, path: &Path) -> Path {
        Path {
            target: self.facts[path.target.0 as usize],
            steps: path.steps.iter().map(|step| self.steps[step.0 as usize]).collect(),
            cost: path.cost,
        }
    }
}

/// The changes that take some step of a path away, in ascending order, each once.
pub(super) fn changes_of(graph: &Hypergraph, path: &Path) -> Vec<ChangeId> {
    let mut changes: Vec<ChangeId> =
        path.steps.iter().flat_map(|step| graph.changes_of(*step)).copied().collect();
    changes.sort_unstable();
    changes.dedup();
    changes
}
