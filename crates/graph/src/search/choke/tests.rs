use super::super::tests::{
    Case, Row, assert_valid, build, facts, fixpoint, rows, simple, small, with_query,
};
use super::super::{FactId, Without, part, reach};
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

/// Pods that lead to the target each by a way of its own, or all through a few bindings; and what leads nowhere.
fn cluster(pods: u32, own_ways: u32, bindings: u32) -> (Vec<Row>, Vec<FactId>) {
    let (target, first) = (0, 1 + bindings);
    let row = |premises: &[u32], conclusion: u32, changes: &[u32]| Row {
        premises: premises.to_vec(),
        conclusion,
        cost: 1,
        changes: changes.to_vec(),
    };
    let mut rows: Vec<Row> =
        (0..bindings).map(|binding| row(&[1 + binding], target, &[binding])).collect();
    for pod in 0..pods {
        let fact = first + 3 * pod;
        let change = bindings + 3 * pod;
        rows.push(row(&[fact], 1 + pod % bindings, &[change]));
        rows.push(row(&[fact], fact + 1, &[change + 1]));
        rows.push(row(&[fact + 1, fact], fact, &[]));
        match pod < own_ways {
            true => rows.push(row(&[fact + 1], target, &[change + 2])),
            false => rows.push(row(&[fact, fact + 1], fact + 2, &[change + 1, change + 2])),
        }
    }
    (rows, (0..pods).map(|pod| FactId(first + 3 * pod)).collect())
}

#[test]
fn a_large_graph_is_cut_by_the_few_changes_many_share_and_one_for_each_way_of_its_own() {
    let (rows, entries) = cluster(25_000, 2_000, 20);
    let graph = build(&rows);
    assert!(graph.steps() > 100_000);
    let (targets, without) = ([FactId(0)], Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let Cut::Set { changes, weight, proof } = choke_points(&query, |_| 1, Budget::default()) else {
        panic!("there is something to cut, and it can be cut");
    };
    assert_eq!((changes.len(), weight, proof), (2_020, 2_020, Proof::Minimal));
    let is_cut = |changes: &[ChangeId]| {
        let without = Without::changes(changes.iter().copied());
        !reach(&graph, &entries, &without).has(targets[0])
    };
    assert!(is_cut(&changes));
    for index in (0..changes.len()).step_by(500) {
        let mut others = changes.clone();
        others.remove(index);
        assert!(!is_cut(&others), "{:?} is superfluous", changes[index]);
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (rows, entries) = cluster(300, 40, 7);
    let graph = build(&rows);
    let (targets, without) = ([FactId(0)], Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let weight = |change: ChangeId| change.0 % 5 + 1;
    let first = choke_points(&query, weight, Budget(3_000));
    assert_eq!(choke_points(&query, weight, Budget(3_000)), first);
    assert!(matches!(first, Cut::Set { .. }));
}
