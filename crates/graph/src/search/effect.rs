//! What single changes do.

use super::part::{Part, changes_of};
use super::support::Support;
use super::{ChangeId, Query, Without, reach};

/// For each of these changes how many targets can no longer be derived once it alone is made.
///
/// One look at the graph, and then for each change at what it touches.
pub fn effects(query: &Query<'_>, changes: &[ChangeId]) -> Vec<usize> {
    of_part(&Part::of(query), changes)
}

/// Every change after which alone no target can be derived, in ascending order; none if no target can be derived as it
/// is.
pub fn single_cuts(query: &Query<'_>) -> Vec<ChangeId> {
    let part = Part::of(query);
    let reached = reach(&part.graph, &part.entries, &Without::nothing());
    let path = reached.cheapest(&part.targets).and_then(|target| reached.path(target));
    // What cuts every path is part of this one.
    let mut changes = path.map(|path| changes_of(&part.graph, &path)).unwrap_or_default();
    let mut cut = of_part(&part, &changes).into_iter().map(|lost| lost == part.targets.len());
    changes.retain(|_| cut.next().unwrap_or_default());
    changes
}

/// The targets of a part are those that can be derived.
fn of_part(part: &Part, changes: &[ChangeId]) -> Vec<usize> {
    let mut support = Support::of(&part.graph, &part.entries, None);
    let is_known = |change: &ChangeId| !part.graph.taken_by(*change).is_empty();
    let lost = |change: &ChangeId| {
        if !is_known(change) {
            return 0;
        }
        support.make(&[change.0]);
        let lost = part.targets.iter().filter(|target| !support.has(**target)).count();
        support.take_back(&[change.0]);
        lost
    };
    changes.iter().map(lost).collect()
}

#[cfg(test)]
mod tests;
