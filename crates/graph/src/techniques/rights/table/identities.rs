//! Secrets, tokens, certificates and acting as others.

use merlon_rbac::MASTERS;

use super::super::{Gains, Named, Row};
use super::jane;
use crate::fact::{Ability, Fact};

pub(super) static ROWS: &[Row] = &[
    Row::new(
        "get-secrets",
        Gains::SecretsByName,
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [key]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n---\n",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: other, namespace: shop}\n",
            ),
            "secret shop/key",
            &[
                ("resourceNames: [key]", "resourceNames: [other]"),
                ("resourceNames: [key]", "resourceNames: ['*']"),
                ("verbs: [get]", "verbs: [delete]"),
            ],
        )],
    )
    .found_by(&["secrets-readable-widely"]),
    Row::new(
        "list-secrets",
        Gains::Ability(Ability::ReadSecrets, Named::Secrets),
        &[
            jane(
                concat!(
                    within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [list]}"),
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
                ),
                "secret shop/key",
                &[
                    ("verbs: [list]", "verbs: [delete]"),
                    ("resources: [secrets]", "resources: [secrets/status]"),
                    ("{name: key, namespace: shop}", "{name: key, namespace: other}"),
                ],
            ),
            // A list holds the tokens that are kept in secrets, and no others.
            jane(
                concat!(
                    "# cluster\n",
                    within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [list]}"),
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n---\n",
                    "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\n",
                    "metadata: {name: key, namespace: shop, annotations: {kubernetes.io/service-account.name: robot}}\n",
                ),
                "serviceaccount shop/robot",
                &[
                    ("type: kubernetes.io/service-account-token", "type: Opaque"),
                    ("account.name: robot", "account.name: other"),
                    ("kind: ServiceAccount\nmetadata: {name: robot", "kind: ServiceAccount\nmetadata: {name: other"),
                ],
            ),
        ],
    )
    .found_by(&["secrets-readable-widely"]),
    Row::new(
        "watch-secrets",
        Gains::Ability(Ability::ReadSecrets, Named::Secrets),
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [watch]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
            ),
            "secret shop/key",
            &[("verbs: [watch]", "verbs: [delete]"), ("apiGroups: ['']", "apiGroups: []")],
        )],
    )
    .found_by(&["secrets-readable-widely"]),
    Row::new(
        "mint-token-secrets",
        Gains::Ability(Ability::UseServiceAccounts, Named::Same),
        &[jane(
            concat!(
                within!(
                    "shop",
                    "{apiGroups: [''], resources: [secrets], verbs: [create]}",
                    "{apiGroups: [''], resources: [secrets], verbs: [get]}"
                ),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            "serviceaccount shop/robot",
            &[
                ("verbs: [create]", "verbs: [patch]"),
                ("verbs: [get]", "verbs: [delete]"),
                ("{name: robot, namespace: shop}", "{name: robot, namespace: other}"),
            ],
        )],
    )
    .found_by(&["secrets-readable-widely"]),
    Row::new(
        "change-secrets",
        Gains::ChangedSecrets,
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [secrets], verbs: [patch], resourceNames: [key]}"),
                "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n",
            ),
            "secret shop/key",
            &[
                ("verbs: [patch]", "verbs: [update]"),
                ("resourceNames: [key]", "resourceNames: [other]"),
            ],
        )],
    ),
    Row::new(
        "request-tokens",
        Gains::Ability(Ability::UseServiceAccounts, Named::ServiceAccounts),
        &[jane(
            concat!(
                in_cluster!("{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [robot]}"),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            "serviceaccount shop/robot",
            &[
                ("verbs: [create]", "verbs: [get]"),
                ("serviceaccounts/token", "serviceaccounts"),
                ("resourceNames: [robot]", "resourceNames: [other]"),
            ],
        )],
    )
    .found_by(&["token-creation-granted"]),
    Row::new(
        "impersonate-users",
        Gains::Ability(Ability::ActAsUsers, Named::Users),
        &[jane(
            concat!(
                in_cluster!("{apiGroups: [''], resources: [users], verbs: [impersonate]}"),
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: boss}\n",
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n",
                "subjects: [{kind: User, name: boss, apiGroup: rbac.authorization.k8s.io}]\n",
            ),
            "cluster-admin",
            &[
                ("resources: [users]", "resources: [groups]"),
                ("resources: [users]", "resources: [users], resourceNames: [other]"),
                ("kind: User, name: boss", "kind: Group, name: boss"),
            ],
        )],
    )
    .found_by(&["role-escalation-verbs"]),
    Row::new(
        "impersonate-masters",
        Gains::Fact(Fact::Group(MASTERS)),
        &[jane(
            in_cluster!(
                "{apiGroups: [''], resources: [groups], verbs: [impersonate], resourceNames: ['system:masters']}",
                "{apiGroups: [''], resources: [users], verbs: [impersonate], resourceNames: [nobody]}"
            ),
            "cluster-admin",
            &[
                ("system:masters", "masters"),
                ("resources: [users]", "resources: [uids]"),
                ("resources: [groups]", "resources: [uids]"),
            ],
        )],
    )
    .in_one_request()
    .found_by(&["role-escalation-verbs"]),
    Row::new(
        "impersonate-service-accounts",
        Gains::Ability(Ability::UseServiceAccounts, Named::ServiceAccounts),
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}"),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            "serviceaccount shop/robot",
            &[
                ("verbs: [impersonate]", "verbs: [get]"),
                ("{name: robot, namespace: shop}", "{name: robot, namespace: other}"),
            ],
        )],
    )
    .found_by(&["role-escalation-verbs"]),
    Row::new(
        "create-bootstrap-tokens",
        Gains::BootstrapTokens,
        &[jane(
            concat!(
                within!("kube-system", "{apiGroups: [''], resources: [secrets], verbs: [create]}"),
                "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n---\n",
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: joiner}\n",
                "rules: [{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests, ",
                "certificatesigningrequests/nodeclient], verbs: [create]}]\n---\n",
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: joiner}\n",
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: joiner}\n",
                "subjects: [{kind: Group, name: 'system:bootstrappers:kubeadm', apiGroup: rbac.authorization.k8s.io}]\n",
            ),
            "user system:node:one",
            &[
                ("{apiGroups: [''], resources: [secrets], verbs: [create]}", "{apiGroups: [''], resources: [secrets], verbs: [delete]}"),
                ("namespace: kube-system", "namespace: shop"),
                ("'system:bootstrappers:kubeadm'", "joiners"),
            ],
        )],
    ),
    Row::new(
        "approve-client-certificates",
        Gains::Ability(Ability::ActAsAnybody, Named::Same),
        &[jane(
            concat!(
                "# cluster\n",
                in_cluster!(
                    "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}",
                    "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}",
                    "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve], resourceNames: ['kubernetes.io/kube-apiserver-client']}"
                ),
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: boss}\n",
                "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n---\n",
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: boss}\n",
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: boss}\n",
                "subjects: [{kind: Group, name: bosses, apiGroup: rbac.authorization.k8s.io}]\n",
            ),
            "cluster-admin",
            &[
                ("verbs: [create]", "verbs: [get]"),
                ("verbs: [update]", "verbs: [get]"),
                ("kubernetes.io/kube-apiserver-client'", "*'"),
                // No certificate is signed for the group that may do everything.
                ("name: bosses", "name: 'system:masters'"),
            ],
        )],
    )
    .likely()
    .found_by(&["certificate-approval-granted"]),
    Row::new(
        "approve-node-certificates",
        Gains::Ability(Ability::ActAsNodes, Named::Same),
        &[jane(
            concat!(
                in_cluster!(
                    "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}",
                    "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}",
                    "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve], resourceNames: ['kubernetes.io/kube-apiserver-client-kubelet']}"
                ),
                "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n",
            ),
            "user system:node:one",
            &[
                ("verbs: [create]", "verbs: [get]"),
                ("verbs: [update]", "verbs: [get]"),
                ("client-kubelet", "client-kubelets"),
                ("kind: Node\nmetadata: {name: one}", "kind: Node\nmetadata: {name: two}"),
            ],
        )],
    )
    .found_by(&["certificate-approval-granted"]),
];
