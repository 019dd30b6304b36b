//! Storage and the configuration of the cluster itself.

use super::super::{Gains, Row};
use super::jane;
use crate::fact::Fact;

pub(super) static ROWS: &[Row] = &[
    // Pod Security sees the claim alone. A pod that may not be root can do less with the files, so this is not sure.
    Row::new(
        "mount-the-host-by-volume",
        Gains::Fact(Fact::EveryNode),
        &[jane(
            concat!(
                in_cluster!(
                    "{apiGroups: [''], resources: [persistentvolumes], verbs: [create]}",
                    "{apiGroups: [''], resources: [persistentvolumeclaims], verbs: [create]}",
                    "{apiGroups: [''], resources: [pods], verbs: [create]}"
                ),
                "apiVersion: v1\nkind: Namespace\n",
                "metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}\n",
            ),
            "node",
            &[
                ("[persistentvolumes], verbs: [create]", "[persistentvolumes], verbs: [get]"),
                ("[persistentvolumeclaims], verbs: [create]", "[persistentvolumeclaims], verbs: [get]"),
                ("[pods], verbs: [create]", "[pods], verbs: [get]"),
            ],
        )],
    )
    .likely()
    .found_by(&["persistent-volume-creation-granted"]),
    Row::new(
        "change-system-config-maps",
        Gains::SystemConfigMaps,
        &[jane(
            concat!(
                within!("kube-system", "{apiGroups: [''], resources: [configmaps], verbs: [patch], resourceNames: [aws-auth]}"),
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\n",
            ),
            "cluster-admin",
            &[
                ("resourceNames: [aws-auth]", "resourceNames: [coredns]"),
                ("verbs: [patch]", "verbs: [get]"),
                ("{name: aws-auth,", "{name: other,"),
            ],
        )],
    )
    .found_by(&["system-config-map-change-granted"]),
];
