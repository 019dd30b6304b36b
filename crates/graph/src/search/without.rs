//! What is taken away from a graph before it is searched.

use super::{ChangeId, Hypergraph, StepId};

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn insert(&mut self, number: u32) {
        let word = number as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    pub(super) fn remove(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// Changes that have been made, and steps that do not count for another reason (too little confidence, say).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Without {
    changes: Bits,
    steps: Bits,
}

impl Without {
    /// The graph as it is.
    pub fn nothing() -> Self {
        Without::default()
    }

    /// The graph after these changes.
    pub fn changes(changes: impl IntoIterator<Item = ChangeId>) -> Self {
        let mut without = Without::nothing();
        for change in changes {
            without.change(change);
        }
        without
    }

    /// The graph without the steps for which `gone` answers yes.
    pub fn steps_where(graph: &Hypergraph, gone: impl Fn(StepId) -> bool) -> Self {
        let mut without = Without::nothing();
        for step in graph.each_step().filter(|step| gone(*step)) {
            without.step(step);
        }
        without
    }

    /// Makes one more change.
    pub fn change(&mut self, change: ChangeId) {
        self.changes.insert(change.0);
    }

    /// Leaves out one more step.
    pub fn step(&mut self, step: StepId) {
        self.steps.insert(step.0);
    }

    /// Whether a step of the graph is gone.
    pub fn takes(&self, graph: &Hypergraph, step: StepId) -> bool {
        self.steps.has(step.0)
            || (!self.changes.is_empty()
                && graph.changes_of(step).iter().any(|change| self.changes.has(change.0)))
    }
}
