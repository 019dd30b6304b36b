use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Request};
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::AuthInfo;
use kube::{Client, Config};
use serde_json::Value;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::credential::with_certificate;
use crate::pki::Pki;
use crate::{Credential, StartError};

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Runs a future to its end, also where an asynchronous runtime is already running.
///
/// # Panics
/// When the future panics.
pub fn block_on<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    // A runtime cannot be entered from within another one, so this one has its own thread.
    let result = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(future)).join());
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Waits until `found` finds something, asking every 100 ms; `None` when `patience` is over.
pub async fn eventually<T, F>(patience: Duration, mut found: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(value) = found().await {
            return Some(value);
        }
        if started.elapsed() > patience {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How to reach one server.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// `https://127.0.0.1:port`
    pub(crate) url: String,
    /// Certificates, PEM, one of which the server's certificate must descend from.
    pub(crate) trust: String,
    /// The name in the server's certificate, where it is not the address.
    pub(crate) server_name: Option<String>,
}

impl Endpoint {
    /// A client with `credential`, bound to the current runtime.
    pub(crate) fn client(&self, pki: &Pki, credential: &Credential) -> Result<Client, StartError> {
        let url = self.url.parse().expect("an address and a port make a URL");
        let mut config = Config::new(url);
        config.connect_timeout = Some(Duration::from_secs(5));
        // A test wants to see what the server says, not what it says in the end.
        config.default_retry = false;
        config.tls_server_name.clone_from(&self.server_name);
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(self.trust.as_bytes()).collect();
        let certificates = certificates.map_err(|error| StartError::Client(error.to_string()))?;
        config.root_cert = Some(certificates.iter().map(|der| der.to_vec()).collect());
        (config.auth_info, config.headers) = authentication(pki, credential)?;
        Client::try_from(config).map_err(|error| StartError::Client(error.to_string()))
    }

    /// The answer to `GET path`, whatever its status.
    pub(crate) async fn get(
        &self,
        pki: &Pki,
        credential: &Credential,
        path: &str,
    ) -> Result<Answer, StartError> {
        self.ask(pki, credential, Request::get(path).body(Body::empty())).await
    }

    /// The answer to `POST path` with a body of JSON, whatever its status.
    pub(crate) async fn post(
        &self,
        pki: &Pki,
        credential: &Credential,
        path: &str,
        body: &Value,
    ) -> Result<Answer, StartError> {
        let request = Request::post(path).header("content-type", "application/json");
        self.ask(pki, credential, request.body(body.to_string().into_bytes().into())).await
    }

    /// The answer to `DELETE path`, which waits for nobody, whatever its status.
    pub(crate) async fn delete(
        &self,
        pki: &Pki,
        credential: &Credential,
        path: &str,
    ) -> Result<Answer, StartError> {
        let request = Request::delete(path).header("content-type", "application/json");
        let body = br#"{"gracePeriodSeconds": 0, "propagationPolicy": "Background"}"#.to_vec();
        self.ask(pki, credential, request.body(body.into())).await
    }

    /// The answer to `PATCH path` with a JSON patch (RFC 6902), whatever its status.
    pub(crate) async fn json_patch(
        &self,
        pki: &Pki,
        credential: &Credential,
        path: &str,
        operations: &[Value],
    ) -> Result<Answer, StartError> {
        let request = Request::patch(path).header("content-type", "application/json-patch+json");
        let body = Value::from(operations.to_vec()).to_string().into_bytes();
        self.ask(pki, credential, request.body(body.into())).await
    }

    async fn ask(
        &self,
        pki: &Pki,
        credential: &Credential,
        request: Result<Request<Body>, http::Error>,
    ) -> Result<Answer, StartError> {
        let request = request.map_err(|error| StartError::Client(error.to_string()))?;
        let what = format!("{} {}{}", request.method(), self.url, request.uri());
        let failed = |error: &dyn std::fmt::Display| StartError::Client(format!("{what}: {error}"));
        let response = self.client(pki, credential)?.send(request).await;
        let response = response.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| failed(&error))?.to_bytes();
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

type Headers = Vec<(HeaderName, HeaderValue)>;

fn authentication(pki: &Pki, credential: &Credential) -> Result<(AuthInfo, Headers), StartError> {
    let admin = || pki.cluster.client("kubernetes-super-admin", Some("system:masters"));
    let mut headers = Headers::new();
    let information = match credential {
        Credential::Anonymous => AuthInfo::default(),
        Credential::Admin => with_certificate(&admin()?),
        Credential::Certificate { user, group } => {
            with_certificate(&pki.cluster.client(user, group.as_deref())?)
        }
        Credential::Proxied { user, groups } => {
            headers.push(header("x-remote-user", user)?);
            for group in groups {
                headers.push(header("x-remote-group", group)?);
            }
            with_certificate(&pki.front_proxy_client)
        }
        Credential::Impersonated { user, groups } => AuthInfo {
            impersonate: Some(user.clone()),
            impersonate_groups: Some(groups.clone()),
            ..with_certificate(&admin()?)
        },
        Credential::Token(token) => {
            AuthInfo { token: Some(token.as_str().into()), ..AuthInfo::default() }
        }
    };
    Ok((information, headers))
}

fn header(name: &'static str, value: &str) -> Result<(HeaderName, HeaderValue), StartError> {
    let value = HeaderValue::from_str(value)
        .map_err(|_| StartError::Client(format!("{value:?} cannot stand in a header")))?;
    Ok((HeaderName::from_static(name), value))
}
