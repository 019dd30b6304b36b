use std::collections::{BTreeMap, HashMap};

use merlon_model::Kind;
use merlon_rbac::{BindingId, Identity, RoleId};
use merlon_snapshot::Object;
use merlon_views::NodeView;
use merlon_views::objects::{AccessView, BindingView, InventoryView, Placement, PodView, RoleView};

use crate::fact::Fact;

/// What techniques look at: an inventory, indexed by what attackers ask.
#[derive(Debug)]
pub struct World<'w, 'a> {
    /// The objects.
    pub view: &'w InventoryView<'a>,
    /// Who may do what.
    pub access: &'w AccessView<'a>,
    /// The nodes by name; none for manifests.
    pub nodes: BTreeMap<&'w str, NodeInfo<'w>>,
    /// What was collected on nodes, by the node's name; none unless [`with_nodes`](Self::with_nodes) told.
    pub evidence: BTreeMap<&'w str, &'w NodeView<'a>>,
    /// Every namespace that is named somewhere, and the one that every cluster has, sorted.
    pub namespaces: Vec<&'w str>,
    placement: Placement<'a>,
    bindings: HashMap<BindingId, usize>,
    roles: HashMap<RoleId, usize>,
    service_accounts: Vec<(&'w str, &'w str)>,
    by_account: BTreeMap<(&'w str, &'w str), Vec<u32>>,
    by_namespace: BTreeMap<&'w str, Vec<u32>>,
}

/// A node, as far as its object tells.
#[derive(Clone, Copy, Debug)]
pub struct NodeInfo<'w> {
    /// The object.
    pub object: &'w Object,
    /// Whether it runs the control plane.
    pub is_control_plane: bool,
    /// The cloud it is a machine of, from its provider id: `aws`, `gce`, `azure`.
    pub cloud: Option<&'w str>,
}

/// Labels that nodes of the control plane carry.
const CONTROL_PLANE: &[&str] =
    &["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// The namespace that every cluster has, whether manifests name it or not: the API server makes it anew
/// (`k8s.io/kubernetes/pkg/controlplane/controller/systemnamespaces`), and what runs in it is root on its nodes.
pub(crate) const SYSTEM: &str = "kube-system";

impl<'w, 'a: 'w> World<'w, 'a> {
    /// Indexes an inventory.
    #[must_use]
    pub fn new(view: &'w InventoryView<'a>) -> Self {
        let nodes = view.of_kind(Kind::Node).map(|object| (object.name(), node(object))).collect();
        let mut by_account: BTreeMap<(&'w str, &'w str), Vec<u32>> = BTreeMap::new();
        let mut by_namespace: BTreeMap<&'w str, Vec<u32>> = BTreeMap::new();
        for (place, pod) in (0..).zip(&view.pods) {
            let account = (pod.namespace, pod.service_account_name());
            by_account.entry(account).or_default().push(place);
            by_namespace.entry(pod.namespace).or_default().push(place);
        }
        let access = view.access();
        let namespaces = view.namespaces().keys().copied();
        let bound = access.policy().bindings().filter_map(|(_, it)| it.namespace.as_deref());
        let mut service_accounts: Vec<(&'w str, &'w str)> = view
            .of_kind(Kind::ServiceAccount)
            .map(|object| (view.namespace_of(object), object.name()))
            .chain(by_account.keys().copied())
            .collect();
        // Where not all are known, those that bindings name are taken to be there.
        if !view.is_complete(Kind::ServiceAccount) {
            let bound = access.identities().into_iter().filter_map(|(it, _)| match it {
                Identity::ServiceAccount { namespace, name } => Some((&**namespace, &**name)),
                _ => None,
            });
            service_accounts.extend(bound);
        }
        service_accounts.sort_unstable();
        service_accounts.dedup();
        let secrets = view.of_kind(Kind::Secret).map(|object| view.namespace_of(object));
        let homes = service_accounts.iter().map(|(namespace, _)| *namespace).chain(secrets);
        let mut namespaces: Vec<&'w str> =
            namespaces.chain(bound).chain(homes).chain([SYSTEM]).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let placement = view.placement();
        let bindings = access.bindings.iter().zip(0..).map(|(it, place)| (it.id, place)).collect();
        let roles = access.roles.iter().zip(0..).map(|(it, place)| (it.id, place)).collect();
        Self {
            view,
            access,
            nodes,
            evidence: BTreeMap::new(),
            namespaces,
            placement,
            bindings,
            roles,
            service_accounts,
            by_account,
            by_namespace,
        }
    }

    /// The same with what was collected on nodes: files, processes, or the arguments that mirror pods show.
    #[must_use]
    pub fn with_nodes(mut self, nodes: &'w [NodeView<'a>]) -> Self {
        self.evidence = nodes.iter().map(|view| (view.node.name.as_str(), view)).collect();
        self
    }

    /// All workloads, and pods without one, with their numbers.
    pub fn workloads(&self) -> impl Iterator<Item = (u32, &'w PodView<'a>)> + use<'w, 'a> {
        (0..).zip(&self.view.pods)
    }

    /// The workload of that number.
    #[must_use]
    pub fn workload(&self, number: u32) -> Option<&'w PodView<'a>> {
        self.view.pods.get(usize::try_from(number).ok()?)
    }

    /// The nodes that the pods of a workload run on; none when that is not known.
    #[must_use]
    pub fn nodes_of(&self, workload: &PodView<'a>) -> &[&'a str] {
        self.placement.nodes_of(workload)
    }

    /// What root on a workload's node is: each node its pods run on, or some node when these are not known.
    #[must_use]
    pub fn roots_of(&self, workload: &PodView<'a>) -> Vec<Fact<'w>> {
        let nodes = self.nodes_of(workload);
        if nodes.is_empty() {
            return vec![Fact::SomeNode];
        }
        nodes.iter().map(|name| Fact::Node(name)).collect()
    }

    /// A binding as it is written.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> Option<&'w BindingView<'a>> {
        self.bindings.get(&id).map(|place| &self.access.bindings[*place])
    }

    /// A role, with its object where it is written.
    #[must_use]
    pub fn role(&self, id: RoleId) -> Option<&'w RoleView<'a>> {
        self.roles.get(&id).map(|place| &self.access.roles[*place])
    }

    /// The workloads that run as a service account.
    #[must_use]
    pub fn running_as(&self, namespace: &'w str, account: &'w str) -> &[u32] {
        self.by_account.get(&(namespace, account)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The workloads of a namespace.
    #[must_use]
    pub fn within(&self, namespace: &str) -> &[u32] {
        self.by_namespace.get(namespace).map(Vec::as_slice).unwrap_or_default()
    }

    /// The service accounts that there are: written ones, those that pods run as, and those that bindings name where
    /// not all are known; sorted.
    #[must_use]
    pub fn service_accounts(&self) -> &[(&'w str, &'w str)] {
        &self.service_accounts
    }

    /// The name of a namespace as the objects spell it, for as long as they live.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&'w str> {
        self.namespaces.binary_search(&name).ok().map(|at| self.namespaces[at])
    }

    /// The workload that a pod of that name belongs to.
    ///
    /// Pods of workloads in manifests have no names yet, but for those of stateful sets.
    #[must_use]
    pub fn workload_of_pod(&self, namespace: &str, name: &str) -> Option<u32> {
        let place = |kind: Kind, name: &str| {
            self.within(namespace).iter().copied().find(|number| {
                self.workload(*number).is_some_and(|it| it.kind == kind && it.object.name() == name)
            })
        };
        let Some(pod) = self.view.find(Kind::Pod, namespace, name) else {
            let (set, ordinal) = name.rsplit_once('-')?;
            let is_ordinal = !ordinal.is_empty() && ordinal.bytes().all(|it| it.is_ascii_digit());
            return is_ordinal.then(|| place(Kind::StatefulSet, set)).flatten();
        };
        if let Some(own) = place(Kind::Pod, name) {
            return Some(own);
        }
        let mut object = pod;
        // A pod of a cron job is three owners away.
        for _ in 0..3 {
            object = owner(self.view, namespace, object)?;
            if let Some(number) = place(object.kind()?, object.name()) {
                return Some(number);
            }
        }
        None
    }
}

/// The controller that made an object.
fn owner<'w, 'a: 'w>(
    view: &'w InventoryView<'a>,
    namespace: &str,
    object: &'w Object,
) -> Option<&'w Object> {
    let owners = object.root.path(&["metadata", "ownerReferences"])?.as_sequence()?;
    let text = |node: &'w merlon_yaml::Node, key| node.get(key).and_then(|it| it.as_str());
    owners.iter().find_map(|each| {
        let kind = Kind::of(text(each, "apiVersion")?, text(each, "kind")?)?;
        view.find(kind, namespace, text(each, "name")?)
    })
}

fn node(object: &Object) -> NodeInfo<'_> {
    let labels = object.root.path(&["metadata", "labels"]);
    let is_control_plane =
        CONTROL_PLANE.iter().any(|label| labels.is_some_and(|all| all.get(label).is_some()));
    let provider = object.root.path(&["spec", "providerID"]).and_then(|id| id.as_str());
    let cloud = provider.and_then(|id| id.split_once("://")).map(|(cloud, _)| cloud);
    NodeInfo { object, is_control_plane, cloud }
}
