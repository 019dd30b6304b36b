//! Graphs to test with: written by hand, random, and large.

use super::{Builder, ChangeId, FactId, Hypergraph, Query, Step, StepId, Without};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

/// One step, with its own copies.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) premises: Vec<u32>,
    pub(super) conclusion: u32,
    pub(super) cost: u32,
    pub(super) changes: Vec<u32>,
}

/// A graph and what is asked about it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) rows: Vec<Row>,
    pub(super) entries: Vec<FactId>,
    pub(super) targets: Vec<FactId>,
    pub(super) weights: Vec<u32>,
}

pub(super) fn build(rows: &[Row]) -> Hypergraph {
    let mut builder = Builder::default();
    for row in rows {
        let others: Vec<FactId> = row.premises[1..].iter().copied().map(FactId).collect();
        let changes: Vec<ChangeId> = row.changes.iter().copied().map(ChangeId).collect();
        builder.step(Step {
            premise: FactId(row.premises[0]),
            others: &others,
            conclusion: FactId(row.conclusion),
            cost: NonZeroU32::new(row.cost).expect("a cost"),
            changes: &changes,
        });
    }
    builder.build(10)
}

/// Reads `a b > c / 1 2 : 3`: who holds `a` and `b` gets `c`; changes 1 and 2; cost 3. Facts are letters,
/// `a` is number 0. A new line or `;` begins a new step; changes and cost may be left out.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let letter = |name: &str| u32::from(name.as_bytes()[0] - b'a');
    let steps = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    let row = |line: &str| {
        let (rest, cost) = line.split_once(':').unwrap_or((line, "1"));
        let (rest, changes) = rest.split_once('/').unwrap_or((rest, ""));
        let (premises, conclusion) = rest.split_once('>').expect("a step has an arrow");
        Row {
            premises: premises.split_whitespace().map(letter).collect(),
            conclusion: letter(conclusion.trim()),
            cost: cost.trim().parse().expect("a cost"),
            changes: changes.split_whitespace().map(|id| id.parse().expect("a change")).collect(),
        }
    };
    steps.map(row).collect()
}

pub(super) fn facts(text: &str) -> Vec<FactId> {
    text.bytes().map(|letter| FactId(u32::from(letter - b'a'))).collect()
}

/// Small graphs with AND steps, cycles, shared changes, and steps that no change takes away.
pub(super) fn small() -> impl Strategy<Value = Case> {
    let row = (
        prop::collection::vec(0_u32..9, 1..4),
        0_u32..9,
        1_u32..6,
        prop::collection::vec(0_u32..10, 0..4),
    )
        .prop_map(|(premises, conclusion, cost, changes)| Row {
            premises,
            conclusion,
            cost,
            changes,
        });
    let some = |most| prop::collection::vec((0_u32..10).prop_map(FactId), 1..most);
    let weights = prop_oneof![Just(vec![1; 10]), prop::collection::vec(0_u32..6, 10)];
    (prop::collection::vec(row, 1..28), some(4), some(3), weights)
        .prop_map(|(rows, entries, targets, weights)| Case { rows, entries, targets, weights })
}

/// Small graphs without AND steps, where every step can be taken away: cuts everywhere.
pub(super) fn simple() -> impl Strategy<Value = Case> {
    let row = (0_u32..8, 0_u32..8, 1_u32..4, prop::collection::vec(0_u32..12, 1..3)).prop_map(
        |(premise, conclusion, cost, changes)| Row {
            premises: vec![premise],
            conclusion,
            cost,
            changes,
        },
    );
    let weights = prop_oneof![Just(vec![1; 12]), prop::collection::vec(1_u32..6, 12)];
    (prop::collection::vec(row, 1..28), weights).prop_map(|(rows, weights)| Case {
        rows,
        entries: vec![FactId(0)],
        targets: vec![FactId(7)],
        weights,
    })
}

/// What can be derived, by trying every step until nothing new comes: cost by fact.
pub(super) fn fixpoint(case: &Case, without: &BTreeSet<u32>) -> Vec<Option<u64>> {
    let mut cost: Vec<Option<u64>> = vec![None; 16];
    for entry in &case.entries {
        cost[entry.0 as usize] = Some(0);
    }
    loop {
        let before = cost.clone();
        for row in &case.rows {
            if row.changes.iter().any(|change| without.contains(change)) {
                continue;
            }
            let premises: BTreeSet<u32> = row.premises.iter().copied().collect();
            let sum = premises.iter().map(|premise| cost[*premise as usize]).sum::<Option<u64>>();
            if let Some(sum) = sum {
                let total = sum + u64::from(row.cost);
                let place = &mut cost[row.conclusion as usize];
                *place = Some(place.map_or(total, |known| known.min(total)));
            }
        }
        if before == cost {
            return cost;
        }
    }
}

/// Says what is wrong with a path: a premise that is not held, a step that is gone or stands twice, a wrong end.
pub(super) fn assert_valid(query: &Query<'_>, path: &super::Path) {
    let mut held: BTreeSet<FactId> = query.entries.iter().copied().collect();
    let mut seen: BTreeSet<StepId> = BTreeSet::new();
    for step in &path.steps {
        assert!(seen.insert(*step), "{step:?} stands twice");
        assert!(!query.without.takes(query.graph, *step), "{step:?} is gone");
        for premise in query.graph.premises(*step) {
            assert!(held.contains(premise), "{premise:?} is not held before {step:?}");
        }
        held.insert(query.graph.conclusion(*step));
    }
    assert!(held.contains(&path.target), "the path does not end in its target");
    assert!(query.targets.contains(&path.target), "it ends elsewhere");
    let cost: u64 = path.steps.iter().map(|step| u64::from(query.graph.cost(*step))).sum();
    assert_eq!(path.cost, cost);
}

/// The random cases as proptest runs them, with a graph and a query.
pub(super) fn with_query(case: &Case, test: impl FnOnce(&Query<'_>)) {
    let graph = build(&case.rows);
    let without = Without::nothing();
    test(&Query {
        graph: &graph,
        entries: &case.entries,
        targets: &case.targets,
        without: &without,
    });
}
