use merlon_model::Confidence;
use merlon_rbac::Grant;
use merlon_snapshot::Object;
use merlon_views::objects::Place;

use crate::change::Change;
use crate::describe;
use crate::fact::Fact;
use crate::search::{FactId, Hypergraph, StepId};
use crate::technique::Technique;
use crate::world::World;

/// What leads to what in one inventory.
#[derive(Debug)]
pub struct AttackGraph<'w> {
    /// What an attacker may hold, by [`FactId`].
    pub facts: Vec<Fact<'w>>,
    /// What leads to what, by [`StepId`](crate::search::StepId).
    pub steps: Vec<Step<'w>>,
    /// What takes steps away, by [`ChangeId`](crate::search::ChangeId).
    pub changes: Vec<Change>,
    /// The same for the search.
    pub hypergraph: Hypergraph,
    /// The steps that have to be found anew when bindings change, and whose basis does not say with which.
    pub(crate) owners: Vec<(Owner<'w>, StepId)>,
}

impl<'w> AttackGraph<'w> {
    /// The number of a fact; `None` where nothing in the graph has to do with it.
    #[must_use]
    pub fn fact(&self, fact: &Fact<'w>) -> Option<FactId> {
        self.facts.iter().zip(0..).find(|(own, _)| *own == fact).map(|(_, number)| FactId(number))
    }

    /// A fact's name, unique in the graph: `serviceaccount shop/cart`; empty for a number of no fact.
    #[must_use]
    pub fn name(&self, world: &World<'w, '_>, fact: FactId) -> String {
        let fact = usize::try_from(fact.0).ok().and_then(|number| self.facts.get(number));
        fact.map_or_else(String::new, |fact| describe::name(world, fact))
    }
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

/// What a step goes with when bindings change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner<'w> {
    /// Somebody whom bindings name.
    Identity(Fact<'w>),
    /// A binding, by its place in the [`AccessView`](merlon_views::objects::AccessView).
    Binding(u32),
    /// All that somebody holds of the rights that a primitive takes.
    Joint(&'static str, Fact<'w>),
    /// What somebody may do in the name of those whom a binding names, by what that gives them.
    Lent(Fact<'w>, u32),
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
