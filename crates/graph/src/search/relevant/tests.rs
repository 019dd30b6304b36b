use super::super::tests::{build, facts, rows, small, with_query};
use super::*;
use crate::search::reach;
use proptest::prelude::*;

/// Which steps matter, and which facts?
fn check(text: &str, entries: &str, targets: &str, expected_facts: &str, expected_steps: &[u32]) {
    let graph = build(&rows(text));
    let (entries, targets, without) = (facts(entries), facts(targets), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let steps = expected_steps.iter().copied().map(StepId).collect();
    assert_eq!(relevant(&query), Relevant { facts: facts(expected_facts), steps }, "{text}");
}

#[test]
fn dead_ends_and_what_nobody_reaches_are_left_out() {
    check("a > b; b > c; b > d; e > c", "a", "c", "abc", &[0, 1]);
    // A step whose other premise nobody holds.
    check("a > b; b > c; b z > c", "a", "c", "abc", &[0, 1]);
    // What leads to an entry, and what needs itself.
    check("a > b; b > c; b > a; b c > c", "a", "c", "abc", &[0, 1]);
}

#[test]
fn a_target_that_is_out_of_reach_needs_nothing() {
    check("a > b; c > d", "a", "d", "", &[]);
    check("a > b", "a", "z", "", &[]);
}

#[test]
fn a_target_that_is_an_entry_needs_only_itself() {
    check("a > b; b > a", "a", "a", "a", &[]);
}

/// Of several entries, which steps matter to somebody who holds one of them? Those before the number count.
fn check_between(text: &str, entries: &str, target: &str, counted: u32, expected: &[u32]) {
    let graph = build(&rows(text));
    let (entries, targets, without) = (facts(entries), facts(target), Without::nothing());
    let query = Query { graph: &graph, entries: &entries, targets: &targets, without: &without };
    let steps: Vec<StepId> = expected.iter().copied().map(StepId).collect();
    assert_eq!(relevant_between(&query, |step| step.0 < counted).steps, steps, "{text}");
}

#[test]
fn what_leads_from_one_entry_to_the_next_matters_where_it_counts() {
    check_between("a > x; x > b; b > c", "ab", "c", 3, &[0, 1, 2]);
    check_between("a > x; x > b; b > c", "ab", "c", 1, &[2]);
    // Nothing leads on from there.
    check_between("a > b; a > c", "ab", "c", 2, &[1]);
    // Whoever has the target needs no entry any more.
    check_between("b > c; c > a; a > x; x > b", "ab", "c", 4, &[0, 2, 3]);
    check_between("b > c; c > b", "b", "c", 2, &[0]);
}

proptest! {
    #[test]
    fn targets_are_reached_at_the_same_cost_through_what_is_relevant_alone(case in small()) {
        with_query(&case, |query| {
            let part = relevant(query);
            let only = Without::steps_where(query.graph, |step| part.steps.binary_search(&step).is_err());
            let all = reach(query.graph, query.entries, query.without);
            let within = reach(query.graph, query.entries, &only);
            for target in query.targets {
                assert_eq!(all.path(*target), within.path(*target));
            }
            for fact in &part.facts {
                assert!(all.has(*fact));
            }
        });
    }
}
