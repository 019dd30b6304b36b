use std::collections::BTreeSet;
use std::path::PathBuf;

use merlon_snapshot::{Node, Subject, Wanted};

use crate::accounts::Accounts;
use crate::configz::{self, Configz};
use crate::root::HostRoot;
use crate::trouble::Trouble;
use crate::{host, listeners, lookup, processes};

const ACCOUNTS_LIMIT: usize = 16 << 20;

/// What is looked at, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The node's root directory: `/`, where the node is mounted, or a recorded tree.
    pub root: PathBuf,
    /// The node's name; otherwise it is read from `/etc/hostname`.
    pub name: Option<String>,
    /// The kubelet to ask for its live configuration. Without it nothing touches the network.
    pub configz: Option<Configz>,
}

impl Options {
    /// Looks at that root directory, and asks no kubelet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), name: None, configz: None }
    }
}

/// Collects a node's facts, and the gaps between them.
///
/// First comes what every scan needs: the host, its processes, its listening sockets. Then `wanted` is
/// asked, given the facts so far, what else to look at, until it names nothing new.
///
/// There is no error: what could not be seen is a gap. When the root itself cannot be opened, the gaps
/// are all there is, the first of them about `/`.
#[must_use]
pub fn node(options: &Options, wanted: impl Fn(&Node) -> BTreeSet<Wanted>) -> Node {
    let mut node = match HostRoot::open(&options.root) {
        Ok(root) => in_root(&root, options, wanted),
        Err(trouble) => nothing(options, &trouble),
    };
    node.gaps.sort_unstable();
    node.gaps.dedup();
    node.certificates.sort_unstable();
    node
}

fn in_root(root: &HostRoot, options: &Options, wanted: impl Fn(&Node) -> BTreeSet<Wanted>) -> Node {
    let mut gaps = Vec::new();
    let accounts = accounts(root, &mut gaps);
    let processes = processes::processes(root);
    gaps.extend(processes.gaps);
    let mut host = host::host(root, &mut gaps);
    host.process_count = processes.count;
    let name = match &options.name {
        Some(name) => name.clone(),
        None => host::name(root, &mut gaps),
    };
    let listeners = listeners::listeners(root, &processes.kubernetes, &mut gaps);
    let mut node =
        Node { name, host, processes: processes.kubernetes, listeners, gaps, ..Node::default() };
    if let Some(configz) = &options.configz {
        match configz::ask(configz) {
            Ok(document) => node.live_kubelet = Some(document),
            Err(gap) => node.gaps.push(gap),
        }
    }
    lookup::collect(root, &accounts, node, wanted)
}

fn nothing(options: &Options, trouble: &Trouble) -> Node {
    let subjects = [Subject::of_path("/"), Subject::Processes, Subject::Listeners];
    Node {
        name: options.name.clone().unwrap_or_else(|| host::UNNAMED.to_owned()),
        gaps: subjects.into_iter().map(|subject| trouble.clone().at(subject)).collect(),
        ..Node::default()
    }
}

fn accounts(root: &HostRoot, gaps: &mut Vec<merlon_snapshot::Gap>) -> Accounts {
    let mut read = |path: &str| {
        root.read(path, ACCOUNTS_LIMIT)
            .unwrap_or_else(|trouble| {
                gaps.push(trouble.at(Subject::of_path(path)));
                None
            })
            .unwrap_or_default()
    };
    let passwd = read("/etc/passwd");
    let group = read("/etc/group");
    Accounts::parse(&passwd, &group)
}
