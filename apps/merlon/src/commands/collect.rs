use std::fs::OpenOptions;
use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use merlon_snapshot::Snapshot;
use merlon_views::Told;

use crate::arguments::Collect;
use crate::exit::Exit;
use crate::source;

/// Collects a node's facts and writes them.
pub fn run(collect: &Collect) -> anyhow::Result<Exit> {
    let snapshot = source::snapshot(&collect.source, &Told::default())?;
    if collect.output.as_deref() == Some(Path::new("-")) {
        if stdout().is_terminal() {
            bail!("a snapshot is not for a terminal: redirect it, or name a file with --output");
        }
        merlon_snapshot::write(&snapshot, stdout().lock()).context("standard output")?;
        return Ok(Exit::Clean);
    }
    let path = match &collect.output {
        Some(path) => path.clone(),
        None => file_named_after(first_name(&snapshot))?,
    };
    let name = || format!("snapshot {}", path.display());
    // Facts about a node help an attacker too: only the owner may read them.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .with_context(name)?;
    let mut out = BufWriter::new(file);
    merlon_snapshot::write(&snapshot, &mut out).and_then(|()| out.flush()).with_context(name)?;
    anstream::eprintln!("{}: {}", path.display(), summary(&snapshot));
    Ok(Exit::Clean)
}

/// The name of what was collected first.
fn first_name(snapshot: &Snapshot) -> &str {
    let node = snapshot.nodes.first().map(|node| node.name.as_str());
    node.or_else(|| snapshot.inventories.first().map(|it| it.name.as_str())).unwrap_or_default()
}

/// What was collected, in one line.
fn summary(snapshot: &Snapshot) -> String {
    let mut parts = Vec::new();
    let mut gaps = 0;
    for node in &snapshot.nodes {
        gaps += node.gaps.len();
        parts.push(format!(
            "{} processes, {} paths, {} documents, {} certificates",
            node.processes.len(),
            node.files.len(),
            node.documents.len(),
            node.certificates.len(),
        ));
    }
    for inventory in &snapshot.inventories {
        gaps += inventory.gaps.len();
        parts.push(format!("{} objects", inventory.objects.len()));
    }
    let hint = if gaps == 0 { "" } else { ": `merlon snapshot show` lists them" };
    format!("{}; {gaps} things could not be seen{hint}", parts.join("; "))
}

/// A file in the working directory. The node's name is what the node says: it may say anything.
fn file_named_after(node: &str) -> anyhow::Result<PathBuf> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if node.is_empty() || node.starts_with('.') || !node.chars().all(is_plain) {
        bail!(
            "no file can be named after the node, whose name is {node:?}: name a file with --output"
        );
    }
    Ok(PathBuf::from(format!("{node}.merlon")))
}
