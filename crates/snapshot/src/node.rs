use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Certificate, Document, Gap, Host, Inventory, Listener, Lookup, Process};

/// Everything that was seen in one collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// When and by what it was taken.
    pub header: Header,
    /// The nodes, sorted by name.
    pub nodes: Vec<Node>,
    /// The clusters and sets of manifests, sorted by name.
    pub inventories: Vec<Inventory>,
}

/// When and by what a snapshot was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the file format; see [`crate::FORMAT`].
    pub format: u32,
    /// The program that took it, with its version.
    pub tool: String,
    /// Seconds since 1970-01-01 UTC. Evaluation takes the present from here, never from a clock.
    pub taken_at: i64,
}

/// One node's facts, and the gaps between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The node's host name.
    pub name: String,
    /// The operating system and the kernel.
    pub host: Host,
    /// The processes that belong to Kubernetes, sorted by process id. Others are only counted.
    pub processes: Vec<Process>,
    /// What was found at each path that was looked up, by the path as it was asked for.
    ///
    /// The directories above each path are here as well.
    pub files: BTreeMap<String, Lookup>,
    /// The redacted text of configuration files, by path.
    pub documents: BTreeMap<String, Document>,
    /// Names in directories that were listed, sorted, by the directory's path.
    pub directories: BTreeMap<String, Vec<String>>,
    /// The certificates in PKI directories, kubeconfigs and configured places.
    pub certificates: Vec<Certificate>,
    /// Listening sockets with the process that holds each, sorted.
    pub listeners: Vec<Listener>,
    /// What the kubelet's `/configz` answered: a `KubeletConfiguration` as JSON text, redacted.
    pub live_kubelet: Option<Document>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

impl Node {
    /// The gap that explains why nothing is known about a path, if there is one.
    #[must_use]
    pub fn gap_at(&self, path: &str) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.subject.path() == Some(path))
    }
}
