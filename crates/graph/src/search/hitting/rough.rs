//! A good choice, and a bound for the best one, without search.

use super::instance::Instance;
use super::{Elements, Merit};
use std::collections::BinaryHeap;

/// Takes what hits most sets for its weight, again and again; what turned out superfluous is left out in the end.
pub(super) fn greedy(instance: &Instance, known: &Elements<'_>) -> Vec<u32> {
    let merit = |local, sets| known.merit(instance.outside(local), sets);
    let mut left: Vec<u32> = instance.each().map(|local| instance.count(local)).collect();
    let mut open: BinaryHeap<(Merit, u32)> =
        instance.each().map(|local| (merit(local, left[local as usize]), local)).collect();
    let mut is_hit = vec![false; instance.sets.len()];
    let mut chosen = Vec::new();
    while let Some((promised, local)) = open.pop() {
        let sets = left[local as usize];
        if sets == 0 {
            continue;
        }
        let now = merit(local, sets);
        if now < promised {
            open.push((now, local));
            continue;
        }
        chosen.push(local);
        for set in instance.within.row(local) {
            if !std::mem::replace(&mut is_hit[*set as usize], true) {
                for member in instance.sets.row(*set) {
                    left[*member as usize] -= 1;
                }
            }
        }
    }
    let mut choice = Choice::of(instance, known, &chosen);
    choice.drop_superfluous(choice.taken());
    choice.outside()
}

/// Takes elements in the order of these numbers, the least first, as long as they hit something that is not hit.
pub(super) fn in_order(instance: &Instance, known: &Elements<'_>, rank: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = instance.each().collect();
    order.sort_by(|one, other| {
        rank[*one as usize].total_cmp(&rank[*other as usize]).then(one.cmp(other))
    });
    let mut choice = Choice::of(instance, known, &[]);
    for local in order {
        if instance.within.row(local).iter().any(|set| choice.hits[*set as usize] == 0) {
            choice.add(local);
        }
    }
    choice.drop_superfluous(choice.taken());
    choice.outside()
}

/// Shares of the sets whose sum every choice weighs at least, since no element has to pay more of them than it weighs
/// (dual ascent of the linear relaxation). Sets of few and rare members go first.
pub(super) fn shares(instance: &Instance, known: &Elements<'_>) -> Vec<u64> {
    let mut slack: Vec<u64> =
        instance.elements.iter().map(|element| known.weight(*element)).collect();
    let mut order: Vec<(u64, u32)> = (0..super::super::rows::narrow(instance.sets.len()))
        .map(|set| {
            let members = instance.sets.row(set).iter();
            (members.map(|member| u64::from(instance.count(*member))).sum(), set)
        })
        .collect();
    order.sort_unstable();
    let mut shares = vec![0; order.len()];
    for (_, set) in order {
        let members = instance.sets.row(set);
        let share = members.iter().map(|member| slack[*member as usize]).min().unwrap_or_default();
        for member in members {
            slack[*member as usize] -= share;
        }
        shares[set as usize] = share;
    }
    shares
}

/// How often a choice is gone over.
const PASSES: usize = 3;

/// A choice that is no heavier: takes an element wherever that makes heavier ones superfluous. What was chosen stands in
/// ascending order.
pub(super) fn improve(sets: &[Vec<u32>], known: &Elements<'_>, chosen: &[u32]) -> Vec<u32> {
    let instance = Instance::of(sets);
    let local: Vec<u32> = instance
        .each()
        .filter(|local| chosen.binary_search(&instance.outside(*local)).is_ok())
        .collect();
    let mut choice = Choice::of(&instance, known, &local);
    choice.drop_superfluous(choice.taken());
    for _ in 0..PASSES {
        let has_gained = instance.each().filter(|local| choice.exchange(*local)).count() > 0;
        if !has_gained {
            break;
        }
    }
    choice.outside()
}

/// Elements taken, and how often each set is hit.
struct Choice<'a> {
    instance: &'a Instance,
    known: &'a Elements<'a>,
    is_taken: Vec<bool>,
    hits: Vec<u32>,
}

impl<'a> Choice<'a> {
    fn of(instance: &'a Instance, known: &'a Elements<'_>, chosen: &[u32]) -> Self {
        let mut choice = Choice {
            instance,
            known,
            is_taken: vec![false; instance.elements.len()],
            hits: vec![0; instance.sets.len()],
        };
        for local in chosen {
            choice.add(*local);
        }
        choice
    }

    fn add(&mut self, local: u32) {
        self.is_taken[local as usize] = true;
        for set in self.instance.within.row(local) {
            self.hits[*set as usize] += 1;
        }
    }

    fn taken(&self) -> Vec<u32> {
        self.instance.each().filter(|local| self.is_taken[*local as usize]).collect()
    }

    fn outside(&self) -> Vec<u32> {
        self.taken().into_iter().map(|local| self.instance.outside(local)).collect()
    }

    fn remove(&mut self, local: u32) {
        self.is_taken[local as usize] = false;
        for set in self.instance.within.row(local) {
            self.hits[*set as usize] -= 1;
        }
    }

    /// Leaves out of these, the worst first, what hits only sets that others hit too; tells what it was.
    fn drop_superfluous(&mut self, mut among: Vec<u32>) -> Vec<u32> {
        among.sort_by_key(|local| {
            let element = self.instance.outside(*local);
            let merit = self.known.merit(element, self.instance.count(*local));
            (std::cmp::Reverse(self.known.weight(element)), merit)
        });
        among.retain(|local| {
            let is_superfluous =
                self.instance.within.row(*local).iter().all(|set| self.hits[*set as usize] > 1);
            if is_superfluous {
                self.remove(*local);
            }
            is_superfluous
        });
        among
    }

    /// Takes an element if what it makes superfluous weighs more; tells whether it does.
    fn exchange(&mut self, local: u32) -> bool {
        if self.is_taken[local as usize] {
            return false;
        }
        let (instance, known) = (self.instance, self.known);
        let weight = |local: &u32| known.weight(instance.outside(*local));
        let mut others: Vec<u32> = instance
            .within
            .row(local)
            .iter()
            .flat_map(|set| instance.sets.row(*set))
            .copied()
            .filter(|member| self.is_taken[*member as usize])
            .collect();
        others.sort_unstable();
        others.dedup();
        if others.iter().map(weight).sum::<u64>() <= weight(&local) {
            return false;
        }
        self.add(local);
        let dropped = self.drop_superfluous(others);
        let has_gained = dropped.iter().map(weight).sum::<u64>() > weight(&local);
        if !has_gained {
            self.remove(local);
            for other in dropped {
                self.add(other);
            }
        }
        has_gained
    }
}
