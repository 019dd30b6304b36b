use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_views::objects::{ContainerView, Fields, Malformed, PodView};

use crate::fact::Fact;
use crate::techniques::nodes::asks_for_control_plane;
use crate::world::World;

/// A container, with what decides whether its programs get out.
pub(super) struct Inside<'i, 'w, 'a> {
    pub(super) world: &'i World<'w, 'a>,
    pub(super) number: u32,
    pub(super) workload: &'w PodView<'a>,
    pub(super) at: u32,
    pub(super) container: &'w ContainerView<'a>,
    /// The nodes that hold the control plane's keys.
    pub(super) keepers: &'i BTreeSet<&'w str>,
}

/// Whom a container's programs run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// Root: it is written.
    Root,
    /// Whomever the image names: root, unless somebody thought of it.
    OfImage,
    /// Somebody else; the number where it is written.
    Other(Option<i64>),
}

/// Runtimes whose containers have a kernel of their own or a user namespace, by what their handlers are called.
const SANDBOXES: &[&str] = &["kata", "gvisor", "runsc", "firecracker", "sysbox", "urunc"];

impl<'w, 'a: 'w> Inside<'_, 'w, 'a> {
    /// Running code in the container.
    pub(super) fn fact(&self) -> Fact<'w> {
        Fact::Container(self.number, self.at)
    }

    /// Whether everything is allowed to it. What is malformed no API server has let in.
    pub(super) fn is_privileged(&self) -> bool {
        matches!(self.container.security().bool("privileged"), Ok(Some(true)))
    }

    pub(super) fn has_host_processes(&self) -> bool {
        matches!(self.workload.fields().bool("hostPID"), Ok(Some(true)))
    }

    /// Whom its programs run as; `None` where that is malformed.
    pub(super) fn user(&self) -> Option<User> {
        user(self.workload, self.container).ok()
    }

    /// How sure it is that its programs have files and sockets that are root's on the node; `None` where they do not. It
    /// is not written whether an image's user is root, and mounts of a pod with a user namespace show root's files as
    /// its own root's only where the file system can. Of Windows it is not known who owns what.
    pub(super) fn as_root(&self) -> Option<Confidence> {
        match self.user()? {
            User::Root if !self.has_own_users() && !self.workload.is_windows() => {
                Some(Confidence::Certain)
            }
            User::Root | User::OfImage => Some(Confidence::Likely),
            User::Other(_) => None,
        }
    }

    /// Whether the pod has a user namespace, in which root is nobody outside.
    pub(super) fn has_own_users(&self) -> bool {
        matches!(self.workload.fields().bool("hostUsers"), Ok(Some(false)))
    }

    /// Whether capabilities and privileges of the container count for the node's kernel: no user namespace, no sandbox,
    /// no Windows.
    pub(super) fn shares_kernel(&self) -> bool {
        !self.workload.is_windows() && !self.has_own_users() && !self.is_sandboxed()
    }

    /// Whether the runtime is one of those that keep containers off the node's kernel. The handler decides; the name of
    /// the class, where the class is not there.
    pub(super) fn is_sandboxed(&self) -> bool {
        let Ok(Some(class)) = self.workload.fields().text("runtimeClassName") else { return false };
        let object = self.world.view.find(Kind::RuntimeClass, "", class);
        let handler = object.and_then(|it| it.root.get("handler")?.as_str()).unwrap_or(class);
        SANDBOXES.iter().any(|name| handler.contains(name))
    }

    /// How sure it is that the pod runs where the control plane's keys are; `None` where nothing tells so.
    pub(super) fn on_control_plane(&self) -> Option<Confidence> {
        match self.world.nodes_of(self.workload) {
            [] => asks_for_control_plane(self.workload).then_some(Confidence::Likely),
            nodes => {
                nodes.iter().any(|node| self.keepers.contains(node)).then_some(Confidence::Certain)
            }
        }
    }

    /// Whether AppArmor is off for the container, which else keeps it from mounting and from tracing others; nodes
    /// without AppArmor do not tell.
    pub(super) fn has_no_apparmor(&self) -> bool {
        const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
        let kind = |fields: Fields<'a>| fields.get("appArmorProfile").text("type").ok().flatten();
        let annotation = self.workload.annotation(&format!("{PREFIX}{}", self.container.name));
        match kind(self.container.security()) {
            Some(own) => own == "Unconfined",
            None => match annotation {
                Some(profile) => profile == "unconfined",
                None => kind(self.workload.security()) == Some("Unconfined"),
            },
        }
    }

    /// How sure it is that something works which AppArmor's usual profile forbids. A profile of somebody's own for
    /// system calls may forbid it too, the runtime's lets through what goes with a capability.
    pub(super) fn unless_apparmor(&self) -> Confidence {
        let profile = self.workload.effective_security(self.container, &["seccompProfile"]);
        let is_own = matches!(profile.text("type"), Ok(Some("Localhost")));
        if self.has_no_apparmor() && !is_own { Confidence::Certain } else { Confidence::Likely }
    }
}

pub(super) fn user<'a>(
    workload: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Result<User, Malformed<'a>> {
    let (own, of_pod) = (container.security(), workload.security());
    let number = match own.int("runAsUser")? {
        Some(number) => Some(number),
        None => of_pod.int("runAsUser")?,
    };
    let refuses_root = match own.bool("runAsNonRoot")? {
        Some(refuses) => refuses,
        None => of_pod.bool("runAsNonRoot")?.unwrap_or_default(),
    };
    Ok(match number {
        // The kubelet does not start it.
        Some(0) if refuses_root => User::Other(None),
        Some(0) => User::Root,
        Some(number) => User::Other(Some(number)),
        None if refuses_root => User::Other(None),
        None => User::OfImage,
    })
}
