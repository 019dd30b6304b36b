use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use thiserror::Error;

use super::{shown, tool};

/// How long one call of Git may take.
const TIME: Duration = Duration::from_secs(60);

/// Why it is not known which files changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChangedError {
    /// There is no Git.
    #[error("git is not installed, and only it knows what changed; install it, or scan everything")]
    NoGit,
    /// The path is not in a working tree of Git.
    #[error(
        "{path} is not in a working tree of git ({words}); name one that is, or scan everything"
    )]
    NoRepository {
        /// The path as it was named.
        path: String,
        /// What Git said.
        words: String,
    },
    /// The revision is not known there.
    #[error(
        "git knows no commit {revision:?} at {path}; name a commit, branch or tag, or fetch it first \
         (`git fetch origin`)"
    )]
    NoRevision {
        /// The revision as it was named.
        revision: String,
        /// The path as it was named.
        path: String,
    },
    /// The histories do not meet, or one of them is cut off.
    #[error(
        "the present commit and {revision} have no commit in common at {path}; where the history is \
         cut off, `git fetch --unshallow` gets the rest"
    )]
    NoMergeBase {
        /// The revision as it was named.
        revision: String,
        /// The path as it was named.
        path: String,
    },
    /// Git failed at something else.
    #[error("git failed at {path}: {words}")]
    Failed {
        /// The path as it was named.
        path: String,
        /// What Git said.
        words: String,
    },
}

/// The files at `paths` that differ from the merge base of the present commit and `revision`.
///
/// What is not committed counts, and so do files that Git does not know and does not ignore; those
/// that were deleted do not. The files are called as [`manifests`](super::manifests) calls them:
/// below the path that was named. A change to a chart's values or helpers is a change to these files,
/// not to the templates that use them.
///
/// # Errors
/// When Git is missing, a path is not in a working tree, or the revision is not known.
pub fn changed_since(paths: &[PathBuf], revision: &str) -> Result<BTreeSet<PathBuf>, ChangedError> {
    let program = tool::on_path("git").ok_or(ChangedError::NoGit)?;
    let mut changed = BTreeSet::new();
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        let (directory, file) = if path.is_dir() {
            (path.as_path(), None)
        } else {
            (path.parent().unwrap_or(Path::new("")), path.file_name())
        };
        let git = Git { program: &program, directory, path };
        let below = git.changed(revision)?;
        let wanted =
            below.into_iter().filter(|name| file.is_none_or(|file| name.as_os_str() == file));
        changed.extend(wanted.map(|name| PathBuf::from(shown(&directory.join(name)))));
    }
    Ok(changed)
}

struct Git<'a> {
    program: &'a Path,
    directory: &'a Path,
    path: &'a Path,
}

impl Git<'_> {
    fn changed(&self, revision: &str) -> Result<Vec<PathBuf>, ChangedError> {
        let path = shown(self.path);
        self.run(&["rev-parse", "--is-inside-work-tree"])
            .map_err(|words| ChangedError::NoRepository { path: path.clone(), words })?;
        let named = format!("{revision}^{{commit}}");
        let commit =
            self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &named]).map_err(
                |_| ChangedError::NoRevision { revision: revision.to_owned(), path: path.clone() },
            )?;
        let base = self.run(&["merge-base", "HEAD", commit.trim()]).map_err(|_| {
            ChangedError::NoMergeBase { revision: revision.to_owned(), path: path.clone() }
        })?;
        let failed = |words| ChangedError::Failed { path: path.clone(), words };
        let tracked = self
            .run(&[
                "diff",
                "--name-only",
                "-z",
                "--no-renames",
                "--no-ext-diff",
                "--diff-filter=d",
                "--relative",
                base.trim(),
                "--",
                ".",
            ])
            .map_err(failed)?;
        let others = self
            .run(&["ls-files", "--others", "--exclude-standard", "-z", "--", "."])
            .map_err(failed)?;
        let names = tracked.split('\0').chain(others.split('\0'));
        Ok(names.filter(|name| !name.is_empty()).map(PathBuf::from).collect())
    }

    /// Runs Git without whatever the repository would have it start, and gives its output or words.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.program);
        if self.directory != Path::new("") {
            command.arg("-C").arg(OsStr::new(self.directory));
        }
        command
            .args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C");
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF"] {
            command.env_remove(name);
        }
        tool::run(command, TIME).map_err(|trouble| trouble.detail)
    }
}
