//! The fields that checks look at, each mapping gone through once.

use merlon_yaml::{Mapping, Node};

use crate::place::{ContainerList, ContainerRef, Offence, Place};
use crate::reader::{Reader, Set, set};

/// The fields of a pod's spec.
#[derive(Debug, Default)]
pub(crate) struct Pod<'a> {
    pub(crate) host_network: Option<Set<'a, bool>>,
    pub(crate) host_pid: Option<Set<'a, bool>>,
    pub(crate) host_ipc: Option<Set<'a, bool>>,
    /// Whether `hostUsers` is false: the pod has a user namespace of its own.
    pub(crate) user_namespace: bool,
    pub(crate) windows: bool,
    pub(crate) context: Option<SecurityContext<'a>>,
    pub(crate) volumes: &'a [Node],
    containers: [&'a [Node]; 3],
    pub(crate) annotations: Option<&'a Mapping>,
}

/// The fields of a container.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    pub(crate) reference: ContainerRef<'a>,
    pub(crate) context: Option<SecurityContext<'a>>,
    pub(crate) ports: &'a [Node],
    /// `livenessProbe`, `readinessProbe`, `startupProbe`.
    pub(crate) probes: [Option<&'a Node>; 3],
    pub(crate) lifecycle: Option<&'a Node>,
}

/// The fields of a security context, of the pod or of a container.
#[derive(Debug, Default)]
pub(crate) struct SecurityContext<'a> {
    pub(crate) run_as_non_root: Option<Set<'a, bool>>,
    pub(crate) run_as_user: Option<Set<'a, i64>>,
    pub(crate) app_armor: Option<Profile<'a>>,
    pub(crate) seccomp: Option<Profile<'a>>,
    pub(crate) se_linux: Option<SeLinuxOptions<'a>>,
    pub(crate) host_process: Option<Set<'a, bool>>,
    /// Of a pod only.
    pub(crate) sysctls: &'a [Node],
    /// Of a container only, like all that follow.
    pub(crate) privileged: Option<Set<'a, bool>>,
    pub(crate) allow_privilege_escalation: Option<Set<'a, bool>>,
    pub(crate) proc_mount: Option<Set<'a, &'a str>>,
    pub(crate) capabilities: Option<Capabilities<'a>>,
}

/// An AppArmor or seccomp profile.
#[derive(Debug)]
pub(crate) struct Profile<'a> {
    pub(crate) node: &'a Node,
    pub(crate) kind: Option<Set<'a, &'a str>>,
}

#[derive(Debug, Default)]
pub(crate) struct SeLinuxOptions<'a> {
    pub(crate) kind: Option<Set<'a, &'a str>>,
    pub(crate) user: Option<Set<'a, &'a str>>,
    pub(crate) role: Option<Set<'a, &'a str>>,
}

#[derive(Debug, Default)]
pub(crate) struct Capabilities<'a> {
    pub(crate) add: &'a [Node],
    /// The list itself, where there is one.
    pub(crate) drop: Option<Set<'a, &'a [Node]>>,
}

impl<'a> Pod<'a> {
    pub(crate) fn read(
        metadata: Option<&'a Node>,
        spec: &'a Node,
        reader: &mut Reader<'a>,
    ) -> Pod<'a> {
        let mut pod = Pod::default();
        let metadata = metadata.and_then(|node| reader.mapping(node));
        pod.annotations = reader.below(metadata, "annotations");
        let entries = reader.mapping(spec).map(Mapping::entries).unwrap_or_default();
        for entry in entries {
            let node = &entry.value;
            match &*entry.key {
                "hostNetwork" => pod.host_network = set(node, reader.boolean(node)),
                "hostPID" => pod.host_pid = set(node, reader.boolean(node)),
                "hostIPC" => pod.host_ipc = set(node, reader.boolean(node)),
                "hostUsers" => pod.user_namespace = reader.boolean(node) == Some(false),
                "os" => {
                    let name = reader.mapping(node).and_then(|os| os.get("name"));
                    pod.windows = name.and_then(|name| reader.string(name)) == Some("windows");
                }
                "securityContext" => {
                    pod.context = SecurityContext::read(node, false, reader);
                }
                "volumes" => pod.volumes = reader.list(node),
                "initContainers" => pod.containers[0] = reader.list(node),
                "containers" => pod.containers[1] = reader.list(node),
                "ephemeralContainers" => pod.containers[2] = reader.list(node),
                _ => {}
            }
        }
        pod
    }

    /// Gives the containers of each list, in the order in which admission visits them.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (ContainerList, &'a [Node])> + use<'a> {
        ContainerList::ALL.into_iter().zip(self.containers)
    }
}

impl<'a> Container<'a> {
    pub(crate) fn read(
        list: ContainerList,
        index: usize,
        node: &'a Node,
        reader: &mut Reader<'a>,
    ) -> Container<'a> {
        let mut container = Container {
            reference: ContainerRef { list, index, name: "", node },
            context: None,
            ports: &[],
            probes: [None; 3],
            lifecycle: None,
        };
        let entries = reader.mapping(node).map(Mapping::entries).unwrap_or_default();
        for entry in entries {
            let node = &entry.value;
            match &*entry.key {
                "name" => container.reference.name = reader.string(node).unwrap_or_default(),
                "securityContext" => {
                    container.context = SecurityContext::read(node, true, reader);
                }
                "ports" => container.ports = reader.list(node),
                "livenessProbe" => container.probes[0] = Some(node),
                "readinessProbe" => container.probes[1] = Some(node),
                "startupProbe" => container.probes[2] = Some(node),
                "lifecycle" => container.lifecycle = Some(node),
                _ => {}
            }
        }
        container
    }

    /// Gives the offence of a value of this container.
    pub(crate) fn at(&self, node: &'a Node) -> Offence<'a> {
        Offence { place: Place::Node(node), container: Some(self.reference) }
    }

    /// Gives the offence of a field that this container has to set.
    pub(crate) fn lacks(&self, keys: &'static [&'static str]) -> Offence<'a> {
        let place = Place::missing(self.reference.node, keys);
        Offence { place, container: Some(self.reference) }
    }
}

impl<'a> SecurityContext<'a> {
    fn read(node: &'a Node, of_container: bool, reader: &mut Reader<'a>) -> Option<Self> {
        let mut context = SecurityContext::default();
        for entry in reader.mapping(node)?.entries() {
            let node = &entry.value;
            match &*entry.key {
                "runAsNonRoot" => context.run_as_non_root = set(node, reader.boolean(node)),
                "runAsUser" => context.run_as_user = set(node, reader.integer(node)),
                "appArmorProfile" => context.app_armor = Profile::read(node, reader),
                "seccompProfile" => context.seccomp = Profile::read(node, reader),
                "seLinuxOptions" => context.se_linux = SeLinuxOptions::read(node, reader),
                "windowsOptions" => {
                    let options = reader.mapping(node);
                    let flag = options.and_then(|options| options.get("hostProcess"));
                    context.host_process = flag.and_then(|node| set(node, reader.boolean(node)));
                }
                "sysctls" if !of_container => context.sysctls = reader.list(node),
                "privileged" if of_container => {
                    context.privileged = set(node, reader.boolean(node));
                }
                "allowPrivilegeEscalation" if of_container => {
                    context.allow_privilege_escalation = set(node, reader.boolean(node));
                }
                "procMount" if of_container => {
                    context.proc_mount = set(node, reader.string(node));
                }
                "capabilities" if of_container => {
                    context.capabilities = Capabilities::read(node, reader);
                }
                _ => {}
            }
        }
        Some(context)
    }
}

impl<'a> Profile<'a> {
    fn read(node: &'a Node, reader: &mut Reader<'a>) -> Option<Self> {
        let kind = reader.mapping(node)?.get("type");
        Some(Profile { node, kind: kind.and_then(|node| set(node, reader.string(node))) })
    }

    /// Gives the type; empty where none is set.
    pub(crate) fn kind(&self) -> &'a str {
        self.kind.map_or("", |kind| kind.value)
    }

    /// Gives the place of the type, or of where it should be.
    pub(crate) fn place(&self) -> Place<'a> {
        match self.kind {
            Some(kind) => Place::Node(kind.node),
            None => Place::Missing { parent: self.node, keys: &["type"] },
        }
    }
}

impl<'a> SeLinuxOptions<'a> {
    fn read(node: &'a Node, reader: &mut Reader<'a>) -> Option<Self> {
        let mut options = SeLinuxOptions::default();
        for entry in reader.mapping(node)?.entries() {
            let field = match &*entry.key {
                "type" => &mut options.kind,
                "user" => &mut options.user,
                "role" => &mut options.role,
                _ => continue,
            };
            *field = set(&entry.value, reader.string(&entry.value));
        }
        Some(options)
    }
}

impl<'a> Capabilities<'a> {
    fn read(node: &'a Node, reader: &mut Reader<'a>) -> Option<Self> {
        let mut capabilities = Capabilities::default();
        for entry in reader.mapping(node)?.entries() {
            let node = &entry.value;
            match &*entry.key {
                "add" => capabilities.add = reader.list(node),
                "drop" => {
                    let items = reader.list(node);
                    capabilities.drop = set(node, node.as_sequence().map(|_| items));
                }
                _ => {}
            }
        }
        Some(capabilities)
    }
}
