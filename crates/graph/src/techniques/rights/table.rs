//! What each primitive of RBAC leads to, in the order of the catalogue.

use merlon_model::Confidence;

use super::{Gains, Row};
use crate::technique::Example;

mod pods;

/// All rows.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [pods::ROWS].into_iter().flatten()
}

impl Row {
    const fn new(primitive: &'static str, gains: Gains, examples: &'static [Example]) -> Self {
        Self { primitive, gains, confidence: Confidence::Certain, controls: &[], examples }
    }

    const fn found_by(mut self, controls: &'static [&'static str]) -> Self {
        self.controls = controls;
        self
    }
}
