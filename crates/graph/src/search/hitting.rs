//! The lightest set of elements that has one in common with each of many sets.
//!
//! The problem is NP-hard. What attack graphs give is mostly thousands of small sets that fall apart once
//! the obvious is decided: reductions first, then each connected component on its own by branch and bound.

mod instance;
mod relax;
mod rough;

use instance::{Instance, components, reduce};
use relax::relax;

/// What is known of the elements, by number.
pub(super) struct Elements<'a> {
    /// What it costs to take one.
    pub(super) weight: &'a [u32],
    /// Which of two that are as good is taken: the higher.
    pub(super) preference: &'a [u32],
}

impl Elements<'_> {
    fn weight(&self, element: u32) -> u64 {
        u64::from(self.weight[element as usize])
    }

    pub(super) fn total(&self, chosen: &[u32]) -> u64 {
        chosen.iter().map(|element| self.weight(*element)).sum()
    }

    /// How good it is to take an element that is in so many sets; more is better, and no two are equal.
    pub(super) fn merit(&self, element: u32, sets: u32) -> Merit {
        let ratio = (u64::from(sets) << 32).checked_div(self.weight(element)).unwrap_or(u64::MAX);
        (ratio, self.preference[element as usize], std::cmp::Reverse(element))
    }
}

/// Sets hit by weight, then preference, then the lower number.
pub(super) type Merit = (u64, u32, std::cmp::Reverse<u32>);

/// Elements that hit every set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hitting {
    /// In ascending order.
    pub(super) chosen: Vec<u32>,
    /// What they weigh together.
    pub(super) weight: u64,
    /// No choice weighs less than this; the choice is the lightest if it weighs as much.
    pub(super) bound: u64,
}

/// How deep branches may lie in each other, so that the stack suffices.
const DEPTH: u32 = 128;

/// The lightest elements that hit every set, as far as `work` (set members looked at) suffices; what was used is
/// subtracted. No set may be empty; the members of each stand in ascending order.
pub(super) fn lightest(sets: &[Vec<u32>], elements: &Elements<'_>, work: &mut u64) -> Hitting {
    let mut search = Search { elements, work };
    let mut found = search.solve(sets.to_vec(), u64::MAX, DEPTH);
    found.chosen.sort_unstable();
    if found.weight > found.bound {
        found.chosen = rough::improve(sets, elements, &found.chosen);
        found.weight = elements.total(&found.chosen);
    }
    found
}

struct Search<'a, 'b> {
    elements: &'a Elements<'b>,
    work: &'a mut u64,
}

impl Search<'_, '_> {
    /// Solves sets; a choice that does not weigh less than `limit` is of no use to the caller.
    fn solve(&mut self, sets: Vec<Vec<u32>>, limit: u64, depth: u32) -> Hitting {
        let mut chosen = Vec::new();
        let left = reduce(sets, self.elements, &mut chosen, self.work);
        let mut weight = self.elements.total(&chosen);
        let mut bound = weight;
        for component in components(left) {
            let solved = self.component(component, limit.saturating_sub(bound), depth);
            weight += solved.weight;
            bound += solved.bound;
            chosen.extend(solved.chosen);
        }
        Hitting { chosen, weight, bound }
    }

    /// Solves sets that hang together and have at least two members each.
    fn component(&mut self, sets: Vec<Vec<u32>>, limit: u64, depth: u32) -> Hitting {
        let instance = Instance::of(&sets);
        let chosen = rough::greedy(&instance, self.elements);
        let shares = rough::shares(&instance, self.elements);
        let bound = shares.iter().sum();
        let mut best = Hitting { weight: self.elements.total(&chosen), chosen, bound };
        if best.bound >= best.weight.min(limit) || *self.work == 0 {
            return best;
        }
        let upper = best.weight.min(limit);
        let relaxed = relax(&instance, self.elements, &shares, upper, self.work);
        best.take(rough::in_order(&instance, self.elements, &relaxed.reduced), self.elements);
        best.bound = best.bound.max(relaxed.bound).min(best.weight);
        let upper = best.weight.min(limit);
        if best.bound >= upper || *self.work == 0 || depth == 0 {
            return best;
        }
        let found = |test: &dyn Fn(u32) -> bool| -> Vec<u32> {
            instance
                .each()
                .filter(|local| test(*local))
                .map(|local| instance.outside(local))
                .collect()
        };
        let taken = found(&|local| relaxed.is_in(local, upper));
        let left_out = found(&|local| relaxed.is_out(local, upper));
        let element = instance.best(self.elements);
        drop(instance);
        if !taken.is_empty() || !left_out.is_empty() {
            let lightest = self.decided(&sets, &taken, &left_out, upper, depth);
            // What was decided holds for all that weighs less than `upper`.
            best.bound = lightest.bound.min(upper).max(best.bound);
            best.take(lightest.chosen, self.elements);
        } else if let Some(element) = element {
            let with = self.decided(&sets, &[element], &[], upper, depth);
            best.take(with.chosen, self.elements);
            let upper = best.weight.min(limit);
            let without = self.decided(&sets, &[], &[element], upper, depth);
            best.bound = with.bound.min(without.bound).max(best.bound);
            best.take(without.chosen, self.elements);
        }
        best.bound = best.bound.min(best.weight);
        best
    }

    /// Solves sets where some elements are taken and others left out; both in ascending order. If that leaves a set
    /// without members, no choice is given, and the bound is above all others.
    fn decided(
        &mut self,
        sets: &[Vec<u32>],
        taken: &[u32],
        left_out: &[u32],
        limit: u64,
        depth: u32,
    ) -> Hitting {
        let has = |list: &[u32], member: &u32| list.binary_search(member).is_ok();
        let unhit = sets.iter().filter(|set| !set.iter().any(|member| has(taken, member)));
        let left: Vec<Vec<u32>> = unhit
            .map(|set| set.iter().copied().filter(|member| !has(left_out, member)).collect())
            .collect();
        if left.iter().any(Vec::is_empty) {
            return Hitting { chosen: Vec::new(), weight: u64::MAX, bound: u64::MAX };
        }
        let weight = self.elements.total(taken);
        let mut solved = self.solve(left, limit.saturating_sub(weight), depth - 1);
        solved.chosen.extend_from_slice(taken);
        solved.weight += weight;
        solved.bound += weight;
        solved
    }
}

impl Hitting {
    /// Takes another choice if it is lighter; an empty one is none.
    fn take(&mut self, chosen: Vec<u32>, elements: &Elements<'_>) {
        let weight = elements.total(&chosen);
        if !chosen.is_empty() && weight < self.weight {
            (self.chosen, self.weight) = (chosen, weight);
        }
    }
}

#[cfg(test)]
mod tests;
