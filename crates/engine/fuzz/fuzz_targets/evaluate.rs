//! `cargo +nightly fuzz run evaluate`: a node whose command lines and files say anything at all is
//! evaluated without a panic, and twice to the same.
//!
//! The input is cut at zero bytes: one command line for each component, then one text for each
//! kind of document.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use merlon_engine::{Request, evaluate};
use merlon_model::Component;
use merlon_snapshot::{Document, DocumentKind, FORMAT, Header, Node, Process, Snapshot};

const DOCUMENTS: [(&str, DocumentKind); 6] = [
    ("/k.yaml", DocumentKind::KubeletConfiguration),
    ("/etc/kubernetes/manifests/a.yaml", DocumentKind::StaticPod),
    ("/audit.yaml", DocumentKind::AuditPolicy),
    ("/encryption.yaml", DocumentKind::EncryptionConfiguration),
    ("/authorization.yaml", DocumentKind::AuthorizationConfiguration),
    ("/etc/systemd/system/kubelet.service", DocumentKind::SystemdUnit),
];

fuzz_target!(|input: &str| {
    let mut parts = input.split('\0');
    let mut node = Node { name: "fuzzed".to_owned(), ..Node::default() };
    node.host.process_count = 10;
    for (place, component) in Component::ALL.into_iter().enumerate() {
        let line = parts.next().unwrap_or_default();
        node.processes.push(process(place, component, line));
    }
    for (path, kind) in DOCUMENTS {
        let text = parts.next().unwrap_or_default().to_owned();
        node.documents.insert(path.to_owned(), Document { kind, text, redactions: 0 });
    }
    let header = Header { format: FORMAT, tool: "fuzz".to_owned(), taken_at: 1_767_225_600 };
    let snapshot = Snapshot { header, nodes: vec![node], inventories: Vec::new() };
    let first = evaluate(&snapshot, &Request::default()).expect("the request names nothing");
    let second = evaluate(&snapshot, &Request::default()).expect("the request names nothing");
    assert_eq!(first, second);
});

fn process(place: usize, component: Component, line: &str) -> Process {
    let name = component.as_str().to_owned();
    let words = line.split_whitespace().map(str::to_owned);
    Process {
        pid: 1000 + u32::try_from(place).unwrap_or_default(),
        parent: 1,
        argv: std::iter::once(name.clone()).chain(words).collect(),
        name,
        component: Some(component),
        executable: None,
        uid: Some(0),
        cgroup: None,
        environment: BTreeMap::new(),
        own_mounts: Some(false),
        build_version: None,
    }
}
