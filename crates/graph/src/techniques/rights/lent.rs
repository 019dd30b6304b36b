//! Rights of others, lent for some kinds of requests: constrained impersonation (KEP-5284).
//!
//! Two rights of one holder make it: `impersonate:<mode>` on somebody, and `impersonate-on:<mode>:<verb>` on what is to be
//! done, which the other has to be allowed to do. What rules of both allow is gained, as far as one right is enough for
//! it, and bindings that the other may make. Left out are groups, which users take on besides, and the node modes: what
//! kubelets may do no binding says.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Confidence;
use merlon_rbac::{Gate, Mode, PolicyRule, RoleId, SERVICE_ACCOUNTS};

use super::gains::{Right, gains};
use super::grants::{self, Bindings, Bound, Via};
use super::joint::groups_of;
use super::{KNOWN, everything};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Owner;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&LENT];

static LENT: Technique = Technique {
    id: "request-as-another",
    title: "make the request as somebody who may",
    reason: "impersonate:<mode> on somebody and impersonate-on:<mode>:<verb> on a resource are enough for what this one may do with it",
    references: &["T1134"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[ADMINISTRATOR, ACCOUNT],
};

/// A binding is made in the name of somebody who may make any.
const ADMINISTRATOR: Example = Example {
    objects: concat!(
        "# cluster\n# release v1.36.0\n",
        in_cluster!(
            "{apiGroups: [authentication.k8s.io], resources: [users], verbs: ['impersonate:user-info'], resourceNames: [boss]}",
            "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: ['impersonate-on:user-info:create']}"
        ),
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: boss}\n",
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}\n",
        "subjects: [{kind: User, name: boss, apiGroup: rbac.authorization.k8s.io}]\n---\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n",
        "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n",
    ),
    from: "user jane",
    to: "cluster-admin",
    without: &[
        ("v1.36.0", "v1.35.0"),
        ("impersonate:user-info", "impersonate:serviceaccount"),
        ("impersonate-on:user-info:create", "impersonate-on:user-info:list"),
        ("impersonate-on:user-info:create", "impersonate-on:serviceaccount:create"),
        ("resourceNames: [boss]", "resourceNames: [clerk]"),
        ("apiGroups: [authentication.k8s.io]", "apiGroups: ['']"),
        ("resources: [clusterrolebindings]", "resources: [rolebindings/status]"),
        ("apiGroups: ['*'], resources: ['*']", "apiGroups: [''], resources: ['*']"),
    ],
};

/// What two rules allow is what is in both.
const ACCOUNT: Example = Example {
    objects: concat!(
        "# cluster\n# release v1.37.0\n",
        within!(
            "shop",
            "{apiGroups: [authentication.k8s.io], resources: [serviceaccounts], verbs: ['impersonate:serviceaccount']}",
            "{apiGroups: [''], resources: [secrets], verbs: ['impersonate-on:serviceaccount:get'], resourceNames: [key, other]}"
        ),
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: robot, namespace: shop}\n",
        "rules: [{apiGroups: [''], resources: ['*'], verbs: [get, list], resourceNames: [key]}]\n---\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: robot, namespace: shop}\n",
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: robot}\n",
        "subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]\n---\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
    ),
    from: "user jane",
    to: "secret shop/key",
    without: &[
        ("v1.37.0", "v1.35.0"),
        ("resourceNames: [key]", "resourceNames: [third]"),
        ("resourceNames: [key, other]", "resourceNames: [other]"),
        ("verbs: [get, list]", "verbs: [delete]"),
        ("impersonate-on:serviceaccount:get", "impersonate-on:serviceaccount:delete"),
        (
            "{kind: ServiceAccount, name: robot, namespace: shop}",
            "{kind: ServiceAccount, name: robot, namespace: pay}",
        ),
        ("verbs: ['impersonate:serviceaccount']", "verbs: ['impersonate:user-info']"),
    ],
};

const AUTHENTICATION: &str = "authentication.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// What the verbs begin with that say whom to act as, and those that say what to do.
const WHOM: &str = "impersonate:";
const WHAT: &str = "impersonate-on:";

/// The modes that are looked at, with the resource that stands for whom one acts as.
const MODES: &[(Mode, &str)] =
    &[(Mode::UserInfo, "users"), (Mode::ServiceAccount, "serviceaccounts")];

/// A rule of a role that is one of the two rights.
#[derive(Clone, Copy, Debug)]
struct Half<'w> {
    mode: Mode,
    number: u32,
    rule: &'w PolicyRule,
}

/// The same, where somebody is given it.
#[derive(Clone, Copy, Debug)]
struct Held<'w> {
    half: Half<'w>,
    namespace: Option<&'w str>,
    via: Via,
}

/// Whoever holds one of the two rights.
#[derive(Debug, Default)]
pub(super) struct Lent<'w> {
    by_holder: BTreeMap<Fact<'w>, (Vec<Held<'w>>, Vec<Held<'w>>)>,
}

/// Whether the API server knows these rights.
fn is_known(world: &World<'_, '_>) -> bool {
    world.access.authorizer.release().has(Gate::ConstrainedImpersonation) == Some(true)
}

/// The rights of a role on whom to act as, and those on what to do; none of one that allows everything, which gains
/// nothing.
fn halves<'w, 'a: 'w>(world: &World<'w, 'a>, role: RoleId) -> (Vec<Half<'w>>, Vec<Half<'w>>) {
    let (mut whom, mut what) = (Vec::new(), Vec::new());
    let rules = &world.access.policy().role(role).rules;
    if rules.iter().any(grants::allows_everything) {
        return (whom, what);
    }
    for (number, rule) in (0..).zip(rules) {
        for (mode, resource) in MODES.iter().copied() {
            let half = Half { mode, number, rule };
            let verb = |it: &String| it == "*" || it.strip_prefix(WHOM) == Some(mode.name());
            if rule.verbs.iter().any(verb)
                && rule.has_group(AUTHENTICATION)
                && rule.has_resource(resource, "")
            {
                whom.push(half);
            }
            // Who may do everything with something does it without another.
            if half.verbs().next().is_some() {
                what.push(half);
            }
        }
    }
    (whom, what)
}

impl<'w> Half<'w> {
    /// What may be done in the name of others.
    fn verbs(&self) -> impl Iterator<Item = &'w str> {
        let mode = self.mode.name();
        let verbs = self.rule.verbs.iter();
        verbs.filter_map(move |it| it.strip_prefix(WHAT)?.strip_prefix(mode)?.strip_prefix(':'))
    }
}

impl<'w> Lent<'w> {
    /// Whether a binding gives one of these rights.
    pub(super) fn concerns<'a: 'w>(world: &World<'w, 'a>, bound: &Bound<'w>) -> bool {
        let (whom, what) = halves(world, bound.role);
        is_known(world) && !(whom.is_empty() && what.is_empty())
    }

    /// Takes note of what a binding gives.
    pub(super) fn give<'a: 'w>(&mut self, world: &World<'w, 'a>, bound: &Bound<'w>) {
        if !is_known(world) {
            return;
        }
        let (mut whom, what) = halves(world, bound.role);
        // Users are of no namespace.
        whom.retain(|it| it.mode == Mode::ServiceAccount || bound.namespace.is_none());
        if whom.is_empty() && what.is_empty() {
            return;
        }
        for (holder, via) in &bound.subjects {
            let namespace = bound.namespace;
            let held = |half: &Half<'w>| Held { half: *half, namespace, via: *via };
            let own = self.by_holder.entry(*holder).or_default();
            own.0.extend(whom.iter().map(held));
            own.1.extend(what.iter().map(held));
        }
    }

    /// Forgets what a binding gave.
    pub(super) fn take(&mut self, number: u32, bound: &Bound<'w>) {
        for (holder, _) in &bound.subjects {
            let Some(own) = self.by_holder.get_mut(holder) else { continue };
            own.0.retain(|it| it.via.binding != number);
            own.1.retain(|it| it.via.binding != number);
            if own.0.is_empty() && own.1.is_empty() {
                self.by_holder.remove(holder);
            }
        }
    }

    /// Those who hold one of the rights by themselves, and both with what their groups hold.
    pub(super) fn holders<'a: 'w>(&self, world: &World<'w, 'a>) -> BTreeSet<Fact<'w>> {
        let has_both = |holder: &Fact<'w>| {
            let (whom, what) = self.held(world, *holder);
            !whom.is_empty() && !what.is_empty()
        };
        self.by_holder.keys().copied().filter(has_both).collect()
    }

    fn held<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        holder: Fact<'w>,
    ) -> (Vec<&Held<'w>>, Vec<&Held<'w>>) {
        let own = groups_of(world, holder).into_iter().chain([holder]);
        let (mut whom, mut what): (Vec<&Held<'w>>, Vec<&Held<'w>>) = (Vec::new(), Vec::new());
        for (more_whom, more_what) in own.filter_map(|it| self.by_holder.get(&it)) {
            whom.extend(more_whom);
            what.extend(more_what);
        }
        (whom, what)
    }

    /// Adds what comes of all bindings.
    pub(super) fn add<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        bindings: &Bindings<'w>,
    ) {
        for holder in self.holders(world) {
            self.add_for(world, builder, holder, bindings.iter());
        }
    }

    /// Adds what somebody may do in the name of those whom bindings name, by what these give them.
    pub(super) fn add_for<'a: 'w, 's>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        holder: Fact<'w>,
        bindings: impl Iterator<Item = (u32, &'s Bound<'w>)>,
    ) where
        'w: 's,
    {
        let (whom, what) = self.held(world, holder);
        for (number, bound) in bindings {
            builder.set_owner(Some(Owner::Lent(holder, number)));
            for (subject, via) in bound.subjects.iter().filter(|(subject, _)| *subject != holder) {
                for acts in whom.iter().filter(|it| it.covers(*subject)) {
                    for does in what.iter().filter(|it| it.half.mode == acts.half.mode) {
                        add_step(world, builder, holder, (acts, does), (bound, via));
                    }
                }
            }
        }
        builder.set_owner(None);
    }
}

/// Adds what somebody may do by two rights in the name of somebody whom a binding names.
fn add_step<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    holder: Fact<'w>,
    (acts, does): (&Held<'w>, &Held<'w>),
    (bound, via): (&Bound<'w>, &Via),
) {
    let Some(scope) = meet_scopes(bound.namespace, does.namespace) else { return };
    let mut changes: BTreeSet<_> = BTreeSet::new();
    for via in [&acts.via, &does.via, via] {
        changes.extend(grants::change(world, builder, via));
    }
    let changes: Vec<_> = changes.into_iter().collect();
    for (rule, fact, sure) in lent(world, bound.role, &does.half, scope) {
        let mut basis = grants::basis(&acts.via, &[acts.half.number]);
        basis.extend(grants::basis(&does.via, &[does.half.number]));
        basis.extend(grants::basis(via, &[rule]));
        builder.step_with(&LENT, sure, &[holder], fact, basis, &changes);
    }
}

impl<'w> Held<'w> {
    /// Whether one may act as somebody, or as some member of a group of service accounts: it is asked about the name
    /// alone, and whether there is an account of that name does not matter.
    fn covers(&self, subject: Fact<'w>) -> bool {
        let is_here = |namespace: &str| self.namespace.is_none_or(|own| own == namespace);
        let rule = self.half.rule;
        match (self.half.mode, subject) {
            (Mode::UserInfo, Fact::User(name)) => rule.has_name(name),
            (Mode::ServiceAccount, Fact::ServiceAccount(namespace, name)) => {
                is_here(namespace) && rule.has_name(name)
            }
            (Mode::ServiceAccount, Fact::AccountOf(namespace)) => is_here(namespace),
            (Mode::ServiceAccount, Fact::Group(SERVICE_ACCOUNTS)) => true,
            _ => false,
        }
    }
}

/// What is gained by requests that a role allows and that may be made in the name of those who are bound to it, with the
/// number of the role's rule.
fn lent<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    role: RoleId,
    half: &Half<'w>,
    scope: Option<&'w str>,
) -> BTreeSet<(u32, Fact<'w>, Confidence)> {
    let release = world.access.authorizer.release();
    let rules = &world.access.policy().role(role).rules;
    let mut found = BTreeSet::new();
    for (number, own) in (0..).zip(rules) {
        let Some((rule, names)) = meet(own, half) else { continue };
        for known in KNOWN.values().filter(|it| it.primitive.works_in(release)) {
            let [rights] = known.primitive.needs else { continue };
            for right in *rights {
                let Some(given) = right.given_by(&rule, release) else { continue };
                if !grants::works(known, right.cluster_wide, scope) {
                    continue;
                }
                let names = if given.is_empty() { &[] } else { &names[..] };
                let scope = grants::scope(known, world, scope);
                let is_unsure = right.gate.is_some_and(|(gate, _)| release.has(gate).is_none());
                for (fact, sure) in gains(world, known, Right { rule: &rule, names, scope }) {
                    let sure = if is_unsure { sure.min(Confidence::Likely) } else { sure };
                    found.insert((number, fact, sure));
                }
            }
        }
        let makes = |resource| rule.has_verb("create") && rule.has_resource(resource, "");
        if rule.has_group(RBAC) && rule.resource_names.is_empty() && may_bind_all(rules) {
            if scope.is_none() && makes("clusterrolebindings") {
                found.insert((number, everything(None), Confidence::Certain));
            }
            if makes("rolebindings") {
                let all = Fact::Ability(Ability::Administer, scope);
                found.insert((number, all, Confidence::Certain));
            }
        }
    }
    found
}

/// Whether a role lets every cluster role be bound.
fn may_bind_all(rules: &[PolicyRule]) -> bool {
    rules.iter().any(|rule| {
        rule.has_verb("bind")
            && rule.has_group(RBAC)
            && rule.has_resource("clusterroles", "")
            && rule.resource_names.is_empty()
    })
}

/// What a rule allows that may be done in the name of another, with the names that both are limited to.
fn meet<'w>(own: &'w PolicyRule, half: &Half<'w>) -> Option<(PolicyRule, Vec<&'w str>)> {
    let other = half.rule;
    let verbs: Vec<String> =
        half.verbs().filter(|verb| own.has_verb(verb)).map(str::to_owned).collect();
    let api_groups = meet_lists(&own.api_groups, &other.api_groups, |one, other| {
        (one == "*" || one == other).then(|| other.to_owned())
    });
    let resources = meet_lists(&own.resources, &other.resources, |one, other| {
        let is_part = one.strip_prefix('*').is_some_and(|end| {
            end.starts_with('/') && other.split_once('/').is_some_and(|(_, it)| it == &end[1..])
        });
        (one == "*" || one == other || is_part).then(|| other.to_owned())
    });
    let resource_names = match (&own.resource_names[..], &other.resource_names[..]) {
        (names, []) | ([], names) => names.iter().collect::<Vec<_>>(),
        (one, other) => {
            let names: Vec<&String> = one.iter().filter(|name| other.contains(name)).collect();
            if names.is_empty() {
                return None;
            }
            names
        }
    };
    if verbs.is_empty() || api_groups.is_empty() || resources.is_empty() {
        return None;
    }
    let names = resource_names.iter().map(|name| name.as_str()).collect();
    let resource_names = resource_names.into_iter().cloned().collect();
    let rule = PolicyRule { verbs, api_groups, resources, resource_names, ..PolicyRule::default() };
    Some((rule, names))
}

/// What is in both lists, where `within` gives the second of two texts if the first stands for it as well.
fn meet_lists(
    one: &[String],
    other: &[String],
    within: impl Fn(&str, &str) -> Option<String>,
) -> Vec<String> {
    let pairs = one.iter().flat_map(|one| other.iter().map(move |other| (one, other)));
    let met: BTreeSet<String> = pairs
        .filter_map(|(one, other)| within(one, other).or_else(|| within(other, one)))
        .collect();
    met.into_iter().collect()
}

/// Where what is held in two places is held together; `None` for nowhere.
fn meet_scopes<'w>(one: Option<&'w str>, other: Option<&'w str>) -> Option<Option<&'w str>> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        _ => Some(one.or(other)),
    }
}
