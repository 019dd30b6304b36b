//! Benchmarks: measured, never asserted in a test.

pub(crate) mod cluster;
pub(crate) mod graph;
pub(crate) mod manifests;
pub(crate) mod node;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// Builds things with cargo, each line one call's arguments.
fn build(calls: &[&[&str]]) -> anyhow::Result<()> {
    for arguments in calls {
        if !Command::new("cargo").args(*arguments).status()?.success() {
            bail!("cargo {} failed", arguments.join(" "));
        }
    }
    Ok(())
}

fn target() -> anyhow::Result<PathBuf> {
    // This program lies in the debug folder of the target directory.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("the target directory")?;
    Ok(target.to_owned())
}
