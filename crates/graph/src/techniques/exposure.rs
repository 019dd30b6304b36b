//! Ways in from the internet, to the containers that listen where they end.

pub(super) use merlon_views::objects::is_public;

use merlon_model::Confidence;
use merlon_views::objects::{Direction, Exposure, Place, PodView, Way, WayIn, is_on_host_network};

use super::network::{add_open_interface, isolate};
use crate::builder::Builder;
use crate::change::{by_hand, kubectl, set_in_object, set_in_pod, take_out};
use crate::fact::Fact;
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&EXPLOIT_EXPOSED];

static EXPLOIT_EXPOSED: Technique = Technique {
    id: "exploit-exposed-service",
    title: "break into the program from the internet",
    reason: "whoever reaches a program's port takes it over where the program has a hole",
    references: &["T1190", "MS-TA9004"],
    confidence: Confidence::Assumed,
    controls: &[
        "service-load-balancer-public",
        "service-node-port",
        "service-external-ips",
        "container-host-port",
        "pod-host-network",
        "service-administration-exposed",
    ],
    examples: &[
        Example {
            objects: "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {team: shop}}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 8080}]}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[
                ("type: LoadBalancer", "type: ClusterIP"),
                ("selector: {app: web}", "selector: {app: api}"),
                ("spec: {type", "spec: {loadBalancerSourceRanges: [192.0.2.0/24], type"),
                ("{team: shop}", "{networking.gke.io/load-balancer-type: Internal}"),
                (
                    "ports: [{port: 80, targetPort: 8080}]}",
                    "ports: [{port: 80, targetPort: http}]}",
                ),
                ("cidr: 0.0.0.0/0", "cidr: 192.0.2.0/24"),
                ("ports: [{port: 8080}]", "ports: [{port: 80}]"),
                (
                    "kind: Service\n",
                    "kind: Service\nstatus: {loadBalancer: {ingress: [{ip: 10.0.0.7}]}}\n",
                ),
            ],
        },
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: a}
status: {addresses: [{type: ExternalIP, address: 198.51.100.7}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[
                ("type: NodePort", "type: ClusterIP"),
                ("198.51.100.7", "10.0.0.7"),
                ("name: http", "name: other"),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {team: shop}}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}]}}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[
                ("service: {name: web, port", "service: {name: other, port"),
                ("{name: http}", "{name: metrics}"),
                (
                    "{team: shop}",
                    "{nginx.ingress.kubernetes.io/auth-url: 'https://login.example.com'}",
                ),
                (
                    "{team: shop}",
                    "{nginx.ingress.kubernetes.io/whitelist-source-range: 192.0.2.0/24}",
                ),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80}]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: edge}
status: {addresses: [{value: 198.51.100.7}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[
                ("parentRefs: [{name: edge}]", "parentRefs: [{kind: Service, name: edge}]"),
                ("port: 80}]}]}", "port: 81}]}]}"),
                ("198.51.100.7", "10.0.0.7"),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080, hostPort: 80}]}]}
---
apiVersion: v1
kind: Node
metadata: {name: a}
status: {addresses: [{type: ExternalIP, address: 203.0.113.9}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[
                (", hostPort: 80", ""),
                ("hostPort: 80", "hostPort: 80, hostIP: 127.0.0.1"),
                ("address: 203.0.113.9", "address: 10.0.0.9"),
                // Nothing is known of the node.
                ("status: {addresses: [{type: ExternalIP, address: 203.0.113.9}]}", ""),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec: {hostNetwork: true, containers: [{name: agent, image: agent, ports: [{containerPort: 9100}]}]}
---
apiVersion: v1
kind: Node
metadata: {name: a}
status: {addresses: [{type: ExternalIP, address: 203.0.113.9}]}
",
            from: "internet",
            to: "pod ops/agent",
            without: &[
                ("hostNetwork: true", "hostNetwork: false"),
                (", ports: [{containerPort: 9100}]", ""),
                ("203.0.113.9", "192.168.0.9"),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, externalIPs: [198.51.100.7], ports: [{port: 80, targetPort: 8080}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[("198.51.100.7", "10.0.0.7"), ("externalIPs: [198.51.100.7], ", "")],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec: {gateways: [edge], http: [{route: [{destination: {host: web, port: {number: 80}}}]}]}
",
            from: "internet",
            to: "pod shop/web",
            without: &[("gateways: [edge]", "gateways: [mesh]"), ("number: 80", "number: 81")],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: web, namespace: shop}
spec: {to: {kind: Service, name: web}, port: {targetPort: http}}
",
            from: "internet",
            to: "pod shop/web",
            without: &[
                ("to: {kind: Service, name: web}", "to: {kind: Service, name: api}"),
                ("targetPort: http", "targetPort: other"),
            ],
        },
    ],
};

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for (number, workload) in world.workloads() {
        for way in world.view.ways_in(workload) {
            // Most nodes are not on the internet, and nothing says that this one is.
            if way.is_doubtful && matches!(way.exposure.way, Way::HostPort | Way::HostNetwork) {
                continue;
            }
            let changes = changes(world, builder, workload, &way);
            let Exposure { object, place, way: kind, .. } = way.exposure;
            let basis = vec![Basis::Object(object, place, statement(kind))];
            let inside = Fact::Container(number, way.container);
            let premise = [Fact::Internet];
            builder.step(&EXPLOIT_EXPOSED, &premise, inside, basis, &changes);
            let at = (number, way.container);
            add_open_interface(world, builder, Fact::Internet, at, &changes);
        }
    }
}

const fn statement(way: Way) -> &'static str {
    match way {
        Way::LoadBalancer => "a load balancer leads to it",
        Way::NodePort => "a port of every node leads to it",
        Way::ExternalAddress => "an external address leads to it",
        Way::Ingress => "an Ingress leads to it",
        Way::Gateway => "a route of a gateway leads to it",
        Way::IstioGateway => "a VirtualService at a gateway leads to it",
        Way::OpenShiftRoute => "a Route leads to it",
        Way::HostPort => "a port of its node leads to it",
        Way::HostNetwork => "it listens on its node's network",
    }
}

/// What closes a way: the exposing object, or a policy that lets only some in.
fn changes<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    workload: &'w PodView<'a>,
    way: &WayIn<'w>,
) -> Vec<ChangeId> {
    let object = way.exposure.object;
    let close = match way.exposure.way {
        Way::LoadBalancer | Way::NodePort => {
            set_in_object(world, builder, object, &["spec", "type"], &"ClusterIP".into())
        }
        Way::HostNetwork => set_in_pod(world, builder, workload, &["hostNetwork"], &false.into()),
        Way::ExternalAddress | Way::HostPort => {
            let Place::Node(node) = way.exposure.place else { return Vec::new() };
            {
                let title = || match way.exposure.way {
                    Way::HostPort => format!("take the hostPort out of {}", object.reference()),
                    _ => format!("take externalIPs out of {}", object.reference()),
                };
                take_out(world, builder, (object, node), title)
            }
        }
        Way::Ingress | Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute => {
            let reference = object.reference();
            let title = || format!("delete {reference}, or put a login in front of it");
            by_hand(builder, (object, "exposed"), 3, title, || vec![kubectl("delete", object)])
        }
    };
    let mut changes = vec![close];
    if !is_on_host_network(workload) {
        changes.extend(isolate(world, builder, workload, Direction::Ingress));
    }
    changes
}
