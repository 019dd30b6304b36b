use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A request that the API server made.
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Heard {
    /// Whom the API server says the request is of.
    pub(crate) fn user(&self) -> &str {
        self.headers.get("X-Remote-User").and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

/// A server of the attacker's, with TLS, on loopback; it ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Its certificate, PEM.
    pub(crate) certificate: String,
    /// Its end ends the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Server {
    /// Answers each request with a status and an object.
    pub(crate) fn start(answer: impl Fn(&Heard) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(TcpListener::from_std(listener).unwrap(), acceptor, Arc::new(answer)) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, certificate: own.cert.pem(), _stop: stop }
    }
}

async fn serve<A>(listener: TcpListener, acceptor: TlsAcceptor, answer: Arc<A>)
where
    A: Fn(&Heard) -> (u16, Value) + Send + Sync + 'static,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(|request| reply(request, &*answer));
            // A connection that breaks is the API server's to open again.
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn reply(
    request: Request<Incoming>,
    answer: &impl Fn(&Heard) -> (u16, Value),
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let heard = Heard {
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let (status, object) = answer(&heard);
    let response = Response::builder().status(status).header("Content-Type", "application/json");
    Ok(response.body(Full::new(object.to_string().into())).unwrap())
}
