//! The control plane: its static pods, its keys, and what of it answers without credentials.

use merlon_model::{Component, Confidence};
use merlon_rbac::{ANONYMOUS, UNAUTHENTICATED};
use merlon_snapshot::Origin;
use merlon_views::objects::{PodView, place};
use merlon_views::{ComponentView, NodeView};
use merlon_yaml::Node;

use super::exposure::is_public;
use crate::builder::Builder;
use crate::fact::{Fact, Network};
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&PLANE_KEYS, &PLANE_DATA, &PLANE_USER, &FORGE, &ANONYMOUS_REQUEST, &OPEN_ETCD];

static PLANE_KEYS: Technique = Technique {
    id: "control-plane-keys",
    title: "take the keys that the control plane's pod mounts",
    reason: "the API server and the controller manager hold the key that signs service account tokens, or that of the cluster's authority",
    references: &["T1552.004"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec:
  nodeName: a
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.37.0
    command: [kube-apiserver, --service-account-signing-key-file=/etc/kubernetes/pki/sa.key]
",
        from: "pod kube-system/kube-apiserver-a",
        to: "control-plane-keys",
        without: &[
            ("config.mirror: x", "config.hash: x"),
            ("command: [kube-apiserver,", "command: [kube-proxy,"),
            ("--service-account-signing-key-file", "--service-account-key-file"),
        ],
    }],
};

static PLANE_DATA: Technique = Technique {
    id: "etcd-data",
    title: "read and write the cluster's data",
    reason: "what etcd holds is the cluster, and code in its container has the data and the keys to it",
    references: &["T1552", "MS-TA9025"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: etcd-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec: {nodeName: a, containers: [{name: etcd, image: 'registry.k8s.io/etcd:3.6.4-0', command: [etcd]}]}
",
        from: "pod kube-system/etcd-a",
        to: "cluster-admin",
        without: &[("config.mirror: x", "config.hash: x"), ("command: [etcd]", "command: [sh]")],
    }],
};

static PLANE_USER: Technique = Technique {
    id: "control-plane-kubeconfig",
    title: "use the control plane's kubeconfig",
    reason: "the scheduler and the controller manager log in with a kubeconfig that their pod mounts",
    references: &["T1552.001", "MS-TA9027"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: kube-scheduler-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec:
  nodeName: a
  containers:
  - name: kube-scheduler
    image: registry.k8s.io/kube-scheduler:v1.37.0
    command: [kube-scheduler, --kubeconfig=/etc/kubernetes/scheduler.conf]
",
        from: "pod kube-system/kube-scheduler-a",
        to: "user system:kube-scheduler",
        without: &[("config.mirror: x", "config.hash: x"), ("--kubeconfig=", "--config=")],
    }],
};

static FORGE: Technique = Technique {
    id: "forge-credentials",
    title: "make credentials of anybody",
    reason: "whoever has the cluster's keys signs certificates and tokens that the API server takes",
    references: &["T1606"],
    confidence: Confidence::Certain,
    controls: &[],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: kube-controller-manager-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec:
  nodeName: a
  containers:
  - name: kube-controller-manager
    image: registry.k8s.io/kube-controller-manager:v1.37.0
    command: [kube-controller-manager, --cluster-signing-key-file=/etc/kubernetes/pki/ca.key]
",
        from: "pod kube-system/kube-controller-manager-a",
        to: "cluster-admin",
        without: &[("--cluster-signing-key-file", "--client-ca-file")],
    }],
};

static ANONYMOUS_REQUEST: Technique = Technique {
    id: "anonymous-request",
    title: "ask the API server without credentials",
    reason: "unless it is turned off, the API server takes requests without credentials for those of system:anonymous",
    references: &["T1190", "MS-TA9029"],
    confidence: Confidence::Likely,
    controls: &["apiserver-anonymous-auth", "anonymous-user-bound", "unauthenticated-group-bound"],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {automountServiceAccountToken: false, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec:
  nodeName: a
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.37.0
    command: [kube-apiserver, --anonymous-auth=true, --authorization-mode=RBAC]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: open}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: 'system:anonymous'}]
",
            from: "pod shop/web",
            to: "cluster-admin",
            without: &[
                ("--anonymous-auth=true", "--anonymous-auth=false"),
                ("name: 'system:anonymous'", "name: anonymous"),
            ],
        },
        Example {
            objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: open}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}]
",
            from: "internet",
            to: "cluster-admin",
            without: &[("'system:unauthenticated'", "'unauthenticated'")],
        },
    ],
};

static OPEN_ETCD: Technique = Technique {
    id: "unauthenticated-etcd",
    title: "read and write etcd without credentials",
    reason: "etcd asks its clients for no certificate, and what it holds is the cluster",
    references: &["T1190", "MS-TA9025"],
    confidence: Confidence::Likely,
    controls: &["etcd-client-unauthenticated", "etcd-listens-everywhere"],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {automountServiceAccountToken: false, containers: [{name: web, image: web}]}
# node a
#   run etcd@3.5.16 --client-cert-auth=false --listen-client-urls=https://0.0.0.0:2379 --advertise-client-urls=https://10.0.0.1:2379
",
        from: "pod shop/web",
        to: "cluster-admin",
        without: &[
            ("--client-cert-auth=false", "--client-cert-auth=true --trusted-ca-file=/ca.crt"),
            ("--client-cert-auth=false", "--trusted-ca-file=/ca.crt"),
            ("https://0.0.0.0:2379", "https://127.0.0.1:2379"),
        ],
    }],
};

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    builder.step(&FORGE, &[Fact::ControlPlaneKeys], Fact::ClusterAdmin, vec![], &[]);
    for (number, workload) in world.workloads().filter(|(_, it)| it.is_mirror()) {
        for at in 0..workload.containers.len() {
            add_pod(builder, (number, workload), at);
        }
    }
    add_anonymous(world, builder);
    if world.evidence.values().any(|node| has_open_etcd(node)) {
        let open = Fact::Network(Network::Open(None));
        let basis = Basis::Note("a node's etcd listens for clients and asks for no certificate");
        builder.step(&OPEN_ETCD, &[open], Fact::ClusterAdmin, vec![basis], &[]);
    }
}

/// What the static pods of this cluster's control plane hold; only kubelets make mirror pods, so that a control plane
/// which is hosted here for another cluster is told apart.
fn add_pod<'w, 'a: 'w>(
    builder: &mut Builder<'w>,
    (number, workload): (u32, &'w PodView<'a>),
    at: usize,
) {
    let Some(container) = workload.containers.get(at) else { return };
    let list = |key| container.node.get(key).and_then(Node::as_sequence).unwrap_or_default();
    let words: Vec<&str> =
        list("command").iter().chain(list("args")).filter_map(Node::as_str).collect();
    let program = words.first().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let has = |flag: &str| words.iter().any(|word| word.split('=').next() == Some(flag));
    let (technique, gained, statement) = match Component::from_name(program) {
        Some(Component::KubeApiserver) if has("--service-account-signing-key-file") => {
            (&PLANE_KEYS, Fact::ControlPlaneKeys, "it is given the key that signs tokens")
        }
        Some(Component::KubeControllerManager) if has("--cluster-signing-key-file") => {
            (&PLANE_KEYS, Fact::ControlPlaneKeys, "it is given the authority's key")
        }
        Some(Component::KubeControllerManager) if has("--service-account-private-key-file") => {
            (&PLANE_KEYS, Fact::ControlPlaneKeys, "it is given the key that signs tokens")
        }
        Some(Component::KubeControllerManager) if has("--kubeconfig") => {
            let user = Fact::User("system:kube-controller-manager");
            (&PLANE_USER, user, "it logs in with a kubeconfig")
        }
        Some(Component::KubeScheduler) if has("--kubeconfig") => {
            (&PLANE_USER, Fact::User("system:kube-scheduler"), "it logs in with a kubeconfig")
        }
        Some(Component::Etcd) => (&PLANE_DATA, Fact::ClusterAdmin, "it is the cluster's etcd"),
        _ => return,
    };
    let place = place(container.node, &["command"]);
    let basis = Basis::Object(workload.object, place, statement);
    let inside = Fact::Container(number, u32::try_from(at).unwrap_or(u32::MAX));
    builder.step(technique, &[inside], gained, vec![basis], &[]);
}

/// What is known of requests without credentials: off for resources on every API server, on for one of them.
fn anonymous(world: &World<'_, '_>) -> Option<bool> {
    let servers = || world.evidence.values().flat_map(|it| it.instances(Component::KubeApiserver));
    let is_on = |server: &ComponentView<'_>| {
        let is_on = server.effective("anonymous-auth").ok()?.value.as_bool()?;
        // With conditions only the paths in them, of which none is a resource's in practice.
        let paths = server.effective("anonymous.conditions[].path");
        let is_limited = paths.is_ok_and(|it| !it.value.as_list().is_empty());
        Some(is_on && !is_limited)
    };
    let known: Vec<Option<bool>> = servers().map(is_on).collect();
    if known.contains(&Some(true)) {
        return Some(true);
    }
    (!known.is_empty() && known.iter().all(Option::is_some)).then_some(false)
}

fn add_anonymous<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    if anonymous(world) == Some(false) {
        return;
    }
    // An address that is not the internet's closes the way from there; a name tells nothing.
    let (is_private, is_known) = match &world.view.inventory.origin {
        Origin::Cluster { server, .. } => {
            let address = address_of(server);
            (address.is_some_and(|it| !is_public(it)), true)
        }
        Origin::Manifests { .. } => (false, false),
    };
    let basis = || vec![Basis::Note("nothing shows that anonymous requests are turned off")];
    for who in [Fact::User(ANONYMOUS), Fact::Group(UNAUTHENTICATED)] {
        let open = Fact::Network(Network::Open(None));
        builder.step(&ANONYMOUS_REQUEST, &[open], who, basis(), &[]);
        if !is_private {
            let sure = if is_known { ANONYMOUS_REQUEST.confidence } else { Confidence::Assumed };
            let (technique, internet) = (&ANONYMOUS_REQUEST, [Fact::Internet]);
            builder.step_with(technique, sure, &internet, who, basis(), &[]);
        }
    }
}

/// The address in a server's URL, where it has one and not a name.
fn address_of(server: &str) -> Option<std::net::IpAddr> {
    let host = server.split("://").nth(1)?.split('/').next()?;
    let bare = host.strip_prefix('[').and_then(|it| it.split(']').next());
    bare.or_else(|| host.split(':').next())?.parse().ok()
}

/// Whether etcd on a node takes clients from elsewhere without a certificate.
///
/// An authority alone makes it ask for one too (`ServerConfig` of etcd's `client/pkg/transport/listener.go`), but not
/// where it listens without TLS.
fn has_open_etcd(node: &NodeView<'_>) -> bool {
    node.instances(Component::Etcd).iter().any(|etcd| {
        let Ok(urls) = etcd.effective("listen-client-urls") else { return false };
        let asks = etcd.effective("client-cert-auth").ok().and_then(|it| it.value.as_bool());
        let authority = etcd.effective("trusted-ca-file").map(|it| it.value.is_unset());
        let is_open = asks == Some(false) && authority == Ok(true);
        let is_local = |url: &str| {
            ["//127.", "//localhost", "//[::1]"].iter().any(|local| url.contains(local))
        };
        let mut away = urls.value.as_list().iter().filter(|url| !is_local(url));
        away.any(|url| is_open || url.starts_with("http://"))
    })
}
