use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// How much a failing finding matters where it was found: its control's score, moved by what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// The risk in tenths, from 0 to 200: 97 for 9.7. Severities end at 10.0; more is where several things come
    /// together.
    pub tenths: u16,
    /// What the score was before: the control's own, in tenths.
    pub base: u16,
    /// What moved it, in the order in which it was applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<RiskFactor>,
}

/// Something that makes a finding matter more or less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RiskFactor {
    /// By how much, in percent: 150 for half as much again, 50 for half.
    pub percent: u16,
    /// Why, in one clause: `it lies on a path from internet to cluster-admin`.
    pub reason: Text,
}

impl Risk {
    /// A control's score without anything around it, in tenths.
    #[must_use]
    pub fn of(base: u16) -> Self {
        Self { tenths: base, base, factors: Vec::new() }
    }

    /// The same moved by a factor.
    #[must_use]
    pub fn times(mut self, percent: u16, reason: impl Into<Text>) -> Self {
        let moved = (u32::from(self.tenths) * u32::from(percent) + 50) / 100;
        self.tenths = u16::try_from(moved).unwrap_or(u16::MAX).min(200);
        self.factors.push(RiskFactor { percent, reason: reason.into() });
        self
    }
}

/// What an attacker would do with what was found, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackSummary {
    /// The threat model that chose entries, targets and weights: `internet-facing`.
    pub threat_model: String,
    /// The ways that there are, one for each target and inventory.
    pub routes: Vec<RouteSummary>,
    /// The changes that together remove every way that can be removed, each once.
    pub changes: Vec<String>,
    /// Whether it is proven that no lighter set of changes does.
    pub minimal: bool,
    /// How many of the failing findings lie on one of the ways.
    pub findings_on_paths: usize,
}

/// The ways to one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteSummary {
    /// The cluster or set of manifests.
    pub scope: String,
    /// Where the shortest way starts: `internet`.
    pub entry: String,
    /// Every entry that there is a way from, in the order of the threat model.
    #[serde(default)]
    pub entries: Vec<String>,
    /// The target: `cluster-admin`.
    pub target: String,
    /// The shortest way: what is held, from first to last.
    pub way: Vec<String>,
    /// Whether changes can remove all ways.
    pub removable: bool,
}
