//! What bindings give, kept so that one of them can change.

use std::collections::BTreeSet;

use merlon_model::Kind;
use merlon_rbac::{Identity, Policy, RoleId};

use super::deputies::Deputy;
use super::rights::{Bound, Rights};
use super::{abilities, deputies, escapes, identities};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::{AttackGraph, Owner};
use crate::world::World;

/// What the bindings of a world give, by all techniques that look at them.
#[derive(Debug)]
pub(crate) struct Given<'w> {
    rights: Rights<'w>,
    /// Where it leads on to read logs.
    logs: BTreeSet<&'w str>,
    deputies: Vec<Deputy<'w>>,
}

impl<'w> Given<'w> {
    /// What the bindings give with which a graph was built.
    pub(crate) fn of<'a: 'w>(world: &World<'w, 'a>, graph: &AttackGraph<'w>) -> Self {
        let logs = graph.facts.iter().filter_map(|fact| match fact {
            Fact::Ability(Ability::ReadLogs, namespace) => *namespace,
            _ => None,
        });
        let deputies = deputies::deputies(world);
        Self { rights: Rights::of(world), logs: logs.collect(), deputies }
    }

    /// Whether what operators do for others may depend on whether these are given a role.
    pub(crate) fn may_concern_operators(
        &self,
        world: &World<'_, '_>,
        role: RoleId,
        subjects: &[Fact<'w>],
    ) -> bool {
        let rules = &world.access.policy().role(role).rules;
        self.deputies.iter().any(|it| it.may_need(rules, subjects))
    }

    /// Exchanges a binding for another, or takes it out, and adds what follows from what is now there; what goes with
    /// those that are given back has to go before. The policy is that after the exchange.
    pub(crate) fn exchange<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        (number, after): (u32, Option<Bound<'w>>),
        policy: &Policy,
    ) -> BTreeSet<Owner<'w>> {
        builder.set_owner(Some(Owner::Binding(number)));
        if let Some(bound) = &after {
            self.add_logs(world, builder, bound);
            deputies::add_bound(world, builder, &self.deputies, bound);
        }
        builder.set_owner(None);
        self.rights.exchange(world, builder, (number, after), policy)
    }

    fn add_logs<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        bound: &Bound<'w>,
    ) {
        let rules = &world.access.policy().role(bound.role).rules;
        let reads = |namespace: &str| {
            let request = escapes::reading(namespace);
            rules.iter().any(|rule| rule.allows(&request))
        };
        let here = self.logs.iter().filter(|own| bound.namespace.is_none_or(|it| it == **own));
        for namespace in here.filter(|own| reads(own)) {
            let right = Fact::Ability(Ability::ReadLogs, Some(namespace));
            for (holder, _) in &bound.subjects {
                builder.step(&escapes::LOG_RIGHT, &[*holder], right, vec![], &[]);
            }
        }
    }

    /// Adds what the graph was built without because nobody held what it takes.
    pub(crate) fn complete<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        graph: &AttackGraph<'w>,
    ) {
        for fact in graph.facts.iter().filter(|fact| !matches!(fact, Fact::Right(_))) {
            builder.fact(*fact);
        }
        if !builder.has(Fact::Ability(Ability::ChangeAggregatedRoles, None)) {
            self.rights.add_aggregated(world, builder);
        }
        for ability in LEADS_ON {
            builder.fact(Fact::Ability(*ability, None));
            for namespace in &world.namespaces {
                builder.fact(Fact::Ability(*ability, Some(namespace)));
            }
        }
        for node in world.nodes.keys() {
            builder.fact(Fact::KubeletApi(node));
        }
        abilities::add(world, builder);
    }

    /// Adds what a fact leads to that the graph did not have before.
    pub(crate) fn follow<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        fact: Fact<'w>,
    ) {
        match fact {
            Fact::Role(role, namespace) => {
                self.rights.add_worth(world, builder, (role, namespace));
            }
            Fact::Secret(namespace, name) => abilities::choose(builder, namespace, name),
            _ => {}
        }
    }
}

/// The abilities whose holders are asked for before it is told what they lead to.
const LEADS_ON: &[Ability] = &[
    Ability::Administer,
    Ability::CreatePods,
    Ability::CreatePrivilegedPods,
    Ability::RunInPods,
    Ability::AddContainers,
    Ability::AttachToPods,
    Ability::DrivePods,
    Ability::UseServiceAccounts,
    Ability::ReadSecrets,
    Ability::ActAsAnybody,
    Ability::ActAsUsers,
    Ability::ActAsNodes,
    Ability::ChangeNamespaces,
    Ability::RewriteObjects,
    Ability::ChangeAggregatedRoles,
];

/// Adds what comes of somebody's being named by a binding, whatever that gives.
pub(crate) fn add_named<'w>(builder: &mut Builder<'w>, named: Fact<'w>) {
    identities::add_named(builder, named);
    abilities::add_named(builder, named);
}

/// Whether what others gain depends on whether some binding names somebody.
pub(crate) fn concerns_others(world: &World<'_, '_>, identity: &Identity) -> bool {
    let view = world.view;
    match identity {
        Identity::User(_) => false,
        Identity::Group(name) => {
            let mapped = view.find(Kind::ConfigMap, "kube-system", "aws-auth");
            let text = mapped.and_then(|it| it.root.path(&["data", "mapRoles"])?.as_str());
            name.starts_with("system:bootstrappers") || text.is_some_and(|it| it.contains(&**name))
        }
        // Where not all are known, those that bindings name are taken to be there.
        Identity::ServiceAccount { namespace, name } => {
            !view.is_complete(Kind::ServiceAccount)
                && view.find(Kind::ServiceAccount, namespace, name).is_none()
                && !runs(world, namespace, name)
        }
    }
}

fn runs(world: &World<'_, '_>, namespace: &str, account: &str) -> bool {
    let workloads = world.within(namespace).iter().filter_map(|number| world.workload(*number));
    workloads.into_iter().any(|it| it.service_account_name() == account)
}

/// Whether a namespace is known by nothing but the bindings in it.
pub(crate) fn is_of_bindings(world: &World<'_, '_>, namespace: &str) -> bool {
    let view = world.view;
    let is_home = |kind: Kind| view.of_kind(kind).any(|it| view.namespace_of(it) == namespace);
    !view.is_complete(Kind::Namespace)
        && !view.namespaces().contains_key(namespace)
        && world.within(namespace).is_empty()
        && !is_home(Kind::ServiceAccount)
        && !is_home(Kind::Secret)
}
