//! What pods may ask of their nodes.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "namespace-without-pod-policy",
        "namespaces have no rule for what pods may ask of the node",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces with user workloads that neither carry a Pod Security label nor fall under another \
policy engine.",
            matters: "\
Without a rule, whoever may create pods may create a privileged one, and with it owns the node.",
            options: "\
**Pod Security labels** need nothing installed and know three levels. **A policy engine** \
(Kyverno, Gatekeeper, ValidatingAdmissionPolicy) is finer and is one more thing to run.",
            acceptable: "For system namespaces whose writers are the cluster's administrators.",
        },
        &[
            "\
Look at the labels of every namespace.
$ kubectl get ns -L pod-security.kubernetes.io/enforce,pod-security.kubernetes.io/enforce-version",
            "\
Where they are missing, look for another engine and what it covers.
$ kubectl get validatingwebhookconfigurations,validatingadmissionpolicybindings",
        ],
    ),
    manual(
        "namespace-without-baseline-standard",
        "namespaces admit pods below the Pod Security Standard baseline",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Namespaces whose `enforce` label is missing or `privileged`.",
            matters: "\
Pods there may share the host's namespaces, mount its disk or run privileged, each a way onto the \
node.",
            options: "**`baseline`** breaks few programs; try it with `warn` and `audit` first.",
            acceptable: "For namespaces of node agents (network, storage, monitoring), one by one.",
        },
        &["\
List namespaces that do not enforce it, then see what it would refuse.
$ kubectl get ns -l 'pod-security.kubernetes.io/enforce notin (baseline,restricted)'
$ kubectl label --dry-run=server --overwrite ns --all pod-security.kubernetes.io/enforce=baseline"],
    ),
    manual(
        "privileged-containers-admitted",
        "privileged containers can be created",
        vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces whose rules let `securityContext.privileged: true` through, and containers that use it.",
            matters: "\
A privileged container is root on the node with all devices; nothing of the isolation is left.",
            options: "\
**Enforce `baseline`**, and give node agents a namespace of their own. Many need single \
capabilities only.",
            acceptable: "For network and storage drivers that document the need.",
        },
        &[
            "\
List what runs privileged now.
$ kubectl get pods -A -o json | jq -r '.items[] | select(any(.spec.containers[], \
.spec.initContainers[]?; .securityContext.privileged == true)) | \
\"\\(.metadata.namespace)/\\(.metadata.name)\"'",
            "\
Try in a namespace of users: a server-side dry run has to be refused.
$ kubectl run probe -n NAMESPACE --image=scratch --privileged --dry-run=server",
        ],
    ),
    manual(
        "host-pid-admitted",
        "pods can share the node's process namespace",
        vector("AV:N/AC:M/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "Namespaces that admit `hostPID: true`, and pods that use it.",
            matters: "\
Such a pod sees every process of the node with its environment, and can signal or, as root, enter \
them.",
            options: "**Enforce `baseline`**, with exceptions per namespace.",
            acceptable: "For node monitoring and debugging agents.",
        },
        &["\
List pods that use it, then check which rule would refuse a new one.
$ kubectl get pods -A -o json | jq -r '.items[] | select(.spec.hostPID) | \
\"\\(.metadata.namespace)/\\(.metadata.name)\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "host-ipc-admitted",
        "pods can share the node's IPC namespace",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "Namespaces that admit `hostIPC: true`, and pods that use it.",
            matters: "\
Shared memory of the node's programs becomes readable and writable, databases among them.",
            options: "**Enforce `baseline`**, with exceptions per namespace.",
            acceptable: "\
Rarely: for programs that exchange data with a daemon of the node through shared memory.",
        },
        &["\
List pods that use it, then check which rule would refuse a new one.
$ kubectl get pods -A -o json | jq -r '.items[] | select(.spec.hostIPC) | \
\"\\(.metadata.namespace)/\\(.metadata.name)\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "host-network-admitted",
        "pods can use the node's network",
        vector("AV:N/AC:M/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "Namespaces that admit `hostNetwork: true`, and pods that use it.",
            matters: "\
Such a pod reaches what listens on the node's loopback, takes part in its traffic, has the node's \
address for the cloud's metadata service, and is usually no subject of network policies.",
            options: "**Enforce `baseline`**, with exceptions per namespace.",
            acceptable: "For network plugins, kube-proxy and ingress controllers on bare metal.",
        },
        &["\
List pods that use it, then check which rule would refuse a new one.
$ kubectl get pods -A -o json | jq -r '.items[] | select(.spec.hostNetwork) | \
\"\\(.metadata.namespace)/\\(.metadata.name)\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "privilege-escalation-admitted",
        "processes in containers can gain privileges",
        vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Namespaces that admit containers without `allowPrivilegeEscalation: false`; unset means allowed.",
            matters: "\
A setuid program in the image turns an unprivileged process into root of the container, a first \
step towards the node.",
            options: "\
**Enforce `restricted`**; programs that use sudo or ping with setuid need a change.",
            acceptable: "For images that drop privileges through a setuid helper.",
        },
        &["\
List containers that do not forbid it.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.containers[] | \
select(.securityContext.allowPrivilegeEscalation != false) | \"\\($m.namespace)/\\($m.name) \
\\(.name)\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "root-containers-admitted",
        "containers can run as root",
        vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "Namespaces that admit pods without `runAsNonRoot: true`.",
            matters: "\
Root in a container is root on the node after an escape, unless user namespaces are used.",
            options: "\
**Enforce `restricted`**, or set `runAsNonRoot` and a user id per pod; **`hostUsers: false`** maps \
root to a harmless id.",
            acceptable: "\
For images that cannot run otherwise, with user namespaces or on nodes of their own.",
        },
        &["\
List pods that do not exclude root.
$ kubectl get pods -A -o json | jq -r '.items[] | select((.spec.securityContext.runAsNonRoot != \
true) and any(.spec.containers[]; .securityContext.runAsNonRoot != true)) | \
\"\\(.metadata.namespace)/\\(.metadata.name)\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "net-raw-admitted",
        "containers keep the capability to send raw packets",
        vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Containers that drop neither `NET_RAW` nor `ALL`; most runtimes grant it by default.",
            matters: "\
Raw sockets allow forged ARP and DNS answers on the pod network, and so reading other pods' \
traffic.",
            options: "\
**Drop `ALL`** and add what is needed; `restricted` asks for it. Ping works without it where \
`net.ipv4.ping_group_range` allows.",
            acceptable: "For network diagnostics.",
        },
        &["\
List containers that keep it.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.containers[] | \
select((.securityContext.capabilities.drop // []) as $d | ($d | index(\"ALL\") or \
index(\"NET_RAW\")) | not) | \"\\($m.namespace)/\\($m.name) \\(.name)\"'"],
    ),
    manual(
        "added-capabilities-admitted",
        "containers can add Linux capabilities",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces that admit `capabilities.add` beyond what baseline allows, and containers that use it.",
            matters: "\
Some capabilities are nearly root (`SYS_ADMIN`, `SYS_MODULE`, `SYS_PTRACE`, `DAC_READ_SEARCH`).",
            options: "**Enforce `baseline`** or `restricted` (only `NET_BIND_SERVICE`).",
            acceptable: "For programs that document one capability, in a namespace of their own.",
        },
        &["\
List what is added.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.containers[] | \
select(.securityContext.capabilities.add) | \"\\($m.namespace)/\\($m.name) \\(.name) \
\\(.securityContext.capabilities.add | join(\",\"))\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "undropped-capabilities-admitted",
        "containers keep capabilities that they do not use",
        vector("AV:L/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Containers that do not drop `ALL` capabilities.",
            matters: "\
The runtime's default set changes owners, binds ports and sends raw packets: useful to an \
intruder, rarely to the program.",
            options: "**Drop `ALL`** and add back single ones after a test.",
            acceptable: "For images that start as root and change user themselves.",
        },
        &["\
List containers that drop less than all.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.containers[] | \
select((.securityContext.capabilities.drop // []) | index(\"ALL\") | not) | \
\"\\($m.namespace)/\\($m.name) \\(.name)\"'"],
    ),
    manual(
        "host-process-admitted",
        "Windows pods can run as processes of the host",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Pods with `windowsOptions.hostProcess: true` and namespaces that admit them.",
            matters: "\
A HostProcess container runs outside any isolation with an account of the Windows node, SYSTEM \
included.",
            options: "**Enforce `baseline`**, with a namespace of their own for node agents.",
            acceptable: "\
For network and storage agents of Windows nodes. Clusters without Windows nodes are not concerned.",
        },
        &["\
See whether there are Windows nodes, then which pods use it.
$ kubectl get nodes -l kubernetes.io/os=windows
$ kubectl get pods -A -o json | jq -r '.items[] | select(any(.spec.securityContext, \
.spec.containers[].securityContext; .windowsOptions.hostProcess == true)) | \
\"\\(.metadata.namespace)/\\(.metadata.name)\"'"],
    ),
    manual(
        "host-path-admitted",
        "pods can mount directories of the node",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Namespaces that admit `hostPath` volumes, and pods that use them with their paths.",
            matters: "\
Writing `/etc`, `/root/.ssh`, a static pod directory or the runtime's socket is owning the node; \
reading `/var/lib/kubelet` is reading other pods' secrets.",
            options: "\
**Enforce `baseline`**; use local persistent volumes or projected volumes instead.",
            acceptable: "\
For agents that collect logs or metrics, read-only and with the narrowest path.",
        },
        &["\
List the mounts.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.volumes[]? | \
select(.hostPath) | \"\\($m.namespace)/\\($m.name) \\(.hostPath.path)\"'
$ kubectl get ns -L pod-security.kubernetes.io/enforce"],
    ),
    manual(
        "host-ports-admitted",
        "pods can take ports of the node",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Namespaces that admit `hostPort`, and containers that use it, ports below 1024 included.",
            matters: "\
The port is open on every address of the node, past Services and often past network policies; \
taking a known port can impersonate a service of the node.",
            options: "**Use a Service or an ingress.** **Enforce `baseline`** with exceptions.",
            acceptable: "For ingress controllers and node agents.",
        },
        &["\
List the ports.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.containers[] | .ports[]? \
| select(.hostPort) | \"\\($m.namespace)/\\($m.name) \\(.hostPort)\"'"],
    ),
];
