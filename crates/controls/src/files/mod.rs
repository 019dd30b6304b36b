//! Controls of files and directories.

pub(crate) mod administration;
pub(crate) mod cloud;
pub(crate) mod control_plane;
pub(crate) mod etcd;
pub(crate) mod kubelet;
pub(crate) mod pki;
pub(crate) mod secrets;

use merlon_views::FileRole;

use crate::control::{Check, Directories, FileCheck, FileRequirement};

/// No permission bit besides these.
const fn mode(roles: &'static [FileRole], allowed: u32, directories: Directories) -> Check {
    Check::File(FileCheck { roles, requirement: FileRequirement::Mode(allowed), directories })
}

/// Owned by root, user and group.
const fn owned_by_root(roles: &'static [FileRole], directories: Directories) -> Check {
    Check::File(FileCheck { roles, requirement: FileRequirement::Owner("root:root"), directories })
}

const MODE_OPTIONS: &str = "\
- **Take the bits away** (`chmod`): root, which reads and writes the file, needs none of them.
- **Set the mode where the file is made** (installer, image, configuration management): what was \
only mended by hand comes back.";
const MODE_ACCEPTABLE: &str = "\
Where the directories above let nobody but root get to the file, which the finding then says; the \
bits are a second line.";
const OWNER_OPTIONS: &str = "\
- **Give it to root** (`chown root:root`), and have whatever made it under another name make it \
as root.
- **Another owner** where the component runs as that user; then judge it by a benchmark's \
parameter `owner`.";
const OWNER_ACCEPTABLE: &str = "\
Where the component runs as a user of its own, which is the owner and shares the account with \
nothing.";

/// Nodes for a control of modes: the file at its right and at a wrong mode, and what else there is.
macro_rules! modes {
    ($run:literal, $path:literal, $more:literal, $right:literal, $wrong:literal $(, $other:expr)* $(,)?) => {
        &[
            crate::row::pass(concat!($run, "\nfile ", $path, " ", $right, " root:root", $more)),
            crate::row::fail(concat!($run, "\nfile ", $path, " ", $wrong, " root:root", $more)),
            // One bit too many, for the group alone.
            crate::row::fail(concat!($run, "\nfile ", $path, " 0620 root:root", $more)),
            crate::row::not_applicable("run sshd"),
            crate::row::error("gap processes permission-denied"),
            $($other,)*
        ]
    };
}

/// Nodes for a control of owners.
macro_rules! owners {
    ($run:literal, $path:literal, $more:literal $(, $other:expr)* $(,)?) => {
        &[
            crate::row::pass(concat!($run, "\nfile ", $path, " 0600 root:root", $more)),
            crate::row::fail(concat!($run, "\nfile ", $path, " 0600 kube:root", $more)),
            crate::row::fail(concat!($run, "\nfile ", $path, " 0600 root:kube", $more)),
            crate::row::not_applicable("run sshd"),
            crate::row::error("gap processes permission-denied"),
            $($other,)*
        ]
    };
}

use {modes, owners};
