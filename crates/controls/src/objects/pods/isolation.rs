//! What pods share with their node.

use merlon_model::Version;
use merlon_views::objects::{Fields, Place, host_path, place};
use merlon_views::{InventoryView, PodView};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pod-host-network",
        title: "a pod uses the node's network",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:P"),
        applies: Applies::Objects,
        check: pods(host_network),
        documentation: Documentation {
            finds: "Pods with `hostNetwork: true`, by themselves or as a workload's template.",
            matters: "\
The pod sees the node's interfaces: it can listen to the traffic of others, reach what listens on \
the loopback address (the kubelet's health port, agents without authentication), answer in the \
node's name, and no NetworkPolicy applies to it.",
            options: "\
- **Take the field away**; a Service or `hostPort` gives what most programs want it for.
- **Keep it for network plugins and node agents**, in a namespace of their own that enforces \
`privileged`, with `baseline` everywhere else.",
            acceptable: "For network plugins, node-local DNS and proxies that document the need.",
        },
        examples: &[
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  hostNetwork: true
  containers: [{name: web, image: nginx}]",
            ),
            fail(
                "\
kind: CronJob
apiVersion: batch/v1
metadata: {name: web}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          hostNetwork: on # metrics
          containers: [{name: web, image: nginx}]",
            ),
            pass(
                "\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      hostNetwork: false
      containers: [{name: web, image: nginx}]",
            ),
            pass("{kind: Pod, apiVersion: v1, spec: {hostNetwork: null, containers: []}}"),
            error("{kind: Pod, apiVersion: v1, spec: {hostNetwork: 'true', containers: []}}"),
            not_applicable("{kind: ConfigMap, apiVersion: v1}"),
            error("# cluster\n# gap pods permission-denied"),
        ],
    },
    Control {
        id: "pod-host-pid",
        title: "a pod shares the node's processes",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:P/A:C"),
        applies: Applies::Objects,
        check: pods(host_pid),
        documentation: Documentation {
            finds: "Pods with `hostPID: true`, by themselves or as a workload's template.",
            matters: "\
The pod sees every process of the node with its arguments; as root it reads their environment and \
files below `/proc`, and stops them. With `SYS_PTRACE` or a privileged container it enters them.",
            options: "\
- **Take the field away.** Metrics of nodes and containers come from the kubelet as well.
- **`shareProcessNamespace`** is enough to see the processes of the same pod.
- **Keep it for node agents** in a namespace of their own.",
            acceptable: "For agents that watch the node's processes and change nothing.",
        },
        examples: &[
            fail(pod!("{hostPID: true, containers: [{name: web}]}")),
            fail(
                "\
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: agent}
spec: {template: {spec: {hostPID: yes, containers: [{name: agent}]}}}",
            ),
            pass(pod!("{hostPID: false, containers: [{name: web}]}")),
            pass(pod!("{containers: [{name: web}]}")),
            error(pod!("{hostPID: 'yes', containers: [{name: web}]}")),
        ],
    },
    Control {
        id: "pod-host-ipc",
        title: "a pod shares the node's memory segments and queues",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: pods(host_ipc),
        documentation: Documentation {
            finds: "Pods with `hostIPC: true`, by themselves or as a workload's template.",
            matters: "\
Shared memory, semaphores and message queues of the node's programs, and of other pods that do \
the same, can be read and changed: databases keep their buffers there.",
            options: "\
- **Take the field away**; containers of one pod share these among each other anyway.
- **An `emptyDir` with `medium: Memory`** gives a pod more shared memory.",
            acceptable: "For programs that talk to a daemon of the node through shared memory.",
        },
        examples: &[
            fail(pod!("{hostIPC: true, containers: [{name: web}]}")),
            pass(pod!("{hostIPC: false, containers: [{name: web}]}")),
            error(pod!("{hostIPC: [], containers: [{name: web}]}")),
        ],
    },
    Control {
        id: "pod-share-process-namespace",
        title: "the containers of a pod share their processes",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: pods(share_process_namespace),
        documentation: Documentation {
            finds: "\
Pods with `shareProcessNamespace: true` and at least two containers that run at the same time.",
            matters: "\
Each container sees the others' processes with their arguments, and with the same user their \
environment and, by `/proc/PID/root`, their files: secrets given to one are given to all.",
            options: "\
- **Take the field away** where it was meant for debugging: `kubectl debug --target` shares the \
processes of one container, for as long as it takes.
- **Keep it** for helpers that signal the main program; run each as another user then.",
            acceptable: "For sidecars that reload or watch the main program.",
        },
        examples: &[
            fail(pod!("{shareProcessNamespace: true, containers: [{name: web}, {name: log}]}")),
            // A sidecar runs beside the others.
            fail(pod!(
                "
  shareProcessNamespace: true
  initContainers: [{name: log, restartPolicy: Always}]
  containers: [{name: web}]"
            )),
            // There is nobody to share with.
            pass(pod!("{shareProcessNamespace: true, containers: [{name: web}]}")),
            pass(pod!("{containers: [{name: web}, {name: log}]}")),
        ],
    },
    Control {
        id: "pod-without-user-namespace",
        title: "root in a pod is root on the node",
        vector: vector("AV:L/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: pods(user_namespace),
        documentation: Documentation {
            finds: "\
Pods without `hostUsers: false` that could have it: not those that share a namespace of the node, \
run privileged or run on Windows, and none before release 1.33, which is the first to have user \
namespaces without a feature gate.",
            matters: "\
Users of the container are users of the node by number: who breaks out as root is root there, and \
two pods with the same user are the same to the kernel.",
            options: "\
- **`hostUsers: false`**: root and capabilities count inside only. It needs Linux 6.3, a runtime \
that knows it, and file systems that can map ids; NFS cannot.
- **Not running as root** gives most of it everywhere.",
            acceptable: "Wherever a program has no root to lose, or a volume cannot map ids.",
        },
        examples: &[
            fail(pod!("{containers: [{name: web}]}")),
            fail(pod!("{hostUsers: true, containers: [{name: web}]}")),
            pass(pod!("{hostUsers: false, containers: [{name: web}]}")),
            // These cannot be combined with it.
            not_applicable(pod!("{hostNetwork: true, containers: [{name: web}]}")),
            not_applicable(container!("securityContext: {privileged: true}")),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            not_applicable(concat!(
                "# cluster\n# release 1.31\n",
                pod!("{containers: [{name: web}]}")
            )),
        ],
    },
    Control {
        id: "pod-host-aliases",
        title: "a pod has names of its own in /etc/hosts",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: pods(host_aliases),
        documentation: Documentation {
            finds: "\
Pods with `hostAliases`, and containers with a volume mounted at `/etc/hosts`, which the kubelet \
then leaves alone.",
            matters: "\
These names go before DNS, and nobody sees them there: who may write the manifest leads a program \
to another server.",
            options: "\
- **A Service without selector**, `ExternalName` or an entry in DNS says it for everyone to see.
- **Keep them** where a certificate's name has to lead to an address that DNS does not give.",
            acceptable: "For tests, and for proxies in the same pod.",
        },
        examples: &[
            fail(pod!(
                "
  hostAliases: [{ip: 10.0.0.1, hostnames: [db.example.com]}]
  containers: [{name: web}]"
            )),
            fail(container!("volumeMounts: [{name: a, mountPath: /etc//hosts, subPath: hosts}]")),
            pass(pod!("{hostAliases: [], containers: [{name: web}]}")),
            pass(container!("volumeMounts: [{name: a, mountPath: /etc/hosts.d}]")),
            error(pod!("{hostAliases: {}, containers: [{name: web}]}")),
        ],
    },
];

fn host_network<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.fields().bool("hostNetwork")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(pod.spec, &["hostNetwork"]);
    flaw(place, "the pod uses the node's network").set(false).needs_review().into()
}

fn host_pid<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.fields().bool("hostPID")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(pod.spec, &["hostPID"]);
    flaw(place, "the pod shares the node's processes").set(false).needs_review().into()
}

fn host_ipc<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.fields().bool("hostIPC")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(pod.spec, &["hostIPC"]);
    let message = "the pod shares the node's memory segments and queues";
    flaw(place, message).set(false).needs_review().into()
}

fn share_process_namespace<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let shared = pod.fields().bool("shareProcessNamespace")? == Some(true);
    if !shared || pod.lasting_containers().count() < 2 {
        return Ok(Verdict::Pass);
    }
    let place = place(pod.spec, &["shareProcessNamespace"]);
    let message = "the pod's containers see each other's processes";
    flaw(place, message).set(false).needs_review().into()
}

/// The first release whose user namespaces need no feature gate (KEP-127).
const USER_NAMESPACES: Version = Version::new(1, 33);

fn user_namespace<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(Verdict::Pass);
    }
    if pod.is_windows() || view.release.as_ref().is_some_and(|release| *release < USER_NAMESPACES) {
        return Ok(Verdict::NotApplicable);
    }
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod.fields().bool(key)? == Some(true) {
            return Ok(Verdict::NotApplicable);
        }
    }
    for container in &pod.containers {
        if container.security().bool("privileged")? == Some(true) {
            return Ok(Verdict::NotApplicable);
        }
    }
    let place = place(pod.spec, &["hostUsers"]);
    let message = "the pod has no user namespace: root in it is root on the node";
    flaw(place, message).set(false).needs_review().expected("hostUsers: false").into()
}

fn host_aliases<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    let aliases = pod.fields().get("hostAliases").node();
    if let (Some(node), false) = (aliases, pod.fields().list("hostAliases")?.is_empty()) {
        let message = "the pod has names of its own in /etc/hosts";
        flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
    }
    for container in &pod.containers {
        for node in container.fields().list("volumeMounts")? {
            let path = Fields::of(node).text("mountPath")?.unwrap_or_default();
            if path.ends_with("hosts") && host_path(path, "") == "/etc/hosts" {
                let message = "a volume takes the place of /etc/hosts";
                flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
            }
        }
    }
    Ok(Verdict::of(flaws))
}
