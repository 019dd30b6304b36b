use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::ExtendedKeyUsagePurpose;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::StartError;
use crate::pki::{Authority, Certified};
use crate::yaml::to_yaml;

/// A webhook that the API server sends its audit events to, over TLS on loopback.
#[derive(Debug)]
pub struct AuditReceiver {
    address: SocketAddr,
    trust: String,
    received: Arc<Received>,
    /// Its end ends the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Received {
    events: Mutex<Vec<Value>>,
    changed: Condvar,
}

impl Received {
    fn events(&self) -> MutexGuard<'_, Vec<Value>> {
        self.events.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl AuditReceiver {
    /// Starts listening on a free port.
    ///
    /// # Errors
    /// When no port or certificate can be had.
    pub fn start() -> Result<AuditReceiver, StartError> {
        let authority = Authority::new("audit-webhook-ca")?;
        let usages = [ExtendedKeyUsagePurpose::ServerAuth];
        let acceptor = acceptor(&authority.server("audit-webhook", &[], &usages)?)?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let received = Arc::new(Received::default());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sink = Arc::clone(&received);
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else {
                    return;
                };
                tokio::select! {
                    () = serve(listener, acceptor, sink) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(AuditReceiver { address, trust: authority.certificate(), received, _stop: stop })
    }

    /// The kubeconfig for `--audit-webhook-config-file`.
    pub fn kubeconfig(&self) -> String {
        to_yaml(&json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "audit", "cluster": {
                "certificate-authority-data": BASE64_STANDARD.encode(&self.trust),
                "server": format!("https://{}/audit", self.address),
            }}],
            "contexts": [{"name": "audit", "context": {"cluster": "audit", "user": ""}}],
            "current-context": "audit",
        }))
    }

    /// Every `audit.k8s.io/v1` `Event` received so far, in the order of arrival.
    pub fn events(&self) -> Vec<Value> {
        self.received.events().clone()
    }

    /// The first event that `wanted` accepts, among those received and those that arrive within `patience`.
    pub fn wait_for(&self, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let deadline = Instant::now() + patience;
        let mut events = self.received.events();
        let mut seen = 0;
        loop {
            if let Some(event) = events[seen..].iter().find(|event| wanted(event)) {
                return Some(event.clone());
            }
            seen = events.len();
            let left = deadline.checked_duration_since(Instant::now())?;
            let woken = self.received.changed.wait_timeout(events, left);
            events = woken.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
    }
}

fn acceptor(pair: &Certified) -> Result<TlsAcceptor, StartError> {
    let failed =
        |error: &dyn std::fmt::Display| StartError::Client(format!("audit webhook: {error}"));
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes())
        .map_err(|error| failed(&error))?;
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).map_err(|error| failed(&error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(|error| failed(&error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, received: Arc<Received>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (acceptor, received) = (acceptor.clone(), Arc::clone(&received));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| answer(request, &received));
            // A connection that breaks is the API server's to open again.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    received: &Received,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let status = match serde_json::from_slice::<Value>(&body) {
        Ok(mut list) => {
            if let Some(items) = list["items"].as_array_mut() {
                received.events().append(items);
                received.changed.notify_all();
            }
            200
        }
        Err(_) => 400,
    };
    let mut response = Response::new(Full::default());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    Ok(response)
}
