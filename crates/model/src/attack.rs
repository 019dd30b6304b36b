use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, Evidence};

/// The version of [`AttackReport`]'s shape.
pub const ATTACK_REPORT_FORMAT: u32 = 1;

/// What an attacker gets to, by which steps, and what takes the ways away.
///
/// A graph of facts and steps: who holds all premises of a step gains its conclusion. Facts, steps and changes name
/// each other by their place in the lists here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackReport {
    /// The version of this shape.
    pub format: u32,
    /// What was looked at: the context of a cluster, the path of manifests.
    pub source: String,
    /// The moment the facts are from, RFC 3339.
    pub taken_at: String,
    /// How much was looked at.
    #[serde(default)]
    pub extent: AttackExtent,
    /// What an attacker may hold, those first that the routes start from.
    pub facts: Vec<AttackFact>,
    /// What leads to what.
    pub steps: Vec<AttackStep>,
    /// The techniques that steps are of, by id.
    pub techniques: BTreeMap<String, AttackTechnique>,
    /// What would take steps away.
    pub changes: Vec<AttackChange>,
    /// From which entry to which target, with the paths and the choke points.
    pub routes: Vec<AttackRoute>,
    /// What could not be seen and may hide ways, a sentence each.
    pub gaps: Vec<String>,
}

/// How much was looked at, whether a way was found or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackExtent {
    /// How many objects there are.
    pub objects: usize,
    /// How many things these let somebody hold.
    pub facts: usize,
    /// How many steps lead from one of them to another.
    pub steps: usize,
}

/// Something an attacker may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackFact {
    /// Its kind, a word: `container`, `workload`, `identity`, `node`, `secret`, `ability`, `target`.
    pub kind: FactKind,
    /// Its name, unique in the report: `serviceaccount shop/cart`.
    pub name: String,
    /// The namespace it is in; absent for what belongs to the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What holding it means: `acts as serviceaccount shop/cart`.
    pub title: String,
}

/// The kinds of facts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A place from where attacks start: the internet.
    Outside,
    /// Acting as a user, a group's member or a service account.
    Identity,
    /// Running code in a container.
    Container,
    /// Running code in any container of a workload's pods.
    Workload,
    /// Root on a node.
    Node,
    /// Reading a secret.
    Secret,
    /// Being able to do something in a namespace or in the cluster.
    Ability,
    /// A role in the cloud account.
    Cloud,
    /// The whole cluster.
    Cluster,
}

/// A step: who holds all premises gains the conclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackStep {
    /// The technique.
    pub technique: String,
    /// The facts that have to be held, all of them.
    pub premises: Vec<usize>,
    /// The fact that is gained.
    pub conclusion: usize,
    /// How sure it is that the step works.
    pub confidence: Confidence,
    /// What makes it possible.
    pub evidence: Vec<Evidence>,
    /// The changes of which each alone takes the step away.
    pub changes: Vec<usize>,
    /// Commands that show the step without harm, each complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

/// How sure a step is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It rests on a hole that the program may or may not have.
    Assumed,
    /// It rests on something that the objects do not show, such as a kernel's settings.
    Likely,
    /// It follows from how Kubernetes works.
    Certain,
}

/// A kind of step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackTechnique {
    /// What the attacker does, in a few words.
    pub title: String,
    /// Why it works.
    pub reason: String,
    /// Techniques of MITRE ATT&CK for containers (`T1609`) and of Microsoft's threat matrix (`MS-TA9006`).
    pub references: Vec<String>,
}

/// Something that can be changed, and takes steps away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackChange {
    /// What to change, in the imperative: `take ServiceAccount shop/cart out of ClusterRoleBinding cart`.
    pub title: String,
    /// How hard it is, from 1; choke points are the lightest set.
    pub weight: u32,
    /// How to do it.
    pub actions: Vec<Action>,
}

/// The ways from an entry to a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackRoute {
    /// Where it starts: `internet`, `any-pod`, `serviceaccount shop/cart`.
    pub entry: String,
    /// What it leads to: `cluster-admin`.
    pub target: String,
    /// The facts of the report that are held at the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<usize>,
    /// Where the target is not reached: the most that the entry gains, each as [`AttackFact::title`] puts it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub furthest: Vec<String>,
    /// Where the target is not reached: how many facts the entry gains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gained: Option<usize>,
    /// The shortest path first, then paths that share nothing that could be changed.
    pub paths: Vec<AttackPath>,
    /// What cuts all of them; absent where nothing is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choke_points: Option<ChokePoints>,
}

/// One way: steps in an order in which each one's premises are held before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttackPath {
    /// The steps.
    pub steps: Vec<usize>,
    /// The least sure of its steps.
    pub confidence: Confidence,
}

/// The lightest set of changes after which no way is left; found by search and verified by searching again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ChokePoints {
    /// These changes cut every way.
    Cut {
        /// The changes.
        changes: Vec<usize>,
        /// Whether it is proven that no lighter set does.
        minimal: bool,
        /// No set lighter than this does.
        at_least: u64,
    },
    /// There is a way in which nothing can be changed.
    Impossible {
        /// It.
        path: AttackPath,
    },
}
