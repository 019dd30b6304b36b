use super::super::tests::{assert_valid, build, facts, fixpoint, rows, small, with_query};
use super::*;
use crate::search::{ChangeId, Query};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What is the cost of the last fact, and by which steps?
fn check(
    text: &str,
    entries: &str,
    target: &str,
    without: &[u32],
    expected: Option<(u64, &[u32])>,
) {
    let graph = build(&rows(text));
    let without = Without::changes(without.iter().copied().map(ChangeId));
    let (entries, target) = (facts(entries), facts(target));
    let reached = reach(&graph, &entries, &without);
    let path = reached.path(target[0]);
    let steps = path.as_ref().map(|path| path.steps.iter().map(|step| step.0).collect::<Vec<_>>());
    let actual = reached.cost(target[0]).zip(steps);
    assert_eq!(actual, expected.map(|(cost, steps)| (cost, steps.to_vec())), "{text}");
    if let Some(path) = path {
        let query = Query { graph: &graph, entries: &entries, targets: &target, without: &without };
        assert_valid(&query, &path);
    }
}

#[test]
fn the_cheapest_derivation_is_found() {
    check("a > b; b > c", "a", "c", &[], Some((2, &[0, 1])));
    // Of two ways the cheaper, wherever it stands.
    check("a > c : 5; a > b; b > c", "a", "c", &[], Some((2, &[1, 2])));
    // Of two equal ways the step with the lower number.
    check("a > b; a > c; c > d; b > d", "a", "d", &[], Some((2, &[1, 2])));
    // A way through two premises costs both.
    check("a > b : 3; a > c : 4; b c > d", "a", "d", &[], Some((8, &[0, 1, 2])));
    // What premises share counts twice in the cost of the derivation, and stands once in the path.
    check("a > b : 5; b > c; b > d; c d > e", "a", "e", &[], Some((13, &[0, 1, 2, 3])));
    // A premise named twice is one premise.
    check("a > b : 2; b b > c", "a", "c", &[], Some((3, &[0, 1])));
}

#[test]
fn what_cannot_be_derived_has_no_path() {
    check("a > b; b d > c", "a", "c", &[], None);
    check("b > c; c > b", "a", "c", &[], None);
    check("a > b / 1; b > c / 2", "a", "c", &[2], None);
    check("a > b / 1 2; b > c", "a", "c", &[2], None);
    check("a > b", "z", "b", &[], None);
    check("a > b", "", "b", &[], None);
}

#[test]
fn changes_leave_the_dearer_way() {
    check("a > b / 1; b > c / 2; a > c : 9", "a", "c", &[1], Some((9, &[2])));
    check("a > b / 1; b > c / 2; a > c : 9", "a", "c", &[7], Some((2, &[0, 1])));
}

#[test]
fn an_entry_costs_nothing_and_needs_no_step() {
    check("a > b; b > a", "ab", "b", &[], Some((0, &[])));
}

#[test]
fn a_cycle_is_left_out_of_the_path() {
    check("a > b; c > b; b > c; c > d", "a", "d", &[], Some((3, &[0, 2, 3])));
}

#[test]
fn a_cost_beyond_every_number_stays_the_highest_number() {
    // Every premise doubles the cost: after 70 facts it is past 2^64.
    let mut rows = Vec::new();
    for fact in (0..210).step_by(3) {
        for (premises, conclusion) in
            [(vec![fact], fact + 1), (vec![fact], fact + 2), (vec![fact + 1, fact + 2], fact + 3)]
        {
            let changes = Vec::new();
            rows.push(super::super::tests::Row { premises, conclusion, cost: 1, changes });
        }
    }
    let graph = build(&rows);
    let reached = reach(&graph, &[FactId(0)], &Without::nothing());
    assert_eq!(reached.cost(FactId(210)), Some(u64::MAX));
    assert_eq!(reached.path(FactId(210)).map(|path| path.steps.len()), Some(210));
}

#[test]
fn a_chain_as_long_as_the_graph_does_not_end_the_stack() {
    let step = |fact| super::super::tests::Row {
        premises: vec![fact],
        conclusion: fact + 1,
        cost: 1,
        changes: vec![],
    };
    let graph = build(&(0..200_000).map(step).collect::<Vec<_>>());
    let reached = reach(&graph, &[FactId(0)], &Without::nothing());
    assert_eq!(reached.path(FactId(200_000)).map(|path| path.cost), Some(200_000));
}

#[test]
fn steps_can_be_left_out_by_what_the_caller_knows() {
    let graph = build(&rows("a > b : 1; a > b : 7"));
    let without = Without::steps_where(&graph, |step| graph.cost(step) < 5);
    assert_eq!(reach(&graph, &facts("a"), &without).cost(FactId(1)), Some(7));
}

proptest! {
    #[test]
    fn costs_are_those_of_trying_everything(
        case in small(),
        gone in prop::collection::btree_set(0_u32..10, 0..4),
    ) {
        let expected = fixpoint(&case, &gone);
        let without = Without::changes(gone.iter().copied().map(ChangeId));
        let graph = build(&case.rows);
        let query = Query { graph: &graph, entries: &case.entries, targets: &case.targets, without: &without };
        let reached = reach(&graph, &case.entries, &without);
        for fact in (0..graph.facts() as u32).map(FactId) {
            prop_assert_eq!(reached.cost(fact), expected[fact.0 as usize]);
            prop_assert_eq!(reached.path(fact).is_some(), expected[fact.0 as usize].is_some());
            if let Some(path) = reached.path(fact) {
                assert_valid(&Query { targets: &[fact], ..query }, &path);
            }
        }
    }

    #[test]
    fn the_same_is_held_with_and_without_costs(case in small()) {
        with_query(&case, |query| {
            let reached = reach(query.graph, query.entries, query.without);
            let held = super::super::relevant::held(query.graph, query.entries, query.without);
            let facts: BTreeSet<_> = (0..held.len() as u32).filter(|fact| held[*fact as usize]).collect();
            let same = (0..held.len() as u32).filter(|fact| reached.has(FactId(*fact))).collect();
            assert_eq!(facts, same);
        });
    }
}
