use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a failing control matters, before any context: the band that the score of its
/// [`Vector`](crate::Vector) falls into.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Below 4.0. Hygiene: worth doing, no attack by itself.
    Low,
    /// Below 7.0. Makes another attack easier, or hides one.
    Medium,
    /// Below 9.0. One further step from control over nodes, secrets or the cluster.
    High,
    /// From 9.0. Control over a node or the cluster by itself.
    Critical,
}

impl Severity {
    /// Every severity, the lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The severity's name as machine formats spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
