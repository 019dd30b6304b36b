//! Controls of what really listens on a node.

use merlon_model::{
    Action,
    Component::{
        self, Etcd, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet,
    },
    Location, Severity,
};
use merlon_snapshot::{Listener, Subject};
use merlon_views::{NodeView, Presence};

use crate::address;
use crate::control::{Applies, Check, Control, Documentation, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-read-only-port-open",
        title: "the kubelet serves without asking who calls",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:N/A:N"),
        applies: Applies::Component(Kubelet),
        check: Check::Node(read_only_port),
        documentation: Documentation {
            finds: "\
A socket on port 10255, or on the port that is configured as read-only port, which the kubelet \
holds. What really listens decides: a port that another process holds is none of the kubelet's.",
            matters: "\
The port speaks plain HTTP and asks nobody for credentials. `/pods` gives every pod of the node \
with its environment variables, and metrics and statistics tell the rest.",
            options: "\
- **Set `readOnlyPort: 0`** and restart the kubelet; see `kubelet-read-only-port`. A setting that \
already says 0 while the port is open was changed after the kubelet started.",
            acceptable: "For the time a monitoring agent takes to move, behind a firewall.",
        },
        examples: &[
            pass("run kubelet@1.31 --read-only-port=0\nlisten 0.0.0.0:10250 kubelet"),
            fail("run kubelet@1.31 --read-only-port=0\nlisten :::10255 kubelet"),
            fail("run kubelet@1.31 --read-only-port=9999\nlisten 127.0.0.1:9999 kubelet"),
            // Another process has the port.
            pass(
                "run kubelet@1.31 --read-only-port=0\nrun kube-proxy@1.31\n\
                 listen 0.0.0.0:10250 kubelet\nlisten 0.0.0.0:10255 kube-proxy",
            ),
            error(
                "run kubelet@1.31 --read-only-port=0\nlisten 0.0.0.0:10255\n\
                 gap listeners permission-denied",
            ),
            error("run kubelet@1.31 --read-only-port=0\ngap listeners permission-denied"),
            // A kubelet always listens somewhere.
            error("run kubelet@1.31 --read-only-port=0"),
            not_applicable("run etcd@3.5\nlisten 0.0.0.0:10255 etcd"),
        ],
    },
    Control {
        id: "control-plane-listens-everywhere",
        title: "ports that only the node needs are open on all its addresses",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:N"),
        applies: Applies::Kubernetes,
        check: Check::Node(listens_everywhere),
        documentation: Documentation {
            finds: "\
Sockets on all addresses (`0.0.0.0`, `::`) that are held by the controller manager (10257, \
10252), the scheduler (10259, 10251), etcd's metrics (2381) or kube-proxy's metrics (10249). \
Ports that others have to reach are not reported: the API server's, the kubelet's 10250, \
kube-proxy's health check.",
            matters: "\
They tell the inner life of the cluster, some to anybody, and each is a program that takes \
requests from the network for no need.",
            options: "\
- **Bind to 127.0.0.1**: `--bind-address`, `--listen-metrics-urls`, `metricsBindAddress`. Metrics \
are then scraped by something that runs on the node.
- **A firewall** that admits monitoring alone.",
            acceptable: "Where monitoring scrapes from outside and a firewall admits nobody else.",
        },
        examples: &[
            pass(
                "run kube-controller-manager@1.31\nrun kube-scheduler@1.31\n\
                 listen 127.0.0.1:10257 kube-controller-manager\n\
                 listen 127.0.0.1:10259 kube-scheduler",
            ),
            fail("run kube-controller-manager@1.31\nlisten 0.0.0.0:10257 kube-controller-manager"),
            fail("run kube-scheduler@1.31\nlisten :::10259 kube-scheduler"),
            fail(
                "\
run kube-proxy@1.31
listen 0.0.0.0:10249 kube-proxy
listen :::10256 kube-proxy",
            ),
            fail("run etcd@3.5\nlisten 0.0.0.0:2381 etcd\nlisten 127.0.0.1:2379 etcd"),
            pass(
                "\
run kube-proxy@1.31
listen 127.0.0.1:10249 kube-proxy
listen :::10256 kube-proxy",
            ),
            error("run kube-scheduler@1.31\ngap listeners permission-denied"),
            error("run kube-scheduler@1.31"),
            // It is in a network of its own, or its descriptors were not recorded.
            error("run kube-scheduler@1.31\nlisten 0.0.0.0:22"),
            not_applicable("run kubelet@1.31\nlisten 0.0.0.0:10250 kubelet"),
        ],
    },
    Control {
        id: "etcd-listens-everywhere",
        title: "etcd takes clients and peers on every address of the node",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Component(Etcd),
        check: Check::Node(etcd_everywhere),
        documentation: Documentation {
            finds: "\
A socket of etcd's on all addresses (`0.0.0.0`, `::`), the metrics port 2381 aside, which \
`control-plane-listens-everywhere` looks at.",
            matters: "\
etcd is then open to every network that the node has, of pods and of the public too. Client \
certificates are the only thing between it and all data of the cluster.",
            options: "\
- **List addresses** in `--listen-client-urls` and `--listen-peer-urls`: loopback and the one \
that API servers and peers use.
- **A firewall** for 2379 and 2380, where addresses are not known beforehand.",
            acceptable: "\
Where the node has one network, and a firewall admits API servers and peers alone.",
        },
        examples: &[
            pass("run etcd@3.5\nlisten 127.0.0.1:2379 etcd\nlisten 10.0.0.1:2380 etcd"),
            fail("run etcd@3.5\nlisten 0.0.0.0:2379 etcd"),
            fail("run etcd@3.5\nlisten 127.0.0.1:2379 etcd\nlisten :::2380 etcd"),
            error("run etcd@3.5\ngap listeners permission-denied"),
            error("run etcd@3.5"),
            not_applicable("run kubelet@1.31\nlisten 0.0.0.0:10250 kubelet"),
        ],
    },
    Control {
        id: "insecure-port-open",
        title: "a component of the control plane serves without TLS and without asking who calls",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Kubernetes,
        check: Check::Node(insecure_port),
        documentation: Documentation {
            finds: "\
Sockets that the API server holds on port 8080, or on another `--insecure-port`, the controller \
manager on 10252, or the scheduler on 10251, on whichever address.",
            matters: "\
The API server's insecure port skips authentication and authorization: who reaches it is \
administrator, and on loopback that is everything on the node's network. The others tell metrics \
and profiles.",
            options: "\
- **Set the ports to 0**: `--insecure-port=0` and `--port=0`. Releases since 1.20 and 1.24 no \
longer have them.",
            acceptable: "Never: all that uses them can use the secure ports.",
        },
        examples: &[
            pass("run kube-apiserver@1.31\nlisten :::6443 kube-apiserver"),
            fail(
                "\
run kube-apiserver@1.18
listen :::6443 kube-apiserver
listen 127.0.0.1:8080 kube-apiserver",
            ),
            fail(
                "\
run kube-apiserver@1.18 --insecure-port=8081
listen 127.0.0.1:8081 kube-apiserver",
            ),
            fail("run kube-scheduler@1.19\nlisten :::10251 kube-scheduler"),
            // Some other program may well have port 8080.
            pass("run kube-apiserver@1.31\nlisten :::6443 kube-apiserver\nlisten :::8080"),
            error("run kube-apiserver@1.31\ngap listeners permission-denied"),
            not_applicable("run kubelet@1.31\nlisten 0.0.0.0:10250 kubelet"),
        ],
    },
];

/// The sockets that a component's processes hold.
///
/// Several components in one process (k3s) share its sockets; there, only well-known ports tell
/// them apart.
///
/// # Errors
/// When sockets or their holders were not seen, or none of a process that runs: every component
/// listens somewhere, so that its sockets are then in a network that was not looked at.
fn sockets<'v>(
    component: Component,
    known: &[u16],
    node: &'v NodeView<'_>,
) -> Result<Vec<&'v Listener>, String> {
    if let Some(gap) = node.node.gaps.iter().find(|gap| gap.subject == Subject::Listeners) {
        return Err(gap.to_string());
    }
    let listeners = &node.node.listeners;
    if listeners.is_empty() {
        return Err("no listening socket at all was seen".to_owned());
    }
    let mut found = Vec::new();
    for instance in node.instances(component) {
        let Some(process) = instance.process else {
            return Err(format!("{} does not run", instance.name));
        };
        let hidden = node.node.gaps.iter().find(|gap| match &gap.subject {
            Subject::Process { pid, part } => *pid == process.pid && part == "sockets",
            _ => false,
        });
        if let Some(gap) = hidden {
            return Err(gap.to_string());
        }
        let held = listeners.iter().filter(|listener| listener.pid == Some(process.pid));
        if held.clone().next().is_none() {
            return Err(format!("no socket that {} holds was seen", instance.name));
        }
        let alone = process.component == Some(component);
        found.extend(held.filter(|listener| alone || known.contains(&listener.port)));
    }
    Ok(found)
}

fn shown(listener: &Listener) -> String {
    match listener.address.contains(':') {
        true => format!("[{}]:{}", listener.address, listener.port),
        false => format!("{}:{}", listener.address, listener.port),
    }
}

fn at(listener: &Listener) -> Location {
    Location::Socket { address: shown(listener) }
}

/// Judges the sockets of a component: those for which `wrong` says a severity fail with at most
/// that, and without such it passes.
fn judge_sockets(
    component: Component,
    known: &[u16],
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
    wrong: impl Fn(&Listener) -> Option<Severity>,
    (expected, remedy): (&str, &str),
) {
    let name = component.as_str();
    let listeners = match sockets(component, known, node) {
        Ok(listeners) => listeners,
        Err(why) => {
            let why = format!("what {name} listens on is not known: {why}");
            judge.error(name, why).expected(expected);
            return;
        }
    };
    let mut good = Vec::new();
    let mut bad = 0;
    for listener in listeners {
        let Some(severity) = wrong(listener) else {
            good.push(listener);
            continue;
        };
        bad += 1;
        let statement = format!("{name} listens on {}", shown(listener));
        judge
            .fail(name, statement.clone())
            .at_most(severity)
            .expected(expected)
            .evidence(statement, at(listener))
            .action(Action::Manual { instruction: remedy.to_owned(), commands: Vec::new() });
    }
    if bad == 0 && good.is_empty() {
        let statement = format!("{name} holds no such socket");
        let entry = judge.pass(name, statement.clone()).expected(expected);
        let processes = node.instances(component).iter().filter_map(|instance| instance.process);
        processes.fold(entry, |entry, process| {
            let location = Location::Process { process: process.name.clone(), pid: process.pid };
            entry.evidence(statement.clone(), location)
        });
    } else if bad == 0 {
        let all: Vec<String> = good.iter().map(|listener| shown(listener)).collect();
        let message = format!("{name} listens on {}", all.join(", "));
        let entry = judge.pass(name, message).expected(expected);
        good.iter().fold(entry, |entry, listener| {
            entry.evidence(format!("{name} listens on {}", shown(listener)), at(listener))
        });
    }
}

fn read_only_port(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let configured = node.instances(Kubelet).iter().filter_map(|kubelet| {
        let port = kubelet.effective("read-only-port").ok()?.value.as_integer()?;
        u16::try_from(port).ok().filter(|port| *port != 0)
    });
    let ports: Vec<u16> = configured.chain([10255]).collect();
    judge_sockets(
        Kubelet,
        &ports,
        node,
        judge,
        |listener| ports.contains(&listener.port).then_some(Severity::Critical),
        ("the kubelet holds no read-only port", "set readOnlyPort to 0 and restart the kubelet"),
    );
}

fn listens_everywhere(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    // Of etcd and kube-proxy other ports are meant for others.
    let ports: [(Component, &[u16], bool); 4] = [
        (KubeControllerManager, &[10257, 10252], false),
        (KubeScheduler, &[10259, 10251], false),
        (Etcd, &[2381], true),
        (KubeProxy, &[10249], true),
    ];
    each_present(node, ports.map(|(component, _, _)| component), judge, |component, judge| {
        let Some((_, known, only_known)) = ports.iter().find(|(one, _, _)| *one == component)
        else {
            return;
        };
        judge_sockets(
            component,
            known,
            node,
            judge,
            |listener| {
                let wrong = address::is_everywhere(&listener.address)
                    && (!only_known || known.contains(&listener.port));
                wrong.then_some(Severity::Critical)
            },
            (
                "ports for the node alone are bound to loopback",
                "bind the port to 127.0.0.1, or admit monitoring alone by firewall",
            ),
        );
    });
}

fn etcd_everywhere(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    judge_sockets(
        Etcd,
        &[2379, 2380],
        node,
        judge,
        |listener| {
            let wrong = address::is_everywhere(&listener.address) && listener.port != 2381;
            wrong.then_some(Severity::Critical)
        },
        (
            "etcd listens on chosen addresses",
            "name the addresses in --listen-client-urls and --listen-peer-urls",
        ),
    );
}

fn insecure_port(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let components = [KubeApiserver, KubeControllerManager, KubeScheduler];
    each_present(node, components, judge, |component, judge| {
        let (setting, usual) = match component {
            KubeApiserver => ("insecure-port", 8080),
            KubeControllerManager => ("port", 10252),
            _ => ("port", 10251),
        };
        let configured = node.instances(component).iter().filter_map(|instance| {
            let port = instance.effective(setting).ok()?.value.as_integer()?;
            u16::try_from(port).ok().filter(|port| *port != 0)
        });
        let ports: Vec<u16> = configured.chain([usual]).collect();
        judge_sockets(
            component,
            &ports,
            node,
            judge,
            |listener| {
                ports.contains(&listener.port).then(|| insecure_severity(component, listener))
            },
            ("no insecure port is open", "set the insecure port to 0 and restart the component"),
        );
    });
}

/// What an insecure port is worth: only the API server's gives more than metrics and profiles, and
/// on loopback only what runs on the node's network reaches it.
fn insecure_severity(component: Component, listener: &Listener) -> Severity {
    match (component, address::is_loopback(&listener.address)) {
        (KubeApiserver, false) => const { vector("AV:N/AC:L/Au:N/C:C/I:C/A:C").severity() },
        (KubeApiserver, true) => const { vector("AV:L/AC:L/Au:N/C:C/I:C/A:C").severity() },
        (_, false) => const { vector("AV:A/AC:L/Au:N/C:P/I:N/A:P").severity() },
        (_, true) => const { vector("AV:L/AC:L/Au:N/C:P/I:N/A:P").severity() },
    }
}

/// Judges each of the components that is on the node; without one, nothing applies.
fn each_present<const N: usize>(
    node: &NodeView<'_>,
    components: [Component; N],
    judge: &mut Judge<'_, '_>,
    mut visit: impl FnMut(Component, &mut Judge<'_, '_>),
) {
    for component in components {
        match node.component(component) {
            Presence::Present(_) => visit(component, judge),
            Presence::Absent { why } => {
                judge.not_applicable(component.as_str(), why);
            }
            Presence::Unknown { why } => {
                let why = format!("whether {component} runs here is not known: {why}");
                judge.error(component.as_str(), why);
            }
        }
    }
}
