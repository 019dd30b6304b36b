//! Running code, and acting as what runs.

use super::super::{Gains, Named, Row};
use crate::fact::Ability;
use crate::technique::Example;

pub(super) static ROWS: &[Row] = &[
    Row::new(
        "create-pods",
        Gains::Ability(Ability::CreatePods, Named::Nothing),
        &[Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules: [{apiGroups: [''], resources: [pods], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
            from: "user jane",
            to: "serviceaccount shop/robot",
            without: &[
                ("verbs: [create]", "verbs: [get]"),
                ("apiGroups: ['']", "apiGroups: [apps]"),
                ("{name: robot, namespace: shop}", "{name: robot, namespace: other}"),
            ],
        }],
    )
    .found_by(&["pod-creation-granted-widely"]),
    Row::new(
        "exec-in-pods",
        Gains::Ability(Ability::RunInPods, Named::Pods),
        &[Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: shell, namespace: shop}
rules: [{apiGroups: [''], resources: ['*/exec'], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: shell, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: shell}
subjects: [{kind: ServiceAccount, name: robot, namespace: other}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
",
            from: "serviceaccount other/robot",
            to: "pod shop/web",
            without: &[
                ("'*/exec'", "'pods/*'"),
                ("verbs: [create]", "verbs: [list]"),
                ("{name: web, namespace: shop}", "{name: web, namespace: other}"),
            ],
        }],
    )
    .found_by(&["pod-exec-granted"]),
];
