//! A real API server, asked what it would do.

use kube::Client;
use kube::client::Body;
use merlon_testkit::{ControlPlane, Credential, Version};
use merlon_yaml::Node;
use serde_json::{Value, json};

use crate::cases::tree;

/// The configuration of the admission plugin.
pub(crate) const CONFIGURATION: &str = "
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline, enforce-version: v1.30, warn: baseline, warn-version: v1.20}
exemptions:
  usernames: [trusted]
  namespaces: [exempt]
  runtimeClasses: [sandboxed]
";

/// What the server says to a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It would store this, and sends these warnings.
    Stored(Box<Node>, Vec<String>),
    /// Admission refuses it, with this message.
    Forbidden(String),
    /// It is refused for another reason.
    Refused(String),
}

pub(crate) struct Server {
    client: Client,
}

/// Starts a server with [`CONFIGURATION`], and with the features that let it see more fields.
pub(crate) fn start(version: Version) -> ControlPlane {
    let configuration = CONFIGURATION.replace('\n', "\n    ");
    let admission = format!(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n\
         - name: PodSecurity\n  configuration:{configuration}\n"
    );
    let path = "/etc/kubernetes/admission.yaml";
    let plane = ControlPlane::builder(version).without_controllers().configure(|profile| {
        profile.file(path, &admission, 0o600);
        profile
            .apiserver
            .set("admission-control-config-file", &format!("{{root}}{path}"))
            // Without controllers there are no service accounts.
            .set("disable-admission-plugins", "ServiceAccount,RuntimeClass");
        if version == Version::V1_32 {
            let features = "UserNamespacesSupport=true,ProcMountType=true";
            profile.apiserver.set("feature-gates", features);
        }
    });
    plane.start().unwrap_or_else(|error| panic!("{error}"))
}

impl Server {
    /// Has to be made within the runtime that uses it.
    pub(crate) fn new(plane: &ControlPlane, credential: &Credential) -> Server {
        Server { client: plane.client(credential).unwrap() }
    }

    /// Makes a namespace with labels.
    pub(crate) async fn namespace(&self, name: &str, labels: &Value) -> Answer {
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels},
        });
        self.ask("POST", "/api/v1/namespaces", &object).await
    }

    /// Asks what creating a pod would do.
    pub(crate) async fn try_pod(&self, namespace: &str, pod: &Value) -> Answer {
        self.ask("POST", &format!("/api/v1/namespaces/{namespace}/pods?dryRun=All"), pod).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, object: &Value) -> Answer {
        let kind = match method {
            "PATCH" => "application/strategic-merge-patch+json",
            _ => "application/json",
        };
        let body = Body::from(object.to_string().into_bytes());
        let request = http::Request::builder().method(method).uri(path);
        let request = request.header("content-type", kind).body(body).unwrap();
        let response = self.client.send(request).await.unwrap();
        let status = response.status();
        let warnings = response.headers().get_all("warning").iter();
        let warnings = warnings.map(|value| unquoted(&String::from_utf8_lossy(value.as_bytes())));
        let warnings = warnings.collect();
        let body = response.into_body().collect_bytes().await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        if status.is_success() {
            return Answer::Stored(Box::new(tree(&body)), warnings);
        }
        let status: Value = serde_json::from_str(&body).unwrap();
        let message = status["message"].as_str().unwrap().to_owned();
        match message.split_once(" is forbidden: ") {
            Some((_, cause)) if cause.contains("PodSecurity") => {
                Answer::Forbidden(cause.to_owned())
            }
            _ => Answer::Refused(message),
        }
    }
}

/// Gives the text of a warning: `299 - "text"`.
fn unquoted(value: &str) -> String {
    let text = value.strip_prefix("299 - \"").and_then(|text| text.strip_suffix('"'));
    let text = text.unwrap_or_else(|| panic!("{value}"));
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let escaped = (character == '\\').then(|| characters.next()).flatten();
        plain.push(escaped.unwrap_or(character));
    }
    plain
}
