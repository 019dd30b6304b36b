//! Namespaces and pods that no policy isolates.

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{Direction, Passage, is_on_host_network, place};
use merlon_views::{InventoryView, PodView};

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, manual, not_applicable, pass, vector};

macro_rules! namespace {
    () => {
        "kind: Namespace\napiVersion: v1\nmetadata: {name: shop}\n"
    };
}
macro_rules! web {
    () => {
        "---
kind: Pod
apiVersion: v1
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
"
    };
}
macro_rules! cilium {
    () => {
        "---
kind: CiliumNetworkPolicy
apiVersion: cilium.io/v2
metadata: {name: all, namespace: shop}
spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}
"
    };
}
macro_rules! admin {
    ($spec:literal) => {
        concat!(
            "---
kind: AdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: all}
spec: {priority: 1, subject: {namespaces: {}}, ",
            $spec,
            "}\n"
        )
    };
}
macro_rules! baseline {
    ($spec:literal) => {
        concat!(
            "---
kind: BaselineAdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: default}
spec: {subject: {namespaces: {}}, ",
            $spec,
            "}\n"
        )
    };
}
macro_rules! policy {
    ($namespace:literal, $spec:literal) => {
        concat!(
            "---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: some, namespace: ",
            $namespace,
            "}\nspec: ",
            $spec,
            "\n"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "namespace-without-network-policy",
        title: "a namespace has no network policy",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Namespace], reads: READS, judge: any_policy },
        documentation: Documentation {
            finds: "\
Namespaces with pods and without any NetworkPolicy, whose pods no policy of administrators \
(`AdminNetworkPolicy`, `BaselineAdminNetworkPolicy`, `ClusterNetworkPolicy`) keeps from strangers \
either. Pods on the node's network do not count: policies do not act on them. Of policies of \
Cilium and Calico those count that isolate all pods and do nothing else; where others may act on \
the namespace, or what administrators' policies decide cannot be told, a person has to judge. Among manifests only namespaces are judged that are written there.",
            matters: "\
One pod that is taken over reaches every service of the cluster, databases, kubelets and the \
cloud's metadata service included.",
            options: "\
- **Deny by default, then allow**, namespace by namespace: a policy that selects all pods and has \
no rules. Observe the traffic first, and allow DNS. A new object cannot be an edit of this one.
- **A policy for the whole cluster** (`AdminNetworkPolicy`, the plugin's own kind) covers \
namespaces that come later as well.",
            acceptable: "For clusters of a single program whose pods trust each other.",
        },
        examples: &[
            fail(concat!(namespace!(), web!())),
            fail(concat!("# cluster\n", namespace!(), web!())),
            pass(concat!(namespace!(), web!(), policy!("shop", "{podSelector: {}}"))),
            // Policies do not act on the pods there, or there are none.
            not_applicable(namespace!()),
            not_applicable(concat!(
                namespace!(),
                "---
kind: Pod
apiVersion: v1
metadata: {name: agent, namespace: shop}
spec: {hostNetwork: true, containers: [{name: agent}]}
"
            )),
            // Another namespace's policy does nothing here.
            fail(concat!(namespace!(), web!(), policy!("other", "{podSelector: {}}"))),
            // Nobody can tell what the API server, which refuses it, has instead.
            error(concat!(namespace!(), web!(), policy!("shop", "{podSelector: []}"))),
            error(concat!(
                "# cluster\n# gap networkpolicies permission-denied\n",
                "kind: ConfigMap\napiVersion: v1"
            )),
            manual(concat!(namespace!(), web!(), cilium!())),
            // It isolates all pods, and does nothing else.
            pass(concat!(
                namespace!(),
                web!(),
                "---
kind: CiliumClusterwideNetworkPolicy
apiVersion: cilium.io/v2
metadata: {name: all}
spec: {endpointSelector: {}, ingress: [{}]}
"
            )),
            // Administrators shut the pods off from those that nobody names, before or after.
            pass(concat!(
                namespace!(),
                web!(),
                admin!("ingress: [{action: Deny, from: [{namespaces: {}}]}]")
            )),
            pass(concat!(
                namespace!(),
                web!(),
                baseline!("egress: [{action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}]")
            )),
            // One port, one namespace, or other pods: everything else stays open.
            fail(concat!(
                namespace!(),
                web!(),
                admin!(
                    "ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 22}}]}]"
                )
            )),
            fail(concat!(
                namespace!(),
                web!(),
                admin!("egress: [{action: Deny, to: [{networks: [169.254.169.254/32]}]}]")
            )),
            fail(concat!(
                namespace!(),
                web!(),
                "---
kind: AdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: tenants}
spec:
  priority: 1
  subject: {namespaces: {matchLabels: {tenant: a}}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"
            )),
            // A rule that nobody can read may deny or not.
            manual(concat!(namespace!(), web!(), admin!("ingress: [{action: Deny, from: [{}]}]"))),
            error(concat!(
                "# cluster\n# gap adminnetworkpolicies permission-denied\n",
                namespace!(),
                web!()
            )),
        ],
    },
    Control {
        id: "namespace-without-default-deny-ingress",
        title: "a namespace lets everybody reach the pods that no policy names",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Namespace], reads: READS, judge: ingress },
        documentation: Documentation {
            finds: "\
Namespaces that have network policies, none of which selects all pods for ingress, and that no \
policy of administrators shuts; also where one opens them, since it is asked before those of the \
namespace. Low where every pod of today is isolated by a policy of its own. Namespaces without any \
policy are found by `namespace-without-network-policy`.",
            matters: "\
The next pod, or one whose label is mistyped, is open to the whole cluster.",
            options: "\
- **Add a policy that selects all pods** and allows nothing for ingress; what others allow stays \
allowed.
- Where one selects all pods for egress alone, its `policyTypes` can name both.",
            acceptable: "Where admission gives every new pod a policy.",
        },
        examples: &[
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {matchLabels: {a: b}}}")
            )),
            // Everything of today is covered, what comes next is not.
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {matchLabels: {app: web}}}")
            )),
            // One-sided.
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}, policyTypes: [Egress]}")
            )),
            pass(concat!(namespace!(), web!(), policy!("shop", "{podSelector: {}}"))),
            pass(concat!(namespace!(), web!(), policy!("shop", "{policyTypes: [Ingress]}"))),
            not_applicable(concat!(namespace!(), web!())),
            // The baseline is for pods that no policy isolates.
            pass(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {matchLabels: {a: b}}}"),
                baseline!("ingress: [{action: Deny, from: [{namespaces: {}}]}]")
            )),
            pass(concat!(
                namespace!(),
                web!(),
                "---
kind: ClusterNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha2
metadata: {name: all}
spec:
  tier: Baseline
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"
            )),
            // An administrator's word comes before the namespace's.
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}}"),
                admin!("ingress: [{action: Allow, from: [{namespaces: {}}]}]")
            )),
            pass(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}}"),
                admin!("ingress: [{action: Pass, from: [{namespaces: {}}]}]")
            )),
            // Shut for egress alone.
            fail(concat!(
                namespace!(),
                web!(),
                admin!("egress: [{action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}]")
            )),
            pass(concat!(
                namespace!(),
                web!(),
                "---
kind: GlobalNetworkPolicy
apiVersion: crd.projectcalico.org/v1
metadata: {name: all}
spec: {selector: all(), types: [Ingress]}
"
            )),
            fail(concat!(
                namespace!(),
                web!(),
                "---
kind: CiliumNetworkPolicy
apiVersion: cilium.io/v2
metadata: {name: all, namespace: shop}
spec: {endpointSelector: {}, egress: [{}]}
"
            )),
            // Two of one rank disagree.
            manual(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}}"),
                admin!("ingress: [{action: Allow, from: [{namespaces: {}}]}]"),
                "---
kind: AdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: other}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"
            )),
        ],
    },
    Control {
        id: "namespace-without-default-deny-egress",
        title: "a namespace lets pods that no policy names reach everything",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::Namespace], reads: READS, judge: egress },
        documentation: Documentation {
            finds: "\
Namespaces that have network policies, none of which selects all pods for egress: the usual \
default deny is for ingress alone. Low where every pod of today is isolated by a policy of its \
own. Policies of administrators count: one that denies all addresses shuts the namespace, one that \
allows them opens it.",
            matters: "\
A pod that is taken over sends data out, fetches tools, asks the metadata service for the node's \
credentials and talks to kubelets.",
            options: "\
- **Name both directions** in the policy that denies by default, and allow DNS: \
`to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]` with port \
53 of UDP and TCP.
- **Allow the internet without the inside** where programs need it: an `ipBlock` with `except`.",
            acceptable: "Where a proxy or firewall outside the cluster decides what may leave.",
        },
        examples: &[
            // The policy is for ingress, as it says nothing else.
            fail(concat!(namespace!(), web!(), policy!("shop", "{podSelector: {}}"))),
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}, policyTypes: [Ingress]}")
            )),
            // No rule and no type: not about egress.
            fail(concat!(namespace!(), web!(), policy!("shop", "{podSelector: {}, egress: []}"))),
            pass(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
            )),
            pass(concat!(
                namespace!(),
                web!(),
                policy!(
                    "shop",
                    "{podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}]}]}"
                )
            )),
            not_applicable(concat!(namespace!(), web!())),
            pass(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}}"),
                baseline!("egress: [{action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}]")
            )),
            // Pods are shut off, what is outside is not.
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}}"),
                baseline!("egress: [{action: Deny, to: [{namespaces: {}}]}]")
            )),
            fail(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
                admin!("egress: [{action: Allow, to: [{networks: [0.0.0.0/0, '::/0']}]}]")
            )),
            // Whether the cluster has addresses of IPv6, no manifest tells.
            manual(concat!(
                namespace!(),
                web!(),
                policy!("shop", "{podSelector: {}}"),
                admin!("egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]")
            )),
        ],
    },
    Control {
        id: "pod-without-network-policy",
        title: "no network policy selects a pod",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: selected },
        documentation: Documentation {
            finds: "\
Pods that no NetworkPolicy selects, although there are policies in their namespace, or among the \
manifests they are written with. A namespace without any policy is one finding of \
`namespace-without-network-policy`. Pods that policies of administrators keep from strangers \
pass. Where policies of network plugins may act, or nobody can tell what administrators' decide, \
the controls on namespaces ask for a person and this one is silent.",
            matters: "\
The pod is open to the whole cluster and reaches all of it; often a label was renamed and the \
policy was not.",
            options: "\
- **Give the pod the labels** that a policy selects, or select it by a policy of its own. Which \
of them is meant, no tool can know.
- **A default deny** for the namespace covers all.",
            acceptable: "For pods that are meant to be reached by all, such as DNS.",
        },
        examples: &[
            fail(concat!(web!(), policy!("shop", "{podSelector: {matchLabels: {app: db}}}"))),
            fail(concat!(
                web!(),
                policy!(
                    "shop",
                    "{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}"
                )
            )),
            pass(concat!(web!(), policy!("shop", "{podSelector: {matchLabels: {app: web}}}"))),
            pass(concat!(
                web!(),
                policy!(
                    "shop",
                    "{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [db]}]}}"
                )
            )),
            // An empty selector selects all pods, a missing one too.
            pass(concat!(web!(), policy!("shop", "{}"))),
            // The labels of the template count, not those of the deployment.
            fail(concat!(
                "\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {template: {spec: {containers: [{name: web}]}}}
",
                policy!("shop", "{podSelector: {matchLabels: {app: web}}}")
            )),
            // Nothing says that the cluster has no policies.
            not_applicable(web!()),
            not_applicable(concat!("# cluster\n", namespace!(), web!())),
            error(concat!(web!(), policy!("shop", "{podSelector: text}"))),
            pass(concat!(
                web!(),
                policy!("shop", "{podSelector: {matchLabels: {app: db}}}"),
                baseline!("ingress: [{action: Deny, from: [{namespaces: {}}]}]")
            )),
            not_applicable(concat!(
                web!(),
                policy!("shop", "{podSelector: {matchLabels: {app: db}}}"),
                baseline!("ingress: [{action: Deny, from: [{}]}]")
            )),
            // Cilium's policy may well select it.
            not_applicable(concat!(
                web!(),
                cilium!(),
                policy!("shop", "{podSelector: {matchLabels: {app: db}}}")
            )),
        ],
    },
];

/// Everything that may isolate a pod.
pub(super) const READS: &[Kind] = &[
    Kind::Pod,
    Kind::NetworkPolicy,
    Kind::AdminNetworkPolicy,
    Kind::BaselineAdminNetworkPolicy,
    Kind::ClusterNetworkPolicy,
    Kind::CiliumClusterwideNetworkPolicy,
    Kind::GlobalNetworkPolicy,
    Kind::CiliumNetworkPolicy,
    Kind::CalicoNetworkPolicy,
];

/// What keeps anybody from judging by the policies that are read; `passages` are what these say.
fn undecided<'a>(
    view: &InventoryView<'a>,
    namespace: &'a str,
    passages: &[Passage],
) -> Option<Verdict<'a>> {
    let network = view.network();
    // What could not be listed is an error already, and may shut what seems open.
    if READS.iter().any(|kind| view.inventory.gap_of(*kind).is_some()) {
        return Some(Verdict::NotApplicable);
    }
    if let Some(policy) = network.malformed_in(namespace) {
        let name = policy.reference();
        return Some(Verdict::Error(format!("the API server refuses {name}")));
    }
    if let Some(policy) = network.other_policy(namespace) {
        let policy = policy.reference();
        let why = format!("{policy} may isolate its pods: a person has to read what it says");
        return Some(Verdict::Manual(why));
    }
    if !passages.contains(&Passage::Unknown) {
        return None;
    }
    let mut directions = [Direction::Ingress, Direction::Egress].into_iter();
    let policy = directions.find_map(|it| network.admin_policy(namespace, it));
    let policy =
        policy.map_or("administrators' policies".to_owned(), |it| it.reference().to_string());
    let why = format!("what {policy} decides for its pods cannot be told from the objects");
    Some(Verdict::Manual(why))
}

/// What follows "the namespace has no …" where others may exist.
fn known(view: &InventoryView<'_>) -> &'static str {
    if view.is_cluster() { "" } else { " among these manifests" }
}

const DENY: &str = "\
write a policy that selects all pods: {kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, \
metadata: {name: default-deny}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}, with \
further ones that allow what is needed, DNS first";
const APPLY: &[&str] = &["kubectl apply -n NAMESPACE -f default-deny.yaml"];

/// Namespaces of the control plane, whose pods come with the cluster.
fn is_system(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
        || namespace.starts_with("openshift-")
}

fn any_policy<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let (network, name) = (view.network(), object.name());
    if network.pods_of(view, name).next().is_none() {
        return Ok(Verdict::NotApplicable);
    }
    if network.of_namespace(name).next().is_some() {
        return Ok(Verdict::Pass);
    }
    let passages = [Direction::Ingress, Direction::Egress].map(|it| of_pods(view, name, it));
    if passages.contains(&Passage::Shut) {
        return Ok(Verdict::Pass);
    }
    if let Some(verdict) = undecided(view, name, &passages) {
        return Ok(verdict);
    }
    let message = format!("the namespace has pods and no network policy{}", known(view));
    let mut flaw = flaw(place(&object.root, &["metadata", "name"]), message).step(DENY, APPLY);
    if is_system(name) || !view.is_cluster() {
        flaw = flaw.at_most(Severity::Low);
    }
    flaw.into()
}

/// What strangers' connections with the pods of a namespace become: with one that has no labels,
/// or where that is open with those of today.
fn of_pods<'a>(view: &InventoryView<'a>, namespace: &'a str, direction: Direction) -> Passage {
    let network = view.network();
    let next = network.by_default_in(namespace, direction);
    let is_shut = |pod| network.by_default(pod, direction) == Passage::Shut;
    let is_covered = || network.pods_of(view, namespace).all(is_shut);
    if next == Passage::Open && is_covered() { Passage::Shut } else { next }
}

fn ingress<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    default_deny(view, object, Direction::Ingress, "no policy isolates all pods for ingress")
}

fn egress<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    default_deny(view, object, Direction::Egress, "no policy isolates all pods for egress")
}

fn default_deny<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    direction: Direction,
    message: &str,
) -> Judged<'a> {
    let (network, name) = (view.network(), object.name());
    let has_pods = network.pods_of(view, name).next().is_some();
    let has_policy = || {
        let mut directions = [Direction::Ingress, Direction::Egress].into_iter();
        network.of_namespace(name).next().is_some()
            || directions.any(|it| of_pods(view, name, it) == Passage::Shut)
    };
    if !has_pods || !has_policy() {
        return Ok(Verdict::NotApplicable);
    }
    let passage = network.by_default_in(name, direction);
    if passage == Passage::Shut {
        return Ok(Verdict::Pass);
    }
    if let Some(verdict) = undecided(view, name, &[passage]) {
        return Ok(verdict);
    }
    let is_shut = |pod| network.by_default(pod, direction) == Passage::Shut;
    let is_covered = network.pods_of(view, name).all(is_shut);
    if let Some(policy) = network.admin_policy(name, direction)
        && network.is_decided_for(name, direction)
    {
        let message = format!(
            "{} allows everything before policies of the namespace are asked",
            policy.reference()
        );
        return flaw(place(&object.root, &["metadata", "name"]), message)
            .step(
                "let the rule pass what it allows on to the policies of namespaces, or narrow it",
                &["kubectl get adminnetworkpolicies,clusternetworkpolicies -o yaml"],
            )
            .into();
    }
    let message = if is_covered {
        format!("{message}{}: those of today are isolated one by one", known(view))
    } else {
        format!("{message}{}", known(view))
    };
    // Those of network plugins have no such field.
    let one_sided = network.of_namespace(name).find(|policy| {
        policy.selector.is_everything() && view.kind_of(policy.object) == Some(Kind::NetworkPolicy)
    });
    let mut flaw = match one_sided {
        Some(policy) => {
            let types = place(&policy.object.root, &["spec", "policyTypes"]);
            flaw(types, message)
                .of_object(policy.object)
                .set(vec!["Ingress", "Egress"])
                .needs_review()
        }
        None => flaw(place(&object.root, &["metadata", "name"]), message).step(DENY, APPLY),
    };
    if is_covered || is_system(name) || !view.is_cluster() {
        flaw = flaw.at_most(Severity::Low);
    }
    flaw.into()
}

fn selected<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let network = view.network();
    if is_on_host_network(pod) {
        return Ok(Verdict::NotApplicable);
    }
    if network.selecting(pod).next().is_some() {
        return Ok(Verdict::Pass);
    }
    let passages =
        [Direction::Ingress, Direction::Egress].map(|direction| network.by_default(pod, direction));
    if passages.contains(&Passage::Shut) {
        return Ok(Verdict::Pass);
    }
    match undecided(view, pod.namespace, &passages) {
        // The namespace's controls ask for a person once, not pod by pod.
        Some(Verdict::Manual(_)) => return Ok(Verdict::NotApplicable),
        Some(verdict) => return Ok(verdict),
        None => {}
    }
    if network.of_namespace(pod.namespace).next().is_none() {
        // Nothing to compare with, or the namespace is the finding.
        let is_evident = !view.is_cluster() && !network.policies.is_empty();
        if !is_evident || view.find(Kind::Namespace, "", pod.namespace).is_some() {
            return Ok(Verdict::NotApplicable);
        }
    }
    let message = format!("no network policy{} selects the pod", known(view));
    let labels = match pod.metadata {
        Some(metadata) => place(metadata, &["labels"]),
        None => place(&pod.object.root, &["metadata", "labels"]),
    };
    let mut flaw = flaw(labels, message).step(
        "give the pod labels that a policy selects, or write a policy that selects it",
        &["kubectl get networkpolicies -n NAMESPACE -o yaml"],
    );
    if is_system(pod.namespace) || !view.is_cluster() {
        flaw = flaw.at_most(Severity::Low);
    }
    flaw.into()
}
