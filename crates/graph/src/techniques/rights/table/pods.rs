//! Running code, and acting as what runs.

use super::super::{Gains, Named, Row};
use super::jane;
use crate::fact::Ability;
use crate::technique::Example;

pub(super) static ROWS: &[Row] = &[
    Row::new(
        "create-pods",
        Gains::Ability(Ability::CreatePods, Named::Nothing),
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}"),
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
            ),
            "serviceaccount shop/robot",
            &[
                ("verbs: [create]", "verbs: [get]"),
                ("apiGroups: ['']", "apiGroups: [apps]"),
                ("resources: [pods]", "resources: [pods], resourceNames: [robot]"),
                ("kind: User", "kind: Group"),
                ("{name: robot, namespace: shop}", "{name: robot, namespace: other}"),
            ],
        )],
    )
    .found_by(&["pod-creation-granted-widely"]),
    Row::new(
        "write-workloads",
        Gains::ChangedWorkloads,
        &[
            jane(
                concat!(
                    within!("shop", "{apiGroups: [apps], resources: [deployments], verbs: [create]}"),
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n",
                ),
                "serviceaccount shop/robot",
                &[
                    ("apiGroups: [apps]", "apiGroups: ['']"),
                    ("verbs: [create]", "verbs: [patch]"),
                    ("[deployments]", "['deployments/*']"),
                ],
            ),
            // Whoever changes a workload writes its pods anew.
            jane(
                concat!(
                    within!(
                        "shop",
                        "{apiGroups: [apps], resources: [deployments], verbs: [patch], resourceNames: [web]}"
                    ),
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}\n---\n",
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n",
                    "spec: {template: {spec: {containers: [{name: web, image: web}]}}}\n",
                ),
                "serviceaccount shop/robot",
                &[
                    ("resourceNames: [web]", "resourceNames: [cart]"),
                    ("kind: Deployment", "kind: StatefulSet"),
                ],
            ),
        ],
    )
    .found_by(&["workload-change-granted", "pod-creation-granted-widely"]),
    Row::new(
        "change-pods",
        Gains::Ability(Ability::RunInPods, Named::Pods),
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [pods], verbs: [patch]}"),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web}]}\n",
            ),
            "pod shop/web",
            &[
                ("verbs: [patch]", "verbs: [delete]"),
                ("{name: web, namespace: shop}", "{name: web, namespace: other}"),
                ("resources: [pods]", "resources: [pods], resourceNames: [cart]"),
            ],
        )],
    )
    .found_by(&["workload-change-granted"]),
    Row::new(
        "add-ephemeral-containers",
        Gains::Ability(Ability::AddContainers, Named::Pods),
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [patch]}"),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web}]}\n",
            ),
            "pod shop/web",
            &[
                ("verbs: [patch]", "verbs: [get]"),
                ("pods/ephemeralcontainers", "'pods/*'"),
                ("{name: web, namespace: shop}", "{name: web, namespace: other}"),
            ],
        )],
    )
    .found_by(&["pod-exec-granted"]),
    Row::new(
        "exec-in-pods",
        Gains::Ability(Ability::RunInPods, Named::Pods),
        &[
            jane(
                concat!(
                    within!("shop", "{apiGroups: [''], resources: ['*/exec'], verbs: [create]}"),
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                    "spec: {serviceAccountName: web, containers: [{name: web, image: web}]}\n",
                ),
                "pod shop/web",
                &[
                    ("'*/exec'", "'pods/*'"),
                    ("verbs: [create]", "verbs: [list]"),
                    ("{name: web, namespace: shop}", "{name: web, namespace: other}"),
                ],
            ),
            // Before 1.35 a WebSocket is a read.
            jane(
                concat!(
                    "# cluster\n# release v1.34.2\n",
                    within!("shop", "{apiGroups: [''], resources: [pods/exec], verbs: [get], resourceNames: [web]}"),
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                    "spec: {containers: [{name: web, image: web}]}\n",
                ),
                "pod shop/web",
                &[("v1.34.2", "v1.35.0"), ("resourceNames: [web]", "resourceNames: [cart]")],
            ),
        ],
    )
    .found_by(&["pod-exec-granted"]),
    Row::new(
        "attach-to-pods",
        Gains::Ability(Ability::AttachToPods, Named::Nothing),
        &[jane(
            concat!(
                within!("shop", "{apiGroups: [''], resources: [pods/attach], verbs: [create]}"),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web, stdin: true}]}\n",
            ),
            "pod shop/web",
            &[("stdin: true", "tty: true"), ("pods/attach", "pods/exec")],
        )],
    )
    .found_by(&["pod-exec-granted"]),
    Row::new(
        "steal-pods",
        Gains::Ability(Ability::DrivePods, Named::Same),
        &[jane(
            concat!(
                in_cluster!(
                    "{apiGroups: [''], resources: [pods/eviction], verbs: [create]}",
                    "{apiGroups: [''], resources: [nodes/status], verbs: [patch]}",
                    "{apiGroups: [''], resources: [pods/exec], verbs: [create], resourceNames: [agent]}"
                ),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\n",
                "spec: {containers: [{name: agent, image: agent, securityContext: {privileged: true}}]}\n",
                "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web}]}\n",
            ),
            "pod shop/web",
            &[
                ("pods/eviction", "pods/exec"),
                ("verbs: [patch]", "verbs: [get]"),
                ("privileged: true", "privileged: false"),
            ],
        )],
    )
    .likely(),
    Row::new(
        "get-node-proxy",
        Gains::Ability(Ability::RunInPods, Named::Nodes),
        &[
            jane(
                concat!(
                    in_cluster!("{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}"),
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                    "spec: {containers: [{name: web, image: web}]}\n",
                ),
                "pod shop/web",
                &[
                    ("nodes/proxy", "nodes"),
                    ("verbs: [get]", "verbs: [list]"),
                    ("kind: ClusterRoleBinding\nmetadata: {name: jane}", "kind: RoleBinding\nmetadata: {name: jane, namespace: shop}"),
                ],
            ),
            jane(
                concat!(
                    "# cluster\n",
                    in_cluster!("{apiGroups: [''], resources: [nodes/proxy], verbs: [get], resourceNames: [one]}"),
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                    "spec: {nodeName: one, containers: [{name: web, image: web}]}\n---\n",
                    "apiVersion: v1\nkind: Node\nmetadata: {name: one}\n",
                ),
                "pod shop/web",
                &[("resourceNames: [one]", "resourceNames: [two]"), ("nodeName: one", "nodeName: two")],
            ),
        ],
    )
    .found_by(&["node-proxy-granted"]),
    Row::new(
        "create-node-proxy",
        Gains::Ability(Ability::RunInPods, Named::Nodes),
        &[jane(
            concat!(
                in_cluster!("{apiGroups: [''], resources: [nodes/proxy], verbs: [create]}"),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web}]}\n",
            ),
            "pod shop/web",
            &[("verbs: [create]", "verbs: [delete]"), ("apiGroups: ['']", "apiGroups: [apps]")],
        )],
    )
    .found_by(&["node-proxy-granted"]),
    Row::new(
        "read-node-logs",
        Gains::Ability(Ability::ReadNodeLogs, Named::Nothing),
        // What programs print is not known; links among the logs lead on.
        &[Example {
            objects: concat!(
                "# cluster\n",
                in_cluster!("{apiGroups: [''], resources: [nodes/log], verbs: [get]}"),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\n",
                "spec:\n  nodeName: one\n  serviceAccountName: agent\n",
                "  volumes: [{name: logs, hostPath: {path: /var/log/audit}}]\n",
                "  containers: [{name: a, volumeMounts: [{name: logs, mountPath: /logs}]}]\n---\n",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: other, namespace: shop}\n",
                "spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other}]}\n---\n",
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n",
                "metadata: {name: agent}\n",
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: jane}\n",
                "subjects: [{kind: ServiceAccount, name: agent, namespace: ops}]\n",
            ),
            from: "pod ops/agent",
            to: "serviceaccount shop/robot",
            without: &[
                ("resources: [nodes/log]", "resources: [nodes/metrics]"),
                ("verbs: [get]", "verbs: [create]"),
                ("name: agent, namespace: ops}]", "name: other, namespace: ops}]"),
                ("path: /var/log/audit", "path: /var/lib/audit"),
                ("mountPath: /logs", "mountPath: /logs, readOnly: true"),
            ],
        }],
    )
    .likely(),
    Row::new(
        "write-nodes",
        Gains::Taints,
        &[jane(
            concat!(
                in_cluster!(
                    "{apiGroups: [''], resources: [nodes], verbs: [patch]}",
                    "{apiGroups: [''], resources: [pods/exec], verbs: [create], resourceNames: [agent]}"
                ),
                "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\n",
                "spec: {containers: [{name: agent, image: agent, securityContext: {privileged: true}}]}\n",
                "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {containers: [{name: web, image: web}]}\n",
            ),
            "pod shop/web",
            &[
                ("verbs: [patch]", "verbs: [create]"),
                ("privileged: true", "privileged: false"),
                ("resources: [nodes]", "resources: [nodes], resourceNames: [one]"),
            ],
        )],
    )
    .likely(),
];
