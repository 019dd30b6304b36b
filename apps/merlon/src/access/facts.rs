//! What is known: the objects of one cluster or one set of manifests.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use merlon_model::Kind;
use merlon_rbac::{Authorizer, NodeGraph};
use merlon_report::access::AccessSource;
use merlon_report::visible;
use merlon_snapshot::{Inventory, Origin, Snapshot};
use merlon_views::{InventoryView, Told};

use super::arguments::{Reading, Sources};
use crate::arguments::{Cluster, Manifests, Source};
use crate::source;

/// How a snapshot file begins: it is compressed by Zstandard.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// One inventory and what is known about it besides.
pub struct Facts {
    inventory: Inventory,
    taken_at: i64,
    told: Told,
    /// Whether aggregated roles have to be put together again, because manifests lie over a cluster's objects.
    reaggregated: bool,
}

/// The same, indexed.
pub struct Known<'a> {
    /// The objects.
    pub view: &'a InventoryView<'a>,
    /// Who may do what, with the node authorizer.
    pub authorizer: Authorizer,
}

impl Facts {
    /// Reads what the arguments name.
    pub fn read(sources: &Sources) -> anyhow::Result<Self> {
        let named = !sources.snapshot.is_empty() || !sources.file.is_empty();
        if named && (sources.reading.context.is_some() || sources.reading.kubeconfig.is_some()) {
            bail!(
                "--context and --kubeconfig are about a cluster: leave --snapshot and --file away"
            );
        }
        let source = Source {
            paths: sources.file.clone(),
            snapshot: sources.snapshot.clone(),
            cluster: cluster(&sources.reading, !named),
            manifests: manifests(&sources.reading),
            ..Source::default()
        };
        Self::of(&source, &sources.reading)
    }

    /// Reads one side of a comparison: `cluster`, `cluster:CONTEXT`, a snapshot, or a path of manifests.
    pub fn read_side(side: &Path, reading: &Reading) -> anyhow::Result<Self> {
        let mut source = Source { manifests: manifests(reading), ..Source::default() };
        let context = match side.to_str() {
            Some("cluster") => Some(None),
            Some(text) => text.strip_prefix("cluster:").map(|context| Some(context.to_owned())),
            None => None,
        };
        if let Some(context) = context {
            source.cluster = cluster(reading, true);
            source.cluster.context = context.or(source.cluster.context);
        } else if is_snapshot(side)? {
            source.snapshot.push(side.to_owned());
        } else {
            source.paths.push(side.to_owned());
        }
        Self::of(&source, reading)
    }

    fn of(source: &Source, reading: &Reading) -> anyhow::Result<Self> {
        let told = Told { kubernetes_version: reading.kubernetes_version.clone() };
        let snapshot =
            source::snapshot(source, &told).with_context(|| match source.cluster.cluster {
                true => "the cluster could not be read; --snapshot and --file name other sources",
                false => "what is asked about could not be read",
            })?;
        let taken_at = snapshot.header.taken_at;
        Ok(Self { inventory: only_one(snapshot)?, taken_at, told, reaggregated: false })
    }

    /// The same with manifests applied to it.
    pub fn with(&self, paths: &[PathBuf], reading: &Reading) -> anyhow::Result<Self> {
        let source =
            Source { paths: paths.to_vec(), manifests: manifests(reading), ..Source::default() };
        let over = Self::of(&source, reading)?.inventory;
        let roles = over.objects.iter().any(|object| object.kind() == Some(Kind::ClusterRole));
        let name = format!("{} with {}", self.inventory.name, over.name);
        Ok(Self {
            reaggregated: roles && matches!(self.inventory.origin, Origin::Cluster { .. }),
            inventory: Inventory { name, ..self.inventory.clone().overlaid_with(over) },
            taken_at: self.taken_at,
            told: self.told.clone(),
        })
    }

    /// Takes the release from the other where it is not known, so that both are judged alike.
    pub fn same_release_as(&mut self, other: &Self) {
        if self.view().release.is_none() {
            self.told.kubernetes_version = other.view().release.clone();
        }
    }

    /// The objects, indexed.
    pub fn view(&self) -> InventoryView<'_> {
        InventoryView::new(&self.inventory, self.taken_at, &self.told)
    }

    /// Who may do what.
    pub fn known<'a>(&'a self, view: &'a InventoryView<'a>) -> Known<'a> {
        let read = &view.access().authorizer;
        let authorizer = if self.reaggregated {
            Authorizer::new(read.policy().clone().aggregated(), read.release().clone())
        } else {
            read.clone()
        };
        let nodes = NodeGraph::read(self.inventory.objects.iter().map(|object| &object.root));
        Known { view, authorizer: authorizer.with_nodes(nodes) }
    }
}

impl Known<'_> {
    /// What the answer rests on.
    pub fn source(&self) -> AccessSource {
        let policy = self.authorizer.policy();
        AccessSource {
            name: self.view.inventory.name.clone(),
            is_cluster: self.view.is_cluster(),
            kubernetes_version: self.view.release.as_ref().map(ToString::to_string),
            roles: policy.roles().count(),
            bindings: policy.bindings().count(),
        }
    }
}

fn cluster(reading: &Reading, is_meant: bool) -> Cluster {
    Cluster {
        cluster: is_meant,
        context: reading.context.clone().filter(|_| is_meant),
        kubeconfig: reading.kubeconfig.clone().filter(|_| is_meant),
        namespace: Vec::new(),
        requests_per_second: reading.requests_per_second,
        insecure: reading.insecure,
    }
}

fn manifests(reading: &Reading) -> Manifests {
    Manifests { helm_values: reading.helm_values.clone(), helm_set: reading.helm_set.clone() }
}

/// Roles of one cluster say nothing about another.
fn only_one(snapshot: Snapshot) -> anyhow::Result<Inventory> {
    let names = |all: &[Inventory]| {
        all.iter().map(|inventory| visible(&inventory.name)).collect::<Vec<_>>().join(", ")
    };
    let all = snapshot.inventories;
    if all.len() > 1 {
        bail!("there are several sets of objects ({}): ask about one at a time", names(&all));
    }
    all.into_iter().next().context(
        "there are no objects of a cluster in what was named, only nodes: take a snapshot with \
         `merlon collect --cluster`",
    )
}

fn is_snapshot(path: &Path) -> anyhow::Result<bool> {
    if path == Path::new("-") || path.is_dir() {
        return Ok(false);
    }
    let name = || format!("{}", path.display());
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(4).read_to_end(&mut start)).with_context(name)?;
    Ok(start == MAGIC)
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{FORMAT, Header, Snapshot, write};

    use super::MAGIC;

    #[test]
    fn a_snapshot_begins_as_is_looked_for() {
        let header = Header { format: FORMAT, tool: String::new(), taken_at: 0 };
        let snapshot = Snapshot { header, nodes: Vec::new(), inventories: Vec::new() };
        let mut bytes = Vec::new();
        write(&snapshot, &mut bytes).unwrap();
        assert_eq!(bytes[..4], MAGIC);
    }
}
