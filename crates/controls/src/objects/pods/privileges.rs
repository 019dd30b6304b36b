//! What containers may do.

use merlon_model::Severity;
use merlon_views::objects::{ContainerList, Fields, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::{NOBODY, calls, inherited_int, may_be_root};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-privileged",
        title: "a container runs privileged",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: containers(privileged),
        documentation: Documentation {
            finds: "Containers with `securityContext.privileged: true`, in all three lists.",
            matters: "\
Nothing separates the container from its node: it has every capability and every device, and no \
seccomp, AppArmor or SELinux profile. Whoever breaks into it owns the node, and with it every \
pod and credential there.",
            options: "\
- **Take the field away.** Many programs need one capability, one device (device plugins) or one \
directory, and can be given just that.
- **A user namespace** (`hostUsers: false`) cannot be combined with it.",
            acceptable: "For storage and network drivers that document the need.",
        },
        examples: &[
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers:
  - name: web
    securityContext:
      privileged: true # needed?
      runAsUser: 0",
            ),
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  initContainers: [{name: setup, securityContext: {privileged: yes}}]
  containers: [{name: web}]",
            ),
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers: [{name: web, securityContext: {privileged: false}}, {name: b}]",
            ),
        ],
    },
    Control {
        id: "container-run-as-non-root",
        title: "a container may run as root",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(run_as_non_root),
        documentation: Documentation {
            finds: "\
Containers that may run as user 0: `runAsNonRoot` is not true for them (the container's own value, \
else the pod's), and `runAsUser` names no other user either. Windows pods are left out, as are pods \
in a user namespace (`hostUsers: false`), whose root is nobody on the node.",
            matters: "\
Root in a container is root for the kernel: with a mistake in the runtime or the kernel, or a \
mounted host directory, it is root on the node.",
            options: "\
- **`runAsNonRoot: true` on the pod**: the kubelet refuses images whose user is 0. The image has to \
name a user by number.
- **`runAsUser`** where the image does not; files that it writes need an owner that fits.
- **A user namespace** keeps root inside, where nodes support it.",
            acceptable: "For programs that change users by themselves, and say so.",
        },
        examples: &[
            fail(
                "\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: nginx",
            ),
            // The container's own value counts.
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers: [{name: web, securityContext: {runAsNonRoot: false}}]",
            ),
            // The pod's value is inherited.
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers: [{name: web}]",
            ),
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers: [{name: web, securityContext: {runAsUser: 1000}}]",
            ),
            // The pod's user is the container's, unless it has its own.
            pass(pod!("{securityContext: {runAsUser: 1000}, containers: [{name: web}]}")),
            fail(pod!(
                "
  securityContext: {runAsUser: 1000}
  containers: [{name: web, securityContext: {runAsUser: 0}}]"
            )),
            // The kubelet would not start it.
            fail(container!("securityContext: {runAsNonRoot: true, runAsUser: 0}")),
            // A container that may run as root says nothing of its neighbour.
            fail(pod!(
                "
  securityContext: {runAsNonRoot: true}
  initContainers: [{name: setup, securityContext: {runAsNonRoot: false}}]
  containers: [{name: web}]"
            )),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            error(container!("securityContext: {runAsUser: root}")),
            not_applicable("{kind: Pod, apiVersion: v1, spec: {hostUsers: false, containers: [{name: web}]}}"),
        ],
    },
    Control {
        id: "container-privilege-escalation",
        title: "programs in a container can gain privileges",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(privilege_escalation),
        documentation: Documentation {
            finds: "\
Containers without `allowPrivilegeEscalation: false`: unset means that it is allowed. Left out are \
Windows pods, and containers that are privileged or have `SYS_ADMIN`, for which the API server \
refuses `false`; `container-privileged` and `container-dangerous-capability` report those.",
            matters: "\
A program with the setuid bit, or with capabilities of its own, makes an ordinary user of the \
container root in it: a first step towards the node.",
            options: "\
- **`false`** sets the kernel's `no_new_privs`. Hardly any server notices.
- **Programs that use `sudo`**, or whose file carries capabilities to bind a low port as an \
ordinary user, break: give them `net.ipv4.ip_unprivileged_port_start` or a higher port.",
            acceptable: "For images that change users by a setuid helper.",
        },
        examples: &[
            fail(container!("image: nginx")),
            fail(container!("securityContext: {allowPrivilegeEscalation: yes}")),
            // There is no such field for a pod.
            fail(pod!(
                "
  securityContext: {allowPrivilegeEscalation: false}
  containers: [{name: web}]"
            )),
            fail(pod!(
                "
  initContainers: [{name: setup}]
  containers: [{name: web, securityContext: {allowPrivilegeEscalation: false}}]"
            )),
            pass(container!("securityContext: {allowPrivilegeEscalation: false}")),
            not_applicable(container!("securityContext: {privileged: true}")),
            not_applicable(container!("securityContext: {capabilities: {add: [SYS_ADMIN]}}")),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            not_applicable(pod!(
                "{nodeSelector: {kubernetes.io/os: windows}, containers: [{name: web}]}"
            )),
            error(container!("securityContext: {allowPrivilegeEscalation: 0}")),
        ],
    },
    Control {
        id: "container-root-file-system-writable",
        title: "a container can change its own programs",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(root_file_system),
        documentation: Documentation {
            finds: "\
Containers without `readOnlyRootFilesystem: true`. Windows pods cannot have it; containers for \
debugging (`ephemeralContainers`) are left out.",
            matters: "\
An intruder writes tools, changes the program and its configuration, and stays until the container \
ends.",
            options: "\
- **`true`, with an `emptyDir`** at each directory the program writes, often `/tmp`, `/run` and a \
cache.
- **Leave it** where what is written cannot be told, and watch for changed files instead.",
            acceptable: "For programs that change themselves, and for jobs that are over in minutes.",
        },
        examples: &[
            fail(container!("image: nginx")),
            fail(container!("securityContext: {readOnlyRootFilesystem: false}")),
            pass(container!("securityContext: {readOnlyRootFilesystem: true}")),
            pass(pod!(
                "
  containers: [{name: web, securityContext: {readOnlyRootFilesystem: on}}]
  ephemeralContainers: [{name: debug}]"
            )),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            error(container!("securityContext: {readOnlyRootFilesystem: 'true'}")),
        ],
    },
    Control {
        id: "security-context-missing",
        title: "workloads set no security context",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: pods(security_context),
        documentation: Documentation {
            finds: "\
Containers that neither themselves nor by their pod say as whom and with what they run: both \
`securityContext` are missing or empty.",
            matters: "\
They run as the image's user with the runtime's defaults: often as root, with a writable root file \
system, capabilities and every system call.",
            options: "\
- **On the pod**: `runAsNonRoot` and `seccompProfile`, which all containers inherit.
- **On each container**: `allowPrivilegeEscalation: false`, `readOnlyRootFilesystem` and \
`capabilities`, which pods do not have.
- **Enforce `restricted`** in the namespace, so that it cannot be forgotten.",
            acceptable: "For images of others that break, with a reason each.",
        },
        examples: &[
            fail(pod!("{containers: [{name: web}]}")),
            fail(pod!("{securityContext: {}, containers: [{name: web}]}")),
            // One of two has none.
            fail(pod!(
                "
  containers:
  - {name: web, securityContext: {runAsUser: 1000}}
  - {name: log}"
            )),
            fail(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            // The pod's is enough.
            pass(pod!("{securityContext: {runAsNonRoot: true}, containers: [{name: web}]}")),
            pass(container!("securityContext: {readOnlyRootFilesystem: true}")),
            error(pod!("{securityContext: none, containers: [{name: web}]}")),
        ],
    },
];

fn privileged<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    if container.security().bool("privileged")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(container.node, &["securityContext", "privileged"]);
    flaw(place, "the container runs privileged").set(false).needs_review().into()
}

fn run_as_non_root<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const FIELD: &[&str] = &["securityContext", "runAsNonRoot"];
    if pod.is_windows() || pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(Verdict::NotApplicable);
    }
    let own = container.security().bool("runAsNonRoot")?;
    let inherited = pod.security().bool("runAsNonRoot")?;
    let user = inherited_int(pod, container, "runAsUser")?;
    let refuses_root = own.or(inherited) == Some(true);
    if user.map_or(refuses_root, |(user, _)| user != 0) {
        return Ok(Verdict::Pass);
    }
    if let (Some((_, node)), true) = (user, refuses_root) {
        let message = "runAsUser is 0 where runAsNonRoot is true: the kubelet does not start it";
        let flaw = flaw(Place::Node(node), message).at_most(Severity::Low);
        return flaw.set(NOBODY).needs_review().into();
    }
    // A value of the container outweighs the pod's; where there is none, one on the pod is enough.
    let place = match own {
        Some(_) => place(container.node, FIELD),
        None => place(pod.spec, FIELD),
    };
    let message = match (place, user) {
        (_, Some(_)) => "the container runs as user 0",
        (Place::Node(_), None) => "runAsNonRoot is false: the container may run as root",
        (Place::Missing { .. }, None) => "nothing keeps the container from running as root",
    };
    let mut flaw = flaw(place, message).set(true).needs_review().expected("runAsNonRoot: true");
    if let Some((_, node)) = user {
        flaw = flaw.set_at(Place::Node(node), NOBODY);
    }
    flaw.into()
}

fn privilege_escalation<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let security = container.security();
    if security.bool("allowPrivilegeEscalation")? == Some(false) {
        return Ok(Verdict::Pass);
    }
    let always =
        security.bool("privileged")? == Some(true) || container.has_capability("SYS_ADMIN")?.0;
    if always || pod.is_windows() {
        return Ok(Verdict::NotApplicable);
    }
    let place = place(container.node, &["securityContext", "allowPrivilegeEscalation"]);
    let flaw = flaw(place, "programs in the container can gain privileges").set(false);
    // A capability that is added to an ordinary user works only through a program's file.
    let by_file = !may_be_root(pod, container)? && !container.added_capabilities()?.is_empty();
    let by_helper = calls(container, &["sudo", "su"])?.is_some();
    let flaw = if by_file || by_helper { flaw.needs_review() } else { flaw };
    flaw.expected("allowPrivilegeEscalation: false").into()
}

fn root_file_system<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    if pod.is_windows() || container.list == ContainerList::Ephemeral {
        return Ok(Verdict::NotApplicable);
    }
    if container.security().bool("readOnlyRootFilesystem")? == Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(container.node, &["securityContext", "readOnlyRootFilesystem"]);
    let message = "the container's root file system is writable";
    flaw(place, message).set(true).needs_review().expected("readOnlyRootFilesystem: true").into()
}

fn security_context<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let is_missing = |fields: Fields<'a>| Ok(fields.map("securityContext")?.is_empty());
    if !is_missing(pod.fields())? {
        return Ok(Verdict::Pass);
    }
    let mut without = Vec::new();
    for container in &pod.containers {
        if is_missing(container.fields())? {
            without.push(container);
        }
    }
    if without.is_empty() {
        return Ok(Verdict::Pass);
    }
    // What the pod says is enough for all of them, so there is one thing to change.
    let message = if without.len() == pod.containers.len() {
        "neither the pod nor a container has a security context".to_owned()
    } else {
        let names: Vec<&str> = without.iter().map(|container| container.name).collect();
        format!("no security context for {}", names.join(", "))
    };
    let flaw = flaw(place(pod.spec, &["securityContext"]), message)
        .set_at(place(pod.spec, &["securityContext", "runAsNonRoot"]), true);
    let flaw = if pod.is_windows() {
        flaw
    } else {
        let profile = place(pod.spec, &["securityContext", "seccompProfile", "type"]);
        flaw.set_at(profile, "RuntimeDefault")
    };
    flaw.needs_review().into()
}
