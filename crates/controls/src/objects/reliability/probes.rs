//! How the kubelet finds out whether a container works.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::objects::{ContainerList, Malformed, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

/// What serves until it is stopped. Jobs end by themselves.
pub(super) const SERVING: &[Kind] = &[
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::Pod,
];

/// A deployment with one container of those fields, for examples.
macro_rules! deployed {
    ($fields:literal) => {
        concat!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
",
            "spec: {template: {spec: {containers: [{name: web, ",
            $fields,
            "}]}}}"
        )
    };
}

const JOB: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web}]}}}";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-liveness-probe-missing",
        title: "nobody notices when a container hangs",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| each(view, object, liveness)),
        documentation: Documentation {
            finds: "\
Containers of workloads that serve until they are stopped, sidecars included, without a \
`livenessProbe`. Jobs are left out. On request only.",
            matters: "A program that hangs stays as it is until a person restarts it.",
            options: "\
- **A probe that asks the program alone**, nothing behind it. Which path or command that is, only \
somebody who knows the program can say; the edit offered asks whether the port that the readiness \
probe asks takes connections, and gives up after twice its time.
- **None**, where the program ends when it is stuck: a wrong probe restarts what works.",
            acceptable: "For programs that end by themselves when they fail.",
        },
        examples: &[
            fail(deployed!("readinessProbe: {tcpSocket: {port: 80}}")),
            fail(deployed!("readinessProbe: {httpGet: {path: /, port: web}, periodSeconds: 60}")),
            // What it asks beyond the container is no port of the program.
            fail(deployed!("readinessProbe: {httpGet: {host: example.com, port: 80}}")),
            fail(deployed!("image: nginx")),
            pass(deployed!("livenessProbe: {tcpSocket: {port: 80}}")),
            not_applicable(JOB),
            error(deployed!("livenessProbe: yes")),
        ],
    },
    Control {
        id: "container-readiness-probe-missing",
        title: "a container gets requests before it can answer",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| each(view, object, readiness)),
        documentation: Documentation {
            finds: "\
Containers of workloads that serve until they are stopped, without a `readinessProbe`; sidecars \
and Jobs are left out. On request only.",
            matters: "Services send requests to a pod that starts or is overloaded, and they fail.",
            options: "\
- **A probe** that succeeds when requests can be answered; only somebody who knows the program \
can write it. The edit offered asks whether its port takes connections: the liveness probe's, or the \
only one that the container declares.",
            acceptable: "For programs that get no requests.",
        },
        examples: &[
            fail(deployed!("livenessProbe: {tcpSocket: {port: 80}}")),
            fail(deployed!("ports: [{containerPort: 80, name: web}]")),
            // Nobody can tell which port is meant, and another protocol has no connections.
            fail(deployed!("ports: [{containerPort: 80}, {containerPort: 81}]")),
            fail(deployed!("ports: [{containerPort: 53, protocol: UDP}]")),
            pass(deployed!("readinessProbe: {tcpSocket: {port: 80}}")),
            not_applicable(JOB),
        ],
    },
    Control {
        id: "container-probes-identical",
        title: "a container is restarted when it is merely busy",
        vector: vector("AV:N/AC:H/Au:N/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| each(view, object, identical)),
        documentation: Documentation {
            finds: "\
Containers whose liveness probe asks the same as their readiness probe and gives up no later \
(`failureThreshold` × `periodSeconds`).",
            matters: "\
Under load, an attacker's too, the probe fails and the container is restarted instead of being \
left alone until it has caught up; what it served goes to the others, which fail next.",
            options: "\
- **Remove the liveness probe** (the edit offered): the readiness probe keeps requests away.
- **Let it ask something cheaper, or give up much later.**",
            acceptable: "For programs that cannot be overloaded.",
        },
        examples: &[
            fail(deployed!(
                "livenessProbe: {httpGet: {path: /, port: 80}}, readinessProbe: {httpGet: {path: /, port: 80}}"
            )),
            pass(deployed!(
                "livenessProbe: {httpGet: {path: /, port: 80}, failureThreshold: 30}, readinessProbe: {httpGet: {path: /, port: 80}}"
            )),
            pass(deployed!(
                "livenessProbe: {tcpSocket: {port: 80}}, readinessProbe: {httpGet: {path: /, port: 80}}"
            )),
            // What was cut out may have been different.
            pass(deployed!(
                "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Cookie, value: session-id=a}]}}, \
                 readinessProbe: {httpGet: {port: 80, httpHeaders: [{name: Cookie, value: session-id=b}]}}"
            )),
            pass(deployed!("livenessProbe: {tcpSocket: {port: 80}}")),
            error(deployed!(
                "livenessProbe: {exec: {command: [a]}, periodSeconds: ten}, readinessProbe: {exec: {command: [a]}}"
            )),
        ],
    },
    Control {
        id: "container-probe-timing-unset",
        title: "a probe leaves its timing to defaults",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| each(view, object, timing)),
        documentation: Documentation {
            finds: "\
Probes that do not write `initialDelaySeconds`, `periodSeconds`, `timeoutSeconds`, \
`successThreshold` and `failureThreshold`. On request only: a matter of style.",
            matters: "The default timeout is one second; whoever relies on it may not know.",
            options: "\
- **Write them**: the edit offered writes the defaults, so that nothing changes.",
            acceptable: "Where the defaults are meant.",
        },
        examples: &[
            fail(deployed!("livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 5}")),
            pass(deployed!(
                "livenessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 0, periodSeconds: 5, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3}"
            )),
            pass(deployed!("image: nginx")),
        ],
    },
    Control {
        id: "container-probe-port-undeclared",
        title: "a probe asks at a port that the container does not declare",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| each(view, object, probe_port)),
        documentation: Documentation {
            finds: "\
Probes whose port, by name or number, is not among the container's `ports`; those that ask another \
host are left out. On request only: a number works whether it is declared or not.",
            matters: "\
With a name that is not declared the probe always fails, and the container is restarted for ever.",
            options: "\
- **Declare the port**: the edit offered, for numbers. Which number a name means only somebody who \
knows the program can say.",
            acceptable: "For numbers, where the list of ports is not kept.",
        },
        examples: &[
            fail(deployed!("livenessProbe: {httpGet: {port: http}}, ports: [{containerPort: 80}]")),
            fail(deployed!("readinessProbe: {grpc: {port: 90}}")),
            pass(deployed!(
                "startupProbe: {tcpSocket: {port: http}}, ports: [{name: http, containerPort: 80}]"
            )),
            pass(deployed!("livenessProbe: {exec: {command: [a]}}")),
            pass(deployed!("livenessProbe: {httpGet: {host: example.com, port: 80}}")),
        ],
    },
    Control {
        id: "container-pre-stop-missing",
        title: "a container does nothing before it is stopped",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SERVING, |view, object| {
            each(view, object, |container| pre_stop(view, object, container))
        }),
        documentation: Documentation {
            finds: "Containers without `lifecycle.preStop`. On request only.",
            matters: "Requests that are still on their way when the pod ends are lost.",
            options: "\
- **A hook that waits a few seconds** until no more requests are sent: the edit offered waits five, \
by `sleep`, which clusters from 1.30 on know.
- **A program that handles SIGTERM** needs none.",
            acceptable: "For programs that handle SIGTERM, which is most.",
        },
        examples: &[
            fail(deployed!("image: nginx")),
            fail(concat!(
                "# release 1.29\n",
                deployed!("image: nginx")
            )),
            // It would be stopped before.
            fail(
                "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {terminationGracePeriodSeconds: 5, containers: [{name: web}]}",
            ),
            pass(deployed!("lifecycle: {preStop: {sleep: {seconds: 5}}}")),
            not_applicable(JOB),
        ],
    },
];

type Flaws<'a> = Result<Vec<Flaw<'a>>, Malformed<'a>>;

/// The pod of an object that serves until it is stopped, other than what a Job made.
pub(super) fn serving<'v, 'a>(
    view: &'v InventoryView<'a>,
    object: &'a Object,
) -> Option<&'v PodView<'a>> {
    let pod = view.pod_of(object)?;
    let ends = matches!(pod.owner.kind(), Some(Kind::Job | Kind::CronJob));
    let restarts = pod.spec.get("restartPolicy").and_then(Node::as_str);
    (!ends && matches!(restarts, None | Some("Always"))).then_some(pod)
}

fn each<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    judge: impl Fn(&ContainerView<'a>) -> Flaws<'a>,
) -> Judged<'a> {
    let Some(pod) = serving(view, object) else { return Ok(Verdict::NotApplicable) };
    let mut flaws = Vec::new();
    for container in pod.lasting_containers().filter(|it| it.list != ContainerList::Ephemeral) {
        flaws.append(&mut judge(container)?);
    }
    Ok(Verdict::of(flaws))
}

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const TRY: &[&str] = &["kubectl explain pod.spec.containers"];

/// A mapping below a key of a container.
fn mapping<'a>(
    container: &ContainerView<'a>,
    key: &str,
) -> Result<Option<&'a Node>, Malformed<'a>> {
    match container.fields().get(key).node() {
        Some(node) if node.as_mapping().is_none() => Err(Malformed { node, expected: "a mapping" }),
        node => Ok(node),
    }
}

fn liveness<'a>(container: &ContainerView<'a>) -> Flaws<'a> {
    if mapping(container, "livenessProbe")?.is_some() {
        return Ok(Vec::new());
    }
    let message = format!("the container {} has no liveness probe", container.name);
    let flaw = flaw(place(container.node, &["livenessProbe"]), message);
    let ready = mapping(container, "readinessProbe")?;
    Ok(vec![match ready.and_then(asked_port) {
        Some(port) => {
            let times = (patience(container, "readinessProbe")? / 5).clamp(6, 1000);
            let port = merlon_yaml::to_json(port);
            let probe = serde_json::json!({"tcpSocket": {"port": port}, "failureThreshold": times});
            flaw.set(probe).needs_review()
        }
        None => flaw.step("Write a liveness probe that asks the program alone", TRY),
    }])
}

fn readiness<'a>(container: &ContainerView<'a>) -> Flaws<'a> {
    if container.is_sidecar() || mapping(container, "readinessProbe")?.is_some() {
        return Ok(Vec::new());
    }
    let message = format!("the container {} has no readiness probe", container.name);
    let flaw = flaw(place(container.node, &["readinessProbe"]), message);
    let live = mapping(container, "livenessProbe")?.and_then(asked_port);
    let port = match live {
        Some(port) => Some(port),
        None => only_port(container)?,
    };
    Ok(vec![match port {
        // It gives up before the liveness probe does.
        Some(port) => flaw
            .set(serde_json::json!({
                "tcpSocket": {"port": merlon_yaml::to_json(port)},
                "periodSeconds": 5,
            }))
            .needs_review(),
        None => {
            flaw.step("Write a readiness probe that succeeds when requests can be answered", TRY)
        }
    }])
}

/// The port of the container that a probe asks.
fn asked_port(probe: &Node) -> Option<&Node> {
    ["httpGet", "tcpSocket", "grpc"].iter().find_map(|how| {
        let target = probe.get(how)?;
        if target.get("host").is_some() { None } else { target.get("port") }
    })
}

/// The port that a container takes connections at, where it declares no other.
fn only_port<'a>(container: &ContainerView<'a>) -> Result<Option<&'a Node>, Malformed<'a>> {
    let [port] = container.fields().list("ports")? else { return Ok(None) };
    let is_tcp = matches!(port.get("protocol").and_then(Node::as_str), None | Some("TCP"));
    Ok(port.get("containerPort").filter(|number| is_tcp && number.as_i64().is_some()))
}

/// How many seconds a probe fails before something is done about it.
fn patience<'a>(container: &ContainerView<'a>, probe: &str) -> Result<i64, Malformed<'a>> {
    let probe = container.fields().get(probe);
    let (times, period) = (probe.int("failureThreshold")?, probe.int("periodSeconds")?);
    Ok(times.unwrap_or(3).saturating_mul(period.unwrap_or(10)))
}

fn pre_stop<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    container: &ContainerView<'a>,
) -> Flaws<'a> {
    const SECONDS: i64 = 5;
    let lifecycle = mapping(container, "lifecycle")?;
    if lifecycle.and_then(|it| it.get("preStop")).is_some_and(|hook| !hook.is_null()) {
        return Ok(Vec::new());
    }
    let message = format!("the container {} has no preStop hook", container.name);
    let here = place(container.node, &["lifecycle", "preStop"]);
    let flaw = flaw(here, message);
    // KEP-3960: on by default from 1.30 on.
    let sleeps = view.release.as_ref().is_none_or(|it| it.minor_release() >= (1, 30));
    let grace = match view.pod_of(object) {
        Some(pod) => pod.fields().int("terminationGracePeriodSeconds")?.unwrap_or(30),
        None => 0,
    };
    let is_windows = view.pod_of(object).is_some_and(PodView::is_windows);
    Ok(vec![if sleeps && grace > SECONDS && !is_windows {
        flaw.set(serde_json::json!({"sleep": {"seconds": SECONDS}})).needs_review()
    } else {
        flaw.step("Write a hook that waits for requests to end", TRY)
    }])
}

fn identical<'a>(container: &ContainerView<'a>) -> Flaws<'a> {
    let live = mapping(container, "livenessProbe")?;
    let (Some(live), Some(_)) = (live, mapping(container, "readinessProbe")?) else {
        return Ok(Vec::new());
    };
    let [live_fields, ready] = [PROBES[0], PROBES[1]].map(|key| container.fields().get(key));
    let asks_same = ["httpGet", "tcpSocket", "exec", "grpc"].iter().all(|key| {
        let value = |node: Option<&Node>| node.map(merlon_yaml::to_json);
        value(live_fields.get(key).node()) == value(ready.get(key).node())
    });
    let patience = [patience(container, PROBES[0])?, patience(container, PROBES[1])?];
    // Of what was cut out, nobody can tell whether it is the same.
    let is_known =
        merlon_redaction::markers(&merlon_yaml::to_json(live).to_string()).next().is_none();
    if !asks_same || !is_known || patience[0] > patience[1] {
        return Ok(Vec::new());
    }
    let message = format!("both probes of the container {} ask the same", container.name);
    Ok(vec![flaw(Place::Node(live), message).remove(live).needs_review()])
}

const TIMING: [(&[&str], i64); 5] = [
    (&["initialDelaySeconds"], 0),
    (&["periodSeconds"], 10),
    (&["timeoutSeconds"], 1),
    (&["successThreshold"], 1),
    (&["failureThreshold"], 3),
];

fn timing<'a>(container: &ContainerView<'a>) -> Flaws<'a> {
    let mut flaws = Vec::new();
    for name in PROBES {
        let Some(probe) = mapping(container, name)? else { continue };
        let missing = TIMING.iter().filter(|(keys, _)| probe.path(keys).is_none());
        let message = format!("the {name} of {} leaves timing to defaults", container.name);
        let mut found = flaw(Place::Node(probe), message);
        for (keys, default) in missing {
            found = found.set_at(place(probe, keys), *default);
        }
        if !found.edits.is_empty() {
            flaws.push(found);
        }
    }
    Ok(flaws)
}

fn probe_port<'a>(container: &ContainerView<'a>) -> Flaws<'a> {
    let mut flaws: Vec<Flaw<'a>> = Vec::new();
    let ports = container.fields().list("ports")?;
    let mut added = Vec::new();
    for name in PROBES {
        let Some(probe) = mapping(container, name)? else { continue };
        for how in ["httpGet", "tcpSocket", "grpc"] {
            let Some(port) = probe.path(&[how, "port"]) else { continue };
            let declares = |it: &Node| {
                ["containerPort", "name"]
                    .iter()
                    .any(|key| it.get(key).is_some_and(|value| value.value == port.value))
            };
            if probe.path(&[how, "host"]).is_some() || ports.iter().any(declares) {
                continue;
            }
            let message = format!("the {name} of {} asks at an undeclared port", container.name);
            let found = flaw(Place::Node(port), message);
            flaws.push(match port.as_i64() {
                // Several probes may ask at the same port.
                Some(number) if added.contains(&number) => {
                    found.step("Declare the port once, as for the other probe", TRY)
                }
                Some(number) => {
                    added.push(number);
                    let port = serde_json::json!({"containerPort": number});
                    found.append_at(place(container.node, &["ports"]), port)
                }
                None => found.step("Declare a port of that name in the container", TRY),
            });
        }
    }
    Ok(flaws)
}
