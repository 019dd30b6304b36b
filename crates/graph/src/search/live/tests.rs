use super::super::tests::{Row, build, facts, fixpoint, rows, small, with_query};
use super::super::{ChangeId, reach};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

/// One edit: which of the steps that are there go, by their place, and what comes.
type Edit = (Vec<prop::sample::Index>, Vec<Row>);

fn edit(live: &mut Live<'_>, gone: &[StepId], new: &[Row]) -> Vec<StepId> {
    let others: Vec<Vec<FactId>> =
        new.iter().map(|row| row.premises[1..].iter().copied().map(FactId).collect()).collect();
    let steps: Vec<Step<'_>> = new
        .iter()
        .zip(&others)
        .map(|(row, others)| Step {
            premise: FactId(row.premises[0]),
            others,
            conclusion: FactId(row.conclusion),
            cost: NonZeroU32::new(row.cost).expect("a cost"),
            changes: &[],
        })
        .collect();
    live.edit(gone, &steps)
}

/// A path is one: each premise is held before its step, no step stands twice or is gone, and it ends in the goal.
fn assert_valid(
    live: &Live<'_>,
    entries: &[FactId],
    goal: &[FactId],
    path: &Path,
    there: &[(StepId, Row)],
) {
    let mut held: BTreeSet<FactId> = entries.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for step in &path.steps {
        assert!(seen.insert(*step), "{step:?} stands twice");
        let (_, row) = there.iter().find(|(own, _)| own == step).expect("a step that is there");
        let needed: BTreeSet<FactId> = row.premises.iter().copied().map(FactId).collect();
        assert_eq!(live.premises(*step), needed.iter().copied().collect::<Vec<_>>());
        assert!(needed.is_subset(&held), "{step:?} needs what is not held");
        held.insert(FactId(row.conclusion));
    }
    assert!(held.contains(&path.target) && goal.contains(&path.target));
}

/// After each edit, written `gone | new` with numbers of steps: the cost of the goal.
fn check(text: &str, goal: &str, edits: &[(&[u32], &str, Option<u64>)]) {
    let graph = build(&rows(text));
    let mut live = Live::of(&graph, &facts("a"), &Without::nothing(), vec![facts(goal)]);
    for (gone, new, expected) in edits {
        let gone: Vec<StepId> = gone.iter().copied().map(StepId).collect();
        edit(&mut live, &gone, &rows(new));
        assert_eq!(live.cost(0), *expected, "{text}: {gone:?} | {new}");
        assert_eq!(live.path(0).is_some(), expected.is_some());
    }
}

#[test]
fn a_step_that_comes_opens_a_way_and_closes_it_when_it_goes() {
    check(
        "a > b; c > d",
        "d",
        &[(&[], "b > c", Some(3)), (&[2], "", None), (&[], "b > c", Some(3))],
    );
}

#[test]
fn the_dearer_way_is_taken_when_the_cheaper_goes_and_left_when_it_comes() {
    check("a > b; b > c; a > c : 9", "c", &[(&[0], "", Some(9)), (&[], "a > b : 4", Some(5))]);
}

#[test]
fn a_circle_does_not_hold_itself() {
    check("a > b; b > c; c > b; c > d", "d", &[(&[], "", Some(3)), (&[0], "", None)]);
}

#[test]
fn both_premises_have_to_be_there() {
    check(
        "a > b; b c > d",
        "d",
        &[(&[], "a > c", Some(3)), (&[0], "", None), (&[], "c > b", Some(4))],
    );
}

#[test]
fn new_facts_may_come_with_a_step() {
    check(
        "a > b",
        "z",
        &[(&[], "b > y; y > z", Some(3)), (&[0], "", None), (&[], "a > y : 5", Some(6))],
    );
}

#[test]
fn a_step_that_is_gone_or_never_was_can_be_taken_away_again() {
    check("a > b", "b", &[(&[0, 0, 77], "", None), (&[0], "", None), (&[], "a > b", Some(1))]);
}

#[test]
fn what_lies_behind_the_goal_is_not_looked_at() {
    let step =
        |fact: u32, cost| Row { premises: vec![fact], conclusion: fact + 1, cost, changes: vec![] };
    let graph = build(&(0..10_000).map(|fact| step(fact, 1)).collect::<Vec<_>>());
    let mut live = Live::of(&graph, &[FactId(0)], &Without::nothing(), vec![vec![FactId(3)]]);
    assert!(live.work() < 10, "{}", live.work());
    edit(&mut live, &[StepId(1)], &[step(1, 2)]);
    assert_eq!(live.cost(0), Some(4));
    assert!(live.work() < 20, "{}", live.work());
}

#[test]
fn many_edits_do_not_grow_without_end() {
    let graph = build(&rows("a > b; b > c; c > d; a > d : 9"));
    let mut live = Live::of(&graph, &facts("a"), &Without::nothing(), vec![facts("d")]);
    let mut last = Vec::new();
    for _ in 0..1_000 {
        last = edit(&mut live, &last, &rows("a > c"));
        assert_eq!(live.cost(0), Some(2));
    }
    assert!(live.missing.len() < 8 && live.open.len() <= 2 * live.missing.len());
}

fn series() -> impl Strategy<Value = Vec<Edit>> {
    let row = (prop::collection::vec(0_u32..12, 1..4), 0_u32..12, 1_u32..6).prop_map(
        |(premises, conclusion, cost)| Row { premises, conclusion, cost, changes: Vec::new() },
    );
    let gone = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    prop::collection::vec((gone, prop::collection::vec(row, 0..4)), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn after_each_edit_costs_are_those_of_a_graph_from_scratch(
        case in small(),
        edits in series(),
        taken in prop::collection::btree_set(0_u32..10, 0..3),
        goals in prop::collection::vec(prop::collection::vec((0_u32..12).prop_map(FactId), 1..3), 1..4),
    ) {
        let graph = build(&case.rows);
        let without = Without::changes(taken.iter().copied().map(ChangeId));
        let mut live = Live::of(&graph, &case.entries, &without, goals.clone());
        let mut there: Vec<(StepId, Row)> = (0..)
            .map(StepId)
            .zip(case.rows.clone())
            .filter(|(_, row)| !row.changes.iter().any(|change| taken.contains(change)))
            .collect();
        for (gone, new) in edits {
            let mut leave: Vec<StepId> = Vec::new();
            for index in gone {
                if !there.is_empty() {
                    leave.push(there.remove(index.index(there.len())).0);
                }
            }
            let numbers = edit(&mut live, &leave, &new);
            there.extend(numbers.into_iter().zip(new));
            let rows: Vec<Row> = there
                .iter()
                .map(|(_, row)| Row { changes: Vec::new(), ..row.clone() })
                .collect();
            let scratch = build(&rows);
            let all = reach(&scratch, &case.entries, &Without::nothing());
            for (number, goal) in goals.iter().enumerate() {
                let expected = all.cheapest(goal).and_then(|fact| all.cost(fact));
                prop_assert_eq!(live.cost(number), expected);
                let path = live.path(number);
                prop_assert_eq!(path.is_some(), expected.is_some());
                if let Some(path) = path {
                    assert_valid(&live, &case.entries, goal, &path, &there);
                }
            }
        }
    }

    #[test]
    fn before_any_edit_the_goals_are_those_of_a_search(case in small()) {
        let expected = fixpoint(&case, &BTreeSet::new());
        with_query(&case, |query| {
            let goals = case.targets.iter().map(|fact| vec![*fact]).collect();
            let live = Live::of(query.graph, query.entries, query.without, goals);
            for (goal, fact) in case.targets.iter().enumerate() {
                assert_eq!(live.cost(goal), expected[fact.0 as usize]);
            }
        });
    }
}
