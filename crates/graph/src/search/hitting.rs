//! The lightest set of elements that has one in common with each of many sets.
//!
//! The problem is NP-hard. What attack graphs give is mostly thousands of small sets that fall apart once
//! the obvious is decided: reductions first, then each connected component on its own by branch and bound.

mod instance;
mod rough;

use instance::{Instance, components, reduce};

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
        let weight = self.elements.total(&chosen);
        let bound = rough::bound(&instance, self.elements);
        let mut best = Hitting { chosen, weight, bound };
        if bound >= best.weight.min(limit) || depth == 0 || *self.work == 0 {
            return best;
        }
        let Some(element) = instance.best(self.elements) else { return best };
        drop(instance);
        let cost = self.elements.weight(element);

        let unhit =
            sets.iter().filter(|set| set.binary_search(&element).is_err()).cloned().collect();
        let mut with = self.solve(unhit, best.weight.min(limit).saturating_sub(cost), depth - 1);
        with.weight += cost;
        with.bound += cost;
        if with.weight < best.weight {
            with.chosen.push(element);
            (best.chosen, best.weight) = (with.chosen, with.weight);
        }

        let mut others = sets;
        for set in &mut others {
            set.retain(|member| *member != element);
        }
        let without = self.solve(others, best.weight.min(limit), depth - 1);
        if without.weight < best.weight {
            (best.chosen, best.weight) = (without.chosen, without.weight);
        }
        best.bound = with.bound.min(without.bound).max(best.bound).min(best.weight);
        best
    }
}

#[cfg(test)]
mod tests;
