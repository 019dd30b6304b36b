//! Access reviews against our decisions.

use std::collections::BTreeSet;

use merlon_rbac::{Request, ResourceRequest, Stage, User};
use merlon_testkit::ControlPlane;
use serde_json::{Value, json};

use crate::random::{Asked, Random};
use crate::server::Review;
use crate::world::World;

const REVIEWS: usize = 22_000;
const NODE_REVIEWS: usize = 3_000;

pub(crate) async fn agrees(plane: &ControlPlane, world: &World) {
    let mut random = Random(0xACCE55);
    let mut reviews = BTreeSet::new();
    while reviews.len() < REVIEWS {
        let (user, groups) = random.user();
        let asked = random.request();
        reviews.insert(Review { user, groups, asked, fields: Vec::new() });
    }
    let reviews: Vec<Review> = reviews.into_iter().collect();
    compare(plane, world, &reviews, 10).await;
}

pub(crate) async fn nodes_agree(plane: &ControlPlane, world: &World) {
    let mut random = Random(0x0DE);
    let reviews: Vec<Review> = (0..NODE_REVIEWS).map(|_| node_review(&mut random)).collect();
    compare(plane, world, &reviews, 10).await;
}

/// Asks the server and compares; at least `percent` of the answers have to be of each kind.
async fn compare(plane: &ControlPlane, world: &World, reviews: &[Review], percent: usize) {
    let answers = world.server.review_all(reviews).await;
    assert_eq!(answers.len(), reviews.len());
    let mut wrong = Vec::new();
    for (review, (allowed, reason)) in reviews.iter().zip(&answers) {
        let groups: Vec<&str> = review.groups.iter().map(String::as_str).collect();
        let user = User::with_groups(&review.user, &groups);
        let fields: Vec<(&str, &str)> =
            review.fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let decision = world.authorizer.authorize(&user, &request(&review.asked, &fields));
        let policy = world.authorizer.policy();
        let reasons: Vec<String> =
            decision.grants.iter().map(|grant| policy.reason(grant)).collect();
        let reasoned = decision.by != Stage::Rbac || reasons.contains(reason);
        if decision.allowed != *allowed || !reasoned {
            wrong.push(format!("{review:?}: {allowed} {reason}, ours {decision:?} {reasons:?}"));
        }
    }
    let version = plane.version();
    assert!(wrong.is_empty(), "{version}: {} wrong, such as\n{}", wrong.len(), wrong[0]);
    let allowed = answers.iter().filter(|(allowed, _)| *allowed).count();
    let least = reviews.len() * percent / 100;
    let mixed = allowed > least && reviews.len() - allowed > least;
    assert!(mixed, "{allowed} of {} are allowed", reviews.len());
    eprintln!("{version}: {} reviews agree, {allowed} of them allowed", reviews.len());
}

fn request<'a>(asked: &'a Asked, fields: &'a [(&'a str, &'a str)]) -> Request<'a> {
    match asked {
        Asked::Path { verb, path } => Request::NonResource { verb, path },
        Asked::Resource { verb, group, resource, subresource, namespace, name } => {
            Request::Resource(ResourceRequest {
                verb,
                group,
                resource,
                subresource,
                namespace,
                name,
                fields,
            })
        }
    }
}

/// Pods on two nodes that use one thing of each kind.
pub(crate) fn node_objects() -> Vec<Value> {
    let account = |name: &str| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "n0"}});
    let pod = |name: &str, node: &str, account: &str, secret: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n0"},
            "spec": {
                "nodeName": node, "serviceAccountName": account,
                "imagePullSecrets": [{"name": format!("{secret}-pull")}],
                "containers": [{
                    "name": "c", "image": "example.com/c",
                    "envFrom": [{"secretRef": {"name": secret}}],
                    "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": secret, "key": "a"}}}],
                }],
                "volumes": [
                    {"name": "claim", "persistentVolumeClaim": {"claimName": secret}},
                    {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {
                        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
                    }}}},
                ],
            },
        })
    };
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
            "claimRef": {"namespace": "n0", "name": "s0"},
            "csi": {
                "driver": "example.com", "volumeHandle": "x",
                "nodeStageSecretRef": {"namespace": "n1", "name": "stage"},
                "controllerPublishSecretRef": {"namespace": "n1", "name": "control"},
            },
        },
    });
    vec![
        account("one"),
        account("two"),
        volume,
        pod("p0", "node0", "one", "s0"),
        pod("p1", "node1", "two", "s1"),
    ]
}

fn node_review(random: &mut Random) -> Review {
    let node = random.one(&["node0", "node1"]);
    let (group, resource) = *random_pair(
        random,
        &[
            ("", "secrets"),
            ("", "configmaps"),
            ("", "pods"),
            ("", "nodes"),
            ("", "serviceaccounts"),
            ("", "persistentvolumeclaims"),
            ("", "persistentvolumes"),
            ("", "services"),
            ("", "events"),
            ("events.k8s.io", "events"),
            ("coordination.k8s.io", "leases"),
            ("storage.k8s.io", "csinodes"),
            ("storage.k8s.io", "volumeattachments"),
            ("resource.k8s.io", "resourceclaims"),
            ("resource.k8s.io", "resourceslices"),
            ("certificates.k8s.io", "podcertificaterequests"),
            ("certificates.k8s.io", "clustertrustbundles"),
            ("certificates.k8s.io", "certificatesigningrequests"),
            ("node.k8s.io", "runtimeclasses"),
        ],
    );
    let verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    let subresource =
        if random.chance(25) { random.one(&["status", "token", "eviction", "exec"]) } else { "" };
    let names = [
        "",
        "s0",
        "s1",
        "s0-pull",
        "p0",
        "p1",
        "p0-scratch",
        "one",
        "two",
        "node0",
        "node1",
        "disk",
        "stage",
        "control",
    ];
    let asked = Asked::Resource {
        verb: random.one(&verbs).to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        subresource: subresource.to_owned(),
        namespace: random.one(&["", "n0", "n0", "n1", "kube-node-lease"]).to_owned(),
        name: random.one(&names).to_owned(),
    };
    let mut fields = Vec::new();
    if random.chance(25) {
        fields.push(("spec.nodeName".to_owned(), random.one(&["node0", "node1"]).to_owned()));
    }
    Review {
        user: format!("system:node:{node}"),
        // No group of all users: what bindings give to everybody would hide the answers of the node authorizer.
        groups: vec!["system:nodes".to_owned()],
        asked,
        fields,
    }
}

fn random_pair<'t, T>(random: &mut Random, of: &'t [T]) -> &'t T {
    &of[random.below(of.len())]
}
