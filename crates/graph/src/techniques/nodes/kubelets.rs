//! What kubelets may do, by the node authorizer. Of it only what leads further: what its pods mount and name, and
//! tokens for their accounts.

use std::collections::{BTreeMap, HashSet};

use merlon_model::{Component, Confidence};
use merlon_rbac::{Gate, NODES};
use merlon_views::ComponentView;
use merlon_views::objects::{Place, PodView};

use super::{Workloads, kubelet};
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::techniques::secrets::{
    environment, handed_to_drivers, is_given_token, secret, volume_contents,
};
use crate::world::World;

pub(super) static USE_KUBELET: Technique = Technique {
    id: "use-kubelet-identity",
    title: "act as the node's kubelet",
    reason: "root has the key or the token that the kubelet speaks to the API server with",
    references: &["T1552.004", "T1078"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: ON_NODE,
        from: "node one",
        to: "secret shop/key",
        without: &[("nodeName: one", "nodeName: two")],
    }],
};

pub(super) static KUBELET_GROUP: Technique = Technique {
    id: "kubelet-membership",
    title: "count as a member of the group of nodes",
    reason: "every kubelet is in system:nodes, and who is in it is known to the cluster",
    references: &["T1078"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: one}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nodes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:nodes'}]
",
        from: "node one",
        to: "cluster-admin",
        without: &[("'system:nodes'", "'system:node'")],
    }],
};

pub(super) static READ_SECRET: Technique = Technique {
    id: "kubelet-read-secrets",
    title: "read the secrets that the node's pods name",
    reason: "the node authorizer lets a kubelet read the secrets of the pods that are bound to its node, wherever they use them",
    references: &["T1552.007"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[
        Example {
            objects: ON_NODE,
            from: "user system:node:one",
            to: "secret shop/key",
            without: &[
                ("nodeName: one", "nodeName: two"),
                ("[{name: key}]", "[{name: other}]"),
                // The kubelet makes such pods itself and gains nothing by them.
                (
                    "{name: web, namespace: shop}",
                    "{name: web, namespace: shop, annotations: {kubernetes.io/config.mirror: x}}",
                ),
            ],
        },
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: one
  containers: [{name: web, image: web, env: [{name: K, valueFrom: {secretKeyRef: {name: key, key: a}}}]}]
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
",
            from: "user system:node:one",
            to: "secret shop/key",
            without: &[("secretKeyRef", "configMapKeyRef")],
        },
    ],
};

pub(super) static CREATE_TOKEN: Technique = Technique {
    id: "kubelet-create-token",
    title: "ask for a token of an account of the node's pods",
    reason: "before 1.33 a kubelet gets tokens for the accounts of its pods, also where these do not mount one",
    references: &["T1528"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
# cluster
# release v1.32.0
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: one
  serviceAccountName: robot
  automountServiceAccountToken: false
  containers: [{name: web, image: web}]
",
        from: "user system:node:one",
        to: "serviceaccount shop/robot",
        without: &[
            ("v1.32.0", "v1.33.0"),
            ("nodeName: one", "nodeName: two"),
            (
                "{name: web, namespace: shop}",
                "{name: web, namespace: shop, annotations: {kubernetes.io/config.mirror: x}}",
            ),
        ],
    }],
};

pub(super) static CREATE_PODS: Technique = Technique {
    id: "kubelet-create-pods",
    title: "create pods as a kubelet",
    reason: "the node authorizer lets kubelets create pods, and only the admission plugin NodeRestriction keeps them to mirrors of their own, without accounts and secrets",
    references: &["T1610"],
    confidence: Confidence::Certain,
    controls: &["apiserver-without-node-restriction"],
    examples: &[Example {
        objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: one}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
# node cp
#   run kube-apiserver@1.33 --authorization-mode=Node,RBAC
",
        from: "node one",
        to: "serviceaccount shop/robot",
        without: &[
            ("=Node,RBAC", "=Node,RBAC --enable-admission-plugins=NodeRestriction"),
            ("=Node,RBAC", "=RBAC"),
            // What the API server runs is not known.
            ("# node cp\n#   run kube-apiserver@1.33", "# node cp\n#   run kube-scheduler@1.33"),
        ],
    }],
};

/// A pod on a node, which names a secret that no container sees.
const ON_NODE: &str = "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: one
  imagePullSecrets: [{name: key}]
  containers: [{name: web, image: web}]
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
";

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    nodes: &BTreeMap<&'w str, Workloads>,
    builder: &mut Builder<'w>,
) {
    builder.step(&KUBELET_GROUP, &[Fact::Group(NODES)], Fact::authenticated(), vec![], &[]);
    let roots = nodes.keys().map(|name| Fact::Node(name)).chain([Fact::SomeNode]);
    for root in roots {
        let Some(kubelet) = kubelet(root) else { continue };
        builder.step(&USE_KUBELET, &[root], kubelet, vec![], &[]);
    }
    let creates_pods = may_create_pods(world);
    let create = Fact::Ability(Ability::CreatePods, None);
    let basis = Basis::Note("the API server does not run NodeRestriction");
    if creates_pods {
        builder.step(&CREATE_PODS, &[Fact::SomeNode], create, vec![basis], &[]);
    }
    for (name, workloads) in nodes {
        let kubelet = Fact::Kubelet(name);
        if creates_pods {
            builder.step(&CREATE_PODS, &[kubelet], create, vec![basis], &[]);
        }
        builder.step(&KUBELET_GROUP, &[kubelet], Fact::Group(NODES), vec![], &[]);
        let volumes = Fact::PodVolumes(Some(name));
        builder.step(&READ_SECRET, &[kubelet], volumes, vec![], &[]);
        let mut told = HashSet::new();
        for workload in workloads.iter().filter_map(|number| world.workload(*number)) {
            if workload.is_mirror() {
                continue;
            }
            for gained in named(world, workload).filter(|fact| told.insert(*fact)) {
                let basis = on(workload, "a pod of the node names it");
                builder.step(&READ_SECRET, &[kubelet], gained, vec![basis], &[]);
            }
            let account = Fact::ServiceAccount(workload.namespace, workload.service_account_name());
            if let Some(sure) = creates_tokens(world, workload)
                && told.insert(account)
            {
                let basis = vec![on(workload, "a pod of the node runs as it")];
                builder.step_with(&CREATE_TOKEN, sure, &[kubelet], account, basis, &[]);
            }
        }
    }
}

/// Whether kubelets create whatever pods they like: every API server that was seen asks the node authorizer, whose rules
/// allow it (`NodeRules` of `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), and runs no `NodeRestriction`.
fn may_create_pods(world: &World<'_, '_>) -> bool {
    let servers = || world.evidence.values().flat_map(|it| it.instances(Component::KubeApiserver));
    let is_open = |server: &ComponentView<'_>| {
        let plugin = server.admission_plugin("NodeRestriction");
        let is_off = plugin.is_ok_and(|it| it.value.as_bool() == Some(false));
        let modes = server.effective("authorization-mode");
        is_off && modes.is_ok_and(|it| it.value.as_list().iter().any(|mode| mode == "Node"))
    };
    servers().next().is_some() && servers().all(is_open)
}

/// Secrets that a workload's pods name, but for those in their volumes.
fn named<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    workload: &'w PodView<'a>,
) -> impl Iterator<Item = Fact<'w>> {
    let variables = workload.containers.iter().flat_map(environment).map(|(name, _)| name);
    let names = handed_to_drivers(workload).chain(variables);
    names.filter_map(|name| secret(world, workload.namespace, name))
}

/// How sure it is that the kubelet gets a token that the pods do not mount: not where its audience has to be one of
/// theirs (`ServiceAccountNodeAudienceRestriction`).
fn creates_tokens<'w, 'a: 'w>(world: &World<'w, 'a>, workload: &PodView<'a>) -> Option<Confidence> {
    let mounts = is_given_token(world, workload)
        || volume_contents(workload).iter().any(|content| content.secret.is_none());
    let release = world.access.authorizer.release();
    match release.has(Gate::ServiceAccountNodeAudienceRestriction) {
        _ if mounts => None,
        Some(true) => None,
        Some(false) => Some(Confidence::Certain),
        None => Some(Confidence::Likely),
    }
}

fn on<'w, 'a: 'w>(workload: &'w PodView<'a>, statement: &'static str) -> Basis<'w> {
    Basis::Object(workload.object, Place::Node(workload.spec), statement)
}
