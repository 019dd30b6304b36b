use super::super::reach;
use super::super::tests::{assert_valid, build, facts, rows, small, with_query};
use super::*;
use proptest::prelude::*;

/// Which paths are told, each by its steps?
fn check(text: &str, targets: &str, limit: usize, expected: &[&[u32]]) {
    check_from("a", text, targets, limit, expected);
}

fn check_from(entries: &str, text: &str, targets: &str, limit: usize, expected: &[&[u32]]) {
    let graph = build(&rows(text));
    let (entries, targets, without) = (facts(entries), facts(targets), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let told = paths(&query, limit);
    let steps: Vec<Vec<u32>> =
        told.iter().map(|path| path.steps.iter().map(|step| step.0).collect()).collect();
    assert_eq!(steps, expected, "{text}");
}

#[test]
fn the_cheapest_comes_first_and_then_those_that_share_nothing() {
    // Cheapest by 0 1; the next cheapest shares change 2 with it and so stands behind the one that shares nothing.
    let text = "a > b / 1; b > c / 2; a > d / 3 : 2; d > c / 2; a > c / 4 : 9";
    check(text, "c", 9, &[&[0, 1], &[4], &[2, 3]]);
    check(text, "c", 2, &[&[0, 1], &[4]]);
    check(text, "c", 0, &[]);
}

#[test]
fn what_differs_in_no_change_is_told_once() {
    check("a > b / 1; b > d; b > c; c > d", "d", 9, &[&[0, 1]]);
    check("a > b; a > c; b > d; c > d", "d", 9, &[&[0, 2]]);
}

#[test]
fn a_path_without_a_change_does_not_hide_the_others() {
    check("a > b; a > b / 1 : 4; a > b : 2; a > b / 2 : 3", "b", 9, &[&[0], &[3], &[1]]);
    // An attacker who holds a target at the start wants nothing else of it.
    check("a > b / 1", "ab", 9, &[&[], &[0]]);
}

#[test]
fn one_entry_is_taken_where_one_is_enough() {
    // What two premises share is counted twice, so that two entries seem as near as one.
    check_from("ab", "a > c; b > d; b > c; c d > e / 1", "e", 9, &[&[2, 1, 3]]);
    check_from("ab", "a > c; b > d; c d > e / 1", "e", 9, &[&[0, 1, 2]]);
    // Even where it is dearer.
    check_from("ab", "a > c; b > d; b > c : 5; c d > e / 1", "e", 9, &[&[2, 1, 3]]);
}

#[test]
fn every_target_counts() {
    check("a > b / 1; a > c / 2 : 3", "cb", 9, &[&[0], &[1]]);
    check("a > b / 1", "z", 9, &[]);
}

/// How many entries a path takes.
fn starts(query: &Query<'_>, path: &Path) -> usize {
    let premises = path.steps.iter().flat_map(|step| query.graph.premises(*step));
    premises.filter(|fact| query.entries.contains(fact)).collect::<BTreeSet<_>>().len()
}

proptest! {
    #[test]
    fn paths_are_valid_and_differ(case in small(), limit in 1_usize..8) {
        with_query(&case, |query| {
            let told = paths(query, limit);
            let reached = reach(query.graph, query.entries, query.without);
            let best = reached.cheapest(query.targets).and_then(|target| reached.path(target));
            match (told.first(), &best) {
                (Some(first), Some(best)) => assert!(first == best || starts(query, best) > 1),
                (first, best) => assert_eq!(first.is_some(), best.is_some()),
            }
            assert!(told.len() <= limit);
            let mut seen = BTreeSet::new();
            for path in &told {
                assert_valid(query, path);
                assert!(seen.insert(changes_of(query.graph, path)), "the same changes twice");
            }
        });
    }

    #[test]
    fn no_path_that_shares_nothing_is_missed(case in small()) {
        with_query(&case, |query| {
            let told = paths(query, 100);
            // The first so many share no change with each other; nothing is left when all their changes are made.
            let mut gone = BTreeSet::new();
            for path in &told {
                let changes = changes_of(query.graph, path);
                if changes.is_empty() || changes.iter().any(|change| gone.contains(change)) {
                    continue;
                }
                gone.extend(changes);
            }
            let unchangeable = told.iter().any(|path| changes_of(query.graph, path).is_empty());
            let left = reach(query.graph, query.entries, &Without::changes(gone));
            assert!(unchangeable || left.cheapest(query.targets).is_none());
        });
    }
}
