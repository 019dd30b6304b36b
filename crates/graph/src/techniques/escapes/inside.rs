use std::collections::BTreeSet;

use merlon_model::{Confidence, Kind};
use merlon_views::objects::{ContainerView, Fields, Malformed, PodView};

use super::guards::{Act, Guard, Guards};
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
    pub(super) guards: &'i Guards<'w>,
}

/// A node that a container runs on.
pub(super) struct Ground<'w> {
    /// Root on it.
    pub(super) root: Fact<'w>,
    /// How sure it is that the control plane's keys are there; `None` where nothing tells so.
    pub(super) keeps_keys: Option<Confidence>,
    pub(super) guard: Guard,
}

/// What AppArmor's profile for a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// The runtime's.
    Usual,
    /// One of somebody's own.
    Own,
    /// None.
    Off,
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

/// Runtimes whose containers have a kernel of their own or a user namespace, by a word in what their handlers are called:
/// `kata-qemu`, `kata-mshv-vm-isolation`, `runsc-kvm`, `runhcs-wcow-hypervisor`. Those for WebAssembly are none of them:
/// their shims run ordinary containers too.
const SANDBOXES: &[&str] = &[
    "edera",
    "firecracker",
    "frakti",
    "gvisor",
    "hypervisor",
    "kata",
    "krun",
    "kuasar",
    "quark",
    "runsc",
    "sysbox",
    "urunc",
];

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

    /// Whether the runtime is one of those that keep containers off the node's kernel.
    pub(super) fn is_sandboxed(&self) -> bool {
        let class = self.workload.fields().text("runtimeClassName").ok().flatten();
        class.is_some_and(|class| is_sandboxed(self.world, class))
    }

    /// The nodes that its pods run on; where that is not known, one of which nothing is known but what holds for all.
    pub(super) fn grounds(&self) -> Vec<Ground<'w>> {
        let guard = |node| {
            if self.workload.is_windows() { Guard::default() } else { self.guards.on(node) }
        };
        let nodes = self.world.nodes_of(self.workload);
        if nodes.is_empty() {
            let asks = asks_for_control_plane(self.workload);
            let keeps_keys = asks.then_some(Confidence::Likely);
            return vec![Ground { root: Fact::SomeNode, keeps_keys, guard: guard(None) }];
        }
        let ground = |name: &&'a str| {
            let keeps_keys = self.keepers.contains(name).then_some(Confidence::Certain);
            Ground { root: Fact::Node(name), keeps_keys, guard: guard(Some(name)) }
        };
        nodes.iter().map(ground).collect()
    }

    /// Root on each node that does not forbid an act, and how sure it is at most.
    pub(super) fn roots(&self, act: Act<'_>) -> Vec<(Fact<'w>, Confidence)> {
        let grounds = self.grounds().into_iter();
        grounds.filter_map(|it| Some((it.root, it.guard.most(self, act)?))).collect()
    }

    /// What AppArmor's profile for the container is, on nodes that have AppArmor.
    pub(super) fn apparmor(&self) -> Profile {
        const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
        let kind = |fields: Fields<'a>| fields.get("appArmorProfile").text("type").ok().flatten();
        let annotation = self.workload.annotation(&format!("{PREFIX}{}", self.container.name));
        let own = kind(self.container.security()).or(annotation);
        match own.or_else(|| kind(self.workload.security())) {
            Some("Unconfined" | "unconfined") => Profile::Off,
            None | Some("" | "RuntimeDefault" | "runtime/default") => Profile::Usual,
            Some(_) => Profile::Own,
        }
    }

    /// Whether the container has a profile for system calls that is neither the runtime's nor none.
    pub(super) fn has_own_seccomp(&self) -> bool {
        let profile = self.workload.effective_security(self.container, &["seccompProfile"]);
        matches!(profile.text("type"), Ok(Some("Localhost")))
    }
}

/// Whether containers of a runtime class are kept off the node's kernel. The handler decides; the name of the class, where
/// the class is not there.
pub(in crate::techniques) fn is_sandboxed(world: &World<'_, '_>, class: &str) -> bool {
    let object = world.view.find(Kind::RuntimeClass, "", class);
    is_sandbox(object.and_then(|it| it.root.get("handler")?.as_str()).unwrap_or(class))
}

fn is_sandbox(handler: &str) -> bool {
    handler.split(|it: char| !it.is_ascii_alphanumeric()).any(|word| SANDBOXES.contains(&word))
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

#[cfg(test)]
mod tests {
    use super::is_sandbox;

    #[test]
    fn sandboxes_are_known_by_a_word_in_their_handler() {
        let check = |handler: &str, expected: bool| {
            assert_eq!(is_sandbox(handler), expected, "{handler}");
        };
        for name in ["qemu", "clh", "fc", "dragonball", "remote", "cc", "qemu-snp", "mshv-vm"] {
            check(&format!("kata-{name}"), true);
        }
        check("kata", true);
        check("io.containerd.kata.v2", true);
        check("gvisor", true);
        check("runsc", true);
        check("runsc-kvm", true);
        check("sysbox-runc", true);
        check("aws.firecracker", true);
        check("runhcs-wcow-hypervisor", true);
        // The node's kernel runs all of these.
        check("runc", false);
        check("crun", false);
        check("nvidia", false);
        check("youki", false);
        check("runhcs-wcow-process", false);
        check("spin", false);
        check("wasmtime", false);
        // What nobody knows is taken for none.
        check("katapult", false);
        check("myrunscx", false);
        check("", false);
    }
}
