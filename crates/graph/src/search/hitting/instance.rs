//! Sets and what is obvious about them.

use super::super::rows::{Rows, narrow};
use super::Elements;

/// Sets in both directions, with elements renumbered without holes.
pub(super) struct Instance {
    /// The number outside, by the number within.
    pub(super) elements: Vec<u32>,
    pub(super) sets: Rows<u32>,
    /// The sets of an element.
    pub(super) within: Rows<u32>,
}

impl Instance {
    pub(super) fn of(sets: &[Vec<u32>]) -> Instance {
        let mut elements: Vec<u32> = sets.iter().flatten().copied().collect();
        elements.sort_unstable();
        elements.dedup();
        let mut rows = Rows::default();
        let mut local = Vec::new();
        for set in sets {
            local.clear();
            local.extend(set.iter().filter_map(|member| elements.binary_search(member).ok()));
            let row: Vec<u32> = local.iter().map(|place| narrow(*place)).collect();
            rows.push(&row);
        }
        let within = rows.inverted(elements.len(), |member| member, |set| set);
        Instance { elements, sets: rows, within }
    }

    /// The numbers of the elements within.
    pub(super) fn each(&self) -> impl Iterator<Item = u32> + use<> {
        0..narrow(self.elements.len())
    }

    /// The element, by its number outside, that it is best to decide about first.
    pub(super) fn best(&self, known: &Elements<'_>) -> Option<u32> {
        let merit = |local: &u32| known.merit(self.outside(*local), self.count(*local));
        self.each().max_by_key(merit).map(|local| self.outside(local))
    }

    pub(super) fn outside(&self, local: u32) -> u32 {
        self.elements[local as usize]
    }

    /// In how many sets an element is.
    pub(super) fn count(&self, local: u32) -> u32 {
        narrow(self.within.row(local).len())
    }
}

fn is_subset(small: &[u32], large: &[u32]) -> bool {
    small.len() <= large.len() && small.iter().all(|member| large.binary_search(member).is_ok())
}

/// Decides what needs no search, until nothing of the kind is left: the only member of a set is taken; a set that
/// holds all members of another is hit with it; an element is left out if another is in all of its sets and no heavier.
pub(super) fn reduce(
    mut sets: Vec<Vec<u32>>,
    known: &Elements<'_>,
    chosen: &mut Vec<u32>,
    work: &mut u64,
) -> Vec<Vec<u32>> {
    loop {
        sets.sort_unstable_by(|one, other| {
            one.len().cmp(&other.len()).then_with(|| one.cmp(other))
        });
        sets.dedup();
        *work = work.saturating_sub(1 + sets.iter().map(|set| set.len() as u64).sum::<u64>());
        let is_changed = take_single(&mut sets, chosen)
            || drop_supersets(&mut sets)
            || drop_dominated(&mut sets, known);
        if !is_changed {
            return sets;
        }
    }
}

fn take_single(sets: &mut Vec<Vec<u32>>, chosen: &mut Vec<u32>) -> bool {
    let single: Vec<u32> = sets.iter().filter(|set| set.len() == 1).flatten().copied().collect();
    sets.retain(|set| set.iter().all(|member| single.binary_search(member).is_err()));
    chosen.extend_from_slice(&single);
    !single.is_empty()
}

/// The sets stand in the order of their sizes.
fn drop_supersets(sets: &mut Vec<Vec<u32>>) -> bool {
    let instance = Instance::of(sets);
    let mut is_gone = vec![false; sets.len()];
    for index in 0..narrow(sets.len()) {
        let small = instance.sets.row(index);
        if is_gone[index as usize] {
            continue;
        }
        let rarest = small.iter().min_by_key(|member| instance.count(**member));
        for other in rarest.into_iter().flat_map(|member| instance.within.row(*member)) {
            if *other > index && is_subset(small, instance.sets.row(*other)) {
                is_gone[*other as usize] = true;
            }
        }
    }
    let before = sets.len();
    let mut gone = is_gone.iter();
    sets.retain(|_| !gone.next().copied().unwrap_or_default());
    sets.len() < before
}

fn drop_dominated(sets: &mut [Vec<u32>], known: &Elements<'_>) -> bool {
    let instance = Instance::of(sets);
    let weight = |local: u32| known.weight(instance.outside(local));
    // The worst first, so that of equals the best stays.
    let mut order: Vec<u32> = instance.each().collect();
    let preference = |local: u32| known.preference[instance.outside(local) as usize];
    order.sort_by_key(|local| {
        (std::cmp::Reverse(weight(*local)), preference(*local), std::cmp::Reverse(*local))
    });
    let mut is_gone = vec![false; order.len()];
    for local in order {
        let within = instance.within.row(local);
        let smallest = within.iter().min_by_key(|set| instance.sets.row(**set).len());
        let dominates = |other: &u32| {
            *other != local
                && !is_gone[*other as usize]
                && weight(*other) <= weight(local)
                && is_subset(within, instance.within.row(*other))
        };
        let candidates = smallest.into_iter().flat_map(|set| instance.sets.row(*set));
        is_gone[local as usize] = candidates.into_iter().any(dominates);
    }
    let gone =
        |member: &u32| instance.elements.binary_search(member).is_ok_and(|local| is_gone[local]);
    for set in sets {
        set.retain(|member| !gone(member));
    }
    is_gone.contains(&true)
}

/// Sets that share no element with those of another component, directly or through others.
pub(super) fn components(sets: Vec<Vec<u32>>) -> Vec<Vec<Vec<u32>>> {
    let instance = Instance::of(&sets);
    let mut of_set: Vec<Option<usize>> = vec![None; sets.len()];
    let mut count = 0;
    let mut open: Vec<u32> = Vec::new();
    for first in 0..narrow(sets.len()) {
        if of_set[first as usize].is_some() {
            continue;
        }
        of_set[first as usize] = Some(count);
        open.push(first);
        let mut is_seen = std::collections::BTreeSet::new();
        while let Some(set) = open.pop() {
            for member in instance.sets.row(set).iter().filter(|member| is_seen.insert(**member)) {
                for other in instance.within.row(*member) {
                    if of_set[*other as usize].replace(count).is_none() {
                        open.push(*other);
                    }
                }
            }
        }
        count += 1;
    }
    let mut components = vec![Vec::new(); count];
    for (set, component) in sets.into_iter().zip(of_set) {
        components[component.unwrap_or_default()].push(set);
    }
    components
}
