//! Roles and bindings themselves.

use super::super::primitive::{Effect, Place, Primitive, Right};
use super::{CHANGE, CORE, WRITE};

const RBAC: &[&str] = &["rbac.authorization.k8s.io"];
const CLUSTER_ADMIN: &[&str] = &["T1098", "MS-TA9019"];

pub(super) static PRIMITIVES: &[Primitive] = &[
    Primitive::new(
        "bind-roles",
        "give itself any role it may bind, in the namespace",
        Effect::Rights,
        &[
            &[Right::to(WRITE, RBAC, &["rolebindings"])],
            &[Right::to(&["bind"], RBAC, &["roles", "clusterroles"])],
        ],
        "bind takes away the check that the giver holds the role's rights, also for cluster roles within a namespace",
    )
    .known_as(CLUSTER_ADMIN),
    Primitive::new(
        "bind-cluster-roles",
        "give itself any cluster role it may bind, in the whole cluster",
        Effect::Rights,
        &[
            &[Right::to(WRITE, RBAC, &["clusterrolebindings"])],
            &[Right::to(&["bind"], RBAC, &["clusterroles"])],
        ],
        "bind takes away the check that the giver holds the role's rights, those of cluster-admin included",
    )
    .at(Place::Cluster)
    .known_as(CLUSTER_ADMIN),
    Primitive::new(
        "escalate-roles",
        "add any right to a role it has",
        Effect::Rights,
        &[
            &[Right::to(CHANGE, RBAC, &["roles"])],
            &[Right::to(&["escalate"], RBAC, &["roles"])],
        ],
        "escalate takes away the check that the writer holds the rights it adds",
    )
    .bound_to("Role")
    .known_as(CLUSTER_ADMIN),
    Primitive::new(
        "escalate-cluster-roles",
        "add any right to a cluster role it has",
        Effect::Rights,
        &[
            &[Right::to(CHANGE, RBAC, &["clusterroles"])],
            &[Right::to(&["escalate"], RBAC, &["clusterroles"])],
        ],
        "escalate takes away the check that the writer holds the rights it adds",
    )
    .at(Place::Cluster)
    .bound_to("ClusterRole")
    .known_as(CLUSTER_ADMIN),
    Primitive::new(
        "every-verb-on-roles",
        "do everything to roles or bindings",
        Effect::Rights,
        &[&[Right::to(
            &["*"],
            RBAC,
            &["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
        )]],
        "the star takes in bind and escalate, which no list of usual verbs does",
    )
    .known_as(CLUSTER_ADMIN),
    Primitive::new(
        "pollute-aggregated-roles",
        "add rights to admin, edit or view for everybody who has them",
        Effect::Rights,
        &[
            &[Right::to(WRITE, RBAC, &["clusterroles"])],
            &[Right::to(&["escalate"], RBAC, &["clusterroles"])],
        ],
        "a cluster role with an aggregation label is copied into roles that are bound all over the cluster",
    )
    .at(Place::Cluster)
    .known_as(CLUSTER_ADMIN),
    Primitive::new(
        "become-the-aggregation-controller",
        "act as the controller that may escalate",
        Effect::Rights,
        &[&[
            Right::to(&["create"], CORE, &["serviceaccounts/token"])
                .named(&["clusterrole-aggregation-controller"]),
            Right::to(&["impersonate"], CORE, &["serviceaccounts"])
                .named(&["clusterrole-aggregation-controller"]),
        ]],
        "the controller that fills in aggregated roles holds escalate on every cluster role",
    )
    .at(Place::Namespace("kube-system"))
    .known_as(&["T1528", "MS-TA9016"]),
];
