//! Which workload a pod belongs to, and whether it is as the workload says.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::{Mapping, Node, Value};

use super::inventory::InventoryView;

/// More controllers above each other than there are in any cluster.
const MAX_DEPTH: usize = 8;

/// The uppermost controller of an object that is in the inventory; the object itself where none is.
pub(crate) fn uppermost<'a>(view: &InventoryView<'a>, object: &'a Object) -> &'a Object {
    let mut top = object;
    for _ in 0..MAX_DEPTH {
        match controller(view, top) {
            Some(above) => top = above,
            None => break,
        }
    }
    top
}

fn controller<'a>(view: &InventoryView<'a>, object: &'a Object) -> Option<&'a Object> {
    let references = object.root.path(&["metadata", "ownerReferences"])?.as_sequence()?;
    let controls =
        |reference: &&Node| reference.get("controller").and_then(Node::as_bool).unwrap_or_default();
    let reference = references.iter().find(controls)?;
    let text = |key| reference.get(key).and_then(Node::as_str).unwrap_or_default();
    let kind = Kind::of(text("apiVersion"), text("kind"))?;
    view.find(kind, object.namespace().unwrap_or("default"), text("name"))
}

/// Fields that the API server, its admission plugins and the scheduler write into every pod.
const WRITTEN_BY_THE_CLUSTER: &[&str] = &[
    "nodeName",
    "serviceAccount",
    "serviceAccountName",
    "tolerations",
    "priority",
    "preemptionPolicy",
    "hostname",
    "subdomain",
    "imagePullSecrets",
    "enableServiceLinks",
    // The controller of daemon sets pins each pod to its node.
    "affinity",
];

/// Whether a pod's specification is what its template says, but for what every cluster adds.
///
/// Sidecars that a webhook put in, debugging containers and changed fields make a difference.
pub(crate) fn is_as_written(template: &Node, pod: &Node) -> bool {
    let (Some(template), Some(pod)) = (template.as_mapping(), pod.as_mapping()) else {
        return false;
    };
    let keys = template.entries().iter().chain(pod.entries()).map(|entry| &*entry.key);
    for key in keys {
        if WRITTEN_BY_THE_CLUSTER.contains(&key) {
            continue;
        }
        let (written, running) = (template.get(key), pod.get(key));
        let same = match key {
            "volumes" => same_items(written, running, |item| !is_added_volume(item)),
            "containers" | "initContainers" => same_containers(written, running),
            _ => same(written, running),
        };
        if !same {
            return false;
        }
    }
    // Whoever runs as another account than the template says is another pod.
    account(template) == account(pod)
}

fn same_containers(written: Option<&Node>, running: Option<&Node>) -> bool {
    let (written, running) = (items(written), items(running));
    if written.len() != running.len() {
        return false;
    }
    written.iter().zip(running).all(|(written, running)| {
        let (Some(a), Some(b)) = (written.as_mapping(), running.as_mapping()) else {
            return false;
        };
        a.entries().iter().chain(b.entries()).all(|entry| {
            let key = &*entry.key;
            if key == "volumeMounts" {
                same_items(a.get(key), b.get(key), |item| !is_token_mount(item))
            } else {
                same(a.get(key), b.get(key))
            }
        })
    })
}

fn items(list: Option<&Node>) -> &[Node] {
    list.and_then(Node::as_sequence).unwrap_or_default()
}

fn account(spec: &Mapping) -> &str {
    spec.get("serviceAccountName").and_then(Node::as_str).unwrap_or("default")
}

/// The token's volume, and the claims that a stateful set makes for each of its pods.
fn is_added_volume(item: &Node) -> bool {
    let name = item.get("name").and_then(Node::as_str).unwrap_or_default();
    (name.starts_with("kube-api-access-") && item.get("projected").is_some())
        || item.get("persistentVolumeClaim").is_some()
}

fn is_token_mount(item: &Node) -> bool {
    let path = item.get("mountPath").and_then(Node::as_str).unwrap_or_default();
    path == "/var/run/secrets/kubernetes.io/serviceaccount"
}

fn same_items(
    written: Option<&Node>,
    running: Option<&Node>,
    counts: impl Fn(&&Node) -> bool,
) -> bool {
    let (mut written, mut running) =
        (items(written).iter().filter(&counts), items(running).iter().filter(&counts));
    loop {
        match (written.next(), running.next()) {
            (None, None) => return true,
            (a, b) if same(a, b) => {}
            _ => return false,
        }
    }
}

fn same_mapping(x: &Mapping, y: &Mapping) -> bool {
    let (a, b) = (x.entries(), y.entries());
    // An API server writes the same fields in the same order.
    if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key) {
        return a.iter().zip(b).all(|(a, b)| same(Some(&a.value), Some(&b.value)));
    }
    let mut keys = a.iter().chain(b).map(|entry| &*entry.key);
    keys.all(|key| same(x.get(key), y.get(key)))
}

/// Equal values wherever they are written; null is not written.
fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    let set = |node: &&Node| !node.is_null();
    match (a.filter(set), b.filter(set)) {
        (None, None) => true,
        (Some(a), Some(b)) => match (&a.value, &b.value) {
            (Value::Mapping(x), Value::Mapping(y)) => same_mapping(x, y),
            (Value::Sequence(x), Value::Sequence(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(Some(a), Some(b)))
            }
            (x, y) => x == y,
        },
        _ => false,
    }
}
