//! A cluster full of random roles, and the same as our policy.

use std::time::Duration;

use merlon_model::Version;
use merlon_rbac::{Authorizer, NodeGraph, Release, read};
use merlon_testkit::{ControlPlane, eventually};
use serde_json::{Value, json};

use crate::random::{GROUP, NAMESPACES, Random};
use crate::server::{Review, Server};

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) authorizer: Authorizer,
    /// Everything that was read, as the server gave it.
    pub(crate) bindings: Vec<Value>,
}

/// The user whose rights show that the authorizer has seen everything.
const MARKER: &str = "marker";

pub(crate) async fn create(plane: &ControlPlane) -> World {
    let server = Server::of(plane);
    let namespaces: Vec<Value> = NAMESPACES.map(namespace).into();
    plane.apply(&namespaces).await.unwrap();
    plane.apply(&policy()).await.unwrap();
    plane.apply(&crate::access::node_objects()).await.unwrap();
    // Watches tell of objects in the order in which they were written, so these are the last to be known.
    plane.apply(&markers()).await.unwrap();
    for (namespace, resource) in [("", "markers"), ("n0", "markers"), ("n0", "local-markers")] {
        let marker = || async {
            let review = Review::resource(MARKER, &[], "get", "", resource).within(namespace);
            server.review(&review).await.0.then_some(())
        };
        assert!(eventually(Duration::from_secs(30), marker).await.is_some(), "{resource}");
    }
    let rbac = |resource| format!("/apis/{GROUP}/v1/{resource}");
    let roles =
        [server.list(&rbac("roles")).await, server.list(&rbac("clusterroles")).await].concat();
    let bindings =
        [server.list(&rbac("rolebindings")).await, server.list(&rbac("clusterrolebindings")).await]
            .concat();
    let objects = crate::server::nodes(&[roles.clone(), bindings.clone()].concat());
    let (policy, problems) = read(objects.iter());
    assert_eq!(problems, []);
    let pods = crate::server::nodes(
        &[server.list("/api/v1/pods").await, server.list("/api/v1/persistentvolumes").await]
            .concat(),
    );
    let release = Release::of(Version::new(1, plane.version().minor()));
    let authorizer = Authorizer::new(policy, release).with_nodes(NodeGraph::read(pods.iter()));
    World { server, authorizer, bindings }
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn object(kind: &str, namespace: &str, name: &str) -> Value {
    let mut object =
        json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": name}});
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    object
}

fn policy() -> Vec<Value> {
    let mut random = Random(0x5EED);
    let mut objects = Vec::new();
    for number in 0..60 {
        let mut role = object("ClusterRole", "", &format!("r{number}"));
        role["rules"] = random.rules(true).into();
        objects.push(role);
    }
    for namespace in NAMESPACES {
        for number in 0..15 {
            let mut role = object("Role", namespace, &format!("r{number}"));
            role["rules"] = random.rules(false).into();
            objects.push(role);
        }
    }
    // Some name roles that do not exist, or exist only as the other kind or in another namespace.
    for number in 0..40 {
        let mut binding = object("ClusterRoleBinding", "", &format!("b{number}"));
        let role = format!("r{}", random.below(70));
        binding["roleRef"] = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": role});
        binding["subjects"] = random.subjects(false).into();
        objects.push(binding);
    }
    for namespace in NAMESPACES {
        for number in 0..30 {
            let mut binding = object("RoleBinding", namespace, &format!("b{number}"));
            let kind = random.one(&["Role", "ClusterRole"]);
            let role = format!("r{}", random.below(20));
            binding["roleRef"] = json!({"apiGroup": GROUP, "kind": kind, "name": role});
            binding["subjects"] = random.subjects(true).into();
            objects.push(binding);
        }
    }
    objects.extend(crate::escalation::writers());
    objects.extend(crate::impersonation::policy());
    objects
}

fn markers() -> Vec<Value> {
    let rule =
        |resource: &str| json!([{"verbs": ["get"], "apiGroups": [""], "resources": [resource]}]);
    let subject = json!([{"kind": "User", "apiGroup": GROUP, "name": MARKER}]);
    let mut cluster_role = object("ClusterRole", "", "zz-marker");
    cluster_role["rules"] = rule("markers");
    let mut role = object("Role", "n0", "zz-marker");
    role["rules"] = rule("local-markers");
    let mut cluster_binding = object("ClusterRoleBinding", "", "zz-marker");
    cluster_binding["roleRef"] =
        json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": "zz-marker"});
    cluster_binding["subjects"] = subject.clone();
    let mut binding = object("RoleBinding", "n0", "zz-marker");
    binding["roleRef"] = json!({"apiGroup": GROUP, "kind": "Role", "name": "zz-marker"});
    binding["subjects"] = subject;
    vec![cluster_role, role, cluster_binding, binding]
}
