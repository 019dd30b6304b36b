//! What keeps containers from their node besides namespaces: SELinux and AppArmor, where something tells that a node has
//! them.
//!
//! SELinux confines containers only where the runtime gives them labels: CRI-O on OpenShift's nodes does, Bottlerocket's
//! containerd too. Elsewhere containerd does not unless `enable_selinux` is set, nor CRI-O unless `selinux` is, and what
//! has no label runs as `spc_t`, which may do everything.

use std::collections::BTreeMap;

use merlon_model::{Confidence, Kind};
use merlon_snapshot::{DocumentKind, Object};
use merlon_views::NodeView;
use merlon_views::objects::is_within;
use merlon_yaml::Node;

use super::inside::{Inside, Profile};
use crate::graph::Basis;
use crate::world::World;

/// What a container does that its node may forbid.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act<'p> {
    /// Reading a file of the node that it mounts.
    Read(&'p str),
    /// Changing a file of the node that it mounts.
    Write(&'p str),
    /// Giving orders to the container runtime over its socket.
    OrderRuntime,
    /// Giving orders to the service manager over its socket.
    OrderServices,
    /// Putting links in the place of logs.
    LinkLogs,
    /// Mounting file systems of the kernel, and writing to them.
    Mount,
    /// Writing what the kernel is told in `/proc`, which the runtime mounts.
    WriteProc,
    /// Tracing programs of the node.
    Trace,
    /// Reading processes of other pods.
    ReadNeighbours,
    /// Loading modules into the kernel.
    LoadModules,
    /// Opening files by their handles.
    OpenByHandle,
    /// Driving devices by their ports.
    DrivePorts,
    /// Loading programs into the kernel.
    LoadPrograms,
}

/// What to tell of an act that a node makes less sure than it is elsewhere.
pub(super) fn hindrance<'w>(elsewhere: Confidence, most: Confidence) -> Option<Basis<'w>> {
    (most < elsewhere)
        .then_some(Basis::Note("AppArmor or SELinux may stand in the way on the node"))
}

/// What guards a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Guard {
    selinux: Selinux,
    /// Whether the kernel has it; `None` where nothing tells.
    apparmor: Option<bool>,
}

/// What SELinux makes of containers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Selinux {
    /// Nothing tells that it confines them.
    #[default]
    Free,
    /// It is enforced; whether the runtime gives containers labels is not known.
    Perhaps,
    /// The policy of container-selinux, with labels by this runtime.
    Containers(Runtime),
    /// Bottlerocket's own policy, with labels by containerd.
    Bottlerocket,
}

/// What gives containers their labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runtime {
    Containerd,
    Crio,
}

/// What SELinux takes a container for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    /// A container as others.
    Usual,
    /// One that may change logs.
    LogWriter,
    /// Something that no policy confines.
    Unconfined,
    /// Something of somebody's own.
    Own,
}

/// The guards of all nodes.
#[derive(Debug)]
pub(super) struct Guards<'w> {
    by_node: BTreeMap<&'w str, Guard>,
    /// What each node for Linux has on which a pod may come to run.
    everywhere: Guard,
}

impl<'w> Guards<'w> {
    pub(super) fn of<'a: 'w>(world: &World<'w, 'a>) -> Self {
        let is_openshift = world.view.has(Kind::SecurityContextConstraints);
        let names = world.nodes.keys().chain(world.evidence.keys());
        let by_node: BTreeMap<&'w str, Guard> = names
            .map(|name| {
                let object = world.nodes.get(name).map(|node| node.object);
                let evidence = world.evidence.get(name).copied();
                (*name, guard(object, evidence, is_openshift))
            })
            .collect();
        let for_linux = world.nodes.iter().filter(|(_, node)| !is_windows(node.object));
        let mut all = for_linux.filter_map(|(name, _)| by_node.get(name).copied());
        let everywhere = match all.next() {
            Some(first) if world.view.is_complete(Kind::Node) && all.all(|it| it == first) => first,
            _ => Guard::default(),
        };
        Self { by_node, everywhere }
    }

    /// What guards a node; where no node is named, what guards all of them alike.
    pub(super) fn on(&self, node: Option<&str>) -> Guard {
        let Some(name) = node else { return self.everywhere };
        self.by_node.get(name).copied().unwrap_or_default()
    }
}

fn guard(object: Option<&Object>, evidence: Option<&NodeView<'_>>, is_openshift: bool) -> Guard {
    let host = evidence.map(|it| &it.node.host);
    let told = host.and_then(|it| it.security_modules.selinux.as_deref());
    let image = object.and_then(|it| info(it, "osImage"));
    let image = image.or_else(|| host?.os_release.get("PRETTY_NAME").map(String::as_str));
    let runtime = object.and_then(|it| info(it, "containerRuntimeVersion")).unwrap_or_default();
    let selinux = match (told, shipped(image.unwrap_or_default(), runtime, is_openshift)) {
        (Some("permissive" | "disabled"), _) => Selinux::Free,
        (Some("enforcing"), Selinux::Free | Selinux::Perhaps) => {
            evidence.and_then(configured).unwrap_or(Selinux::Perhaps)
        }
        (_, shipped) => shipped,
    };
    Guard { selinux, apparmor: host.and_then(|it| it.security_modules.apparmor) }
}

/// What systems that enforce SELinux from the beginning make of containers.
fn shipped(image: &str, runtime: &str, is_openshift: bool) -> Selinux {
    let is = |name| image.starts_with(name);
    if is("Bottlerocket OS") {
        Selinux::Bottlerocket
    } else if is("Red Hat Enterprise Linux CoreOS") {
        Selinux::Containers(Runtime::Crio)
    } else if is("Fedora CoreOS") || is("CentOS Stream CoreOS") {
        // OKD's nodes; others run on them too, with a configuration of their own.
        let is_okd = is_openshift && runtime.starts_with("cri-o://");
        if is_okd { Selinux::Containers(Runtime::Crio) } else { Selinux::Perhaps }
    } else {
        Selinux::Free
    }
}

/// Whether the runtime's configuration asks for labels; `None` where it does not tell.
fn configured(node: &NodeView<'_>) -> Option<Selinux> {
    let documents = node.node.documents.iter();
    let mut texts =
        documents.filter(|(_, it)| it.kind == DocumentKind::RuntimeConfiguration).peekable();
    let mut may_be_elsewhere = texts.peek().is_none();
    for (path, document) in texts {
        for line in document.text.lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.split('#').next().unwrap_or_default().trim();
            match (key.trim(), value) {
                ("enable_selinux", "true") => {
                    return Some(Selinux::Containers(Runtime::Containerd));
                }
                ("selinux", "true") => return Some(Selinux::Containers(Runtime::Crio)),
                ("imports", value) => may_be_elsewhere |= value != "[]",
                _ => {}
            }
        }
        // CRI-O reads a directory besides.
        may_be_elsewhere |= !path.contains("containerd");
    }
    (!may_be_elsewhere).then_some(Selinux::Free)
}

fn info<'o>(node: &'o Object, key: &str) -> Option<&'o str> {
    node.root.path(&["status", "nodeInfo", key]).and_then(Node::as_str)
}

fn is_windows(node: &Object) -> bool {
    let label = node.root.path(&["metadata", "labels", "kubernetes.io/os"]).and_then(Node::as_str);
    label.or_else(|| info(node, "operatingSystem")) == Some("windows")
}

/// Namespaces of the node, in which CRI-O starts containers without a label (`configureSELinuxLabels` of its
/// `server/container_create.go`; for the network by `hostnetwork_disable_selinux`, which is on by default).
const HOST_NAMESPACES: &[&str] = &["hostPID", "hostIPC", "hostNetwork"];

impl Guard {
    /// How sure a container's act is at most; `None` where it is forbidden.
    pub(super) fn most(self, inside: &Inside<'_, '_, '_>, act: Act<'_>) -> Option<Confidence> {
        Some(self.by_selinux(inside, act)?.min(self.by_apparmor(inside, act)))
    }

    fn by_selinux(self, inside: &Inside<'_, '_, '_>, act: Act<'_>) -> Option<Confidence> {
        let fields = inside.workload.fields();
        let is_shared = |it: &&str| matches!(fields.bool(it), Ok(Some(true)));
        match (self.selinux, label(inside)) {
            (Selinux::Free, _) | (_, Label::Unconfined) => Some(Confidence::Certain),
            (Selinux::Containers(Runtime::Crio), _) if HOST_NAMESPACES.iter().any(is_shared) => {
                Some(Confidence::Certain)
            }
            (_, Label::Own) => Some(Confidence::Likely),
            (Selinux::Containers(_), label) => as_container(act, label),
            (Selinux::Perhaps, label) => as_container(act, label).or(Some(Confidence::Likely)),
            (Selinux::Bottlerocket, _) => on_bottlerocket(act),
        }
    }

    /// What the runtime's profile forbids, which every container has that names none
    /// (`contrib/apparmor/template.go` of containerd; those of CRI-O and Docker are alike). A profile of somebody's own
    /// may forbid it too, and so may one for system calls; the runtime's lets through what goes with a capability.
    fn by_apparmor(self, inside: &Inside<'_, '_, '_>, act: Act<'_>) -> Confidence {
        if !matches!(act, Act::Mount | Act::WriteProc | Act::Trace) {
            return Confidence::Certain;
        }
        match (self.apparmor, inside.apparmor()) {
            (Some(false), _) | (_, Profile::Off) if inside.has_own_seccomp() => Confidence::Likely,
            (Some(false), _) | (_, Profile::Off) => Confidence::Certain,
            // The runtime loads its profile only where it finds AppArmor's parser and is not told to leave it; and file
            // systems can be opened without mounting them (`fsopen`), which few kernels ask AppArmor about.
            (Some(true), Profile::Usual) => Confidence::Assumed,
            (None, _) | (_, Profile::Own) => Confidence::Likely,
        }
    }
}

/// What the label of a container is, by the type that is written. Both runtimes give privileged containers none.
fn label(inside: &Inside<'_, '_, '_>) -> Label {
    if inside.is_privileged() {
        return Label::Unconfined;
    }
    // Options of a container take the place of all of the pod's.
    let options = inside.workload.effective_security(inside.container, &["seLinuxOptions"]);
    match options.text("type").ok().flatten().unwrap_or_default() {
        ""
        | "container_t"
        | "svirt_lxc_net_t"
        | "container_init_t"
        | "container_kvm_t"
        | "container_userns_t"
        | "container_device_t"
        | "container_logreader_t" => Label::Usual,
        "container_logwriter_t" => Label::LogWriter,
        "spc_t"
        | "unconfined_t"
        | "unconfined_service_t"
        | "container_runtime_t"
        | "kubelet_t"
        | "control_t"
        | "super_t" => Label::Unconfined,
        _ => Label::Own,
    }
}

/// By the policy of container-selinux (`container.te`): `container_t` neither reads nor changes what is not labelled for
/// containers, connects to no service of the node, has neither `sys_module` nor `bpf`, and other capabilities help it
/// against namespaces alone. Files of other pods are labelled, with categories of their own.
fn as_container(act: Act<'_>, label: Label) -> Option<Confidence> {
    match act {
        Act::DrivePorts => Some(Confidence::Certain),
        Act::LinkLogs if label == Label::LogWriter => Some(Confidence::Certain),
        _ => None,
    }
}

/// By Bottlerocket's policy (`packages/selinux-policy`): containers read nearly everything, change what is on the data
/// disk and in memory, and use every socket and capability. The kernel runs no program but those of the system's disk,
/// which is read-only; services and processes that are not their own are out of reach.
fn on_bottlerocket(act: Act<'_>) -> Option<Confidence> {
    const CHANGEABLE: &[&str] = &["/local", "/mnt", "/opt", "/proc", "/run", "/var"];
    match act {
        Act::OrderRuntime
        | Act::LinkLogs
        | Act::LoadModules
        | Act::LoadPrograms
        | Act::DrivePorts => Some(Confidence::Certain),
        // Volumes carry categories of their pod, and some files of the configuration a label for secrets.
        Act::Read(path)
            if ["/etc", "/var/lib/kubelet/pods"].iter().any(|it| is_within(path, it)) =>
        {
            Some(Confidence::Assumed)
        }
        Act::Read(_) => Some(Confidence::Certain),
        // The runtime runs them, as containers.
        Act::Write(path) if is_within(path, "/opt/cni/bin") => Some(Confidence::Likely),
        Act::Write(path) => {
            let is_changeable = CHANGEABLE.iter().any(|it| is_within(path, it));
            is_changeable.then_some(Confidence::Assumed)
        }
        Act::Mount | Act::WriteProc | Act::OpenByHandle => Some(Confidence::Assumed),
        Act::OrderServices | Act::Trace | Act::ReadNeighbours => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Runtime, Selinux, shipped};

    #[test]
    fn systems_are_known_by_what_their_nodes_say() {
        let check = |image: &str, runtime: &str, is_openshift: bool, expected: Selinux| {
            assert_eq!(shipped(image, runtime, is_openshift), expected, "{image}");
        };
        let (crio, containerd) = ("cri-o://1.31.4", "containerd://2.1.4");
        let labelled = Selinux::Containers(Runtime::Crio);
        check("Bottlerocket OS 1.44.0 (aws-k8s-1.33)", containerd, false, Selinux::Bottlerocket);
        check("Red Hat Enterprise Linux CoreOS 9.6.20250925-0 (Plow)", crio, true, labelled);
        check("Red Hat Enterprise Linux CoreOS 418.94.1 (Plow)", crio, false, labelled);
        check("CentOS Stream CoreOS 9.0.20250510-0", crio, true, labelled);
        check("Fedora CoreOS 41.20250215.3.0", crio, true, labelled);
        check("Fedora CoreOS 41.20250215.3.0", crio, false, Selinux::Perhaps);
        check("Fedora CoreOS 41.20250215.3.0", containerd, true, Selinux::Perhaps);
        // Enforced or not, containerd gives no labels there by itself.
        check("Red Hat Enterprise Linux 9.6 (Plow)", containerd, false, Selinux::Free);
        check("Amazon Linux 2023.8.20250818", containerd, false, Selinux::Free);
        check("Ubuntu 24.04.3 LTS", containerd, false, Selinux::Free);
        check("Container-Optimized OS from Google", containerd, false, Selinux::Free);
        check("", "", false, Selinux::Free);
    }
}
