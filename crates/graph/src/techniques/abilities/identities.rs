//! Acting as others.

use merlon_model::{Confidence, Kind};
use merlon_rbac::MASTERS;

use super::super::rights::{in_cluster, within};
use super::{jane, technique};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::{Basis, Owner};
use crate::technique::Technique;
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&ANY_ACCOUNT, &ANY_IDENTITY, &ANY_KUBELET, &AGGREGATOR];

static ANY_ACCOUNT: Technique = technique(
    "choose-account",
    "act as the service account",
    "the right is for all service accounts of the namespace",
    &["T1078"],
    &[jane(
        concat!(
            within!(
                "shop",
                "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}"
            ),
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
        ),
        "serviceaccount shop/robot",
        &[("{name: robot, namespace: shop}", "{name: robot, namespace: other}")],
    )],
);

static ANY_IDENTITY: Technique = technique(
    "choose-identity",
    "act as somebody who is given more",
    "the right is for all users, or for all groups too",
    &["T1134"],
    &[jane(
        concat!(
            in_cluster!("{apiGroups: [''], resources: [users], verbs: [impersonate]}"),
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n",
            "metadata: {name: boss}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n",
            "subjects: [{kind: User, name: boss, apiGroup: rbac.authorization.k8s.io}]\n",
        ),
        "cluster-admin",
        &[
            ("kind: User, name: boss", "kind: Group, name: boss"),
            ("resources: [users]", "resources: [groups]"),
        ],
    )],
);

static ANY_KUBELET: Technique = technique(
    "choose-kubelet",
    "act as the kubelet of the node",
    "a certificate may be in the name of any node",
    &["T1078"],
    &[jane(
        concat!(
            in_cluster!("{apiGroups: [certificates.k8s.io], resources: ['*'], verbs: [create]}"),
            "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n",
        ),
        "user system:node:one",
        &[
            ("resources: ['*']", "resources: [certificatesigningrequests]"),
            ("kind: Node\nmetadata: {name: one}", "kind: Node\nmetadata: {name: two}"),
        ],
    )],
);

static AGGREGATOR: Technique = Technique {
    confidence: Confidence::Likely,
    ..technique(
        "use-aggregation-controller",
        "add rights to any role",
        "the controller that fills in aggregated roles holds escalate on every cluster role",
        &["T1098", "MS-TA9019"],
        &[jane(
            within!(
                "kube-system",
                "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}"
            ),
            "cluster-admin",
            &[
                ("namespace: kube-system", "namespace: shop"),
                ("serviceaccounts/token", "serviceaccounts"),
            ],
        )],
    )
};

const AGGREGATION_CONTROLLER: Fact<'static> =
    Fact::ServiceAccount("kube-system", "clusterrole-aggregation-controller");

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for &(namespace, name) in world.service_accounts() {
        let all = Fact::Ability(Ability::UseServiceAccounts, Some(namespace));
        let account = Fact::ServiceAccount(namespace, name);
        builder.step(&ANY_ACCOUNT, &[all], account, vec![], &[]);
    }
    let (anybody, users, nodes) = (
        Fact::Ability(Ability::ActAsAnybody, None),
        Fact::Ability(Ability::ActAsUsers, None),
        Fact::Ability(Ability::ActAsNodes, None),
    );
    let accounts = Fact::Ability(Ability::UseServiceAccounts, None);
    for gained in [users, nodes, accounts] {
        builder.step(&ANY_IDENTITY, &[anybody], gained, vec![], &[]);
    }
    for (identity, _) in world.access.identities() {
        add_named(builder, Fact::identity(identity));
    }
    for name in world.nodes.keys() {
        builder.step(&ANY_KUBELET, &[nodes], Fact::Kubelet(name), vec![], &[]);
    }
    add_aggregation_controller(world, builder);
}

/// Adds that somebody whom bindings name is among those as whom one may act.
pub(in crate::techniques) fn add_named<'w>(builder: &mut Builder<'w>, named: Fact<'w>) {
    let all = match named {
        Fact::User(_) => Ability::ActAsUsers,
        Fact::Group(MASTERS) => return,
        Fact::Group(_) | Fact::AccountOf(_) => Ability::ActAsAnybody,
        _ => return,
    };
    builder.set_owner(Some(Owner::Identity(named)));
    builder.step(&ANY_IDENTITY, &[Fact::Ability(all, None)], named, vec![], &[]);
    builder.set_owner(None);
}

/// Manifests do not hold what Kubernetes binds itself, so it is told here.
fn add_aggregation_controller<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    if world.view.is_cluster() && world.view.is_complete(Kind::ClusterRoleBinding) {
        return;
    }
    for scope in [None, Some("kube-system")] {
        let all = Fact::Ability(Ability::UseServiceAccounts, scope);
        builder.step(&ANY_ACCOUNT, &[all], AGGREGATION_CONTROLLER, vec![], &[]);
    }
    let note = "Kubernetes binds the controller itself, unless the cluster runs it elsewhere";
    let basis = vec![Basis::Note(note)];
    builder.step(&AGGREGATOR, &[AGGREGATION_CONTROLLER], Fact::ClusterAdmin, basis, &[]);
}
