//! Roles that can be bound or added to, and what being bound to one is worth.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Confidence;
use merlon_rbac::{Grant, RoleId};
use merlon_views::objects::place;

use super::grants::{self, Bound, Given, Match, Matches};
use super::joint::{Rows, conclude};
use super::{ADMINISTER, KNOWN, Known, everything, led_to};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
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

/// A role, where it can be bound.
type Target<'w> = (RoleId, Option<&'w str>);

/// Adds the roles that a holder may bind: the first row is about bindings, the second about what may be bound.
///
/// Rights to change bindings alone bring those roles that are bound already: a binding's role is fixed.
pub(super) fn bind<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    known: &'static Known,
    holder: Fact<'w>,
    scope: Option<&'w str>,
    rows: &Rows<'_, 'w>,
) {
    let in_cluster = known.primitive.id == "bind-cluster-roles";
    let creates =
        rows[0].iter().any(|it| it.given.rule.has_verb("create") && it.given.names.is_empty());
    let mut gained: BTreeMap<Fact<'w>, Vec<&Given<'w>>> = BTreeMap::new();
    for each in &rows[1] {
        let facts = if creates {
            bindable(world, each, scope, in_cluster)
        } else {
            bound_already(world, &rows[0], each, scope, in_cluster)
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
    writes: &[&Given<'w>],
    right: &Given<'w>,
    scope: Option<&'w str>,
    in_cluster: bool,
) -> BTreeSet<Fact<'w>> {
    let policy = world.access.policy();
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
    bound: &[Bound<'w>],
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
    let mut told = BTreeSet::new();
    for binding in bound {
        let role = policy.role(binding.role);
        let is_given = |subject: &Fact<'w>| *subject == holder || groups.contains(subject);
        let Some((subject, grant)) = binding.subjects.iter().find(|it| is_given(&it.0)) else {
            continue;
        };
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
        if rows.iter().any(Vec::is_empty) || !told.insert((binding.namespace, grant.binding)) {
            continue;
        }
        // Being bound is a premise of its own: another binding may give it.
        let bound = Fact::Role(binding.role, binding.namespace);
        let changes = grants::change(world, builder, grant);
        builder.step(&BOUND, &[*subject], bound, binds(world, grant), &changes);
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
    bound: &[Bound<'w>],
    matches: &mut Matches<'w>,
) {
    let change = Fact::Ability(Ability::ChangeAggregatedRoles, None);
    if builder.has(change) {
        let mut told = BTreeSet::new();
        for binding in bound {
            if world.access.policy().role(binding.role).aggregates.is_empty() {
                continue;
            }
            let held = Fact::Role(binding.role, binding.namespace);
            for (subject, grant) in &binding.subjects {
                let changes = grants::change(world, builder, grant);
                builder.step(&BOUND, &[*subject], held, binds(world, grant), &changes);
            }
            if told.insert((binding.role, binding.namespace)) {
                let gained = everything(binding.namespace);
                builder.step(&POLLUTED, &[held, change], gained, vec![], &[]);
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

/// The binding that a grant is by; its role may have no rules yet.
fn binds<'w, 'a: 'w>(world: &World<'w, 'a>, grant: &Grant) -> Vec<Basis<'w>> {
    let binding = world.binding(grant.binding);
    let basis = binding.map(|binding| {
        let role = place(&binding.object.root, &["roleRef"]);
        Basis::Object(binding.object, role, "the binding gives the role")
    });
    basis.into_iter().collect()
}

fn add_worth<'w, 'a: 'w>(
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
