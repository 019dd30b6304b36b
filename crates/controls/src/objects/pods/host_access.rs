//! Smaller openings between a pod and its node.

use merlon_views::objects::{Fields, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::items;
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-host-port",
        title: "a container takes a port of its node",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(host_port),
        documentation: Documentation {
            finds: "\
Containers with a `hostPort`. Pods with `hostNetwork` are left out: every port of theirs is the \
node's, which `pod-host-network` reports, and the API server writes `hostPort` for them.",
            matters: "\
Whoever reaches the node reaches the program, past Services and, with most plugins, past network \
policies; a known port can stand in for a service of the node. Only one such pod fits on a node.",
            options: "\
- **A Service** (`NodePort`, `LoadBalancer`) or an ingress.
- **`hostIP: 127.0.0.1`** where only programs of the node need it.
- **Keep it** for ingress controllers on bare metal.",
            acceptable: "For node agents and ingress controllers, behind a firewall.",
        },
        examples: &[
            fail(container!("ports: [{containerPort: 80, hostPort: 80}]")),
            fail(pod!(
                "
  initContainers: [{name: log, ports: [{containerPort: 1, hostPort: 9}]}]
  containers: [{name: web}]"
            )),
            pass(container!("ports: [{containerPort: 80}]")),
            // Zero is as if it were not written.
            pass(container!("ports: [{containerPort: 80, hostPort: 0}]")),
            not_applicable(pod!(
                "
  hostNetwork: true
  containers: [{name: web, ports: [{containerPort: 80, hostPort: 80}]}]"
            )),
            error(container!("ports: [{containerPort: 80, hostPort: http}]")),
        ],
    },
    Control {
        id: "pod-windows-host-process",
        title: "a Windows pod runs as a process of its node",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: pods(host_process),
        documentation: Documentation {
            finds: "\
Pods and containers with `securityContext.windowsOptions.hostProcess: true`. What only repeats the \
pod's value is not reported again.",
            matters: "\
Such a container is not contained: it runs on the node with an account of the node, SYSTEM among \
them, and sees its files and network.",
            options: "\
- **Take it away** where a volume or a Service gives what is needed.
- **Keep it for node agents** in a namespace of their own, with the least account that does \
(`runAsUserName: NT AUTHORITY\\LocalService`).",
            acceptable: "For network, storage and monitoring agents of Windows nodes.",
        },
        examples: &[
            fail(pod!(
                "
  hostNetwork: true
  os: {name: windows}
  securityContext: {windowsOptions: {hostProcess: true}}
  containers: [{name: web}]"
            )),
            fail(container!("securityContext: {windowsOptions: {hostProcess: true}}")),
            pass(container!("securityContext: {windowsOptions: {runAsUserName: app}}")),
            pass(pod!("{containers: [{name: web}]}")),
            error(container!("securityContext: {windowsOptions: {hostProcess: 1}}")),
        ],
    },
    Control {
        id: "container-proc-mount-unmasked",
        title: "a container sees all of /proc",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(proc_mount),
        documentation: Documentation {
            finds: "\
Containers with `securityContext.procMount: Unmasked` in pods without a user namespace \
(`hostUsers: false`), in which the unmasked files change nothing of the node.",
            matters: "\
The runtime hides or write-protects `/proc/sys`, `/proc/kcore`, `/proc/sysrq-trigger` and others. \
Unmasked, root in the container changes kernel parameters and restarts the node.",
            options: "\
- **Take the field away**; hardly any program needs it.
- **Add `hostUsers: false`** for containers in containers, which do. Newer API servers refuse the field \
without it.",
            acceptable: "For builders of images on nodes of their own.",
        },
        examples: &[
            fail(container!("securityContext: {procMount: Unmasked}")),
            pass(container!("securityContext: {procMount: Default}")),
            pass(container!("securityContext: {}")),
            pass(pod!(
                "
  hostUsers: false
  containers: [{name: web, securityContext: {procMount: Unmasked}}]"
            )),
            error(container!("securityContext: {procMount: unmasked}")),
        ],
    },
    Control {
        id: "container-probe-host",
        title: "a probe or hook of a container is sent elsewhere",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: containers(probe_host),
        documentation: Documentation {
            finds: "\
Probes and lifecycle hooks (`httpGet`, `tcpSocket`) with a `host`: they go there and not to the \
pod.",
            matters: "\
The kubelet makes the request from the node: who may create pods asks what listens on the node's \
loopback address, the cloud's metadata service or networks that pods do not reach, and reads the \
answer from the pod's events.",
            options: "\
- **Take the field away**: the default is the pod's own address.
- **A `Host` header** (`httpHeaders`) is what a virtual host needs.",
            acceptable: "\
For pods with `hostNetwork` whose program listens on the loopback address: `host: 127.0.0.1`.",
        },
        examples: &[
            fail(container!("livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}")),
            fail(container!("lifecycle: {preStop: {tcpSocket: {host: db, port: 5432}}}")),
            pass(container!("livenessProbe: {httpGet: {path: /healthz, port: 80}}")),
            pass(container!("readinessProbe: {tcpSocket: {host: '', port: 80}}")),
            // Static pods of the control plane are written like that.
            pass(pod!(
                "
  hostNetwork: true
  containers: [{name: web, livenessProbe: {httpGet: {host: 127.0.0.1, port: 80}}}]"
            )),
            error(container!("livenessProbe: {httpGet: {host: 1, port: 80}}")),
        ],
    },
];

fn host_port<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    if pod.fields().bool("hostNetwork")? == Some(true) {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for port in items(container.fields(), "ports")? {
        let (Some(number), Some(node)) = (port.int("hostPort")?, port.get("hostPort").node())
        else {
            continue;
        };
        if number != 0 {
            let message = format!("the container takes port {number} of its node");
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn host_process<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for (context, message) in
        std::iter::once((pod.security(), "the pod runs as a process of its node")).chain(
            pod.containers.iter().map(|container| {
                (container.security(), "the container runs as a process of its node")
            }),
        )
    {
        let options = context.get("windowsOptions");
        if let (Some(true), Some(node)) =
            (options.bool("hostProcess")?, options.get("hostProcess").node())
        {
            flaws.push(flaw(Place::Node(node), message).set(false).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn proc_mount<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    match container.security().text("procMount")? {
        None | Some("" | "Default") => return Ok(Verdict::Pass),
        Some("Unmasked") => {}
        Some(other) => {
            return Ok(Verdict::Error(format!(
                "procMount {other:?} is none that Kubernetes knows"
            )));
        }
    }
    if pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(Verdict::Pass);
    }
    let place = place(container.node, &["securityContext", "procMount"]);
    let message = "the container sees all of /proc without a user namespace";
    flaw(place, message).set("Default").needs_review().into()
}

const PROBES: &[&[&str]] = &[
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

fn probe_host<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let on_node = pod.fields().bool("hostNetwork")? == Some(true);
    let mut flaws = Vec::new();
    for keys in PROBES {
        let probe = container.fields().path(keys);
        for request in [probe.get("httpGet"), probe.get("tcpSocket")] {
            let (Some(host), Some(node)) =
                (request.text("host")?, Fields::node(request.get("host")))
            else {
                continue;
            };
            let own =
                host.is_empty() || (on_node && matches!(host, "127.0.0.1" | "localhost" | "::1"));
            if !own {
                let message = format!("{} goes to {host}", keys.join("."));
                flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
            }
        }
    }
    Ok(Verdict::of(flaws))
}
