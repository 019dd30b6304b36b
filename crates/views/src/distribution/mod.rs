//! Distributions as data: how each is recognised, what it runs where, and where it puts things.

mod ack;
mod aks;
mod eks;
mod gke;
mod k0s;
mod k3s;
mod kubeadm;
mod kubespray;
mod layout;
mod microk8s;
mod openshift;
mod recognise;
mod rke;
mod rke2;
mod talos;
mod tkgi;

use merlon_model::{Carrier, Component, Role};
use merlon_snapshot::Node;

pub use layout::{KnownPath, USUAL_LAYOUT};
pub use recognise::{Recognised, recognise};

pub(crate) use recognise::candidates;

/// Every distribution that is known.
pub static ALL: &[&Distribution] = &[
    &kubeadm::KUBEADM,
    &kubespray::KUBESPRAY,
    &k3s::K3S,
    &rke2::RKE2,
    &rke::RKE,
    &microk8s::MICROK8S,
    &k0s::K0S,
    &talos::TALOS,
    &eks::EKS,
    &aks::AKS,
    &gke::GKE,
    &openshift::OPENSHIFT,
    &tkgi::TKGI,
    &ack::ACK,
];

/// A way to install Kubernetes: its signs and its layout.
#[derive(Debug)]
pub struct Distribution {
    /// Its id in reports and benchmarks: `kubeadm`, `rke2`.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What gives it away; the distribution with the greatest weight seen is the one.
    pub signals: &'static [Signal],
    /// Tools that build on it without changing where things are, such as kind on kubeadm.
    pub variants: &'static [Variant],
    /// Where things live.
    pub layout: &'static [KnownPath],
    /// Where flags of components are changed, when the node itself does not show it.
    pub carriers: &'static [KnownCarrier],
    /// What it runs on nodes of each role, and how.
    pub components: &'static [KnownComponent],
}

/// Something that gives a distribution away.
#[derive(Clone, Copy, Debug)]
pub struct Signal {
    /// What is to be seen.
    pub sign: Sign,
    /// How much it says, from 1 (a hint) to 10 (nobody else has it).
    pub weight: u32,
}

/// What is to be seen.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// Something exists at the path.
    Path(&'static str),
    /// A process of that name runs.
    Process(&'static str),
    /// A component's release ends with a suffix that contains the text: `+rke2r`, `-gke.`.
    VersionSuffix(&'static str),
    /// A component's executable lies below the directory.
    ExecutableBelow(&'static str),
    /// A component is given a flag, with a value that contains the text.
    Flag(&'static str, &'static str),
    /// The field of `os-release` has the value.
    OsRelease(&'static str, &'static str),
}

/// A tool that installs a distribution in its own way.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// What gives it away.
    pub sign: Sign,
}

/// Where flags of a component are changed.
#[derive(Clone, Copy, Debug)]
pub struct KnownCarrier {
    /// The component.
    pub component: Component,
    /// Makes the carrier for a node.
    pub carrier: fn(&Node) -> Carrier,
}

/// A component that a distribution runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownComponent {
    /// The component.
    pub component: Component,
    /// The role of the nodes that have it.
    pub role: Role,
    /// How it runs there.
    pub runs: Runs,
}

/// How a distribution runs a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// As a process of its own that a service manager or a supervisor starts.
    Process,
    /// In a static pod.
    StaticPod,
    /// In a pod of a DaemonSet.
    DaemonSet,
    /// In a container that something other than the kubelet starts.
    Container,
    /// Inside the process of that name, together with others.
    Embedded(&'static str),
    /// On machines of the vendor, and so not on the customer's nodes.
    Vendor,
}

impl Distribution {
    /// How the distribution runs a component; `None` when it has nothing of the kind (or leaves
    /// it to an add-on that not every cluster has).
    #[must_use]
    pub fn runs(&self, component: Component) -> Option<Runs> {
        self.components.iter().find(|known| known.component == component).map(|known| known.runs)
    }
}

const fn sign(sign: Sign, weight: u32) -> Signal {
    Signal { sign, weight }
}

const fn path(path: &'static str, weight: u32) -> Signal {
    sign(Sign::Path(path), weight)
}

/// The components of a control plane, and those of every node, each run in one way; etcd runs
/// beside the control plane.
const fn components(
    control_plane: Runs,
    etcd: Runs,
    kubelet: Runs,
    proxy: Runs,
) -> [KnownComponent; 6] {
    const fn known(component: Component, role: Role, runs: Runs) -> KnownComponent {
        KnownComponent { component, role, runs }
    }
    [
        known(Component::KubeApiserver, Role::ControlPlane, control_plane),
        known(Component::KubeControllerManager, Role::ControlPlane, control_plane),
        known(Component::KubeScheduler, Role::ControlPlane, control_plane),
        known(Component::Etcd, Role::Etcd, etcd),
        known(Component::Kubelet, Role::Worker, kubelet),
        known(Component::KubeProxy, Role::Worker, proxy),
    ]
}
