//! Primitives that matter on a path alone, and what of the catalogue takes more rights than one to be of use.

use merlon_rbac::risk::{Effect, Place, Primitive, Right};

use super::super::{Gains, Named, Row};
use super::jane;
use crate::fact::{Ability, Fact};

const WRITE: &[&str] = &["create", "update", "patch"];
const ADMISSION: &[&str] = &["admissionregistration.k8s.io"];
const CERTIFICATES: &[&str] = &["certificates.k8s.io"];

const fn right(
    verbs: &'static [&'static str],
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    cluster_wide: bool,
) -> Right {
    Right { verbs, groups, resources, names: &[], cluster_wide, gate: None }
}

/// They count before those of the catalogue with their id.
pub(in super::super) static ADDED: &[Primitive] = &[
    Primitive {
        id: "impersonate-groups",
        title: "act as a member of a group",
        effect: Effect::Identity,
        needs: &[
            &[right(&["impersonate"], &[""], &["groups"], true)],
            &[
                right(&["impersonate"], &[""], &["users"], true),
                right(&["impersonate"], &[""], &["serviceaccounts"], false),
            ],
        ],
        place: Place::Anywhere,
        bound_to: None,
        condition: None,
        since: None,
        until: None,
        techniques: &["T1134"],
        reason: "a group is taken on together with some user, whoever that is",
    },
    Primitive {
        id: "join-as-node",
        title: "join as a node",
        effect: Effect::Identity,
        needs: &[
            &[right(&["create"], CERTIFICATES, &["certificatesigningrequests"], true)],
            &[right(&["create"], CERTIFICATES, &["certificatesigningrequests/nodeclient"], true)],
        ],
        place: Place::Cluster,
        bound_to: None,
        condition: None,
        since: None,
        until: None,
        techniques: &["T1078"],
        reason: "the controller approves certificates for kubelets of whoever holds nodeclient, in the name of any node",
    },
    Primitive {
        id: "write-mutating-policies",
        title: "rewrite every object inside of the API server",
        effect: Effect::Admission,
        needs: &[
            &[right(WRITE, ADMISSION, &["mutatingadmissionpolicies"], true)],
            &[right(WRITE, ADMISSION, &["mutatingadmissionpolicybindings"], true)],
        ],
        place: Place::Cluster,
        bound_to: None,
        condition: None,
        since: Some(32),
        until: None,
        techniques: &["MS-TA9015"],
        reason: "a policy changes objects as a webhook does, with no service that could be noticed",
    },
    // The kube-aggregator registers the groups of the API server itself once, when it starts
    // (`automanaged: onstart`, k8s.io/kube-aggregator/pkg/controllers/autoregister), and hands the requests of the API
    // server's own clients on like all others. Their watches end within ten minutes; the next ones get to the service.
    Primitive {
        id: "write-api-services",
        title: "serve a part of the API",
        effect: Effect::Rights,
        needs: &[
            &[Right {
                names: &["v1.rbac.authorization.k8s.io"],
                ..right(&["update", "patch"], &["apiregistration.k8s.io"], &["apiservices"], true)
            }],
            &[right(WRITE, &[""], &["services"], false)],
        ],
        place: Place::Anywhere,
        bound_to: None,
        condition: None,
        since: None,
        until: None,
        techniques: &["T1557", "MS-TA9019"],
        reason: "the API server takes roles and bindings from the service that the entry for their group names",
    },
];

pub(super) static ROWS: &[Row] = &[
    Row::new(
        "impersonate-groups",
        Gains::Ability(Ability::ActAsAnybody, Named::Groups),
        &[jane(
            concat!(
                in_cluster!(
                    "{apiGroups: [''], resources: [groups], verbs: [impersonate], resourceNames: [bosses]}",
                    "{apiGroups: [''], resources: [users], verbs: [impersonate], resourceNames: [nobody]}"
                ),
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: boss}\n",
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n",
                "subjects: [{kind: Group, name: bosses, apiGroup: rbac.authorization.k8s.io}]\n",
            ),
            "cluster-admin",
            &[
                ("resourceNames: [bosses]", "resourceNames: [others]"),
                ("resources: [users]", "resources: [uids]"),
                ("resources: [groups]", "resources: [uids]"),
            ],
        )],
    )
    .in_one_request()
    .found_by(&["role-escalation-verbs"]),
    Row::new(
            "join-as-node",
            Gains::Ability(Ability::ActAsNodes, Named::Same),
            &[jane(
                concat!(
                    in_cluster!(
                        "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}",
                        "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/nodeclient], verbs: [create]}"
                    ),
                    "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n",
                ),
                "user system:node:one",
                &[
                    ("resources: [certificatesigningrequests]", "resources: [signers]"),
                    ("certificatesigningrequests/nodeclient", "certificatesigningrequests/selfnodeclient"),
                ],
            )],
    )
    .in_one_request(),
    // The API server has to reach the service.
    Row::new(
        "write-api-services",
        Gains::Fact(Fact::ClusterAdmin),
        &[
            jane(
                in_cluster!(
                    "{apiGroups: [apiregistration.k8s.io], resources: [apiservices], verbs: [patch]}",
                    "{apiGroups: [''], resources: [services], verbs: [create]}"
                ),
                "cluster-admin",
                &[
                    ("verbs: [patch]", "verbs: [create]"),
                    ("verbs: [patch]", "verbs: [patch], resourceNames: [v1beta1.metrics.k8s.io]"),
                    ("resources: [apiservices]", "resources: [apiservices/status]"),
                    ("verbs: [create]", "verbs: [get]"),
                ],
            ),
            // The service may be in any namespace.
            jane(
                concat!(
                    in_cluster!("{apiGroups: [apiregistration.k8s.io], resources: [apiservices], verbs: [update]}"),
                    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n",
                    "metadata: {name: services, namespace: shop}\n",
                    "rules: [{apiGroups: [''], resources: [services], verbs: [patch]}]\n---\n",
                    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n",
                    "metadata: {name: services, namespace: shop}\n",
                    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: services}\n",
                    "subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]\n",
                ),
                "cluster-admin",
                &[
                    ("resources: [services]", "resources: [endpoints]"),
                    (
                        "kind: ClusterRoleBinding\nmetadata: {name: jane}",
                        "kind: RoleBinding\nmetadata: {name: jane, namespace: shop}",
                    ),
                ],
            ),
        ],
    )
    .likely(),
];
