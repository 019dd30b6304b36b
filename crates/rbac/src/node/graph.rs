use std::collections::{BTreeMap, BTreeSet};

use merlon_yaml::Node;

use super::references::{claim_names, config_map_names, secret_names, volume_secrets};

/// What a node can be related to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A config map that a pod of the node uses.
    ConfigMap,
    /// A pod that is bound to the node.
    Pod,
    /// A claim that a pod of the node mounts.
    PersistentVolumeClaim,
    /// The volume of such a claim.
    PersistentVolume,
    /// A request for a certificate by the node.
    PodCertificateRequest,
    /// A claim for a device by a pod of the node.
    ResourceClaim,
    /// Devices that the node offers.
    ResourceSlice,
    /// A secret that a pod of the node uses, or a volume of one.
    Secret,
    /// The service account of a pod of the node.
    ServiceAccount,
    /// A volume that is attached to the node.
    VolumeAttachment,
}

/// An object that the kubelet of a node may read, or make tokens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reachable<'a> {
    /// What it is.
    pub thing: Thing,
    /// Its namespace, `""` for what has none.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

type Key = (Thing, String, String);

/// Which nodes each object is related to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeGraph {
    nodes: BTreeMap<Key, BTreeSet<String>>,
}

impl NodeGraph {
    /// Reads pods, volumes, attachments, device slices and certificate requests; other objects, and what cannot be read
    /// of these, relate nothing.
    pub fn read<'n>(objects: impl Iterator<Item = &'n Node>) -> Self {
        let mut graph = Self::default();
        let mut volumes = Vec::new();
        for object in objects {
            match object.get("kind").and_then(Node::as_str) {
                Some("Pod") => graph.add_pod(object),
                // Their claims have to be known first.
                Some("PersistentVolume") => volumes.push(object),
                Some("VolumeAttachment") => graph.add_own(Thing::VolumeAttachment, object),
                Some("ResourceSlice") => graph.add_own(Thing::ResourceSlice, object),
                Some("PodCertificateRequest") => {
                    graph.add_own(Thing::PodCertificateRequest, object)
                }
                _ => {}
            }
        }
        for volume in volumes {
            graph.add_volume(volume);
        }
        graph
    }

    /// Whether an object is related to a node.
    #[must_use]
    pub fn reaches(&self, node: &str, thing: Thing, namespace: &str, name: &str) -> bool {
        let key = (thing, namespace.to_owned(), name.to_owned());
        self.nodes.get(&key).is_some_and(|nodes| nodes.contains(node))
    }

    /// Everything that is related to a node, sorted.
    pub fn reachable(&self, node: &str) -> impl Iterator<Item = Reachable<'_>> {
        let related = self.nodes.iter().filter(move |(_, nodes)| nodes.contains(node));
        related.map(|((thing, namespace, name), _)| Reachable { thing: *thing, namespace, name })
    }

    /// Every object of one sort that is related to any node, sorted, with the nodes.
    pub fn related(
        &self,
        thing: Thing,
    ) -> impl Iterator<Item = (Reachable<'_>, &BTreeSet<String>)> {
        let from = (thing, String::new(), String::new());
        let same = self.nodes.range(from..).take_while(move |((each, _, _), _)| *each == thing);
        same.map(|((thing, namespace, name), nodes)| {
            (Reachable { thing: *thing, namespace, name }, nodes)
        })
    }

    fn add_pod(&mut self, pod: &Node) {
        let (namespace, name) =
            (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
        let node = text(pod, &["spec", "nodeName"]);
        if node.is_empty() {
            return;
        }
        let mut add = |thing, name: &str| {
            if !name.is_empty() {
                self.relate(thing, namespace, name, node);
            }
        };
        add(Thing::Pod, name);
        // A node makes mirror pods itself and must not gain by them.
        let mirror = pod.path(&["metadata", "annotations", "kubernetes.io/config.mirror"]);
        if mirror.is_some() {
            return;
        }
        add(Thing::ServiceAccount, text(pod, &["spec", "serviceAccountName"]));
        for secret in secret_names(pod) {
            add(Thing::Secret, secret);
        }
        for config_map in config_map_names(pod) {
            add(Thing::ConfigMap, config_map);
        }
        for claim in claim_names(pod) {
            add(Thing::PersistentVolumeClaim, &claim);
        }
        for claim in device_claims(pod) {
            add(Thing::ResourceClaim, claim);
        }
    }

    fn add_volume(&mut self, volume: &Node) {
        let Some(claim) = volume.path(&["spec", "claimRef"]) else { return };
        let namespace = text(claim, &["namespace"]);
        let key =
            (Thing::PersistentVolumeClaim, namespace.to_owned(), text(claim, &["name"]).to_owned());
        for node in self.nodes.get(&key).cloned().unwrap_or_default() {
            self.relate(Thing::PersistentVolume, "", text(volume, &["metadata", "name"]), &node);
            for (own, secret) in volume_secrets(volume, namespace) {
                self.relate(Thing::Secret, own, secret, &node);
            }
        }
    }

    /// What names its node itself.
    fn add_own(&mut self, thing: Thing, object: &Node) {
        let node = text(object, &["spec", "nodeName"]);
        if !node.is_empty() {
            let namespace = text(object, &["metadata", "namespace"]);
            self.relate(thing, namespace, text(object, &["metadata", "name"]), node);
        }
    }

    fn relate(&mut self, thing: Thing, namespace: &str, name: &str, node: &str) {
        let key = (thing, namespace.to_owned(), name.to_owned());
        self.nodes.entry(key).or_default().insert(node.to_owned());
    }
}

/// The claims that stand for a pod's `resourceClaims`: named in it, or made for it and named in its status.
fn device_claims(pod: &Node) -> Vec<&str> {
    let list = |path: &[&str]| pod.path(path).and_then(Node::as_sequence).unwrap_or_default();
    let made = list(&["status", "resourceClaimStatuses"]);
    let mut claims = Vec::new();
    for claim in list(&["spec", "resourceClaims"]) {
        let name = text(claim, &["name"]);
        let direct = text(claim, &["resourceClaimName"]);
        if !direct.is_empty() {
            claims.push(direct);
        } else if let Some(status) = made.iter().find(|status| text(status, &["name"]) == name) {
            claims.push(text(status, &["resourceClaimName"]));
        }
    }
    claims.push(text(pod, &["status", "extendedResourceClaimStatus", "resourceClaimName"]));
    claims
}

/// A string, `""` when it is missing or something else.
pub(super) fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.path(path).and_then(Node::as_str).unwrap_or_default()
}
