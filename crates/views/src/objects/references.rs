use std::collections::{BTreeSet, HashMap, HashSet};

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Fields;
use super::inventory::InventoryView;
use super::label_selector::LabelSelector;
use super::template::{has_pod_template, template};

/// A pod, or the template of pods, with its labels.
#[derive(Clone, Copy, Debug)]
pub struct LabelledPod<'a> {
    /// The object it is written in.
    pub object: &'a Object,
    /// Its labels.
    pub labels: Fields<'a>,
    /// Its specification.
    pub spec: &'a Node,
    is_template: bool,
}

/// What objects name or select, indexed.
#[derive(Debug)]
pub(crate) struct References<'a> {
    pods: Vec<LabelledPod<'a>>,
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    by_namespace: HashMap<&'a str, Vec<usize>>,
    /// The place of the pod that each object of the inventory carries.
    views: Vec<Option<usize>>,
    scalers: HashMap<(Kind, &'a str, &'a str), &'a Object>,
    kinds: HashSet<(Kind, &'a str)>,
    foreign: BTreeSet<&'a str>,
}

/// The kinds of Kubernetes itself that pods are made from.
const WORKLOADS: &[Kind] = &[
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::Job,
    Kind::CronJob,
];

/// Labels that controllers add to the pods they make.
fn is_added(key: &str) -> bool {
    matches!(
        key,
        "statefulset.kubernetes.io/pod-name"
            | "apps.kubernetes.io/pod-index"
            | "pod-template-hash"
            | "pod-template-generation"
            | "controller-revision-hash"
            | "controller-uid"
            | "job-name"
            | "rollouts-pod-template-hash"
    ) || key.starts_with("batch.kubernetes.io/")
        || key.starts_with("serving.knative.dev/")
}

impl<'a> References<'a> {
    pub(crate) fn new(view: &InventoryView<'a>) -> Self {
        let mut references = Self {
            pods: Vec::new(),
            by_label: HashMap::new(),
            by_namespace: HashMap::new(),
            views: vec![None; view.inventory.objects.len()],
            scalers: HashMap::new(),
            kinds: HashSet::new(),
            foreign: BTreeSet::new(),
        };
        for (place, pod) in view.pods.iter().enumerate() {
            if let Some(object) = view.position(pod.object) {
                references.views[object] = Some(place);
            }
        }
        for object in &view.inventory.objects {
            let namespace = view.namespace_of(object);
            match view.kind_of(object) {
                Some(kind) => {
                    references.kinds.insert((kind, namespace));
                    references.add(kind, namespace, object);
                }
                None => {
                    references.foreign.insert(object.namespace().unwrap_or("default"));
                }
            }
        }
        references
    }

    fn add(&mut self, kind: Kind, namespace: &'a str, object: &'a Object) {
        if kind == Kind::HorizontalPodAutoscaler {
            let target = Fields::of(&object.root).path(&["spec", "scaleTargetRef"]);
            let text = |key| target.get(key).node().and_then(Node::as_str).unwrap_or_default();
            if let Some(kind) = Kind::of(text("apiVersion"), text("kind")) {
                self.scalers.insert((kind, namespace, text("name")), object);
            }
        }
        if !has_pod_template(kind) {
            return;
        }
        let Some(found) = template(kind, &object.root) else { return };
        let labels = Fields::maybe(found.metadata).get("labels");
        let number = self.pods.len();
        self.by_namespace.entry(namespace).or_default().push(number);
        for entry in labels.node().and_then(Node::as_mapping).map_or(&[][..], |it| it.entries()) {
            if let Some(value) = entry.value.as_str() {
                self.by_label.entry((namespace, &entry.key, value)).or_default().push(number);
            }
        }
        let is_template = kind != Kind::Pod;
        self.pods.push(LabelledPod { object, labels, spec: found.spec, is_template });
    }
}

impl<'a> InventoryView<'a> {
    /// The pods and templates of pods of a namespace that a selector selects. What controllers add
    /// to the labels of a template counts as being there.
    pub fn selected<'v>(
        &'v self,
        namespace: &'a str,
        selector: LabelSelector<'a>,
    ) -> impl Iterator<Item = &'v LabelledPod<'a>> {
        let references = self.references();
        let in_namespace = references.by_namespace.get(namespace);
        let candidates = selector
            .pairs()
            .filter(|(key, _)| !is_added(key))
            .map(|(key, value)| references.by_label.get(&(namespace, key, value)))
            .min_by_key(|pods| pods.map_or(0, Vec::len))
            .unwrap_or(in_namespace);
        candidates.into_iter().flatten().map(|place| &references.pods[*place]).filter(move |pod| {
            selector.selects_unless(pod.labels, |key| pod.is_template && is_added(key))
        })
    }

    /// Whether a namespace's pods that are not here can be said not to exist.
    ///
    /// In manifests that is so where workloads of the namespace are among them, and no objects of
    /// kinds that Merlon does not know: operators make pods from those.
    #[must_use]
    pub fn knows_pods(&self, namespace: &str) -> bool {
        if self.is_cluster() {
            return WORKLOADS.iter().all(|kind| self.is_complete(*kind));
        }
        let references = self.references();
        references.by_namespace.contains_key(namespace) && !references.foreign.contains(namespace)
    }

    /// Whether a namespace's objects of a kind that are not here can be said not to exist.
    ///
    /// In manifests that is so where others of the kind and namespace are among them.
    #[must_use]
    pub fn knows(&self, kind: Kind, namespace: &str) -> bool {
        if self.is_cluster() {
            return self.is_complete(kind);
        }
        self.has_in(kind, namespace)
    }

    /// Whether there is any object of a kind in a namespace.
    #[must_use]
    pub fn has_in(&self, kind: Kind, namespace: &str) -> bool {
        self.references().kinds.contains(&(kind, namespace))
    }

    /// The pod that an object carries; `None` for one that is just as its workload says.
    #[must_use]
    pub fn pod_of(&self, object: &Object) -> Option<&super::pod::PodView<'a>> {
        self.references().views[self.position(object)?].map(|place| &self.pods[place])
    }

    /// The autoscaler that scales an object.
    #[must_use]
    pub fn scaler_of(&self, object: &'a Object) -> Option<&'a Object> {
        let key = (self.kind_of(object)?, self.namespace_of(object), object.name());
        self.references().scalers.get(&key).copied()
    }
}
