//! What stands where on a node, and what it gives to whoever mounts it. Paths are as
//! [`merlon_views::objects::host_path`] gives them: `/run` for `/var/run`.

use merlon_model::Severity;
use merlon_views::objects::is_within;

/// Names of sockets that take orders to start containers, wherever they stand.
const SOCKET_NAMES: &[(&str, &str)] = &[
    ("docker.sock", "Docker"),
    ("containerd.sock", "containerd"),
    ("crio.sock", "CRI-O"),
    ("podman.sock", "Podman"),
    ("cri-dockerd.sock", "cri-dockerd"),
    ("dockershim.sock", "dockershim"),
    ("buildkitd.sock", "BuildKit"),
    ("nri.sock", "the runtime's plugins (NRI)"),
    ("docker_engine", "Docker"),
    ("containerd-containerd", "containerd"),
];

/// Where they stand, so that a directory above them is seen to hold them.
const SOCKETS: &[(&str, &str)] = &[
    ("/run/docker.sock", "Docker"),
    ("/run/docker/containerd/containerd.sock", "containerd"),
    ("/run/containerd/containerd.sock", "containerd"),
    ("/run/crio/crio.sock", "CRI-O"),
    ("/run/podman/podman.sock", "Podman"),
    ("/run/cri-dockerd.sock", "cri-dockerd"),
    ("/run/dockershim.sock", "dockershim"),
    ("/run/buildkit/buildkitd.sock", "BuildKit"),
    ("/run/nri/nri.sock", "the runtime's plugins (NRI)"),
    ("/run/k3s/containerd/containerd.sock", "containerd"),
    ("/run/k0s/containerd.sock", "containerd"),
];

/// What a mounted path gives of the container runtime: the program whose socket it is or holds.
pub(in crate::objects) fn runtime_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let by_name = SOCKET_NAMES.iter().find(|(socket, _)| *socket == name);
    let by_place = || SOCKETS.iter().find(|(socket, _)| is_within(socket, path));
    by_name.or_else(by_place).map(|(_, runtime)| *runtime)
}

/// A directory of the node that pods should not have.
#[derive(Clone, Copy, Debug)]
pub(in crate::objects) struct Sensitive {
    /// The directory; what lies below it is as sensitive, where `with_contents` says so.
    pub(super) path: &'static str,
    /// What is in it.
    pub(in crate::objects) what: &'static str,
    /// What reading it is worth at most; `None` where that harms nobody.
    pub(in crate::objects) read: Option<Severity>,
    with_contents: bool,
}

const fn whole(path: &'static str, what: &'static str, read: Option<Severity>) -> Sensitive {
    Sensitive { path, what, read, with_contents: true }
}

const fn itself(path: &'static str, what: &'static str, read: Option<Severity>) -> Sensitive {
    Sensitive { path, what, read, with_contents: false }
}

const CRITICAL: Option<Severity> = Some(Severity::Critical);
const MEDIUM: Option<Severity> = Some(Severity::Medium);
const LOW: Option<Severity> = Some(Severity::Low);

/// The most telling first: a path above several of them is called by the first.
const SENSITIVE: &[Sensitive] = &[
    whole("/etc/kubernetes", "the cluster's keys and static pods", CRITICAL),
    whole(
        "/var/lib/kubelet",
        "the secrets of all pods of the node, and the kubelet's key",
        CRITICAL,
    ),
    whole("/var/lib/etcd", "the cluster's database", CRITICAL),
    whole("/var/lib/rancher", "the cluster's keys and database", CRITICAL),
    whole("/etc/rancher", "the cluster's configuration and administrator's key", CRITICAL),
    whole("/var/lib/k0s", "the cluster's keys and database", CRITICAL),
    whole("/var/snap/microk8s", "the cluster's keys and database", CRITICAL),
    whole("/root", "the administrator's files and keys", CRITICAL),
    whole("/etc/shadow", "the node's passwords", CRITICAL),
    whole("/etc/ssh", "the node's keys for SSH", CRITICAL),
    whole("/etc/passwd", "the node's users", None),
    whole("/etc/group", "the node's groups", None),
    whole("/etc/sudoers", "who may become root", LOW),
    whole("/etc/sudoers.d", "who may become root", LOW),
    whole("/etc/pam.d", "how users log in", None),
    whole("/etc/systemd", "the node's services", None),
    whole("/etc/init.d", "the node's services", None),
    whole("/etc/profile.d", "what logins run", None),
    whole("/etc/cron.d", "what the node runs by the clock", None),
    whole("/etc/cron.hourly", "what the node runs by the clock", None),
    whole("/etc/cron.daily", "what the node runs by the clock", None),
    whole("/etc/crontab", "what the node runs by the clock", None),
    whole("/etc/ld.so.preload", "what every program of the node loads", None),
    whole("/etc/ld.so.conf.d", "what every program of the node loads", None),
    whole("/etc/cni", "the network plugin's configuration, which root runs", LOW),
    whole("/etc/containerd", "the runtime's configuration", LOW),
    whole("/etc/crio", "the runtime's configuration", LOW),
    whole("/etc/docker", "the runtime's configuration", LOW),
    whole("/opt/cni", "the network plugins, which root runs", None),
    whole("/usr/libexec/kubernetes", "the kubelet's plugins, which root runs", None),
    whole("/var/spool/cron", "what the node runs by the clock", LOW),
    whole("/var/lib/docker", "the files of all containers", CRITICAL),
    whole("/var/lib/containerd", "the files of all containers", CRITICAL),
    whole("/var/lib/containers", "the files of all containers", CRITICAL),
    whole("/var/lib/crio", "the files of all containers", CRITICAL),
    whole("/var/lib/cloud", "what the node was given at its start, often keys", CRITICAL),
    itself("/etc", "the node's configuration and keys", CRITICAL),
    itself("/home", "users' files and keys", CRITICAL),
    itself("/proc", "the node's processes and kernel parameters", MEDIUM),
    itself("/dev", "the node's disks and devices", CRITICAL),
    itself("/run", "the sockets of the node's services", CRITICAL),
    whole("/run/systemd", "the control of the node's services", MEDIUM),
    whole("/run/dbus", "the control of the node's services", MEDIUM),
    itself("/var", "the state of the node's services", CRITICAL),
    itself("/var/lib", "the state of the node's services", CRITICAL),
    itself("/sys", "the kernel's devices and settings", LOW),
    whole("/sys/fs/cgroup", "the limits of all containers", None),
    whole("/sys/kernel", "the kernel's settings", LOW),
    whole("/boot", "the kernel", None),
    itself("/lib/modules", "the kernel's modules", None),
    itself("/lib", "the node's libraries", None),
    itself("/lib64", "the node's libraries", None),
    itself("/usr", "the node's programs", None),
    itself("/usr/lib", "the node's libraries", None),
    whole("/bin", "the node's programs", None),
    whole("/sbin", "the node's programs", None),
    whole("/usr/bin", "the node's programs", None),
    whole("/usr/sbin", "the node's programs", None),
    whole("/usr/local/bin", "the node's programs", None),
    whole("/lib/systemd", "the node's services", None),
    whole("/usr/lib/systemd", "the node's services", None),
    // Links that root puts there are followed by the kubelet when logs are read.
    itself("/var/log", "the node's logs, by which the kubelet reads any file", LOW),
    itself("/var/log/pods", "the logs of all pods", LOW),
    itself("/var/log/containers", "the logs of all pods", LOW),
    itself("/opt", "programs of the node", None),
    itself("/srv", "data of the node", MEDIUM),
    itself("/mnt", "disks of the node", MEDIUM),
    itself("/media", "disks of the node", MEDIUM),
    itself("/c:", "the node's whole disk", CRITICAL),
    whole("/c:/windows", "the node's system", LOW),
    itself("/c:/users", "users' files and keys", CRITICAL),
    whole("/c:/var/lib/kubelet", "the secrets of all pods of the node", CRITICAL),
    whole("/c:/etc/kubernetes", "the cluster's keys", CRITICAL),
];

/// The root, which holds all of it.
const ROOT: Sensitive = itself("/", "the node's whole file system", CRITICAL);

/// The node's disks and memory, as a file.
const RAW: Sensitive = itself("/dev", "a disk or the memory of the node", CRITICAL);

/// How names of such files begin.
const RAW_PREFIXES: &[&str] = &[
    "/dev/sd",
    "/dev/nvme",
    "/dev/vd",
    "/dev/xvd",
    "/dev/dm-",
    "/dev/mapper/",
    "/dev/disk/",
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
];

/// The directory of the table that a mounted path is, lies in, or holds.
pub(in crate::objects) fn sensitive(path: &str) -> Option<Sensitive> {
    if path == "/" {
        return Some(ROOT);
    }
    if RAW_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) {
        return Some(RAW);
    }
    let is = |entry: &&Sensitive| {
        path == entry.path || (entry.with_contents && is_within(path, entry.path))
    };
    let holds = |entry: &&Sensitive| is_within(entry.path, path);
    // What a path is says more than what it holds.
    SENSITIVE.iter().find(is).or_else(|| SENSITIVE.iter().find(holds)).copied()
}

/// Where cloud providers and their tools leave credentials on nodes and in home directories.
const CREDENTIALS: &[(&str, &str)] = &[
    ("/etc/kubernetes/azure.json", "Azure"),
    ("/etc/kubernetes/cloud.conf", "a cloud provider"),
    ("/etc/kubernetes/cloud-config", "a cloud provider"),
    ("/etc/kubernetes/cloud-controller-manager", "a cloud provider"),
    ("/var/lib/waagent", "Azure"),
    ("/etc/gce.conf", "Google Cloud"),
    ("/etc/kubernetes/gce.conf", "Google Cloud"),
    ("/etc/boto.cfg", "AWS or Google Cloud"),
];

/// The same below any home directory.
const HOME_CREDENTIALS: &[(&str, &str)] = &[
    (".aws", "AWS"),
    (".azure", "Azure"),
    (".config/gcloud", "Google Cloud"),
    (".boto", "AWS or Google Cloud"),
    (".oci", "Oracle Cloud"),
    (".aliyun", "Alibaba Cloud"),
    (".config/openstack", "OpenStack"),
    (".config/doctl", "DigitalOcean"),
];

/// Whose credentials a mounted path is. A directory far above them is not called theirs.
pub(super) fn cloud_credentials(path: &str) -> Option<&'static str> {
    let on_node = CREDENTIALS.iter().find(|(known, _)| is_within(path, known));
    let in_home = || {
        let home =
            ["/root/", "/home/", "/c:/users/"].iter().find_map(|it| path.strip_prefix(it))?;
        let below = if path.starts_with("/root/") { home } else { home.split_once('/')?.1 };
        HOME_CREDENTIALS.iter().find(|(known, _)| {
            below.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    on_node.or_else(in_home).map(|(_, provider)| *provider)
}

#[cfg(test)]
mod tests {
    use merlon_model::Severity;
    use merlon_views::objects::host_path;

    use super::{cloud_credentials, runtime_of, sensitive};

    #[test]
    fn sockets_are_known_by_name_place_and_what_holds_them() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(runtime_of(&host_path(path, "")), expected, "{path}");
        };
        check("/var/run/docker.sock", Some("Docker"));
        check("/run/docker.sock", Some("Docker"));
        check("/var/run", Some("Docker"));
        check("/", Some("Docker"));
        check("/run/containerd/", Some("containerd"));
        check("/run/crio", Some("CRI-O"));
        check("/run/user/1000/podman/podman.sock", Some("Podman"));
        check("/host/docker.sock", Some("Docker"));
        check(r"\\.\pipe\docker_engine", Some("Docker"));
        // `/var/run` is a link on the node: what mounts `/var` alone does not reach through it.
        check("/var", None);
        check("/var/snap/microk8s/common/run/containerd.sock", Some("containerd"));
        check("/var/lib", None);
        check("/run/xtables.lock", None);
        check("/run/udev", None);
        check("/etc", None);
    }

    #[test]
    fn directories_are_sensitive_by_what_they_are_or_hold() {
        let check = |path: &str, expected: Option<(&str, Option<Severity>)>| {
            let found = sensitive(&host_path(path, "")).map(|it| (it.path, it.read));
            assert_eq!(found, expected, "{path}");
        };
        check("/", Some(("/", Some(Severity::Critical))));
        check("/etc", Some(("/etc", Some(Severity::Critical))));
        check("/etc/kubernetes/pki", Some(("/etc/kubernetes", Some(Severity::Critical))));
        check("/var/lib/kubelet/pods", Some(("/var/lib/kubelet", Some(Severity::Critical))));
        check("/lib/modules", Some(("/lib/modules", None)));
        check("/sys/fs/cgroup", Some(("/sys/fs/cgroup", None)));
        check("/usr/libexec", Some(("/usr/libexec/kubernetes", None)));
        check("C:\\", Some(("/c:", Some(Severity::Critical))));
        // What agents and programs mount without harm.
        check("/etc/localtime", None);
        check("/etc/ssl/certs", None);
        check("/etc/os-release", None);
        check("/usr/share/zoneinfo", None);
        check("/run/xtables.lock", None);
        check("/var/lib/postgresql", None);
        check("/var/log/myapp", None);
        check("/dev/shm", None);
        check("/dev/nvme0n1", Some(("/dev", Some(Severity::Critical))));
        check("/data", None);
        check("/mnt/disks/ssd1", None);
        check("/home/app/data", None);
    }

    #[test]
    fn credentials_of_clouds_are_known_by_place() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(cloud_credentials(path), expected, "{path}");
        };
        check("/etc/kubernetes/azure.json", Some("Azure"));
        check("/root/.aws/credentials", Some("AWS"));
        check("/home/app/.config/gcloud", Some("Google Cloud"));
        check("/home/.aws", None);
        check("/root", None);
        check("/home/app/.awsome", None);
        check("/etc/kubernetes", None);
    }
}
