//! Running code, and stealing the tokens of what runs.

use super::super::primitive::{Condition, Effect, Place, Primitive, Right};
use super::{CHANGE, CORE, WRITE};
use crate::release::Gate;

const CREATE_PODS: Right = Right::to(&["create"], CORE, &["pods"]);
/// Since 1.35 an upgrade to WebSocket needs `create` as well.
const BY_GET: Gate = Gate::AuthorizePodWebsocketUpgradeCreatePermission;

const fn over_websocket(resources: &'static [&'static str]) -> Right {
    Right::to(&["get"], CORE, resources).gated(BY_GET, false)
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    Primitive::new(
        "create-pods",
        "create a pod that runs as any service account of the namespace",
        Effect::Identity,
        &[&[CREATE_PODS]],
        "admission does not ask whether the creator may use the service account, secrets or volumes that a pod names",
    )
    .known_as(&["T1610", "MS-TA9008", "MS-TA9016"]),
    Primitive::new(
        "write-workloads",
        "create or change a workload whose pods run as any service account of the namespace",
        Effect::Identity,
        &[&[
            Right::to(
                WRITE,
                &["apps"],
                &["deployments", "daemonsets", "statefulsets", "replicasets"],
            ),
            Right::to(WRITE, &["batch"], &["jobs", "cronjobs"]),
            Right::to(WRITE, CORE, &["replicationcontrollers"]),
        ]],
        "controllers make the pods, so the rights of the controllers and not those of the writer count",
    )
    .known_as(&["T1610", "MS-TA9008", "MS-TA9014"]),
    Primitive::new(
        "create-privileged-pods",
        "create a pod that is root on its node",
        Effect::Node,
        &[&[CREATE_PODS]],
        "a privileged pod, or one with a host path or the host's processes, is not separated from its node",
    )
    .when(Condition::PodAdmission)
    .known_as(&["T1610", "T1611", "MS-TA9013", "MS-TA9018"]),
    Primitive::new(
        "create-pods-on-the-control-plane",
        "create a pod on a control plane node and take the keys of the cluster",
        Effect::Rights,
        &[&[CREATE_PODS]],
        "the node's files hold the authority's key, with which any certificate and token can be made",
    )
    .when(Condition::ControlPlaneNode)
    .known_as(&["T1610", "T1611", "MS-TA9013"]),
    Primitive::new(
        "change-pods",
        "put another image into a pod that runs",
        Effect::Identity,
        &[&[Right::to(CHANGE, CORE, &["pods"])]],
        "the image of a running pod can be changed, and then runs with the pod's service account and volumes",
    )
    .known_as(&["T1610", "MS-TA9012"]),
    Primitive::new(
        "add-ephemeral-containers",
        "add a container to a pod that runs",
        Effect::Code,
        &[&[Right::to(CHANGE, CORE, &["pods/ephemeralcontainers"])]],
        "the new container shares the pod's network and, when asked for, its processes and their memory",
    )
    .known_as(&["T1609", "MS-TA9011"]),
    Primitive::new(
        "exec-in-pods",
        "run a command in a pod",
        Effect::Code,
        &[&[
            Right::to(&["create"], CORE, &["pods/exec"]),
            over_websocket(&["pods/exec"]),
        ]],
        "the command has all that the container has, its service account's token included",
    )
    .known_as(&["T1609", "MS-TA9006"]),
    Primitive::new(
        "attach-to-pods",
        "talk to the main process of a container",
        Effect::Code,
        &[&[
            Right::to(&["create"], CORE, &["pods/attach"]),
            over_websocket(&["pods/attach"]),
        ]],
        "a process that reads its standard input, such as a shell, obeys",
    )
    .known_as(&["T1609", "MS-TA9006"]),
    Primitive::new(
        "forward-ports",
        "reach ports inside of a pod",
        Effect::Traffic,
        &[&[
            Right::to(&["create"], CORE, &["pods/portforward"]),
            over_websocket(&["pods/portforward"]),
        ]],
        "the connection comes from the node, past network policies, and reaches what listens on loopback",
    ),
    Primitive::new(
        "proxy-to-pods-and-services",
        "send requests to pods and services through the API server",
        Effect::Traffic,
        &[&[Right::to(
            &["get", "create", "update", "patch", "delete"],
            CORE,
            &["pods/proxy", "services/proxy"],
        )]],
        "requests come from the API server, which internal services and network policies often trust",
    ),
    Primitive::new(
        "read-logs",
        "read the logs of pods",
        Effect::Secrets,
        &[&[Right::to(&["get"], CORE, &["pods/log"])]],
        "programs print credentials; and where a pod can put a link into the node's log directory, any file is read",
    )
    .known_as(&["T1552"]),
    Primitive::new(
        "bind-pods-to-nodes",
        "put a waiting pod onto a chosen node",
        Effect::Node,
        &[&[Right::to(&["create"], CORE, &["pods/binding", "bindings"])]],
        "a binding is the scheduler's word, so nothing that only the scheduler looks at holds the pod back",
    ),
    Primitive::new(
        "steal-pods",
        "drive pods off their nodes onto one that is owned",
        Effect::Identity,
        &[
            &[
                Right::to(&["create"], CORE, &["pods/eviction"]),
                Right::to(&["delete", "deletecollection"], CORE, &["pods"]),
            ],
            &[Right::to(CHANGE, CORE, &["nodes", "nodes/status"]).cluster_wide()],
        ],
        "pods that are driven off go where there is room, and other nodes can be made to have none",
    )
    .known_as(&["T1528"]),
    Primitive::new(
        "get-node-proxy",
        "run commands in every pod through the kubelet",
        Effect::Code,
        &[&[Right::to(&["get"], CORE, &["nodes/proxy"])]],
        "the kubelet takes a WebSocket for a read, so get is enough to run commands, unseen by admission and pod audit",
    )
    .at(Place::Cluster)
    .known_as(&["T1609", "MS-TA9030"]),
    Primitive::new(
        "create-node-proxy",
        "run commands and take memory dumps through the kubelet",
        Effect::Code,
        &[&[Right::to(&["create"], CORE, &["nodes/proxy"])]],
        "the kubelet's own interface runs commands and makes checkpoints for whoever may post to it",
    )
    .at(Place::Cluster)
    .known_as(&["T1609", "MS-TA9030"]),
    Primitive::new(
        "read-node-logs",
        "read log files and services of nodes",
        Effect::Secrets,
        &[&[Right::to(&["get"], CORE, &["nodes/log"])]],
        "the kubelet serves the files below /var/log, and journals where that is turned on",
    )
    .at(Place::Cluster)
    .when(Condition::KubeletFeature)
    .known_as(&["T1552", "MS-TA9030"]),
    Primitive::new(
        "checkpoint-containers",
        "dump the memory of containers",
        Effect::Secrets,
        &[&[Right::to(&["create"], CORE, &["nodes/checkpoint"])]],
        "a checkpoint holds everything the container had in memory, keys and tokens included",
    )
    .at(Place::Cluster)
    .when(Condition::KubeletFeature)
    .known_as(&["T1552"]),
    Primitive::new(
        "read-kubelets",
        "read the configuration and pods of kubelets",
        Effect::Discovery,
        &[&[Right::to(
            &["get"],
            CORE,
            &["nodes/configz", "nodes/pods", "nodes/metrics", "nodes/stats"],
        )]],
        "configurations say what is weak, and the environment in pods holds secrets",
    )
    .at(Place::Cluster)
    .known_as(&["T1613", "MS-TA9030"]),
    Primitive::new(
        "write-nodes",
        "register a node, or change labels and taints of one",
        Effect::Node,
        &[&[Right::to(WRITE, CORE, &["nodes"])]],
        "labels and taints decide where pods go, so the ones worth having can be drawn to a chosen node",
    )
    .at(Place::Cluster),
    Primitive::new(
        "change-node-status",
        "change the addresses and the room of a node",
        Effect::Traffic,
        &[&[Right::to(CHANGE, CORE, &["nodes/status"])]],
        "the API server goes to the address that the status names, and the scheduler believes its capacity",
    )
    .at(Place::Cluster),
];
