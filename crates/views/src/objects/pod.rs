use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Fields;

/// A pod, wherever it is written: by itself, or as the template of a workload.
#[derive(Clone, Debug)]
pub struct PodView<'a> {
    /// The object it is written in.
    pub object: &'a Object,
    /// That object's kind.
    pub kind: Kind,
    /// The object that findings belong to: the workload that made the pod, else the object itself.
    pub owner: &'a Object,
    /// The namespace; `default` where none is written.
    pub namespace: &'a str,
    /// The pod's own metadata.
    pub metadata: Option<&'a Node>,
    /// The pod's specification; a mapping.
    pub spec: &'a Node,
    /// The containers of all three lists: init, regular, ephemeral.
    pub containers: Vec<ContainerView<'a>>,
    /// How many running pods are as this one says, where it is a workload of a cluster.
    pub instances: usize,
    /// For how many pods of its workload what is said of this one holds: those that are the same
    /// but for their name, node and the name of their token's volume, itself among them. 0 for one that another speaks for.
    pub speaks_for: usize,
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct ContainerView<'a> {
    /// The list it stands in.
    pub list: ContainerList,
    /// Its name; empty where none is written.
    pub name: &'a str,
    /// The container.
    pub node: &'a Node,
}

/// The lists of containers that a pod has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerList {
    /// `initContainers`, sidecars (`restartPolicy: Always`) among them.
    Init,
    /// `containers`.
    Regular,
    /// `ephemeralContainers`.
    Ephemeral,
}

impl ContainerList {
    /// The lists in the order in which Kubernetes goes through them.
    pub const ALL: [Self; 3] = [Self::Init, Self::Regular, Self::Ephemeral];

    /// The key in the pod's specification.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Regular => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

impl<'a> PodView<'a> {
    /// The fields of the specification.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields::of(self.spec)
    }

    /// The pod's `securityContext`.
    #[must_use]
    pub fn security(&self) -> Fields<'a> {
        self.fields().get("securityContext")
    }

    /// A field of the security context that a container inherits from its pod: the container's,
    /// else the pod's.
    #[must_use]
    pub fn effective_security(&self, container: &ContainerView<'a>, keys: &[&str]) -> Fields<'a> {
        let own = container.security().path(keys);
        if own.is_set() { own } else { self.security().path(keys) }
    }

    /// The containers that go on running: all but init containers that are no sidecars.
    pub fn lasting_containers(&self) -> impl Iterator<Item = &ContainerView<'a>> {
        self.containers
            .iter()
            .filter(|container| container.list != ContainerList::Init || container.is_sidecar())
    }

    /// Whether the pod says that it is for Windows nodes: by `os`, or by the nodes it selects.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        let name = |keys| self.spec.path(keys).and_then(Node::as_str);
        let name = name(&["os", "name"]).or_else(|| name(&["nodeSelector", "kubernetes.io/os"]));
        name == Some("windows")
    }

    /// A label of the pod.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&'a str> {
        self.metadata?.get("labels")?.get(name)?.as_str()
    }

    /// An annotation of the pod.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&'a str> {
        self.metadata?.get("annotations")?.get(name)?.as_str()
    }

    /// Whether it is a kubelet's own pod, which the API server only shows: nobody gives it a token.
    #[must_use]
    pub fn is_mirror(&self) -> bool {
        self.annotation("kubernetes.io/config.mirror").is_some()
    }

    /// The name of the service account that the pod runs as.
    #[must_use]
    pub fn service_account_name(&self) -> &'a str {
        let named = |key| self.fields().get(key).node().and_then(Node::as_str);
        // `serviceAccount` is the old spelling, which the API server copies.
        let name = named("serviceAccountName").or_else(|| named("serviceAccount"));
        name.filter(|name| !name.is_empty()).unwrap_or("default")
    }
}

impl<'a> ContainerView<'a> {
    /// The container's fields.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields::of(self.node)
    }

    /// The container's own `securityContext`.
    #[must_use]
    pub fn security(&self) -> Fields<'a> {
        self.fields().get("securityContext")
    }

    /// Whether it is an init container that goes on running.
    #[must_use]
    pub fn is_sidecar(&self) -> bool {
        self.list == ContainerList::Init
            && self.node.get("restartPolicy").and_then(Node::as_str) == Some("Always")
    }
}

/// The containers of a pod's specification.
pub(crate) fn containers(spec: &Node) -> Vec<ContainerView<'_>> {
    let mut all = Vec::new();
    for list in ContainerList::ALL {
        let nodes = spec.get(list.key()).and_then(Node::as_sequence).unwrap_or_default();
        all.extend(nodes.iter().filter(|node| node.as_mapping().is_some()).map(|node| {
            let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
            ContainerView { list, name, node }
        }));
    }
    all
}
