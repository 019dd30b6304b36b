use super::super::tests::{
    Case, assert_valid, build, facts, fixpoint, rows, simple, small, with_query,
};
use super::super::{FactId, Without, part};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn weigh(weights: &[u32]) -> impl Fn(ChangeId) -> u32 {
    |change| weights.get(change.0 as usize).copied().unwrap_or(1)
}

/// Which changes cut everything?
fn check(text: &str, targets: &str, weights: &[u32], expected: &[u32]) {
    let graph = build(&rows(text));
    let (entries, targets, without) = (facts("a"), facts(targets), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let cut = choke_points(&query, weigh(weights), Budget::default());
    let changes: Vec<ChangeId> = expected.iter().copied().map(ChangeId).collect();
    let weight = changes.iter().map(|change| u64::from(weigh(weights)(*change))).sum();
    assert_eq!(cut, Cut::Set { changes, weight, proof: Proof::Minimal }, "{text}");
}

#[test]
fn the_lightest_changes_are_found() {
    // A chain has a weakest member.
    check("a > b / 0; b > c / 1", "c", &[2, 1], &[1]);
    // What all share is lighter than one of each.
    check("a > b / 0; a > c / 1; b > d / 2; c > d / 2", "d", &[1, 1, 1], &[2]);
    check("a > b / 0; a > c / 1; b > d / 2; c > d / 2", "d", &[1, 1, 3], &[0, 1]);
    // Of premises that are all needed the lightest.
    check("a > b / 0; a > c / 1; b c > d", "d", &[2, 1], &[1]);
    // One change takes many steps.
    check("a > b / 0; a > c / 0; a > d / 0 1; d > e; c > e; b > e", "e", &[], &[0]);
    // A circle leads nowhere new.
    check("a > b / 0; b > c / 1; c > b / 2; c > d / 3", "d", &[9, 1, 1, 2], &[1]);
    // Two targets, cut at once or each.
    check("a > b / 0; b > c / 1; b > d / 2", "cd", &[1, 1, 1], &[0]);
    check("a > b / 0; b > c / 1; b > d / 2", "cd", &[3, 1, 1], &[1, 2]);
    // A target that leads to another.
    check("a > b / 0; b > c / 1", "bc", &[5, 1], &[0]);
}

#[test]
fn no_target_within_reach_needs_no_cut() {
    let graph = build(&rows("a > b; c > d / 1"));
    let (entries, targets, without) = (facts("a"), facts("dz"), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    assert_eq!(choke_points(&query, |_| 1, Budget::default()), Cut::Unneeded);
    let query = Query { targets: &[], ..query };
    assert_eq!(choke_points(&query, |_| 1, Budget::default()), Cut::Unneeded);
    let query = Query { targets: &facts("d"), entries: &[], ..query };
    assert_eq!(choke_points(&query, |_| 1, Budget::default()), Cut::Unneeded);
}

#[test]
fn a_path_without_a_change_cannot_be_cut() {
    let graph = build(&rows("a > b / 1; b > c; a > d : 5; d > c"));
    let (entries, targets, without) = (facts("a"), facts("c"), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let path = Path { target: FactId(2), steps: vec![StepId(2), StepId(3)], cost: 6 };
    assert_eq!(choke_points(&query, |_| 1, Budget::default()), Cut::Impossible(path));
    // Neither can one without a step.
    let query = Query { targets: &facts("a"), ..query };
    let path = Path { target: FactId(0), steps: vec![], cost: 0 };
    assert_eq!(choke_points(&query, |_| 1, Budget::default()), Cut::Impossible(path));
}

#[test]
fn what_is_gone_before_needs_no_cut() {
    let graph = build(&rows("a > b; a > b / 1 2"));
    let without = Without::steps_where(&graph, |step| step.0 == 0);
    let (entries, targets) = (facts("a"), facts("b"));
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let cut = choke_points(&query, |change| change.0, Budget::default());
    let changes = vec![ChangeId(1)];
    assert_eq!(cut, Cut::Set { changes, weight: 1, proof: Proof::Minimal });
}

/// Whether a target can be derived after these changes.
fn is_open(case: &Case, changes: &BTreeSet<u32>) -> bool {
    let cost = fixpoint(case, changes);
    case.targets.iter().any(|target| cost[target.0 as usize].is_some())
}

fn lightest_by_trying(case: &Case) -> Option<u64> {
    let count = case.weights.len() as u32;
    let subsets =
        (0_u32..1 << count).map(|bits| (0..count).filter(|bit| bits >> bit & 1 == 1).collect());
    let total = |changes: &BTreeSet<u32>| -> u64 {
        changes.iter().map(|change| u64::from(case.weights[*change as usize])).sum()
    };
    let mut weighed: Vec<(u64, BTreeSet<u32>)> =
        subsets.map(|changes: BTreeSet<u32>| (total(&changes), changes)).collect();
    weighed.sort();
    weighed.iter().find(|(_, changes)| !is_open(case, changes)).map(|(weight, _)| *weight)
}

/// Compares a cut with all sets of changes, lightest first.
fn compare(case: &Case, budget: Budget) {
    with_query(case, |query| match choke_points(query, weigh(&case.weights), budget) {
        Cut::Unneeded => assert!(!is_open(case, &BTreeSet::new())),
        Cut::Impossible(path) => {
            assert_valid(query, &path);
            assert!(part::changes_of(query.graph, &path).is_empty());
        }
        Cut::Set { changes, weight, proof } => {
            let set: BTreeSet<u32> = changes.iter().map(|change| change.0).collect();
            assert!(is_open(case, &BTreeSet::new()));
            assert!(!is_open(case, &set), "this does not cut");
            for change in &set {
                let mut others = set.clone();
                others.remove(change);
                assert!(is_open(case, &others), "{change} is superfluous");
            }
            let sum: u64 =
                changes.iter().map(|change| u64::from(weigh(&case.weights)(*change))).sum();
            assert_eq!(sum, weight);
            let lightest = lightest_by_trying(case).expect("a cut exists");
            match proof {
                Proof::Minimal => assert_eq!(weight, lightest),
                Proof::AtLeast(bound) => {
                    assert!(bound <= lightest && bound < weight);
                    assert!(budget != Budget::default(), "the budget is plenty");
                }
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 20_000 }))]

    #[test]
    fn no_set_of_changes_that_cuts_is_lighter(case in small()) {
        compare(&case, Budget::default());
    }

    #[test]
    fn no_set_that_cuts_is_lighter_where_everything_can_be_cut(case in simple()) {
        compare(&case, Budget::default());
    }

    #[test]
    fn without_budget_the_cut_is_still_a_cut_and_the_bound_holds(case in simple(), budget in 0_u64..400) {
        compare(&case, Budget(budget));
    }
}
