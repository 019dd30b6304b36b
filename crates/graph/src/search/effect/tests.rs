use super::super::tests::{build, facts, fixpoint, rows, small, with_query};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Which changes cut everything alone, and how many targets does each of the changes 0 to 3 take?
fn check(text: &str, targets: &str, expected_cuts: &[u32], expected_effects: [usize; 4]) {
    let graph = build(&rows(text));
    let (entries, targets, without) = (facts("a"), facts(targets), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let cuts: Vec<u32> = single_cuts(&query).iter().map(|change| change.0).collect();
    assert_eq!(cuts, expected_cuts, "{text}");
    assert_eq!(effects(&query, &[0, 1, 2, 3].map(ChangeId)), expected_effects, "{text}");
}

#[test]
fn what_every_path_needs_cuts_alone() {
    check("a > b / 0; b > c / 1 2", "c", &[0, 1, 2], [1, 1, 1, 0]);
    check("a > b / 0; a > b / 1; b > c / 2", "c", &[2], [0, 0, 1, 0]);
    check("a > b / 0; a > c / 1; b c > d", "d", &[0, 1], [1, 1, 0, 0]);
    check("a > b / 0 1; a > b / 0 2", "b", &[0], [1, 0, 0, 0]);
}

#[test]
fn of_several_targets_some_may_stay() {
    check("a > b / 0; a > c / 1; a > d / 0 1", "bcd", &[], [2, 2, 0, 0]);
    check("a > b / 0; b > c / 1", "bc", &[0], [2, 1, 0, 0]);
}

#[test]
fn what_cannot_be_derived_cannot_be_cut() {
    check("b > c / 0", "c", &[], [0; 4]);
    check("a > b", "b", &[], [0; 4]);
    check("a > b / 0", "a", &[], [0; 4]);
}

proptest! {
    #[test]
    fn effects_are_those_of_trying_each_change(case in small()) {
        with_query(&case, |query| {
            let lost = |change: u32| {
                let before = fixpoint(&case, &BTreeSet::new());
                let after = fixpoint(&case, &BTreeSet::from([change]));
                let lost = |fact: usize| before[fact].is_some() && after[fact].is_none();
                query.wanted().iter().filter(|target| lost(target.0 as usize)).count()
            };
            let held = fixpoint(&case, &BTreeSet::new());
            let all = query.wanted().iter().filter(|target| held[target.0 as usize].is_some()).count();
            let expected: Vec<usize> = (0..10).map(lost).collect();
            let changes: Vec<ChangeId> = (0..10).map(ChangeId).collect();
            assert_eq!(effects(query, &changes), expected);
            let cuts: Vec<u32> =
                (0..10).filter(|change| all > 0 && expected[*change as usize] == all).collect();
            assert_eq!(single_cuts(query).iter().map(|change| change.0).collect::<Vec<_>>(), cuts);
        });
    }
}
