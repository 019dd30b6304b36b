use std::fs::OpenOptions;
use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use merlon_views::Told;

use crate::arguments::Collect;
use crate::exit::Exit;
use crate::input;

/// Collects a node's facts and writes them.
pub fn run(collect: &Collect) -> anyhow::Result<Exit> {
    let snapshot = input::live(&collect.host, &Told::default())?;
    if collect.output.as_deref() == Some(Path::new("-")) {
        if stdout().is_terminal() {
            bail!("a snapshot is not for a terminal: redirect it, or name a file with --output");
        }
        merlon_snapshot::write(&snapshot, stdout().lock()).context("standard output")?;
        return Ok(Exit::Clean);
    }
    let node = &snapshot.nodes[0];
    let path = match &collect.output {
        Some(path) => path.clone(),
        None => file_named_after(&node.name)?,
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
    let gaps = node.gaps.len();
    anstream::eprintln!(
        "{}: {} processes, {} paths, {} documents, {} certificates; {gaps} things could not be \
         seen{}",
        path.display(),
        node.processes.len(),
        node.files.len(),
        node.documents.len(),
        node.certificates.len(),
        if gaps == 0 { "" } else { ": `merlon snapshot show` lists them" },
    );
    Ok(Exit::Clean)
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
