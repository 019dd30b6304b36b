//! An Ansible project that mends what failed.

mod gather;
mod playbook;
mod readme;
mod task;
mod text;

use std::collections::BTreeMap;

use merlon_model::Report;

use crate::plan::Plan;
use crate::python::{MODULES, PACKAGE};
use gather::Plays;

pub(crate) use playbook::{choices, comment};
pub(crate) use task::type_of;

/// The files of an Ansible project that mends what failed on every node of a report: relative
/// path to content.
///
/// It needs `ansible-core` alone. Nodes that fail nothing are in the inventory and untouched.
#[must_use]
pub fn ansible(report: &Report) -> BTreeMap<String, String> {
    let plan = Plan::of(report);
    let plays = Plays::of(&plan);
    let mut files = BTreeMap::new();
    let mut add = |path: &str, content: String| {
        files.insert(path.to_owned(), content);
    };
    add("README.md", readme::readme(report, &plan));
    add("ansible.cfg", playbook::configuration());
    add("inventory.yml", playbook::inventory(&plan));
    add("group_vars/all.yml", playbook::variables(&plays));
    add("site.yml", playbook::site(&plays));
    add("handlers.yml", playbook::handlers(&plays));
    for (play, area, tasks) in plays.task_files() {
        add(&format!("tasks/{}/{}.yml", play.group(), area.file()), task::tasks(tasks));
    }
    for (name, content) in MODULES {
        add(&format!("library/{name}"), content.to_owned());
    }
    for (name, content) in PACKAGE {
        add(&format!("module_utils/merlon/{name}"), content.to_owned());
    }
    files
}
