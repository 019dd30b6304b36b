//! From arguments to a snapshot: files of facts, this host, a cluster, manifests.

mod cluster;
mod host;

use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use merlon_collect::{HelmOptions, ManifestOptions};
use merlon_snapshot::{FORMAT, Header, Inventory, Snapshot};
use merlon_views::{NodeView, Told};

use crate::arguments::{Manifests, Source};

/// The facts that a command is about.
pub fn snapshot(source: &Source, told: &Told) -> anyhow::Result<Snapshot> {
    let mut snapshot = empty()?;
    if !source.snapshot.is_empty() {
        read_snapshots(source, &mut snapshot)?;
    }
    if !source.paths.is_empty() {
        let inventory = manifests(&source.paths, &source.manifests, told)?;
        snapshot.inventories.push(inventory);
    }
    if cluster::is_named(&source.cluster) {
        snapshot.inventories.push(cluster::collect(&source.cluster)?);
    }
    if host::is_named(&source.host) {
        snapshot.nodes.push(host::collect(&source.host, told)?);
    }
    let named = !source.snapshot.is_empty()
        || !source.paths.is_empty()
        || cluster::is_named(&source.cluster)
        || host::is_named(&source.host);
    if !named {
        look_around(source, told, &mut snapshot)?;
    }
    sort(&mut snapshot)?;
    Ok(snapshot)
}

fn empty() -> anyhow::Result<Snapshot> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let header = Header {
        format: FORMAT,
        tool: format!("merlon {}", env!("CARGO_PKG_VERSION")),
        taken_at: i64::try_from(now.as_secs()).context("the clock is beyond all years")?,
    };
    Ok(Snapshot { header, nodes: Vec::new(), inventories: Vec::new() })
}

/// Takes whatever is here: this host if it has to do with Kubernetes, the cluster of the kubeconfig,
/// manifests in the working directory; says what was looked at.
fn look_around(source: &Source, told: &Told, snapshot: &mut Snapshot) -> anyhow::Result<()> {
    let mut seen = Vec::new();
    let mut not = Vec::new();
    let node = host::collect(&source.host, told)?;
    if NodeView::new(&node, snapshot.header.taken_at, told).has_kubernetes() {
        seen.push(format!("this host ({})", node.name));
        snapshot.nodes.push(node.clone());
    } else {
        not.push("nothing of Kubernetes runs on this host".to_owned());
    }
    match manifests_here(source, told) {
        Some(inventory) => {
            seen.push("the manifests in the working directory".to_owned());
            snapshot.inventories.push(inventory);
        }
        None => not.push("no manifests are in the working directory".to_owned()),
    }
    if cluster::is_configured() {
        match cluster::collect(&source.cluster) {
            Ok(inventory) => {
                seen.push(format!("the cluster {}", inventory.name));
                snapshot.inventories.push(inventory);
            }
            Err(error) => not.push(format!("the cluster could not be read: {error:#}")),
        }
    } else {
        not.push("no kubeconfig names a cluster".to_owned());
    }
    if seen.is_empty() {
        // The report says what was looked for.
        snapshot.nodes.push(node);
    } else {
        anstream::eprintln!("Looked at {}.", seen.join(", "));
    }
    for reason in not {
        anstream::eprintln!("Left out: {reason}.");
    }
    Ok(())
}

/// The manifests below the working directory. A home directory or a whole file system is no place
/// where manifests are kept.
fn manifests_here(source: &Source, told: &Told) -> Option<Inventory> {
    let here = std::env::current_dir().ok()?;
    if here.parent().is_none() || std::env::home_dir().is_some_and(|home| home == here) {
        return None;
    }
    let inventory = manifests(&[PathBuf::from(".")], &source.manifests, told).ok()?;
    (!inventory.objects.is_empty()).then_some(inventory)
}

/// Reads manifests.
pub fn manifests(
    paths: &[PathBuf],
    arguments: &Manifests,
    told: &Told,
) -> anyhow::Result<Inventory> {
    let helm = HelmOptions {
        values: arguments.helm_values.clone(),
        set: arguments.helm_set.clone(),
        kube_version: told.kubernetes_version.as_ref().map(ToString::to_string),
        ..HelmOptions::default()
    };
    let options = ManifestOptions { helm, ..ManifestOptions::default() };
    Ok(merlon_collect::manifests(paths, &options)?)
}

fn read_snapshots(source: &Source, whole: &mut Snapshot) -> anyhow::Result<()> {
    whole.header.taken_at = i64::MIN;
    for file in &source.snapshot {
        let next = read_snapshot(file)?;
        // The latest moment decides about expiry: a certificate that ran out between two
        // collections has run out.
        whole.header.taken_at = whole.header.taken_at.max(next.header.taken_at);
        whole.nodes.extend(next.nodes);
        whole.inventories.extend(next.inventories);
    }
    Ok(())
}

fn read_snapshot(file: &Path) -> anyhow::Result<Snapshot> {
    let name = || format!("snapshot {}", file.display());
    if file == Path::new("-") {
        return merlon_snapshot::read(stdin().lock()).context("snapshot on standard input");
    }
    let reader = File::open(file).with_context(name)?;
    merlon_snapshot::read(BufReader::new(reader)).with_context(name)
}

fn sort(snapshot: &mut Snapshot) -> anyhow::Result<()> {
    snapshot.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    snapshot.inventories.sort_by(|a, b| a.name.cmp(&b.name));
    let nodes = snapshot.nodes.windows(2).find(|pair| pair[0].name == pair[1].name);
    if let Some(pair) = nodes {
        bail!(
            "two snapshots are of a node named {}: name one apart with `merlon collect --node-name`",
            pair[0].name
        );
    }
    let same = snapshot.inventories.windows(2).find(|pair| pair[0].name == pair[1].name);
    if let Some(pair) = same {
        bail!("{} was named twice: scan one after the other", pair[0].name);
    }
    Ok(())
}
