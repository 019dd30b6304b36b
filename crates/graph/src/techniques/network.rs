//! Moves through the cluster's network, as far as network policies let packets through.
//!
//! Containers share places in the network and programs are reached at places, so that no pair of pods has a step of its
//! own.

mod hubs;
mod places;
pub(super) mod ports;
pub(super) mod rules;

use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_views::objects::{Direction, Gives, Place, PodView};

use crate::builder::Builder;
use crate::change::{by_hand, word};
use crate::fact::{Fact, Network};
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) use places::Places;

pub(super) static TECHNIQUES: &[&Technique] = &[&POD_NETWORK, &EXPLOIT_SERVICE, &OPEN_INTERFACE];

static POD_NETWORK: Technique = Technique {
    id: "pod-network",
    title: "send packets from the pod",
    reason: "what runs in a container sends packets as its pod, and network policies decide what gets through",
    references: &["T1046", "MS-TA9034"],
    confidence: Confidence::Certain,
    controls: &["namespace-without-default-deny-egress", "pod-without-network-policy"],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: shop}
spec:
  podSelector: {matchLabels: {app: other}}
  policyTypes: [Egress]
  egress: []
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ingress, namespace: data}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}], ports: [{port: 5432}]}]
",
            from: "pod shop/web",
            to: "pod data/db",
            without: &[
                ("{app: other}", "{app: web}"),
                ("metadata.name: shop", "metadata.name: other"),
                ("[{port: 5432}]}]", "[{port: 80}]}]"),
            ],
        },
        // What leaves the pod is limited too.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}]}]
",
            from: "pod shop/web",
            to: "pod data/db",
            without: &[
                ("namespaceSelector: {}", "namespaceSelector: {matchLabels: {team: a}}"),
                ("{matchLabels: {app: db}}}]", "{matchLabels: {app: web}}}]"),
            ],
        },
        // A port to whatever is there.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: data}
spec: {containers: [{name: api, image: api, ports: [{containerPort: 443}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}
",
            from: "pod shop/web",
            to: "pod data/api",
            without: &[("[{port: 443}]", "[{port: 53}]"), ("[{port: 443}]", "[{port: 443, protocol: UDP}]")],
        },
        // An administrator opens what the namespace shuts.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: data}
spec: {podSelector: {}}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: data}
spec:
  priority: 5
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: data}}}
  ingress:
  - action: Allow
    from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]
    ports: [{portNumber: {protocol: TCP, port: 5432}}]
",
            from: "pod shop/web",
            to: "pod data/db",
            without: &[
                ("action: Allow", "action: Pass"),
                ("metadata.name: shop", "metadata.name: other"),
                ("port: 5432}}]", "port: 5433}}]"),
                ("metadata.name: data}}}", "metadata.name: other}}}"),
            ],
        },
        // The baseline is for pods that no policy isolates.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: data}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {}}]}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
",
            from: "pod shop/web",
            to: "pod data/db",
            without: &[("matchLabels: {app: db}", "matchLabels: {app: web}")],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: shop}
spec:
  tier: Admin
  priority: 5
  subject: {namespaces: {}}
  egress:
  - action: Accept
    to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}]
    protocols: [{tcp: {destinationPort: {number: 5432}}}]
  - {action: Deny, to: [{namespaces: {}}]}
",
            from: "pod shop/web",
            to: "pod data/db",
            without: &[
                ("action: Accept", "action: Deny"),
                ("podSelector: {matchLabels: {app: db}}", "podSelector: {matchLabels: {app: web}}"),
                ("number: 5432", "number: 80"),
                ("tcp:", "udp:"),
            ],
        },
    ],
};

static EXPLOIT_SERVICE: Technique = Technique {
    id: "exploit-service",
    title: "break into the program behind the port",
    reason: "whoever reaches a program's port takes it over where the program has a hole",
    references: &["T1210", "MS-TA9034"],
    confidence: Confidence::Assumed,
    controls: &["namespace-without-default-deny-ingress"],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ingress, namespace: data}
spec: {podSelector: {matchLabels: {app: other}}}
",
        from: "pod shop/web",
        to: "pod data/db",
        without: &[
            (", ports: [{containerPort: 5432}]", ""),
            ("podSelector: {matchLabels: {app: other}}", "podSelector: {}"),
        ],
    }],
};

static OPEN_INTERFACE: Technique = Technique {
    id: "open-interface",
    title: "have the program do it, which asks for no login",
    reason: "the program runs what it is told, or uses its service account for whoever asks",
    references: &["T1133", "MS-TA9005"],
    confidence: Confidence::Likely,
    controls: &["service-administration-exposed", "dashboard-login-skipped", "tiller-deployed"],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dashboard, namespace: ops}
spec:
  template:
    metadata: {labels: {app: dashboard}}
    spec:
      serviceAccountName: dashboard
      containers:
      - name: dashboard
        image: kubernetesui/dashboard:v2.7.0
        args: [--enable-skip-login]
        ports: [{containerPort: 8443}]
",
            from: "pod shop/web",
            to: "serviceaccount ops/dashboard",
            without: &[
                ("[--enable-skip-login]", "[--enable-skip-login=false]"),
                ("kubernetesui/dashboard", "acme/dashboard"),
                ("        ports: [{containerPort: 8443}]\n", ""),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: ray, namespace: ml, labels: {app: ray}}
spec: {containers: [{name: ray, image: 'rayproject/ray:2.9.0'}]}
---
apiVersion: v1
kind: Service
metadata: {name: ray, namespace: ml}
spec: {type: LoadBalancer, selector: {app: ray}, ports: [{port: 80, targetPort: 8265}]}
",
            from: "internet",
            to: "pod ml/ray",
            without: &[
                ("type: LoadBalancer", "type: ClusterIP"),
                ("selector: {app: ray}", "selector: {app: web}"),
                ("rayproject/ray", "acme/ray"),
            ],
        },
    ],
};

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    places: &Places<'w>,
) {
    add_senders(world, builder, places);
    let free_ports: BTreeSet<u16> =
        places.senders.iter().flat_map(|it| &it.free_ports).copied().collect();
    for receiver in &places.receivers {
        for number in &receiver.members {
            let Some(workload) = world.workload(*number) else { continue };
            for it in ports::listening(world, workload) {
                if !receiver.open.contains(&it.port) {
                    continue;
                }
                let container = (*number, it.container);
                let only = free_ports.contains(&it.port).then_some(Some(it.port));
                for port in [Some(None), only].into_iter().flatten() {
                    add_arrival(
                        world,
                        builder,
                        Fact::Network(Network::Open(port)),
                        container,
                        true,
                    );
                }
            }
        }
    }
    let by_hubs = places.hubs.into.keys().map(|(_, to, port)| (*to, *port));
    let reached: BTreeSet<(usize, u16)> =
        places.between.keys().map(|(_, to, port)| (*to, *port)).chain(by_hubs).collect();
    for (to, port) in reached {
        let members = &places.receivers[to].members;
        let Some(first) = members.first() else { continue };
        for number in members {
            let Some(workload) = world.workload(*number) else { continue };
            let listening = ports::listening(world, workload).into_iter();
            for it in listening.filter(|it| it.port == port) {
                let premise = Fact::Network(Network::To(*first, port));
                add_arrival(
                    world,
                    builder,
                    premise,
                    (*number, it.container),
                    is_mendable(places, to, port),
                );
            }
        }
    }
    let sure = |is_sure: bool| if is_sure { POD_NETWORK.confidence } else { Confidence::Assumed };
    let mut step = |is_sure, from, to, changes: &[ChangeId]| {
        let (from, to) = (Fact::Network(from), Fact::Network(to));
        builder.step_with(&POD_NETWORK, sure(is_sure), &[from], to, vec![], changes);
    };
    for ((from, to, port), is_sure) in &places.between {
        let (from, to) = (&places.senders[*from].members, &places.receivers[*to].members);
        if let (Some(from), Some(to)) = (from.first(), to.first()) {
            step(*is_sure, Network::From(*from), Network::To(*to, *port), &[]);
        }
    }
    let hubs = &places.hubs;
    let known: BTreeSet<(usize, usize, Option<u16>)> =
        hubs.out.keys().map(|(from, to, port)| (places.senders[*from].class, *to, *port)).collect();
    for ((from, number, port), way) in &hubs.into {
        let receiver = &places.receivers[*number];
        let Some(first) = receiver.members.first() else { continue };
        for hub in [None, Some(*port)] {
            if known.contains(&(*from, receiver.class, hub)) {
                let from = Network::Between(hubs.first[*from], hubs.first[receiver.class], hub);
                step(way.is_sure, from, Network::To(*first, *port), &[]);
            }
        }
    }
    add_to_hubs(world, builder, places);
}

/// Whether isolating the receivers closes every way to their port that leads through hubs.
fn is_mendable(places: &Places<'_>, to: usize, port: u16) -> bool {
    let classes = 0..places.hubs.first.len();
    let mut ways = classes.filter_map(|from| places.hubs.into.get(&(from, to, port)));
    ways.all(|way| way.is_mendable)
}

fn add_to_hubs<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>, places: &Places<'w>) {
    let hubs = &places.hubs;
    for ((number, to, port), way) in &hubs.out {
        let sender = &places.senders[*number];
        let Some(first) = sender.members.first() else { continue };
        let Some(workload) = world.workload(*first) else { continue };
        let changes: Vec<ChangeId> = match way.is_mendable {
            true => isolate(world, builder, workload, Direction::Egress).into_iter().collect(),
            false => Vec::new(),
        };
        let hub = Network::Between(hubs.first[sender.class], hubs.first[*to], *port);
        let (from, hub) = (Fact::Network(Network::From(*first)), Fact::Network(hub));
        let sure = if way.is_sure { POD_NETWORK.confidence } else { Confidence::Assumed };
        builder.step_with(&POD_NETWORK, sure, &[from], hub, vec![], &changes);
    }
}

fn add_senders<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>, places: &Places<'w>) {
    for sender in &places.senders {
        let Some(first) = sender.members.first() else { continue };
        let from = Fact::Network(Network::From(*first));
        for number in &sender.members {
            let Some(workload) = world.workload(*number) else { continue };
            for (at, _) in (0..).zip(&workload.containers) {
                builder.step(&POD_NETWORK, &[Fact::Container(*number, at)], from, vec![], &[]);
            }
        }
        let Some(workload) = world.workload(*first) else { continue };
        let changes: Vec<ChangeId> = match sender.is_mendable {
            true => isolate(world, builder, workload, Direction::Egress).into_iter().collect(),
            false => Vec::new(),
        };
        let is_sure = sender.is_sure || !sender.is_free;
        let sure = if is_sure { POD_NETWORK.confidence } else { Confidence::Assumed };
        let free_ports = sender.free_ports.iter().copied().map(Some);
        let open: Vec<Option<u16>> = if sender.is_free { vec![None] } else { free_ports.collect() };
        for port in open {
            let to = Fact::Network(Network::Open(port));
            builder.step_with(&POD_NETWORK, sure, &[from], to, vec![], &changes);
        }
    }
}

/// What somebody gains who sends packets to a container's port.
fn add_arrival<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    premise: Fact<'w>,
    (number, at): (u32, u32),
    is_mendable: bool,
) {
    let Some(workload) = world.workload(number) else { return };
    let changes: Vec<ChangeId> = match is_mendable {
        true => isolate(world, builder, workload, Direction::Ingress).into_iter().collect(),
        false => Vec::new(),
    };
    let inside = Fact::Container(number, at);
    builder.step(&EXPLOIT_SERVICE, &[premise], inside, vec![], &changes);
    add_open_interface(world, builder, premise, (number, at), &changes);
}

/// The same for programs that do what they are told.
pub(super) fn add_open_interface<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    premise: Fact<'w>,
    (number, at): (u32, u32),
    changes: &[ChangeId],
) {
    let Some(workload) = world.workload(number) else { return };
    let container = usize::try_from(at).ok().and_then(|at| workload.containers.get(at));
    let interface = container.and_then(|it| it.open_interface().ok().flatten());
    let Some((it, (gives, why))) = interface.and_then(|it| Some((it, it.gives?))) else { return };
    let basis = Basis::Object(workload.object, Place::Node(it.image), why);
    let conclusion = match gives {
        Gives::Container => Fact::Container(number, at),
        Gives::Account => Fact::ServiceAccount(workload.namespace, workload.service_account_name()),
    };
    // What policies of other kinds refuse is not known.
    let is_sure = world.view.network().other_policy(workload.namespace).is_none();
    let confidence = if is_sure { OPEN_INTERFACE.confidence } else { Confidence::Assumed };
    let (premises, basis) = ([premise], vec![basis]);
    builder.step_with(&OPEN_INTERFACE, confidence, &premises, conclusion, basis, changes);
}

/// The change that isolates the pods of a workload's namespace; `None` where policies do not act on the workload.
pub(super) fn isolate<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    workload: &'w PodView<'a>,
    direction: Direction,
) -> Option<ChangeId> {
    if merlon_views::objects::is_on_host_network(workload) {
        return None;
    }
    let namespace = workload.namespace;
    let (topic, kind, what) = match direction {
        Direction::Ingress => ("ingress", "Ingress", "that lets in only what each pod serves"),
        Direction::Egress => ("egress", "Egress", "that lets out only what each pod needs"),
    };
    let object = world.view.find(Kind::Namespace, "", namespace).unwrap_or(workload.object);
    let title = || format!("isolate the pods of {namespace} with a NetworkPolicy {what}");
    let policy = format!(
        "{{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{{\"name\":\
         \"default-deny-{topic}\"}},\"spec\":{{\"podSelector\":{{}},\"policyTypes\":[\"{kind}\"]}}}}"
    );
    let commands = || {
        let namespace = word(namespace);
        vec![format!("echo '{policy}' | kubectl apply --namespace {namespace} --filename -")]
    };
    Some(by_hand(builder, (object, topic), 3, title, commands))
}
