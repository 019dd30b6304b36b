//! Who is who: groups that Kubernetes puts everybody in.

use merlon_model::Confidence;
use merlon_rbac::{ANONYMOUS, AUTHENTICATED, SERVICE_ACCOUNTS, UNAUTHENTICATED};

use super::rights::within;
use crate::builder::Builder;
use crate::fact::Fact;
use crate::graph::Owner;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&MEMBERSHIP, &ANY_CONTAINER];

static MEMBERSHIP: Technique = Technique {
    id: "implicit-membership",
    title: "count as a member of Kubernetes' own groups",
    reason: "every service account is in the groups of its namespace and of all service accounts, and everybody who is known is in system:authenticated",
    references: &["T1078.001"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everybody}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts:shop'}]
",
            from: "pod shop/web",
            to: "cluster-admin",
            without: &[("serviceaccounts:shop", "serviceaccounts:other")],
        },
        // Who is not known is in one group, and it is not that of everybody who is.
        Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everybody}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:authenticated'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: public}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
",
            from: "user jane",
            to: "cluster-admin",
            without: &[
                ("system:authenticated", "system:unauthenticated"),
                ("kind: User, name: jane", "kind: User, name: 'system:anonymous'"),
            ],
        },
    ],
};

static ANY_CONTAINER: Technique = Technique {
    id: "choose-container",
    title: "go into a container of the pod",
    reason: "whoever runs commands in a pod says in which container",
    references: &["T1609"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: concat!(
            within!("shop", "{apiGroups: [''], resources: [pods/exec], verbs: [create]}"),
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
            "spec: {containers: [{name: web, image: web, securityContext: {privileged: true}}]}\n",
        ),
        from: "user jane",
        to: "node",
        without: &[("pods/exec", "pods/log"), ("privileged: true", "privileged: false")],
    }],
};

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for &(namespace, name) in world.service_accounts() {
        let account = Fact::ServiceAccount(namespace, name);
        builder.step(&MEMBERSHIP, &[account], Fact::AccountOf(namespace), vec![], &[]);
    }
    for namespace in &world.namespaces {
        let group = Fact::AccountOf(namespace);
        builder.step(&MEMBERSHIP, &[group], Fact::Group(SERVICE_ACCOUNTS), vec![], &[]);
    }
    let accounts = Fact::Group(SERVICE_ACCOUNTS);
    builder.step(&MEMBERSHIP, &[accounts], Fact::authenticated(), vec![], &[]);
    for (identity, _) in world.access.identities() {
        add_named(builder, Fact::identity(identity));
    }
    for (number, workload) in world.workloads() {
        for (at, _) in (0..).zip(&workload.containers) {
            let inside = Fact::Container(number, at);
            builder.step(&ANY_CONTAINER, &[Fact::Workload(number)], inside, vec![], &[]);
        }
    }
}

/// Adds the group that somebody is in whom bindings name.
pub(super) fn add_named<'w>(builder: &mut Builder<'w>, named: Fact<'w>) {
    let group = match named {
        Fact::User(ANONYMOUS) => Fact::Group(UNAUTHENTICATED),
        Fact::Group(UNAUTHENTICATED | AUTHENTICATED | SERVICE_ACCOUNTS) => return,
        Fact::User(_) | Fact::Group(_) => Fact::authenticated(),
        _ => return,
    };
    builder.set_owner(Some(Owner::Identity(named)));
    builder.step(&MEMBERSHIP, &[named], group, vec![], &[]);
    builder.set_owner(None);
}
