use merlon_model::Confidence;
use merlon_views::objects::{Fields, HostDirectory, Malformed, Place, host_path, is_within};
use merlon_yaml::Node;

use super::guards::Act;
use super::inside::{Ground, Inside};
use crate::builder::Builder;
use crate::change::{make_read_only, take_out};
use crate::graph::Basis;
use crate::search::ChangeId;

/// A path of the node that a container mounts.
pub(super) struct Mount<'a> {
    /// The path, as [`host_path`] gives it.
    pub(super) path: String,
    directory: HostDirectory<'a>,
    node: &'a Node,
    /// Whether it can be written to.
    writable: bool,
    /// Whether file systems that are mounted below it can: `readOnly` does not reach them, `recursiveReadOnly` does.
    writable_below: bool,
}

/// File systems of their own on every node.
const MOUNTED: &[&str] = &["/proc", "/sys", "/dev", "/run"];

/// The paths of the node that a container mounts. What is malformed no API server has let in, and what an expression
/// leads to is not known before the container runs: both are left out.
pub(super) fn of<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    directories: &[HostDirectory<'a>],
) -> Vec<Mount<'a>> {
    let mut mounts = Vec::new();
    for directory in directories {
        let Ok(nodes) = inside.container.mounts_of(directory.volume) else { continue };
        mounts.extend(nodes.filter_map(|node| mount(directory, node).ok().flatten()));
    }
    mounts
}

fn mount<'a>(
    directory: &HostDirectory<'a>,
    node: &'a Node,
) -> Result<Option<Mount<'a>>, Malformed<'a>> {
    let fields = Fields::of(node);
    if fields.text("subPathExpr")?.is_some_and(|expression| !expression.is_empty()) {
        return Ok(None);
    }
    let path = host_path(directory.path, fields.text("subPath")?.unwrap_or_default());
    let claim = Fields::of(directory.node).get("persistentVolumeClaim");
    let read_only = fields.bool("readOnly")? == Some(true) || claim.bool("readOnly")? == Some(true);
    let recursive = matches!(fields.text("recursiveReadOnly")?, Some("Enabled" | "IfPossible"));
    let (writable, writable_below) = (!read_only, !read_only || !recursive);
    Ok(Some(Mount { path, directory: *directory, node, writable, writable_below }))
}

impl<'a> Mount<'a> {
    /// Whether a path of the node can be written to by this mount, which is or holds it.
    pub(super) fn may_write(&self, path: &str) -> bool {
        let own = MOUNTED.iter().find(|each| is_within(path, each));
        let is_below = own.is_some_and(|own| self.path != *own && is_within(own, &self.path));
        if is_below { self.writable_below } else { self.writable }
    }

    /// How sure it is at most that a container uses the mount for something on a node; `None` where that is forbidden.
    ///
    /// `local` volumes the kubelet has labelled for the containers that mount them, `hostPath` ones not (`GetAttributes`
    /// in `pkg/volume`).
    pub(super) fn most(
        &self,
        inside: &Inside<'_, '_, '_>,
        ground: &Ground<'_>,
        act: Act<'_>,
    ) -> Option<Confidence> {
        if self.directory.is_local {
            return Some(Confidence::Certain);
        }
        ground.guard.most(inside, act)
    }

    /// Where the node's path is written.
    pub(super) fn basis<'w>(
        &self,
        inside: &Inside<'_, 'w, 'a>,
        statement: &'static str,
    ) -> Basis<'w>
    where
        'a: 'w,
    {
        let object = self.directory.through.unwrap_or(inside.workload.object);
        Basis::Object(object, Place::Node(self.directory.path_node), statement)
    }

    /// Taking the mount out of the container.
    pub(super) fn take_out<'w>(
        &self,
        inside: &Inside<'_, 'w, 'a>,
        builder: &mut Builder<'w>,
    ) -> ChangeId
    where
        'a: 'w,
    {
        let object = inside.workload.object;
        take_out(inside.world, builder, (object, self.node), || {
            let (path, name) = (&self.path, inside.container.name);
            format!("take the mount of {path} out of container {name} of {}", object.reference())
        })
    }

    /// Making the mount read-only; `None` where it is already.
    pub(super) fn make_read_only<'w>(
        &self,
        inside: &Inside<'_, 'w, 'a>,
        builder: &mut Builder<'w>,
    ) -> Option<ChangeId>
    where
        'a: 'w,
    {
        let object = inside.workload.object;
        self.writable.then(|| {
            make_read_only(inside.world, builder, (object, self.node), || {
                let (path, name) = (&self.path, inside.container.name);
                format!("mount {path} read-only in container {name} of {}", object.reference())
            })
        })
    }
}
