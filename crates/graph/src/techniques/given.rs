//! What one binding gives, without looking at the others.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Confidence;
use merlon_rbac::RoleId;

use super::{deputies, escapes, rights};
use crate::fact::{Ability, Fact};
use crate::technique::Technique;
use crate::world::World;

/// What a role gives to whomever it is bound to.
pub(crate) struct Given<'w> {
    /// By which technique what is gained, and how sure that is.
    pub gains: Vec<(&'static Technique, Fact<'w>, Confidence)>,
    /// The primitives of which it gives a part, with the parts.
    pub parts: BTreeMap<&'static str, BTreeSet<usize>>,
    /// Whether it may let its holders tell an operator what to do.
    pub may_tell_operators: bool,
    /// Whether it is put together from others.
    pub is_aggregated: bool,
    /// Whether it lets bindings be changed but none be made: what that gives depends on which there are.
    pub changes_bindings: bool,
}

impl Given<'_> {
    /// Whether there is nothing more to gain.
    pub(crate) fn is_everything(&self) -> bool {
        self.gains.iter().any(|(_, fact, _)| *fact == Fact::ClusterAdmin)
    }

    /// How the parts of a primitive work together.
    pub(crate) fn shape(primitive: &str) -> Option<rights::Shape> {
        rights::shape(primitive)
    }

    /// Whether a step is one that tells an operator what to do.
    pub(crate) fn tells_operator(technique: &Technique) -> bool {
        technique.id == deputies::DEPUTY.id
    }
}

/// What a role gives where it is bound: in a namespace, or in the cluster.
pub(crate) fn given<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    role: RoleId,
    namespace: Option<&'w str>,
) -> Given<'w> {
    let rights::Alone { mut gains, parts } = rights::alone(world, role, namespace);
    let written = world.access.policy().role(role);
    let places = world.namespaces.iter().filter(|own| namespace.is_none_or(|it| it == **own));
    for place in places {
        let request = escapes::reading(place);
        if written.rules.iter().any(|rule| rule.allows(&request)) {
            let right = Fact::Ability(Ability::ReadLogs, Some(place));
            gains.push((&escapes::LOG_RIGHT, right, escapes::LOG_RIGHT.confidence));
        }
    }
    Given {
        gains,
        parts,
        may_tell_operators: written.rules.iter().any(deputies::may_concern),
        is_aggregated: !written.aggregates.is_empty(),
        changes_bindings: rights::changes_bindings(world, role),
    }
}
