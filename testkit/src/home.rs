use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Component as Part, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::PrivateHost;

/// How long the files of a killed run are kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The private directory of one control plane or node: `root/`, laid out like a host, and `logs/`.
///
/// Removed when dropped, unless something failed: then it stays, and its path is told.
#[derive(Debug)]
pub(crate) struct Home {
    directory: PathBuf,
    root: PathBuf,
    kept: AtomicBool,
    /// Locked as long as this process lives, so that other runs can tell what is stale.
    _lock: File,
}

impl Home {
    /// Makes a new directory and removes those that killed runs left behind long ago.
    pub(crate) fn create(name: &str) -> io::Result<Home> {
        let home = Home::prepare(name, None)?;
        fs::create_dir(&home.root)?;
        link_root_into_itself(&home.root)?;
        Ok(home)
    }

    /// A new directory for logs and the like; the root is `/` itself.
    ///
    /// Refused anywhere but on a private host.
    pub(crate) fn of_private_host(name: &str) -> io::Result<Home> {
        if !PrivateHost::is_here() {
            return Err(io::Error::other("only the `/` of a private host is written to"));
        }
        Home::prepare(name, Some(PathBuf::from("/")))
    }

    fn prepare(name: &str, root: Option<PathBuf>) -> io::Result<Home> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let user = rustix::process::geteuid().as_raw();
        let base = std::env::temp_dir().join(format!("merlon-testkit-{user}"));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&base)?;
        remove_stale(&base);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = base.join(format!("{name}-{}-{number}", std::process::id()));
        if directory.exists() {
            // Left by an earlier process with our id, whose lock cannot be held any more.
            fs::remove_dir_all(&directory)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&directory)?;
        let lock = File::create(directory.join("lock"))?;
        lock.try_lock()?;
        for part in ["logs", "private"] {
            fs::create_dir(directory.join(part))?;
        }
        let root = root.unwrap_or_else(|| directory.join("root"));
        Ok(Home { directory, root, kept: AtomicBool::new(false), _lock: lock })
    }

    /// The directory that is laid out like a host's `/`.
    pub(crate) fn root(&self) -> PathBuf {
        self.root.clone()
    }

    /// The root as it stands before absolute paths: empty for `/`.
    pub(crate) fn prefix(&self) -> String {
        self.root.to_string_lossy().trim_end_matches('/').to_owned()
    }

    /// The file that takes the output of the process `name`.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.directory.join("logs").join(format!("{name}.log"))
    }

    /// Keeps the files when this is dropped.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    /// A new directory that is no part of the host, for what the testkit itself needs.
    pub(crate) fn private(&self) -> PathBuf {
        self.directory.join("private")
    }

    /// A short path for the container runtime's socket; the kernel allows about 100 bytes.
    pub(crate) fn socket(&self) -> PathBuf {
        if self.root == Path::new("/") {
            return PathBuf::from("/run/containerd/containerd.sock");
        }
        self.directory.join("cri.sock")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.kept.load(Ordering::Relaxed) || std::thread::panicking() {
            // Not `eprintln!`, which would panic within a panic when standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "testkit: logs and files are kept in {}",
                self.directory.display()
            );
        } else {
            // What remains is removed by a later run.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// Writes `contents` to an absolute `path` below `root`, with exactly the permissions `mode`.
///
/// A component that starts meanwhile reads what was there before or all of it, never half: a kubelet's files are laid
/// beside a control plane that runs, and name the same authority.
pub(crate) fn write_in(root: &Path, path: &str, contents: &[u8], mode: u32) -> io::Result<()> {
    let path = below(root, path);
    let parent = path.parent().unwrap_or(root);
    fs::create_dir_all(parent)?;
    let mut file = NamedTempFile::new_in(parent)?;
    file.write_all(contents)?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.persist(&path)?;
    Ok(())
}

/// Where the host's absolute `path` is below `root`.
pub(crate) fn below(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// Makes `root/<path of root>` lead back to `root`.
///
/// The processes need real paths in their arguments and files, such as
/// `/tmp/x/root/etc/kubernetes/pki/ca.crt`. Who looks at `root` as a host's root resolves
/// that path below `root` again, and finds the same file through this link.
fn link_root_into_itself(root: &Path) -> io::Result<()> {
    let names: Vec<_> = root.components().filter(|part| matches!(part, Part::Normal(_))).collect();
    let Some((last, parents)) = names.split_last() else {
        return Ok(());
    };
    let parent: PathBuf = parents.iter().fold(root.to_owned(), |path, part| path.join(part));
    fs::create_dir_all(&parent)?;
    let up: PathBuf = parents.iter().map(|_| "..").collect();
    symlink(up, parent.join(last))
}

fn remove_stale(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let lock = entry.path().join("lock");
        let old = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > KEPT));
        if old && File::open(&lock).is_ok_and(|file| file.try_lock().is_ok()) {
            // Another run may be removing it at the same moment.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_arguments_resolve_below_the_root_too() {
        let home = Home::create("links").expect("a temporary directory can be made");
        let root = home.root();
        write_in(&root, "/etc/kubernetes/pki/ca.crt", b"certificate", 0o640).expect("written");
        let real = below(&root, "/etc/kubernetes/pki/ca.crt");
        let again = below(&root, &real.to_string_lossy());
        assert_ne!(real, again);
        assert_eq!(fs::read(&again).expect("resolves"), b"certificate");
        assert_eq!(fs::metadata(&real).expect("exists").permissions().mode() & 0o7777, 0o640);
    }

    #[test]
    fn the_root_of_a_machine_is_left_alone() {
        let error = Home::of_private_host("refused").expect_err("this is no private host");
        assert!(error.to_string().contains("private host"), "{error}");
    }

    #[test]
    fn the_directory_goes_with_its_owner() {
        let home = Home::create("removed").expect("a temporary directory can be made");
        let root = home.root();
        assert!(root.is_dir());
        drop(home);
        assert!(!root.exists());
    }
}
