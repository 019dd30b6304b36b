//! Roles and bindings themselves.

use super::super::roles::VIEWER;
use super::super::{Gains, Row};
use super::jane;
use crate::fact::Fact;

pub(super) static ROWS: &[Row] = &[
    Row::new(
        "bind-roles",
        Gains::Binding,
        &[
            // The right to bind cluster roles counts where the binding is.
            jane(
                concat!(
                    within!(
                        "shop",
                        "{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}",
                        "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}"
                    ),
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
                ),
                "secret shop/key",
                &[
                    ("verbs: [bind]", "verbs: [get]"),
                    ("verbs: [create]", "verbs: [delete]"),
                    ("resources: [clusterroles], verbs: [bind]", "resources: [roles], verbs: [bind]"),
                    ("resources: [clusterroles]", "resources: [clusterroles], resourceNames: [view]"),
                    ("{name: key, namespace: shop}", "{name: key, namespace: other}"),
                ],
            ),
            jane(
                concat!(
                    within!(
                        "shop",
                        "{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}",
                        "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind], resourceNames: [edit]}"
                    ),
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
                ),
                "secret shop/key",
                &[("resourceNames: [edit]", "resourceNames: [view]")],
            ),
        ],
    )
    .in_one_request()
    .found_by(&["role-escalation-verbs", "binding-change-granted"]),
    Row::new(
        "bind-cluster-roles",
        Gains::Binding,
        &[
            jane(
                in_cluster!(
                    "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create]}",
                    "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind], resourceNames: [cluster-admin]}"
                ),
                "cluster-admin",
                &[
                    ("verbs: [bind]", "verbs: [get]"),
                    ("verbs: [create]", "verbs: [delete]"),
                    ("resourceNames: [cluster-admin]", "resourceNames: [view]"),
                    // A binding's role cannot be changed, and none gives this one.
                    ("verbs: [create]", "verbs: [patch]"),
                ],
            ),
        ],
    )
    .in_one_request()
    .found_by(&["role-escalation-verbs", "binding-change-granted"]),
    Row::new(
        "escalate-roles",
        Gains::Escalation,
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [patch, escalate], resourceNames: [jane]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
            ),
            "secret shop/key",
            &[
                ("[patch, escalate]", "[patch]"),
                ("[patch, escalate]", "[escalate]"),
                ("resourceNames: [jane]", "resourceNames: [other]"),
            ],
        )],
    )
    .in_one_request()
    .found_by(&["role-escalation-verbs"]),
    Row::new(
        "escalate-cluster-roles",
        Gains::Escalation,
        &[jane(
            in_cluster!("{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [update, escalate], resourceNames: [jane]}"),
            "cluster-admin",
            &[
                ("[update, escalate]", "[update]"),
                ("[update, escalate]", "[create, escalate]"),
                ("resourceNames: [jane]", "resourceNames: [other]"),
            ],
        )],
    )
    .in_one_request()
    .found_by(&["role-escalation-verbs"]),
    Row::new("pollute-aggregated-roles", Gains::Escalation, &[VIEWER])
        .in_one_request()
        .found_by(&["role-escalation-verbs"]),
    Row::new(
        "become-the-aggregation-controller",
        Gains::Fact(Fact::ServiceAccount("kube-system", "clusterrole-aggregation-controller")),
        &[jane(
            within!(
                "kube-system",
                "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [clusterrole-aggregation-controller]}"
            ),
            "cluster-admin",
            &[
                ("[clusterrole-aggregation-controller]", "[node-controller]"),
                ("namespace: kube-system", "namespace: shop"),
                ("verbs: [create]", "verbs: [get]"),
            ],
        )],
    )
    .likely()
    .found_by(&["token-creation-granted"]),
];
