//! What rights lead to: the primitives of RBAC, by what is gained with them.
//!
//! Rights of one holder count together, whichever bindings and groups of Kubernetes' own give them. Where several
//! requests are made they may be those of several identities; where one request takes all rights they are one's.

/// Rules that jane is given in the whole cluster.
macro_rules! in_cluster {
    ($($rules:literal),*) => {
        concat!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: jane}\nrules: [",
            $($rules, ","),*,
            "]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n",
            "metadata: {name: jane}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: jane}\n",
            "subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]\n---\n",
        )
    };
}

/// Rules that jane is given in a namespace.
macro_rules! within {
    ($namespace:literal, $($rules:literal),*) => {
        concat!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: jane, namespace: ",
            $namespace, "}\nrules: [", $($rules, ","),*,
            "]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n",
            "metadata: {name: jane, namespace: ", $namespace, "}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: jane}\n",
            "subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]\n---\n",
        )
    };
}

pub(super) use in_cluster;
pub(super) use within;

mod gains;
mod grants;
mod joint;
mod roles;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use merlon_model::Confidence;
use merlon_rbac::risk::{Primitive, primitives};
use merlon_rbac::{MASTERS, RoleId};

use self::gains::Right;
use self::grants::{Bound, Given, Match, Matches};
use self::joint::Joint;
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

/// What a primitive leads to.
struct Row {
    /// The primitive's id.
    primitive: &'static str,
    /// What its holder gains.
    gains: Gains,
    /// How sure that is.
    confidence: Confidence,
    /// Whether all its rights are those of whoever makes one request.
    is_one_request: bool,
    /// The controls whose findings are about it.
    controls: &'static [&'static str],
    /// Cases that are its tests.
    examples: &'static [Example],
}

/// What is gained, where the rights are held.
#[derive(Clone, Copy)]
enum Gains {
    /// An ability in the namespace or the cluster, and what else for rights on named objects.
    Ability(Ability, Named),
    /// Something of the whole cluster.
    Fact(Fact<'static>),
    /// Secrets, as far as their names are known.
    SecretsByName,
    /// The same for who may patch them: the answer holds the secret.
    ChangedSecrets,
    /// Pods, made by new or changed workloads.
    ChangedWorkloads,
    /// Pods that are driven off all nodes but one, for who may taint all of them.
    Taints,
    /// What config maps of the system give.
    SystemConfigMaps,
    /// The groups of bootstrap tokens.
    BootstrapTokens,
    /// The roles that may be bound.
    Binding,
    /// Everything, where a role is bound that may be added to.
    Escalation,
}

/// What rights on named objects lead to.
#[derive(Clone, Copy)]
enum Named {
    /// The same as for all.
    Same,
    /// These secrets.
    Secrets,
    /// These pods.
    Pods,
    /// These service accounts.
    ServiceAccounts,
    /// These users.
    Users,
    /// These groups.
    Groups,
    /// These namespaces.
    Namespaces,
    /// The kubelets of these nodes.
    Nodes,
    /// Nothing that is told.
    Nothing,
}

/// A row, ready for use.
struct Known {
    primitive: &'static Primitive,
    technique: Technique,
    gains: Gains,
    is_one_request: bool,
}

static KNOWN: LazyLock<BTreeMap<&'static str, Known>> = LazyLock::new(|| {
    let all = primitives().chain(table::ADDED);
    let by_id: BTreeMap<&str, &Primitive> = all.map(|it| (it.id, it)).collect();
    let known = |row: &'static Row| {
        let primitive = by_id.get(row.primitive)?;
        let technique = Technique {
            id: primitive.id,
            title: primitive.title,
            reason: primitive.reason,
            references: primitive.techniques,
            confidence: row.confidence,
            controls: row.controls,
            examples: row.examples,
        };
        let (gains, is_one_request) = (row.gains, row.is_one_request);
        Some((row.primitive, Known { primitive, technique, gains, is_one_request }))
    };
    table::rows().filter_map(known).collect()
});

/// The techniques that rest on rights.
pub(super) fn techniques() -> impl Iterator<Item = &'static Technique> {
    let own = [&ADMINISTER, &NEEDED_RIGHT].into_iter().chain(roles::TECHNIQUES.iter().copied());
    KNOWN.values().map(|known| &known.technique).chain(own)
}

static ADMINISTER: Technique = Technique {
    id: "administer",
    title: "do everything",
    reason: "the role allows every verb on everything",
    references: &["T1078", "MS-TA9019"],
    confidence: Confidence::Certain,
    controls: &["cluster-admin-overused", "role-wildcards"],
    examples: &[Example {
        objects: "
# cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: robot}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects: [{kind: ServiceAccount, namespace: shop, name: robot}]
",
        from: "serviceaccount shop/robot",
        to: "cluster-admin",
        without: &[(
            "kind: ClusterRoleBinding\nmetadata: {name: robot}",
            "kind: RoleBinding\nmetadata: {name: robot, namespace: shop}",
        )],
    }],
};

static NEEDED_RIGHT: Technique = Technique {
    id: "hold-right",
    title: "hold one of the rights it takes",
    reason: "a rule of a role that is bound grants it",
    references: &["T1078"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: giver}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: giver}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: giver}
subjects: [{kind: ServiceAccount, namespace: shop, name: robot}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: binder}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: binder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: binder}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:serviceaccounts:shop'}]
",
        from: "serviceaccount shop/robot",
        to: "cluster-admin",
        without: &[
            ("verbs: [create]", "verbs: [list]"),
            ("verbs: [bind]", "verbs: [list]"),
            ("serviceaccounts:shop", "serviceaccounts:other"),
        ],
    }],
};

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    builder.step(
        &ADMINISTER,
        &[Fact::Group(MASTERS)],
        Fact::ClusterAdmin,
        vec![Basis::Note("no binding gives or takes the rights of system:masters")],
        &[],
    );
    let bound = grants::bound(world);
    let mut matches = Matches::default();
    let mut joint = Joint::default();
    for binding in &bound {
        if add_administrators(world, builder, binding) {
            continue;
        }
        let found = matches.of(world, binding.role);
        let works = found.iter().filter(|it| it.works_in(binding.namespace));
        let (single, several): (Vec<Match<'w>>, Vec<Match<'w>>) =
            works.partition(|it| it.known.primitive.needs.len() == 1);
        for ((technique, fact, sure), rules) in led_to(world, &single, binding.namespace) {
            for (holder, grant) in &binding.subjects {
                let changes = grants::change(world, builder, grant);
                let basis = grants::basis(grant, &rules);
                let technique = &KNOWN[technique].technique;
                builder.step_with(technique, sure, &[*holder], fact, basis, &changes);
            }
        }
        for given in several {
            for (holder, grant) in &binding.subjects {
                let grant = merlon_rbac::Grant { rule: given.number, ..*grant };
                joint.give(Given { holder: *holder, namespace: binding.namespace, grant, given });
            }
        }
    }
    joint::add(world, builder, &joint, &bound);
    roles::add(world, builder, &bound, &mut matches);
}

/// What a role gives all by itself where it is bound, and the primitives of which it gives a part.
pub(super) struct Alone<'w> {
    pub gains: Vec<(&'static Technique, Fact<'w>, Confidence)>,
    /// By primitive, the rows.
    pub parts: BTreeMap<&'static str, BTreeSet<usize>>,
}

/// What a role gives all by itself to whomever it is bound to in a namespace, or in the cluster.
pub(super) fn alone<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    role: RoleId,
    namespace: Option<&'w str>,
) -> Alone<'w> {
    let rules = &world.access.policy().role(role).rules;
    if rules.iter().any(grants::allows_everything) {
        let all = (&ADMINISTER, everything(namespace), ADMINISTER.confidence);
        return Alone { gains: vec![all], parts: BTreeMap::new() };
    }
    let mut matches = Matches::default();
    let works = matches.of(world, role).iter().filter(|it| it.works_in(namespace)).copied();
    let (single, several): (Vec<Match<'w>>, Vec<Match<'w>>) =
        works.partition(|it| it.known.primitive.needs.len() == 1);
    let gains = led_to(world, &single, namespace).into_keys();
    let gains = gains.map(|(id, fact, sure)| (&KNOWN[id].technique, fact, sure)).collect();
    let mut parts: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for part in several {
        parts.entry(part.known.primitive.id).or_default().insert(part.row);
    }
    Alone { gains, parts }
}

/// How the rights that a primitive takes work together.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// How many rights it takes.
    pub rows: usize,
    /// Whether one holder needs all of them.
    pub is_of_one: bool,
    /// Whether it also depends on what else the holder is bound to.
    pub looks_at_own: bool,
    /// Whether it also depends on which bindings there are.
    pub looks_at_all: bool,
}

/// How the rights that a primitive takes work together.
pub(super) fn shape(primitive: &str) -> Option<Shape> {
    let known = KNOWN.get(primitive)?;
    Some(Shape {
        rows: known.primitive.needs.len(),
        is_of_one: known.is_one_request,
        looks_at_own: known.primitive.bound_to.is_some(),
        looks_at_all: matches!(known.gains, Gains::Binding),
    })
}

/// Whether a role lets bindings be changed but none be made: what that gives depends on which there are.
pub(super) fn changes_bindings(world: &World<'_, '_>, role: RoleId) -> bool {
    let release = world.access.authorizer.release();
    let writes = |known: &Known| {
        let of_bindings = matches!(known.gains, Gains::Binding);
        known.primitive.needs.first().filter(|_| of_bindings).copied().unwrap_or_default()
    };
    let rights: Vec<_> = KNOWN.values().flat_map(writes).collect();
    world.access.policy().role(role).rules.iter().any(|rule| {
        let given = rights.iter().find_map(|right| right.given_by(rule, release));
        given.is_some_and(|names| !(names.is_empty() && rule.has_verb("create")))
    })
}

/// What single rights lead to, with the rules that give it.
fn led_to<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    single: &[Match<'w>],
    namespace: Option<&'w str>,
) -> BTreeMap<(&'static str, Fact<'w>, Confidence), Vec<u32>> {
    let mut all: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for given in single {
        let scope = given.scope(world, namespace);
        let right = Right { rule: given.rule, names: given.names, scope };
        for (fact, sure) in gains::gains(world, given.known, right) {
            let sure = if given.is_unsure { sure.min(Confidence::Likely) } else { sure };
            let rules = all.entry((given.known.primitive.id, fact, sure)).or_default();
            if rules.last() != Some(&given.number) {
                rules.push(given.number);
            }
        }
    }
    all
}

/// Adds what a role gives that allows everything; whether it is one.
fn add_administrators<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    binding: &Bound<'w>,
) -> bool {
    let rules = &world.access.policy().role(binding.role).rules;
    let Some((rule, _)) = (0..).zip(rules).find(|(_, rule)| grants::allows_everything(rule)) else {
        return false;
    };
    let gained = everything(binding.namespace);
    for (holder, grant) in &binding.subjects {
        let changes = grants::change(world, builder, grant);
        let basis = grants::basis(grant, &[rule]);
        builder.step(&ADMINISTER, &[*holder], gained, basis, &changes);
    }
    true
}

/// Everything in a namespace, or in the cluster.
fn everything(namespace: Option<&str>) -> Fact<'_> {
    match namespace {
        None => Fact::ClusterAdmin,
        Some(_) => Fact::Ability(Ability::Administer, namespace),
    }
}
