//! What the rules of a namespace let pods ask of their node.
//!
//! The controls are alike: each asks for a level of the Pod Security Standards, and some for the
//! rules of a release that has the check.

use merlon_model::{Kind, Outcome, Vector};
use merlon_pod_security::Level;
use merlon_snapshot::Object;
use merlon_views::InventoryView;

use super::standard::{RULES, Standard};
use crate::control::{Applies, Check, Control, Documentation, Example, ObjectJudge};
use crate::objects::Judged;
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    admitted(
        "privileged-containers-admitted",
        "privileged containers can be created",
        vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces whose rules let `securityContext.privileged: true` through.",
            matters: "\
A privileged container is root on the node with all devices; nothing of the isolation is left.",
            options: "\
**Enforce `baseline`**, and give node agents a namespace of their own. Many need single \
capabilities only.",
            acceptable: "For network and storage drivers that document the need.",
        },
        BASELINE,
    ),
    admitted(
        "host-pid-admitted",
        "pods can share the node's process namespace",
        vector("AV:N/AC:M/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "\
Namespaces that admit `hostPID: true`.",
            matters: "\
Such a pod sees every process of the node with its environment, and can signal or, as root, enter \
them.",
            options: "**Enforce `baseline`**, with exceptions per namespace.",
            acceptable: "For node monitoring and debugging agents.",
        },
        BASELINE,
    ),
    admitted(
        "host-ipc-admitted",
        "pods can share the node's IPC namespace",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Namespaces that admit `hostIPC: true`.",
            matters: "\
Shared memory of the node's programs becomes readable and writable, databases among them.",
            options: "**Enforce `baseline`**, with exceptions per namespace.",
            acceptable: "\
Rarely: for programs that exchange data with a daemon of the node through shared memory.",
        },
        BASELINE,
    ),
    admitted(
        "host-network-admitted",
        "pods can use the node's network",
        vector("AV:N/AC:M/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "\
Namespaces that admit `hostNetwork: true`.",
            matters: "\
Such a pod reaches what listens on the node's loopback, takes part in its traffic, has the node's \
address for the cloud's metadata service, and is usually no subject of network policies.",
            options: "**Enforce `baseline`**, with exceptions per namespace.",
            acceptable: "For network plugins, kube-proxy and ingress controllers on bare metal.",
        },
        BASELINE,
    ),
    admitted(
        "privilege-escalation-admitted",
        "processes in containers can gain privileges",
        vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Namespaces that admit containers without `allowPrivilegeEscalation: false`; unset means allowed. \
The label has to enforce `restricted` with the rules of v1.8 or later.",
            matters: "\
A setuid program in the image turns an unprivileged process into root of the container, a first \
step towards the node.",
            options: "\
**Enforce `restricted`**; programs that use sudo or ping with setuid need a change.",
            acceptable: "For images that drop privileges through a setuid helper.",
        },
        RESTRICTED_1_8,
    ),
    admitted(
        "root-containers-admitted",
        "containers can run as root",
        vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces that admit pods without `runAsNonRoot: true`.",
            matters: "\
Root in a container is root on the node after an escape, unless user namespaces are used.",
            options: "\
**Enforce `restricted`**, or set `runAsNonRoot` and a user id per pod; **`hostUsers: false`** maps \
root to a harmless id.",
            acceptable: "\
For images that cannot run otherwise, with user namespaces or on nodes of their own.",
        },
        RESTRICTED,
    ),
    admitted(
        "net-raw-admitted",
        "containers keep the capability to send raw packets",
        vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Namespaces that admit containers which drop neither `NET_RAW` nor `ALL`; most runtimes grant it by \
default. The label has to enforce `restricted` with the rules of v1.22 or later.",
            matters: "\
Raw sockets allow forged ARP and DNS answers on the pod network, and so reading other pods' \
traffic.",
            options: "\
**Drop `ALL`** and add what is needed; `restricted` asks for it. Ping works without it where \
`net.ipv4.ping_group_range` allows.",
            acceptable: "For network diagnostics.",
        },
        RESTRICTED_1_22,
    ),
    admitted(
        "added-capabilities-admitted",
        "containers can add Linux capabilities",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces that admit `capabilities.add` beyond what baseline allows.",
            matters: "\
Some capabilities are nearly root (`SYS_ADMIN`, `SYS_MODULE`, `SYS_PTRACE`, `DAC_READ_SEARCH`).",
            options: "**Enforce `baseline`** or `restricted` (only `NET_BIND_SERVICE`).",
            acceptable: "For programs that document one capability, in a namespace of their own.",
        },
        BASELINE,
    ),
    admitted(
        "undropped-capabilities-admitted",
        "containers keep capabilities that they do not use",
        vector("AV:L/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Namespaces that admit containers which do not drop `ALL` capabilities. The label has to enforce \
`restricted` with the rules of v1.22 or later.",
            matters: "\
The runtime's default set changes owners, binds ports and sends raw packets: useful to an \
intruder, rarely to the program.",
            options: "**Drop `ALL`** and add back single ones after a test.",
            acceptable: "For images that start as root and change user themselves.",
        },
        RESTRICTED_1_22,
    ),
    admitted(
        "host-process-admitted",
        "Windows pods can run as processes of the host",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces that admit pods with `windowsOptions.hostProcess: true`.",
            matters: "\
A HostProcess container runs outside any isolation with an account of the Windows node, SYSTEM \
included.",
            options: "**Enforce `baseline`**, with a namespace of their own for node agents.",
            acceptable: "\
For network and storage agents of Windows nodes. Clusters without Windows nodes are not concerned.",
        },
        BASELINE,
    ),
    admitted(
        "host-path-admitted",
        "pods can mount directories of the node",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces that admit `hostPath` volumes.",
            matters: "\
Writing `/etc`, `/root/.ssh`, a static pod directory or the runtime's socket is owning the node; \
reading `/var/lib/kubelet` is reading other pods' secrets.",
            options: "\
**Enforce `baseline`**; use local persistent volumes or projected volumes instead.",
            acceptable: "\
For agents that collect logs or metrics, read-only and with the narrowest path.",
        },
        BASELINE,
    ),
    admitted(
        "host-ports-admitted",
        "pods can take ports of the node",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Namespaces that admit `hostPort`, ports below 1024 included.",
            matters: "\
The port is open on every address of the node, past Services and often past network policies; \
taking a known port can impersonate a service of the node.",
            options: "**Use a Service or an ingress.** **Enforce `baseline`** with exceptions.",
            acceptable: "For ingress controllers and node agents.",
        },
        BASELINE,
    ),
];

/// What a control of this family asks for, and the examples that show it.
struct Asked {
    judge: ObjectJudge,
    examples: &'static [Example],
}

const fn admitted(
    id: &'static str,
    title: &'static str,
    vector: Vector,
    documentation: Documentation,
    asked: Asked,
) -> Control {
    let check = Check::Object { kinds: &[Kind::Namespace], reads: RULES, judge: asked.judge };
    let applies = Applies::Objects;
    Control { id, title, vector, applies, documentation, check, examples: asked.examples }
}

const BASELINE: Asked = Asked { judge: baseline, examples: BASELINE_EXAMPLES };
const RESTRICTED: Asked = Asked { judge: restricted, examples: RESTRICTED_EXAMPLES };
const RESTRICTED_1_8: Asked = Asked { judge: restricted_1_8, examples: LATER_EXAMPLES };
const RESTRICTED_1_22: Asked = Asked { judge: restricted_1_22, examples: LATER_EXAMPLES };

fn baseline<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    Standard { level: Level::Baseline, since: 0 }.judge(view, namespace)
}

fn restricted<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    Standard { level: Level::Restricted, since: 0 }.judge(view, namespace)
}

fn restricted_1_8<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    Standard { level: Level::Restricted, since: 8 }.judge(view, namespace)
}

fn restricted_1_22<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    Standard { level: Level::Restricted, since: 22 }.judge(view, namespace)
}

const fn example(outcome: Outcome, input: &'static str) -> Example {
    Example { outcome, input }
}

const BASELINE_EXAMPLES: &[Example] = &[
    example(Outcome::Fail, namespace!("{}")),
    example(Outcome::Fail, namespace!("{pod-security.kubernetes.io/enforce: privileged}")),
    // Only what is enforced refuses a pod.
    example(
        Outcome::Fail,
        namespace!(
            "{pod-security.kubernetes.io/warn: baseline, pod-security.kubernetes.io/audit: \
             restricted}"
        ),
    ),
    example(Outcome::Pass, namespace!("{pod-security.kubernetes.io/enforce: baseline}")),
    example(Outcome::Pass, namespace!("{pod-security.kubernetes.io/enforce: restricted}")),
    // Admission takes what it cannot read for restricted.
    example(Outcome::Pass, namespace!("{pod-security.kubernetes.io/enforce: Baseline}")),
    example(Outcome::Error, namespace!("{pod-security.kubernetes.io/enforce: true}")),
    example(Outcome::Manual, concat!(namespace!("{}"), "\n---\n", engine!("[pods]"))),
    example(Outcome::Fail, concat!(namespace!("{}"), "\n---\n", engine!("[configmaps]"))),
    example(
        Outcome::NotApplicable,
        "# cluster\n{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}",
    ),
    // Without any of the labels' admission, the labels are only words.
    example(
        Outcome::Fail,
        concat!(
            "# cluster\n# release 1.21\n",
            namespace!("{pod-security.kubernetes.io/enforce: restricted}")
        ),
    ),
    example(
        Outcome::Error,
        concat!(
            "# cluster\n# gap validatingwebhookconfigurations permission-denied\n",
            namespace!("{pod-security.kubernetes.io/enforce: baseline}")
        ),
    ),
];

const RESTRICTED_EXAMPLES: &[Example] = &[
    example(Outcome::Fail, namespace!("{}")),
    example(Outcome::Fail, namespace!("{pod-security.kubernetes.io/enforce: baseline}")),
    example(Outcome::Pass, namespace!("{pod-security.kubernetes.io/enforce: restricted}")),
    example(Outcome::Error, namespace!("{pod-security.kubernetes.io/enforce: 1}")),
    example(Outcome::Manual, concat!(namespace!("{}"), "\n---\n", engine!("['*']"))),
];

const LATER_EXAMPLES: &[Example] = &[
    example(Outcome::Fail, namespace!("{pod-security.kubernetes.io/enforce: baseline}")),
    example(Outcome::Pass, namespace!("{pod-security.kubernetes.io/enforce: restricted}")),
    // The rules of that release do not ask for it yet.
    example(
        Outcome::Fail,
        namespace!(
            "{pod-security.kubernetes.io/enforce: restricted, \
             pod-security.kubernetes.io/enforce-version: v1.7}"
        ),
    ),
    example(
        Outcome::Pass,
        namespace!(
            "{pod-security.kubernetes.io/enforce: restricted, \
             pod-security.kubernetes.io/enforce-version: v1.22}"
        ),
    ),
    // Admission takes a version that it cannot read for the latest.
    example(
        Outcome::Pass,
        namespace!(
            "{pod-security.kubernetes.io/enforce: restricted, \
             pod-security.kubernetes.io/enforce-version: '1.7'}"
        ),
    ),
];
