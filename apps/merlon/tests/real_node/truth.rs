//! What the components themselves do, against what a scan says about them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use merlon_testkit::{Answer, Credential, block_on, eventually};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

use crate::node::Node;
use crate::scan;

const MARKER: &str = "merlon-marker-in-clear-text";
const ON_THE_NETWORK: [u8; 4] = [203, 0, 113, 10];

/// Each control passes if and only if the component was seen to do what it asks.
pub(crate) fn components_agree(node: &Node) {
    let outcomes = outcomes();
    let wrong: Vec<String> = observe(node)
        .into_iter()
        .filter_map(|(control, safe)| {
            let expected = if safe { "pass" } else { "fail" };
            let found = outcomes.get(control).map_or("nothing", String::as_str);
            (found != expected).then(|| format!("  {control}: {found}, seen: {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "the components do otherwise:\n{}", wrong.join("\n"));
}

/// The outcome of each control that judges one thing.
fn outcomes() -> BTreeMap<String, String> {
    let report = scan::report(&[]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(&finding["control"]), text(&finding["outcome"]))).collect()
}

type Observation = (&'static str, bool);

fn observe(node: &Node) -> Vec<Observation> {
    let mut seen = who_may(node);
    seen.extend(admission(node));
    seen.extend(records(node));
    seen.extend(kubelet(node));
    seen.extend(network());
    seen
}

fn get(node: &Node, credential: &Credential, path: &str) -> u16 {
    block_on(node.plane.get(credential, path)).unwrap().status
}

fn post(node: &Node, credential: &Credential, path: &str, object: &Value) -> Answer {
    block_on(node.plane.post(credential, path, object)).unwrap()
}

fn who_may(node: &Node) -> Vec<Observation> {
    let secrets = "/api/v1/secrets";
    let eve = get(node, &Credential::user("eve"), secrets);
    // The group is bound by RBAC alone.
    let administrator = Credential::member("kubernetes-admin", "kubeadm:cluster-admins");
    let administrator = get(node, &administrator, secrets);
    let token = fs::read_to_string("/etc/kubernetes/tokens.csv").unwrap_or("none,".to_owned());
    let token = token.split(',').next().unwrap().to_owned();
    let this = Credential::member(&format!("system:node:{}", node.plane.node()), "system:nodes");
    let object = json!({"metadata": {"name": "of-no-pod"}, "stringData": {"a": MARKER}});
    assert_eq!(
        post(node, &Credential::Admin, "/api/v1/namespaces/default/secrets", &object).status,
        201
    );
    let of_no_pod = get(node, &this, "/api/v1/namespaces/default/secrets/of-no-pod");
    // A service account for each controller, if they have any of their own.
    let accounts = "/api/v1/namespaces/kube-system/serviceaccounts/generic-garbage-collector";
    let ask = || async {
        let answer = node.plane.get(&Credential::Admin, accounts).await.unwrap();
        (answer.status == 200).then_some(())
    };
    let own_accounts = block_on(eventually(Duration::from_secs(20), ask)).is_some();
    let mut seen = vec![
        ("apiserver-always-allow", eve == 403),
        ("apiserver-without-rbac", administrator == 200 && eve == 403),
        ("apiserver-without-node-authorizer", of_no_pod == 403),
        ("apiserver-token-auth-file", get(node, &Credential::Token(token), secrets) == 401),
        ("apiserver-profiling", get(node, &Credential::Admin, "/debug/pprof/") == 404),
        ("controller-manager-shared-credentials", own_accounts),
    ];
    // With AlwaysAllow the API server refuses anonymous callers whatever it is told. The control
    // says in its documentation that it judges what it is told.
    if eve == 403 {
        let anonymous = get(node, &Credential::Anonymous, "/version");
        seen.push(("apiserver-anonymous-auth", anonymous == 401));
    }
    seen
}

fn admission(node: &Node) -> Vec<Observation> {
    let admin = &Credential::Admin;
    let default = "/api/v1/namespaces/default";
    // Controllers make the account that pods get.
    let account = format!("{default}/serviceaccounts/default");
    let ask = || async {
        let answer = node.plane.get(admin, &account).await.unwrap();
        (answer.status == 200).then_some(())
    };
    block_on(eventually(Duration::from_secs(120), ask)).expect("a default service account");
    let pod = |name: &str, spec: Value| {
        let mut pod = json!({"metadata": {"name": name}, "spec": {
            "containers": [{"name": "a", "image": "a:1", "imagePullPolicy": "IfNotPresent"}],
        }});
        pod["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        pod
    };
    let absent_account = pod("absent", json!({"serviceAccountName": "absent"}));
    let absent_account = post(node, admin, &format!("{default}/pods"), &absent_account);
    let pulled = post(node, admin, &format!("{default}/pods"), &pod("pulled", json!({})));
    assert_eq!(pulled.status, 201, "{}", pulled.body);
    let pulled: Value = serde_json::from_str(&pulled.body).unwrap();
    let map = json!({"metadata": {"name": "a"}});
    let absent_namespace = post(node, admin, "/api/v1/namespaces/absent/configmaps", &map);
    let service = json!({"metadata": {"name": "drawn"}, "spec": {
        "ports": [{"port": 80}], "externalIPs": ["192.0.2.1"],
    }});
    let service = post(node, admin, &format!("{default}/services"), &service);
    let this = Credential::member(&format!("system:node:{}", node.plane.node()), "system:nodes");
    let other = json!({"metadata": {"name": "other"}});
    let other = post(node, &this, "/api/v1/nodes", &other);
    vec![
        ("apiserver-without-service-account-admission", absent_account.status == 403),
        ("apiserver-without-namespace-lifecycle", absent_namespace.status == 404),
        ("apiserver-external-ips-admitted", service.status == 403),
        ("apiserver-without-node-restriction", other.status == 403),
        (
            "apiserver-without-always-pull-images",
            pulled["spec"]["containers"][0]["imagePullPolicy"] == "Always",
        ),
    ]
}

/// What is written, and how: events to the audit log, Secrets to etcd.
fn records(_: &Node) -> Vec<Observation> {
    let log = fs::read_to_string("/var/log/kubernetes/audit/audit.log").unwrap_or_default();
    let logged = log.contains("of-no-pod");
    let mut stored = Vec::new();
    read_below(Path::new("/var/lib/etcd"), &mut stored);
    let clear = stored.windows(MARKER.len()).any(|window| window == MARKER.as_bytes());
    let mut seen = vec![
        ("apiserver-audit-log-missing", logged),
        ("apiserver-audit-policy-missing", logged),
        ("apiserver-encryption-missing", !clear),
    ];
    if logged {
        seen.push(("audit-policy-logs-secrets", !log.contains(MARKER)));
    }
    seen
}

fn read_below(directory: &Path, bytes: &mut Vec<u8>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_below(&path, bytes);
        } else {
            bytes.extend(fs::read(&path).unwrap());
        }
    }
}

fn kubelet(node: &Node) -> Vec<Observation> {
    let status =
        |credential: &Credential| block_on(node.kubelet.get(credential, "/pods")).unwrap().status;
    let live = block_on(node.kubelet.get(&Credential::Admin, "/configz")).unwrap();
    let live: Value = serde_json::from_str(&live.body).unwrap();
    let live = &live["kubeletconfig"];
    vec![
        ("kubelet-anonymous-auth", status(&Credential::Anonymous) == 401),
        ("kubelet-always-allow", status(&Credential::user("eve")) == 403),
        ("kubelet-read-only-port", !is_open(Ipv4Addr::LOCALHOST, 10255)),
        ("kubelet-client-ca-missing", live["authentication"]["x509"]["clientCAFile"].is_string()),
        ("kubelet-streaming-timeout-off", live["streamingConnectionIdleTimeout"] != "0s"),
        ("kubelet-pod-pids-unlimited", live["podPidsLimit"].as_i64().unwrap() > 0),
        ("kubelet-seccomp-default-off", live["seccompDefault"] == true),
        ("kubelet-iptables-chains-off", live["makeIPTablesUtilChains"] == true),
        ("kubelet-client-certificate-rotation-off", live["rotateCertificates"] == true),
    ]
}

/// Who answers from the node's address, and who answers callers without a certificate.
fn network() -> Vec<Observation> {
    let on_the_network = |port| is_open(Ipv4Addr::from(ON_THE_NETWORK), port);
    vec![
        ("controller-manager-bind-address", !on_the_network(10257)),
        ("scheduler-bind-address", !on_the_network(10259)),
        ("etcd-client-unauthenticated", !answers_anybody(Ipv4Addr::LOCALHOST, 2379)),
        ("etcd-peer-unauthenticated", !answers_anybody(Ipv4Addr::from(ON_THE_NETWORK), 2380)),
    ]
}

fn is_open(address: Ipv4Addr, port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((address, port)), Duration::from_secs(2)).is_ok()
}

/// Whether etcd answers over TLS to a client that shows no certificate.
fn answers_anybody(address: Ipv4Addr, port: u16) -> bool {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file("/etc/kubernetes/pki/etcd/ca.crt").unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect((address, port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let mut answer = [0; 5];
    match stream
        .write_all(b"GET /version HTTP/1.0\r\n\r\n")
        .and_then(|()| stream.read_exact(&mut answer))
    {
        Ok(()) => answer == *b"HTTP/",
        Err(error) => {
            let refused = error.to_string();
            assert!(refused.contains("CertificateRequired"), "{refused}");
            false
        }
    }
}
