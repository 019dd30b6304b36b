use std::collections::HashMap;
use std::num::NonZeroU32;

use merlon_model::Confidence;

use crate::change::{Change, ChangeKey};
use crate::fact::Fact;
use crate::graph::{AttackGraph, Basis, Owner, Step};
use crate::search::{self, ChangeId, FactId, StepId};
use crate::technique::Technique;

/// Puts the graph together, step by step.
#[derive(Debug, Default)]
pub(crate) struct Builder<'w> {
    facts: Vec<Fact<'w>>,
    ids: HashMap<Fact<'w>, FactId>,
    steps: Vec<Step<'w>>,
    changes: Vec<Change>,
    change_ids: HashMap<ChangeKey, ChangeId>,
    search: search::Builder,
    rights: u32,
    owner: Option<Owner<'w>>,
    owners: Vec<(Owner<'w>, StepId)>,
}

impl<'w> Builder<'w> {
    /// The number of a fact.
    pub(crate) fn fact(&mut self, fact: Fact<'w>) -> FactId {
        *self.ids.entry(fact).or_insert_with(|| {
            self.facts.push(fact);
            FactId(u32::try_from(self.facts.len() - 1).expect("fewer facts than 2^32"))
        })
    }

    /// Whether some step has told of a fact.
    pub(crate) fn knows(&self, fact: &Fact<'w>) -> bool {
        self.ids.contains_key(fact)
    }

    /// A new right, of which a technique needs several.
    pub(crate) fn right(&mut self) -> Fact<'w> {
        self.rights += 1;
        Fact::Right(self.rights - 1)
    }

    /// The number of a change; `describe` is asked when it is new.
    pub(crate) fn change(&mut self, key: ChangeKey, describe: impl FnOnce() -> Change) -> ChangeId {
        *self.change_ids.entry(key).or_insert_with(|| {
            self.changes.push(describe());
            ChangeId(u32::try_from(self.changes.len() - 1).expect("fewer changes than 2^32"))
        })
    }

    /// What the steps from here on go with; for those that say it by their basis, or go with nothing, `None`.
    pub(crate) fn set_owner(&mut self, owner: Option<Owner<'w>>) {
        self.owner = owner;
    }

    /// Who holds all premises gains the conclusion, with the technique's usual confidence.
    pub(crate) fn step(
        &mut self,
        technique: &'static Technique,
        premises: &[Fact<'w>],
        conclusion: Fact<'w>,
        basis: Vec<Basis<'w>>,
        changes: &[ChangeId],
    ) {
        self.step_with(technique, technique.confidence, premises, conclusion, basis, changes);
    }

    /// The same with a confidence of its own.
    pub(crate) fn step_with(
        &mut self,
        technique: &'static Technique,
        confidence: Confidence,
        premises: &[Fact<'w>],
        conclusion: Fact<'w>,
        basis: Vec<Basis<'w>>,
        changes: &[ChangeId],
    ) {
        let premises: Vec<FactId> = premises.iter().map(|fact| self.fact(*fact)).collect();
        let (premise, others) = premises.split_first().expect("a step has a premise");
        let conclusion = self.fact(conclusion);
        let cost = NonZeroU32::MIN.saturating_add(Technique::cost(confidence) - 1);
        let premise = *premise;
        let step = self.search.step(search::Step { premise, others, conclusion, cost, changes });
        self.owners.extend(self.owner.map(|owner| (owner, step)));
        self.steps.push(Step { technique, confidence, basis });
    }

    /// Whether any step gives or needs a fact.
    pub(crate) fn has(&self, fact: Fact<'w>) -> bool {
        self.ids.contains_key(&fact)
    }

    /// All facts so far, in the order in which they came up.
    pub(crate) fn facts(&self) -> &[Fact<'w>] {
        &self.facts
    }

    /// The graph.
    pub(crate) fn build(self) -> AttackGraph<'w> {
        AttackGraph {
            hypergraph: self.search.build(u32::try_from(self.facts.len()).unwrap_or(u32::MAX)),
            facts: self.facts,
            steps: self.steps,
            changes: self.changes,
            owners: self.owners,
        }
    }
}
