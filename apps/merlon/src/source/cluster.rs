use std::io::{IsTerminal, stderr};

use merlon_cluster::{ClusterOptions, Progress};
use merlon_snapshot::Inventory;

use crate::arguments::Cluster;

/// Whether the arguments ask for a cluster.
pub fn is_named(cluster: &Cluster) -> bool {
    cluster.cluster || cluster.context.is_some() || cluster.kubeconfig.is_some()
}

/// Whether there is a kubeconfig where one is looked for.
pub fn is_configured() -> bool {
    let named = std::env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty());
    let home = std::env::home_dir().map(|home| home.join(".kube/config"));
    named || home.is_some_and(|path| path.is_file())
}

/// Reads the objects of a cluster.
pub fn collect(cluster: &Cluster) -> anyhow::Result<Inventory> {
    let show = stderr().is_terminal();
    let progress = |progress: Progress| {
        if show {
            draw(progress);
        }
    };
    let options = ClusterOptions {
        kubeconfig: cluster.kubeconfig.clone(),
        context: cluster.context.clone(),
        namespaces: cluster.namespace.clone(),
        requests_per_second: cluster.requests_per_second.max(1),
        allow_insecure: cluster.insecure,
        progress: &progress,
        ..ClusterOptions::default()
    };
    let inventory = merlon_cluster::collect(&options);
    if show {
        anstream::eprint!("\r\x1b[K");
    }
    Ok(inventory?)
}

/// One line that is written over again and again.
fn draw(progress: Progress) {
    match progress {
        Progress::Listing { kind, number, kinds, objects } => {
            anstream::eprint!(
                "\r\x1b[K{number}/{kinds} {}: {objects} objects so far",
                kind.plural()
            );
        }
        Progress::Waiting { pause } => {
            anstream::eprint!("\r\x1b[Kthe server is busy: waiting {} s", pause.as_secs().max(1));
        }
    }
}
