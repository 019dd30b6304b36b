//! Mounts that lead out, and what takes them away.

use super::super::{ON_BOTTLEROCKET, ON_OPENSHIFT, on_node};
use crate::technique::Example;

pub(super) static WRITE: &[Example] = &[
    Example {
        objects: pod!(
            "  volumes: [{name: host, hostPath: {path: /etc//}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: host, mountPath: /host, readOnly: false}]
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[
            ("readOnly: false", "readOnly: true"),
            ("path: /etc//", "path: /data"),
            ("runAsUser: 0", "runAsUser: 1000"),
            ("runAsUser: 0", "runAsNonRoot: true"),
            ("[{name: host, mountPath", "[{name: other, mountPath"),
            // The mount goes on to what nobody runs.
            ("mountPath: /host,", "mountPath: /host, subPath: ssl/certs,"),
            ("mountPath: /host,", "mountPath: /host, subPathExpr: $(NAME),"),
            ("  containers:", "  os: {name: windows}\n  containers:"),
        ],
    },
    // By a claim of a stateful set.
    Example {
        objects: "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: agent, namespace: ops}
spec:
  template:
    spec: {containers: [{name: agent, image: agent, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates: [{metadata: {name: data}}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {claimRef: {namespace: ops, name: data-agent-0}, hostPath: {path: /etc/kubernetes}}
",
        from: "pod ops/agent",
        to: "node",
        without: &[
            ("name: data-agent-0", "name: data-other-0"),
            ("path: /etc/kubernetes", "path: /mnt/disks/one"),
        ],
    },
    // A claim can be read-only as a whole; a user namespace does not help against files that root of it may write.
    Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  hostUsers: false
  initContainers: [{name: agent, image: agent, volumeMounts: [{name: data, mountPath: /data, subPath: cron.d}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data, readOnly: false}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: ops}
spec: {volumeName: disk}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {local: {path: /etc}}
",
        from: "pod ops/agent",
        to: "node",
        without: &[
            ("readOnly: false", "readOnly: true"),
            ("subPath: cron.d", "subPath: localtime"),
        ],
    },
    // SELinux keeps containers from files that are not theirs.
    on_node(
            pod_on_node!(
                "  volumes: [{name: host, hostPath: {path: /etc}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: false}]}
"
            ),
            "node one",
            &[ON_OPENSHIFT, ON_BOTTLEROCKET],
        ),
];

pub(super) static CORE_PATTERN: &[Example] = &[
    Example {
        objects: pod!(
            "  volumes: [{name: host, hostPath: {path: /proc}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: host, mountPath: /host/proc, readOnly: false}]
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[
            ("readOnly: false", "readOnly: true"),
            ("path: /proc}", "path: /proc/1/net}"),
            ("runAsUser: 0", "runAsUser: 65534"),
            ("  containers:", "  hostUsers: false\n  containers:"),
            ("  containers:", "  runtimeClassName: runsc\n  containers:"),
        ],
    },
    // What is read-only by itself leaves what is mounted below it writable.
    Example {
        objects: pod!(
            "  volumes: [{name: host, hostPath: {path: /}}]
  containers:
  - name: agent
    image: agent
    volumeMounts: [{name: host, mountPath: /host, readOnly: true}]
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[("readOnly: true", "readOnly: true, recursiveReadOnly: Enabled")],
    },
    on_node(
        pod_on_node!(
            "  volumes: [{name: host, hostPath: {path: /proc}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: false}]}
"
        ),
        "node one",
        &[ON_OPENSHIFT],
    ),
];

/// An agent on a node, and another pod there.
macro_rules! beside {
    ($agent:literal) => {
        concat!(
            "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  nodeName: one
  automountServiceAccountToken: false
",
            $agent,
            "---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other}]}
"
        )
    };
}

pub(super) static READ_POD_VOLUMES: &[Example] = &[
    Example {
        objects: beside!(
            "  volumes: [{name: host, hostPath: {path: /var/lib/kubelet/pods}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: host, mountPath: /host, readOnly: true}]
"
        ),
        from: "pod ops/agent",
        to: "serviceaccount shop/robot",
        without: &[
            ("path: /var/lib/kubelet/pods}", "path: /var/lib/kubelet/plugins}"),
            ("runAsUser: 0", "runAsUser: 65534"),
            // On another node.
            ("spec: {nodeName: one", "spec: {nodeName: two"),
            ("spec: {nodeName: one", "spec: {automountServiceAccountToken: false, nodeName: one"),
        ],
    },
    on_node(
        concat!(
            pod_on_node!(
                "  volumes: [{name: host, hostPath: {path: /var/lib/kubelet/pods}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
            ),
            "---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other}]}
"
        ),
        "serviceaccount shop/robot",
        &[ON_OPENSHIFT],
    ),
];

pub(super) static READ_KUBELET_KEY: &[Example] = &[
    Example {
        objects: beside!(
            "  volumes: [{name: host, hostPath: {path: /var/lib}}]
  containers:
  - name: agent
    image: agent
    volumeMounts: [{name: host, mountPath: /host, readOnly: true, subPath: kubelet}]
"
        ),
        from: "pod ops/agent",
        to: "user system:node:one",
        without: &[
            ("subPath: kubelet", "subPath: misc"),
            ("[{name: host, mountPath", "[{name: other, mountPath"),
            ("  containers:\n", "  securityContext: {runAsNonRoot: true}\n  containers:\n"),
        ],
    },
    on_node(
        pod_on_node!(
            "  volumes: [{name: host, hostPath: {path: /var/lib/kubelet/pki}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
        ),
        "user system:node:one",
        &[ON_OPENSHIFT],
    ),
];

pub(super) static READ_KEYS: &[Example] = &[
    Example {
        objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  nodeName: one
  volumes: [{name: host, hostPath: {path: /etc/kubernetes}}]
  containers:
  - name: agent
    image: agent
    volumeMounts: [{name: host, mountPath: /host, readOnly: true}]
---
apiVersion: v1
kind: Node
metadata: {name: one, labels: {node-role.kubernetes.io/control-plane: ''}}
",
        from: "pod ops/agent",
        to: "control-plane-keys",
        without: &[
            // A node that only works.
            ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/worker"),
            ("mountPath: /host,", "mountPath: /host, subPath: pki/ca.crt,"),
            ("mountPath: /host,", "mountPath: /host, subPath: pki/apiserver.key,"),
            ("path: /etc/kubernetes}", "path: /etc/ssl}"),
        ],
    },
    // Manifests tell by what the pod asks for.
    Example {
        objects: pod!(
            "  nodeSelector: {node-role.kubernetes.io/control-plane: ''}
  volumes: [{name: host, hostPath: {path: /etc/kubernetes/pki/etcd}}]
  containers: [{name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}]
"
        ),
        from: "pod ops/agent",
        to: "control-plane-keys",
        without: &[("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/worker")],
    },
    on_node(
            pod_on_node!(
                "  volumes: [{name: host, hostPath: {path: /etc/kubernetes/pki}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
            ),
            "control-plane-keys",
            &[ON_OPENSHIFT],
        ),
];

pub(super) static READ_DATABASE: &[Example] = &[
    Example {
        objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  nodeName: one
  volumes: [{name: host, hostPath: {path: /var/lib/etcd/member}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: host, mountPath: /host, readOnly: true}]
---
apiVersion: v1
kind: Node
metadata: {name: one, labels: {node-role.kubernetes.io/etcd: 'true'}}
",
        from: "pod ops/agent",
        to: "secrets",
        without: &[
            ("node-role.kubernetes.io/etcd", "node-role.kubernetes.io/worker"),
            ("path: /var/lib/etcd/member", "path: /var/lib/etcd-backup"),
            ("runAsUser: 0", "runAsUser: 1000"),
        ],
    },
    on_node(
        pod_on_node!(
            "  volumes: [{name: host, hostPath: {path: /var/lib/etcd}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
        ),
        "secrets",
        &[ON_OPENSHIFT],
    ),
];

pub(super) static READ_LOGINS: &[Example] = &[
    Example {
        objects: pod!(
            "  volumes: [{name: host, hostPath: {path: /root}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: host, mountPath: /host, readOnly: true}]
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[("path: /root}", "path: /srv}"), ("runAsUser: 0", "runAsUser: 1000")],
    },
    on_node(
        pod_on_node!(
            "  volumes: [{name: host, hostPath: {path: /root}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
        ),
        "node one",
        &[ON_OPENSHIFT],
    ),
];
