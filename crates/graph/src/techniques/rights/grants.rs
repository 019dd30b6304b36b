//! What bindings give to whom, as far as primitives are about it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
#[derive(Clone, Copy, Debug)]
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

/// How somebody is given a role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Via {
    /// The binding's number.
    pub binding: u32,
    /// The subject's index.
    pub subject: u32,
    /// The grant of the first rule; `None` for a binding that stands in no object.
    pub grant: Option<Grant>,
}

/// A right that somebody is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'w> {
    pub holder: Fact<'w>,
    pub namespace: Option<&'w str>,
    pub via: Via,
    pub given: Match<'w>,
}

/// A binding whose role is known.
#[derive(Debug)]
pub(crate) struct Bound<'w> {
    pub namespace: Option<&'w str>,
    pub role: RoleId,
    /// Whom it reaches.
    pub subjects: Vec<(Fact<'w>, Via)>,
}

/// The bindings whose roles are known, by number.
#[derive(Debug, Default)]
pub(crate) struct Bindings<'w> {
    all: Vec<Option<Bound<'w>>>,
    naming: HashMap<Fact<'w>, BTreeSet<u32>>,
}

impl<'w> Bindings<'w> {
    pub(super) fn get(&self, number: u32) -> Option<&Bound<'w>> {
        self.all.get(usize::try_from(number).ok()?)?.as_ref()
    }

    /// What is above all numbers.
    pub(super) fn end(&self) -> u32 {
        u32::try_from(self.all.len()).expect("fewer bindings than 2^32")
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Bound<'w>)> {
        (0..).zip(&self.all).filter_map(|(number, bound)| Some((number, bound.as_ref()?)))
    }

    /// The numbers of those that name somebody.
    pub(super) fn naming(&self, holder: &Fact<'w>) -> impl Iterator<Item = u32> {
        self.naming.get(holder).into_iter().flatten().copied()
    }

    /// Leaves out by which objects roles are given.
    pub(super) fn forget_grants(&mut self) {
        for (_, via) in self.all.iter_mut().flatten().flat_map(|it| &mut it.subjects) {
            via.grant = None;
        }
    }

    /// Puts one in, or takes it out, and gives back what was there.
    pub(super) fn exchange(&mut self, number: u32, after: Option<Bound<'w>>) -> Option<Bound<'w>> {
        let place = usize::try_from(number).expect("a number is the place in a list");
        if self.all.len() <= place {
            self.all.resize_with(place + 1, || None);
        }
        for (holder, _) in after.iter().flat_map(|it| &it.subjects) {
            self.naming.entry(*holder).or_default().insert(number);
        }
        let before = std::mem::replace(&mut self.all[place], after);
        let is_named = |holder: &Fact<'w>| {
            self.get(number).is_some_and(|it| it.subjects.iter().any(|(own, _)| own == holder))
        };
        let left = before.iter().flat_map(|it| &it.subjects).map(|(holder, _)| *holder);
        for holder in left.filter(|holder| !is_named(holder)).collect::<Vec<_>>() {
            if let Some(numbers) = self.naming.get_mut(&holder) {
                numbers.remove(&number);
            }
        }
        before
    }
}

impl<'w> Match<'w> {
    /// Whether the right is worth something when it is held there.
    pub(super) fn works_in(&self, namespace: Option<&str>) -> bool {
        works(self.known, self.is_cluster_wide, namespace)
    }

    /// Where the primitive works when the right is held there.
    pub(super) fn scope(
        &self,
        world: &World<'w, '_>,
        namespace: Option<&'w str>,
    ) -> Option<&'w str> {
        scope(self.known, world, namespace)
    }
}

/// Whether a right, which may be of no use within a namespace, is worth something for a primitive when it is held there.
pub(super) fn works(known: &Known, is_cluster_wide: bool, namespace: Option<&str>) -> bool {
    match (known.primitive.place, namespace) {
        (_, Some(_)) if is_cluster_wide => false,
        (Place::Cluster, Some(_)) => false,
        (Place::Namespace(only), Some(namespace)) => only == namespace,
        _ => true,
    }
}

/// Where a primitive works when its right is held there.
pub(super) fn scope<'w>(
    known: &Known,
    world: &World<'w, '_>,
    namespace: Option<&'w str>,
) -> Option<&'w str> {
    match known.primitive.place {
        Place::Namespace(only) => Some(world.namespace(only).unwrap_or(only)),
        _ => namespace,
    }
}

/// Every binding whose role is known, by its place in the view.
pub(super) fn bound<'w, 'a: 'w>(world: &World<'w, 'a>) -> Bindings<'w> {
    let known: HashMap<&'w Identity, Fact<'w>> =
        world.access.identities().into_iter().map(|(it, _)| (it, Fact::identity(it))).collect();
    let policy = world.access.policy();
    let mut all = Bindings::default();
    for (number, (id, role)) in (0..)
        .zip(&world.access.bindings)
        .filter_map(|(number, it)| Some((number, (it.id, it.role?))))
    {
        let (binding, role) = (policy.binding(id), world.access.roles[role].id);
        let subjects = (0..).zip(&binding.subjects).filter_map(|(subject, written)| {
            let holder = known.get(&binding.identity(written)?)?;
            let grant = Some(Grant { role, rule: 0, binding: id, subject });
            Some((*holder, Via { binding: number, subject, grant }))
        });
        let subjects = subjects.collect();
        let namespace = binding.namespace.as_deref();
        all.exchange(number, Some(Bound { namespace, role, subjects }));
    }
    all
}

/// What each role gives, worked out when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Matches<'w> {
    by_role: BTreeMap<RoleId, Vec<Match<'w>>>,
}

impl<'w> Matches<'w> {
    /// The rights of a role that primitives are about; none of its rules that allow everything.
    pub(super) fn of<'a: 'w>(&mut self, world: &World<'w, 'a>, role: RoleId) -> &[Match<'w>] {
        self.by_role.entry(role).or_insert_with(|| matches(world, role))
    }

    /// Those that work where a binding is: of primitives that take one right, and of those that take several.
    pub(super) fn in_place<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        bound: &Bound<'w>,
    ) -> (Vec<Match<'w>>, Vec<Match<'w>>) {
        let works = self.of(world, bound.role).iter().filter(|it| it.works_in(bound.namespace));
        works.copied().partition(|it| it.known.primitive.needs.len() == 1)
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
    via: &Via,
) -> Vec<ChangeId> {
    let change = via.grant.and_then(|grant| take_from_binding(world, builder, &grant));
    change.into_iter().collect()
}

/// What a step rests on that takes several rules of one role.
pub(super) fn basis<'w>(via: &Via, rules: &[u32]) -> Vec<Basis<'w>> {
    let grants =
        via.grant.into_iter().flat_map(|grant| rules.iter().map(move |rule| (grant, *rule)));
    grants.map(|(grant, rule)| Basis::Grant(Grant { rule, ..grant })).collect()
}
