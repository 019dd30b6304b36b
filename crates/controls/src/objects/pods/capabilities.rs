//! Capabilities of the kernel that containers have.

use std::borrow::Cow;

use merlon_model::Severity;
use merlon_views::objects::{DEFAULT_CAPABILITIES, Place, capability_name, place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use super::{may_be_root, text};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-dangerous-capability",
        title: "a container adds a capability that opens the node",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: containers(dangerous),
        documentation: Documentation {
            finds: "\
Capabilities under `capabilities.add` with which root in the container reaches the node: `ALL`, \
`SYS_ADMIN`, `SYS_MODULE`, `SYS_RAWIO`, `SYS_PTRACE`, `DAC_READ_SEARCH`, `BPF` and, less directly, \
`NET_ADMIN`, `PERFMON`, `SYS_BOOT`, `SYS_TIME`, `SYSLOG`, `MAC_ADMIN`, `MAC_OVERRIDE`, \
`CHECKPOINT_RESTORE`, `LINUX_IMMUTABLE`, `AUDIT_CONTROL`. `CAP_` before the name counts, as CRI-O \
accepts it; what is also under `drop` does not, as no runtime gives it. Of privileged containers, \
which have them all, only `container-privileged` speaks.",
            matters: "\
They mount file systems, load kernel modules, read memory and files of others or change the node's \
network: single capabilities that are nearly `privileged`.",
            options: "\
- **Take it away** and try: many are copied from old examples. Since kernel 5.8 `BPF` and \
`PERFMON` are less than `SYS_ADMIN`.
- **A user namespace** (`hostUsers: false`) makes them count inside only.
- **Keep it** for drivers and network plugins, in a namespace of their own.",
            acceptable: "For node agents that document which capability they need, and why.",
        },
        examples: &[
            fail(container!("securityContext: {capabilities: {add: [SYS_ADMIN]}}")),
            fail(container!("securityContext: {capabilities: {add: [CAP_SYS_MODULE]}}")),
            fail(container!("securityContext: {capabilities: {add: [all]}}")),
            // A name that is added outlasts `drop: [ALL]`.
            fail(container!("securityContext: {capabilities: {add: [NET_ADMIN], drop: [ALL]}}")),
            fail(pod!(
                "
  initContainers: [{name: setup, securityContext: {capabilities: {add: [NET_ADMIN]}}}]
  containers: [{name: web}]"
            )),
            // Dropped again, so it is not given.
            pass(container!(
                "securityContext: {capabilities: {add: [SYS_ADMIN], drop: [SYS_ADMIN]}}"
            )),
            pass(container!("securityContext: {capabilities: {add: [ALL], drop: [ALL]}}")),
            pass(container!("securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}")),
            not_applicable(container!("securityContext: {privileged: true}")),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            error(container!("securityContext: {capabilities: {add: SYS_ADMIN}}")),
        ],
    },
    Control {
        id: "container-capability-added",
        title: "a container adds a capability beyond the usual",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(added),
        documentation: Documentation {
            finds: "\
Capabilities under `capabilities.add` that are neither in the runtimes' default set, which the Pod \
Security Standard `baseline` lets pass, nor among those that `container-dangerous-capability` \
reports: `IPC_LOCK`, `SYS_NICE`, `SYS_RESOURCE` and others, and names that no kernel knows.",
            matters: "\
Each lets the program do something to the kernel that it would refuse: lock memory, raise limits, \
starve others.",
            options: "\
- **Take it away** and try.
- **Limits instead**: `IPC_LOCK` is seldom needed where the memory limit fits; `SYS_NICE` only \
makes a program more important than others.",
            acceptable: "For programs that document it; `restricted` has to be left then.",
        },
        examples: &[
            fail(container!("securityContext: {capabilities: {add: [IPC_LOCK], drop: [ALL]}}")),
            fail(container!("securityContext: {capabilities: {add: [NET_BIND_SERVCE]}}")),
            pass(container!("securityContext: {capabilities: {add: [NET_BIND_SERVICE, CHOWN]}}")),
            pass(container!("securityContext: {capabilities: {add: []}}")),
            // Reported elsewhere.
            pass(container!("securityContext: {capabilities: {add: [SYS_ADMIN, NET_RAW]}}")),
            not_applicable(container!("securityContext: {privileged: true}")),
            error(container!("securityContext: {capabilities: {add: [1]}}")),
        ],
    },
    Control {
        id: "container-capability-beyond-restricted",
        title: "a container adds a capability that the standard restricted refuses",
        vector: vector("AV:L/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(beyond_restricted),
        documentation: Documentation {
            finds: "\
Every entry of `capabilities.add` but `NET_BIND_SERVICE`, as the Pod Security Standard `restricted` \
has it: by its exact spelling, and whether or not it is also dropped. It is evaluated on request, \
because most of what it finds is also found, and weighed, by other controls.",
            matters: "\
A namespace that enforces `restricted` refuses the pod. `CHOWN`, `SETUID` or `DAC_OVERRIDE` after \
`drop: [ALL]` are little for the node and much within the container.",
            options: "\
- **Run as the user that the program needs**, so that it has nobody to change to.
- **`baseline`** for the namespace, where an image has to start as root.",
            acceptable: "For images that start as root and change the user.",
        },
        examples: &[
            fail(container!(
                "securityContext: {capabilities: {drop: [ALL], add: [CHOWN, SETUID]}}"
            )),
            fail(container!("securityContext: {capabilities: {add: [net_bind_service]}}")),
            fail(container!("securityContext: {capabilities: {add: [CHOWN], drop: [CHOWN]}}")),
            pass(container!("securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}")),
            pass(container!("image: nginx")),
            not_applicable(pod!(
                "
  os: {name: windows}
  containers: [{name: web, securityContext: {capabilities: {add: [CHOWN]}}}]"
            )),
            error(container!("securityContext: {capabilities: {add: CHOWN}}")),
        ],
    },
    Control {
        id: "container-net-raw",
        title: "a container can send forged packets",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(net_raw),
        documentation: Documentation {
            finds: "\
Containers that have `NET_RAW`: added, or kept because neither it nor `ALL` is dropped. Docker and \
containerd give it to every container, CRI-O to none.",
            matters: "\
Raw sockets answer ARP and DNS in another's name on the pod network, and so read and change the \
traffic of other pods on plugins that do not check the sender.",
            options: "\
- **Drop `ALL`** and add what is needed.
- **Drop `NET_RAW`** alone, which hardly any program notices: `ping` works without where \
`net.ipv4.ping_group_range` allows it, as containerd and CRI-O set it.",
            acceptable: "For network diagnostics.",
        },
        examples: &[
            fail(container!("image: nginx")),
            fail(container!("securityContext: {capabilities: {drop: [CHOWN]}}")),
            fail(container!("securityContext: {capabilities: {add: [NET_RAW], drop: [ALL]}}")),
            // containerd does not know that name.
            fail(container!("securityContext: {capabilities: {drop: [CAP_NET_RAW]}}")),
            pass(container!("securityContext: {capabilities: {drop: [NET_RAW]}}")),
            pass(container!("securityContext: {capabilities: {drop: [ALL]}}")),
            pass(container!("securityContext: {capabilities: {drop: [all]}}")),
            not_applicable(container!("securityContext: {privileged: true}")),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            error(container!("securityContext: {capabilities: {drop: ALL}}")),
        ],
    },
    Control {
        id: "container-capabilities-not-dropped",
        title: "a container keeps capabilities that it may not use",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(not_dropped),
        documentation: Documentation {
            finds: "\
Containers that do not drop `ALL` capabilities; it says whether they drop any. Privileged \
containers, for which `drop` counts nothing, and Windows pods are left out.",
            matters: "\
The runtime's set changes owners, reads past permissions, binds low ports and sends raw packets: \
useful to an intruder, rarely to the program.",
            options: "\
- **Drop `ALL`** and add single ones back after a test. For a program that is no root and cannot \
become root nothing changes.
- **`CHOWN`, `SETUID`, `SETGID`** are what images need that start as root and change the user.",
            acceptable: "For images that start as root and whose needs nobody knows.",
        },
        examples: &[
            fail(container!("image: nginx")),
            fail(container!("securityContext: {capabilities: {drop: [NET_RAW, MKNOD]}}")),
            fail(container!("securityContext: {runAsUser: 9, allowPrivilegeEscalation: false}")),
            pass(container!("securityContext: {capabilities: {drop: [ALL]}}")),
            pass(container!("securityContext: {capabilities: {drop: [ALL], add: [CHOWN]}}")),
            not_applicable(container!("securityContext: {privileged: true}")),
            not_applicable(pod!(
                "{nodeSelector: {kubernetes.io/os: windows}, containers: [{name: web}]}"
            )),
            error(container!("securityContext: {capabilities: {drop: [true]}}")),
        ],
    },
];

/// With these root in the container is root on the node.
const TAKES_NODE: &[&str] =
    &["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_PTRACE", "DAC_READ_SEARCH", "BPF"];

/// These change the node, or show what is on it.
const HARMS_NODE: &[&str] = &[
    "NET_ADMIN",
    "PERFMON",
    "SYS_BOOT",
    "SYS_TIME",
    "SYSLOG",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "CHECKPOINT_RESTORE",
    "LINUX_IMMUTABLE",
    "AUDIT_CONTROL",
];

fn holds(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Containers that have no capabilities to speak of: of Windows, or with all of them.
fn is_foreign<'a>(
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Result<bool, merlon_views::objects::Malformed<'a>> {
    Ok(pod.is_windows() || container.security().bool("privileged")? == Some(true))
}

fn dangerous<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    if is_foreign(pod, container)? {
        return Ok(Verdict::NotApplicable);
    }
    let inside_only = pod.fields().bool("hostUsers")? == Some(false);
    let mut flaws = Vec::new();
    for node in container.added_capabilities()? {
        let name = capability_name(node.as_str().unwrap_or_default());
        let severity = match (holds(TAKES_NODE, name), holds(HARMS_NODE, name)) {
            (true, _) if inside_only => Severity::Medium,
            (true, _) => Severity::Critical,
            (_, true) if inside_only => Severity::Low,
            (_, true) => Severity::Medium,
            (false, false) => continue,
        };
        let name = name.to_ascii_uppercase();
        let message = if name == "ALL" {
            "all capabilities are added".to_owned()
        } else {
            format!("capability {name} is added")
        };
        let flaw = flaw(Place::Node(node), message).at_most(severity);
        flaws.push(flaw.remove(node).needs_review());
    }
    Ok(Verdict::of(flaws))
}

fn added<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    if is_foreign(pod, container)? {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for node in container.added_capabilities()? {
        let name = capability_name(node.as_str().unwrap_or_default());
        let lists = [DEFAULT_CAPABILITIES, TAKES_NODE, HARMS_NODE];
        if !lists.iter().any(|list| holds(list, name)) {
            let message = format!("capability {} is added", name.to_ascii_uppercase());
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn beyond_restricted<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    // The standard goes by `os` alone.
    if pod.fields().path(&["os", "name"]).node().and_then(Node::as_str) == Some("windows") {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for node in container.security().get("capabilities").list("add")? {
        let name = text(node)?;
        if name != "NET_BIND_SERVICE" {
            let message = format!("capability {name} is added");
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn net_raw<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const DROP: &[&str] = &["securityContext", "capabilities", "drop"];
    if is_foreign(pod, container)? {
        return Ok(Verdict::NotApplicable);
    }
    let drop = place(container.node, DROP);
    let flaw: Flaw<'a> = match container.has_capability("NET_RAW")? {
        (false, _) => return Ok(Verdict::Pass),
        (true, Some(node)) => {
            let flaw = flaw(Place::Node(node), "capability NET_RAW is added");
            let is_all =
                !capability_name(node.as_str().unwrap_or_default()).eq_ignore_ascii_case("NET_RAW");
            // What comes with `ALL` can only be dropped.
            let flaw = if is_all { flaw } else { flaw.remove(node) };
            flaw.append_at(drop, "NET_RAW")
        }
        (true, None) => flaw(drop, "capability NET_RAW is not dropped").append_at(drop, "NET_RAW"),
    };
    flaw.needs_review().into()
}

fn not_dropped<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const DROP: &[&str] = &["securityContext", "capabilities", "drop"];
    if container.drops("ALL")? {
        return Ok(Verdict::Pass);
    }
    if is_foreign(pod, container)? {
        return Ok(Verdict::NotApplicable);
    }
    let dropped = container.security().get("capabilities").texts("drop")?;
    let message: Cow<'static, str> = if dropped.is_empty() {
        "no capability is dropped".into()
    } else {
        format!("only {} are dropped", dropped.join(", ")).into()
    };
    let drop = place(container.node, DROP);
    let flaw = flaw(drop, message).append_at(drop, "ALL").expected("drop: [ALL]");
    // Who is no root and gains nothing by a program's file has no capability to lose.
    let has_none = !may_be_root(pod, container)?
        && container.security().bool("allowPrivilegeEscalation")? == Some(false);
    if has_none { flaw.into() } else { flaw.needs_review().into() }
}
