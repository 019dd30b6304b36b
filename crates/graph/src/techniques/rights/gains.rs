//! What a right leads to, where it is held and for the objects it is for.

use merlon_model::{Confidence, Kind};
use merlon_rbac::PolicyRule;

use super::{Gains, Known, Named};
use crate::fact::{Ability, Fact};
use crate::world::World;

/// A right, where it works.
#[derive(Clone, Copy)]
pub(super) struct Right<'r, 'w> {
    pub rule: &'r PolicyRule,
    /// The only objects for which it counts; empty for all.
    pub names: &'r [&'w str],
    pub scope: Option<&'w str>,
}

/// What is gained, and how sure that is.
pub(super) type Gain<'w> = (Fact<'w>, Confidence);

/// The workloads whose pods can be made others by changing them; the pods of a job cannot.
const CHANGEABLE: &[Kind] = &[
    Kind::Deployment,
    Kind::DaemonSet,
    Kind::StatefulSet,
    Kind::ReplicaSet,
    Kind::CronJob,
    Kind::ReplicationController,
];

pub(super) fn gains<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    known: &Known,
    right: Right<'_, 'w>,
) -> Vec<Gain<'w>> {
    let sure = known.technique.confidence;
    let whole = |ability| Fact::Ability(ability, right.scope);
    match known.gains {
        Gains::Fact(fact) => vec![(fact, sure)],
        Gains::Ability(ability, Named::Same) => vec![(whole(ability), sure)],
        Gains::Ability(ability, _) if right.names.is_empty() => vec![(whole(ability), sure)],
        Gains::Ability(_, named) => {
            objects(world, named, right).into_iter().map(|fact| (fact, sure)).collect()
        }
        Gains::SecretsByName => secrets_by_name(world, right),
        Gains::ChangedSecrets if right.rule.has_verb("patch") => secrets_by_name(world, right),
        Gains::ChangedWorkloads => changed_workloads(world, right),
        Gains::Taints if can_taint(right) => vec![(whole(Ability::DrivePods), sure)],
        Gains::SystemConfigMaps => system_config_maps(world, right),
        Gains::BootstrapTokens => {
            let groups = world.access.identities().into_iter().filter_map(|(identity, _)| {
                Some(Fact::identity(identity)).filter(is_of_bootstrappers)
            });
            groups.map(|group| (group, sure)).collect()
        }
        Gains::ChangedSecrets | Gains::Taints | Gains::Binding | Gains::Escalation => Vec::new(),
    }
}

fn is_of_bootstrappers(fact: &Fact<'_>) -> bool {
    matches!(fact, Fact::Group(name) if name.starts_with("system:bootstrappers"))
}

/// Who may read any secret by its name still has to know the name.
fn secrets_by_name<'w, 'a: 'w>(world: &World<'w, 'a>, right: Right<'_, 'w>) -> Vec<Gain<'w>> {
    if right.names.is_empty() {
        return vec![(Fact::Ability(Ability::ReadSecrets, right.scope), Confidence::Likely)];
    }
    let named = objects(world, Named::Secrets, right).into_iter();
    named.map(|fact| (fact, Confidence::Certain)).collect()
}

/// New workloads run whatever their maker likes; changing one takes one that is there.
fn changed_workloads<'w, 'a: 'w>(world: &World<'w, 'a>, right: Right<'_, 'w>) -> Vec<Gain<'w>> {
    let PolicyRule { resource_names, .. } = right.rule;
    if right.rule.has_verb("create") && resource_names.is_empty() {
        let create = Fact::Ability(Ability::CreatePods, right.scope);
        return vec![(create, Confidence::Certain)];
    }
    let changeable = |kind: &&Kind| {
        right.rule.has_group(kind.group()) && right.rule.has_resource(kind.plural(), "")
    };
    let kinds: Vec<Kind> = CHANGEABLE.iter().filter(changeable).copied().collect();
    let has_some = |namespace: &str| {
        world
            .within(namespace)
            .iter()
            .filter_map(|number| world.workload(*number))
            .any(|it| kinds.contains(&it.kind) && right.rule.has_name(it.object.name()))
    };
    let namespaces = scopes(world, right.scope).filter(|namespace| has_some(namespace));
    namespaces
        .map(|namespace| (Fact::Ability(Ability::CreatePods, Some(namespace)), Confidence::Certain))
        .collect()
}

fn can_taint(right: Right<'_, '_>) -> bool {
    right.names.is_empty() && (right.rule.has_verb("update") || right.rule.has_verb("patch"))
}

fn system_config_maps<'w, 'a: 'w>(world: &World<'w, 'a>, right: Right<'_, 'w>) -> Vec<Gain<'w>> {
    let is_there = world.view.find(Kind::ConfigMap, "kube-system", "aws-auth").is_some();
    let changeable = is_there && right.rule.has_name("aws-auth");
    changeable.then_some((Fact::ClusterAdmin, Confidence::Certain)).into_iter().collect()
}

fn scopes<'s, 'w>(
    world: &'s World<'w, '_>,
    scope: Option<&'w str>,
) -> impl Iterator<Item = &'w str> + use<'s, 'w> {
    let all = if scope.is_none() { &world.namespaces[..] } else { &[] };
    scope.into_iter().chain(all.iter().copied())
}

/// The objects that a right is for, as far as they are there or nobody knows that they are not.
pub(super) fn objects<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    named: Named,
    right: Right<'_, 'w>,
) -> Vec<Fact<'w>> {
    let names = right.names.iter();
    names.flat_map(|name| object(world, named, right.scope, name)).collect()
}

fn object<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    named: Named,
    scope: Option<&'w str>,
    name: &'w str,
) -> Vec<Fact<'w>> {
    // What manifests do not hold may still be in the one namespace that a right is for.
    let may_be = |kind: Kind| scope.is_some() && !world.view.is_complete(kind);
    let within = scopes(world, scope);
    match named {
        Named::Secrets => within
            .filter(|namespace| {
                may_be(Kind::Secret) || world.view.find(Kind::Secret, namespace, name).is_some()
            })
            .map(|namespace| Fact::Secret(namespace, name))
            .collect(),
        Named::ServiceAccounts => within
            .filter(|namespace| {
                may_be(Kind::ServiceAccount)
                    || world.service_accounts().binary_search(&(namespace, name)).is_ok()
            })
            .map(|namespace| Fact::ServiceAccount(namespace, name))
            .collect(),
        Named::Pods => within
            .filter_map(|namespace| world.workload_of_pod(namespace, name))
            .map(Fact::Workload)
            .collect(),
        // Who takes on the name of a kubelet is not in the group of kubelets with that.
        Named::Users if name.starts_with("system:node:") => Vec::new(),
        Named::Users => vec![Fact::User(name)],
        Named::Groups => vec![Fact::group(name)],
        Named::Namespaces => world
            .namespace(name)
            .filter(|own| scope.is_none_or(|scope| scope == *own))
            .map(|own| Fact::Ability(Ability::ChangeNamespaces, Some(own)))
            .into_iter()
            .collect(),
        Named::Nodes if world.nodes.contains_key(name) => vec![Fact::KubeletApi(name)],
        Named::Nodes | Named::Same | Named::Nothing => Vec::new(),
    }
}
