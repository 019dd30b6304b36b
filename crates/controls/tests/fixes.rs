//! How many controls on objects come with an edit that mends what they find, and that the others say
//! why not.

mod common;

use std::collections::BTreeSet;

use merlon_controls::{Applies, Check, Control, all, why_no_edit};
use merlon_model::{Action, Finding, Outcome};

/// Of a hundred controls that find something in manifests, how many have an edit at least.
const SHARE: usize = 78;

fn on_objects() -> impl Iterator<Item = &'static Control> {
    let is_judged = |control: &&'static Control| {
        matches!(control.applies, Applies::Objects) && !matches!(control.check, Check::Manual(_))
    };
    all().iter().copied().filter(is_judged)
}

/// What a control finds in those of its failing examples.
fn found(control: &'static Control, is_meant: fn(&str) -> bool) -> Vec<Finding> {
    let failing = control.examples.iter().filter(|it| it.outcome == Outcome::Fail);
    let findings =
        failing.filter(|it| is_meant(it.input)).flat_map(|it| common::findings(control, it.input));
    findings.filter(|finding| finding.outcome == Outcome::Fail).collect()
}

fn in_manifests(input: &str) -> bool {
    !input.contains("# cluster\n")
}

fn has_edit(finding: &Finding) -> bool {
    finding.actions.iter().any(|action| matches!(action, Action::EditObject { .. }))
}

#[test]
fn most_of_what_is_found_in_manifests_can_be_mended_by_an_edit() {
    let (mut all, mut with) = (0, 0);
    for control in on_objects() {
        let found = found(control, in_manifests);
        all += usize::from(!found.is_empty());
        with += usize::from(found.iter().any(has_edit));
    }
    assert!(all > 200, "{all}");
    assert!(with * 100 >= all * SHARE, "{with} of {all}");
}

#[test]
fn each_control_without_an_edit_says_why() {
    let without: BTreeSet<&str> = on_objects()
        .filter(|control| !found(control, |_| true).iter().any(has_edit))
        .map(|control| control.id)
        .collect();
    let reasoned: BTreeSet<&str> =
        all().iter().map(|it| it.id).filter(|id| why_no_edit(id).is_some()).collect();
    assert_eq!(without, reasoned);
}

#[test]
fn what_no_edit_mends_comes_with_a_step() {
    for control in on_objects() {
        for finding in found(control, |_| true).iter().filter(|finding| !has_edit(finding)) {
            let is_step = |it: &Action| matches!(it, Action::Manual { instruction, .. } if !instruction.is_empty());
            assert!(finding.actions.iter().any(is_step), "{finding:#?}");
        }
    }
}
