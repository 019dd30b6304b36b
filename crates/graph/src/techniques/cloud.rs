//! Roles in the cloud account: those of the nodes' machines, and those that service accounts stand for.

mod aws_auth;

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Confidence, Kind};
use merlon_snapshot::Object;
use merlon_views::objects::{Passage, PodView, is_on_host_network, place};
use merlon_yaml::Node;

use super::network::Places;
use crate::builder::Builder;
use crate::change::{by_hand, word};
use crate::fact::{Ability, Fact, Network};
use crate::graph::Basis;
use crate::search::ChangeId;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&METADATA_CREDENTIALS, &MACHINE_ROLE, &ACCOUNT_ROLE, &aws_auth::MAPPED_ROLE];

static METADATA_CREDENTIALS: Technique = Technique {
    id: "metadata-credentials",
    title: "ask the metadata service for the machine's credentials",
    reason: "the cloud gives a machine's credentials to whatever on it asks 169.254.169.254, and a limit on hops is not seen from here",
    references: &["T1552.005", "MS-TA9033"],
    confidence: Confidence::Likely,
    controls: &["network-policy-egress-to-metadata", "namespace-without-default-deny-egress"],
    examples: &[
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: a}
spec: {providerID: 'aws:///eu-west-1a/i-0123456789abcdef0'}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: a, containers: [{name: web, image: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]
",
            from: "pod shop/web",
            to: "cloud-role",
            without: &[
                ("except: [10.0.0.0/8]", "except: [169.254.0.0/16]"),
                ("'aws:///eu-west-1a/i-0123456789abcdef0'", "'kind://docker/kind/a'"),
            ],
        },
        // An administrator opens what the namespace shuts, but for what is denied before.
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: a}
spec: {providerID: 'aws:///eu-west-1a/i-0123456789abcdef0'}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: a, containers: [{name: web, image: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: outside}
spec:
  priority: 5
  subject: {namespaces: {}}
  egress:
  - {action: Deny, to: [{networks: [10.0.0.0/8]}]}
  - {action: Allow, to: [{networks: [0.0.0.0/0]}]}
",
            from: "pod shop/web",
            to: "cloud-role",
            without: &[
                ("networks: [10.0.0.0/8]", "networks: [10.0.0.0/8, 169.254.169.254/32]"),
                ("action: Allow", "action: Pass"),
                (
                    "{namespaces: {}}",
                    "{namespaces: {matchLabels: {kubernetes.io/metadata.name: other}}}",
                ),
            ],
        },
        // Google's metadata server stands between pods and the machine's account, but for pods on the node's network.
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: a, labels: {iam.gke.io/gke-metadata-server-enabled: 'true'}}
spec: {providerID: 'gce://project/europe-west1-b/a'}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: a, hostNetwork: true, containers: [{name: web, image: web}]}
",
            from: "pod shop/web",
            to: "cloud-role",
            without: &[("hostNetwork: true", "hostNetwork: false")],
        },
    ],
};

static MACHINE_ROLE: Technique = Technique {
    id: "machine-role",
    title: "use the role of the node's machine",
    reason: "root on a machine gets the credentials that the cloud gives it",
    references: &["T1552.005", "MS-TA9020"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: &[Example {
        objects: "
# cluster
apiVersion: v1
kind: Node
metadata: {name: a}
spec: {providerID: 'azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/a'}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec: {nodeName: a, containers: [{name: agent, image: agent, securityContext: {privileged: true}}]}
",
        from: "pod ops/agent",
        to: "cloud-role",
        without: &[("privileged: true", "privileged: false"), ("'azure:///", "'baremetal:///")],
    }],
};

static ACCOUNT_ROLE: Technique = Technique {
    id: "service-account-cloud-role",
    title: "act with the cloud role of the service account",
    reason: "the cloud trusts tokens of the service account, and gives its role for them",
    references: &["T1078.004", "MS-TA9020"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: ServiceAccount
metadata:
  name: cart
  namespace: shop
  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/cart'}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: cart, automountServiceAccountToken: false, containers: [{name: web, image: web}]}
",
            from: "pod shop/web",
            to: "cloud-role arn:aws:iam::111122223333:role/cart",
            without: &[
                ("serviceAccountName: cart", "serviceAccountName: other"),
                ("eks.amazonaws.com/role-arn", "example.com/role-arn"),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: ServiceAccount
metadata:
  name: cart
  namespace: shop
  annotations: {azure.workload.identity/client-id: 00000000-1111-2222-3333-444444444444}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {azure.workload.identity/use: 'true'}}
spec: {serviceAccountName: cart, automountServiceAccountToken: false, containers: [{name: web, image: web}]}
",
            from: "pod shop/web",
            to: "cloud-role",
            without: &[("identity/use: 'true'", "identity/use: 'false'")],
        },
        Example {
            objects: "
apiVersion: v1
kind: ServiceAccount
metadata:
  name: cart
  namespace: shop
  annotations: {iam.gke.io/gcp-service-account: cart@project.iam.gserviceaccount.com}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules: [{apiGroups: [''], resources: [pods], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
",
            from: "user jane",
            to: "cloud-role",
            without: &[("verbs: [create]", "verbs: [list]")],
        },
    ],
};

/// The clouds whose machines have roles, by the scheme of `spec.providerID`, with what their role is called here.
const MACHINE_ROLES: &[(&str, &str)] = &[
    ("aws", "node role of aws"),
    ("gce", "node account of gce"),
    ("azure", "node identity of azure"),
];

fn machine_role(cloud: &str) -> Option<&'static str> {
    MACHINE_ROLES.iter().find(|(own, _)| *own == cloud).map(|(_, role)| *role)
}

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    places: &Places<'w>,
) {
    add_metadata(world, builder, places);
    for (name, node) in &world.nodes {
        if let Some(role) = node.cloud.and_then(machine_role) {
            let basis = provider(node.object);
            builder.step(
                &MACHINE_ROLE,
                &[Fact::Node(name)],
                Fact::CloudRole(role),
                vec![basis],
                &[],
            );
        }
    }
    let clouds: BTreeSet<Option<&str>> = world.nodes.values().map(|node| node.cloud).collect();
    let clouds: Vec<Option<&str>> = clouds.into_iter().collect();
    if let [Some(cloud)] = clouds[..]
        && let Some(role) = machine_role(cloud)
    {
        let basis = Basis::Note("all nodes are machines of one cloud");
        builder.step(&MACHINE_ROLE, &[Fact::SomeNode], Fact::CloudRole(role), vec![basis], &[]);
    }
    let roles = add_accounts(world, builder);
    aws_auth::add(world, builder, &roles);
}

fn provider(node: &Object) -> Basis<'_> {
    let statement = "the node is a machine of the cloud";
    Basis::Object(node, place(&node.root, &["spec", "providerID"]), statement)
}

fn add_metadata<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>, places: &Places<'w>) {
    for sender in &places.senders {
        let Some(first) = sender.members.first() else { continue };
        let Some(workload) = world.workload(*first) else { continue };
        let nodes: Vec<_> = match world.nodes_of(workload) {
            [] => world.nodes.values().collect(),
            names => names.iter().filter_map(|name| world.nodes.get(name)).collect(),
        };
        let on_host = is_on_host_network(workload);
        let open = nodes.iter().filter(|node| on_host || !conceals(node.object));
        let mut by_role: BTreeMap<&'static str, &'w Object> = BTreeMap::new();
        for node in open {
            if let Some(role) = node.cloud.and_then(machine_role) {
                by_role.entry(role).or_insert(node.object);
            }
        }
        let passage = passage_to_metadata(world, workload);
        if by_role.is_empty() || !passage.may() {
            continue;
        }
        // What policies of other kinds refuse is not known.
        let other = world.view.network().other_policy(workload.namespace).filter(|_| !on_host);
        let is_sure = other.is_none() && passage == Passage::Open;
        let confidence =
            if is_sure { METADATA_CREDENTIALS.confidence } else { Confidence::Assumed };
        for (role, node) in by_role {
            let changes: Vec<ChangeId> =
                if on_host { Vec::new() } else { vec![block(world, builder, workload, node)] };
            let premise = [Fact::Network(Network::From(*first))];
            let (role, basis) = (Fact::CloudRole(role), vec![provider(node)]);
            let technique = &METADATA_CREDENTIALS;
            builder.step_with(technique, confidence, &premise, role, basis, &changes);
        }
    }
}

/// Whether the node has Google's metadata server, which gives pods the account of theirs and not the machine's.
fn conceals(node: &Object) -> bool {
    let label = node.root.path(&["metadata", "labels", "iam.gke.io/gke-metadata-server-enabled"]);
    label.and_then(Node::as_str) == Some("true")
}

fn passage_to_metadata<'w, 'a: 'w>(world: &World<'w, 'a>, workload: &'w PodView<'a>) -> Passage {
    let network = world.view.network();
    Passage::any(network.metadata().map(|address| network.egress(workload, address, "TCP", 80)))
}

fn block<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    workload: &'w PodView<'a>,
    node: &'w Object,
) -> ChangeId {
    let namespace = workload.namespace;
    let object = world.view.find(Kind::Namespace, "", namespace).unwrap_or(workload.object);
    let title = || {
        format!(
            "keep the pods of {namespace} from 169.254.169.254 with a NetworkPolicy, or limit the hops of the metadata service"
        )
    };
    let provider = node.root.path(&["spec", "providerID"]).and_then(Node::as_str);
    let machine = provider.and_then(|it| it.strip_prefix("aws://")?.rsplit('/').next());
    let commands = || {
        let limit = machine.map(|id| {
            format!(
                "aws ec2 modify-instance-metadata-options --instance-id {id} --http-tokens required \
                 --http-put-response-hop-limit 1"
            )
        });
        limit.into_iter().collect()
    };
    by_hand(builder, (object, "metadata"), 3, title, commands)
}

/// Annotations by which service accounts stand for cloud roles, with the label that their pods need besides.
const ROLES: &[(&str, Option<&str>)] = &[
    ("eks.amazonaws.com/role-arn", None),
    ("iam.gke.io/gcp-service-account", None),
    ("azure.workload.identity/client-id", Some("azure.workload.identity/use")),
];

/// Adds what service accounts stand for, and tells the roles.
///
/// A token for the API server is none for the cloud, as its audience is another: whoever holds the account alone has to
/// ask for one of the cloud's, so that step is not sure.
fn add_accounts<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) -> BTreeSet<&'w str> {
    let mut roles = BTreeSet::new();
    for object in world.view.of_kind(Kind::ServiceAccount) {
        let (namespace, name) = (world.view.namespace_of(object), object.name());
        for (key, label) in ROLES {
            let annotations = object.root.path(&["metadata", "annotations"]);
            let Some(entry) = annotations.and_then(|it| it.get(key)) else { continue };
            let Some(role) = entry.as_str().filter(|role| !role.is_empty()) else { continue };
            roles.insert(role);
            let title = || format!("take {key} away from {}", object.reference());
            let command = || {
                vec![format!(
                    "kubectl annotate --namespace {} serviceaccount {} {key}-",
                    word(namespace),
                    word(name)
                )]
            };
            let change = by_hand(builder, (object, "cloud-role"), 3, title, command);
            let place = merlon_views::objects::Place::Node(entry);
            let basis = Basis::Object(object, place, "the service account stands for a cloud role");
            let role = Fact::CloudRole(role);
            for number in world.running_as(namespace, name) {
                let Some(workload) = world.workload(*number) else { continue };
                if label.is_some_and(|label| workload.label(label) != Some("true")) {
                    continue;
                }
                for (at, _) in (0..).zip(&workload.containers) {
                    let inside = [Fact::Container(*number, at)];
                    builder.step(&ACCOUNT_ROLE, &inside, role, vec![basis], &[change]);
                }
            }
            let account = Fact::ServiceAccount(namespace, name);
            let any = Fact::Ability(Ability::UseServiceAccounts, Some(namespace));
            for premise in [account, any] {
                builder.step(&ACCOUNT_ROLE, &[premise], role, vec![basis], &[change]);
            }
        }
    }
    roles
}
