//! An Ansible project that mends what failed.

use std::collections::BTreeMap;

use merlon_model::Report;

/// The files of an Ansible project that mends what failed on every node of a report.
#[must_use]
pub fn ansible(_report: &Report) -> BTreeMap<String, String> {
    BTreeMap::new()
}
