//! What the kernel lets a pod's programs do: seccomp, AppArmor, SELinux, parameters.

use merlon_model::{Severity, Version};
use merlon_views::objects::{Fields, Malformed, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "seccomp-profile-missing",
        title: "pods run without a seccomp profile",
        vector: vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: pods(seccomp),
        documentation: Documentation {
            finds: "\
Containers whose `seccompProfile`, their own or else the pod's, is missing or `Unconfined`. One \
finding stands for all that could inherit it from the pod. Privileged containers, which never have \
a profile, and Windows pods are left out. Annotations count before release 1.27 only.",
            matters: "\
Every system call of the kernel is within reach; most escapes through the kernel begin with a rare \
one that the runtime's profile blocks.",
            options: "\
- **`RuntimeDefault` on the pod**: all containers inherit it, and hardly any program notices.
- **`seccompDefault: true` in the kubelets' configuration** does it for the pods of a node that \
name none; the manifest does not show that, so this control goes on asking.
- **`Localhost`** names a profile of your own, which has to be on every node.",
            acceptable: "\
For debuggers and sandboxes that need a blocked call, with a `Localhost` profile; and where all \
kubelets have `seccompDefault`.",
        },
        examples: &[
            fail(pod!("{containers: [{name: web}, {name: log}]}")),
            fail(pod!(
                "
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  containers: [{name: web, securityContext: {seccompProfile: {type: Unconfined}}}]"
            )),
            fail(pod!(
                "{securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: web}]}"
            )),
            // Nobody reads the annotation any more.
            fail(
                "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {seccomp.security.alpha.kubernetes.io/pod: runtime/default}
spec: {containers: [{name: web}]}",
            ),
            pass(
                "\
# cluster
# release 1.25
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {seccomp.security.alpha.kubernetes.io/pod: runtime/default}
spec: {containers: [{name: web}]}",
            ),
            // Inherited from the pod.
            pass(pod!(
                "
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  initContainers: [{name: setup}]
  containers: [{name: web}]"
            )),
            pass(container!(
                "securityContext: {seccompProfile: {type: Localhost, localhostProfile: a}}"
            )),
            // All that could inherit it have their own.
            pass(pod!(
                "
  securityContext: {seccompProfile: {type: Unconfined}}
  containers: [{name: web, securityContext: {seccompProfile: {type: RuntimeDefault}}}]"
            )),
            not_applicable(container!("securityContext: {privileged: true}")),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            error(container!("securityContext: {seccompProfile: {type: runtimeDefault}}")),
        ],
    },
    Control {
        id: "container-apparmor-unconfined",
        title: "a container runs without an AppArmor profile",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(apparmor),
        documentation: Documentation {
            finds: "\
Containers whose `appArmorProfile` is `Unconfined`, their own or the pod's, or whose annotation \
`container.apparmor.security.beta.kubernetes.io/<name>` says `unconfined`. A container's own field \
goes before its annotation, and that before the pod's field; before release 1.30 there is only the \
annotation. What names no profile has the runtime's on nodes with AppArmor, so it passes.",
            matters: "\
The runtime's profile keeps root in the container from mounting, tracing others, and writing below \
`/proc` and `/sys`. Without it one layer between a mistake and the node is gone.",
            options: "\
- **Take the field or the annotation away**, or say `RuntimeDefault`.
- **A profile of your own** (`Localhost`) for a program that needs what the default denies; it has \
to be loaded on every node.",
            acceptable: "\
For programs that mount or trace, until they have a profile; nodes without AppArmor ignore it.",
        },
        examples: &[
            fail(container!("securityContext: {appArmorProfile: {type: Unconfined}}")),
            fail(pod!(
                "{securityContext: {appArmorProfile: {type: Unconfined}}, containers: [{name: web}]}"
            )),
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata:
      annotations: {container.apparmor.security.beta.kubernetes.io/web: unconfined}
    spec: {containers: [{name: web}]}",
            ),
            // The runtime's profile is the default.
            pass(container!("image: nginx")),
            pass(pod!(
                "
  securityContext: {appArmorProfile: {type: Unconfined}}
  containers: [{name: web, securityContext: {appArmorProfile: {type: RuntimeDefault}}}]"
            )),
            pass(
                "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {container.apparmor.security.beta.kubernetes.io/other: unconfined}
spec: {containers: [{name: web}]}",
            ),
            // Before 1.30 nobody reads the field.
            pass(concat!(
                "# cluster\n# release 1.29\n",
                container!("securityContext: {appArmorProfile: {type: Unconfined}}")
            )),
            not_applicable(container!("securityContext: {privileged: true}")),
            error(container!("securityContext: {appArmorProfile: {type: unconfined}}")),
        ],
    },
    Control {
        id: "pod-selinux-options",
        title: "a pod chooses its SELinux label",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: pods(selinux),
        documentation: Documentation {
            finds: "\
`seLinuxOptions` of pods and containers with a `user` or `role`, or with a `type` other than \
`container_t`, `container_init_t`, `container_kvm_t` and `container_engine_t`. A `level`, which \
keeps workloads apart, is as it should be.",
            matters: "\
The type decides what the policy lets a program do: `spc_t` and `unconfined_t` let it do \
everything, as if SELinux were off for it.",
            options: "\
- **Take `type`, `user` and `role` away**: the runtime chooses them.
- **A policy module** (udica writes one) for a program that needs more than `container_t`; its \
type still has to be named here, and accepted.",
            acceptable: "For types of a policy module that was written for the program.",
        },
        examples: &[
            fail(container!("securityContext: {seLinuxOptions: {type: spc_t}}")),
            fail(pod!(
                "
  securityContext: {seLinuxOptions: {user: system_u, role: system_r, type: container_t}}
  containers: [{name: web}]"
            )),
            pass(container!("securityContext: {seLinuxOptions: {level: 's0:c1,c2'}}")),
            pass(container!("securityContext: {seLinuxOptions: {type: container_init_t}}")),
            pass(container!("securityContext: {seLinuxOptions: {type: '', user: ''}}")),
            pass(pod!("{containers: [{name: web}]}")),
            error(container!("securityContext: {seLinuxOptions: {type: [spc_t]}}")),
        ],
    },
    Control {
        id: "pod-unsafe-sysctl",
        title: "a pod sets kernel parameters that reach beyond it",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:P/A:P"),
        applies: Applies::Objects,
        check: pods(sysctls),
        documentation: Documentation {
            finds: "\
`securityContext.sysctls` with a name that Kubernetes does not count as safe: one that belongs to \
the pod alone and harms no other. The list is that of the cluster's release, or of the newest one \
where the release is not known.",
            matters: "\
Other parameters are the whole node's, or let the pod take resources from its neighbours. The \
kubelet refuses them unless its configuration allows them, so such a pod also does not start \
elsewhere.",
            options: "\
- **Set it on the nodes**, or in an image of theirs, when all may have it.
- **Allow it to a few nodes** (`allowedUnsafeSysctls`) with a taint for the pods that need it.",
            acceptable: "For parameters of the pod's own network (`net.core.somaxconn`).",
        },
        examples: &[
            fail(pod!(
                "
  securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}, {name: vm.x, value: '1'}]}
  containers: [{name: web}]"
            )),
            pass(pod!(
                "
  securityContext:
    sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: '80'}]
  containers: [{name: web}]"
            )),
            // Slashes are another spelling.
            pass(pod!(
                "
  securityContext: {sysctls: [{name: net/ipv4/tcp_syncookies, value: '1'}]}
  containers: [{name: web}]"
            )),
            // Safe since 1.29.
            fail(concat!(
                "# cluster\n# release 1.28\n",
                pod!(
                    "
  securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_time, value: '9'}]}
  containers: [{name: web}]"
                )
            )),
            pass(pod!(
                "
  securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_time, value: '9'}]}
  containers: [{name: web}]"
            )),
            pass(pod!("{containers: [{name: web}]}")),
            error(pod!("{securityContext: {sysctls: {}}, containers: [{name: web}]}")),
        ],
    },
];

/// The `type` of a profile, which has to be one of those that Kubernetes knows.
fn profile<'a>(
    context: Fields<'a>,
    key: &str,
) -> Result<Option<(&'a str, &'a Node)>, Malformed<'a>> {
    const EXPECTED: &str = "RuntimeDefault, Localhost or Unconfined";
    let profile = context.get(key);
    match (profile.text("type")?, profile.get("type").node()) {
        (Some(kind), Some(node)) => match kind {
            "RuntimeDefault" | "Localhost" | "Unconfined" => Ok(Some((kind, node))),
            _ => Err(Malformed { node, expected: EXPECTED }),
        },
        _ => Ok(None),
    }
}

/// The release from which annotations for seccomp are ignored.
const NO_SECCOMP_ANNOTATIONS: Version = Version::new(1, 27);

fn seccomp<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    const KEY: &str = "seccompProfile";
    if pod.is_windows() {
        return Ok(Verdict::NotApplicable);
    }
    let annotated = view.release.as_ref().is_some_and(|release| *release < NO_SECCOMP_ANNOTATIONS);
    let (mut flaws, mut judged, mut inherits) = (Vec::new(), false, false);
    let of_pod = profile(pod.security(), KEY)?;
    for container in &pod.containers {
        if container.security().bool("privileged")? == Some(true) {
            continue;
        }
        judged = true;
        match profile(container.security(), KEY)? {
            Some(("Unconfined", node)) => {
                let message =
                    format!("container {} runs without a seccomp profile", container.name);
                flaws.push(flaw(Place::Node(node), message).set("RuntimeDefault").needs_review());
            }
            Some(_) => {}
            None => inherits |= !(annotated && is_annotated(pod, container)),
        }
    }
    match (inherits, of_pod) {
        (true, None) => {
            let place = place(pod.spec, &["securityContext", KEY, "type"]);
            let message = "no seccomp profile is set: kubelets without seccompDefault use none";
            flaws.push(flaw(place, message).set("RuntimeDefault"));
        }
        (true, Some(("Unconfined", node))) => {
            let message = "the pod runs without a seccomp profile";
            flaws.push(flaw(Place::Node(node), message).set("RuntimeDefault").needs_review());
        }
        _ => {}
    }
    if judged { Ok(Verdict::of(flaws)) } else { Ok(Verdict::NotApplicable) }
}

/// Whether an annotation, as they were before the fields, gives the container a profile.
fn is_annotated(pod: &PodView<'_>, container: &ContainerView<'_>) -> bool {
    const PREFIX: &str = "container.seccomp.security.alpha.kubernetes.io/";
    let own = pod.annotation(&format!("{PREFIX}{}", container.name));
    let profile = own.or_else(|| pod.annotation("seccomp.security.alpha.kubernetes.io/pod"));
    profile.is_some_and(|profile| profile != "unconfined")
}

/// The first release with fields for AppArmor (KEP-24).
const APPARMOR_FIELDS: Version = Version::new(1, 30);

fn apparmor<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const KEY: &str = "appArmorProfile";
    if pod.is_windows() || container.security().bool("privileged")? == Some(true) {
        return Ok(Verdict::NotApplicable);
    }
    let has_fields = view.release.as_ref().is_none_or(|release| *release >= APPARMOR_FIELDS);
    let own = profile(container.security(), KEY)?.filter(|_| has_fields);
    let of_pod = profile(pod.security(), KEY)?.filter(|_| has_fields);
    let annotation = if own.is_some() { None } else { apparmor_annotation(pod, container) };
    let message = "the container runs without an AppArmor profile";
    match (own, annotation, of_pod) {
        (Some(("Unconfined", node)), ..) | (None, None, Some(("Unconfined", node))) => {
            flaw(Place::Node(node), message).set("RuntimeDefault").needs_review().into()
        }
        (None, Some(node), _) if node.as_str() == Some("unconfined") => {
            flaw(Place::Node(node), message).set("runtime/default").needs_review().into()
        }
        _ => Ok(Verdict::Pass),
    }
}

fn apparmor_annotation<'a>(pod: &PodView<'a>, container: &ContainerView<'a>) -> Option<&'a Node> {
    const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
    let annotations = pod.metadata?.get("annotations")?.as_mapping()?;
    let is = |key: &str| key.strip_prefix(PREFIX) == Some(container.name);
    annotations.entries().iter().find(|entry| is(&entry.key)).map(|entry| &entry.value)
}

/// Types that container runtimes give by themselves.
const CONTAINER_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

fn selinux<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    let containers = pod.containers.iter().map(ContainerView::security);
    for context in std::iter::once(pod.security()).chain(containers) {
        let options = context.get("seLinuxOptions");
        for key in ["type", "user", "role"] {
            let (Some(value), Some(node)) = (options.text(key)?, options.get(key).node()) else {
                continue;
            };
            let is_usual = value.is_empty() || (key == "type" && CONTAINER_TYPES.contains(&value));
            if is_usual {
                continue;
            }
            let severity = match value {
                "spc_t" | "unconfined_t" | "unconfined_service_t" => Severity::Critical,
                _ => Severity::Low,
            };
            let message = format!("the SELinux {key} is {value}");
            let flaw = flaw(Place::Node(node), message).at_most(severity);
            flaws.push(flaw.remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

/// Parameters that Kubernetes counts as safe, with the minor release of 1.x since which it does:
/// `k8s.io/pod-security-admission/policy/check_sysctls.go`.
const SAFE_SYSCTLS: &[(&str, u32)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.tcp_wmem", 32),
];

fn sysctls<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    let minor = view.release.as_ref().map_or(u32::MAX, |release| release.minor);
    for node in pod.security().list("sysctls")? {
        let Some(written) = Fields::of(node).text("name")? else { continue };
        let is_safe = |&&(name, since): &&(&str, u32)| {
            since <= minor
                && name.chars().eq(written.chars().map(|c| if c == '/' { '.' } else { c }))
        };
        if SAFE_SYSCTLS.iter().find(is_safe).is_none() {
            let message = format!("kernel parameter {written} is set, which is not safe");
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}
