//! Secrets, config maps and claims that pods and volumes refer to.

use merlon_yaml::Node;

use super::graph::text;

/// Kinds of volumes with the path to the name of the secret they use, in the order in which Kubernetes looks.
///
/// `VisitPodSecretNames` of `pkg/api/v1/pod/util.go`.
const VOLUME_SECRETS: &[(&str, &[&str])] = &[
    ("azureFile", &["secretName"]),
    ("cephfs", &["secretRef", "name"]),
    ("cinder", &["secretRef", "name"]),
    ("flexVolume", &["secretRef", "name"]),
    ("rbd", &["secretRef", "name"]),
    ("secret", &["secretName"]),
    ("scaleIO", &["secretRef", "name"]),
    ("iscsi", &["secretRef", "name"]),
    ("storageos", &["secretRef", "name"]),
    ("csi", &["nodePublishSecretRef", "name"]),
];

/// Every secret that a pod refers to.
pub(super) fn secret_names(pod: &Node) -> Vec<&str> {
    let pull = list(pod, &["spec", "imagePullSecrets"]).iter().map(|each| text(each, &["name"]));
    let mut names: Vec<&str> = pull.collect();
    names.extend(environment(pod, "secretRef", "secretKeyRef"));
    for volume in list(pod, &["spec", "volumes"]) {
        for (kind, path) in VOLUME_SECRETS {
            names.extend(volume.get(kind).map(|source| text(source, path)));
        }
        names.extend(projected(volume, "secret"));
    }
    names
}

/// Every config map that a pod refers to.
pub(super) fn config_map_names(pod: &Node) -> Vec<&str> {
    let mut names: Vec<&str> = environment(pod, "configMapRef", "configMapKeyRef").collect();
    for volume in list(pod, &["spec", "volumes"]) {
        names.extend(volume.get("configMap").map(|source| text(source, &["name"])));
        names.extend(projected(volume, "configMap"));
    }
    names
}

/// Every persistent volume claim of a pod; one of an ephemeral volume is named after pod and volume.
pub(super) fn claim_names(pod: &Node) -> Vec<String> {
    let volumes = list(pod, &["spec", "volumes"]).iter();
    let name = |volume: &Node| match volume.get("persistentVolumeClaim") {
        Some(claim) => Some(text(claim, &["claimName"]).to_owned()),
        None => volume
            .get("ephemeral")
            .filter(|source| !source.is_null())
            .map(|_| format!("{}-{}", text(pod, &["metadata", "name"]), text(volume, &["name"]))),
    };
    volumes.filter_map(name).collect()
}

/// The secrets of a persistent volume that a kubelet sees, with their namespaces.
///
/// `VisitPVSecretNames` of `pkg/api/v1/persistentvolume/util.go`: where the volume names no namespace, most kinds mean
/// that of the claim.
pub(super) fn volume_secrets<'n>(volume: &'n Node, of_claim: &'n str) -> Vec<(&'n str, &'n str)> {
    let Some(spec) = volume.get("spec") else { return Vec::new() };
    let or_claim = |namespace: &'n str| if namespace.is_empty() { of_claim } else { namespace };
    let mut found = Vec::new();
    if let Some(source) = spec.get("azureFile") {
        found.push((or_claim(text(source, &["secretNamespace"])), text(source, &["secretName"])));
    }
    for kind in ["cephfs", "flexVolume", "rbd", "scaleIO", "iscsi"] {
        if let Some(secret) = spec.path(&[kind, "secretRef"]) {
            found.push((or_claim(text(secret, &["namespace"])), text(secret, &["name"])));
        }
    }
    for kind in ["cinder", "storageos"] {
        if let Some(secret) = spec.path(&[kind, "secretRef"]) {
            found.push((text(secret, &["namespace"]), text(secret, &["name"])));
        }
    }
    for reference in ["nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"] {
        if let Some(secret) = spec.path(&["csi", reference]) {
            found.push((text(secret, &["namespace"]), text(secret, &["name"])));
        }
    }
    found.retain(|(_, name)| !name.is_empty());
    found
}

/// Names in `envFrom` and `env` of all containers.
fn environment<'n>(pod: &'n Node, whole: &'n str, key: &'n str) -> impl Iterator<Item = &'n str> {
    let kinds = ["initContainers", "containers", "ephemeralContainers"];
    let containers = kinds.into_iter().flat_map(|kind| list(pod, &["spec", kind]));
    containers.flat_map(move |container| {
        let from =
            list(container, &["envFrom"]).iter().map(move |each| text(each, &[whole, "name"]));
        let single = list(container, &["env"]).iter();
        from.chain(single.map(move |each| text(each, &["valueFrom", key, "name"])))
    })
}

fn projected<'n>(volume: &'n Node, kind: &'n str) -> impl Iterator<Item = &'n str> {
    list(volume, &["projected", "sources"]).iter().map(move |source| text(source, &[kind, "name"]))
}

fn list<'n>(node: &'n Node, path: &[&str]) -> &'n [Node] {
    node.path(path).and_then(Node::as_sequence).unwrap_or_default()
}
