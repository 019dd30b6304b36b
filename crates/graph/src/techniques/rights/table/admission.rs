//! What looks at requests in the API server's place.

use super::super::{Gains, Named, Row};
use super::jane;
use crate::fact::Ability;

pub(super) static ROWS: &[Row] = &[
    // Pods that others make come by sooner or later.
    Row::new(
        "write-mutating-webhooks",
        Gains::Ability(Ability::RewriteObjects, Named::Same),
        &[jane(
            concat!(
                in_cluster!("{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [create]}"),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            "serviceaccount shop/robot",
            &[
                ("verbs: [create]", "verbs: [delete]"),
                ("mutatingwebhookconfigurations", "mutatingwebhooks"),
                ("kind: ClusterRoleBinding\nmetadata: {name: jane}", "kind: RoleBinding\nmetadata: {name: jane, namespace: shop}"),
            ],
        )],
    )
    .found_by(&["webhook-configuration-granted"]),
    Row::new(
        "write-validating-webhooks",
        Gains::Ability(Ability::ReadSecrets, Named::Same),
        &[jane(
            concat!(
                in_cluster!("{apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [create]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
            ),
            "secret shop/key",
            &[("verbs: [create]", "verbs: [delete]")],
        )],
    )
    .likely()
    .found_by(&["webhook-configuration-granted"]),
    // The policy without its binding, or the other way round, does nothing.
    Row::new(
        "write-mutating-policies",
        Gains::Ability(Ability::RewriteObjects, Named::Same),
        &[jane(
            concat!(
                in_cluster!("{apiGroups: [admissionregistration.k8s.io], resources: [mutatingadmissionpolicies, mutatingadmissionpolicybindings], verbs: [create]}"),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            "serviceaccount shop/robot",
            &[
                ("verbs: [create]", "verbs: [delete]"),
                ("[mutatingadmissionpolicies, mutatingadmissionpolicybindings]", "[mutatingadmissionpolicies]"),
                ("[mutatingadmissionpolicies, mutatingadmissionpolicybindings]", "[mutatingadmissionpolicybindings]"),
            ],
        )],
    )
    .likely()
    .found_by(&["webhook-configuration-granted"]),
    Row::new(
        "change-namespaces",
        Gains::Ability(Ability::ChangeNamespaces, Named::Namespaces),
        &[jane(
            concat!(
                within!(
                    "shop",
                    "{apiGroups: [''], resources: [pods], verbs: [create]}",
                    "{apiGroups: [''], resources: [namespaces], verbs: [patch], resourceNames: [shop]}"
                ),
                "apiVersion: v1\nkind: Namespace\n",
                "metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n",
            ),
            "node",
            &[
                ("resources: [namespaces], verbs: [patch]", "resources: [namespaces], verbs: [get]"),
                ("resourceNames: [shop]", "resourceNames: [other]"),
                ("resources: [pods], verbs: [create]", "resources: [pods], verbs: [get]"),
            ],
        )],
    )
    .found_by(&["namespace-without-baseline-standard"]),
];
