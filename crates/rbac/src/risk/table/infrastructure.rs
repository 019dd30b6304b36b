//! Storage, network and the configuration of the cluster itself.

use super::super::primitive::{Condition, Effect, Place, Primitive, Right};
use super::{CHANGE, CORE, WRITE};

pub(super) static PRIMITIVES: &[Primitive] = &[
    Primitive::new(
        "mount-the-host-by-volume",
        "mount a node's files through a persistent volume",
        Effect::Node,
        &[
            &[Right::to(&["create"], CORE, &["persistentvolumes"]).cluster_wide()],
            &[Right::to(&["create"], CORE, &["persistentvolumeclaims"])],
            &[Right::to(&["create"], CORE, &["pods"])],
        ],
        "pod security sees a claim and not that its volume is a path of the host",
    )
    .known_as(&["T1611", "MS-TA9013"]),
    Primitive::new(
        "provision-volumes",
        "have storage made or restored at will",
        Effect::Data,
        &[&[
            Right::to(&["create"], &["storage.k8s.io"], &["storageclasses"]).cluster_wide(),
            Right::to(&["create"], &["snapshot.storage.k8s.io"], &["volumesnapshots"]),
            Right::to(&["create"], &["snapshot.storage.k8s.io"], &["volumesnapshotcontents"])
                .cluster_wide(),
        ]],
        "classes hand parameters and secrets to the provisioner, and a snapshot is restored wherever its holder likes",
    )
    .when(Condition::StorageDriver),
    Primitive::new(
        "attach-volumes",
        "attach volumes of others",
        Effect::Data,
        &[&[Right::to(CHANGE, &["storage.k8s.io"], &["volumeattachments", "csidrivers"])]],
        "the attachment says which volume goes to which node, the driver what is handed to it, tokens of pods included",
    )
    .at(Place::Cluster)
    .when(Condition::StorageDriver),
    Primitive::new(
        "claim-external-addresses",
        "take over an address with a service",
        Effect::Traffic,
        &[&[
            Right::to(WRITE, CORE, &["services"]),
            Right::to(CHANGE, CORE, &["services/status"]),
        ]],
        "nodes send traffic for an external address to whichever service claims it (CVE-2020-8554)",
    )
    .known_as(&["MS-TA9036"]),
    Primitive::new(
        "write-endpoints",
        "send a service's traffic elsewhere",
        Effect::Traffic,
        &[&[
            Right::to(WRITE, CORE, &["endpoints"]),
            Right::to(WRITE, &["discovery.k8s.io"], &["endpointslices"]),
        ]],
        "endpoints say where a service's traffic ends, that of webhooks included",
    ),
    Primitive::new(
        "write-routes",
        "take over hosts and paths at the edge",
        Effect::Traffic,
        &[&[
            Right::to(WRITE, &["networking.k8s.io", "extensions"], &["ingresses"]),
            Right::to(WRITE, &["gateway.networking.k8s.io"], &[
                "gateways",
                "httproutes",
                "grpcroutes",
                "tlsroutes",
                "tcproutes",
                "udproutes",
            ]),
        ]],
        "routes choose whose pods answer for a host, and controllers have run code from their annotations",
    )
    .when(Condition::Controller),
    Primitive::new(
        "change-system-config-maps",
        "change what components of the cluster believe",
        Effect::Rights,
        &[&[Right::to(CHANGE, CORE, &["configmaps"]).named(&[
            "aws-auth",
            "coredns",
            "extension-apiserver-authentication",
            "kube-proxy",
            "kubeadm-config",
            "kubelet-config",
        ])]],
        "these hold who is an administrator, where names lead, whom extensions trust and how nodes are set up",
    )
    .at(Place::Namespace("kube-system"))
    .known_as(&["T1098", "MS-TA9035"]),
    Primitive::new(
        "evade-and-disturb",
        "open networks, remove traces, take over leadership or drive out pods",
        Effect::Disruption,
        &[&[
            Right::to(
                &["update", "patch", "delete", "deletecollection"],
                &["networking.k8s.io"],
                &["networkpolicies"],
            ),
            Right::to(&["delete", "deletecollection"], &["", "events.k8s.io"], &["events"]),
            Right::to(CHANGE, &["coordination.k8s.io"], &["leases"]),
            Right::to(WRITE, &["scheduling.k8s.io"], &["priorityclasses"]).cluster_wide(),
        ]],
        "each of these takes something away that others rely on, without reading or running anything",
    ),
];
