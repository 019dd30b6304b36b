//! Whether the goal can be derived, kept up to date while changes are made and taken back.

use super::rows::narrow;
use super::{ChangeId, FactId, Hypergraph, StepId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How much a step with one more change adds to the cost of a derivation: few changes say more about a cut.
const COST_OF_A_CHANGE: u64 = 16;

/// How a fact is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    No,
    AtTheStart,
    By(StepId),
}

/// What is held after some changes, each fact with one derivation.
///
/// A change touches only what was derived through its steps. A step is *live* when all of its premises are held and no
/// change has taken it away; the goal itself is not held, since the live steps to it are all that is asked for.
pub(super) struct Support<'a> {
    graph: &'a Hypergraph,
    goal: Option<FactId>,
    is_made: Vec<bool>,
    /// The changes made that take a step away.
    blocked: Vec<u32>,
    /// The premises of a step that are not held.
    missing: Vec<u32>,
    held: Vec<Held>,
    /// Costs when facts were held; no derivation uses a premise that costs as much as the conclusion.
    cost: Vec<u64>,
    live_goals: usize,
    last_goal: Option<StepId>,
    /// Where among the steps that give a fact to look for one that takes over.
    next: Vec<u32>,
    open: BinaryHeap<Reverse<(u64, FactId, StepId)>>,
    seen: Vec<u32>,
    proofs: u32,
    /// How many steps have been looked at.
    pub(super) work: u64,
}

impl<'a> Support<'a> {
    /// What is held before any change. No step may lead to an entry or need the goal.
    pub(super) fn of(graph: &'a Hypergraph, entries: &[FactId], goal: Option<FactId>) -> Self {
        let mut support = Support {
            graph,
            goal,
            is_made: vec![false; graph.changes()],
            blocked: vec![0; graph.steps()],
            missing: graph.each_step().map(|step| narrow(graph.premises(step).len())).collect(),
            held: vec![Held::No; graph.facts()],
            cost: vec![0; graph.facts()],
            live_goals: 0,
            last_goal: None,
            next: vec![0; graph.facts()],
            open: BinaryHeap::new(),
            seen: vec![0; graph.facts()],
            proofs: 0,
            work: 0,
        };
        for entry in entries {
            if !support.has(*entry) {
                support.hold(*entry, Held::AtTheStart, 0);
            }
        }
        support.settle(false);
        support
    }

    /// Whether there is a proof of the goal.
    pub(super) fn has_goal(&self) -> bool {
        self.live_goals > 0
    }

    /// Whether a fact is held. The goal never is.
    pub(super) fn has(&self, fact: FactId) -> bool {
        self.held[fact.0 as usize] != Held::No
    }

    pub(super) fn is_made(&self, change: u32) -> bool {
        self.is_made[change as usize]
    }

    /// Whether a step can be taken.
    pub(super) fn is_live(&self, step: StepId) -> bool {
        self.blocked[step.0 as usize] == 0 && self.missing[step.0 as usize] == 0
    }

    /// What the derivation through a live step costs.
    pub(super) fn cost(&self, step: StepId) -> u64 {
        let graph = self.graph;
        let changes = graph.changes_of(step).len() as u64;
        let premises = graph.premises(step).iter().map(|premise| self.cost[premise.0 as usize]);
        premises.fold(1 + COST_OF_A_CHANGE * changes, u64::saturating_add)
    }

    /// The changes, in ascending order, any of which breaks the derivation through a live step.
    pub(super) fn proof(&mut self, step: StepId) -> Vec<u32> {
        let graph = self.graph;
        self.proofs += 1;
        let mut changes: Vec<u32> = Vec::new();
        let mut open = vec![step];
        while let Some(step) = open.pop() {
            self.work += 1;
            changes.extend(graph.changes_of(step).iter().map(|change| change.0));
            for premise in graph.premises(step) {
                let seen = &mut self.seen[premise.0 as usize];
                if std::mem::replace(seen, self.proofs) != self.proofs
                    && let Held::By(step) = self.held[premise.0 as usize]
                {
                    open.push(step);
                }
            }
        }
        changes.sort_unstable();
        changes.dedup();
        changes
    }

    /// Makes changes that have not been made.
    ///
    /// What loses its derivation is looked at in the order of costs, so that a step whose premises all cost less than
    /// their conclusion can take over at once: those premises stay held. Only where there is no such step the fact is
    /// lost, and with it what was derived from it, until it is derived anew from what is left.
    pub(super) fn make(&mut self, changes: &[u32]) {
        let graph = self.graph;
        let mut doubtful = BinaryHeap::new();
        for change in changes {
            self.is_made[*change as usize] = true;
            for step in graph.taken_by(ChangeId(*change)) {
                self.work += 1;
                let was_live = self.is_live(*step);
                self.blocked[step.0 as usize] += 1;
                if was_live {
                    self.dies(*step, &mut doubtful);
                }
            }
        }
        let mut lost = Vec::new();
        while let Some(Reverse((_, fact))) = doubtful.pop() {
            let is_held = match self.held[fact.0 as usize] {
                Held::No => continue,
                Held::AtTheStart => true,
                Held::By(step) => self.is_live(step),
            };
            if is_held || self.take_over(fact) {
                continue;
            }
            self.held[fact.0 as usize] = Held::No;
            lost.push(fact);
            for step in graph.using(fact) {
                self.work += 1;
                let was_live = self.is_live(*step);
                self.missing[step.0 as usize] += 1;
                if was_live {
                    self.dies(*step, &mut doubtful);
                }
            }
        }
        for fact in lost {
            let steps = graph.giving(fact);
            self.work += steps.len() as u64;
            let live = steps.iter().filter(|step| self.is_live(**step));
            if let Some(best) = live.map(|step| (self.cost(*step), fact, *step)).min() {
                self.open.push(Reverse(best));
            }
        }
        self.settle(false);
    }

    /// Derives a fact by another step, if there is a live one of whose premises none costs as much as the fact.
    ///
    /// The search goes on where the last one ended: what has died mostly stays dead.
    fn take_over(&mut self, fact: FactId) -> bool {
        let steps = self.graph.giving(fact);
        let first = self.next[fact.0 as usize] as usize;
        let limit = self.cost[fact.0 as usize];
        for place in (first..steps.len()).chain(0..first) {
            self.work += 1;
            let step = steps[place];
            let mut premises = self.graph.premises(step).iter();
            if self.is_live(step) && premises.all(|premise| self.cost[premise.0 as usize] < limit) {
                self.held[fact.0 as usize] = Held::By(step);
                self.next[fact.0 as usize] = narrow(place);
                return true;
            }
        }
        false
    }

    /// Takes back changes that have been made.
    pub(super) fn take_back(&mut self, changes: &[u32]) {
        self.unmake(changes);
        self.settle(false);
    }

    fn unmake(&mut self, changes: &[u32]) {
        for change in changes {
            self.is_made[*change as usize] = false;
            for step in self.graph.taken_by(ChangeId(*change)) {
                self.work += 1;
                self.blocked[step.0 as usize] -= 1;
                if self.is_live(*step) {
                    self.lives(*step);
                }
            }
        }
    }

    /// The changes of a proof that there would be if a change that has been made, in a graph without a proof, were taken
    /// back.
    pub(super) fn proof_without(&mut self, change: u32) -> Option<Vec<u32>> {
        self.unmake(&[change]);
        self.settle(true);
        let goal = self.last_goal.filter(|_| self.has_goal())?;
        let proof = self.proof(goal);
        // What is open depends on the change, and is gone when it is made again.
        self.open.clear();
        self.make(&[change]);
        Some(proof)
    }

    fn dies(&mut self, step: StepId, doubtful: &mut BinaryHeap<Reverse<(u64, FactId)>>) {
        let conclusion = self.graph.conclusion(step);
        if Some(conclusion) == self.goal {
            self.live_goals -= 1;
        } else if self.held[conclusion.0 as usize] == Held::By(step) {
            doubtful.push(Reverse((self.cost[conclusion.0 as usize], conclusion)));
        }
    }

    fn lives(&mut self, step: StepId) {
        let conclusion = self.graph.conclusion(step);
        if Some(conclusion) == self.goal {
            self.live_goals += 1;
            self.last_goal = Some(step);
        } else if self.held[conclusion.0 as usize] == Held::No {
            self.open.push(Reverse((self.cost(step), conclusion, step)));
        }
    }

    fn hold(&mut self, fact: FactId, held: Held, cost: u64) {
        self.held[fact.0 as usize] = held;
        self.cost[fact.0 as usize] = cost;
        for step in self.graph.using(fact) {
            self.work += 1;
            self.missing[step.0 as usize] -= 1;
            if self.is_live(*step) {
                self.lives(*step);
            }
        }
    }

    /// Holds what has become derivable, the cheapest first, so that no derivation goes round in a circle; all of it, or
    /// until there is a proof.
    fn settle(&mut self, is_proof_enough: bool) {
        while let Some(Reverse((cost, fact, step))) = self.open.pop() {
            if is_proof_enough && self.has_goal() {
                return;
            }
            if self.held[fact.0 as usize] == Held::No {
                self.hold(fact, Held::By(step), cost);
            }
        }
    }
}
