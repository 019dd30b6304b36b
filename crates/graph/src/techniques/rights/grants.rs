//! What bindings give to whom, as far as primitives are about it.

use std::collections::{BTreeMap, HashMap};

use merlon_rbac::risk::Place;
use merlon_rbac::{Grant, Identity, PolicyRule, RoleId};

use super::{KNOWN, Known};
use crate::builder::Builder;
use crate::change::take_from_binding;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::world::World;

/// A rule of a role that gives a right of one of a primitive's rows.
#[derive(Clone, Copy)]
pub(super) struct Match<'w> {
    pub known: &'static Known,
    pub row: usize,
    /// The rule's index.
    pub number: u32,
    pub rule: &'w PolicyRule,
    /// The only objects for which it counts; empty for all.
    pub names: &'w [String],
    /// Whether it counts only as long as a gate is set as nobody knows that it is.
    pub is_unsure: bool,
    /// Whether the right is of no use within a namespace.
    is_cluster_wide: bool,
}

/// A right that somebody is given.
#[derive(Clone, Copy)]
pub(super) struct Given<'w> {
    pub holder: Fact<'w>,
    pub namespace: Option<&'w str>,
    pub grant: Grant,
    pub given: Match<'w>,
}

/// A binding whose role is known.
pub(super) struct Bound<'w> {
    pub namespace: Option<&'w str>,
    pub role: RoleId,
    /// Whom it reaches, each with the grant of the first rule.
    pub subjects: Vec<(Fact<'w>, Grant)>,
}

impl<'w> Match<'w> {
    /// Whether the right is worth something when it is held there.
    pub(super) fn works_in(&self, namespace: Option<&str>) -> bool {
        match (self.known.primitive.place, namespace) {
            (_, Some(_)) if self.is_cluster_wide => false,
            (Place::Cluster, Some(_)) => false,
            (Place::Namespace(only), Some(namespace)) => only == namespace,
            _ => true,
        }
    }

    /// Where the primitive works when the right is held there.
    pub(super) fn scope(
        &self,
        world: &World<'w, '_>,
        namespace: Option<&'w str>,
    ) -> Option<&'w str> {
        match self.known.primitive.place {
            Place::Namespace(only) => Some(world.namespace(only).unwrap_or(only)),
            _ => namespace,
        }
    }
}

/// Every binding whose role is known, in their order.
pub(super) fn bound<'w, 'a: 'w>(world: &World<'w, 'a>) -> Vec<Bound<'w>> {
    let known: HashMap<&'w Identity, Fact<'w>> =
        world.access.identities().into_iter().map(|(it, _)| (it, Fact::identity(it))).collect();
    let policy = world.access.policy();
    let of = |(id, role): (merlon_rbac::BindingId, RoleId)| {
        let binding = policy.binding(id);
        let subjects = (0..).zip(&binding.subjects).filter_map(|(subject, written)| {
            let holder = known.get(&binding.identity(written)?)?;
            Some((*holder, Grant { role, rule: 0, binding: id, subject }))
        });
        let subjects = subjects.collect();
        Bound { namespace: binding.namespace.as_deref(), role, subjects }
    };
    let bindings = world.access.bindings.iter();
    bindings.filter_map(|it| Some((it.id, world.access.roles[it.role?].id))).map(of).collect()
}

/// What each role gives, worked out when it is first asked for.
#[derive(Default)]
pub(super) struct Matches<'w> {
    by_role: BTreeMap<RoleId, Vec<Match<'w>>>,
}

impl<'w> Matches<'w> {
    /// The rights of a role that primitives are about; none of its rules that allow everything.
    pub(super) fn of<'a: 'w>(&mut self, world: &World<'w, 'a>, role: RoleId) -> &[Match<'w>] {
        self.by_role.entry(role).or_insert_with(|| matches(world, role))
    }
}

fn matches<'w, 'a: 'w>(world: &World<'w, 'a>, role: RoleId) -> Vec<Match<'w>> {
    let (access, mut found) = (world.access, Vec::new());
    let release = access.authorizer.release();
    let rules = &access.policy().role(role).rules;
    for known in KNOWN.values().filter(|known| known.primitive.works_in(release)) {
        for (row, rights) in known.primitive.needs.iter().enumerate() {
            for right in *rights {
                for (number, rule) in (0..).zip(rules) {
                    let Some(names) = right.given_by(rule, release) else { continue };
                    let is_unsure = right.gate.is_some_and(|(gate, _)| release.has(gate).is_none());
                    let is_cluster_wide = right.cluster_wide;
                    let place =
                        Match { known, row, number, rule, names, is_unsure, is_cluster_wide };
                    found.push(place);
                }
            }
        }
    }
    found
}

/// Whether a rule allows every verb on everything.
pub(super) fn allows_everything(rule: &PolicyRule) -> bool {
    let any = |list: &[String]| list.iter().any(|each| each == "*");
    any(&rule.verbs)
        && any(&rule.api_groups)
        && any(&rule.resources)
        && rule.resource_names.is_empty()
}

/// The change that takes a subject out of its binding.
pub(super) fn change<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    grant: &Grant,
) -> Vec<ChangeId> {
    take_from_binding(world, builder, grant).into_iter().collect()
}

/// What a step rests on that takes several rules of one role.
pub(super) fn basis<'w>(grant: &Grant, rules: &[u32]) -> Vec<Basis<'w>> {
    rules.iter().map(|rule| Basis::Grant(Grant { rule: *rule, ..*grant })).collect()
}
