use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use merlon_model::{Kind, Location, Region, Version};
use merlon_snapshot::{Inventory, Object, Origin, Rendered, Source};
use merlon_yaml::{LineIndex, Node};

use super::access::AccessView;
use super::exposure::ServiceView;
use super::namespace::{NamespaceView, namespaces};
use super::network::NetworkView;
use super::owner::{is_as_written, uppermost};
use super::place::{Place, Stretch, region};
use super::pod::{PodView, containers};
use super::references::References;
use super::rights::bound_accounts;
use super::template::template;
use crate::Told;

/// The objects of one cluster, or of one set of manifests, indexed.
#[derive(Debug)]
pub struct InventoryView<'a> {
    /// The facts.
    pub inventory: &'a Inventory,
    /// The moment the facts are from, in seconds since 1970-01-01 UTC.
    pub now: i64,
    /// The release of Kubernetes, when it is known.
    pub release: Option<Version>,
    /// Every pod that is written or runs, without those that are just as their workload says.
    pub pods: Vec<PodView<'a>>,
    by_kind: BTreeMap<Kind, Vec<&'a Object>>,
    by_name: HashMap<(Kind, &'a str, &'a str), &'a Object>,
    lines: Vec<OnceCell<LineIndex<'a>>>,
    bound: OnceCell<HashSet<(&'a str, &'a str)>>,
    claimed: OnceCell<HashMap<(&'a str, &'a str), &'a Object>>,
    kubelets: OnceCell<BTreeSet<Version>>,
    pub(super) access: OnceCell<AccessView<'a>>,
    network: OnceCell<NetworkView<'a>>,
    services: OnceCell<ServiceView<'a>>,
    namespaces: OnceCell<BTreeMap<&'a str, NamespaceView<'a>>>,
    references: OnceCell<References<'a>>,
    pub(super) ranges: OnceCell<HashMap<&'a str, Vec<&'a Object>>>,
}

impl<'a> InventoryView<'a> {
    /// Indexes an inventory; `now` is the snapshot's time.
    #[must_use]
    pub fn new(inventory: &'a Inventory, now: i64, told: &Told) -> Self {
        let mut by_kind: BTreeMap<Kind, Vec<&'a Object>> = BTreeMap::new();
        let mut by_name = HashMap::new();
        for object in &inventory.objects {
            let Some(kind) = object.kind() else { continue };
            by_kind.entry(kind).or_default().push(object);
            by_name.entry((kind, namespace(kind, object), object.name())).or_insert(object);
        }
        let mut lines = Vec::new();
        lines.resize_with(inventory.manifests.len(), OnceCell::new);
        let release = told.kubernetes_version.clone().or_else(|| match &inventory.origin {
            Origin::Cluster { version: Some(version), .. } => Version::parse(version),
            _ => None,
        });
        let mut view = Self {
            inventory,
            now,
            release,
            pods: Vec::new(),
            by_kind,
            by_name,
            lines,
            bound: OnceCell::new(),
            claimed: OnceCell::new(),
            kubelets: OnceCell::new(),
            access: OnceCell::new(),
            network: OnceCell::new(),
            services: OnceCell::new(),
            namespaces: OnceCell::new(),
            references: OnceCell::new(),
            ranges: OnceCell::new(),
        };
        view.pods = view.find_pods();
        view
    }

    /// The objects of a kind, in the order they were read.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Object> + use<'a, '_> {
        self.by_kind.get(&kind).into_iter().flatten().copied()
    }

    /// Whether there is any object of a kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.by_kind.contains_key(&kind)
    }

    /// The object of that kind and name; the namespace counts for kinds that live in one.
    #[must_use]
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&'a Object> {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        self.by_name.get(&(kind, namespace, name)).copied()
    }

    /// The namespace an object lives in: `default` where none is written, empty for objects of the
    /// whole cluster.
    #[must_use]
    pub fn namespace_of(&self, object: &'a Object) -> &'a str {
        object
            .kind()
            .map_or_else(|| object.namespace().unwrap_or_default(), |kind| namespace(kind, object))
    }

    /// Whether what is not here does not exist: the cluster's objects of the kind were all listed.
    /// Never true for manifests.
    #[must_use]
    pub fn is_complete(&self, kind: Kind) -> bool {
        self.inventory.is_complete(kind)
    }

    /// Whether the objects come from a live cluster.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        matches!(self.inventory.origin, Origin::Cluster { .. })
    }

    /// The service account of a pod, when it is in the inventory.
    #[must_use]
    pub fn service_account(&self, pod: &PodView<'a>) -> Option<&'a Object> {
        self.find(Kind::ServiceAccount, pod.namespace, pod.service_account_name())
    }

    /// Whether a service account's token is mounted into the pod: what the pod says, else what
    /// the account says, else yes. The node that decided comes along.
    #[must_use]
    pub fn mounts_token(&self, pod: &PodView<'a>) -> (bool, Option<&'a Node>) {
        let key = "automountServiceAccountToken";
        let account = self.service_account(pod).map(|account| &account.root);
        for holder in [Some(pod.spec), account].into_iter().flatten() {
            if let Some(node) = holder.get(key)
                && let Some(mounts) = node.as_bool()
            {
                return (mounts, Some(node));
            }
        }
        (true, None)
    }

    /// Whether a binding of the inventory names the service account, or all of its namespace.
    #[must_use]
    pub fn is_bound(&self, namespace: &str, account: &str) -> bool {
        let bound = self.bound.get_or_init(|| bound_accounts(self));
        bound.contains(&(namespace, account)) || bound.contains(&(namespace, ""))
    }

    /// The network policies, indexed once.
    #[must_use]
    pub fn network(&self) -> &NetworkView<'a> {
        self.network.get_or_init(|| NetworkView::new(self))
    }

    /// What is reached from outside, indexed once.
    #[must_use]
    pub fn services(&self) -> &ServiceView<'a> {
        self.services.get_or_init(|| ServiceView::new(self))
    }

    /// The persistent volume of a claim, as the claim or the volume names the other.
    #[must_use]
    pub fn claimed_volume(&self, namespace: &str, claim: &str) -> Option<&'a Object> {
        self.claimed.get_or_init(|| self.find_claimed()).get(&(namespace, claim)).copied()
    }

    /// The releases of the kubelets, as their nodes tell: each once.
    #[must_use]
    pub fn kubelet_releases(&self) -> &BTreeSet<Version> {
        const RELEASE: &[&str] = &["status", "nodeInfo", "kubeletVersion"];
        self.kubelets.get_or_init(|| {
            let nodes = self.of_kind(Kind::Node);
            nodes.filter_map(|node| Version::parse(node.root.path(RELEASE)?.as_str()?)).collect()
        })
    }

    /// Every namespace that an object describes or a pod is written for, by name.
    #[must_use]
    pub fn namespaces(&self) -> &BTreeMap<&'a str, NamespaceView<'a>> {
        self.namespaces.get_or_init(|| namespaces(self))
    }

    pub(super) fn references(&self) -> &References<'a> {
        self.references.get_or_init(|| References::new(self))
    }

    fn find_claimed(&self) -> HashMap<(&'a str, &'a str), &'a Object> {
        let mut claimed = HashMap::new();
        for volume in self.of_kind(Kind::PersistentVolume) {
            let text = |key| volume.root.path(&["spec", "claimRef", key]).and_then(Node::as_str);
            if let (Some(namespace), Some(name)) = (text("namespace"), text("name")) {
                claimed.insert((namespace, name), volume);
            }
        }
        for claim in self.of_kind(Kind::PersistentVolumeClaim) {
            let name = claim.root.path(&["spec", "volumeName"]).and_then(Node::as_str);
            if let Some(volume) = self.find(Kind::PersistentVolume, "", name.unwrap_or_default()) {
                claimed.insert((self.namespace_of(claim), claim.name()), volume);
            }
        }
        claimed
    }

    /// Where a place of an object stands: in a manifest or behind the API.
    ///
    /// `None` for a place that is not of this object.
    #[must_use]
    pub fn locate(&self, object: &Object, place: Place<'_>) -> Option<(Stretch, Location)> {
        let stretch = place.stretch(&object.root)?;
        let field = stretch.field.clone();
        let location = match object.source {
            Source::Api => Location::Object { object: Box::new(object.reference()), field },
            Source::Manifest { manifest, .. } => {
                let file = &self.inventory.manifests[manifest];
                let lines = self.lines[manifest].get_or_init(|| LineIndex::new(&file.text));
                let mut region = region(lines, stretch.span);
                if let Some(rendered) = &file.rendered {
                    region = source_region(rendered, region);
                }
                Location::Manifest { path: file.path.clone(), region, field }
            }
        };
        Some((stretch, location))
    }

    /// The chart that a place was rendered from, and the keys of its values that decide its line.
    #[must_use]
    pub fn chart(&self, object: &'a Object, place: Place<'a>) -> Option<(&'a str, Vec<&'a str>)> {
        let Source::Manifest { manifest, .. } = object.source else { return None };
        let rendered = self.inventory.manifests[manifest].rendered.as_ref()?;
        let Rendered::Helm { chart, .. } = rendered else { return None };
        let file = &self.inventory.manifests[manifest];
        let lines = self.lines[manifest].get_or_init(|| LineIndex::new(&file.text));
        let line = region(lines, place.stretch(&object.root)?.span).line;
        Some((chart, rendered.values_at(line)))
    }

    fn find_pods(&self) -> Vec<PodView<'a>> {
        let mut pods: Vec<PodView<'a>> = Vec::new();
        let mut place_of: HashMap<*const Object, usize> = HashMap::new();
        // Workloads come before what they made, whatever their order in the inventory.
        let (made, first): (Vec<&'a Object>, Vec<&'a Object>) =
            self.inventory.objects.iter().partition(|object| is_made(object));
        let made = made.into_iter().filter(|object| !is_past(object));
        for object in first.into_iter().chain(made) {
            let Some(pod) = self.pod(object) else { continue };
            let represented = place_of.get(&std::ptr::from_ref(pod.owner)).copied();
            match represented {
                Some(place) if is_as_written(pods[place].spec, pod.spec) => {
                    pods[place].instances += usize::from(pod.kind == Kind::Pod);
                }
                _ => {
                    place_of.entry(std::ptr::from_ref(object)).or_insert(pods.len());
                    pods.push(pod);
                }
            }
        }
        pods
    }

    fn pod(&self, object: &'a Object) -> Option<PodView<'a>> {
        let kind = object.kind()?;
        let template = template(kind, &object.root)?;
        Some(PodView {
            object,
            kind,
            owner: uppermost(self, object),
            namespace: namespace(kind, object),
            metadata: template.metadata,
            spec: template.spec,
            containers: containers(template.spec),
            instances: 0,
        })
    }
}

fn namespace(kind: Kind, object: &Object) -> &str {
    if kind.is_namespaced() { object.namespace().unwrap_or("default") } else { "" }
}

fn is_made(object: &Object) -> bool {
    object.root.path(&["metadata", "ownerReferences"]).is_some()
}

/// Where rendered text comes from: the line of the source, or of the nearest one before it that
/// is known. Columns are those of the rendered text, and kept only where the line itself is known.
fn source_region(rendered: &Rendered, region: Region) -> Region {
    let exact = rendered.source_line(region.line);
    let line = exact
        .or_else(|| (1..region.line).rev().find_map(|line| rendered.source_line(line)))
        .unwrap_or(1);
    if exact.is_some() && region.end_line == region.line {
        return Region { line, end_line: line, ..region };
    }
    Region { line, column: 1, end_line: line, end_column: 1 }
}

/// A replica set that a deployment keeps only so that it can go back.
fn is_past(object: &Object) -> bool {
    object.kind() == Some(Kind::ReplicaSet)
        && object.root.path(&["spec", "replicas"]).and_then(Node::as_i64) == Some(0)
}
