//! Clusters as real API servers show them.

// Like the functions that the standard harness calls, these are tests; clippy cannot know.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use merlon_cluster::{ClusterOptions, ConnectError, cluster_role, collect, contexts};
use merlon_model::Kind;
use merlon_snapshot::{Cause, Inventory, Object, Origin, Subject};
use merlon_testkit::{ControlPlane, Credential, Need, Suite, Version, block_on};
use merlon_yaml::{Limits, Node, parse, to_json};
use serde_json::{Value, json};
use tempfile::TempDir;

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for version in Version::ALL {
        let name = |name: &str| format!("{name}_{version}");
        suite = suite
            .shared(&name("an_administrator_sees_all"), version, administrator)
            .shared(&name("secrets_stay_where_they_are"), version, secrets)
            .shared(&name("nobody_sees_nothing_and_is_told_so"), version, nobody)
            .shared(&name("the_printed_role_is_enough"), version, role)
            .shared(&name("a_namespace_is_enough_for_its_viewer"), version, one_namespace)
            .shared(&name("pages_make_one_list"), version, pages)
            .shared(&name("untrusted_servers_get_no_credentials"), version, untrusted)
            .alone(
                &name("a_broken_group_takes_only_its_kinds_along"),
                "registers an API whose server is not there",
                &[Need::Kubernetes(version)],
                move || broken_group(version),
            );
    }
    suite.run()
}

/// A kubeconfig for a token, or for whatever else is told of user and cluster.
struct Kubeconfig {
    directory: TempDir,
}

impl Kubeconfig {
    fn of(plane: &ControlPlane, credential: &Credential) -> Kubeconfig {
        let Credential::Token(token) = credential else { panic!("only tokens are written here") };
        Kubeconfig::with(plane, json!({"token": token}), json!({}))
    }

    fn with(plane: &ControlPlane, user: Value, more: Value) -> Kubeconfig {
        let directory = tempfile::tempdir().unwrap();
        let authority = directory.path().join("ca.crt");
        std::fs::write(&authority, plane.ca()).unwrap();
        let mut cluster = json!({"server": plane.url(), "certificate-authority": "ca.crt"});
        cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "first", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "first",
        });
        std::fs::write(directory.path().join("config"), config.to_string()).unwrap();
        Kubeconfig { directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("config")
    }

    fn options(&self) -> ClusterOptions<'static> {
        ClusterOptions { kubeconfig: Some(self.path()), ..ClusterOptions::default() }
    }
}

fn as_administrator(plane: &ControlPlane) -> ClusterOptions<'static> {
    ClusterOptions { kubeconfig: Some(plane.kubeconfig()), ..ClusterOptions::default() }
}

fn listed(inventory: &Inventory) -> BTreeSet<Kind> {
    match &inventory.origin {
        Origin::Cluster { listed, .. } => listed.clone(),
        Origin::Manifests { .. } => panic!("it came from a cluster"),
    }
}

fn find<'i>(inventory: &'i Inventory, kind: Kind, namespace: &str, name: &str) -> &'i Object {
    let is = |object: &&Object| {
        object.kind() == Some(kind)
            && object.name() == name
            && object.namespace().unwrap_or_default() == namespace
    };
    inventory.objects.iter().find(is).unwrap_or_else(|| panic!("{kind} {namespace}/{name}"))
}

fn apply(plane: &ControlPlane, objects: &[Value]) {
    block_on(plane.apply(objects)).unwrap_or_else(|error| panic!("{error}"));
}

fn token(plane: &ControlPlane, namespace: &str, name: &str) -> Credential {
    block_on(plane.service_account_token(namespace, name)).unwrap()
}

fn namespace(plane: &ControlPlane, prefix: &str) -> String {
    block_on(plane.namespace(prefix)).unwrap()
}

fn pod(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {"kubernetes.io/config.mirror": "x", "example.com/team": "a"},
            "labels": {"app": "web"},
        },
        "spec": {
            "hostNetwork": true,
            "nodeName": "control-plane",
            "containers": [{
                "name": "main",
                "image": "example.com/web:1",
                "command": ["kube-apiserver", "--secure-port=6443", "--anonymous-auth=false"],
                "securityContext": {"privileged": true, "capabilities": {"add": ["SYS_ADMIN"]}},
                "env": [{"name": "DATABASE_PASSWORD", "value": "hunter2-in-env"}],
                "ports": [{"containerPort": 6443, "hostPort": 6443, "protocol": "TCP"}],
            }],
        },
    })
}

/// Everything that was written has to be there, inside of what the server added.
fn assert_within(expected: &Value, found: &Value, place: &str) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let place = format!("{place}/{key}");
                let found = found.get(key).unwrap_or_else(|| panic!("{place} is missing"));
                assert_within(value, found, &place);
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            assert_eq!(expected.len(), found.len(), "{place}");
            for (number, (expected, found)) in expected.iter().zip(found).enumerate() {
                assert_within(expected, found, &format!("{place}/{number}"));
            }
        }
        _ => assert_eq!(expected, found, "{place}"),
    }
}

fn administrator(plane: &ControlPlane) {
    let namespace = namespace(plane, "whole");
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "clusterpolicies.kyverno.io"},
        "spec": {
            "group": "kyverno.io",
            "scope": "Cluster",
            "names": {"plural": "clusterpolicies", "kind": "ClusterPolicy"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                }},
            }],
        },
    });
    let made = [
        pod(&namespace, "web"),
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "deny", "namespace": namespace},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "reader", "namespace": namespace},
            "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "*"]}],
        }),
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {
                "maxReplicas": 3,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            },
        }),
        definition,
    ];
    apply(plane, &made);
    let inventory = collect(&as_administrator(plane)).unwrap();

    assert_eq!(inventory.gaps, []);
    let Origin::Cluster { server, version, .. } = &inventory.origin else { panic!("a cluster") };
    assert_eq!(server, plane.url());
    assert_eq!(version.as_deref(), Some(plane.version().release()));
    assert_eq!(inventory.name, contexts(Some(&plane.kubeconfig())).unwrap().current.unwrap());
    let kinds = listed(&inventory);
    for kind in [Kind::Pod, Kind::Secret, Kind::APIService, Kind::ClusterPolicy, Kind::Job] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    assert!(!kinds.contains(&Kind::PodSecurityPolicy), "no server has had it since 1.25");
    assert!(!kinds.contains(&Kind::Rollout));
    for expected in &made[..4] {
        let kind = expected["kind"].as_str().unwrap();
        let kind = Kind::of(expected["apiVersion"].as_str().unwrap(), kind).unwrap();
        let name = expected["metadata"]["name"].as_str().unwrap();
        let found = to_json(&find(&inventory, kind, &namespace, name).root);
        let mut expected = expected.clone();
        if kind == Kind::Pod {
            expected["spec"]["containers"][0]["env"][0]["value"] = json!("<redacted:password>");
        }
        assert_within(&expected, &found, name);
        assert_eq!(found["metadata"].get("managedFields"), None);
        assert_eq!(found["metadata"].get("resourceVersion"), None);
        assert!(found["metadata"]["creationTimestamp"].is_string());
    }
    let definition =
        &find(&inventory, Kind::CustomResourceDefinition, "", "clusterpolicies.kyverno.io").root;
    assert!(definition.path(&["spec", "versions"]).is_some());
    assert!(definition.pointer("/spec/versions/0/schema").is_none());
    find(&inventory, Kind::Namespace, "", &namespace);
    find(&inventory, Kind::ClusterRole, "", "cluster-admin");
    find(&inventory, Kind::ConfigMap, "kube-system", "extension-apiserver-authentication");
}

fn secrets(plane: &ControlPlane) {
    let namespace = namespace(plane, "secrets");
    let mut web = pod(&namespace, "web");
    web["spec"]["containers"][0]["args"] = json!(["--token=hunter2-in-args"]);
    apply(
        plane,
        &[
            json!({
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
                "metadata": {
                    "name": "database", "namespace": namespace, "labels": {"app": "web"},
                    "annotations": {
                        "kubectl.kubernetes.io/last-applied-configuration":
                            "{\"stringData\":{\"password\":\"hunter2-in-annotation\"}}",
                        "example.com/copy": "hunter2-in-another-annotation",
                    },
                },
                "stringData": {"username": "hunter2-in-data", "password": "hunter2-in-data"},
            }),
            json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "settings", "namespace": namespace},
                "data": {"application.properties": "password=hunter2-in-config"},
                "binaryData": {"keystore": "aHVudGVyMi1pbi1iaW5hcnk="},
            }),
            web,
        ],
    );
    let inventory = collect(&as_administrator(plane)).unwrap();

    let secret = to_json(&find(&inventory, Kind::Secret, &namespace, "database").root);
    assert_eq!(secret["apiVersion"], "v1");
    assert_eq!(secret["kind"], "Secret");
    assert_eq!(secret["type"], "kubernetes.io/basic-auth");
    assert_eq!(secret["metadata"]["labels"]["app"], "web");
    assert_eq!(secret["metadata"]["annotations"], json!({"example.com/copy": "<redacted>"}));
    assert_eq!(secret.get("data"), None);
    let settings = to_json(&find(&inventory, Kind::ConfigMap, &namespace, "settings").root);
    assert_eq!(settings["binaryData"], json!({"keystore": "<redacted>"}));
    assert!(settings["data"]["application.properties"].is_string());
    for object in inventory.objects {
        let text = to_json(&object.root).to_string();
        for secret in ["hunter2", "aHVudGVy"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

fn nobody(plane: &ControlPlane) {
    let namespace = namespace(plane, "nobody");
    let kubeconfig = Kubeconfig::of(plane, &token(plane, &namespace, "nobody"));
    let inventory = collect(&kubeconfig.options()).unwrap();
    assert_eq!(inventory.objects, []);
    assert_eq!(listed(&inventory), BTreeSet::new());
    assert!(inventory.gaps.len() > 30, "{}", inventory.gaps.len());
    for gap in &inventory.gaps {
        assert!(matches!(gap.subject, Subject::Objects { .. }), "{gap}");
        assert_eq!(gap.cause, Cause::PermissionDenied, "{gap}");
        assert!(gap.detail.contains("nobody"), "{gap}");
    }
    assert!(inventory.gap_of(Kind::Secret).is_some());
    assert!(inventory.gap_of(Kind::Rollout).is_none(), "what is not there is no gap");
}

/// The printed role under a name of its own, bound to a service account.
fn bound(plane: &ControlPlane, namespace: &str, change: impl Fn(&mut Value)) -> Kubeconfig {
    let mut role = to_json(&parse(&cluster_role(), &Limits::default()).documents[0].root);
    role["metadata"]["name"] = json!(namespace);
    change(&mut role);
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": namespace},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": namespace,
        },
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": namespace}],
    });
    apply(plane, &[role, binding]);
    Kubeconfig::of(plane, &token(plane, namespace, "reader"))
}

/// Collects until it is as expected: servers know of rights and groups a moment after they are written.
fn settled(options: &ClusterOptions<'_>, done: impl Fn(&Inventory) -> bool) -> Inventory {
    let mut inventory = collect(options).unwrap();
    for _ in 0..40 {
        if done(&inventory) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(250));
        inventory = collect(options).unwrap();
    }
    inventory
}

fn role(plane: &ControlPlane) {
    let whole = namespace(plane, "role");
    let kubeconfig = bound(plane, &whole, |_| {});
    let inventory = settled(&kubeconfig.options(), |inventory| inventory.gaps.is_empty());
    assert_eq!(inventory.gaps, []);
    assert!(listed(&inventory).contains(&Kind::Secret));

    for (resource, kind) in [("secrets", Kind::Secret), ("networkpolicies", Kind::NetworkPolicy)] {
        let name = namespace(plane, &format!("role-without-{resource}"));
        let kubeconfig = bound(plane, &name, |role| {
            for rule in role["rules"].as_array_mut().unwrap() {
                let Some(resources) = rule.get_mut("resources") else { continue };
                resources.as_array_mut().unwrap().retain(|named| named != resource);
            }
            let is_left =
                |rule: &Value| rule["resources"].as_array().is_none_or(|it| !it.is_empty());
            role["rules"].as_array_mut().unwrap().retain(is_left);
        });
        let inventory = settled(&kubeconfig.options(), |inventory| inventory.gaps.len() == 1);
        let subjects: Vec<&Subject> = inventory.gaps.iter().map(|gap| &gap.subject).collect();
        assert_eq!(subjects, [&Subject::Objects { kind }]);
        assert!(!listed(&inventory).contains(&kind));
        assert!(listed(&inventory).contains(&Kind::Pod));
    }
}

fn one_namespace(plane: &ControlPlane) {
    let (own, other) = (namespace(plane, "own"), namespace(plane, "other"));
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "viewer", "namespace": own},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "viewer", "namespace": own}],
    });
    apply(plane, &[binding, pod(&own, "mine"), pod(&other, "theirs")]);
    let kubeconfig = Kubeconfig::of(plane, &token(plane, &own, "viewer"));
    let options = |names: &[&str]| {
        let namespaces = names.iter().map(|name| (*name).to_owned()).collect();
        ClusterOptions { namespaces, ..kubeconfig.options() }
    };
    let within = |names: &[&str]| collect(&options(names)).unwrap();
    let pods = |inventory: &Inventory| -> Vec<String> {
        let pods = inventory.objects.iter().filter(|object| object.kind() == Some(Kind::Pod));
        pods.map(|object| object.name().to_owned()).collect()
    };

    let everywhere = within(&[]);
    assert_eq!(pods(&everywhere), [""; 0]);
    assert_eq!(everywhere.gap_of(Kind::Pod).unwrap().cause, Cause::PermissionDenied);

    let inventory = settled(&options(&[&own]), |inventory| inventory.is_complete(Kind::Pod));
    assert_eq!(pods(&inventory), ["mine"]);
    assert_eq!(inventory.gap_of(Kind::Pod), None);
    assert!(inventory.is_complete(Kind::Pod));
    find(&inventory, Kind::Namespace, "", &own);
    assert!(inventory.is_complete(Kind::Namespace));
    let secrets = inventory.gap_of(Kind::Secret).expect("`view` does not see secrets");
    assert_eq!(secrets.cause, Cause::PermissionDenied);
    assert!(inventory.gap_of(Kind::Node).is_some());

    let both = within(&[&own, &other]);
    assert_eq!(pods(&both), ["mine"]);
    assert!(!both.is_complete(Kind::Pod));
    assert!(both.gap_of(Kind::Pod).unwrap().detail.contains(&other), "{:?}", both.gaps);

    let options = as_administrator(plane);
    let absent = ClusterOptions { namespaces: vec!["not-there".to_owned()], ..options };
    let absent = collect(&absent).unwrap();
    assert_eq!(absent.gap_of(Kind::Namespace).unwrap().cause, Cause::Vanished);
}

fn pages(plane: &ControlPlane) {
    let name = namespace(plane, "pages");
    let maps: Vec<Value> = (0..23)
        .map(|number| {
            json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": format!("map-{number:02}"), "namespace": name},
            })
        })
        .collect();
    let secrets: Vec<Value> = (0..23)
        .map(|number| {
            json!({
                "apiVersion": "v1", "kind": "Secret", "type": format!("example.com/{number}"),
                "metadata": {"name": format!("secret-{number:02}"), "namespace": name},
            })
        })
        .collect();
    apply(plane, &maps);
    apply(plane, &secrets);
    let namespaces = vec![name.clone()];
    let options = ClusterOptions { namespaces, page_size: 5, ..as_administrator(plane) };
    let inventory = collect(&options).unwrap();
    assert_eq!(inventory.gaps, []);
    for number in 0..23 {
        find(&inventory, Kind::ConfigMap, &name, &format!("map-{number:02}"));
        let secret = find(&inventory, Kind::Secret, &name, &format!("secret-{number:02}"));
        let kind = secret.root.get("type").and_then(Node::as_str);
        assert_eq!(kind, Some(format!("example.com/{number}").as_str()));
    }
}

fn untrusted(plane: &ControlPlane) {
    let name = namespace(plane, "trust");
    let Credential::Token(token) = token(plane, &name, "somebody") else { panic!("a token") };
    let user = || json!({"token": token});
    let error = |user: Value, more: Value| {
        let kubeconfig = Kubeconfig::with(plane, user, more);
        collect(&kubeconfig.options()).expect_err("it is refused")
    };

    let skipping = json!({"insecure-skip-tls-verify": true, "certificate-authority": null});
    let refused = error(user(), skipping.clone());
    assert!(matches!(refused, ConnectError::Unverified { .. }), "{refused}");
    let kubeconfig = Kubeconfig::with(plane, user(), skipping);
    let allowed = ClusterOptions { allow_insecure: true, ..kubeconfig.options() };
    assert!(collect(&allowed).is_ok());

    let plain = plane.url().replace("https", "http");
    let refused = error(user(), json!({"server": plain}));
    assert!(matches!(refused, ConnectError::Unverified { .. }), "{refused}");

    // Without an authority of its own the system's are trusted, and none of them knows this server.
    let unknown = error(user(), json!({"certificate-authority": null}));
    assert!(matches!(unknown, ConnectError::Unreachable { .. }), "{unknown}");
    assert!(unknown.to_string().contains("certificate"), "{unknown}");

    let expired = error(json!({"token": "gone"}), json!({}));
    assert!(matches!(expired, ConnectError::Unauthorized { .. }), "{expired}");

    let failing = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "/not/there",
        "interactiveMode": "Never",
    }});
    let failing = error(failing, json!({}));
    assert!(matches!(failing, ConnectError::Credentials { .. }), "{failing}");
}

fn broken_group(version: Version) {
    let plane = ControlPlane::builder(version).without_controllers().start().unwrap();
    apply(
        &plane,
        &[json!({
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1.route.openshift.io"},
            "spec": {
                "group": "route.openshift.io", "version": "v1",
                "groupPriorityMinimum": 1000, "versionPriority": 15,
                "insecureSkipTLSVerify": true,
                "service": {"name": "nowhere", "namespace": "default"},
            },
        })],
    );
    let kubeconfig = plane.kubeconfig();
    let options = ClusterOptions { kubeconfig: Some(kubeconfig), ..ClusterOptions::default() };
    let inventory = settled(&options, |inventory| !inventory.gaps.is_empty());
    let subjects: Vec<&Subject> = inventory.gaps.iter().map(|gap| &gap.subject).collect();
    assert_eq!(subjects, [&Subject::Objects { kind: Kind::Route }], "{:?}", inventory.gaps);
    assert!(listed(&inventory).contains(&Kind::APIService));
}
