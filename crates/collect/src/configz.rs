//! Asking a kubelet for the configuration it runs with.
//!
//! The only part that touches the network, and only when an address is given.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use merlon_snapshot::{Cause, Document, DocumentKind, Gap, Subject};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::secrets;
use crate::trouble::Trouble;

const TIME_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: u64 = 4 << 20;
const FILE_LIMIT: u64 = 1 << 20;

/// A kubelet to be asked for its live configuration (`GET /configz`).
///
/// Its certificate is always verified, against the given authorities and no others, before the
/// credential is sent; redirects are not followed. The files are the collector's own, and are not
/// looked for in the node's root.
#[derive(Clone, Debug)]
pub struct Configz {
    /// The kubelet's host name or address, with its port: `10.0.0.7:10250`.
    pub host: String,
    /// A PEM file with the authorities that may have signed the kubelet's certificate.
    pub authorities: PathBuf,
    /// Who asks.
    pub credential: Credential,
}

/// Who asks a kubelet.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A bearer token, read from a file.
    TokenFile(PathBuf),
    /// A client certificate and its key, in PEM files.
    Certificate {
        /// The certificate, and those between it and its authority.
        chain: PathBuf,
        /// The private key.
        key: PathBuf,
    },
}

/// Asks a kubelet.
pub(crate) fn ask(configz: &Configz) -> Result<Document, Gap> {
    let url = format!("https://{}/configz", configz.host);
    answer(configz, &url)
        .and_then(|answer| live_configuration(&answer))
        .map_err(|trouble| trouble.at(Subject::Configz { url }))
}

fn answer(configz: &Configz, url: &str) -> Result<String, Trouble> {
    let is_address =
        configz.host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]%_".contains(&byte));
    if !is_address {
        return Err(unreachable("the host is not a name or address with a port"));
    }
    let (token, certificate) = match &configz.credential {
        Credential::TokenFile(path) => (Some(token(path)?), None),
        Credential::Certificate { chain, key } => (None, Some(client(chain, key)?)),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates(&configz.authorities)?))
        .client_cert(certificate)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let agent = ureq::Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        // A proxy from the environment has no business between a node and itself.
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(TIME_LIMIT))
        .build()
        .new_agent();
    let mut request = agent.get(url).header("Accept", "application/json");
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut response = request.call().map_err(|error| unreachable(&error.to_string()))?;
    match response.status().as_u16() {
        200 => {}
        status => return Err(unreachable(&refusal(status))),
    }
    response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_string().map_err(|error| {
        match error {
            ureq::Error::BodyExceedsLimit(_) => {
                Trouble::new(Cause::TooLarge, format!("more than {ANSWER_LIMIT} bytes"))
            }
            error => unreachable(&error.to_string()),
        }
    })
}

fn refusal(status: u16) -> String {
    match status {
        401 => {
            "401: the kubelet does not know the credential; it takes client certificates of its \
                client CA and, with webhook authentication, tokens of the cluster"
                .to_owned()
        }
        403 => "403: the credential may not read configz; it needs get on nodes/configz or \
                nodes/proxy"
            .to_owned(),
        404 => "404: the kubelet's debugging handlers are disabled".to_owned(),
        300..=399 => format!("{status}: a redirect, which is not followed"),
        status => format!("status {status}"),
    }
}

fn unreachable(detail: &str) -> Trouble {
    Trouble::new(Cause::Unreachable, detail)
}

/// Reads one of the collector's own files; its contents are never part of an error.
fn file(path: &Path) -> Result<Vec<u8>, Trouble> {
    let failed = |error: &dyn std::fmt::Display| {
        unreachable(&format!("cannot read {}: {error}", path.display()))
    };
    let size = std::fs::metadata(path).map_err(|error| failed(&error))?;
    if !size.is_file() || size.len() > FILE_LIMIT {
        return Err(failed(&"not a file, or too large"));
    }
    std::fs::read(path).map_err(|error| failed(&error))
}

fn token(path: &Path) -> Result<String, Trouble> {
    let token = String::from_utf8_lossy(&file(path)?).trim().to_owned();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = format!("{} does not hold a bearer token", path.display());
        return Err(unreachable(&what));
    }
    Ok(token)
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Trouble> {
    let pem = file(path)?;
    let certificates: Vec<Certificate<'static>> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .map(|der| Certificate::from_der(&der).to_owned())
        .collect();
    if certificates.is_empty() {
        let what = format!("{} holds no certificate", path.display());
        return Err(unreachable(&what));
    }
    Ok(certificates)
}

fn client(chain: &Path, key: &Path) -> Result<ClientCert, Trouble> {
    let pem = file(key)?;
    let private = PrivateKey::from_pem(&pem)
        .map_err(|_| unreachable(&format!("{} holds no private key", key.display())))?;
    Ok(ClientCert::new_with_certs(&certificates(chain)?, private))
}

/// Takes the kubelet's configuration out of `{"kubeletconfig": {…}}`.
fn live_configuration(answer: &str) -> Result<Document, Trouble> {
    let broken = || Trouble::new(Cause::Unparsable, "the answer is not a kubelet's configuration");
    let answer: serde_json::Value = serde_json::from_str(answer).map_err(|_| broken())?;
    let configuration = answer
        .get("kubeletconfig")
        .filter(|configuration| configuration.is_object())
        .ok_or_else(broken)?;
    let text = serde_json::to_string_pretty(configuration).map_err(|_| broken())?;
    secrets::document(DocumentKind::KubeletConfiguration, &text)
}
