use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use merlon_snapshot::{Gap, Subject};

use crate::root::HostRoot;
use crate::trouble::Trouble;

const DATABASE: &str = "/var/lib/dpkg/status";
const LIMIT: u64 = 128 << 20;

/// The packages whose versions are worth knowing.
const NAMES: [&str; 17] = [
    "containerd",
    "containerd.io",
    "cri-o",
    "cri-tools",
    "docker-ce",
    "docker.io",
    "etcd",
    "etcd-client",
    "etcd-server",
    "kube-apiserver",
    "kube-proxy",
    "kubeadm",
    "kubectl",
    "kubelet",
    "kubernetes-cni",
    "linux-image-generic",
    "runc",
];

/// The versions that dpkg's database tells. (rpm's is binary, and is not read.)
pub(crate) fn packages(root: &HostRoot, gaps: &mut Vec<Gap>) -> BTreeMap<String, String> {
    let read = || -> Result<_, Trouble> {
        Ok(match root.find(DATABASE)? {
            Some(found) => versions(BufReader::with_capacity(64 << 10, found.open()?.take(LIMIT)))?,
            None => BTreeMap::new(),
        })
    };
    read().unwrap_or_else(|trouble| {
        let part = "package versions".to_owned();
        gaps.push(trouble.at(Subject::Host { part }));
        BTreeMap::new()
    })
}

/// Reads stanza after stanza, without keeping any.
fn versions(mut database: impl BufRead) -> std::io::Result<BTreeMap<String, String>> {
    let mut versions = BTreeMap::new();
    let mut line = Vec::new();
    let mut package: Option<&str> = None;
    let mut installed = true;
    while {
        line.clear();
        database.read_until(b'\n', &mut line)? > 0
    } {
        let text = line.trim_ascii_end();
        if let Some(name) = text.strip_prefix(b"Package: ") {
            package = NAMES.into_iter().find(|known| known.as_bytes() == name);
            installed = true;
        } else if text.is_empty() {
            package = None;
        } else if let Some(name) = package {
            if let Some(status) = text.strip_prefix(b"Status: ") {
                installed = status.ends_with(b" installed");
            } else if let Some(version) = text.strip_prefix(b"Version: ")
                && installed
            {
                let version = String::from_utf8_lossy(version).into_owned();
                versions.insert(name.to_owned(), version);
            }
        }
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn installed_versions_are_read() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let found = versions(text.as_bytes()).expect("a slice can be read");
            let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check(
            "Package: kubelet\nStatus: hold ok installed\nVersion: 1.31.2-1.1\n\nPackage: vim\nVersion: 9\n",
            &[("kubelet", "1.31.2-1.1")],
        );
        check("Package: kubelet\nStatus: deinstall ok config-files\nVersion: 1.30\n\n", &[]);
        check("Package: kubelet2\nVersion: 1.30\n\n", &[]);
        check("Version: 1.30\n", &[]);
        check("", &[]);
    }
}
