//! A few paths that tell different stories, out of very many.

use super::part::{Part, changes_of};
use super::reach::reach_until;
use super::{ChangeId, FactId, Path, Query, Without};
use std::collections::{BTreeSet, VecDeque};

/// How many searches one path may take before no further is looked for.
const SEARCHES_FOR_A_PATH: usize = 4;

/// At most `limit` paths to the targets: the cheapest, from one entry where one is enough; then, as long as there are any, paths that share no change with
/// those before; then paths whose changes differ from each before.
///
/// What is listed is an excerpt: paths that differ in nothing a defender can change are one path here, so that of the
/// paths without any change one is told; and not all that differ are found. The time is that of
/// a few searches of the relevant part for each path.
pub fn paths(query: &Query<'_>, limit: usize) -> Vec<Path> {
    let part = Part::of(query);
    let mut told = Told {
        part: &part,
        limit,
        searches: limit.saturating_mul(SEARCHES_FOR_A_PATH),
        targets: part.targets.clone(),
        unchangeable: Without::nothing(),
        changes: BTreeSet::new(),
        paths: Vec::new(),
    };
    told.disjoint();
    told.different();
    told.paths.iter().map(|path| part.whole(path)).collect()
}

/// The paths told so far.
struct Told<'a> {
    part: &'a Part,
    limit: usize,
    searches: usize,
    targets: Vec<FactId>,
    /// Last steps of paths without a change: they would be found for ever.
    unchangeable: Without,
    changes: BTreeSet<Vec<ChangeId>>,
    paths: Vec<Path>,
}

impl Told<'_> {
    /// Searches once more, and tells the path if its changes are new. Gives its changes; none if there is no path, or
    /// if this was enough.
    fn search(&mut self, gone: &[ChangeId]) -> Option<Vec<ChangeId>> {
        if self.paths.len() >= self.limit {
            return None;
        }
        self.searches = self.searches.checked_sub(1)?;
        let mut without = self.unchangeable.clone();
        for change in gone {
            without.change(*change);
        }
        let Part { graph, entries, .. } = self.part;
        let is_target = |fact| self.targets.binary_search(&fact).is_ok();
        let reached = reach_until(graph, entries, &without, is_target);
        let path = reached.path(reached.cheapest(&self.targets)?)?;
        let path = self.with_one_entry(&path, &without).unwrap_or(path);
        let changes = changes_of(graph, &path);
        if changes.is_empty() {
            match path.steps.last() {
                Some(step) => self.unchangeable.step(*step),
                None => self.targets.retain(|target| *target != path.target),
            }
        }
        if self.changes.insert(changes.clone()) {
            self.paths.push(path);
        }
        Some(changes)
    }

    /// The cheapest path from a single one of the entries that a path takes together, if there is one.
    ///
    /// Entries are places of which an attacker has one. Derivations of two premises cost the same from one place as
    /// from two, so that the cheapest may take two where one is enough.
    fn with_one_entry(&self, path: &Path, without: &Without) -> Option<Path> {
        let Part { graph, entries, .. } = self.part;
        let premises = path.steps.iter().flat_map(|step| graph.premises(*step));
        let used: BTreeSet<FactId> =
            premises.filter(|fact| entries.contains(fact)).copied().collect();
        if used.len() < 2 {
            return None;
        }
        let is_target = |fact| self.targets.binary_search(&fact).is_ok();
        let alone = used.into_iter().filter_map(|entry| {
            let reached = reach_until(graph, &[entry], without, is_target);
            reached.path(reached.cheapest(&self.targets)?)
        });
        alone.min_by_key(|path| path.cost)
    }

    /// Paths of which no two share a change.
    fn disjoint(&mut self) {
        let mut gone = Vec::new();
        while let Some(changes) = self.search(&gone) {
            gone.extend(changes);
        }
    }

    /// Paths that get along without some change of a path before.
    fn different(&mut self) {
        let mut open: VecDeque<Vec<ChangeId>> = VecDeque::new();
        for changes in self.paths.iter().map(|path| changes_of(&self.part.graph, path)) {
            open.extend(changes.iter().map(|change| vec![*change]));
        }
        let mut tried: BTreeSet<Vec<ChangeId>> = BTreeSet::new();
        while let Some(mut gone) = open.pop_front() {
            gone.sort_unstable();
            if !tried.insert(gone.clone()) {
                continue;
            }
            let is_over = self.searches == 0 || self.paths.len() >= self.limit;
            if is_over {
                return;
            }
            let changes = self.search(&gone).unwrap_or_default();
            open.extend(changes.iter().map(|change| [gone.as_slice(), &[*change]].concat()));
        }
    }
}

#[cfg(test)]
mod tests;
