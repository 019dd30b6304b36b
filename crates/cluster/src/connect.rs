//! From a kubeconfig, or a pod's service account, to a client.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::{HeaderValue, USER_AGENT};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::trouble::in_words;
use crate::{ClusterOptions, ConnectError};

/// How long a connection may take to be made, at most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The contexts of a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    /// Their names, in the order of the file.
    pub names: Vec<String>,
    /// The current one.
    pub current: Option<String>,
}

/// The contexts of a kubeconfig; without one named, of those that `KUBECONFIG` names or of
/// `~/.kube/config`.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn contexts(kubeconfig: Option<&Path>) -> Result<Contexts, ConnectError> {
    let Some(read) = read_kubeconfig(kubeconfig)? else {
        return Err(ConnectError::NoConfiguration { looked: place(kubeconfig) });
    };
    let names = read.contexts.into_iter().map(|context| context.name).collect();
    Ok(Contexts { names, current: read.current_context })
}

/// A client, and what it is a client of.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Where the configuration stands.
    pub(crate) kubeconfig: String,
    pub(crate) context: String,
    /// The server's address.
    pub(crate) server: String,
}

/// Makes the client that is asked for. Nothing is sent yet, but a credential plugin that the
/// kubeconfig names is run.
pub(crate) async fn connect(options: &ClusterOptions<'_>) -> Result<Connection, ConnectError> {
    let path = options.kubeconfig.as_deref();
    let mut kubeconfig = place(path);
    let (context, mut config) = match read_kubeconfig(path)? {
        Some(read) => of_context(read, options.context.as_deref(), &kubeconfig).await?,
        None if options.context.is_none() && std::env::var_os(IN_CLUSTER).is_some() => {
            kubeconfig = "the service account of this pod".to_owned();
            let config = Config::incluster().map_err(|error| ConnectError::Kubeconfig {
                kubeconfig: kubeconfig.clone(),
                cause: error.to_string(),
            })?;
            ("in-cluster".to_owned(), config)
        }
        None => return Err(ConnectError::NoConfiguration { looked: kubeconfig }),
    };
    let server = address(&config);
    if !options.allow_insecure {
        verifiable(&config, &context, &server)?;
    }
    config.connect_timeout = Some(options.timeout.min(CONNECT_TIMEOUT));
    // How often and when a request is repeated is decided here, with all requests in view.
    config.default_retry = false;
    let agent = HeaderValue::from_static(concat!("merlon/", env!("CARGO_PKG_VERSION")));
    config.headers.push((USER_AGENT, agent));
    let client = Client::try_from(config).map_err(|error| ConnectError::Credentials {
        kubeconfig: kubeconfig.clone(),
        context: context.clone(),
        server: server.clone(),
        cause: in_words(&error),
    })?;
    Ok(Connection { client, kubeconfig, context, server })
}

/// Set in every pod.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

async fn of_context(
    read: Kubeconfig,
    context: Option<&str>,
    kubeconfig: &str,
) -> Result<(String, Config), ConnectError> {
    let known: Vec<&str> = read.contexts.iter().map(|context| context.name.as_str()).collect();
    let unknown = |what: String| ConnectError::Context {
        kubeconfig: kubeconfig.to_owned(),
        what,
        known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
    };
    let Some(name) = context.map(str::to_owned).or_else(|| read.current_context.clone()) else {
        return Err(unknown("no context is current and none was named".to_owned()));
    };
    if !known.contains(&name.as_str()) {
        return Err(unknown(format!("no context is named {name}")));
    }
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(read, &options).await;
    let config = config.map_err(|error| unusable(kubeconfig, &error))?;
    Ok((name, config))
}

/// Refuses to send credentials to whoever answers.
fn verifiable(config: &Config, context: &str, server: &str) -> Result<(), ConnectError> {
    let refuse = |why, remedy| ConnectError::Unverified {
        context: context.to_owned(),
        server: server.to_owned(),
        why,
        remedy,
    };
    if config.accept_invalid_certs {
        return Err(refuse(
            "its certificate is not verified (insecure-skip-tls-verify)",
            "put the cluster's authority into certificate-authority-data instead",
        ));
    }
    if config.cluster_url.scheme_str() != Some("https") && has_credentials(&config.auth_info) {
        return Err(refuse("the connection is not encrypted", "use https"));
    }
    Ok(())
}

fn has_credentials(user: &AuthInfo) -> bool {
    user.username.is_some()
        || user.password.is_some()
        || user.token.is_some()
        || user.token_file.is_some()
        || user.client_key.is_some()
        || user.client_key_data.is_some()
        || user.auth_provider.is_some()
        || user.exec.is_some()
}

/// The kubeconfig; none where none is named and none is in the usual places.
fn read_kubeconfig(path: Option<&Path>) -> Result<Option<Kubeconfig>, ConnectError> {
    let read = match path {
        Some(path) => Kubeconfig::read_from(path).map(Some),
        None => match Kubeconfig::from_env() {
            Ok(None) => match usual_place().filter(|path| path.exists()) {
                Some(path) => Kubeconfig::read_from(path).map(Some),
                None => Ok(None),
            },
            read => read,
        },
    };
    read.map_err(|error| unusable(&place(path), &error))
}

fn unusable(kubeconfig: &str, error: &KubeconfigError) -> ConnectError {
    let cause = match error {
        // The parser shows the lines around a mistake, and they may hold a key.
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("it is no kubeconfig (line {}); check the file", at.line()),
            None => "it is no kubeconfig; check the file".to_owned(),
        },
        KubeconfigError::ReadConfig(cause, _) => format!("{cause}; name another kubeconfig"),
        error => format!("{error}; check the file"),
    };
    ConnectError::Kubeconfig { kubeconfig: kubeconfig.to_owned(), cause }
}

/// Where a kubeconfig is looked for, for people.
fn place(path: Option<&Path>) -> String {
    if let Some(path) = path {
        return path.display().to_string();
    }
    match std::env::var_os("KUBECONFIG").filter(|named| !named.is_empty()) {
        Some(named) => Path::new(&named).display().to_string(),
        None => {
            usual_place().map_or("~/.kube/config".to_owned(), |path| path.display().to_string())
        }
    }
}

fn usual_place() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".kube/config"))
}

/// The server's address without user, password and final slash.
fn address(config: &Config) -> String {
    let url = &config.cluster_url;
    let authority = url.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = url.path().trim_end_matches('/');
    format!("{}://{host}{path}", url.scheme_str().unwrap_or("https"))
}
