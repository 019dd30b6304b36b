//! Steps of all nodes as tasks: the same step on several nodes is one task.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Component, Role};

use crate::plan::{Change, Plan, PlannedNode, Reasons, Step, Target, Work};

/// A play: the nodes of one group, in the order that keeps the cluster up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Play {
    Etcd,
    ControlPlane,
    Workers,
}

/// A file of tasks, in the order they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    Files,
    Kernel,
    StaticPods,
    Components,
}

/// One task: a work, the nodes it is done on, and why.
pub(super) struct Task {
    pub(super) work: Work,
    pub(super) nodes: BTreeSet<String>,
    pub(super) reasons: Reasons,
}

/// Every play with its tasks.
pub(super) struct Plays(BTreeMap<Play, BTreeMap<Area, Vec<Task>>>);

impl Play {
    pub(super) fn group(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ControlPlane => "control_plane",
            Self::Workers => "workers",
        }
    }

    /// Where a step of a node is done: etcd's own in its play, all else with the node's group.
    fn of(step: &Step, node: &PlannedNode<'_>) -> Self {
        let of_etcd = match &step.work {
            Work::Edit { target, .. } => target.component() == Some(Component::Etcd),
            Work::Mode { .. } | Work::Owner { .. } => false,
        };
        if node.has(Role::Etcd) && (of_etcd || Self::home(node) == Self::Etcd) {
            return Self::Etcd;
        }
        Self::home(node)
    }

    /// The group that a node belongs to by what it mainly is.
    pub(super) fn home(node: &PlannedNode<'_>) -> Self {
        if node.has(Role::ControlPlane) {
            Self::ControlPlane
        } else if node.has(Role::Etcd) && !node.has(Role::Worker) {
            Self::Etcd
        } else {
            Self::Workers
        }
    }
}

impl Area {
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Kernel => "kernel",
            Self::StaticPods => "static_pods",
            Self::Components => "components",
        }
    }

    fn of(work: &Work) -> Self {
        match work {
            Work::Mode { .. } | Work::Owner { .. } => Self::Files,
            Work::Edit { target: Target::Sysctl, .. } => Self::Kernel,
            Work::Edit { target: Target::StaticPod { .. }, .. } => Self::StaticPods,
            Work::Edit { .. } => Self::Components,
        }
    }
}

impl Plays {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let mut gathered: BTreeMap<(Play, Area, Work), Task> = BTreeMap::new();
        for node in &plan.nodes {
            for step in &node.steps {
                let key = (Play::of(step, node), Area::of(&step.work), without_reasons(&step.work));
                let task = gathered.entry(key).or_insert_with(|| Task {
                    work: step.work.clone(),
                    nodes: BTreeSet::new(),
                    reasons: Reasons::default(),
                });
                task.nodes.insert(node.name.clone());
                task.reasons.add(&step.reasons);
                add_reasons(&mut task.work, &step.work);
            }
        }
        let mut plays: BTreeMap<Play, BTreeMap<Area, Vec<Task>>> = BTreeMap::new();
        for ((play, area, _), task) in gathered {
            plays.entry(play).or_default().entry(area).or_default().push(task);
        }
        Self(plays)
    }

    /// The plays that have something to do, with their areas.
    pub(super) fn plays(&self) -> impl Iterator<Item = (Play, Vec<Area>)> {
        self.0.iter().map(|(play, areas)| (*play, areas.keys().copied().collect()))
    }

    pub(super) fn task_files(&self) -> impl Iterator<Item = (Play, Area, &[Task])> {
        let plays = self.0.iter();
        plays.flat_map(|(play, areas)| areas.iter().map(|(a, tasks)| (*play, *a, tasks.as_slice())))
    }

    /// Every edit of a file, with the changes made to it.
    pub(super) fn edits(&self) -> impl Iterator<Item = (&Target, &[Change])> {
        self.task_files().flat_map(|(_, _, tasks)| tasks).filter_map(|task| match &task.work {
            Work::Edit { target, changes } => Some((target, changes.as_slice())),
            Work::Mode { .. } | Work::Owner { .. } => None,
        })
    }
}

/// The work alone: nodes may fail the same for the sake of other sections.
fn without_reasons(work: &Work) -> Work {
    let mut work = work.clone();
    if let Work::Edit { changes, .. } = &mut work {
        for change in changes {
            change.reasons = Reasons::default();
        }
    }
    work
}

fn add_reasons(work: &mut Work, other: &Work) {
    if let (Work::Edit { changes, .. }, Work::Edit { changes: others, .. }) = (work, other) {
        for (change, other) in changes.iter_mut().zip(others) {
            change.reasons.add(&other.reasons);
        }
    }
}
