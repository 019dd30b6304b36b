use std::collections::BTreeMap;

use merlon_model::{Component, Kind, Outcome, Severity, Vector};
use merlon_snapshot::Object;
use merlon_views::{ContainerView, FileRole, InventoryView, NodeView, PodView};

use crate::judge::Judge;
use crate::objects::Judged;

/// One thing that is checked, declared in one place.
#[derive(Debug)]
pub struct Control {
    /// The stable id, in kebab case; it names the thing found.
    pub id: &'static str,
    /// What is found when it fails, in lower case and without a final stop.
    pub title: &'static str,
    /// What a failure lets somebody do, before any context; its severity follows.
    pub vector: Vector,
    /// Which nodes it concerns.
    pub applies: Applies,
    /// What people read.
    pub documentation: Documentation,
    /// The logic.
    pub check: Check,
    /// Nodes or objects with the outcome each must have; they are the control's tests.
    pub examples: &'static [Example],
}

impl Control {
    /// How much a failure matters before any context.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.vector.severity()
    }

    /// Severity, score, vector and how the score comes about, in one line:
    /// `high, 7.2 of 10 by AV:L/AC:L/Au:N/C:C/I:C/A:C: impact …`.
    #[must_use]
    pub fn explain_severity(&self) -> String {
        let vector = self.vector;
        format!("{}, {} of 10 by {vector}: {}", vector.severity(), vector.score(), vector.explain())
    }
}

/// What people read about a control, in Markdown.
#[derive(Debug)]
pub struct Documentation {
    /// What it looks at and what it reports.
    pub finds: &'static str,
    /// What an attacker gains from a failure.
    pub matters: &'static str,
    /// The choices and what each costs.
    pub options: &'static str,
    /// When a deviation is acceptable.
    pub acceptable: &'static str,
}

/// What a control concerns; elsewhere it is not applicable.
#[derive(Clone, Copy, Debug)]
pub enum Applies {
    /// Nodes that run the component.
    Component(Component),
    /// Nodes that run anything of Kubernetes.
    Kubernetes,
    /// Objects, of a cluster or in manifests. Of a node alone nothing can be said.
    Objects,
}

/// A control's logic.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Settings of a component have to be as asked, each judged by its effective value.
    Setting(SettingCheck),
    /// Files of a role have to be as asked, each judged by what stands at its path.
    File(FileCheck),
    /// Kernel parameters have to be as asked.
    Sysctl(&'static [SysctlCheck]),
    /// Admission plugins of the API server have to be on or off.
    Plugin(PluginCheck),
    /// A function judges the node.
    Node(fn(&NodeView<'_>, &Parameters, &mut Judge<'_, '_>)),
    /// A function judges each pod, wherever it is written.
    Pod {
        /// Further kinds that the verdict rests on; where they could not be listed, there is none.
        reads: &'static [Kind],
        /// The function.
        judge: PodJudge,
    },
    /// A function judges each container of each pod: init, regular, ephemeral.
    Container {
        /// Further kinds that the verdict rests on; where they could not be listed, there is none.
        reads: &'static [Kind],
        /// The function.
        judge: ContainerJudge,
    },
    /// A function judges each object of some kinds.
    Object {
        /// The kinds.
        kinds: &'static [Kind],
        /// Further kinds that the verdict rests on; where they could not be listed, there is none.
        reads: &'static [Kind],
        /// The function.
        judge: ObjectJudge,
    },
    /// A function judges all objects together.
    Inventory {
        /// The kinds that the verdict rests on; where they could not be listed, there is none.
        reads: &'static [Kind],
        /// The function.
        judge: InventoryJudge,
    },
    /// A person has to judge; these are the steps.
    Manual(&'static [&'static str]),
}

/// Judges a pod, by its specification, namespace, labels, annotations and owners: pods of a workload
/// that differ in nothing else are judged once.
pub type PodJudge = for<'v, 'a> fn(&'v InventoryView<'a>, &'v PodView<'a>) -> Judged<'a>;

/// Judges a container of a pod; what was said of [`PodJudge`] holds here too.
pub type ContainerJudge =
    for<'v, 'a> fn(&'v InventoryView<'a>, &'v PodView<'a>, &'v ContainerView<'a>) -> Judged<'a>;

/// Judges an object.
pub type ObjectJudge = for<'v, 'a> fn(&'v InventoryView<'a>, &'a Object) -> Judged<'a>;

/// Judges all objects of a cluster, or of a set of manifests, together.
pub type InventoryJudge = for<'v, 'a> fn(&'v InventoryView<'a>) -> Judged<'a>;

/// What settings of a component have to be.
#[derive(Clone, Copy, Debug)]
pub struct SettingCheck {
    /// The component; each of its instances is judged.
    pub component: Component,
    /// All of these have to hold.
    pub requirements: &'static [Requirement],
}

/// What admission plugins of the API server have to be; each instance is judged.
#[derive(Clone, Copy, Debug)]
pub enum PluginCheck {
    /// At least one of these is on. Not applicable where the release has none of them.
    AnyOn(&'static [&'static str]),
    /// This one is off.
    Off(&'static str),
}

/// What one setting has to be.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// The setting's name in [`merlon_views::settings`].
    pub setting: &'static str,
    /// What its effective value has to be.
    pub expect: Expect,
    /// The value that the remedy sets, where `expect` does not say it by itself; empty when only
    /// the reader can choose one. For `Includes` and `Excludes` the
    /// whole list that the remedy sets when there is nothing in the present one to keep.
    pub remedy: &'static str,
}

/// What the files of some roles have to be.
#[derive(Clone, Copy, Debug)]
pub struct FileCheck {
    /// The roles; a node that has files of one of them need not have files of the others.
    pub roles: &'static [FileRole],
    /// What each file has to be.
    pub requirement: FileRequirement,
    /// What a directory among them stands for.
    pub directories: Directories,
}

/// What a file has to be.
#[derive(Clone, Copy, Debug)]
pub enum FileRequirement {
    /// No permission bit besides these, as in `0o600`. A benchmark's parameter `mode` takes the
    /// place of the bits.
    Mode(u32),
    /// Owned by this user and group: `root:root`. A benchmark's parameter `owner` takes its place.
    Owner(&'static str),
}

/// What of a directory that has a role is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directories {
    /// The directory.
    Themselves,
    /// The files below it.
    Contents,
    /// The directory, and everything below it.
    Whole,
    /// Nothing: only files that have the role by themselves count.
    Ignored,
}

/// What a kernel parameter has to be.
#[derive(Clone, Copy, Debug)]
pub struct SysctlCheck {
    /// Its dotted name.
    pub name: &'static str,
    /// What its value has to be.
    pub expect: SysctlExpect,
    /// Why a kernel may lack it, so that the control does not concern the node; `None` for one
    /// that every kernel has.
    pub absent: Option<&'static str>,
}

/// What a kernel parameter's value has to be. A benchmark's parameter `value` takes the operand's
/// place.
#[derive(Clone, Copy, Debug)]
pub enum SysctlExpect {
    /// Exactly this number.
    Is(i64),
    /// At least this number.
    AtLeast(i64),
}

/// What an effective value has to be. A benchmark's parameter `value` takes the operand's place.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// Exactly this.
    Is(&'static str),
    /// Anything but this.
    IsNot(&'static str),
    /// Set to something.
    IsSet,
    /// Not set at all.
    IsUnset,
    /// A list with this element, or feature gates with this pair.
    Includes(&'static str),
    /// A list without this element, or feature gates without this pair.
    Excludes(&'static str),
    /// A number, duration or TLS version (`VersionTLS12`) at least this great.
    AtLeast(&'static str),
    /// A number or duration at most this great; unset and "never" fail.
    AtMost(&'static str),
    /// A list that has only elements of this comma-separated list, and at least one.
    OnlyFrom(&'static str),
    /// An address, with or without a port, that only this machine can reach.
    Loopback,
}

/// Values that a benchmark gives to a control, by name: `mode` = `600`, `value` = `30`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameters(pub BTreeMap<String, String>);

impl Parameters {
    /// The value of that name, if the benchmark gave one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A node in a few lines, or objects as manifests, and what the control must say of them.
///
/// See [`crate::example`] for how nodes and objects are written.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The outcome of the control on the whole.
    pub outcome: Outcome,
    /// The node or the objects.
    pub input: &'static str,
}
