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
mod lent;
mod live;
mod roles;
mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use merlon_model::Confidence;
use merlon_rbac::MASTERS;
use merlon_rbac::risk::{Primitive, primitives};

use self::gains::Right;
use self::grants::{Given, Match, Matches};
use self::joint::Joint;
use self::lent::Lent;
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(crate) use self::grants::{Bound, Via};
pub(crate) use self::live::Rights;

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
#[derive(Clone, Copy, Debug)]
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
#[derive(Clone, Copy, Debug)]
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
#[derive(Debug)]
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
    let own = [&ADMINISTER, &NEEDED_RIGHT].into_iter();
    let topics = [roles::TECHNIQUES, lent::TECHNIQUES].into_iter().flatten().copied();
    KNOWN.values().map(|known| &known.technique).chain(own).chain(topics)
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

pub(super) static NEEDED_RIGHT: Technique = Technique {
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
    let bindings = grants::bound(world);
    let (mut matches, mut joint, mut lent) =
        (Matches::default(), Joint::default(), Lent::default());
    for (_, bound) in bindings.iter() {
        give(world, builder, bound, (&mut matches, &mut joint));
        lent.give(world, bound);
    }
    joint.add(world, builder, &bindings);
    lent.add(world, builder, &bindings);
    roles::add(world, builder, &bindings, &mut matches);
}

/// Adds what a role gives all by itself to whomever it is bound to, and the parts of what takes several rights.
fn give<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    bound: &Bound<'w>,
    (matches, joint): (&mut Matches<'w>, &mut Joint<'w>),
) {
    if add_administrators(world, builder, bound) {
        return;
    }
    let (single, several) = matches.in_place(world, bound);
    for ((technique, fact, sure), rules) in led_to(world, &single, bound.namespace) {
        for (holder, via) in &bound.subjects {
            let changes = grants::change(world, builder, via);
            let basis = grants::basis(via, &rules);
            let technique = &KNOWN[technique].technique;
            builder.step_with(technique, sure, &[*holder], fact, basis, &changes);
        }
    }
    for given in several {
        for (holder, via) in &bound.subjects {
            let (holder, namespace, via) = (*holder, bound.namespace, *via);
            joint.give(world, builder, Given { holder, namespace, via, given });
        }
    }
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
        let names: Vec<&'w str> = given.names.iter().map(String::as_str).collect();
        let right = Right { rule: given.rule, names: &names, scope };
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
    for (holder, via) in &binding.subjects {
        let changes = grants::change(world, builder, via);
        let basis = grants::basis(via, &[rule]);
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
