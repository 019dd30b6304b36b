//! Nodes in a few lines of text, for examples and tests.
//!
//! ```text
//! run kubelet@1.31 --config=/k.yaml        a process with its release and arguments
//! env ETCD_CLIENT_CERT_AUTH=true           a variable of the process before
//! as 1000                                  the user id of the process before, instead of 0
//! file /k.yaml 0600 root:root KIND         a file; with a KIND, the indented lines are its text
//!   kind: KubeletConfiguration
//! dir /etc/cni/net.d 0755 root:root        a directory (`socket` likewise)
//! link /etc/a /srv/a                       what was written at /etc/a really stands at /srv/a
//! list /k.d 10-a.conf 20-b.conf            the names in a directory
//! absent /etc/kubernetes/admin.conf        nothing is there
//! gap /etc/kubernetes permission-denied    it could not be looked at
//! gap processes permission-denied          nor could the list of processes (`listeners`,
//!                                          `sysctl:kernel.panic`)
//! sysctl kernel.panic=10
//! lsm apparmor=true                        what confines processes (`selinux=enforcing`)
//! listen 0.0.0.0:10255 kubelet             a socket held by the process of that name
//! package kubelet 1.31.2
//! os ID=ubuntu
//! certificate /pki/a.crt subject=CN=a issuer=CN=ca not-after=2027-01-01
//! ```
//!
//! Directories above what is there are `0755 root:root` unless they are written. A certificate
//! can have more words: `not-before=`, `key=RSA:2048`, `key-id=` (the same for the same key),
//! `signature=`, `organization=`, `usage=client-auth`, `authority`.
//!
//! KIND is a [`merlon_snapshot::DocumentKind`] as snapshots spell it. The snapshot's time is 2026-01-01.
//!
//! Objects are manifests as they are, after lines that say more about where they come from:
//!
//! ```text
//! # cluster                                they are all that a live cluster has
//! # release 1.31                           the cluster's release
//! # gap secrets permission-denied          those of a kind could not be listed
//! kind: Pod
//! ```
//!
//! Credentials in them are cut out, as by every collector.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Component, Kind, Version};
use merlon_snapshot::{
    Certificate, Document, File, FileKind, Gap, Inventory, Listener, Lookup, Manifest, Node,
    Origin, Process, PublicKey, Source, Subject,
};

/// When the nodes of examples are looked at: 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;

const DAY: i64 = 86_400;

/// Reads a node from its few lines.
///
/// # Panics
/// On a line that is not understood: examples are part of the program.
#[must_use]
pub fn node(text: &str) -> Node {
    let mut node = Node { name: "example".to_owned(), ..Node::default() };
    // Every host has a first process; without any, the list of them was not collected.
    node.host.process_count = 1;
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
    add_directories_above(&mut node);
    node
}

fn add_directories_above(node: &mut Node) {
    let paths: Vec<String> = node.files.keys().cloned().collect();
    for path in paths {
        let above = path.match_indices('/').map(|(place, _)| path[..place.max(1)].to_owned());
        for directory in above.filter(|directory| *directory != path) {
            if node.gap_at(&directory).is_none() && !node.files.contains_key(&directory) {
                place(node, &directory, FileKind::Directory, "0755", "root:root");
            }
        }
    }
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
        ("as", [uid]) => node.processes.last_mut()?.uid = Some(uid.parse().ok()?),
        ("link", [path, resolved]) => {
            if let Lookup::Present(file) = node.files.get_mut(*path)? {
                file.resolved = Some((*resolved).to_owned());
            }
        }
        ("lsm", [fact]) => match fact.split_once('=')? {
            ("apparmor", value) => {
                node.host.security_modules.apparmor = Some(value.parse().ok()?);
            }
            ("selinux", value) => node.host.security_modules.selinux = Some(value.to_owned()),
            _ => return None,
        },
        ("certificate", [path, words @ ..]) => node.certificates.push(certificate(path, words)?),
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
                "listeners" => Subject::Listeners,
                parameter if parameter.starts_with("sysctl:") => {
                    Subject::Sysctl { name: parameter["sysctl:".len()..].to_owned() }
                }
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

fn certificate(path: &str, words: &[&str]) -> Option<Certificate> {
    let mut certificate = Certificate {
        path: path.to_owned(),
        index: 0,
        subject: "CN=example".to_owned(),
        issuer: "CN=kubernetes".to_owned(),
        common_name: None,
        organizations: Vec::new(),
        alternative_names: Vec::new(),
        not_before: NOW - 30 * DAY,
        not_after: NOW + 335 * DAY,
        key: PublicKey { algorithm: "RSA".to_owned(), bits: Some(2048) },
        signature_algorithm: "sha256WithRSAEncryption".to_owned(),
        authority: false,
        key_usages: Vec::new(),
        extended_key_usages: Vec::new(),
        key_fingerprint: path.to_owned(),
        fingerprint: path.to_owned(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("subject", name) => certificate.subject = name.to_owned(),
            ("issuer", name) => certificate.issuer = name.to_owned(),
            ("organization", name) => certificate.organizations.push(name.to_owned()),
            ("usage", name) => certificate.extended_key_usages.push(name.replace('-', " ")),
            ("not-before", date) => certificate.not_before = day(date)?,
            ("not-after", date) => certificate.not_after = day(date)?,
            ("signature", name) => certificate.signature_algorithm = name.to_owned(),
            ("key-id", id) => certificate.key_fingerprint = id.to_owned(),
            ("key", key) => {
                let (algorithm, bits) = key.split_once(':')?;
                let bits = Some(bits.parse().ok()?);
                certificate.key = PublicKey { algorithm: algorithm.to_owned(), bits };
            }
            ("authority", "") => certificate.authority = true,
            _ => return None,
        }
    }
    Some(certificate)
}

/// The first second of a day written as `2026-02-01`.
fn day(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years begin in March, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leaps + (month * 153 + 2) / 5 + day - 1;
    // 0000-03-01 is 719,468 days before 1970-01-01.
    Some((days - 719_468) * DAY)
}

/// Reads objects from manifests and the lines about them.
///
/// # Panics
/// On a line that is not understood, and on text that is no manifest.
#[must_use]
pub fn inventory(text: &str) -> Inventory {
    let mut inventory = Inventory {
        name: "example".to_owned(),
        origin: Origin::Manifests { skipped: 0 },
        manifests: vec![Manifest {
            path: "example.yaml".to_owned(),
            text: redacted(text),
            rendered: None,
        }],
        objects: Vec::new(),
        gaps: Vec::new(),
    };
    for line in text.lines().map_while(|line| line.strip_prefix("# ")) {
        let words: Vec<&str> = line.split(' ').collect();
        describe(&mut inventory, &words)
            .unwrap_or_else(|| panic!("example line not understood: {line}"));
    }
    let contents = inventory.manifests[0].contents(0);
    assert!(contents.gaps.is_empty() && contents.foreign == 0, "not all objects: {contents:#?}");
    inventory.objects = contents.objects;
    if let Origin::Cluster { listed, .. } = &mut inventory.origin {
        inventory.objects.iter_mut().for_each(|object| object.source = Source::Api);
        inventory.manifests.clear();
        for gap in &inventory.gaps {
            if let Subject::Objects { kind } = &gap.subject {
                listed.remove(kind);
            }
        }
    }
    inventory
}

/// The text as collectors hand it on: with markers in place of credentials.
fn redacted(text: &str) -> String {
    let parsed = merlon_yaml::parse(text, &merlon_yaml::Limits::default());
    merlon_redaction::apply(text, &merlon_redaction::redact_manifest(text, &parsed.documents))
}

fn describe(inventory: &mut Inventory, words: &[&str]) -> Option<()> {
    match words {
        ["cluster"] => {
            let listed: BTreeSet<Kind> = Kind::ALL.iter().copied().collect();
            let server = "https://10.0.0.1:6443".to_owned();
            inventory.origin = Origin::Cluster { server, version: None, listed };
        }
        ["release", release] => {
            if let Origin::Cluster { version, .. } = &mut inventory.origin {
                *version = Some((*release).to_owned());
            }
        }
        ["gap", plural, cause] => {
            let cause = spelled(cause)?;
            // Two groups may call theirs the same.
            let mut kinds =
                Kind::ALL.iter().copied().filter(|kind| kind.plural() == *plural).peekable();
            kinds.peek()?;
            inventory.gaps.extend(kinds.map(|kind| Gap {
                subject: Subject::Objects { kind },
                cause,
                detail: String::new(),
            }));
        }
        _ => return None,
    }
    Some(())
}

/// Reads a word as snapshots spell it.
fn spelled<T: for<'de> serde::Deserialize<'de>>(word: &str) -> Option<T> {
    let word: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        serde::de::IntoDeserializer::into_deserializer(word);
    T::deserialize(word).ok()
}

#[cfg(test)]
mod tests {
    use super::{DAY, NOW, day};

    #[test]
    fn days_are_counted_from_1970() {
        let check = |date: &str, expected: Option<i64>| assert_eq!(day(date), expected, "{date}");
        check("1970-01-01", Some(0));
        check("2026-01-01", Some(NOW));
        check("2024-02-29", Some(19_782 * DAY));
        check("2024-03-01", Some(19_783 * DAY));
        check("2026-01", None);
        check("x-01-01", None);
    }
}
