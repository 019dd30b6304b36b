use std::time::Duration;

use http::Request;
use merlon_testkit::{ControlPlane, Credential, eventually};
use serde_json::{Value, json};

/// Somebody with a token, in a namespace of their own.
pub(crate) struct Attacker {
    pub(crate) namespace: String,
    pub(crate) token: Credential,
}

/// Who the server says is asking.
pub(crate) const WHO_AM_I: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

impl Attacker {
    /// What the server answers, with the status.
    pub(crate) async fn send(
        &self,
        plane: &ControlPlane,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        send(plane, &self.token, Request::builder().method(method).uri(self.here(path)), body).await
    }

    /// The same as somebody else.
    pub(crate) async fn send_as(
        &self,
        plane: &ControlPlane,
        user: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let request = Request::builder().method(method).uri(self.here(path));
        send(plane, &self.token, request.header("Impersonate-User", user), body).await
    }

    pub(crate) async fn can_read(&self, plane: &ControlPlane, path: &str) -> bool {
        self.send(plane, "GET", path, &Value::Null).await.0 == 200
    }

    pub(crate) async fn can_send(
        &self,
        plane: &ControlPlane,
        method: &str,
        path: &str,
        body: &Value,
    ) -> bool {
        (200..300).contains(&self.send(plane, method, path, body).await.0)
    }

    /// Waits for what controllers do.
    pub(crate) async fn comes_to_read<T>(
        &self,
        plane: &ControlPlane,
        path: &str,
        find: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        eventually(Duration::from_secs(30), || async {
            let (status, answer) = self.send(plane, "GET", path, &Value::Null).await;
            // What is refused once stays refused.
            (status == 200).then(|| find(&answer)).flatten()
        })
        .await
    }

    /// Takes the rights away again.
    pub(crate) async fn leave(&self, plane: &ControlPlane) {
        let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
        for name in [self.namespace.clone(), format!("{}-gained", self.namespace)] {
            let request = Request::builder().method("DELETE").uri(format!("{bindings}/{name}"));
            send(plane, &Credential::Admin, request, &Value::Null).await;
        }
    }

    pub(crate) fn metadata(&self, name: &str) -> Value {
        json!({"name": name, "namespace": self.namespace})
    }

    /// Themselves, as a subject of bindings.
    pub(crate) fn subject(&self) -> Value {
        json!({"kind": "ServiceAccount", "name": "attacker", "namespace": self.namespace})
    }

    pub(crate) fn victim(&self) -> String {
        format!("system:serviceaccount:{}:victim", self.namespace)
    }

    fn here(&self, path: &str) -> String {
        path.replace("NAMESPACE", &self.namespace)
    }
}

/// Waits until a controller has put the rights of `admin` together.
pub(crate) async fn wait_for_default_roles(plane: &ControlPlane) {
    let administrator = Attacker { namespace: String::new(), token: Credential::Admin };
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin";
    let filled = |role: &Value| (!role["rules"].as_array()?.is_empty()).then_some(());
    let filled = administrator.comes_to_read(plane, path, filled).await;
    assert!(filled.is_some(), "nobody puts the rights of ClusterRole admin together");
}

async fn send(
    plane: &ControlPlane,
    credential: &Credential,
    request: http::request::Builder,
    body: &Value,
) -> (u16, Value) {
    let kind = match request.method_ref().map(http::Method::as_str) {
        Some("PATCH") => "application/merge-patch+json",
        _ => "application/json",
    };
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = request.header("Content-Type", kind).body(body).unwrap();
    match plane.client(credential).unwrap().request::<Value>(request).await {
        Ok(answer) => (200, answer),
        Err(kube::Error::Api(status)) => (status.code, Value::String(status.message.clone())),
        Err(error) => panic!("{error}"),
    }
}
