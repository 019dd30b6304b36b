//! What each primitive of RBAC leads to, in the order of the catalogue.

use merlon_model::Confidence;

use super::{Gains, Row};
use crate::technique::Example;

mod added;
mod admission;
mod identities;
mod infrastructure;
mod pods;
mod roles;

#[cfg(test)]
mod declined;
#[cfg(test)]
mod tests;

pub(super) use added::ADDED;

/// All rows.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    let topics = [
        pods::ROWS,
        identities::ROWS,
        roles::ROWS,
        admission::ROWS,
        infrastructure::ROWS,
        added::ROWS,
    ];
    topics.into_iter().flatten()
}

/// A case in which user jane starts.
const fn jane(
    objects: &'static str,
    to: &'static str,
    without: &'static [(&'static str, &'static str)],
) -> Example {
    Example { objects, from: "user jane", to, without }
}

impl Row {
    const fn new(primitive: &'static str, gains: Gains, examples: &'static [Example]) -> Self {
        let (confidence, controls) = (Confidence::Certain, &[]);
        Self { primitive, gains, confidence, is_one_request: false, controls, examples }
    }

    const fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }

    const fn in_one_request(mut self) -> Self {
        self.is_one_request = true;
        self
    }

    const fn found_by(mut self, controls: &'static [&'static str]) -> Self {
        self.controls = controls;
        self
    }
}
