//! The lightest changes after which no target can be derived.

use super::core::{Core, Look, look};
use super::hitting::{Elements, lightest};
use super::relevant::held;
use super::rows::narrow;
use super::support::Support;
use super::without::Bits;
use super::{ChangeId, Path, Query, StepId};
use std::cmp::Reverse;

/// How much work a search for choke points may take: steps and members of sets looked at, about.
///
/// The same budget gives the same answer on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(pub u64);

impl Default for Budget {
    /// What takes a second, about.
    fn default() -> Self {
        Budget(50_000_000)
    }
}

/// What has to be changed so that no target can be derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Nothing: no target can be derived as it is.
    Unneeded,
    /// After these changes no target can be derived; without any one of them some target can.
    Set {
        /// In ascending order.
        changes: Vec<ChangeId>,
        /// Their weights together.
        weight: u64,
        /// How good the set is.
        proof: Proof,
    },
    /// No changes suffice: nothing takes this path away.
    Impossible(Path),
}

/// What is known about how light a cut can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// No set of changes that cuts everything weighs less.
    Minimal,
    /// The budget ended first: every set that cuts everything weighs at least this.
    AtLeast(u64),
}

/// The lightest changes after which no target of the query can be derived. Several sets may weigh the same; the same
/// input always gives the same.
///
/// The problem is NP-hard even without AND; this is the method of implicit hitting sets. Each proof of a target is a set
/// of changes of which one has to be made. The lightest changes that hit all proofs seen so far are no
/// heavier than the answer; if they leave no proof, they are the answer, and otherwise show
/// proofs to add. Proofs are looked for in bundles that share no change, and only what a change
/// touches is derived anew.
pub fn choke_points(query: &Query<'_>, weight: impl Fn(ChangeId) -> u32, budget: Budget) -> Cut {
    let core = match look(query, weight) {
        Look::Safe => return Cut::Unneeded,
        Look::Lost(path) => return Cut::Impossible(path),
        Look::Open(core) => core,
    };
    let steps = |change| narrow(core.graph.taken_by(ChangeId(change)).len());
    let preference: Vec<u32> = (0..narrow(core.changes.len())).map(steps).collect();
    let best = Search::of(&core, &preference, budget.0).run();
    let mut changes: Vec<ChangeId> =
        best.changes.iter().map(|change| core.changes[*change as usize]).collect();
    changes.sort_unstable();
    assert!(is_cut(query, &changes), "the changes of a cut leave no way to a target");
    let proof = if best.weight == best.bound { Proof::Minimal } else { Proof::AtLeast(best.bound) };
    Cut::Set { changes, weight: best.weight, proof }
}

fn is_cut(query: &Query<'_>, changes: &[ChangeId]) -> bool {
    let mut without = query.without.clone();
    for change in changes {
        without.change(*change);
    }
    let held = held(query.graph, query.entries, &without);
    query.wanted().iter().all(|target| !held[target.0 as usize])
}

/// A cut of the core, and what every cut weighs at least.
struct Best {
    changes: Vec<u32>,
    weight: u64,
    bound: u64,
}

/// The search. What is made in `support` is the set of changes under discussion.
struct Search<'a> {
    elements: Elements<'a>,
    support: Support<'a>,
    /// The steps that give the goal.
    goals: &'a [StepId],
    /// The changes of each proof seen.
    proofs: Vec<Vec<u32>>,
    /// The proofs that a change breaks.
    breaks: Vec<Vec<u32>>,
    /// Work outside of `support`.
    work: u64,
    budget: u64,
}

/// The work that the first choices of the lightest changes may take: while proofs are missing, the best choice is not
/// worth much.
const FIRST_EFFORT: u64 = 500_000;
/// How much more a choice may take after one that leaves no proof and may not be the lightest.
const MORE_EFFORT: u64 = 4;

impl<'a> Search<'a> {
    fn of(core: &'a Core, preference: &'a [u32], budget: u64) -> Self {
        Search {
            elements: Elements { weight: &core.weight, preference },
            support: Support::of(&core.graph, &[core.source], Some(core.goal)),
            goals: core.graph.giving(core.goal),
            proofs: Vec::new(),
            breaks: vec![Vec::new(); core.changes.len()],
            work: 0,
            budget,
        }
    }

    fn left(&self) -> u64 {
        self.budget.saturating_sub(self.support.work).saturating_sub(self.work)
    }

    fn run(mut self) -> Best {
        let bound = self.complete();
        let mut best = self.irredundant();
        best.bound = bound.min(best.weight);
        let mut effort = FIRST_EFFORT;
        while best.bound < best.weight && self.left() > 0 {
            let allowed = self.left().min(effort);
            let mut left = allowed;
            let found = lightest(&self.proofs, &self.elements, &mut left);
            self.work += allowed - left;
            best.bound = best.bound.max(found.bound).min(best.weight);
            if best.bound == best.weight {
                break;
            }
            self.change_to(&found.chosen);
            if !self.support.has_goal() {
                effort = effort.saturating_mul(MORE_EFFORT);
            }
            self.complete();
            let cut = self.irredundant();
            if cut.weight < best.weight {
                best = Best { bound: best.bound, ..cut };
            }
        }
        best
    }

    /// Makes changes until no proof is left, for each proof seen on the way the one that breaks most for its weight. Gives
    /// the weight that what was made at first leaves at least to be made.
    fn complete(&mut self) -> u64 {
        let mut first_bound = None;
        loop {
            let first = self.proofs.len();
            let mut chosen = self.made();
            let bound = self.bundle();
            let at_least = *first_bound.get_or_insert(bound);
            let new = &self.proofs[first..];
            if new.is_empty() || self.left() == 0 {
                return at_least;
            }
            let merit = |change: &u32| {
                self.elements.merit(*change, narrow(self.breaks[*change as usize].len()))
            };
            let mut is_chosen = Bits::default();
            for proof in new {
                if !proof.iter().any(|change| is_chosen.has(*change))
                    && let Some(best) = proof.iter().copied().max_by_key(merit)
                {
                    is_chosen.insert(best);
                    chosen.push(best);
                }
            }
            chosen.sort_unstable();
            self.change_to(&chosen);
        }
    }

    /// Adds proofs, and makes changes until no further is left. Gives the weight that has to be made at least.
    ///
    /// Each proof takes a share of what its changes weigh, as much as the lightest has left; a change of which nothing
    /// is left is made. No change gives more than it weighs, and every cut has a change of every proof: so a cut weighs at
    /// least the sum of the shares. Where all weigh the same, no two proofs share a change.
    ///
    /// While changes are only made, a step that has died stays dead: one look at each step to the goal is enough.
    fn bundle(&mut self) -> u64 {
        let live = self.goals.iter().filter(|step| self.support.is_live(**step));
        let mut goals: Vec<(u64, StepId)> =
            live.map(|step| (self.support.cost(*step), *step)).collect();
        self.work += self.goals.len() as u64;
        goals.sort_unstable();
        let mut rest: Vec<u32> = self.elements.weight.to_vec();
        let mut total = 0;
        for (_, step) in goals {
            while self.support.is_live(step) {
                let proof = self.support.proof(step);
                let share = proof.iter().map(|change| rest[*change as usize]).min();
                let share = share.unwrap_or_default();
                for change in &proof {
                    rest[*change as usize] -= share;
                }
                let spent: Vec<u32> =
                    proof.iter().copied().filter(|change| rest[*change as usize] == 0).collect();
                self.support.make(&spent);
                self.add(proof);
                total += u64::from(share);
            }
        }
        total
    }

    fn add(&mut self, proof: Vec<u32>) {
        for change in &proof {
            self.breaks[*change as usize].push(narrow(self.proofs.len()));
        }
        self.proofs.push(proof);
    }

    fn made(&self) -> Vec<u32> {
        (0..narrow(self.breaks.len())).filter(|change| self.support.is_made(*change)).collect()
    }

    fn change_to(&mut self, chosen: &[u32]) {
        let made = self.made();
        let is_new = |change: &u32| !self.support.is_made(*change);
        let new: Vec<u32> = chosen.iter().copied().filter(is_new).collect();
        let old: Vec<u32> =
            made.into_iter().filter(|change| chosen.binary_search(change).is_err()).collect();
        self.support.make(&new);
        self.support.take_back(&old);
    }

    /// Takes back, the heaviest first, every change that is not needed beside the others. A change that alone breaks a
    /// proof seen before is needed; for the others it is tried, and a proof that shows the need is added.
    fn irredundant(&mut self) -> Best {
        let made = self.made();
        let mut hits = vec![0_u32; self.proofs.len()];
        for proof in made.iter().flat_map(|change| &self.breaks[*change as usize]) {
            hits[*proof as usize] += 1;
        }
        let mut order = made;
        order.sort_by_key(|change| {
            let breaks = narrow(self.breaks[*change as usize].len());
            (Reverse(self.elements.weight[*change as usize]), self.elements.merit(*change, breaks))
        });
        for change in order {
            let proofs = &self.breaks[change as usize];
            if proofs.iter().any(|proof| hits[*proof as usize] == 1) {
                continue;
            }
            match self.support.proof_without(change) {
                Some(proof) => {
                    self.add(proof);
                    hits.push(1);
                }
                None => {
                    for proof in &self.breaks[change as usize] {
                        hits[*proof as usize] -= 1;
                    }
                }
            }
        }
        let changes = self.made();
        Best { weight: self.elements.total(&changes), changes, bound: 0 }
    }
}

#[cfg(test)]
mod tests;
