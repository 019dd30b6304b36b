//! Reading secrets, and the tokens that some of them hold.

use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_snapshot::Object;
use merlon_views::objects::place;
use merlon_yaml::Node;

use super::super::rights::within;
use super::{jane, technique};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&READ, &MOUNT, &TOKEN];

static READ: Technique = Technique {
    controls: &["secrets-readable-widely"],
    ..technique(
        "choose-secret",
        "read the secret",
        "the right is for all secrets of the namespace",
        &["T1552.007", "MS-TA9025"],
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [watch]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
            ),
            "secret shop/key",
            &[("{name: key, namespace: shop}", "{name: key, namespace: other}")],
        )],
    )
};

/// Names stand in pods and charts, but whoever may only create pods is not told them.
static MOUNT: Technique = Technique {
    confidence: Confidence::Likely,
    controls: &["pod-creation-granted-widely"],
    ..technique(
        "mount-secret",
        "mount secrets into a pod",
        "whoever creates pods in a namespace may mount all its secrets, without a right to read them",
        &["T1552.007", "T1610", "MS-TA9025"],
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
            ),
            "secret shop/key",
            &[
                ("verbs: [create]", "verbs: [list]"),
                ("{name: key, namespace: shop}", "{name: key, namespace: other}"),
            ],
        )],
    )
};

static TOKEN: Technique = technique(
    "use-token-secret",
    "use the service account token in the secret",
    "a secret of the type for service account tokens holds one that does not expire",
    &["T1528", "MS-TA9016"],
    &[Example {
        objects: concat!(
            within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [list]}"),
            "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\n",
            "metadata:\n  name: key\n  namespace: shop\n",
            "  annotations: {kubernetes.io/service-account.name: robot}\n",
            "  labels: {team: shop}\n",
        ),
        from: "user jane",
        to: "serviceaccount shop/robot",
        without: &[
            ("type: kubernetes.io/service-account-token", "type: Opaque"),
            ("service-account.name: robot", "service-account.name: other"),
            // The controller that cleans up old tokens has turned it off.
            ("{team: shop}", "{kubernetes.io/legacy-token-invalid-since: '2025-01-01'}"),
        ],
    }],
);

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for namespace in &world.namespaces {
        let create = Fact::Ability(Ability::CreatePods, Some(namespace));
        if builder.has(create) {
            let read = Fact::Ability(Ability::ReadSecrets, Some(namespace));
            builder.step(&MOUNT, &[create], read, vec![], &[]);
        }
    }
    let mut secrets = BTreeSet::new();
    for object in world.view.of_kind(Kind::Secret) {
        let namespace = world.view.namespace_of(object);
        secrets.insert((namespace, object.name()));
        add_token(world, builder, namespace, object);
    }
    // Those that pods and rights name are there too where not all are known.
    secrets.extend(builder.facts().iter().filter_map(|fact| match fact {
        Fact::Secret(namespace, name) => Some((*namespace, *name)),
        _ => None,
    }));
    for (namespace, name) in secrets {
        choose(builder, namespace, name);
    }
}

/// Adds that a secret is one of its namespace's.
pub(in crate::techniques) fn choose<'w>(
    builder: &mut Builder<'w>,
    namespace: &'w str,
    name: &'w str,
) {
    let read = Fact::Ability(Ability::ReadSecrets, Some(namespace));
    builder.step(&READ, &[read], Fact::Secret(namespace, name), vec![], &[]);
}

fn add_token<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    namespace: &'w str,
    object: &'w Object,
) {
    let text = |keys: &[&str]| object.root.path(keys).and_then(Node::as_str);
    let labels = object.root.path(&["metadata", "labels"]);
    let is_off =
        labels.is_some_and(|it| it.get("kubernetes.io/legacy-token-invalid-since").is_some());
    if text(&["type"]) != Some("kubernetes.io/service-account-token") || is_off {
        return;
    }
    let name = text(&["metadata", "annotations", "kubernetes.io/service-account.name"]);
    let Some(name) = name else { return };
    let is_there = !world.view.is_complete(Kind::ServiceAccount)
        || world.view.find(Kind::ServiceAccount, namespace, name).is_some();
    if is_there {
        let place = place(&object.root, &["metadata", "annotations"]);
        let basis = Basis::Object(object, place, "the secret holds a token of the account");
        let account = Fact::ServiceAccount(namespace, name);
        let secret = Fact::Secret(namespace, object.name());
        builder.step(&TOKEN, &[secret], account, vec![basis], &[]);
    }
}
