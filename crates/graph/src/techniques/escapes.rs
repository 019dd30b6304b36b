//! From a container to its node.

/// A pod of one container, for examples: what follows `spec:`.
macro_rules! pod {
    ($spec:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\nspec:\n",
            $spec
        )
    };
}

/// A pod of one container on a node of a cluster, for examples: what follows `nodeName:`.
macro_rules! pod_on_node {
    ($spec:literal) => {
        concat!(
            "# cluster\napiVersion: v1\nkind: Node\n",
            "metadata: {name: one, labels: {node-role.kubernetes.io/control-plane: ''}}\n",
            "status: {nodeInfo: {osImage: Ubuntu 24.04.3 LTS}}\n---\n",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ops}\nspec:\n",
            "  automountServiceAccountToken: false\n  nodeName: one\n",
            $spec
        )
    };
}

mod capabilities;
mod directories;
mod guards;
mod inside;
mod kernel;
mod logs;
mod mounts;
mod neighbours;
mod siblings;
mod sockets;
mod windows;

use crate::builder::Builder;
use crate::technique::{Example, Technique};
use crate::world::World;

use super::nodes::keepers;
use guards::Guards;
use inside::Inside;
pub(super) use inside::is_sandboxed;
use logs::LogRights;
pub(super) use logs::{LOG_RIGHT, reading};
pub(super) use siblings::is_ordinary;

/// The node of [`pod_on_node`] becomes one that confines containers by SELinux.
const ON_OPENSHIFT: (&str, &str) = ("Ubuntu 24.04.3 LTS", "Red Hat Enterprise Linux CoreOS 9.6");
const ON_BOTTLEROCKET: (&str, &str) = ("Ubuntu 24.04.3 LTS", "Bottlerocket OS 1.44.0");

/// A case in which code runs in the pod of [`pod_on_node`].
const fn on_node(
    objects: &'static str,
    to: &'static str,
    without: &'static [(&'static str, &'static str)],
) -> Example {
    Example { objects, from: "pod ops/agent", to, without }
}

/// The techniques of all files.
pub(super) fn techniques() -> impl Iterator<Item = &'static Technique> {
    let all = [
        capabilities::TECHNIQUES,
        directories::TECHNIQUES,
        kernel::TECHNIQUES,
        logs::TECHNIQUES,
        neighbours::TECHNIQUES,
        siblings::TECHNIQUES,
        sockets::TECHNIQUES,
        windows::TECHNIQUES,
    ];
    all.into_iter().flatten().copied()
}

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    let (keepers, guards) = (keepers(world), Guards::of(world));
    let mut log_rights = LogRights::default();
    for (number, workload) in world.workloads() {
        let directories = workload.host_directories(world.view).unwrap_or_default();
        for (at, container) in (0..).zip(&workload.containers) {
            let (keepers, guards) = (&keepers, &guards);
            let inside = Inside { world, number, workload, at, container, keepers, guards };
            kernel::add(&inside, builder);
            capabilities::add(&inside, builder);
            windows::add(&inside, builder);
            neighbours::add(&inside, builder);
            let mounts = mounts::of(&inside, &directories);
            directories::add(&inside, &mounts, builder);
            sockets::add(&inside, &mounts, builder);
            logs::add(&inside, &mounts, &mut log_rights, builder);
        }
        siblings::add(world, builder, (number, workload));
    }
}
