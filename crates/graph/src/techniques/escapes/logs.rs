//! Links among the node's logs.

use std::collections::BTreeSet;

use merlon_model::Confidence;
use merlon_rbac::Request;
use merlon_views::objects::is_within;

use super::ON_OPENSHIFT;
use super::guards::Act;
use super::inside::Inside;
use super::mounts::Mount;
use crate::builder::Builder;
use crate::change::take_from_binding;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::techniques::nodes::pod_volumes;
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&LOG_RIGHT, &LOG_LINK];

pub(in crate::techniques) static LOG_RIGHT: Technique = Technique {
    id: "hold-log-right",
    title: "hold the right to read logs",
    reason: "a rule of a role that is bound grants it",
    references: &["T1078"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: LOGGER,
        from: "pod ops/agent",
        to: "serviceaccount shop/robot",
        without: &[
            ("resources: [pods/log]", "resources: [pods]"),
            ("verbs: [get]", "verbs: [list]"),
            ("metadata: {name: logs, namespace: ops}", "metadata: {name: logs, namespace: shop}"),
            ("name: agent, namespace: ops}]", "name: other, namespace: ops}]"),
        ],
    }],
};

static LOG_LINK: Technique = Technique {
    id: "log-link",
    title: "read files of the node through a link in place of a log",
    reason: "the kubelet opens logs as root and follows the link that root of a container puts among them; who may read logs is shown the file",
    references: &["T1552.001", "T1005", "MS-TA9013"],
    confidence: Confidence::Likely,
    controls: &["container-host-path-writable", "pod-sensitive-host-path"],
    examples: &[
        Example {
            objects: LOGGER,
            from: "pod ops/agent",
            to: "serviceaccount shop/robot",
            without: &[
                ("readOnly: false", "readOnly: true"),
                ("path: /var/log}", "path: /var/log/audit}"),
                ("path: /var/log}", "path: /var/lib}"),
                ("runAsUser: 0", "runAsUser: 1000"),
                ON_OPENSHIFT,
            ],
        },
        // Neither alone is enough: the right is another's.
        Example {
            objects: LOGGER,
            from: "pod ops/agent",
            to: "serviceaccount shop/robot",
            without: &[(
                "spec:\n  nodeName",
                "spec:\n  automountServiceAccountToken: false\n  nodeName",
            )],
        },
    ],
};

/// A pod that collects logs and may read them, and another on its node.
const LOGGER: &str = "
# cluster
apiVersion: v1
kind: Node
metadata: {name: one}
status: {nodeInfo: {osImage: Ubuntu 24.04.3 LTS}}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  nodeName: one
  serviceAccountName: agent
  volumes: [{name: logs, hostPath: {path: /var/log}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: logs, mountPath: /logs, readOnly: false}]
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec: {nodeName: one, serviceAccountName: robot, containers: [{name: other, image: other}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: logs, namespace: ops}
rules: [{apiGroups: [''], resources: [pods/log], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: logs, namespace: ops}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}
subjects: [{kind: ServiceAccount, name: agent, namespace: ops}]
";

/// Where the kubelet looks for the logs of pods.
const LOGS: &str = "/var/log/pods";
/// What the kubelet shows to those who may read the logs of its node (`nodeLogDir` of `pkg/kubelet/kubelet_server_journal.go`).
const SERVED: &str = "/var/log";

/// The namespaces for which the holders of the right to read logs are told; each is looked up when it is first needed.
#[derive(Default)]
pub(super) struct LogRights<'w>(BTreeSet<&'w str>);

pub(super) fn add<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mounts: &[Mount<'a>],
    rights: &mut LogRights<'w>,
    builder: &mut Builder<'w>,
) {
    if inside.as_root().is_none() || inside.workload.is_windows() {
        return;
    }
    for mount in mounts {
        if is_within(LOGS, &mount.path) && mount.may_write(LOGS) {
            let right = rights.within(inside.world, inside.workload.namespace, builder);
            add_link(inside, mount, right, builder);
        }
        // The kubelet serves all of the directory, and follows links in it wherever they stand.
        let is_served = is_within(&mount.path, SERVED) || is_within(SERVED, &mount.path);
        if is_served && mount.may_write(SERVED) {
            let right = Fact::Ability(Ability::ReadNodeLogs, None);
            add_link(inside, mount, right, builder);
        }
    }
}

fn add_link<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mount: &Mount<'a>,
    right: Fact<'w>,
    builder: &mut Builder<'w>,
) {
    let mut changes = vec![mount.take_out(inside, builder)];
    changes.extend(mount.make_read_only(inside, builder));
    let premises = &[inside.fact(), right];
    let mut gained = Vec::new();
    let mut keys = None;
    for ground in inside.grounds() {
        let Some(most) = mount.most(inside, &ground, Act::LinkLogs) else { continue };
        let sure = LOG_LINK.confidence.min(most);
        gained.push((pod_volumes(ground.root), sure));
        // Among the files may be a key or a password that opens the node.
        gained.push((ground.root, Confidence::Assumed));
        keys = keys.max(ground.keeps_keys.map(|it| it.min(sure)));
    }
    gained.extend(keys.map(|sure| (Fact::ControlPlaneKeys, sure)));
    for (gained, sure) in gained {
        let basis = vec![mount.basis(inside, "logs that the kubelet shows stand here")];
        builder.step_with(&LOG_LINK, sure, premises, gained, basis, &changes);
    }
}

impl<'w> LogRights<'w> {
    /// The right in a namespace, whether or not somebody has it. That of a namespace is enough: the pod itself is one
    /// whose log is on its node. Rights on named pods do not count.
    fn within<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        namespace: &'w str,
        builder: &mut Builder<'w>,
    ) -> Fact<'w> {
        let right = Fact::Ability(Ability::ReadLogs, Some(namespace));
        if self.0.insert(namespace) {
            let able = world.access.authorizer.who_can(&reading(namespace));
            for (identity, grants) in able.holders() {
                for grant in grants {
                    let changes: Vec<_> =
                        take_from_binding(world, builder, grant).into_iter().collect();
                    let basis = vec![Basis::Grant(*grant)];
                    let holder = Fact::identity(identity);
                    builder.step(&LOG_RIGHT, &[holder], right, basis, &changes);
                }
            }
        }
        right
    }
}

/// What those ask for who read the logs of pods.
pub(in crate::techniques) fn reading(namespace: &str) -> Request<'_> {
    Request::resource("get", "", "pods").subresource("log").within(namespace)
}
