//! Which cluster is read, how much of it, and how gently.

use std::path::PathBuf;
use std::time::Duration;

use merlon_model::Kind;

/// Which cluster is read, how much of it, and how gently.
#[derive(Clone)]
pub struct ClusterOptions<'a> {
    /// The kubeconfig. Without one: those that `KUBECONFIG` names, `~/.kube/config`, and at last the
    /// service account of the pod that this runs in.
    pub kubeconfig: Option<PathBuf>,
    /// The context in the kubeconfig; without one, its current context.
    pub context: Option<String>,
    /// The namespaces that are read; all where none is named. Cluster-wide kinds are read either way.
    pub namespaces: Vec<String>,
    /// How many objects one page holds at most.
    pub page_size: usize,
    /// How many requests are sent per second, at most.
    pub requests_per_second: u32,
    /// How long the answer to one request may take.
    pub timeout: Duration,
    /// Whether to go on where the server cannot be verified: it might be anybody, and is sent the
    /// credentials.
    pub allow_insecure: bool,
    /// Is told how it goes.
    pub progress: &'a dyn Fn(Progress),
}

impl Default for ClusterOptions<'_> {
    /// The current context, all namespaces, pages of 500 objects, 50 requests per second, 60 seconds
    /// for each, nobody who watches.
    fn default() -> Self {
        fn nobody(_: Progress) {}
        Self {
            kubeconfig: None,
            context: None,
            namespaces: Vec::new(),
            page_size: 500,
            requests_per_second: 50,
            timeout: Duration::from_secs(60),
            allow_insecure: false,
            progress: &nobody,
        }
    }
}

/// How far reading a cluster has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A kind is being listed; told before each page.
    Listing {
        /// The kind.
        kind: Kind,
        /// Its number among those that the server has, from 1.
        number: usize,
        /// How many kinds the server has.
        kinds: usize,
        /// How many objects of all kinds have been read.
        objects: usize,
    },
    /// The server asked for patience, or did not answer; the request is sent again after a pause.
    Waiting {
        /// How long the pause is.
        pause: Duration,
    },
}
