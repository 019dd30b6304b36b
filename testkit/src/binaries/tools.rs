use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::build::{self, BuildError};
use super::locate::reason_not_to_build;

const GO_MOD: &str = include_str!("../../assets/tools/go.mod");
const GO_SUM: &str = include_str!("../../assets/tools/go.sum");

/// A command-line tool that tests run; all are built together, and never searched for elsewhere, so
/// that every machine tests with the same release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `helm`, of the release that `assets/tools/go.mod` pins.
    Helm,
    /// `kustomize`, likewise.
    Kustomize,
}

/// Why a tool could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not in the cache, and there is no Go toolchain to build it.
    #[error(
        "no {name} in {}, and {reason}; install Go, or run `merlon-testkit build` where Go is",
        cache.display()
    )]
    Missing {
        /// The tool.
        name: &'static str,
        /// The cache that does not hold it.
        cache: PathBuf,
        /// Why it is not built.
        reason: &'static str,
    },
    /// The build failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Tool {
    /// Every tool.
    pub const ALL: [Tool; 2] = [Tool::Helm, Tool::Kustomize];

    /// The name of the executable.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Helm => "helm",
            Tool::Kustomize => "kustomize",
        }
    }

    /// The executable, from the cache, which is filled by a build when it is empty.
    ///
    /// # Errors
    /// When there is neither a cache nor Go, and when the build fails.
    pub fn locate(self) -> Result<PathBuf, ToolError> {
        let directory = match cached() {
            Some(directory) => directory,
            None => match self.missing() {
                Some(missing) => return Err(missing),
                None => build()?,
            },
        };
        Ok(directory.join(self.name()))
    }

    /// Why [`Tool::locate`] cannot succeed on this machine, found out without building anything.
    pub(crate) fn missing_prerequisite(self) -> Option<String> {
        if cached().is_some() {
            return None;
        }
        self.missing().map(|missing| missing.to_string())
    }

    fn missing(self) -> Option<ToolError> {
        reason_not_to_build().map(|reason| ToolError::Missing {
            name: self.name(),
            cache: build::cache_directory().unwrap_or_default(),
            reason,
        })
    }
}

fn directory_name() -> String {
    format!("tools-{:016x}", build::hash_of(&[GO_MOD, GO_SUM]))
}

fn cached() -> Option<PathBuf> {
    let directory = build::cache_directory()?.join(directory_name());
    directory.is_dir().then_some(directory)
}

/// Builds all tools, or waits for the process that already does.
fn build() -> Result<PathBuf, BuildError> {
    let what = "helm and kustomize";
    let cache = build::cache_directory().ok_or(BuildError::NoCache)?;
    let _lock = build::lock(&cache, "tools", what)?;
    if let Some(directory) = cached() {
        return Ok(directory);
    }
    let started = Instant::now();
    eprintln!("testkit: building {what} (once; some minutes)");
    let source = cache.join("source-tools");
    build::in_cache(&source, write_module(&source))?;
    let unfinished = cache.join("unfinished-tools");
    build::in_cache(&unfinished, build::empty_directory(&unfinished))?;
    let output = format!("{}/", unfinished.to_string_lossy());
    let arguments =
        ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", &output, "tool"];
    build::run_go(what, &source, &arguments, |_| {})?;
    let directory = cache.join(directory_name());
    build::in_cache(&directory, fs::rename(&unfinished, &directory))?;
    eprintln!("testkit: built {what} in {} s", started.elapsed().as_secs());
    Ok(directory)
}

fn write_module(directory: &Path) -> std::io::Result<()> {
    build::empty_directory(directory)?;
    fs::write(directory.join("go.mod"), GO_MOD)?;
    fs::write(directory.join("go.sum"), GO_SUM)
}

#[cfg(test)]
mod tests {
    use super::{GO_MOD, Tool};

    #[test]
    fn every_tool_is_pinned() {
        for tool in Tool::ALL {
            let pinned = GO_MOD
                .lines()
                .any(|line| line.contains(&format!("/{}/v", tool.name())) && line.contains(" v"));
            assert!(pinned, "{} has no release in go.mod", tool.name());
        }
    }
}
