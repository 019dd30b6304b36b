//! Attempts to write roles and bindings, by users who may try, against our escalation check.

use http::{Method, Request};
use merlon_rbac::{Escalation, RoleRef, RoleWrite, User, read};
use merlon_testkit::{ControlPlane, Credential};
use serde_json::{Value, json};

use crate::random::{GROUP, NAMESPACES, Random};
use crate::server::{Server, nodes};
use crate::world::World;

const ATTEMPTS_EACH: usize = 90;
const COVERED_ATTEMPTS: usize = 300;
/// A writer who holds little, so that coverage is what decides.
const NARROW: &str = "narrow";
const WRITERS: [&str; 6] = ["u0", "u1", "u2", "w0", "w1", "w2"];

/// Writers may write roles and bindings as such; some may escalate or bind some, somewhere.
pub(crate) fn writers() -> Vec<Value> {
    let role = |name: &str, verbs: &[&str], resources: &[&str], names: &[&str]| {
        json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": name},
            "rules": [{"verbs": verbs, "apiGroups": [GROUP], "resources": resources, "resourceNames": names}],
        })
    };
    let binding = |namespace: &str, role: &str, subject: Value| {
        let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
        let mut binding = json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": role},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
            "subjects": [subject],
        });
        if !namespace.is_empty() {
            binding["metadata"]["namespace"] = namespace.into();
        }
        binding
    };
    let group = json!({"kind": "Group", "apiGroup": GROUP, "name": "writers"});
    let user = |name: &str| json!({"kind": "User", "apiGroup": GROUP, "name": name});
    let kinds = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    vec![
        role("writers", &["create", "update", "get"], &kinds, &[]),
        binding("", "writers", group),
        role("escalates-some", &["escalate"], &["roles", "clusterroles"], &["r1", "r2", "r3"]),
        binding("", "escalates-some", user("w0")),
        role("escalates", &["escalate"], &["roles"], &[]),
        binding("n1", "escalates", user("w1")),
        role(
            "binds-some",
            &["bind"],
            &["roles", "clusterroles"],
            &["r0", "r1", "r2", "r3", "r4", "r65"],
        ),
        binding("n2", "binds-some", user("w1")),
        role("binds", &["bind"], &["clusterroles"], &[]),
        binding("", "binds", user("w2")),
        json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": "narrow"},
            "rules": [
                {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]},
                {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["b"]},
                {"verbs": ["get"], "apiGroups": ["", "apps"], "resources": ["*/scale"]},
                {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["deployments"]},
                {"verbs": ["list"], "apiGroups": ["*"], "resources": ["secrets"]},
                {"verbs": ["get"], "nonResourceURLs": ["/a/*", "/b"]},
            ],
        }),
        binding("", "narrow", user(NARROW)),
    ]
}

pub(crate) async fn agrees(plane: &ControlPlane, world: &World) {
    let mut random = Random(0xE5CA);
    let mut counts = [0_usize; 2];
    for name in WRITERS {
        let credential = Credential::acting_as(name, ["writers", "g0"]);
        let server = Server::by(plane, &credential);
        let user = User::named(name).member_of("writers").member_of("g0");
        for _ in 0..ATTEMPTS_EACH {
            let attempt = match random.below(4) {
                0 => role_created(&mut random, world, &user),
                1 => role_changed(&mut random, world, &user),
                2 => binding_created(&mut random, world, &user),
                _ => binding_changed(&mut random, world, &user),
            };
            let allowed = try_it(plane, &server, &attempt).await;
            counts[usize::from(allowed)] += 1;
        }
    }
    let version = plane.version();
    eprintln!("{version}: {counts:?} writes of roles and bindings refused and allowed, as we say");
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}

/// Small rules by a user who holds small rules.
pub(crate) async fn coverage_agrees(plane: &ControlPlane, world: &World) {
    let mut random = Random(0xC0FE);
    let server = Server::by(plane, &Credential::acting_as(NARROW, ["writers"]));
    let user = User::named(NARROW).member_of("writers");
    let mut counts = [0_usize; 2];
    for _ in 0..COVERED_ATTEMPTS {
        let object = json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": "attempt"},
            "rules": [random.small_rule()],
        });
        let expected = judged(world, &user, &object, None);
        let path = path("", "clusterroles");
        let allowed =
            try_it(plane, &server, &Attempt { method: Method::POST, path, object, expected }).await;
        counts[usize::from(allowed)] += 1;
    }
    let version = plane.version();
    eprintln!("{version}: {counts:?} small roles refused and allowed, as we say");
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}

/// Whether the server lets it happen, which has to be as expected.
async fn try_it(plane: &ControlPlane, server: &Server, attempt: &Attempt) -> bool {
    let Attempt { method, path, object, expected } = attempt;
    let request = Request::builder()
        .method(method.clone())
        .uri(format!("{path}?dryRun=All"))
        .header("content-type", "application/json")
        .body(object.to_string().into_bytes())
        .unwrap();
    let (status, answer) = server.send(request).await;
    let agreed = match expected {
        Escalation::Refused(_) => status == 403,
        Escalation::NoSuchRole => status == 404,
        _ => status == 200,
    };
    let version = plane.version();
    assert!(agreed, "{version} {method} {path} {object}\n{status} {answer}\nours {expected:?}");
    expected.is_allowed()
}

struct Attempt {
    method: Method,
    path: String,
    object: Value,
    expected: Escalation,
}

fn path(namespace: &str, resource: &str) -> String {
    match namespace {
        "" => format!("/apis/{GROUP}/v1/{resource}"),
        _ => format!("/apis/{GROUP}/v1/namespaces/{namespace}/{resource}"),
    }
}

/// What the crate reads from a role, and says of writing it.
fn judged(world: &World, user: &User, object: &Value, replaces: Option<bool>) -> Escalation {
    let (policy, problems) = read(nodes(std::slice::from_ref(object)).iter());
    assert_eq!(problems, []);
    let (_, role) = policy.roles().next().unwrap();
    world.authorizer.may_write_role(user, &RoleWrite { role, replaces_aggregation: replaces })
}

fn role_object(random: &mut Random) -> (String, Value) {
    let namespace = if random.chance(60) { random.one(&NAMESPACES) } else { "" };
    let kind = if namespace.is_empty() { "ClusterRole" } else { "Role" };
    let mut object = json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": "attempt"},
        "rules": if random.chance(80) { vec![random.rule(namespace.is_empty())] } else { Vec::new() },
    });
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    } else if random.chance(15) {
        object["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]});
    }
    (namespace.to_owned(), object)
}

fn role_created(random: &mut Random, world: &World, user: &User) -> Attempt {
    let (namespace, object) = role_object(random);
    let resource = if namespace.is_empty() { "clusterroles" } else { "roles" };
    let expected = judged(world, user, &object, None);
    Attempt { method: Method::POST, path: path(&namespace, resource), object, expected }
}

fn role_changed(random: &mut Random, world: &World, user: &User) -> Attempt {
    let (namespace, mut object) = role_object(random);
    let resource = if namespace.is_empty() { "clusterroles" } else { "roles" };
    // The label makes it a change even when the rules stay.
    object["metadata"]["labels"] = json!({"changed": "yes"});
    let aggregated = namespace.is_empty() && random.chance(20);
    let name = if aggregated { "view".to_owned() } else { format!("r{}", random.below(6)) };
    object["metadata"]["name"] = name.as_str().into();
    let expected = judged(world, user, &object, Some(aggregated));
    let path = format!("{}/{name}", path(&namespace, resource));
    Attempt { method: Method::PUT, path, object, expected }
}

fn binding_created(random: &mut Random, world: &World, user: &User) -> Attempt {
    let namespace = if random.chance(60) { random.one(&NAMESPACES) } else { "" };
    let whole = namespace.is_empty();
    let (kind, resource) = if whole {
        ("ClusterRoleBinding", "clusterrolebindings")
    } else {
        ("RoleBinding", "rolebindings")
    };
    let role = format!("r{}", random.below(70));
    let reference = if whole || random.chance(50) {
        RoleRef::cluster_role(&role)
    } else {
        RoleRef::role(&role)
    };
    let mut object = json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": "attempt"},
        "roleRef": {"apiGroup": GROUP, "kind": reference.kind, "name": reference.name},
        "subjects": [{"kind": "User", "apiGroup": GROUP, "name": "mallory"}],
    });
    if !whole {
        object["metadata"]["namespace"] = namespace.into();
    }
    let expected = world.authorizer.may_bind(user, &reference, Some(namespace).filter(|_| !whole));
    Attempt { method: Method::POST, path: path(namespace, resource), object, expected }
}

fn binding_changed(random: &mut Random, world: &World, user: &User) -> Attempt {
    let mut object = world.bindings[random.below(world.bindings.len())].clone();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    let resource = if namespace.is_empty() { "clusterrolebindings" } else { "rolebindings" };
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    object["subjects"] = json!([{"kind": "User", "apiGroup": GROUP, "name": "mallory"}]);
    object["metadata"].as_object_mut().unwrap().remove("managedFields");
    let text = |key: &str| object["roleRef"][key].as_str().unwrap().to_owned();
    let reference = RoleRef { kind: text("kind"), name: text("name") };
    let scope = Some(namespace.as_str()).filter(|own| !own.is_empty());
    let expected = world.authorizer.may_bind(user, &reference, scope);
    let path = format!("{}/{}", path(&namespace, resource), name.replace(':', "%3A"));
    Attempt { method: Method::PUT, path, object, expected }
}
