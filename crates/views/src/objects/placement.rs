use std::collections::HashMap;

use merlon_model::Kind;
use merlon_snapshot::Object;

use super::inventory::InventoryView;
use super::owner::{MAX_DEPTH, Made, made};
use super::pod::PodView;

/// On which nodes the pods of each workload run.
#[derive(Clone, Debug, Default)]
pub struct Placement<'a> {
    /// By the addresses in memory of pods and of their workloads.
    nodes: HashMap<usize, Vec<&'a str>>,
}

impl<'a> Placement<'a> {
    pub(crate) fn new(view: &InventoryView<'a>) -> Self {
        let mut nodes: HashMap<usize, Vec<&'a str>> = HashMap::new();
        for object in view.of_kind(Kind::Pod).filter(|object| !is_over(object)) {
            let Some(node) = object.root.path(&["spec", "nodeName"]).and_then(|it| it.as_str())
            else {
                continue;
            };
            let owner = owner(view, object);
            add(node, nodes.entry(std::ptr::from_ref(owner).addr()).or_default());
            if !std::ptr::eq(owner, object) {
                add(node, nodes.entry(std::ptr::from_ref(object).addr()).or_default());
            }
        }
        Self { nodes }
    }

    /// The nodes that pods as this one says run on, sorted; none for a pod that is not placed, and for manifests.
    #[must_use]
    pub fn nodes_of(&self, pod: &PodView<'a>) -> &[&'a str] {
        let key = std::ptr::from_ref(pod.object).addr();
        self.nodes.get(&key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Adds a name to sorted ones.
fn add<'a>(name: &'a str, names: &mut Vec<&'a str>) {
    if let Err(place) = names.binary_search(&name) {
        names.insert(place, name);
    }
}

/// Whether a pod has come to its end: nothing of it runs on its node any more.
fn is_over(pod: &Object) -> bool {
    let phase = pod.root.path(&["status", "phase"]).and_then(|phase| phase.as_str());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// The object's uppermost controller that is in the inventory.
pub(super) fn owner<'a>(view: &InventoryView<'a>, object: &'a Object) -> &'a Object {
    let mut top = object;
    for _ in 0..MAX_DEPTH {
        match made(view, top) {
            Made::By(above) => top = &view.inventory.objects[above],
            Made::ByNobody | Made::BySomebody => break,
        }
    }
    top
}

impl<'a> InventoryView<'a> {
    /// Looks up where all pods run.
    #[must_use]
    pub fn placement(&self) -> Placement<'a> {
        Placement::new(self)
    }
}
