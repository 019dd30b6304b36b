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
    let path =
        collect.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.merlon", node.name)));
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
