//! Requests made in the name of others against our rules for who may.

use std::collections::BTreeMap;

use http::Request;
use merlon_rbac::{Request as Asked, User, Wanted};
use merlon_testkit::{ControlPlane, Credential};
use serde_json::{Value, json};

use crate::random::{GROUP, Random};
use crate::server::Server;
use crate::world::World;

const ATTEMPTS_EACH: usize = 60;
const AUTHENTICATION: &str = "authentication.k8s.io";

/// User, namespace or `""` for the cluster, verbs, group, resources, names.
type Right = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// What each impersonator may.
const RIGHTS: &[Right] = &[
    ("i0", "", &["impersonate"], "", &["users", "groups"], &[]),
    ("i1", "", &["impersonate"], "", &["users", "groups"], &["bob", "dev", "system:masters"]),
    ("i2", "n0", &["impersonate"], "", &["serviceaccounts"], &[]),
    ("i2", "", &["impersonate"], AUTHENTICATION, &["uids", "userextras/scopes"], &[]),
    ("i3", "", &["impersonate"], "", &["users", "groups", "serviceaccounts"], &[]),
    (
        "i3",
        "",
        &["impersonate"],
        AUTHENTICATION,
        &["uids", "userextras/example.com%2fa"],
        &["7", "x"],
    ),
    ("i4", "", &["impersonate:user-info"], AUTHENTICATION, &["users", "groups", "uids"], &[]),
    ("i4", "", &["impersonate-on:user-info:create"], AUTHENTICATION, &["selfsubjectreviews"], &[]),
    ("i4", "", &["impersonate:user-info"], AUTHENTICATION, &["userextras/example.com/a"], &[]),
    ("i5", "", &["impersonate:user-info"], AUTHENTICATION, &["users"], &["bob"]),
    ("i5", "", &["impersonate:user-info"], AUTHENTICATION, &["groups"], &["*"]),
    (
        "i5",
        "",
        &["impersonate-on:user-info:create", "impersonate-on:serviceaccount:create"],
        AUTHENTICATION,
        &["*"],
        &[],
    ),
    ("i5", "n1", &["impersonate:serviceaccount"], AUTHENTICATION, &["serviceaccounts"], &[]),
    ("i6", "", &["impersonate:arbitrary-node"], AUTHENTICATION, &["nodes"], &[]),
    (
        "i6",
        "",
        &["impersonate-on:arbitrary-node:create"],
        AUTHENTICATION,
        &["selfsubjectreviews"],
        &[],
    ),
    (
        "i6",
        "",
        &["impersonate:serviceaccount", "impersonate:user-info"],
        AUTHENTICATION,
        &["*"],
        &[],
    ),
];

const IMPERSONATORS: [&str; 7] = ["i0", "i1", "i2", "i3", "i4", "i5", "i6"];

pub(crate) fn policy() -> Vec<Value> {
    let mut objects = Vec::new();
    for (number, (user, namespace, verbs, group, resources, names)) in RIGHTS.iter().enumerate() {
        let name = format!("impersonates{number}");
        objects.push(json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": name},
            "rules": [{"verbs": verbs, "apiGroups": [group], "resources": resources, "resourceNames": names}],
        }));
        let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
        let mut binding = json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": name},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "User", "apiGroup": GROUP, "name": user}],
        });
        if !namespace.is_empty() {
            binding["metadata"]["namespace"] = (*namespace).into();
        }
        objects.push(binding);
    }
    objects
}

pub(crate) async fn agrees(plane: &ControlPlane, world: &World) {
    let mut random = Random(0x1337);
    let mut counts = [0_usize; 2];
    for name in IMPERSONATORS {
        let server = Server::by(plane, &Credential::in_groups(name, []));
        let requestor = User::named(name);
        for _ in 0..ATTEMPTS_EACH {
            let wanted = wanted(&mut random);
            let asked = Asked::resource("create", AUTHENTICATION, "selfsubjectreviews");
            let expected = world.authorizer.may_impersonate(&requestor, &wanted, &asked);
            // Whom the request then comes from also has to be allowed it.
            let allowed = expected
                .as_ref()
                .filter(|found| world.authorizer.authorize(&found.user, &asked).allowed);
            let (status, answer) = server.send(review(&wanted)).await;
            let told = || {
                format!(
                    "{} {name} as {wanted:?}\n{status} {answer}\nours {expected:?}",
                    plane.version()
                )
            };
            assert_eq!(status == 200, allowed.is_some(), "{}", told());
            if let Some(expected) = allowed {
                let info = &answer["status"]["userInfo"];
                assert_eq!(info["username"], expected.user.name.as_str(), "{}", told());
                let mut groups = expected.user.groups.clone();
                groups.sort();
                let mut actual: Vec<String> =
                    serde_json::from_value(info["groups"].clone()).unwrap();
                actual.sort();
                assert_eq!(actual, groups, "{}", told());
            }
            counts[usize::from(allowed.is_some())] += 1;
        }
    }
    let version = plane.version();
    eprintln!("{version}: {counts:?} impersonations refused and allowed, as we say");
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}

fn wanted(random: &mut Random) -> Wanted {
    let name = random.one(&[
        "bob",
        "carol",
        "system:anonymous",
        "system:node:node0",
        "system:serviceaccount:n0:s0",
        "system:serviceaccount:n1:s0",
        "system:serviceaccount:n1:No",
    ]);
    let mut wanted = Wanted { name: name.to_owned(), ..Wanted::default() };
    if random.chance(40) {
        let count = 1 + random.below(5);
        let groups = [
            "dev",
            "ops",
            "qa",
            "system:masters",
            "system:unauthenticated",
            "system:authenticated",
        ];
        let mut chosen: Vec<String> = (0..count).map(|_| random.one(&groups).to_owned()).collect();
        chosen.dedup();
        wanted.groups = chosen;
    }
    if random.chance(15) {
        wanted.uid = random.one(&["7", "8"]).to_owned();
    }
    if random.chance(15) {
        let key = random.one(&["scopes", "example.com/a"]);
        wanted.extra = BTreeMap::from([(key.to_owned(), vec![random.one(&["x", "y"]).to_owned()])]);
    }
    wanted
}

fn review(wanted: &Wanted) -> Request<Vec<u8>> {
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let mut request = Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews")
        .header("content-type", "application/json")
        .header("impersonate-user", &wanted.name);
    for group in &wanted.groups {
        request = request.header("impersonate-group", group);
    }
    if !wanted.uid.is_empty() {
        request = request.header("impersonate-uid", &wanted.uid);
    }
    for (key, values) in &wanted.extra {
        for value in values {
            let name = format!("impersonate-extra-{}", key.replace('/', "%2f"));
            request = request.header(name, value);
        }
    }
    request.body(body.to_string().into_bytes()).unwrap()
}
