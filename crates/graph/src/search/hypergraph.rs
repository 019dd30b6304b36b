//! The graph itself: facts, steps between them, and changes that take steps away.

use super::rows::{Rows, narrow};
use std::num::NonZeroU32;

/// What an attacker holds, numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u32);

/// One step of a graph, numbered in the order in which the builder was told of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

/// What a defender can change, numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeId(pub u32);

/// A step to be added: whoever holds `premise` and all `others` gets `conclusion`.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What has to be held. A step has at least one premise; what needs none is an entry.
    pub premise: FactId,
    /// What has to be held besides.
    pub others: &'a [FactId],
    /// What the step gives.
    pub conclusion: FactId,
    /// How much the step asks of an attacker.
    pub cost: NonZeroU32,
    /// The changes any of which takes the step away.
    pub changes: &'a [ChangeId],
}

/// Facts, steps and changes, to be searched. Made by a [`Builder`].
#[derive(Debug, Clone)]
pub struct Hypergraph {
    cost: Vec<u32>,
    conclusion: Vec<FactId>,
    premises: Rows<FactId>,
    changes: Rows<ChangeId>,
    using: Rows<StepId>,
    giving: Rows<StepId>,
    taken_by: Rows<StepId>,
}

impl Hypergraph {
    /// The number of facts.
    pub fn facts(&self) -> usize {
        self.using.len()
    }

    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.cost.len()
    }

    /// The number of changes.
    pub fn changes(&self) -> usize {
        self.taken_by.len()
    }

    /// Whether the fact is one of this graph's.
    pub fn has(&self, fact: FactId) -> bool {
        (fact.0 as usize) < self.facts()
    }

    /// How much a step asks of an attacker.
    pub fn cost(&self, step: StepId) -> u32 {
        self.cost[step.0 as usize]
    }

    /// What a step gives.
    pub fn conclusion(&self, step: StepId) -> FactId {
        self.conclusion[step.0 as usize]
    }

    /// What a step needs, in ascending order, each once.
    pub fn premises(&self, step: StepId) -> &[FactId] {
        self.premises.row(step.0)
    }

    /// The changes any of which takes a step away, in ascending order, each once.
    pub fn changes_of(&self, step: StepId) -> &[ChangeId] {
        self.changes.row(step.0)
    }

    /// The steps that need a fact, in ascending order.
    pub fn using(&self, fact: FactId) -> &[StepId] {
        self.using.row(fact.0)
    }

    /// The steps that give a fact, in ascending order.
    pub fn giving(&self, fact: FactId) -> &[StepId] {
        self.giving.row(fact.0)
    }

    /// The steps that a change takes away, in ascending order; none for a change that no step names.
    pub fn taken_by(&self, change: ChangeId) -> &[StepId] {
        if (change.0 as usize) < self.changes() { self.taken_by.row(change.0) } else { &[] }
    }

    /// Every step, in ascending order.
    pub fn each_step(&self) -> impl Iterator<Item = StepId> + use<> {
        (0..narrow(self.steps())).map(StepId)
    }
}

/// Collects steps, and makes a [`Hypergraph`] of them.
#[derive(Debug, Default)]
pub struct Builder {
    facts: usize,
    changes: usize,
    cost: Vec<u32>,
    conclusion: Vec<FactId>,
    premises: Rows<FactId>,
    by: Rows<ChangeId>,
    scratch: Vec<FactId>,
    changes_scratch: Vec<ChangeId>,
}

impl Builder {
    /// Adds a step; its number is the number of steps before it.
    pub fn step(&mut self, step: Step<'_>) -> StepId {
        let id = StepId(narrow(self.cost.len()));
        self.scratch.clear();
        self.scratch.push(step.premise);
        self.scratch.extend_from_slice(step.others);
        self.scratch.sort_unstable();
        self.scratch.dedup();
        self.changes_scratch.clear();
        self.changes_scratch.extend_from_slice(step.changes);
        self.changes_scratch.sort_unstable();
        self.changes_scratch.dedup();

        for fact in self.scratch.iter().chain([&step.conclusion]) {
            self.facts = self.facts.max(fact.0 as usize + 1);
        }
        if let Some(change) = self.changes_scratch.last() {
            self.changes = self.changes.max(change.0 as usize + 1);
        }
        self.cost.push(step.cost.get());
        self.conclusion.push(step.conclusion);
        self.premises.push(&self.scratch);
        self.by.push(&self.changes_scratch);
        id
    }

    /// The graph of the steps so far. It has at least `facts` facts, so that those which no step names are part of it.
    ///
    /// Memory is taken for every number up to the highest: number facts and changes without holes.
    pub fn build(self, facts: u32) -> Hypergraph {
        let facts = self.facts.max(facts as usize);
        Hypergraph {
            using: self.premises.inverted(facts, |fact| fact.0, StepId),
            giving: Rows::single(&self.conclusion).inverted(facts, |fact| fact.0, StepId),
            taken_by: self.by.inverted(self.changes, |change| change.0, StepId),
            conclusion: self.conclusion,
            cost: self.cost,
            premises: self.premises,
            changes: self.by,
        }
    }
}
