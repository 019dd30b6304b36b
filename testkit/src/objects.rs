use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{GroupVersionKind, TypeMeta};
use kube::discovery::{ApiResource, Discovery, Scope};
use kube::{Api, Client, ResourceExt};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{ControlPlane, Credential, StartError};

/// How many objects are written at once.
const PARALLEL: usize = 16;

/// How long a new namespace may be without its service account.
const SERVICE_ACCOUNT_PATIENCE: Duration = Duration::from_secs(60);

/// Why objects could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A manifest could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A manifest is not YAML.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: String,
        /// What the parser says.
        message: String,
    },
    /// There is no such kind, or the object does not name one.
    #[error("the API server does not serve {what}")]
    UnknownKind {
        /// The kind, or the object.
        what: String,
    },
    /// The API server refused.
    #[error("{what}: {source}")]
    Refused {
        /// The object.
        what: String,
        /// The cause.
        source: Box<kube::Error>,
    },
    /// There is no client.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl LoadError {
    fn refused(what: impl Into<String>) -> impl FnOnce(kube::Error) -> LoadError {
        let what = what.into();
        move |source| LoadError::Refused { what, source: Box::new(source) }
    }
}

/// The objects in a file of YAML documents. `List`s are taken apart, empty documents passed over.
///
/// # Errors
/// When the file cannot be read or is not YAML.
pub fn read_manifests(path: &Path) -> Result<Vec<Value>, LoadError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| LoadError::Read { path: name.clone(), source })?;
    parse_manifests(&text).map_err(|message| LoadError::Parse { path: name, message })
}

fn parse_manifests(text: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|error| error.to_string())?;
    let mut objects = Vec::new();
    for document in documents {
        match document {
            Value::Null => {}
            Value::Object(mut fields)
                if fields
                    .get("kind")
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind.ends_with("List"))
                    && fields.get("items").is_some_and(Value::is_array) =>
            {
                if let Some(Value::Array(items)) = fields.remove("items") {
                    objects.extend(items);
                }
            }
            other => objects.push(other),
        }
    }
    Ok(objects)
}

impl ControlPlane {
    /// Creates or changes objects as the administrator: namespaces and definitions first, pods last,
    /// in between side by side.
    ///
    /// Gives what the server made of them, in the order in which they were given.
    ///
    /// # Errors
    /// With the first object that is refused.
    pub async fn apply(&self, objects: &[Value]) -> Result<Vec<Value>, LoadError> {
        let client = self.client(&Credential::Admin)?;
        let kinds = Arc::new(Kinds::discover(&client).await?);
        let mut results: BTreeMap<usize, Value> = BTreeMap::new();
        for phase in [Phase::First, Phase::Middle, Phase::Last] {
            let mut running = JoinSet::new();
            for (index, object) in objects.iter().enumerate() {
                if phase != Phase::of(object) {
                    continue;
                }
                if running.len() >= PARALLEL
                    && let Some(done) = running.join_next().await
                {
                    let (index, result) = joined(done);
                    results.insert(index, result?);
                }
                let (client, kinds, object) = (client.clone(), Arc::clone(&kinds), object.clone());
                running.spawn(async move { (index, apply_one(client, &kinds, object).await) });
            }
            while let Some(done) = running.join_next().await {
                let (index, result) = joined(done);
                results.insert(index, result?);
            }
        }
        Ok(results.into_values().collect())
    }

    /// Makes a namespace of its own for a test and gives its name, which starts with `prefix`.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn namespace(&self, prefix: &str) -> Result<String, LoadError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}-{}-{number}", std::process::id());
        let namespaces: Api<Namespace> = Api::all(self.client(&Credential::Admin)?);
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(name.clone());
        namespaces
            .create(&PostParams::default(), &namespace)
            .await
            .map_err(LoadError::refused(format!("namespace {name}")))?;
        Ok(name)
    }

    /// A token of a service account, which is made when it does not exist.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn service_account_token(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Credential, LoadError> {
        let client = self.client(&Credential::Admin)?;
        let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
        let what = format!("service account {namespace}/{name}");
        let mut account = ServiceAccount::default();
        account.metadata.name = Some(name.to_owned());
        match accounts.create(&PostParams::default(), &account).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => return Err(LoadError::refused(what)(error)),
            Ok(_) => {}
        }
        let request = TokenRequest {
            spec: TokenRequestSpec {
                expiration_seconds: Some(3600),
                ..TokenRequestSpec::default()
            },
            ..TokenRequest::default()
        };
        let answer = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .map_err(LoadError::refused(what.clone()))?;
        let status = answer.status.ok_or(LoadError::UnknownKind { what })?;
        Ok(Credential::Token(status.token))
    }
}

/// When an object is written: what others need comes before them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    First,
    Middle,
    /// Pods are refused when their service account does not exist.
    Last,
}

impl Phase {
    fn of(object: &Value) -> Phase {
        match object["kind"].as_str() {
            Some("Namespace" | "CustomResourceDefinition" | "PriorityClass" | "StorageClass") => {
                Phase::First
            }
            Some("Pod") => Phase::Last,
            _ => Phase::Middle,
        }
    }
}

type Applied = (usize, Result<Value, LoadError>);

fn joined(result: Result<Applied, tokio::task::JoinError>) -> Applied {
    result.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

async fn apply_one(client: Client, kinds: &Kinds, object: Value) -> Result<Value, LoadError> {
    let object: DynamicObject =
        serde_json::from_value(object).map_err(|error| LoadError::UnknownKind {
            what: format!("an object without apiVersion, kind or metadata ({error})"),
        })?;
    let (resource, scope) = kinds.of(&object)?;
    let namespace = object.namespace().unwrap_or_else(|| "default".to_owned());
    let api: Api<DynamicObject> = match scope {
        Scope::Cluster => Api::all_with(client, &resource),
        Scope::Namespaced => Api::namespaced_with(client, &namespace, &resource),
    };
    let name = object.name_any();
    let parameters = PatchParams::apply("merlon-testkit").force();
    let deadline = Instant::now() + SERVICE_ACCOUNT_PATIENCE;
    loop {
        match api.patch(&name, &parameters, &Patch::Apply(&object)).await {
            Ok(applied) => return Ok(serde_json::to_value(applied).unwrap_or(Value::Null)),
            Err(error) if awaits_service_account(&error) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => {
                let what = format!("{} {namespace}/{name}", resource.kind);
                return Err(LoadError::refused(what)(error));
            }
        }
    }
}

/// A pod is refused as long as the controller manager has not made its namespace's `default` service account.
fn awaits_service_account(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.message.contains("error looking up service account"))
}

/// Every kind that the API server serves.
struct Kinds(Discovery);

impl Kinds {
    async fn discover(client: &Client) -> Result<Kinds, LoadError> {
        let discovery = Discovery::new(client.clone()).run_aggregated().await;
        discovery.map(Kinds).map_err(LoadError::refused("discovery"))
    }

    fn of(&self, object: &DynamicObject) -> Result<(ApiResource, Scope), LoadError> {
        let types = object
            .types
            .clone()
            .unwrap_or_else(|| TypeMeta { api_version: String::new(), kind: String::new() });
        let unknown =
            || LoadError::UnknownKind { what: format!("{} of {}", types.kind, types.api_version) };
        let kind = GroupVersionKind::try_from(&types).map_err(|_| unknown())?;
        let (resource, capabilities) = self.0.resolve_gvk(&kind).ok_or_else(unknown)?;
        Ok((resource, capabilities.scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_taken_apart() {
        let check = |text: &str, expected: &[&str]| {
            let objects = parse_manifests(text).unwrap_or_else(|error| panic!("{error}"));
            let names: Vec<&str> =
                objects.iter().map(|object| object["kind"].as_str().unwrap_or("?")).collect();
            assert_eq!(names, expected, "{text}");
        };
        check("", &[]);
        check("kind: A\n", &["A"]);
        check("---\nkind: A\n---\n# nothing\n---\nkind: B\n", &["A", "B"]);
        check("kind: List\nitems:\n- kind: A\n- kind: B\n", &["A", "B"]);
        check("kind: AccessList\nname: x\n", &["AccessList"]);
        check("{\"kind\": \"A\"}", &["A"]);
        assert!(parse_manifests("a: [").is_err());
    }
}
