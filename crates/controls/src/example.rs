//! Nodes in a few lines of text, for examples and tests.
//!
//! ```text
//! run kubelet@1.31 --config=/k.yaml        a process with its release and arguments
//! env ETCD_CLIENT_CERT_AUTH=true           a variable of the process before
//! file /k.yaml 0600 root:root KIND         a file; with a KIND, the indented lines are its text
//!   kind: KubeletConfiguration
//! dir /etc/cni/net.d 0755 root:root        a directory (`socket` likewise)
//! list /k.d 10-a.conf 20-b.conf            the names in a directory
//! absent /etc/kubernetes/admin.conf        nothing is there
//! gap /etc/kubernetes permission-denied    it could not be looked at
//! gap processes permission-denied          nor could the list of processes
//! sysctl kernel.panic=10
//! listen 0.0.0.0:10255 kubelet             a socket held by the process of that name
//! package kubelet 1.31.2
//! os ID=ubuntu
//! ```
//!
//! KIND is a [`merlon_snapshot::DocumentKind`] as snapshots spell it. The snapshot's time is 2026-01-01.

use std::collections::BTreeMap;

use merlon_model::{Component, Version};
use merlon_snapshot::{Document, File, FileKind, Gap, Listener, Lookup, Node, Process, Subject};

/// When the nodes of examples are looked at: 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;

/// Reads a node from its few lines.
///
/// # Panics
/// On a line that is not understood: examples are part of the program.
#[must_use]
pub fn node(text: &str) -> Node {
    let mut node = Node { name: "example".to_owned(), ..Node::default() };
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let mut content = String::new();
        while let Some(indented) = lines.peek().and_then(|next| next.strip_prefix("  ")) {
            content.push_str(indented);
            content.push('\n');
            lines.next();
        }
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        if let Some((verb, words)) = words.split_first() {
            add(&mut node, verb, words, content)
                .unwrap_or_else(|| panic!("example line not understood: {line}"));
        }
    }
    node
}

fn add(node: &mut Node, verb: &str, words: &[&str], content: String) -> Option<()> {
    match (verb, words) {
        ("run", [program, arguments @ ..]) => {
            let process = process(program, arguments, node.processes.len())?;
            node.processes.push(process);
            node.host.process_count += 1;
        }
        ("env", [variable]) => {
            let (name, value) = variable.split_once('=')?;
            let process = node.processes.last_mut()?;
            process.environment.insert(name.to_owned(), value.to_owned());
        }
        ("file", [path, mode, owner, kind @ ..]) => {
            place(node, path, FileKind::Regular, mode, owner)?;
            if let [kind] = kind {
                let document = Document { kind: spelled(kind)?, text: content, redactions: 0 };
                node.documents.insert((*path).to_owned(), document);
            }
        }
        ("dir", [path, mode, owner]) => place(node, path, FileKind::Directory, mode, owner)?,
        ("socket", [path, mode, owner]) => place(node, path, FileKind::Socket, mode, owner)?,
        ("list", [path, names @ ..]) => {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            node.directories.insert((*path).to_owned(), names);
        }
        ("absent", [path]) => {
            node.files.insert((*path).to_owned(), Lookup::Absent);
        }
        ("gap", [subject, cause]) => {
            let subject = match *subject {
                "processes" => Subject::Processes,
                path => Subject::of_path(path),
            };
            node.gaps.push(Gap { subject, cause: spelled(cause)?, detail: String::new() });
        }
        ("sysctl", [parameter]) => {
            let (name, value) = parameter.split_once('=')?;
            node.host.sysctls.insert(name.to_owned(), value.to_owned());
        }
        ("listen", [address, holder @ ..]) => {
            let listener = listener(address, holder.first().copied(), &node.processes)?;
            node.listeners.push(listener);
        }
        ("package", [name, version]) => {
            node.host.packages.insert((*name).to_owned(), (*version).to_owned());
        }
        ("os", [field]) => {
            let (name, value) = field.split_once('=')?;
            node.host.os_release.insert(name.to_owned(), value.to_owned());
        }
        _ => return None,
    }
    Some(())
}

fn process(program: &str, arguments: &[&str], before: usize) -> Option<Process> {
    let (path, version) = program.split_once('@').unwrap_or((program, ""));
    let name = path.rsplit('/').next()?;
    let argv = std::iter::once(path).chain(arguments.iter().copied()).map(str::to_owned);
    Some(Process {
        pid: 1000 + u32::try_from(before).ok()?,
        parent: 1,
        name: name.to_owned(),
        component: Component::from_name(name),
        executable: Some(format!("/usr/bin/{name}")),
        argv: argv.collect(),
        uid: Some(0),
        cgroup: None,
        environment: BTreeMap::new(),
        own_mounts: Some(false),
        build_version: Version::parse(version),
    })
}

fn place(node: &mut Node, path: &str, kind: FileKind, mode: &str, owner: &str) -> Option<()> {
    let (owner, group) = owner.split_once(':')?;
    let id = |name: &str| u32::from(name != "root") * 1000;
    let file = File {
        kind,
        mode: u32::from_str_radix(mode, 8).ok()?,
        uid: id(owner),
        gid: id(group),
        owner: Some(owner.to_owned()),
        group: Some(group.to_owned()),
        size: 0,
        resolved: None,
    };
    node.files.insert(path.to_owned(), Lookup::Present(file));
    Some(())
}

fn listener(address: &str, holder: Option<&str>, processes: &[Process]) -> Option<Listener> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let protocol = if host.contains(':') { "tcp6" } else { "tcp" };
    let pid = match holder {
        Some(name) => Some(processes.iter().find(|process| process.name == name)?.pid),
        None => None,
    };
    let port = port.parse().ok()?;
    Some(Listener { protocol: protocol.to_owned(), address: host.to_owned(), port, pid })
}

/// Reads a word as snapshots spell it.
fn spelled<T: for<'de> serde::Deserialize<'de>>(word: &str) -> Option<T> {
    let word: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        serde::de::IntoDeserializer::into_deserializer(word);
    T::deserialize(word).ok()
}
