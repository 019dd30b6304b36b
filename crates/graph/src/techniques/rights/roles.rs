//! Roles that can be bound or added to, and what being bound to one is worth.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Confidence;
use merlon_rbac::{Policy, RoleId};
use merlon_views::objects::place;

use super::grants::{self, Bindings, Bound, Given, Match, Matches, Via};
use super::joint::{Rows, conclude};
use super::{ADMINISTER, KNOWN, Known, everything, led_to};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::{Basis, Owner};
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&BOUND, &POLLUTED];

static BOUND: Technique = Technique {
    id: "hold-role",
    title: "be bound to the role",
    reason: "the binding gives whatever the role says, also what it will say later",
    references: &["T1078"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[VIEWER],
};

static POLLUTED: Technique = Technique {
    id: "use-polluted-role",
    title: "use rights that were added to the role",
    reason: "roles that are put together from others take in whatever carries the label",
    references: &["T1098", "MS-TA9019"],
    confidence: Confidence::Certain,
    controls: &["role-escalation-verbs"],
    examples: &[VIEWER],
};

/// Somebody may write cluster roles without limits and is bound to one that is put together from others.
pub(super) const VIEWER: Example = Example {
    objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: writer}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [create, escalate]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: writer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: writer}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: jane}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: jane}]
",
    from: "user jane",
    to: "cluster-admin",
    without: &[
        ("verbs: [create, escalate]", "verbs: [create]"),
        ("verbs: [create, escalate]", "verbs: [escalate]"),
        ("name: view}", "name: 'system:discovery'}"),
    ],
};

/// The primitive that is about bindings of the cluster, not of a namespace.
const IN_CLUSTER: &str = "bind-cluster-roles";

/// A role, where it can be bound.
pub(super) type Target<'w> = (RoleId, Option<&'w str>);

/// Adds the roles that a holder may bind: the first row is about bindings, the second about what may be bound.
///
/// Rights to change bindings alone bring those roles that are bound already: a binding's role is fixed.
pub(super) fn bind<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    known: &'static Known,
    (holder, scope): (Fact<'w>, Option<&'w str>),
    rows: &Rows<'_, 'w>,
    policy: &Policy,
) {
    let in_cluster = known.primitive.id == IN_CLUSTER;
    let creates = rows[0].iter().any(|it| creates(it));
    let mut gained: BTreeMap<Fact<'w>, Vec<&Given<'w>>> = BTreeMap::new();
    for each in &rows[1] {
        let facts = if creates {
            bindable(world, each, scope, in_cluster)
        } else {
            bound_already(world, policy, (&rows[0], each), scope)
        };
        for fact in facts {
            gained.entry(fact).or_default().push(each);
        }
    }
    for (fact, second) in gained {
        let rows = vec![rows[0].clone(), second];
        conclude(world, builder, &known.technique, holder, &rows, (fact, Confidence::Certain));
    }
}

/// Whether a right to write bindings is one to make new ones: then it does not matter which there are.
pub(super) fn creates(write: &Given<'_>) -> bool {
    write.given.rule.has_verb("create") && write.given.names.is_empty()
}

fn bindable<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    right: &Given<'w>,
    scope: Option<&'w str>,
    in_cluster: bool,
) -> BTreeSet<Fact<'w>> {
    let (rule, names) = (right.given.rule, right.given.names);
    let takes = |resource| rule.has_resource(resource, "");
    if names.is_empty() && takes("clusterroles") {
        // The role cluster-admin is always there.
        let gained = if in_cluster { None } else { Some(Ability::Administer) };
        return [gained.map_or(Fact::ClusterAdmin, |it| Fact::Ability(it, scope))].into();
    }
    let policy = world.access.policy();
    let mut found = BTreeSet::new();
    for (id, role) in policy.roles() {
        if !names.is_empty() && !rule.has_name(&role.name) {
            continue;
        }
        match role.namespace.as_deref() {
            None if takes("clusterroles") && in_cluster => {
                found.insert(Fact::Role(id, None));
            }
            None if takes("clusterroles") => {
                let all = if scope.is_none() { &world.namespaces[..] } else { &[] };
                let within = scope.iter().chain(all);
                found.extend(within.map(|namespace| Fact::Role(id, Some(namespace))));
            }
            Some(own) if takes("roles") && !in_cluster && scope.is_none_or(|it| it == own) => {
                found.insert(Fact::Role(id, Some(own)));
            }
            _ => {}
        }
    }
    found
}

fn bound_already<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    policy: &Policy,
    (writes, right): (&[&Given<'w>], &Given<'w>),
    scope: Option<&'w str>,
) -> BTreeSet<Fact<'w>> {
    let in_cluster = right.given.known.primitive.id == IN_CLUSTER;
    let mut found = BTreeSet::new();
    for (_, binding) in policy.bindings() {
        let namespace = binding.namespace.as_deref();
        let is_written = in_cluster == namespace.is_none()
            && (scope.is_none() || scope == namespace)
            && writes.iter().any(|it| it.given.rule.has_name(&binding.name));
        let resource = if binding.role.kind == "Role" { "roles" } else { "clusterroles" };
        let rule = right.given.rule;
        if is_written && rule.has_resource(resource, "") && rule.has_name(&binding.role.name) {
            let role = policy.resolve(&binding.role, namespace);
            let namespace = namespace.and_then(|it| world.namespace(it));
            found.extend(role.map(|role| Fact::Role(role, namespace)));
        }
    }
    found
}

/// Adds what comes of roles that the holder may add to: everything, where it is bound to one of them itself; and for
/// cluster roles the ability to add to those that are put together from others.
pub(super) fn escalate<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    known: &'static Known,
    (holder, groups): (Fact<'w>, &[Fact<'w>]),
    all: &[&Given<'w>],
    bindings: &Bindings<'w>,
) {
    let row = |row: usize| all.iter().filter(move |it| it.given.row == row).copied();
    let Some(kind) = known.primitive.bound_to else {
        let rows: Rows<'_, 'w> = (0..2).map(|number| row(number).collect()).collect();
        let same = |one: &Given<'w>, other: &Given<'w>| {
            let (write, names) = (one.given, other.given.names);
            let creates = write.rule.has_verb("create") && write.names.is_empty();
            (creates && names.is_empty())
                || (!creates && names.is_empty())
                || (write.rule.has_verb("update") || write.rule.has_verb("patch"))
                    && names.iter().any(|name| write.rule.has_name(name))
        };
        if rows[0].iter().any(|one| rows[1].iter().any(|other| same(one, other))) {
            let gained = Fact::Ability(Ability::ChangeAggregatedRoles, None);
            let gain = (gained, known.technique.confidence);
            conclude(world, builder, &known.technique, holder, &rows, gain);
        }
        return;
    };
    let policy = world.access.policy();
    let is_given = |subject: &Fact<'w>| *subject == holder || groups.contains(subject);
    let own = groups.iter().chain([&holder]).flat_map(|it| bindings.naming(it));
    let own: BTreeSet<u32> = own.collect();
    for binding in own.into_iter().filter_map(|number| bindings.get(number)) {
        let role = policy.role(binding.role);
        if role.kind() != kind {
            continue;
        }
        let counts = |it: &&Given<'w>| {
            let here =
                it.namespace.is_none() || (kind == "Role" && it.namespace == binding.namespace);
            here && it.given.rule.has_name(&role.name)
        };
        let rows: Rows<'_, 'w> =
            (0..2).map(|number| row(number).filter(counts).collect()).collect();
        if rows.iter().any(Vec::is_empty) {
            continue;
        }
        // Being bound is a premise of its own: another binding may give it.
        let bound = Fact::Role(binding.role, binding.namespace);
        for (subject, via) in binding.subjects.iter().filter(|(subject, _)| is_given(subject)) {
            let changes = grants::change(world, builder, via);
            builder.step(&BOUND, &[*subject], bound, binds(world, via), &changes);
        }
        let able = builder.right();
        let gain = (able, Confidence::Certain);
        conclude(world, builder, &known.technique, holder, &rows, gain);
        let gained = everything(binding.namespace);
        builder.step(&known.technique, &[able, bound], gained, vec![], &[]);
    }
}

/// Adds what the roles are worth that somebody may bind, and what comes of changing those that are put together.
pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    bindings: &Bindings<'w>,
    matches: &mut Matches<'w>,
) {
    if builder.has(Fact::Ability(Ability::ChangeAggregatedRoles, None)) {
        let mut told = BTreeSet::new();
        for (number, binding) in bindings.iter().filter(|(_, it)| is_aggregated(world, it)) {
            builder.set_owner(Some(Owner::Binding(number)));
            add_aggregated(world, builder, binding);
            builder.set_owner(None);
            if told.insert((binding.role, binding.namespace)) {
                add_polluted(builder, binding);
            }
        }
    }
    let facts = builder.facts().iter();
    let roles = facts.filter_map(|fact| match fact {
        Fact::Role(role, namespace) => Some((*role, *namespace)),
        _ => None,
    });
    for target in roles.collect::<Vec<Target<'w>>>() {
        add_worth(world, builder, target, matches);
    }
}

/// Whether a binding gives a role that is put together from others.
pub(super) fn is_aggregated(world: &World<'_, '_>, binding: &Bound<'_>) -> bool {
    !world.access.policy().role(binding.role).aggregates.is_empty()
}

/// Adds that those whom a binding names are bound to its role.
pub(super) fn add_aggregated<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    binding: &Bound<'w>,
) {
    let held = Fact::Role(binding.role, binding.namespace);
    for (subject, via) in &binding.subjects {
        let changes = grants::change(world, builder, via);
        builder.step(&BOUND, &[*subject], held, binds(world, via), &changes);
    }
}

/// Adds what comes of being bound to a role that can be added to.
pub(super) fn add_polluted<'w>(builder: &mut Builder<'w>, binding: &Bound<'w>) {
    let held = Fact::Role(binding.role, binding.namespace);
    let change = Fact::Ability(Ability::ChangeAggregatedRoles, None);
    builder.step(&POLLUTED, &[held, change], everything(binding.namespace), vec![], &[]);
}

/// The binding that a grant is by; its role may have no rules yet.
fn binds<'w, 'a: 'w>(world: &World<'w, 'a>, via: &Via) -> Vec<Basis<'w>> {
    let binding = via.grant.and_then(|grant| world.binding(grant.binding));
    let basis = binding.map(|binding| {
        let role = place(&binding.object.root, &["roleRef"]);
        Basis::Object(binding.object, role, "the binding gives the role")
    });
    basis.into_iter().collect()
}

/// Adds what it is worth to be bound to a role.
pub(super) fn add_worth<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    (role, namespace): Target<'w>,
    matches: &mut Matches<'w>,
) {
    let held = Fact::Role(role, namespace);
    let written = world.role(role).and_then(|it| it.object);
    let basis = match written {
        Some(object) => Basis::Object(object, place(&object.root, &["rules"]), "the role's rules"),
        None => Basis::Note("a role that every cluster has"),
    };
    let rules = &world.access.policy().role(role).rules;
    if rules.iter().any(grants::allows_everything) {
        builder.step(&ADMINISTER, &[held], everything(namespace), vec![basis], &[]);
        return;
    }
    let found = matches.of(world, role).iter();
    let single: Vec<Match<'w>> = found
        .filter(|it| it.known.primitive.needs.len() == 1 && it.works_in(namespace))
        .copied()
        .collect();
    for ((technique, fact, sure), _) in led_to(world, &single, namespace) {
        let technique = &KNOWN[technique].technique;
        builder.step_with(technique, sure, &[held], fact, vec![basis], &[]);
    }
}
