use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::{Fields, Malformed};
use super::inventory::InventoryView;
use super::pod::{ContainerView, PodView};

/// A directory, file, socket or device of the node that a pod's volume gives.
#[derive(Clone, Copy, Debug)]
pub struct HostDirectory<'a> {
    /// The volume's name in the pod.
    pub volume: &'a str,
    /// The volume in the pod's `volumes`, or the claim's template of a stateful set.
    pub node: &'a Node,
    /// The path on the node, as it is written.
    pub path: &'a str,
    /// Where the path is written.
    pub path_node: &'a Node,
    /// The persistent volume it is written in, where a claim leads to it.
    pub through: Option<&'a Object>,
    /// Whether it is a `local` volume: what an administrator set apart as a disk.
    pub is_local: bool,
}

impl<'a> PodView<'a> {
    /// What of the node the pod's volumes give it: `hostPath`, and claims whose persistent volume
    /// is in the inventory and is a `hostPath` or `local` one.
    ///
    /// # Errors
    /// When a volume is not of the types that the API server asks for.
    pub fn host_directories(
        &self,
        view: &InventoryView<'a>,
    ) -> Result<Vec<HostDirectory<'a>>, Malformed<'a>> {
        let mut found = Vec::new();
        for node in self.fields().list("volumes")? {
            let volume = Fields::of(node);
            let name = volume.text("name")?.unwrap_or_default();
            let written = volume.get("hostPath");
            if let (Some(path), Some(path_node)) =
                (written.text("path")?, written.get("path").node())
            {
                let (through, is_local) = (None, false);
                found.push(HostDirectory {
                    volume: name,
                    node,
                    path,
                    path_node,
                    through,
                    is_local,
                });
            }
            if let Some(claim) = volume.get("persistentVolumeClaim").text("claimName")? {
                let claimed = view.claimed_volume(self.namespace, claim);
                found.extend(claimed.and_then(|object| of_persistent(name, node, object)));
            }
        }
        if self.kind == Kind::StatefulSet {
            found.extend(self.of_templates(view)?);
        }
        Ok(found)
    }

    /// Those of the claims that a stateful set makes for its first pod; the others are alike.
    fn of_templates(
        &self,
        view: &InventoryView<'a>,
    ) -> Result<Vec<HostDirectory<'a>>, Malformed<'a>> {
        let mut found = Vec::new();
        for node in Fields::of(&self.object.root).get("spec").list("volumeClaimTemplates")? {
            let Some(name) = Fields::of(node).get("metadata").text("name")? else { continue };
            let claim = format!("{name}-{}-0", self.object.name());
            let claimed = view.claimed_volume(self.namespace, &claim);
            found.extend(claimed.and_then(|object| of_persistent(name, node, object)));
        }
        Ok(found)
    }
}

fn of_persistent<'a>(
    volume: &'a str,
    node: &'a Node,
    object: &'a Object,
) -> Option<HostDirectory<'a>> {
    let spec = object.root.get("spec")?;
    let (path_node, is_local) = match spec.path(&["hostPath", "path"]) {
        Some(path) => (path, false),
        None => (spec.path(&["local", "path"])?, true),
    };
    let (path, through) = (path_node.as_str()?, Some(object));
    Some(HostDirectory { volume, node, path, path_node, through, is_local })
}

impl<'a> ContainerView<'a> {
    /// Where the container mounts a volume of that name.
    ///
    /// # Errors
    /// When `volumeMounts` is no list.
    pub fn mounts_of<'n>(
        &self,
        volume: &'n str,
    ) -> Result<impl Iterator<Item = &'a Node> + use<'a, 'n>, Malformed<'a>> {
        let mounts = self.fields().list("volumeMounts")?.iter();
        Ok(mounts.filter(move |mount| mount.get("name").and_then(Node::as_str) == Some(volume)))
    }
}

/// A path of a node as the node sees it: without `.`, `..` and doubled slashes, `/run` for its
/// other name `/var/run`, slashes and small letters for a path of Windows.
///
/// ```
/// use merlon_views::objects::host_path;
///
/// assert_eq!(host_path("/var/run/", "docker.sock"), "/run/docker.sock");
/// assert_eq!(host_path(r"\\.\pipe\docker_engine", ""), "/pipe/docker_engine");
/// assert_eq!(host_path("//", ""), "/");
/// ```
#[must_use]
pub fn host_path(path: &str, below: &str) -> String {
    let is_windows = path.contains('\\') || path.as_bytes().get(1) == Some(&b':');
    let (path, below) = if is_windows {
        let plain = |text: &str| text.replace('\\', "/").to_ascii_lowercase();
        (plain(path), plain(below))
    } else {
        (path.to_owned(), below.to_owned())
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').chain(below.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.starts_with(&["var", "run"]) {
        parts.remove(0);
    }
    format!("/{}", parts.join("/"))
}

/// Whether a path is a directory or lies below it; both as [`host_path`] gives them.
#[must_use]
pub fn is_within(path: &str, directory: &str) -> bool {
    match path.strip_prefix(directory) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || directory == "/",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{host_path, is_within};

    #[test]
    fn paths_are_read_as_the_node_does() {
        let check = |path: &str, below: &str, expected: &str| {
            assert_eq!(host_path(path, below), expected, "{path} {below}");
        };
        check("", "", "/");
        check("/", "", "/");
        check("/", "etc", "/etc");
        check("/etc/./x/../kubernetes//", "", "/etc/kubernetes");
        check("/..", "", "/");
        check("/var/run", "", "/run");
        check("/var", "run/docker.sock", "/run/docker.sock");
        check("/var/runner", "", "/var/runner");
        check("C:\\", "", "/c:");
        check("C:/Windows", "", "/c:/windows");
        check("\\\\.\\pipe\\containerd-containerd", "", "/pipe/containerd-containerd");
    }

    #[test]
    fn what_lies_below_a_directory_is_within_it() {
        let check = |path: &str, directory: &str, expected: bool| {
            assert_eq!(is_within(path, directory), expected, "{path} {directory}");
        };
        check("/etc", "/etc", true);
        check("/etc/kubernetes", "/etc", true);
        check("/etcd", "/etc", false);
        check("/etc", "/", true);
        check("/", "/", true);
        check("/", "/etc", false);
    }
}
