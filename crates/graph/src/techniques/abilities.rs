//! What abilities amount to: in a namespace what holds in the cluster, and the objects they reach.

mod admission;
mod identities;
mod pods;
mod secrets;
mod standards;

pub(super) use identities::add_named;
pub(super) use secrets::choose;

use merlon_model::Confidence;

use super::kubelets;
use super::rights::{in_cluster, within};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::technique::{Example, Technique};
use crate::world::World;

/// All techniques that rest on abilities.
pub(super) fn techniques() -> impl Iterator<Item = &'static Technique> {
    let own = [&NARROW, &ADMINISTRATOR].into_iter();
    let topics =
        [admission::TECHNIQUES, pods::TECHNIQUES, identities::TECHNIQUES, secrets::TECHNIQUES];
    own.chain(topics.into_iter().flatten().copied())
}

const fn technique(
    id: &'static str,
    title: &'static str,
    reason: &'static str,
    references: &'static [&'static str],
    examples: &'static [Example],
) -> Technique {
    let confidence = Confidence::Certain;
    Technique { id, title, reason, references, confidence, controls: &[], examples }
}

/// A case in which user jane starts.
const fn jane(
    objects: &'static str,
    to: &'static str,
    without: &'static [(&'static str, &'static str)],
) -> Example {
    Example { objects, from: "user jane", to, without }
}

pub(super) static NARROW: Technique = technique(
    "in-every-namespace",
    "do it in this namespace",
    "what is allowed in the whole cluster is allowed in each namespace",
    &[],
    &[jane(
        concat!(
            in_cluster!("{apiGroups: [''], resources: [secrets], verbs: [list]}"),
            "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
        ),
        "secret shop/key",
        &[(
            "kind: ClusterRoleBinding\nmetadata: {name: jane}",
            "kind: RoleBinding\nmetadata: {name: jane, namespace: shop}",
        )],
    )],
);

static ADMINISTRATOR: Technique = technique(
    "use-every-right",
    "use the rights of an administrator",
    "whoever may do everything may do this",
    &["T1078"],
    &[jane(
        concat!(
            within!("shop", "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"),
            "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
        ),
        "secret shop/key",
        &[
            ("resources: ['*']", "resources: [pods/log]"),
            ("{name: key, namespace: shop}", "{name: key, namespace: other}"),
        ],
    )],
);

/// What an administrator of a namespace, or of the cluster, can do.
const OF_ADMINISTRATORS: &[Ability] = &[
    Ability::CreatePods,
    Ability::RunInPods,
    Ability::UseServiceAccounts,
    Ability::ReadSecrets,
    Ability::ChangeNamespaces,
];

/// The abilities that are the same in a namespace as in the cluster.
const NARROWED: &[Ability] = &[
    Ability::Administer,
    Ability::CreatePods,
    Ability::RunInPods,
    Ability::AddContainers,
    Ability::AttachToPods,
    Ability::DrivePods,
    Ability::UseServiceAccounts,
    Ability::ReadSecrets,
    Ability::ChangeNamespaces,
    Ability::RewriteObjects,
];

/// Adds what abilities lead to, those alone that somebody may have; all other techniques have to be there.
pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for ability in OF_ADMINISTRATORS.iter().chain(&[Ability::ActAsAnybody]) {
        let gained = Fact::Ability(*ability, None);
        builder.step(&ADMINISTRATOR, &[Fact::ClusterAdmin], gained, vec![], &[]);
    }
    add_administrators(builder, None);
    for namespace in &world.namespaces {
        for ability in NARROWED {
            let whole = Fact::Ability(*ability, None);
            if builder.has(whole) {
                let within = Fact::Ability(*ability, Some(namespace));
                builder.step(&NARROW, &[whole], within, vec![], &[]);
            }
        }
        add_administrators(builder, Some(namespace));
    }
    pods::add(world, builder);
    admission::add(world, builder);
    kubelets::add_programs(world, builder);
    secrets::add(world, builder);
    identities::add(world, builder);
}

fn add_administrators<'w>(builder: &mut Builder<'w>, namespace: Option<&'w str>) {
    let all = Fact::Ability(Ability::Administer, namespace);
    if builder.has(all) {
        for ability in OF_ADMINISTRATORS {
            let gained = Fact::Ability(*ability, namespace);
            builder.step(&ADMINISTRATOR, &[all], gained, vec![], &[]);
        }
    }
}
