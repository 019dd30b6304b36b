use std::collections::BTreeMap;
use std::rc::Rc;

use merlon_model::{Component, Role, Version};
use merlon_snapshot::{DocumentKind, Gap, Lookup, Node, Subject};

use crate::assemble::assemble;
use crate::component::ComponentView;
use crate::distribution::{Recognised, Runs, recognise};
use crate::manifest::Manifest;
use crate::text::{Text, Texts};
use crate::unit::Units;
use crate::wanted::MANY_NAMES;

/// A node of a snapshot as controls see it.
#[derive(Debug)]
pub struct NodeView<'a> {
    /// The facts.
    pub node: &'a Node,
    /// When the snapshot was taken, in seconds since 1970-01-01 UTC.
    pub now: i64,
    /// Which distribution it runs.
    pub distribution: Recognised,
    pub(crate) components: BTreeMap<Component, Vec<ComponentView<'a>>>,
    pub(crate) texts: Rc<Texts<'a>>,
    pub(crate) units: Units<'a>,
    told: Told,
}

/// What a person told about a node that the node does not tell itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The release of Kubernetes, for components whose own cannot be seen.
    pub kubernetes_version: Option<Version>,
}

/// Whether a component is on a node.
#[derive(Clone, Debug)]
pub enum Presence<'v, 'a> {
    /// It runs or is configured: its instances, at least one.
    Present(&'v [ComponentView<'a>]),
    /// Nothing of it is there, and everything that would show it was seen.
    Absent {
        /// What shows that: `no kube-apiserver runs here`, or that the vendor runs it elsewhere.
        why: String,
    },
    /// Nothing of it was seen, but something that would show it could not be looked at.
    Unknown {
        /// What, and why not.
        why: String,
    },
}

impl<'a> NodeView<'a> {
    /// Looks at a node.
    #[must_use]
    pub fn new(node: &'a Node, now: i64, told: &Told) -> Self {
        let texts = Rc::new(Texts::of(node));
        let distribution = recognise(node);
        let units = Units::of(node);
        let components = assemble(node, &texts, &units, &distribution, told);
        let told = told.clone();
        Self { node, now, distribution, components, texts, units, told }
    }

    /// Whether a component is on the node.
    #[must_use]
    pub fn component(&self, component: Component) -> Presence<'_, 'a> {
        if let Some(instances) = self.components.get(&component) {
            return Presence::Present(instances);
        }
        if let Some(distribution) = self.distribution.distribution
            && distribution.runs(component) == Some(Runs::Vendor)
        {
            let why = format!("{} runs {component} on its own machines", distribution.name);
            return Presence::Absent { why };
        }
        match self.hidden().or_else(|| self.expected(component)) {
            Some(why) => Presence::Unknown { why },
            None => Presence::Absent { why: format!("no {component} runs on this node") },
        }
    }

    /// Why a component that was not seen should be there: the distribution runs it together with
    /// others that are.
    fn expected(&self, component: Component) -> Option<String> {
        let distribution = self.distribution.distribution?;
        let known = distribution.components.iter().find(|known| known.component == component)?;
        let beside = match (known.role, known.runs) {
            (Role::ControlPlane, Runs::Process | Runs::StaticPod | Runs::Container) => {
                let mut others = distribution.components.iter();
                others.find(|other| {
                    other.role == Role::ControlPlane
                        && self.components.contains_key(&other.component)
                })?
            }
            // Static pods take a kubelet.
            (Role::Worker, _) if component == Component::Kubelet => {
                let mut others = distribution.components.iter();
                others.find(|other| {
                    let instances = self.instances(other.component);
                    instances.iter().any(|instance| instance.manifest.is_some())
                })?
            }
            _ => return None,
        };
        Some(format!(
            "{} runs {component} wherever it runs {}, and nothing of it was seen",
            distribution.name, beside.component
        ))
    }

    /// Why there may be more of Kubernetes on the node than was seen, if there may.
    pub(crate) fn hidden(&self) -> Option<String> {
        let gap = self.node.gaps.iter().find(|gap| hides_components(gap, self));
        gap.map(ToString::to_string)
            .or_else(|| {
                let nobody = self.node.processes.is_empty() && self.node.host.process_count == 0;
                nobody.then(|| "the list of processes was not collected".to_owned())
            })
            .or_else(|| self.unread_manifests())
            .or_else(|| self.unreadable_manifest())
    }

    /// Of very many manifests not all are read.
    fn unread_manifests(&self) -> Option<String> {
        self.static_pod_directories().into_iter().find_map(|directory| {
            let names = self.node.directories.get(&directory)?.iter();
            let count = names.filter(|name| !name.starts_with('.')).count();
            (count > MANY_NAMES)
                .then(|| format!("only {MANY_NAMES} of the {count} files in {directory} were read"))
        })
    }

    /// A static pod manifest that cannot be read could run anything.
    fn unreadable_manifest(&self) -> Option<String> {
        let documents = self.node.documents.iter();
        let manifests = documents.filter(|(_, each)| each.kind == DocumentKind::StaticPod);
        manifests.filter_map(|(path, _)| Manifest::read(self.texts.get(path).ok()?).err()).next()
    }

    /// The instances of a component; none when it is absent or unknown.
    #[must_use]
    pub fn instances(&self, component: Component) -> &[ComponentView<'a>] {
        self.components.get(&component).map_or(&[], Vec::as_slice)
    }

    /// What the node is there for, by the components on it.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        let has = |component| self.components.contains_key(&component);
        let mut roles = Vec::new();
        if has(Component::KubeApiserver)
            || has(Component::KubeControllerManager)
            || has(Component::KubeScheduler)
        {
            roles.push(Role::ControlPlane);
        }
        if has(Component::Etcd) {
            roles.push(Role::Etcd);
        }
        if has(Component::Kubelet) || has(Component::KubeProxy) {
            roles.push(Role::Worker);
        }
        roles
    }

    /// Whether anything of Kubernetes was seen on the node.
    #[must_use]
    pub fn has_kubernetes(&self) -> bool {
        !self.components.is_empty() || self.distribution.distribution.is_some()
    }

    /// The release of Kubernetes: the API server's, or else the kubelet's, or else the one that was
    /// told: a member of etcd shows none.
    #[must_use]
    pub fn kubernetes_version(&self) -> Option<&Version> {
        [Component::KubeApiserver, Component::Kubelet, Component::KubeProxy]
            .into_iter()
            .find_map(|component| self.instances(component).iter().find_map(|i| i.version.as_ref()))
            .or(self.told.kubernetes_version.as_ref())
    }

    /// The configuration file at a path.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn text(&self, path: &str) -> Result<&Text<'a>, String> {
        self.texts.get(path)
    }

    /// What is at a path.
    ///
    /// # Errors
    /// Says why that is not known.
    pub fn lookup(&self, path: &str) -> Result<&'a Lookup, String> {
        let found = self.node.files.get(path);
        found.ok_or_else(|| match self.node.gap_at(path) {
            Some(gap) => gap.to_string(),
            None => format!("{path} was not collected"),
        })
    }
}

/// Whether a component could be on the node and not be seen because of the gap.
fn hides_components(gap: &Gap, view: &NodeView<'_>) -> bool {
    match &gap.subject {
        Subject::Processes => true,
        Subject::Process { part, .. } => part == "argv",
        Subject::Path { path } => view.static_pod_directories().iter().any(|directory| {
            path == directory
                || path.strip_prefix(directory.as_str()).is_some_and(|rest| rest.starts_with('/'))
        }),
        _ => false,
    }
}
