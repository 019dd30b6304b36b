use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AttackSummary, Component, Evidence, Finding, Outcome, Role};

/// What a scan found: the machine format, and what every other output is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this format.
    pub format: u32,
    /// The program that evaluated, with its version.
    pub tool: String,
    /// When the facts were collected, as RFC 3339 in UTC. (Evaluation itself reads no clock.)
    pub taken_at: String,
    /// The nodes, sorted by name.
    pub nodes: Vec<NodeReport>,
    /// The clusters and sets of manifests whose objects were looked at, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inventories: Vec<InventoryReport>,
    /// Every finding, sorted by node or inventory, control and resource.
    pub findings: Vec<Finding>,
    /// How many findings there are of each outcome.
    pub summary: Counts,
    /// How many root causes the failing findings have.
    #[serde(default)]
    pub causes: usize,
    /// How many findings of the baseline are gone, where one was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<usize>,
    /// What an attacker would do with it, where that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack: Option<AttackSummary>,
    /// Justifications that need care: expired, unused, or not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub justification_notes: Vec<JustificationNote>,
}

/// The version of [`Report`]'s format.
pub const REPORT_FORMAT: u32 = 1;

/// One node of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeReport {
    /// Its name.
    pub name: String,
    /// The distribution's id; absent when none was recognised.
    pub distribution: Option<String>,
    /// What gave the distribution away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distribution_evidence: Vec<Evidence>,
    /// The release of Kubernetes, when something on the node tells.
    pub kubernetes_version: Option<String>,
    /// Whether only an API server showed it: the arguments of its static pods, and nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub through_api: bool,
    /// What the node is there for.
    pub roles: Vec<Role>,
    /// The components on it.
    pub components: Vec<ComponentReport>,
    /// The benchmark that was evaluated, section by section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<BenchmarkReport>,
    /// Why no benchmark could be chosen, when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark_problem: Option<String>,
    /// What could not be seen, each as one line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
}

/// One cluster's objects, or one set of manifests, in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InventoryReport {
    /// Its name: the context of a cluster, the path of manifests.
    pub name: String,
    /// The address of the API server; absent for manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The release of Kubernetes, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
    /// How many objects there are of each kind.
    pub objects: BTreeMap<String, usize>,
    /// How many manifests the objects stand in; 0 for a cluster.
    #[serde(default)]
    pub manifests: usize,
    /// How many files were skipped, because nothing in them is of Kubernetes.
    #[serde(default)]
    pub skipped: usize,
    /// The benchmark that was evaluated, section by section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<BenchmarkReport>,
    /// Why no benchmark could be chosen, when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark_problem: Option<String>,
    /// What could not be seen, each as one line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
}

/// One component on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentReport {
    /// Which.
    pub component: Component,
    /// How findings call it.
    pub name: String,
    /// Its release, when something on the node tells.
    pub version: Option<String>,
    /// Its process id; absent when only its configuration was found.
    pub pid: Option<u32>,
}

/// A benchmark's result on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BenchmarkReport {
    /// Its id: `cis-1.12`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Why this one: named by the caller, or by what platform and release.
    pub why: String,
    /// Its sections in natural order.
    pub sections: Vec<SectionReport>,
    /// How many sections there are of each outcome.
    pub summary: Counts,
}

/// One section of a benchmark on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SectionReport {
    /// Its id: `1.2.1`.
    pub id: String,
    /// What the chapter is about: `master`, `etcd`, `controlplane`, `node`, `policies`,
    /// `managedservices`.
    pub target: String,
    /// The title in our words.
    pub title: String,
    /// Whether the benchmark itself holds that it can be automated.
    pub automated: bool,
    /// The outcome of all its controls together.
    pub outcome: Outcome,
    /// The controls that answer it.
    pub controls: Vec<String>,
    /// The places of its findings in the report's list.
    pub findings: Vec<usize>,
}

/// How many there are of each outcome; every outcome is present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<Outcome, usize>);

impl Counts {
    /// Counts outcomes.
    #[must_use]
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let mut counts: BTreeMap<Outcome, usize> =
            Outcome::ALL.into_iter().map(|outcome| (outcome, 0)).collect();
        for outcome in outcomes {
            *counts.entry(outcome).or_default() += 1;
        }
        Self(counts)
    }

    /// How many there are of one outcome.
    #[must_use]
    pub fn get(&self, outcome: Outcome) -> usize {
        self.0.get(&outcome).copied().unwrap_or_default()
    }
}

/// A justification that needs care.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JustificationNote {
    /// Where it is written: file and line.
    pub written_in: String,
    /// What it justifies: the control or section.
    pub subject: String,
    /// What is the matter.
    pub problem: JustificationProblem,
    /// The matter in one sentence without a final stop.
    pub message: String,
}

/// What is the matter with a justification.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum JustificationProblem {
    /// Its last day is over; the findings it covered count again.
    Expired,
    /// It covers no finding of this scan.
    Unused,
    /// It ends within 30 days.
    Expiring,
    /// It stands beside an object and cannot be read; what it was meant to cover counts.
    NotUnderstood,
}
