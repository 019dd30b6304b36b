//! Nodes, namespaces and what stands in every namespace.

use serde_json::{Value, json};

use super::random::Random;
use super::{GeneratedCluster, Made, Share, Standard, access, applied, derived};

pub(super) const TEAMS: &[&str] = &[
    "billing", "catalog", "checkout", "data", "fraud", "identity", "ingest", "mail", "mobile",
    "payments", "platform", "search", "shipping", "support", "web",
];
pub(super) const STAGES: &[&str] = &["dev", "test", "staging", "prod", "prod"];

pub(super) fn node_name(index: usize) -> String {
    format!("worker-{index:04}")
}

pub(super) fn node_address(index: usize) -> String {
    format!("10.{}.{}.{}", 64 + index / 62_500, index / 250 % 250, 1 + index % 250)
}

/// What has no namespace.
pub(super) fn cluster_wide(cluster: &GeneratedCluster) -> Vec<Made> {
    let mut made: Vec<Made> = (0..cluster.size.nodes).map(|index| applied(node(index))).collect();
    made.extend(access::cluster_roles());
    made
}

fn node(index: usize) -> Value {
    let name = node_name(index);
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": format!("zone-{}", index % 3),
            },
        },
        "spec": {"podCIDR": format!("10.{}.{}.0/24", 128 + index / 256, index % 256)},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": node_address(index)},
                {"type": "Hostname", "address": name},
            ],
            "capacity": {"cpu": "16", "memory": "65536Mi", "pods": "500"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.0",
                "kubeletVersion": "v1.33.5",
                "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 13 (trixie)",
            },
        },
    })
}

/// The namespace and its policies.
pub(super) fn namespace(share: &Share, random: &mut Random) -> Vec<Made> {
    let name = &share.name;
    let mut labels = json!({
        "app.kubernetes.io/created-by": "merlon-testkit",
        "kubernetes.io/metadata.name": name,
        "stage": name.split('-').nth(1),
        "team": name.split('-').next(),
    });
    let enforced = match share.standard {
        Standard::Restricted => Some("restricted"),
        Standard::Baseline => Some("baseline"),
        Standard::Privileged => Some("privileged"),
        Standard::Open => None,
    };
    if let Some(standard) = enforced {
        labels["pod-security.kubernetes.io/enforce"] = standard.into();
        labels["pod-security.kubernetes.io/warn"] = "restricted".into();
    }
    let mut made = vec![
        applied(
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}),
        ),
        derived(json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name},
        })),
    ];
    if random.chance(40) {
        made.push(applied(json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "default-deny", "namespace": name},
            "spec": {"podSelector": {}, "policyTypes": if random.chance(50) { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) }},
        })));
    }
    if random.chance(30) {
        made.push(applied(json!({
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "defaults", "namespace": name},
            "spec": {"limits": [{
                "type": "Container",
                "default": {"cpu": "500m", "memory": "256Mi"},
                "defaultRequest": {"cpu": "50m", "memory": "64Mi"},
            }]},
        })));
    }
    if random.chance(30) {
        made.push(applied(json!({
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "pods", "namespace": name},
            "spec": {"hard": {"pods": (share.pods * 2 + 10).to_string()}},
        })));
    }
    for number in 0..=random.below(3) {
        made.push(applied(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": format!("credentials-{number}"), "namespace": name},
            "type": "Opaque",
            "stringData": {"password": format!("generated-{}", random.suffix(16))},
        })));
        made.push(applied(json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": format!("settings-{number}"), "namespace": name},
            "data": {"LOG_LEVEL": "info", "REGION": random.choose(&["eu-1", "eu-2", "us-1"])},
        })));
    }
    made
}
