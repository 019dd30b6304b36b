use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use merlon_model::{Kind, Location, ObjectReference, Region, Text, Version};
use merlon_snapshot::{Inventory, Object, Origin, Rendered, Source};
use merlon_yaml::{LineIndex, Node, Span};

use super::access::AccessView;
use super::exposure::ServiceView;
use super::kinds::{KindIndex, kinds_of};
use super::namespace::{NamespaceView, namespaces};
use super::network::NetworkView;
use super::owner::{Made, is_alike, is_as_written, made, uppermost};
use super::place::{Place, Stretch, region};
use super::pod::{PodView, containers};
use super::references::References;
use super::rights::bound_accounts;
use super::template::{Template, template as find_template};
use super::ways_in::WaysIn;
use crate::Told;
use crate::parallel::map_in_parallel;

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
    /// The kind of each object.
    kinds: Vec<Option<Kind>>,
    by_kind: BTreeMap<Kind, KindIndex<'a>>,
    files: Vec<OnceLock<File<'a>>>,
    names: Vec<OnceLock<Names>>,
    bound: OnceLock<HashSet<(&'a str, &'a str)>>,
    claimed: OnceLock<HashMap<(&'a str, &'a str), &'a Object>>,
    kubelets: OnceLock<BTreeSet<Version>>,
    pub(super) access: OnceLock<AccessView<'a>>,
    network: OnceLock<NetworkView<'a>>,
    services: OnceLock<ServiceView<'a>>,
    internet: OnceLock<WaysIn<'a>>,
    namespaces: OnceLock<BTreeMap<&'a str, NamespaceView<'a>>>,
    references: OnceLock<References<'a>>,
    pub(super) ranges: OnceLock<HashMap<&'a str, Vec<&'a Object>>>,
}

impl<'a> InventoryView<'a> {
    /// Indexes an inventory; `now` is the snapshot's time.
    #[must_use]
    pub fn new(inventory: &'a Inventory, now: i64, told: &Told) -> Self {
        let kinds = kinds_of(&inventory.objects);
        let mut by_kind: BTreeMap<Kind, KindIndex<'a>> = BTreeMap::new();
        for (object, kind) in inventory.objects.iter().zip(&kinds) {
            if let Some(kind) = *kind {
                by_kind.entry(kind).or_default().objects.push(object);
            }
        }
        let mut files = Vec::new();
        files.resize_with(inventory.manifests.len(), OnceLock::new);
        let mut names = Vec::new();
        names.resize_with(inventory.objects.len(), OnceLock::new);
        let release = told.kubernetes_version.clone().or_else(|| match &inventory.origin {
            Origin::Cluster { version: Some(version), .. } => Version::parse(version),
            _ => None,
        });
        let mut view = Self {
            inventory,
            now,
            release,
            pods: Vec::new(),
            kinds,
            by_kind,
            files,
            names,
            bound: OnceLock::new(),
            claimed: OnceLock::new(),
            kubelets: OnceLock::new(),
            access: OnceLock::new(),
            network: OnceLock::new(),
            services: OnceLock::new(),
            internet: OnceLock::new(),
            namespaces: OnceLock::new(),
            references: OnceLock::new(),
            ranges: OnceLock::new(),
        };
        view.pods = view.find_pods();
        view
    }

    /// The objects of a kind, in the order they were read.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Object> + use<'a, '_> {
        self.by_kind.get(&kind).into_iter().flat_map(|index| &index.objects).copied()
    }

    /// Whether there is any object of a kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.by_kind.contains_key(&kind)
    }

    /// The object of that kind and name; the namespace counts for kinds that live in one.
    #[must_use]
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&'a Object> {
        self.by_kind.get(&kind)?.find(kind, namespace, name)
    }

    /// The namespace an object lives in: `default` where none is written, empty for objects of the
    /// whole cluster.
    #[must_use]
    pub fn namespace_of(&self, object: &'a Object) -> &'a str {
        self.kind_of(object)
            .map_or_else(|| object.namespace().unwrap_or_default(), |kind| namespace(kind, object))
    }

    /// The kind of an object, which [`Object::kind`] has to find out.
    #[must_use]
    pub fn kind_of(&self, object: &Object) -> Option<Kind> {
        self.position(object).map_or_else(|| object.kind(), |position| self.kinds[position])
    }

    /// The place of an object in the inventory; `None` for one that is not of this inventory.
    pub(super) fn position(&self, object: &Object) -> Option<usize> {
        let objects = &self.inventory.objects;
        let offset = std::ptr::from_ref(object).addr().checked_sub(objects.as_ptr().addr())?;
        let position = offset / size_of::<Object>();
        (position < objects.len()).then_some(position)
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

    pub(super) fn internet(&self) -> &WaysIn<'a> {
        self.internet.get_or_init(|| WaysIn::new(self))
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
        let location = self.location(object, stretch.span, stretch.field.as_str().into());
        Some((stretch, location))
    }

    /// Where a field of an object stands, given the text that it covers.
    #[must_use]
    pub fn location(&self, object: &Object, span: Span, field: Text) -> Location {
        match object.source {
            Source::Api => Location::Object { object: self.names(object).reference.clone(), field },
            Source::Manifest { manifest, .. } => {
                let file = self.file(manifest);
                let mut region = region(&file.lines, span);
                if let Some(rendered) = &self.inventory.manifests[manifest].rendered {
                    region = source_region(rendered, region);
                }
                Location::Manifest { path: file.path.clone(), region, field }
            }
        }
    }

    /// The path of a manifest, by its place in the inventory: one text for all that stands in it.
    #[must_use]
    pub fn path(&self, manifest: usize) -> Text {
        self.file(manifest).path.clone()
    }

    fn file(&self, manifest: usize) -> &File<'a> {
        self.files[manifest].get_or_init(|| {
            let manifest = &self.inventory.manifests[manifest];
            let lines = LineIndex::new(&manifest.text);
            File { path: manifest.path.as_str().into(), lines }
        })
    }

    /// How findings call an object: the same for all of them.
    #[must_use]
    pub fn names(&self, object: &Object) -> Cow<'_, Names> {
        match self.position(object) {
            Some(position) => Cow::Borrowed(self.names[position].get_or_init(|| Names::of(object))),
            None => Cow::Owned(Names::of(object)),
        }
    }

    /// The chart that a place was rendered from, and the keys of its values that decide its line.
    #[must_use]
    pub fn chart(&self, object: &'a Object, place: Place<'a>) -> Option<(&'a str, Vec<&'a str>)> {
        let Source::Manifest { manifest, .. } = object.source else { return None };
        let rendered = self.inventory.manifests[manifest].rendered.as_ref()?;
        let Rendered::Helm { chart, .. } = rendered else { return None };
        let line = region(&self.file(manifest).lines, place.stretch(&object.root)?.span).line;
        Some((chart, rendered.values_at(line)))
    }

    fn find_pods(&self) -> Vec<PodView<'a>> {
        let objects = &self.inventory.objects;
        let made = map_in_parallel(objects, |object| made(self, object));
        let before = self.siblings(&made);
        let written = map_in_parallel(objects, |object| self.written(object, &made, &before));
        let mut pods: Vec<PodView<'a>> = Vec::new();
        let mut place_of: Vec<Option<usize>> = vec![None; objects.len()];
        // The place of the pod that speaks for each object's.
        let mut speaker_of: Vec<Option<usize>> = vec![None; objects.len()];
        // Workloads come before what they made, whatever their order in the inventory.
        let is_first = |number: &usize| made[*number] == Made::ByNobody;
        let made = (0..objects.len()).filter(|it| !is_first(it) && !self.is_past(*it));
        for number in (0..objects.len()).filter(is_first).chain(made) {
            let Some(pod) = &written[number] else { continue };
            match place_of[pod.owner] {
                Some(place) if pod.is_as_owner => {
                    pods[place].instances += usize::from(pod.kind == Kind::Pod);
                }
                _ => {
                    let place = pods.len();
                    let speaker = pod.alike.and_then(|before| speaker_of[before]).unwrap_or(place);
                    place_of[number] = Some(place);
                    speaker_of[number] = Some(speaker);
                    pods.push(self.pod(number, pod));
                    pods[speaker].speaks_for += 1;
                }
            }
        }
        pods
    }

    /// For each pod the one before it in the inventory that the same controller made.
    fn siblings(&self, made: &[Made]) -> Vec<Option<usize>> {
        let mut last: Vec<Option<usize>> = vec![None; made.len()];
        let sibling = |(number, made): (usize, &Made)| match made {
            Made::By(above) if self.kinds[number] == Some(Kind::Pod) => {
                last[*above].replace(number)
            }
            _ => None,
        };
        made.iter().enumerate().map(sibling).collect()
    }

    fn written(
        &self,
        object: &'a Object,
        made: &[Made],
        before: &[Option<usize>],
    ) -> Option<Written<'a>> {
        let number = self.position(object)?;
        let kind = self.kinds[number]?;
        let template = find_template(kind, &object.root)?;
        let owner = uppermost(made, number);
        let above = &self.inventory.objects[owner];
        let is_as_owner = owner != number
            && self.kinds[owner]
                .and_then(|kind| find_template(kind, &above.root))
                .is_some_and(|above| is_as_written(above.spec, template.spec));
        let alike = before[number].filter(|before| {
            !is_as_owner && is_alike(&self.inventory.objects[*before].root, &object.root)
        });
        Some(Written { kind, template, owner, is_as_owner, alike })
    }

    /// Whether it is a replica set that a deployment keeps only so that it can go back.
    fn is_past(&self, number: usize) -> bool {
        let replicas = || self.inventory.objects[number].root.path(&["spec", "replicas"]);
        self.kinds[number] == Some(Kind::ReplicaSet) && replicas().and_then(Node::as_i64) == Some(0)
    }

    fn pod(&self, number: usize, written: &Written<'a>) -> PodView<'a> {
        let object = &self.inventory.objects[number];
        let Written { kind, template, owner, .. } = *written;
        PodView {
            object,
            kind,
            owner: &self.inventory.objects[owner],
            namespace: namespace(kind, object),
            metadata: template.metadata,
            spec: template.spec,
            containers: containers(template.spec),
            instances: 0,
            speaks_for: 0,
        }
    }
}

/// A manifest as findings point into it.
#[derive(Debug)]
struct File<'a> {
    path: Text,
    lines: LineIndex<'a>,
}

/// How findings call an object, made once: an object has many findings.
#[derive(Clone, Debug)]
pub struct Names {
    /// For programs.
    pub reference: Arc<ObjectReference>,
    /// For people.
    pub shown: Text,
}

impl Names {
    fn of(object: &Object) -> Self {
        let reference = object.reference();
        Self { shown: reference.to_string().into(), reference: reference.into() }
    }
}

/// A pod as an object carries it.
struct Written<'a> {
    kind: Kind,
    template: Template<'a>,
    /// The place of its uppermost controller in the inventory.
    owner: usize,
    /// Whether it is just as that says.
    is_as_owner: bool,
    /// The one before it that the same controller made, where it is the same.
    alike: Option<usize>,
}

pub(super) fn namespace(kind: Kind, object: &Object) -> &str {
    if kind.is_namespaced() { object.namespace().unwrap_or("default") } else { "" }
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

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Inventory, Manifest, Origin};

    use super::InventoryView;
    use crate::Told;

    /// For how many pods each speaks, of a replica set and two pods that it made.
    fn check(first: &str, second: &str, expected: &[usize]) {
        let pod = |name: &str, rest: &str| {
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, ownerReferences: [{{apiVersion: \
                 apps/v1, kind: ReplicaSet, name: web, controller: true}}], {rest}}}\n---\n"
            )
        };
        let text = format!(
            "{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: web}}, spec: {{template: \
             {{spec: {{containers: [{{name: a}}]}}}}}}}}\n---\n{}{}",
            pod("web-1", first),
            pod("web-2", second)
        );
        let manifest = Manifest { path: "a.yaml".to_owned(), text, rendered: None };
        let inventory = Inventory {
            name: "test".to_owned(),
            origin: Origin::Manifests { skipped: 0 },
            objects: manifest.contents(0).objects,
            manifests: vec![manifest],
            gaps: Vec::new(),
        };
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let spoken: Vec<usize> = view.pods.iter().map(|pod| pod.speaks_for).collect();
        assert_eq!(spoken, expected, "{first} {second}");
        for pod in &view.pods {
            assert!(std::ptr::eq(pod.owner, &inventory.objects[0]));
        }
    }

    #[test]
    fn a_pod_speaks_for_those_that_are_the_same() {
        let plain = "}, spec: {containers: [{name: a}]}";
        let changed = "}, spec: {containers: [{name: a}], hostPID: true}";
        // As the workload says: the workload speaks for them.
        check(plain, plain, &[1]);
        check(changed, plain, &[1, 1]);
        check(changed, changed, &[1, 2, 0]);
        check(
            changed,
            "}, spec: {hostPID: true, containers: [{name: a}], nodeName: n}",
            &[1, 2, 0],
        );
        check(changed, "}, spec: {containers: [{name: a}], hostPID: false}", &[1, 1, 1]);
        check(changed, "}, spec: {containers: [{name: b}], hostPID: true}", &[1, 1, 1]);
        let labelled = "labels: {a: b}}, spec: {containers: [{name: a}], hostPID: true}";
        check(changed, labelled, &[1, 1, 1]);
        check(labelled, labelled, &[1, 2, 0]);
    }

    #[test]
    fn the_name_of_its_tokens_volume_makes_no_other_pod() {
        let pod = |volume: &str, mounted: &str, path: &str| {
            format!(
                "}}, spec: {{hostPID: true, containers: [{{name: a, volumeMounts: [{{name: {mounted}, \
                 mountPath: {path}}}]}}], volumes: [{{name: {volume}, projected: {{sources: []}}}}]}}"
            )
        };
        let (one, other) = ("kube-api-access-abcde", "kube-api-access-fghij");
        let first = pod(one, one, "/token");
        check(&first, &pod(other, other, "/token"), &[1, 2, 0]);
        check(&first, &pod(other, other, "/etc"), &[1, 1, 1]);
        check(&first, &pod(other, one, "/token"), &[1, 1, 1]);
        check(&first, &pod("mine", "mine", "/token"), &[1, 1, 1]);
        // Where there are several, nothing tells which is meant.
        let second = "{name: kube-api-access-zzzzz, projected: {sources: []}}]}";
        let several = |volume: &str| {
            pod(volume, volume, "/token").replace("]}}]}", &format!("]}}}}, {second}"))
        };
        check(&several(one), &several(one), &[1, 2, 0]);
        check(&several(one), &several(other), &[1, 1, 1]);
    }
}
