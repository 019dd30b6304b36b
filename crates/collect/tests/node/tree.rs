//! A node's file system, laid out in a temporary directory.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use merlon_collect::{Options, node};
use merlon_snapshot::{Cause, Gap, Node, Want, Wanted};

pub(crate) struct Tree {
    directory: tempfile::TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let tree = Self { directory: tempfile::tempdir().unwrap() };
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(tree.directory.path(), open).unwrap();
        tree.file("etc/hostname", "node-1\n");
        tree.file("etc/passwd", "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:\n");
        tree.file("etc/group", "root:x:0:\nnogroup:x:65534:\n");
        tree.process(1, &["/sbin/init"], "/usr/lib/systemd/systemd");
        tree.file("proc/1/net/tcp", "  sl  local_address rem_address   st\n");
        tree
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    pub(crate) fn file(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.made(path);
        fs::write(path, contents).unwrap();
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.root().join(path), permissions).unwrap();
    }

    pub(crate) fn directory(&self, path: &str) {
        fs::create_dir_all(self.root().join(path)).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        symlink(target, self.made(path)).unwrap();
    }

    pub(crate) fn made(&self, path: &str) -> PathBuf {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub(crate) fn process(&self, pid: u32, argv: &[&str], executable: &str) {
        let of = |name: &str| format!("proc/{pid}/{name}");
        let argv: String = argv.iter().map(|argument| format!("{argument}\0")).collect();
        self.file(&of("cmdline"), argv);
        self.file(&of("comm"), "x\n");
        self.file(&of("status"), "Name:\tx\nPPid:\t1\nUid:\t0\t7\t0\t0\n");
        self.file(&of("cgroup"), "0::/system.slice/x.service\n");
        self.file(&of("environ"), "PATH=/bin\0ETCD_NAME=a\0K3S_TOKEN=abc\0");
        let _ = fs::remove_file(self.root().join(of("exe")));
        self.link(&of("exe"), executable);
    }

    /// Collects what is wanted besides the facts that every scan needs.
    pub(crate) fn collect(&self, wanted: &[(&str, Want)]) -> Node {
        collect(&self.root(), wanted)
    }
}

pub(crate) fn collect(root: &Path, wanted: &[(&str, Want)]) -> Node {
    node(&Options::new(root), |_| wants(wanted))
}

pub(crate) fn wants(wanted: &[(&str, Want)]) -> BTreeSet<Wanted> {
    wanted.iter().map(|(path, want)| Wanted { path: (*path).to_owned(), want: *want }).collect()
}

/// The one gap about a path has that cause, and nothing of the path's contents was kept.
#[track_caller]
pub(crate) fn check_gap(node: &Node, path: &str, cause: Cause) {
    let gaps: Vec<&Gap> = node.gaps.iter().filter(|gap| gap.subject.path() == Some(path)).collect();
    assert_eq!(gaps.len(), 1, "{path}: {:?}", node.gaps);
    assert_eq!(gaps[0].cause, cause, "{path}: {}", gaps[0]);
    assert!(!node.documents.contains_key(path), "{path}");
}
