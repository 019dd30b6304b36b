//! What six other tools check, and which controls answer it: `coverage.csv` has a row for each of
//! their checks, by the ids they give it.

use std::collections::BTreeSet;

use merlon_controls::find;

/// How many checks the catalogue has: 161 on objects, 74 on nodes, control planes and clouds.
const CHECKS: usize = 235;

#[test]
fn every_check_of_other_tools_is_answered_or_declined_with_a_reason() {
    let mut rows = csv::Reader::from_reader(include_str!("../coverage.csv").as_bytes());
    let mut seen = BTreeSet::new();
    for row in rows.records() {
        let row = row.expect("a row of the table");
        let (topic, check, controls, declined) = (&row[0], &row[1], &row[8], &row[9]);
        assert!(seen.insert((topic.to_owned(), check.to_owned())), "{check} stands twice");
        assert_eq!(controls.is_empty(), declined.len() > 10, "{topic}: {check}");
        for id in controls.split(' ').filter(|id| !id.is_empty()) {
            assert!(find(id).is_some(), "{topic}: {check}: there is no control {id}");
        }
    }
    assert_eq!(seen.len(), CHECKS);
}

#[test]
fn at_least_nine_of_ten_checks_have_controls() {
    let mut rows = csv::Reader::from_reader(include_str!("../coverage.csv").as_bytes());
    let answered = rows.records().filter(|row| row.as_ref().is_ok_and(|row| !row[8].is_empty()));
    let answered = answered.count();
    assert!(answered * 10 >= CHECKS * 9, "{answered} of {CHECKS}");
}
