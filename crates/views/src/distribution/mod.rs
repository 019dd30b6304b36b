//! Distributions as data: how each is recognised and where it puts things.

mod kubeadm;
mod recognise;

use merlon_model::{Carrier, Component};

use crate::files::FileRole;

pub use recognise::{Recognised, recognise};

/// Every distribution that is known.
pub static ALL: &[&Distribution] = &[&kubeadm::KUBEADM];

/// A way to install Kubernetes: its signs and its layout.
#[derive(Debug)]
pub struct Distribution {
    /// Its id in reports and benchmarks: `kubeadm`, `rke2`.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What gives it away; the distribution with the greatest weight seen is the one.
    pub signals: &'static [Signal],
    /// Where things live.
    pub layout: &'static [KnownPath],
    /// Where flags of components are changed, when the node itself does not show it.
    pub carriers: &'static [KnownCarrier],
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

/// A place of a distribution's layout.
#[derive(Clone, Copy, Debug)]
pub struct KnownPath {
    /// What it is for.
    pub role: FileRole,
    /// The absolute path.
    pub path: &'static str,
    /// Why a node of the distribution may lack it, when it may.
    pub why_optional: Option<&'static str>,
}

/// Where flags of a component are changed.
#[derive(Clone, Copy, Debug)]
pub struct KnownCarrier {
    /// The component.
    pub component: Component,
    /// Makes the carrier.
    pub carrier: fn() -> Carrier,
}
