//! Which workload a pod belongs to, and whether it is as the workload says.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::{Entry, Mapping, Node, Value};

use super::inventory::InventoryView;

/// More controllers above each other than there are in any cluster.
pub(crate) const MAX_DEPTH: usize = 8;

/// What made an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// It names no owner.
    ByNobody,
    /// Its controller is not in the inventory, or its owners do not control it.
    BySomebody,
    /// The controller at this place of the inventory.
    By(usize),
}

/// The place of an object's uppermost controller that is in the inventory; its own place where
/// none is.
pub(crate) fn uppermost(made: &[Made], object: usize) -> usize {
    let mut top = object;
    for _ in 0..MAX_DEPTH {
        match made[top] {
            Made::By(above) => top = above,
            Made::ByNobody | Made::BySomebody => break,
        }
    }
    top
}

/// What made an object, as its owner references say.
pub(crate) fn made<'a>(view: &InventoryView<'a>, object: &'a Object) -> Made {
    let Some(references) = object.root.path(&["metadata", "ownerReferences"]) else {
        return Made::ByNobody;
    };
    let references = references.as_sequence().unwrap_or_default();
    let above = controller(view, object, references).and_then(|above| view.position(above));
    above.map_or(Made::BySomebody, Made::By)
}

fn controller<'a>(
    view: &InventoryView<'a>,
    object: &Object,
    references: &[Node],
) -> Option<&'a Object> {
    let controls =
        |reference: &&Node| reference.get("controller").and_then(Node::as_bool).unwrap_or_default();
    let reference = references.iter().find(controls)?;
    let text = |key| reference.get(key).and_then(Node::as_str).unwrap_or_default();
    let kind = Kind::of(text("apiVersion"), text("kind"))?;
    view.find(kind, object.namespace().unwrap_or("default"), text("name"))
}

/// Whether two pods are the same but for their name, node and state, and the name that admission gave to the volume of
/// their token.
pub(crate) fn is_alike(one: &Node, other: &Node) -> bool {
    /// What of the metadata is the same for all pods of a workload.
    const SHARED: &[&str] = &["namespace", "labels", "annotations", "ownerReferences"];
    let metadata = |key: &&str| {
        let path = ["metadata", *key];
        same(one.path(&path), other.path(&path))
    };
    let specs = one.get("spec").and_then(Node::as_mapping);
    let specs = specs.zip(other.get("spec").and_then(Node::as_mapping));
    SHARED.iter().all(metadata) && specs.is_some_and(|(a, b)| are_alike(a, b))
}

fn are_alike(one: &Mapping, other: &Mapping) -> bool {
    let tokens = token_volume(one).zip(token_volume(other));
    let named = |key: &str, a: Option<&Node>, b: Option<&Node>| {
        let names = a.and_then(Node::as_str).zip(b.and_then(Node::as_str));
        match (key, names, tokens) {
            ("name", Some((a, b)), Some((x, y))) if a == x || b == y => (a, b) == (x, y),
            _ => same(a, b),
        }
    };
    let container = |key: &str, a: Option<&Node>, b: Option<&Node>| match key {
        "volumeMounts" => all_items(a, b, named),
        _ => same(a, b),
    };
    all_keys(one, other, |key, a, b| match key {
        "nodeName" => true,
        "volumes" => all_items(a, b, named),
        "containers" | "initContainers" | "ephemeralContainers" => all_items(a, b, container),
        _ => same(a, b),
    })
}

/// The name of the volume with the token that admission adds to a pod, which ends in five random characters; `None` where
/// several could be it.
fn token_volume(spec: &Mapping) -> Option<&str> {
    let mut names =
        items(spec.get("volumes")).iter().filter(|item| is_token_volume(item)).filter_map(name);
    names.next().filter(|_| names.next().is_none())
}

/// Whether two lists of mappings have the same length, and a condition holds for each key of each pair.
fn all_items(
    a: Option<&Node>,
    b: Option<&Node>,
    holds: impl Fn(&str, Option<&Node>, Option<&Node>) -> bool,
) -> bool {
    let (Some(x), Some(y)) = (a.and_then(Node::as_sequence), b.and_then(Node::as_sequence)) else {
        return same(a, b);
    };
    let mut pairs = x.iter().zip(y);
    x.len() == y.len()
        && pairs.all(|(a, b)| match (a.as_mapping(), b.as_mapping()) {
            (Some(x), Some(y)) => all_keys(x, y, &holds),
            _ => same(Some(a), Some(b)),
        })
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
    let as_written = |key: &str, written: Option<&Node>, running: Option<&Node>| {
        let same = match key {
            "volumes" => same_items(written, running, |item| !is_added_volume(item)),
            "containers" | "initContainers" => same_containers(written, running),
            _ => same(written, running),
        };
        same || WRITTEN_BY_THE_CLUSTER.contains(&key)
    };
    if !all_keys(template, pod, as_written) {
        return false;
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
        all_keys(a, b, |key, written, running| {
            if key == "volumeMounts" {
                same_items(written, running, |item| !is_token_mount(item))
            } else {
                same(written, running)
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
    is_token_volume(item) || item.get("persistentVolumeClaim").is_some()
}

fn is_token_volume(item: &Node) -> bool {
    name(item).is_some_and(|name| name.starts_with("kube-api-access-"))
        && item.get("projected").is_some()
}

fn name(item: &Node) -> Option<&str> {
    item.get("name").and_then(Node::as_str)
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

/// Whether a condition holds for the values of every key that one of two mappings has.
fn all_keys(
    a: &Mapping,
    b: &Mapping,
    holds: impl Fn(&str, Option<&Node>, Option<&Node>) -> bool,
) -> bool {
    let (x, y) = (a.entries(), b.entries());
    // An API server writes fields in the same order, so the next key is mostly the one looked for.
    let mut next = 0;
    let mut shared = 0;
    for entry in x {
        let is_same = |other: &&Entry| other.key == entry.key;
        let later = y[next..].iter().position(|other| is_same(&other)).map(|place| next + place);
        let place = later.or_else(|| y[..next].iter().position(|other| is_same(&other)));
        if let Some(place) = place {
            next = place + 1;
            shared += 1;
        }
        if !holds(&entry.key, Some(&entry.value), place.map(|place| &y[place].value)) {
            return false;
        }
    }
    shared == y.len()
        || y.iter()
            .filter(|entry| a.entry(&entry.key).is_none())
            .all(|entry| holds(&entry.key, None, Some(&entry.value)))
}

/// Equal values wherever they are written; null is not written.
fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    let set = |node: &&Node| !node.is_null();
    match (a.filter(set), b.filter(set)) {
        (None, None) => true,
        (Some(a), Some(b)) => match (&a.value, &b.value) {
            (Value::Mapping(x), Value::Mapping(y)) => all_keys(x, y, |_, a, b| same(a, b)),
            (Value::Sequence(x), Value::Sequence(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(Some(a), Some(b)))
            }
            (x, y) => x == y,
        },
        _ => false,
    }
}
