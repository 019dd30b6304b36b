//! What pods are made of.

use serde_json::{Value, json};

use super::random::Random;
use super::{Share, Standard};

const IMAGES: &[&str] = &["web", "api", "worker", "cache", "proxy", "report", "import", "gateway"];

/// How carefully a workload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Meets the restricted Pod Security Standard.
    Restricted,
    /// Meets the baseline: nothing bad, nothing set.
    Baseline,
    /// Runs as root with added capabilities.
    Careless,
    /// Is given the host: agents of storage, network and monitoring.
    Privileged,
}

impl Care {
    /// Something that the namespace admits.
    pub(super) fn choose(standard: Standard, random: &mut Random) -> Care {
        match (standard, random.below(100)) {
            (Standard::Restricted, _) | (_, 0..=39) => Care::Restricted,
            (Standard::Baseline, _) | (_, 40..=69) => Care::Baseline,
            (_, 70..=84) => Care::Careless,
            _ => Care::Privileged,
        }
    }
}

/// The `spec` of a pod template.
pub(super) fn pod_spec(share: &Share, care: Care, account: &str, random: &mut Random) -> Value {
    let count = if random.chance(25) { 2 } else { 1 };
    let containers: Vec<Value> =
        (0..count).map(|number| container(share, care, number, random)).collect();
    let mut spec = json!({"containers": containers, "serviceAccountName": account});
    if random.chance(30) {
        spec["automountServiceAccountToken"] = false.into();
    }
    match care {
        Care::Restricted => {
            spec["securityContext"] = json!({"runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}});
        }
        Care::Baseline => {}
        Care::Careless => spec["securityContext"] = json!({"runAsUser": 0}),
        Care::Privileged => {
            let path = *random.choose(&["/", "/var/run", "/etc", "/var/lib/kubelet", "/proc"]);
            spec["hostNetwork"] = random.chance(60).into();
            spec["hostPID"] = random.chance(40).into();
            spec["volumes"] = json!([{"name": "host", "hostPath": {"path": path}}]);
            spec["containers"][0]["volumeMounts"] = json!([{"name": "host", "mountPath": "/host"}]);
        }
    }
    spec
}

fn container(share: &Share, care: Care, number: usize, random: &mut Random) -> Value {
    let image = *random.choose(IMAGES);
    let reference = match random.below(10) {
        0..=5 => {
            format!("registry.example.com/{image}:1.{}.{}", random.below(40), random.below(10))
        }
        6..=7 => format!("registry.example.com/{image}@sha256:{:064x}", random.next()),
        8 => format!("docker.io/library/{image}:latest"),
        _ => image.to_owned(),
    };
    let mut container = json!({
        "name": format!("{image}-{number}"),
        "image": reference,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 8000 + random.below(1000), "protocol": "TCP"}],
    });
    match care {
        Care::Restricted => {
            container["securityContext"] = json!({
                "allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": random.chance(70),
            });
        }
        Care::Baseline => {}
        Care::Careless => {
            let capability = *random.choose(&["NET_ADMIN", "SYS_PTRACE", "SYS_ADMIN", "NET_RAW"]);
            container["securityContext"] =
                json!({"allowPrivilegeEscalation": true, "capabilities": {"add": [capability]}});
        }
        Care::Privileged => container["securityContext"] = json!({"privileged": true}),
    }
    if care == Care::Restricted || random.chance(50) {
        container["resources"] = json!({
            "limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"},
        });
    }
    if random.chance(25) {
        container["env"] = json!([{
            "name": "PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "credentials-0", "key": "password", "optional": true}},
        }]);
    }
    if random.chance(20) {
        container["envFrom"] = json!([{"configMapRef": {"name": "settings-0"}}]);
    }
    if share.name.contains("-prod-") || random.chance(40) {
        container["livenessProbe"] = json!({"tcpSocket": {"port": 8080}, "periodSeconds": 10});
    }
    container
}

/// A pod as the API server stores it: defaults filled in, bound to a node, running.
pub(super) fn stored_pod(
    template: &Value,
    name: &str,
    owners: Option<Value>,
    place: &Place,
) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"], "spec": template["spec"]});
    pod["metadata"]["name"] = name.into();
    if let Some(owners) = owners {
        pod["metadata"]["ownerReferences"] = owners;
    }
    let spec = &mut pod["spec"];
    default_spec(spec);
    // Only pods are given these, no template is.
    for (field, value) in [
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("priority", json!(0)),
    ] {
        default(spec, field, value);
    }
    for taint in ["not-ready", "unreachable"] {
        let toleration = json!({
            "effect": "NoExecute",
            "key": format!("node.kubernetes.io/{taint}"),
            "operator": "Exists",
            "tolerationSeconds": 300,
        });
        push(&mut spec["tolerations"], toleration);
    }
    if let Some(node) = &place.node {
        spec["nodeName"] = node.as_str().into();
    }
    if spec["automountServiceAccountToken"] != false && !place.token_refused {
        mount_token(spec, &place.token_volume);
    }
    let statuses: Vec<Value> = spec["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| {
            json!({
                "name": container["name"], "image": container["image"], "ready": true, "restartCount": 0,
                "state": {"running": {}},
            })
        })
        .collect();
    pod["status"] = json!({
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": statuses,
        "hostIP": place.node_address,
        "podIP": place.pod_address,
    });
    pod
}

/// Fills in what the API server does in the specification of a pod or of a template
/// (`SetDefaults_PodSpec`, `SetDefaults_Container`, `SetDefaults_Probe` and their like in Kubernetes'
/// `pkg/apis/core/v1/defaults.go`).
pub(super) fn default_spec(spec: &mut Value) {
    for (field, value) in [
        ("dnsPolicy", json!("ClusterFirst")),
        ("restartPolicy", json!("Always")),
        ("schedulerName", json!("default-scheduler")),
        ("securityContext", json!({})),
        ("terminationGracePeriodSeconds", json!(30)),
    ] {
        default(spec, field, value);
    }
    // The old spelling goes on to be answered.
    spec["serviceAccount"] = spec["serviceAccountName"].clone();
    for volume in items(spec, "volumes") {
        if volume["hostPath"].is_object() {
            default(&mut volume["hostPath"], "type", json!(""));
        }
    }
    for container in items(spec, "containers") {
        for (field, value) in [
            ("resources", json!({})),
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
        ] {
            default(container, field, value);
        }
        if container["livenessProbe"].is_object() {
            for (field, value) in [
                ("failureThreshold", json!(3)),
                ("periodSeconds", json!(10)),
                ("successThreshold", json!(1)),
                ("timeoutSeconds", json!(1)),
            ] {
                default(&mut container["livenessProbe"], field, value);
            }
        }
    }
}

fn default(holder: &mut Value, field: &str, value: Value) {
    if holder[field].is_null() {
        holder[field] = value;
    }
}

fn items<'v>(holder: &'v mut Value, list: &str) -> impl Iterator<Item = &'v mut Value> {
    holder.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Where a pod runs.
pub(super) struct Place {
    /// `None` in a cluster without nodes.
    pub(super) node: Option<String>,
    pub(super) node_address: String,
    pub(super) pod_address: String,
    /// The service account says that no token is to be mounted.
    pub(super) token_refused: bool,
    /// What the volume of the token is called, where one is mounted.
    pub(super) token_volume: String,
}

/// What the service account admission plugin adds.
fn mount_token(spec: &mut Value, name: &str) {
    let volume = json!({
        "name": name,
        "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [
                {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"},
            ]}},
        ]},
    });
    push(&mut spec["volumes"], volume);
    for container in items(spec, "containers") {
        let mount = json!({
            "name": name,
            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
            "readOnly": true,
        });
        push(&mut container["volumeMounts"], mount);
    }
}

fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(items) => items.push(item),
        other => *other = Value::Array(vec![item]),
    }
}
