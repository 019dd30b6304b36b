//! What containers are promised of a resource, and what they may not exceed.

use merlon_model::Kind;
use merlon_views::objects::{ContainerList, Malformed, Place, Share, place, quantity};
use merlon_views::{ContainerView, InventoryView, PodView};

use crate::control::{Applies, Check, ContainerJudge, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

const fn containers(judge: ContainerJudge) -> Check {
    Check::Container { reads: &[Kind::LimitRange], judge }
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-memory-limit-missing",
        title: "a container may use all memory of its node",
        vector: vector("AV:N/AC:M/Au:N/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(|view, pod, it| present(view, pod, it, Share::Limit, "memory")),
        documentation: Documentation {
            finds: "\
Containers without a memory limit, or with the limit 0, which is none. What counts is the \
effective value: the container's own, the pod's (`spec.resources`, since 1.34 or where the release \
is not known), or the default of a LimitRange of the namespace, for which its `max` stands in. \
Ephemeral containers cannot have limits; pods that a kubelet runs by itself are left out.",
            matters: "\
Whoever makes the program remember more, by large requests or a leak, takes memory from everything \
on the node until the kernel kills processes, and not only this program's.",
            options: "\
- **A limit somewhat above what the program needs**: measure it (`kubectl top pod --containers`). \
Only somebody who knows the program can choose the number; the edit offered, where the container \
requests memory, is a limit as great as the request.
- **A limit for the whole pod** leaves its containers to share.
- **A LimitRange with a default** covers what nobody has thought of, of pods made from then on.",
            acceptable: "On nodes that run nothing else.",
        },
        examples: &[
            fail(container!("image: nginx")),
            fail(container!("resources: {requests: {memory: 1Gi}, limits: {cpu: 1}}")),
            fail(container!("resources: {limits: {memory: 0}}")),
            fail(pod!(
                "
  containers: [{name: web, resources: {limits: {memory: 1Gi}}}]
  initContainers: [{name: setup}]"
            )),
            // Releases before 1.34 do not count it.
            fail(
                "\
# cluster
# release 1.30
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {resources: {limits: {memory: 1Gi}}, containers: [{name: web}]}",
            ),
            // This range limits whole pods.
            fail(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Pod, max: {memory: 1Gi}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web}]}",
            ),
            pass(container!("resources: {limits: {memory: 128Mi}}")),
            pass(pod!("{resources: {limits: {memory: 1Gi}}, containers: [{name: web}]}")),
            pass(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web}]}",
            ),
            not_applicable(pod!("{ephemeralContainers: [{name: debug}]}")),
            not_applicable(
                "\
apiVersion: v1
kind: Pod
metadata: {name: etcd, annotations: {kubernetes.io/config.mirror: a}}
spec: {containers: [{name: etcd}]}",
            ),
            error(container!("resources: {limits: {memory: 1GB}}")),
        ],
    },
    Control {
        id: "container-cpu-limit-missing",
        title: "a container may use all processors of its node",
        vector: vector("AV:N/AC:H/Au:N/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(|view, pod, it| present(view, pod, it, Share::Limit, "cpu")),
        documentation: Documentation {
            finds: "\
Containers without a CPU limit, their own, the pod's or by a LimitRange. It is evaluated on request \
only: whether such limits do more good than harm is disputed.",
            matters: "\
A busy program takes what processors are idle. Others still get what they request, so only those \
without a request suffer.",
            options: "\
- **Requests alone** divide a busy node fairly and let programs use what is idle.
- **A limit** makes a program equally slow whatever else runs, and throttles it when it is busy. \
Only somebody who knows the program can choose it; the edit offered is as great as the request.",
            acceptable: "Where all containers have CPU requests.",
        },
        examples: &[
            fail(container!("resources: {requests: {cpu: 1}}")),
            pass(container!("resources: {limits: {cpu: 500m}}")),
            pass(pod!("{resources: {limits: {cpu: 1}}, containers: [{name: web}]}")),
            not_applicable(pod!("{ephemeralContainers: [{name: debug}]}")),
            error(container!("resources: {limits: {cpu: some}}")),
        ],
    },
    Control {
        id: "container-ephemeral-storage-limit-missing",
        title: "a container may fill its node's disk",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(|view, pod, it| {
            present(view, pod, it, Share::Limit, "ephemeral-storage")
        }),
        documentation: Documentation {
            finds: "\
Containers without a limit for `ephemeral-storage` (their logs, what they write into their image's \
files and into `emptyDir`), their own or by a LimitRange. On request only: few write it.",
            matters: "\
Whoever makes the program write fills the node's disk; the kubelet then evicts pods, others among \
them.",
            options: "\
- **A limit**: the kubelet evicts the pod that exceeds it. Only somebody who knows the program can \
choose it; the edit offered is as great as the request, where there is one.
- **`readOnlyRootFilesystem: true` and `emptyDir.sizeLimit`** leave little to fill but logs.",
            acceptable: "For programs that write nothing and log little.",
        },
        examples: &[
            fail(container!("resources: {limits: {memory: 1Gi}}")),
            fail(container!("resources: {requests: {ephemeral-storage: 1Gi}}")),
            // Pods as a whole have no such limit.
            fail(pod!(
                "{resources: {limits: {ephemeral-storage: 1Gi}}, containers: [{name: web}]}"
            )),
            pass(container!("resources: {limits: {ephemeral-storage: 1Gi}}")),
        ],
    },
    Control {
        id: "container-memory-request-missing",
        title: "a container is promised no memory",
        vector: vector("AV:L/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(|view, pod, it| present(view, pod, it, Share::Request, "memory")),
        documentation: Documentation {
            finds: "\
Containers without a memory request; their limit stands in for it, as do the pod's resources and \
the defaults of a LimitRange. On request only.",
            matters: "\
The scheduler puts the pod on a node that may be full, and when memory is short it is among the \
first to be evicted.",
            options: "\
- **A request of what the program usually needs**; only somebody who knows it can say.
- **A limit alone** is a request of the same size.",
            acceptable: "For work that may be stopped at any time.",
        },
        examples: &[
            fail(container!("resources: {requests: {cpu: 1}}")),
            // The API server makes a request of the limit.
            pass(container!("resources: {limits: {memory: 1Gi}}")),
            pass(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, min: {memory: 1Gi}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web}]}",
            ),
            error(container!("resources: {requests: {memory: [1]}}")),
        ],
    },
    Control {
        id: "container-cpu-request-missing",
        title: "a container is promised no processor time",
        vector: vector("AV:L/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(|view, pod, it| present(view, pod, it, Share::Request, "cpu")),
        documentation: Documentation {
            finds: "\
Containers without a CPU request; their limit stands in for it, as do the pod's resources and the \
defaults of a LimitRange. On request only.",
            matters: "On a busy node the program gets next to nothing: any neighbour starves it.",
            options: "\
- **A request of what the program needs when it is busy**; only somebody who knows it can say.",
            acceptable: "For work that can wait.",
        },
        examples: &[
            fail(container!("image: nginx")),
            pass(container!("resources: {requests: {cpu: 0.1}}")),
            pass(container!("resources: {limits: {cpu: 1}}")),
        ],
    },
    Control {
        id: "container-ephemeral-storage-request-missing",
        title: "a container is promised no room on its node's disk",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(|view, pod, it| {
            present(view, pod, it, Share::Request, "ephemeral-storage")
        }),
        documentation: Documentation {
            finds: "Containers without a request for `ephemeral-storage`. On request only.",
            matters: "The pod may land on a node whose disk is full, and is evicted early.",
            options: "- **A request of what it writes**; only somebody who knows it can say.",
            acceptable: "For programs that write next to nothing.",
        },
        examples: &[
            fail(container!("image: nginx")),
            pass(container!("resources: {limits: {ephemeral-storage: 1Gi}}")),
        ],
    },
    Control {
        id: "container-request-below-limit",
        title: "a container may use more than it is promised",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(below_limit),
        documentation: Documentation {
            finds: "\
Containers whose request for CPU, memory or ephemeral storage is less than their limit. On request \
only: promising less than may be used is how most clusters are filled.",
            matters: "\
Nodes are filled by requests. When programs use up to their limits together, memory runs out and \
pods are killed or evicted.",
            options: "\
- **Request as much as the limit** (the edit offered): with both CPU and memory the pod is \
`Guaranteed` and evicted last. It needs more nodes.
- **For memory alone**: CPU that is short makes things slow, memory that is short ends them.",
            acceptable: "Where efficiency matters more than predictable behaviour.",
        },
        examples: &[
            fail(container!(
                "resources: {requests: {memory: 1Gi, cpu: 100m}, limits: {memory: 2Gi, cpu: 1}}"
            )),
            // The same in other words.
            pass(container!(
                "resources: {requests: {cpu: 500m, memory: 1024Mi}, limits: {cpu: 0.5, memory: 1Gi}}"
            )),
            pass(container!("resources: {limits: {memory: 1Gi}}")),
            not_applicable(container!("resources: {requests: {memory: 1Gi}}")),
            error(container!("resources: {requests: {memory: much}, limits: {memory: 1Gi}}")),
        ],
    },
];

fn present<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
    share: Share,
    name: &'static str,
) -> Judged<'a> {
    // A control plane's static pods come without limits, and must not be stopped by one.
    if container.list == ContainerList::Ephemeral || pod.is_mirror() {
        return Ok(Verdict::NotApplicable);
    }
    let (key, what) = match share {
        Share::Request => ("requests", "request"),
        Share::Limit => ("limits", "limit"),
    };
    let instruction = format!("Measure what the container uses, and write its {name} {what}");
    let commands = &["kubectl top pod -n NAMESPACE --containers"];
    match view.resource(pod, container, share, name)? {
        None => {
            let message = format!("the container has no {name} {what}");
            let flaw = flaw(missing(container, key, name), message);
            match requested(container, share, name)? {
                Some(request) => flaw.set(request).needs_review().into(),
                None => flaw.step(instruction, commands).into(),
            }
        }
        Some(node) if share == Share::Limit && quantity(node)? == 0 => {
            let message = format!("the {name} limit is 0, which means that there is none");
            let here = place(container.node, &["resources"]);
            flaw(here, message).step(instruction, commands).into()
        }
        Some(_) => Ok(Verdict::Pass),
    }
}

/// What the container's own request says that it needs, as its limit: the least one that lets it
/// run, and the one by which nodes are filled.
fn requested<'a>(
    container: &ContainerView<'a>,
    share: Share,
    name: &str,
) -> Result<Option<serde_json::Value>, Malformed<'a>> {
    let request = container.fields().path(&["resources", "requests", name]).node();
    Ok(match request {
        Some(node) if share == Share::Limit && quantity(node)? > 0 => {
            Some(merlon_yaml::to_json(node))
        }
        _ => None,
    })
}

/// The place of a quantity in a container, as far as it is written.
fn missing<'a>(container: &ContainerView<'a>, key: &str, name: &str) -> Place<'a> {
    let keys: &'static [&'static str] = match (key, name) {
        ("limits", "memory") => &["resources", "limits", "memory"],
        ("limits", "cpu") => &["resources", "limits", "cpu"],
        ("limits", _) => &["resources", "limits", "ephemeral-storage"],
        (_, "memory") => &["resources", "requests", "memory"],
        (_, "cpu") => &["resources", "requests", "cpu"],
        _ => &["resources", "requests", "ephemeral-storage"],
    };
    place(container.node, keys)
}

fn below_limit<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let resources = container.fields().get("resources");
    let mut flaws = Vec::new();
    let mut is_limited = false;
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let request = resources.path(&["requests", name]).node();
        let Some(limit) = resources.path(&["limits", name]).node() else { continue };
        is_limited = true;
        let limited = quantity(limit)?;
        if let Some(request) = request
            && quantity(request)? < limited
        {
            let message = format!("the container requests less {name} than it may use");
            flaws.push(
                flaw(Place::Node(request), message).set(merlon_yaml::to_json(limit)).needs_review(),
            );
        }
    }
    Ok(if is_limited { Verdict::of(flaws) } else { Verdict::NotApplicable })
}
