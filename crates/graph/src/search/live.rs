//! What can be derived, kept up to date while steps come and go.

use super::reach::derivation;
use super::rows::narrow;
use super::without::Bits;
use super::{FactId, Hypergraph, Path, Step, StepId, Without};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// How a fact is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    No,
    AtTheStart,
    By(StepId),
}

/// A step that the graph was built without.
#[derive(Debug, Clone)]
struct Added {
    premises: Vec<FactId>,
    conclusion: FactId,
    cost: u32,
}

/// Whether goals can be derived, and the cheapest way, while steps are added to a graph and taken away from it.
///
/// What is added lies beside the graph, and what is taken away is marked, so an edit costs as much as it touches: what
/// was derived through a step that went is derived anew, and what a step that came makes cheaper is passed on (the
/// dynamic form of Knuth's algorithm, by Ramalingam and Reps). Nothing that costs more than the dearest goal is
/// looked at before a goal becomes dearer: such facts are on no cheapest way to one.
#[derive(Debug, Clone)]
pub struct Live<'g> {
    graph: &'g Hypergraph,
    /// Any fact of a goal is enough.
    goals: Vec<Vec<FactId>>,
    /// The facts of all goals.
    wanted: Bits,
    added: Vec<Added>,
    /// Places in `added` that can be used again.
    spare: Vec<usize>,
    using: HashMap<FactId, Vec<StepId>>,
    giving: HashMap<FactId, Vec<StepId>>,
    gone: Bits,
    /// The premises of a step that are not held.
    missing: Vec<u32>,
    held: Vec<Held>,
    cost: Vec<u64>,
    /// Derivations that nobody has looked at. They may have become dearer or impossible since.
    open: BinaryHeap<Reverse<(u64, FactId, StepId)>>,
    /// How many steps have been looked at.
    work: u64,
}

impl<'g> Live<'g> {
    /// What can be derived from the entries before any edit, without what `without` takes away.
    pub fn of(
        graph: &'g Hypergraph,
        entries: &[FactId],
        without: &Without,
        goals: Vec<Vec<FactId>>,
    ) -> Self {
        let mut gone = Bits::default();
        for step in graph.each_step().filter(|step| without.takes(graph, *step)) {
            gone.insert(step.0);
        }
        let mut wanted = Bits::default();
        for fact in goals.iter().flatten() {
            wanted.insert(fact.0);
        }
        let mut live = Self {
            graph,
            goals,
            wanted,
            added: Vec::new(),
            spare: Vec::new(),
            using: HashMap::new(),
            giving: HashMap::new(),
            gone,
            missing: graph.each_step().map(|step| narrow(graph.premises(step).len())).collect(),
            held: vec![Held::No; graph.facts()],
            cost: vec![u64::MAX; graph.facts()],
            open: BinaryHeap::new(),
            work: 0,
        };
        for entry in entries.iter().filter(|entry| graph.has(**entry)) {
            if live.held[entry.0 as usize] == Held::No {
                live.hold(*entry, Held::AtTheStart, 0);
            }
        }
        live.settle();
        live
    }

    /// Takes steps away and adds others; gives the numbers of the new ones, which may be those of added steps that are
    /// gone. A step that is not there is passed over; facts that the graph does not know are new ones, to be numbered
    /// without holes. The changes of new steps are the caller's.
    pub fn edit(&mut self, gone: &[StepId], new: &[Step<'_>]) -> Vec<StepId> {
        let mut lost = Vec::new();
        for step in gone {
            self.take_away(*step, &mut lost);
        }
        let numbers: Vec<StepId> = new.iter().map(|step| self.insert(step)).collect();
        for fact in lost {
            for step in self.giving(fact) {
                self.propose(step);
            }
        }
        for step in &numbers {
            self.propose(*step);
        }
        self.settle();
        self.tidy();
        numbers
    }

    /// Takes a fact for one of these goals from now on, and for one that is held at the start.
    pub fn know(&mut self, fact: FactId, is_entry: bool, goals: impl IntoIterator<Item = usize>) {
        self.make_room(fact.0 as usize + 1);
        for goal in goals {
            self.goals[goal].push(fact);
            self.wanted.insert(fact.0);
        }
        if is_entry && self.held[fact.0 as usize] != Held::AtTheStart {
            self.hold(fact, Held::AtTheStart, 0);
        }
        self.settle();
    }

    /// The cost of the cheapest derivation of a goal, as [`Reached::cost`](super::Reached::cost) tells it; `None` where
    /// there is none or no such goal.
    pub fn cost(&self, goal: usize) -> Option<u64> {
        self.cheapest(goal).map(|fact| self.cost[fact.0 as usize])
    }

    /// The cheapest derivation of a goal as a path; without steps for an entry. Of several that cost the same it depends
    /// on the edits which one this is.
    pub fn path(&self, goal: usize) -> Option<Path> {
        let target = self.cheapest(goal)?;
        let last = |fact: FactId| match self.held[fact.0 as usize] {
            Held::By(step) => Some(step),
            Held::No | Held::AtTheStart => None,
        };
        let steps = derivation(|step| self.premises(step), target, last);
        let cost = steps.iter().map(|step| u64::from(self.cost_of(*step))).sum();
        Some(Path { target, steps, cost })
    }

    /// How many steps all edits have looked at so far.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// What a step needs, in ascending order, each once.
    pub fn premises(&self, step: StepId) -> &[FactId] {
        self.beside(step)
            .map_or_else(|| self.graph.premises(step), |place| &self.added[place].premises)
    }

    /// What a step gives.
    pub fn conclusion(&self, step: StepId) -> FactId {
        self.beside(step)
            .map_or_else(|| self.graph.conclusion(step), |place| self.added[place].conclusion)
    }

    fn cost_of(&self, step: StepId) -> u32 {
        self.beside(step).map_or_else(|| self.graph.cost(step), |place| self.added[place].cost)
    }

    /// The place of a step among those that were added.
    fn beside(&self, step: StepId) -> Option<usize> {
        (step.0 as usize).checked_sub(self.graph.steps())
    }

    fn using(&self, fact: FactId) -> impl Iterator<Item = StepId> + use<'g> {
        let built = if self.graph.has(fact) { self.graph.using(fact) } else { &[] };
        let added = self.using.get(&fact).cloned().unwrap_or_default();
        built.iter().copied().chain(added)
    }

    fn giving(&self, fact: FactId) -> impl Iterator<Item = StepId> + use<'g> {
        let built = if self.graph.has(fact) { self.graph.giving(fact) } else { &[] };
        let added = self.giving.get(&fact).cloned().unwrap_or_default();
        built.iter().copied().chain(added)
    }

    fn cheapest(&self, goal: usize) -> Option<FactId> {
        let facts = self.goals.get(goal)?.iter().copied();
        let held = facts
            .filter(|fact| self.held.get(fact.0 as usize).is_some_and(|held| *held != Held::No));
        held.min_by_key(|fact| (self.cost[fact.0 as usize], *fact))
    }

    fn is_live(&self, step: StepId) -> bool {
        self.missing[step.0 as usize] == 0 && !self.gone.has(step.0)
    }

    /// What the derivation through a step costs whose premises are held.
    fn total(&self, step: StepId) -> u64 {
        let premises = self.premises(step).iter().map(|premise| self.cost[premise.0 as usize]);
        premises.fold(u64::from(self.cost_of(step)), u64::saturating_add)
    }

    /// Puts a derivation among those to look at, if there is one and it is better than what is known.
    fn propose(&mut self, step: StepId) {
        self.work += 1;
        if !self.is_live(step) {
            return;
        }
        let (conclusion, total) = (self.conclusion(step), self.total(step));
        let place = conclusion.0 as usize;
        if self.held[place] == Held::No || total < self.cost[place] {
            self.open.push(Reverse((total, conclusion, step)));
        }
    }

    fn hold(&mut self, fact: FactId, held: Held, cost: u64) {
        let place = fact.0 as usize;
        let is_new = self.held[place] == Held::No;
        (self.held[place], self.cost[place]) = (held, cost);
        for step in self.using(fact) {
            if is_new {
                self.missing[step.0 as usize] -= 1;
            }
            self.propose(step);
        }
    }

    /// Passes on what is open, the cheapest first, until all goals are final.
    fn settle(&mut self) {
        let mut enough = self.enough();
        while let Some(Reverse((cost, fact, step))) = self.open.peek().copied() {
            if enough.is_some_and(|enough| enough <= cost) {
                return;
            }
            self.open.pop();
            if !self.is_live(step) || self.conclusion(step) != fact {
                continue;
            }
            // What became dearer waits for its turn; what became cheaper has been put there again.
            let total = self.total(step);
            if total > cost {
                self.propose(step);
            } else if self.held[fact.0 as usize] == Held::No || total < self.cost[fact.0 as usize] {
                self.hold(fact, Held::By(step), total);
                if self.wanted.has(fact.0) {
                    enough = self.enough();
                }
            }
        }
    }

    /// What costs as much as this is on no cheapest way to a goal; `None` while some goal is not held.
    fn enough(&self) -> Option<u64> {
        (0..self.goals.len()).try_fold(0, |enough, goal| Some(self.cost(goal)?.max(enough)))
    }

    /// Marks a step and lets go of everything that was derived through it.
    fn take_away(&mut self, step: StepId, lost: &mut Vec<FactId>) {
        if step.0 as usize >= self.missing.len() || self.gone.has(step.0) {
            return;
        }
        let conclusion = self.conclusion(step);
        self.gone.insert(step.0);
        let mut open = Vec::new();
        if self.held[conclusion.0 as usize] == Held::By(step) {
            open.push(conclusion);
        }
        while let Some(fact) = open.pop() {
            if std::mem::replace(&mut self.held[fact.0 as usize], Held::No) == Held::No {
                continue;
            }
            self.cost[fact.0 as usize] = u64::MAX;
            lost.push(fact);
            for step in self.using(fact) {
                self.work += 1;
                self.missing[step.0 as usize] += 1;
                let conclusion = self.conclusion(step);
                if self.held[conclusion.0 as usize] == Held::By(step) {
                    open.push(conclusion);
                }
            }
        }
        if let Some(place) = self.beside(step) {
            self.spare.push(place);
            for premise in std::mem::take(&mut self.added[place].premises) {
                forget(&mut self.using, premise, step);
            }
            forget(&mut self.giving, conclusion, step);
        }
    }

    fn make_room(&mut self, facts: usize) {
        let facts = facts.max(self.held.len());
        self.held.resize(facts, Held::No);
        self.cost.resize(facts, u64::MAX);
    }

    fn insert(&mut self, step: &Step<'_>) -> StepId {
        let mut premises: Vec<FactId> = step.others.iter().copied().chain([step.premise]).collect();
        premises.sort_unstable();
        premises.dedup();
        let facts = premises.iter().chain([&step.conclusion]).map(|fact| fact.0 as usize + 1);
        let facts = facts.max().unwrap_or_default();
        self.make_room(facts);
        let held = &self.held;
        let missing =
            premises.iter().filter(|premise| held[premise.0 as usize] == Held::No).count();
        let missing = narrow(missing);
        let (conclusion, cost) = (step.conclusion, step.cost.get());
        let added = Added { premises, conclusion, cost };
        let place = self.spare.pop().unwrap_or(self.added.len());
        let number = StepId(narrow(self.graph.steps() + place));
        for premise in &added.premises {
            self.using.entry(*premise).or_default().push(number);
        }
        self.giving.entry(conclusion).or_default().push(number);
        if place == self.added.len() {
            self.added.push(added);
            self.missing.push(missing);
        } else {
            self.added[place] = added;
            self.missing[number.0 as usize] = missing;
            self.gone.remove(number.0);
        }
        number
    }

    /// Lets go of what is open and of no use any more, once it is more than there are steps.
    fn tidy(&mut self) {
        if self.open.len() <= 2 * self.missing.len() {
            return;
        }
        let mut open = std::mem::take(&mut self.open).into_vec();
        open.retain(|Reverse((cost, fact, step))| {
            self.is_live(*step) && self.conclusion(*step) == *fact && self.total(*step) >= *cost
        });
        open.sort_unstable_by_key(|Reverse((cost, fact, step))| (*fact, *step, *cost));
        open.dedup_by_key(|Reverse((_, fact, step))| (*fact, *step));
        self.open = open.into();
    }
}

fn forget(steps: &mut HashMap<FactId, Vec<StepId>>, fact: FactId, step: StepId) {
    if let Some(own) = steps.get_mut(&fact) {
        own.retain(|each| *each != step);
        if own.is_empty() {
            steps.remove(&fact);
        }
    }
}

#[cfg(test)]
mod tests;
