use merlon_model::Confidence;
use merlon_rbac::Grant;
use merlon_snapshot::Object;
use merlon_views::objects::Place;

use crate::change::Change;
use crate::fact::Fact;
use crate::search::Hypergraph;
use crate::technique::Technique;

/// What leads to what in one inventory.
#[derive(Debug)]
pub struct AttackGraph<'w> {
    /// What an attacker may hold, by [`FactId`](crate::search::FactId).
    pub facts: Vec<Fact<'w>>,
    /// What leads to what, by [`StepId`](crate::search::StepId).
    pub steps: Vec<Step<'w>>,
    /// What takes steps away, by [`ChangeId`](crate::search::ChangeId).
    pub changes: Vec<Change>,
    /// The same for the search.
    pub hypergraph: Hypergraph,
}

/// What a step is, besides premises and conclusion.
#[derive(Clone, Debug)]
pub struct Step<'w> {
    /// The technique.
    pub technique: &'static Technique,
    /// How sure it is.
    pub confidence: Confidence,
    /// What makes it possible.
    pub basis: Vec<Basis<'w>>,
}

/// One thing that makes a step possible.
#[derive(Clone, Copy, Debug)]
pub enum Basis<'w> {
    /// A rule that somebody is granted.
    Grant(Grant),
    /// A place in an object: the object, the place, and what is there in a few words.
    Object(&'w Object, Place<'w>, &'static str),
    /// Something that stands in no object: a node's evidence, a default.
    Note(&'static str),
}
