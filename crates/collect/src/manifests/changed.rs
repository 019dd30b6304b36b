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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::{ChangedError, changed_since};

    fn git(directory: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .arg("-C")
            .arg(directory)
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.org",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(["-c", "init.defaultBranch=main"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .expect("git runs");
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A branch with changes of every sort, and a main branch that went on.
    fn repository() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        git(root, &["init", "-q"]);
        for path in ["deploy/same.yaml", "deploy/edited.yaml", "deploy/gone.yaml", "other/x.yaml"] {
            write(root, path, "a: 1\n");
        }
        write(root, "deploy/sub/staged.yaml", "a: 1\n");
        write(root, ".gitignore", "*.log\n");
        git(root, &["add", "."]);
        git(root, &["commit", "-qm", "one"]);
        git(root, &["switch", "-qc", "work"]);
        write(root, "deploy/committed.yaml", "a: 1\n");
        git(root, &["add", "."]);
        git(root, &["commit", "-qm", "two"]);
        git(root, &["switch", "-q", "main"]);
        write(root, "deploy/same.yaml", "a: 2\n");
        git(root, &["commit", "-qam", "three"]);
        git(root, &["switch", "-q", "work"]);
        write(root, "deploy/edited.yaml", "a: 2\n");
        write(root, "deploy/sub/staged.yaml", "a: 2\n");
        git(root, &["add", "deploy/sub"]);
        write(root, "deploy/ünt racked.yaml", "a: 2\n");
        write(root, "deploy/noise.log", "a: 2\n");
        write(root, "other/x.yaml", "a: 2\n");
        fs::remove_file(root.join("deploy/gone.yaml")).unwrap();
        directory
    }

    fn changed(root: &Path, names: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
        let changed = changed_since(&paths, "main").unwrap();
        let below = |path: PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        changed.into_iter().map(below).collect()
    }

    #[test]
    fn what_changed_since_the_merge_base_is_named_as_it_was_asked_for() {
        let directory = repository();
        let root = directory.path();
        let deploy = [
            "deploy/committed.yaml",
            "deploy/edited.yaml",
            "deploy/sub/staged.yaml",
            "deploy/ünt racked.yaml",
        ];
        assert_eq!(changed(root, &["deploy"]), deploy);
        assert_eq!(changed(root, &["deploy/same.yaml"]), [""; 0]);
        assert_eq!(
            changed(root, &["deploy/edited.yaml", "-", "other"]),
            ["deploy/edited.yaml", "other/x.yaml"]
        );
    }

    #[test]
    fn what_git_cannot_answer_is_an_error_with_the_next_step() {
        let directory = repository();
        let root = directory.path();
        let check = |path: &Path, revision: &str, expected: &str| {
            let error = changed_since(&[path.to_owned()], revision).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
        };
        check(root, "nowhere", "git fetch origin");
        check(root, "--output=x", "git knows no commit");
        check(root, "HEAD:deploy", "git knows no commit");
        git(root, &["reset", "-q", "--hard"]);
        git(root, &["switch", "-q", "--orphan", "alone"]);
        git(root, &["commit", "-q", "--allow-empty", "-m", "four"]);
        check(root, "main", "--unshallow");
        let outside = tempfile::tempdir().unwrap();
        check(outside.path(), "main", "not in a working tree");
        check(&root.join("gone/x.yaml"), "main", "not in a working tree");
        assert!(matches!(
            changed_since(&[outside.path().to_owned()], "main"),
            Err(ChangedError::NoRepository { .. })
        ));
        assert!(!root.join("x").exists());
    }
}
