//! Asking a kubelet, which this test plays.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use merlon_collect::{Configz, Credential, Options, node};
use merlon_snapshot::{Cause, Gap, Node, Subject};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};

use crate::tree::Tree;

/// A server that answers every request alike, and remembers them.
struct Kubelet {
    host: String,
    authority: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Kubelet {
    fn answering(answer: String) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let private = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
                let mut request = vec![0; 8192];
                if let Ok(length) = stream.read(&mut request) {
                    let request = String::from_utf8_lossy(&request[..length]).into_owned();
                    seen.lock().unwrap().push(request);
                    let _ = stream.write_all(answer.as_bytes());
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            }
        });
        Self { host: format!("localhost:{port}"), authority: certificate.pem(), requests }
    }

    fn asked(&self, authority: &str) -> Node {
        let tree = Tree::new();
        let file = |name: &str, contents: &str| -> PathBuf {
            tree.file(name, contents);
            tree.root().join(name)
        };
        let options = Options {
            configz: Some(Configz {
                host: self.host.clone(),
                authorities: file("ca.pem", authority),
                credential: Credential::TokenFile(file("token", "a-bearer-token\n")),
            }),
            ..Options::new(tree.root())
        };
        node(&options, |_| std::collections::BTreeSet::new())
    }
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn gap(node: &Node) -> &Gap {
    assert_eq!(node.live_kubelet, None);
    node.gaps
        .iter()
        .find(|gap| matches!(gap.subject, Subject::Configz { .. }))
        .expect("a kubelet that did not answer is a gap")
}

#[test]
fn the_live_configuration_is_kept_without_secrets() {
    let body = r#"{"kubeletconfig":{"authentication":{"anonymous":{"enabled":false}},"staticPodURLHeader":{"A":["secret-value"]}}}"#;
    let kubelet = Kubelet::answering(response("200 OK", "", body));
    let node = kubelet.asked(&kubelet.authority);
    let document = node.live_kubelet.unwrap_or_else(|| panic!("{:?}", node.gaps));
    assert!(document.text.contains("\"enabled\": false"));
    assert!(!document.text.contains("secret-value"));
    let requests = kubelet.requests.lock().unwrap();
    assert!(requests[0].starts_with("GET /configz HTTP/1.1\r\n"), "{requests:?}");
    assert!(requests[0].to_lowercase().contains("authorization: bearer a-bearer-token"));
}

#[test]
fn nothing_is_sent_to_whom_nobody_vouches_for() {
    let kubelet = Kubelet::answering(response("200 OK", "", "{}"));
    let other = Kubelet::answering(String::new());
    let node = kubelet.asked(&other.authority);
    assert_eq!(gap(&node).cause, Cause::Unreachable);
    assert!(gap(&node).detail.contains("certificate"), "{}", gap(&node));
    assert!(kubelet.requests.lock().unwrap().is_empty());
}

#[test]
fn refusals_say_what_to_do() {
    let check = |status: &str, headers: &str, body: &str, cause: Cause, detail: &str| {
        let kubelet = Kubelet::answering(response(status, headers, body));
        let node = kubelet.asked(&kubelet.authority);
        assert_eq!(gap(&node).cause, cause, "{status}: {}", gap(&node));
        assert!(gap(&node).detail.contains(detail), "{status}: {}", gap(&node));
        assert_eq!(kubelet.requests.lock().unwrap().len(), 1, "{status}");
    };
    check("401 Unauthorized", "", "", Cause::Unreachable, "401: the kubelet does not know");
    check("403 Forbidden", "", "", Cause::Unreachable, "nodes/configz");
    check("404 Not Found", "", "", Cause::Unreachable, "debugging handlers");
    check("302 Found", "Location: https://localhost:1/\r\n", "", Cause::Unreachable, "redirect");
    check("500 Oh", "", "", Cause::Unreachable, "500");
    check("200 OK", "", "not json", Cause::Unparsable, "not a kubelet's configuration");
    check(
        "200 OK",
        "",
        "{\"kubeletconfig\": 1}",
        Cause::Unparsable,
        "not a kubelet's configuration",
    );
    check("200 OK", "", &"x".repeat(5 << 20), Cause::TooLarge, "more than");
}

#[test]
fn without_a_server_or_a_file_there_is_a_gap() {
    let check = |host: &str, authority: &str, detail: &str| {
        let kubelet = Kubelet {
            host: host.to_owned(),
            authority: authority.to_owned(),
            requests: Arc::default(),
        };
        let node = kubelet.asked(&kubelet.authority);
        assert_eq!(gap(&node).cause, Cause::Unreachable);
        assert!(gap(&node).detail.contains(detail), "{}", gap(&node));
    };
    let authority = Kubelet::answering(String::new()).authority;
    check("localhost:1", &authority, "efused");
    check("user@localhost:1", &authority, "not a name or address");
    check("localhost:1/x?", &authority, "not a name or address");
    check("localhost:1", "nothing", "holds no certificate");
}
