//! Copies of hosts in a directory, as the nodes of [`crate::support::everything`] have them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{KUBELET, MANIFEST};

const FILES: &[(&str, &str, &str)] = &[
    ("cp-1", MANIFEST, include_str!("hosts/kube-apiserver.yaml")),
    ("cp-1", KUBELET, include_str!("hosts/kubelet.yaml")),
    ("worker-1", KUBELET, include_str!("hosts/kubelet.yaml")),
    ("worker-1", "/etc/kubernetes/kubelet.env", include_str!("hosts/kubelet.env")),
    ("worker-1", "/etc/rancher/k3s/config.yaml", include_str!("hosts/k3s.yaml")),
    ("worker-1", "/var/snap/microk8s/current/args/kubelet", include_str!("hosts/kubelet.args")),
    ("worker-1", "/usr/lib/systemd/system/kube-proxy.service", include_str!("hosts/unit.service")),
    ("etcd-1", "/etc/etcd.env", include_str!("hosts/etcd.env")),
];

/// What stands in each file afterwards; the files it does not name are as they were.
const MENDED: &[(&str, &str, &str)] = &[
    ("cp-1", MANIFEST, include_str!("hosts/mended/kube-apiserver.yaml")),
    ("cp-1", KUBELET, include_str!("hosts/mended/kubelet-of-control-plane.yaml")),
    ("cp-1", "/etc/sysctl.d/90-merlon.conf", "vm.overcommit_memory = 1\n"),
    ("worker-1", KUBELET, include_str!("hosts/mended/kubelet.yaml")),
    ("worker-1", "/etc/kubernetes/kubelet.env", include_str!("hosts/mended/kubelet.env")),
    ("worker-1", "/etc/rancher/k3s/config.yaml", include_str!("hosts/mended/k3s.yaml")),
    (
        "worker-1",
        "/var/snap/microk8s/current/args/kubelet",
        include_str!("hosts/mended/kubelet.args"),
    ),
    (
        "worker-1",
        "/etc/systemd/system/kube-proxy.service.d/90-merlon.conf",
        include_str!("hosts/mended/unit.conf"),
    ),
    ("etcd-1", "/etc/etcd.env", include_str!("hosts/mended/etcd.env")),
];

pub(crate) struct Hosts(TempDir);

impl Hosts {
    pub(crate) fn new() -> Self {
        let hosts = Self(tempfile::tempdir().expect("a directory"));
        for (node, path, content) in FILES {
            hosts.write(node, path, content, 0o644);
        }
        hosts
    }

    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub(crate) fn root(&self, node: &str) -> PathBuf {
        self.0.path().join(node)
    }

    pub(crate) fn write(&self, node: &str, path: &str, content: &str, mode: u32) {
        let path = self.path(node, path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    pub(crate) fn path(&self, node: &str, path: &str) -> PathBuf {
        self.root(node).join(path.trim_start_matches('/'))
    }

    pub(crate) fn read(&self, node: &str, path: &str) -> String {
        let path = self.path(node, path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn mode(&self, node: &str, path: &str) -> u32 {
        fs::metadata(self.path(node, path)).expect("a file").permissions().mode() & 0o7777
    }

    /// Every file with its content, apart from backups.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        collect(self.0.path(), self.0.path(), &mut found);
        found.retain(|path, _| !path.to_string_lossy().contains("/var/backups/"));
        found
    }

    /// Makes sure that everything is as it should be afterwards.
    pub(crate) fn assert_mended(&self) {
        let mut expected: BTreeMap<(&str, &str), &str> =
            FILES.iter().map(|(node, path, content)| ((*node, *path), *content)).collect();
        expected.extend(MENDED.iter().map(|(node, path, content)| ((*node, *path), *content)));
        for ((node, path), content) in &expected {
            let found = self.read(node, path);
            assert!(found == *content, "{node}{path}:\n{found}\n--- expected\n{content}");
        }
        assert_eq!(self.files().len(), expected.len(), "{:?}", self.files().keys());
        assert_eq!(self.mode("cp-1", MANIFEST), 0o600);
        self.assert_comments_kept();
        self.assert_backups();
    }

    fn assert_comments_kept(&self) {
        for (node, path, content) in FILES {
            let after = self.read(node, path);
            for line in content.lines().filter(|line| line.contains('#')) {
                let comment = &line[line.find('#').expect("a comment")..];
                assert!(after.contains(comment), "{node}{path} lost {comment}");
            }
        }
    }

    /// What was there before is kept, for root alone, and not where it would be read.
    fn assert_backups(&self) {
        let folder = self.path("cp-1", "/var/backups/merlon/etc/kubernetes/manifests");
        let backups: Vec<_> = fs::read_dir(&folder).expect("backups").flatten().collect();
        assert_eq!(backups.len(), 1, "{backups:?}");
        let kept = backups[0].path();
        assert_eq!(fs::read_to_string(&kept).expect("a backup"), FILES[0].2);
        assert_eq!(fs::metadata(&kept).expect("a backup").permissions().mode() & 0o777, 0o600);
    }
}

fn collect(folder: &Path, base: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, base, found);
        } else {
            let name = Path::new("/").join(path.strip_prefix(base).expect("below"));
            found.insert(name, fs::read_to_string(&path).expect("a text"));
        }
    }
}
