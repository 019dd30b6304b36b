//! What rights lead to: the primitives of RBAC, by what is gained with them.

mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use merlon_model::Confidence;
use merlon_rbac::risk::{Found, Primitive, primitives, primitives_of};
use merlon_rbac::{Grant, Identity, MASTERS, PolicyRule, Scope};

use crate::builder::Builder;
use crate::change::take_from_binding;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

/// What a primitive leads to.
pub(super) struct Row {
    /// The primitive's id.
    pub primitive: &'static str,
    /// What its holder gains.
    pub gains: Gains,
    /// How sure that is.
    pub confidence: Confidence,
    /// The controls whose findings are about it.
    pub controls: &'static [&'static str],
    /// Cases that are its tests.
    pub examples: &'static [Example],
}

/// What is gained, where the rights are held.
#[derive(Clone, Copy)]
pub(super) enum Gains {
    /// An ability in the namespace or the cluster, and what else for rights on named objects.
    Ability(Ability, Named),
    /// Something of the whole cluster.
    Cluster(Fact<'static>),
}

/// What rights on named objects lead to.
#[derive(Clone, Copy)]
pub(super) enum Named {
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
    /// Nothing that is told.
    Nothing,
}

/// A row, ready for use.
struct Known {
    technique: Technique,
    gains: Gains,
}

static KNOWN: LazyLock<BTreeMap<&'static str, Known>> = LazyLock::new(|| {
    let by_id: BTreeMap<&str, &Primitive> = primitives().map(|it| (it.id, it)).collect();
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
        Some((row.primitive, Known { technique, gains: row.gains }))
    };
    table::rows().filter_map(known).collect()
});

/// The techniques that rest on rights.
pub(super) fn techniques() -> impl Iterator<Item = &'static Technique> {
    KNOWN.values().map(|known| &known.technique).chain([&ADMINISTER, &NEEDED_RIGHT])
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
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: robot}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
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
    examples: &[],
};

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    builder.step(
        &ADMINISTER,
        &[Fact::Group(MASTERS)],
        Fact::ClusterAdmin,
        vec![Basis::Note("no binding gives or takes the rights of system:masters")],
        &[],
    );
    for (identity, _) in world.access.identities() {
        let holder = Holder { world, identity, fact: Fact::identity(identity) };
        let scopes = holder.administer(builder);
        for found in primitives_of(&world.access.authorizer, &identity.user()) {
            let all = scopes.contains(&Scope::Cluster) || scopes.contains(&found.scope);
            if !all && holder.is_own(&found) {
                holder.add(builder, &found);
            }
        }
    }
}

struct Holder<'h, 'w, 'a> {
    world: &'h World<'w, 'a>,
    identity: &'w Identity,
    fact: Fact<'w>,
}

impl<'w, 'a: 'w> Holder<'_, 'w, 'a> {
    /// Adds what the holder may do without limits, and tells where.
    fn administer(&self, builder: &mut Builder<'w>) -> Vec<Scope> {
        let mut scopes = Vec::new();
        for held in self.world.access.authorizer.rules_of(&self.identity.user()) {
            let rule = self.world.access.policy().rule(&held.grant);
            if !allows_everything(rule) || !self.grants(&held.grant) {
                continue;
            }
            let gained = match &held.scope {
                Scope::Cluster => Fact::ClusterAdmin,
                Scope::Namespace(_) => {
                    Fact::Ability(Ability::Administer, self.namespace_of(&held.grant))
                }
            };
            let changes: Vec<_> =
                take_from_binding(self.world, builder, &held.grant).into_iter().collect();
            builder.step(
                &ADMINISTER,
                &[self.fact],
                gained,
                vec![Basis::Grant(held.grant)],
                &changes,
            );
            scopes.push(held.scope);
        }
        scopes
    }

    /// Whether a grant names the holder itself, and not a group it is in.
    fn grants(&self, grant: &Grant) -> bool {
        let binding = self.world.access.policy().binding(grant.binding);
        let subject = usize::try_from(grant.subject).ok().and_then(|at| binding.subjects.get(at));
        subject.and_then(|it| binding.identity(it)).as_ref() == Some(self.identity)
    }

    /// Whether it takes something that the holder is granted itself; the rest is its groups'.
    fn is_own(&self, found: &Found) -> bool {
        found.grants.iter().any(|grant| self.grants(grant))
    }

    fn namespace_of(&self, grant: &Grant) -> Option<&'w str> {
        self.world.access.policy().binding(grant.binding).namespace.as_deref()
    }

    fn add(&self, builder: &mut Builder<'w>, found: &Found) {
        let Some(known) = KNOWN.get(found.primitive.id) else { return };
        let gained = self.gained(known, found);
        if let [only] = &found.needs[..] {
            for grant in only {
                let changes: Vec<_> =
                    take_from_binding(self.world, builder, grant).into_iter().collect();
                for gained in &gained {
                    let basis = vec![Basis::Grant(*grant)];
                    builder.step(&known.technique, &[self.fact], *gained, basis, &changes);
                }
            }
            return;
        }
        let rights: Vec<Fact<'w>> = found
            .needs
            .iter()
            .map(|need| {
                let right = builder.right();
                for grant in need {
                    let changes: Vec<_> =
                        take_from_binding(self.world, builder, grant).into_iter().collect();
                    let basis = vec![Basis::Grant(*grant)];
                    builder.step(&NEEDED_RIGHT, &[self.fact], right, basis, &changes);
                }
                right
            })
            .collect();
        for gained in gained {
            builder.step(&known.technique, &rights, gained, vec![], &[]);
        }
    }

    fn gained(&self, known: &Known, found: &Found) -> Vec<Fact<'w>> {
        let namespace = found.scope.namespace().and_then(|name| {
            self.world.namespaces.binary_search(&name).ok().map(|at| self.world.namespaces[at])
        });
        match (known.gains, &found.names) {
            (Gains::Cluster(fact), _) => vec![fact],
            (Gains::Ability(ability, _), None) | (Gains::Ability(ability, Named::Same), _) => {
                vec![Fact::Ability(ability, namespace)]
            }
            (Gains::Ability(_, named), Some(names)) => {
                names.iter().flat_map(|name| self.named(named, namespace, name)).collect()
            }
        }
    }

    fn named(&self, named: Named, namespace: Option<&'w str>, name: &str) -> Vec<Fact<'w>> {
        let in_scope = |own: &str| namespace.is_none_or(|namespace| namespace == own);
        match named {
            Named::ServiceAccounts => {
                let all = self.world.service_accounts().into_iter();
                let named = all.filter(|(own, account)| in_scope(own) && *account == name);
                named.map(|(own, account)| Fact::ServiceAccount(own, account)).collect()
            }
            Named::Pods => {
                let all = self.world.workloads();
                let named =
                    all.filter(|(_, it)| in_scope(it.namespace) && it.object.name() == name);
                named.map(|(number, _)| Fact::Workload(number)).collect()
            }
            Named::Secrets | Named::Users | Named::Same | Named::Nothing => Vec::new(),
        }
    }
}

fn allows_everything(rule: &PolicyRule) -> bool {
    let any = |list: &[String]| list.iter().any(|each| each == "*");
    any(&rule.verbs)
        && any(&rule.api_groups)
        && any(&rule.resources)
        && rule.resource_names.is_empty()
}
