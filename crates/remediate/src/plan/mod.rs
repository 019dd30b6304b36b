//! What has to be done on which node: the actions of failing findings, gathered by file.
//!
//! ```text
//! Finding(fail).actions --wishes--> one Change per flag or key --by file--> Step { nodes }
//!                                \-> Manual: what a person decides, or what contradicts itself
//! ```

mod merge;
mod names;
mod reason;
mod step;
mod target;

use std::collections::BTreeMap;

use merlon_model::{Action, Finding, NodeReport, Outcome, Report, Role};

pub(crate) use names::unique_names;
pub(crate) use reason::Reasons;
pub(crate) use step::{Change, Name, Step, Value, Work};
pub(crate) use target::Target;

use crate::{commands, describe};
use merge::{Settled, Wish, settle};

/// Everything that a report asks to be done.
pub(crate) struct Plan<'r> {
    pub(crate) nodes: Vec<PlannedNode<'r>>,
}

/// What is to be done on one node.
pub(crate) struct PlannedNode<'r> {
    /// Its name in inventories: harmless characters, unique.
    pub(crate) name: String,
    pub(crate) report: &'r NodeReport,
    pub(crate) steps: Vec<Step>,
    pub(crate) manual: Vec<Manual>,
}

/// Something that a person has to do on a node.
pub(crate) struct Manual {
    pub(crate) reasons: Reasons,
    pub(crate) instruction: String,
    pub(crate) commands: Vec<String>,
}

impl<'r> Plan<'r> {
    pub(crate) fn of(report: &'r Report) -> Self {
        let names = unique_names(report.nodes.iter().map(|node| node.name.as_str()));
        let nodes = report.nodes.iter().zip(names).map(|(node, name)| {
            let failing = failing(report, node);
            let (steps, manual) = plan_node(node, &failing);
            PlannedNode { name, report: node, steps, manual }
        });
        Self { nodes: nodes.collect() }
    }
}

impl PlannedNode<'_> {
    /// Whether the node is part of the control plane, which decides the play it is changed in.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.report.roles.contains(&role)
    }
}

fn failing<'r>(report: &'r Report, node: &NodeReport) -> Vec<(&'r Finding, Reasons)> {
    let found = report.findings.iter().enumerate();
    found
        .filter(|(_, finding)| finding.scope == node.name && finding.outcome == Outcome::Fail)
        .map(|(index, finding)| (finding, Reasons::of(finding, index, node)))
        .collect()
}

fn plan_node(node: &NodeReport, failing: &[(&Finding, Reasons)]) -> (Vec<Step>, Vec<Manual>) {
    let mut wishes: BTreeMap<(Target, Name), Vec<Wish<'_>>> = BTreeMap::new();
    let mut works: BTreeMap<Work, Reasons> = BTreeMap::new();
    let mut manual: BTreeMap<(String, Vec<String>), Reasons> = BTreeMap::new();
    let mut leave = |action: &Action, reasons: &Reasons| {
        manual.entry((describe(action), commands(action))).or_default().add(reasons);
    };
    for (finding, reasons) in failing {
        for action in &finding.actions {
            if let Some(work) = Work::of_file(action) {
                works.entry(work).or_default().add(reasons);
            } else if let Some((target, name, to)) = target::edit(action, node) {
                if let Some(after) = target.by_hand_afterwards(action) {
                    leave(&after, reasons);
                }
                let wish = Wish { to, finding, reasons, action };
                wishes.entry((target, name)).or_default().push(wish);
            } else {
                leave(action, reasons);
            }
        }
    }
    let mut edits: BTreeMap<Target, (Vec<Change>, Reasons)> = BTreeMap::new();
    for ((target, name), wishes) in wishes {
        match settle(&name, &wishes) {
            Settled::To(to, reasons) => {
                let edit = edits.entry(target).or_default();
                edit.1.add(&reasons);
                edit.0.push(Change { name, to, reasons });
            }
            Settled::Contradiction(action, reasons) => leave(&action, &reasons),
        }
    }
    let files = works.into_iter().map(|(work, reasons)| Step { work, reasons });
    let edits = edits
        .into_iter()
        .map(|(target, (changes, reasons))| Step { work: Work::Edit { target, changes }, reasons });
    let steps = files.chain(edits).collect();
    let manual = manual.into_iter().map(|((instruction, commands), reasons)| Manual {
        reasons,
        instruction,
        commands,
    });
    (steps, manual.collect())
}
