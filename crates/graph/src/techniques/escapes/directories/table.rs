use merlon_model::Confidence;

use super::{
    CORE_PATTERN, READ_DATABASE, READ_KEYS, READ_KUBELET_KEY, READ_LOGINS, READ_POD_VOLUMES, WRITE,
};
use crate::technique::Technique;

/// A path of nodes, and what mounting it is worth to root. A mount gives it that is the path or holds it.
pub(super) struct Row {
    pub(super) technique: &'static Technique,
    /// As [`merlon_views::objects::host_path`] gives it.
    pub(super) path: &'static str,
    /// What mounting it tells, in a few words.
    pub(super) statement: &'static str,
    pub(super) gain: Gain,
    pub(super) sure: Confidence,
    /// Whether a mount that lies in it is worth as much.
    pub(super) with_contents: bool,
    /// Whether it has to be writable.
    pub(super) writes: bool,
    /// Whether it is the kernel's and not on a disk.
    pub(super) of_kernel: bool,
}

/// What is gained.
#[derive(Clone, Copy)]
pub(super) enum Gain {
    /// Root on the node.
    Node,
    /// What its pods mount.
    PodVolumes,
    /// What its kubelet may.
    Kubelet,
    /// Everything, where the node runs the control plane.
    Keys,
    /// All secrets, where the node has the cluster's database.
    Secrets,
}

const fn row(technique: &'static Technique, path: &'static str, statement: &'static str) -> Row {
    let (gain, sure) = (Gain::Node, technique.confidence);
    let (with_contents, writes, of_kernel) = (false, false, false);
    Row { technique, path, statement, gain, sure, with_contents, writes, of_kernel }
}

/// A path that is worth something if it can be written, and all that lies in it as well.
const fn written(path: &'static str, statement: &'static str) -> Row {
    Row { with_contents: true, writes: true, ..row(&WRITE, path, statement) }
}

/// A path of which only the whole is worth something if it can be written.
const fn written_itself(path: &'static str, statement: &'static str) -> Row {
    Row { with_contents: false, ..written(path, statement) }
}

/// What takes something else to happen: a restart, a login.
const fn later(row: Row) -> Row {
    Row { sure: Confidence::Likely, ..row }
}

const fn read(
    technique: &'static Technique,
    path: &'static str,
    gain: Gain,
    statement: &'static str,
) -> Row {
    Row { gain, with_contents: true, ..row(technique, path, statement) }
}

const fn read_itself(
    technique: &'static Technique,
    path: &'static str,
    gain: Gain,
    statement: &'static str,
) -> Row {
    Row { with_contents: false, ..read(technique, path, gain, statement) }
}

const STATIC_PODS: &str = "the kubelet runs the pods that stand here";
const UNITS: &str = "the node's services stand here";
const CLOCK: &str = "the node runs by the clock what stands here";
const PROGRAMS: &str = "programs of the node stand here";
const LOGINS: &str = "who may log in and become root stands here";
const RUNTIME: &str = "the runtime's configuration and the files of all containers stand here";
const KEYS: &str = "the control plane keeps its keys here";
const DATABASE: &str = "the cluster's database is here";
const KUBELET_KEY: &str = "the kubelet keeps its key here";
const PODS: &str = "the kubelet keeps here what pods mount";

pub(super) static ROWS: &[Row] = &[
    written("/etc/kubernetes/manifests", STATIC_PODS),
    written("/var/lib/rancher/k3s/agent/pod-manifests", STATIC_PODS),
    written("/var/lib/rancher/rke2/agent/pod-manifests", STATIC_PODS),
    later(written_itself("/var/lib/kubelet", "the kubelet's configuration stands here")),
    written("/etc/cron.d", CLOCK),
    written("/etc/cron.hourly", CLOCK),
    written("/etc/cron.daily", CLOCK),
    written("/etc/cron.weekly", CLOCK),
    written("/etc/cron.monthly", CLOCK),
    written("/etc/crontab", CLOCK),
    written("/var/spool/cron", CLOCK),
    later(written("/etc/systemd", UNITS)),
    later(written("/run/systemd/system", UNITS)),
    later(written("/usr/lib/systemd", UNITS)),
    later(written("/lib/systemd", UNITS)),
    later(written("/etc/init.d", UNITS)),
    written("/etc/ld.so.preload", "every program of the node loads what stands here"),
    later(written("/etc/profile.d", LOGINS)),
    later(written("/etc/pam.d", LOGINS)),
    later(written("/etc/passwd", LOGINS)),
    later(written("/etc/shadow", LOGINS)),
    later(written("/etc/sudoers", LOGINS)),
    later(written("/etc/sudoers.d", LOGINS)),
    later(written("/etc/ssh", LOGINS)),
    later(written("/root/.ssh", LOGINS)),
    later(written_itself("/home", LOGINS)),
    written("/usr/bin", PROGRAMS),
    written("/usr/sbin", PROGRAMS),
    written("/bin", PROGRAMS),
    written("/sbin", PROGRAMS),
    later(written("/usr/local/bin", PROGRAMS)),
    later(written("/usr/local/sbin", PROGRAMS)),
    written_itself("/lib", PROGRAMS),
    written_itself("/lib64", PROGRAMS),
    written_itself("/usr/lib", PROGRAMS),
    later(written("/lib/modules", "the kernel's modules stand here")),
    later(written("/boot", "the kernel and what it starts with stand here")),
    written("/opt/cni/bin", "the runtime runs the network plugins that stand here"),
    written("/etc/cni/net.d", "the runtime runs the network plugins that stand here"),
    later(written("/usr/libexec/kubernetes", "the kubelet runs the plugins that stand here")),
    later(written("/etc/containerd", RUNTIME)),
    later(written("/etc/docker", RUNTIME)),
    later(written("/etc/crio", RUNTIME)),
    later(written_itself("/var/lib/containerd", RUNTIME)),
    later(written_itself("/var/lib/docker", RUNTIME)),
    later(written_itself("/var/lib/containers", RUNTIME)),
    later(written("/var/lib/rancher/k3s/data", PROGRAMS)),
    later(written("/var/lib/rancher/rke2/data", PROGRAMS)),
    later(written("/var/lib/rancher/rke2/bin", PROGRAMS)),
    Row {
        writes: true,
        of_kernel: true,
        ..row(
            &CORE_PATTERN,
            "/proc/sys/kernel/core_pattern",
            "the node's kernel is told here what to run at crashes",
        )
    },
    read_itself(&READ_POD_VOLUMES, "/var/lib/kubelet/pods", Gain::PodVolumes, PODS),
    read_itself(&READ_POD_VOLUMES, "/var/lib/k0s/kubelet/pods", Gain::PodVolumes, PODS),
    read_itself(
        &READ_POD_VOLUMES,
        "/var/snap/microk8s/common/var/lib/kubelet/pods",
        Gain::PodVolumes,
        PODS,
    ),
    read(&READ_KUBELET_KEY, "/var/lib/kubelet/pki", Gain::Kubelet, KUBELET_KEY),
    read(
        &READ_KUBELET_KEY,
        "/var/lib/rancher/k3s/agent/client-kubelet.key",
        Gain::Kubelet,
        KUBELET_KEY,
    ),
    read(
        &READ_KUBELET_KEY,
        "/var/lib/rancher/rke2/agent/client-kubelet.key",
        Gain::Kubelet,
        KUBELET_KEY,
    ),
    read(&READ_KUBELET_KEY, "/var/lib/k0s/kubelet/pki", Gain::Kubelet, KUBELET_KEY),
    read(&READ_KEYS, "/etc/kubernetes/pki", Gain::Keys, KEYS),
    read(&READ_KEYS, "/etc/kubernetes/ssl", Gain::Keys, KEYS),
    read(&READ_KEYS, "/etc/kubernetes/admin.conf", Gain::Keys, KEYS),
    read(&READ_KEYS, "/etc/kubernetes/super-admin.conf", Gain::Keys, KEYS),
    read(&READ_KEYS, "/etc/kubernetes/static-pod-resources", Gain::Keys, KEYS),
    read(&READ_KEYS, "/etc/rancher/k3s/k3s.yaml", Gain::Keys, KEYS),
    read(&READ_KEYS, "/etc/rancher/rke2/rke2.yaml", Gain::Keys, KEYS),
    read_itself(&READ_KEYS, "/var/lib/rancher/k3s/server", Gain::Keys, KEYS),
    read(&READ_KEYS, "/var/lib/rancher/k3s/server/tls", Gain::Keys, KEYS),
    read_itself(&READ_KEYS, "/var/lib/rancher/rke2/server", Gain::Keys, KEYS),
    read(&READ_KEYS, "/var/lib/rancher/rke2/server/tls", Gain::Keys, KEYS),
    read(&READ_KEYS, "/var/lib/k0s/pki", Gain::Keys, KEYS),
    read(&READ_KEYS, "/var/lib/minikube/certs", Gain::Keys, KEYS),
    read(&READ_KEYS, "/var/snap/microk8s/current/certs", Gain::Keys, KEYS),
    read(&READ_KEYS, "/var/snap/microk8s/current/credentials", Gain::Keys, KEYS),
    read(&READ_DATABASE, "/var/lib/etcd", Gain::Secrets, DATABASE),
    read(&READ_DATABASE, "/var/lib/minikube/etcd", Gain::Secrets, DATABASE),
    read(&READ_DATABASE, "/var/lib/k0s/etcd", Gain::Secrets, DATABASE),
    read(&READ_DATABASE, "/var/lib/rancher/k3s/server/db", Gain::Secrets, DATABASE),
    read(&READ_DATABASE, "/var/lib/rancher/rke2/server/db", Gain::Secrets, DATABASE),
    read(
        &READ_DATABASE,
        "/var/snap/microk8s/current/var/kubernetes/backend",
        Gain::Secrets,
        DATABASE,
    ),
    read_itself(&READ_LOGINS, "/root", Gain::Node, "root's files and keys are here"),
    read(&READ_LOGINS, "/root/.ssh", Gain::Node, "root's keys are here"),
    read_itself(&READ_LOGINS, "/home", Gain::Node, "users' files and keys are here"),
    read(&READ_LOGINS, "/etc/shadow", Gain::Node, "the users' passwords are here, as hashes"),
];

#[cfg(test)]
mod tests {
    use merlon_views::objects::host_path;

    use super::ROWS;

    #[test]
    fn paths_are_spelt_as_mounts_are_read() {
        for row in ROWS {
            assert_eq!(host_path(row.path, ""), row.path);
        }
    }
}
