//! Directories and files of the node that containers mount.
//!
//! `/dev` and raw block devices are left out: the device cgroup of a container that is not privileged does not let it
//! open what it sees, and the disk behind a block volume is one that was set apart. `/sys/fs/cgroup` is left out too:
//! since the kernel asks for `SYS_ADMIN` to set a `release_agent` (CVE-2022-0492), it adds nothing to that capability.

mod examples;
mod table;

use std::collections::BTreeMap;

use merlon_model::Confidence;
use merlon_views::objects::is_within;

use super::guards::{Act, hindrance};
use super::inside::{Ground, Inside};
use super::mounts::Mount;
use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::technique::Technique;
use crate::techniques::nodes::{kubelet, pod_volumes};

use table::{Gain, ROWS, Row};

pub(super) static TECHNIQUES: &[&Technique] = &[
    &WRITE,
    &CORE_PATTERN,
    &READ_POD_VOLUMES,
    &READ_KUBELET_KEY,
    &READ_KEYS,
    &READ_DATABASE,
    &READ_LOGINS,
];

const CONTROLS: &[&str] = &["pod-sensitive-host-path", "pod-host-path"];

static WRITE: Technique = Technique {
    id: "write-node-files",
    title: "change what root of the node runs",
    reason: "static pods, units, cron jobs, keys and programs of the node are files, and what is written there root runs",
    references: &["T1611", "MS-TA9013"],
    confidence: Confidence::Certain,
    controls: &["container-host-path-writable", "pod-sensitive-host-path", "pod-host-path"],
    examples: examples::WRITE,
};

static CORE_PATTERN: Technique = Technique {
    id: "write-core-pattern",
    title: "set the program that the kernel runs at crashes",
    reason: "kernel.core_pattern is the whole node's, root of a container that mounts the node's /proc may write it, and the kernel runs what stands there as root of the node",
    references: &["T1611", "MS-TA9013"],
    confidence: Confidence::Certain,
    controls: CONTROLS,
    examples: examples::CORE_PATTERN,
};

static READ_POD_VOLUMES: Technique = Technique {
    id: "read-pod-volumes",
    title: "read the secrets and tokens of the node's other pods",
    reason: "the kubelet keeps what pods mount as files below /var/lib/kubelet/pods",
    references: &["T1528", "T1552.001", "MS-TA9013"],
    confidence: Confidence::Certain,
    controls: CONTROLS,
    examples: examples::READ_POD_VOLUMES,
};

static READ_KUBELET_KEY: Technique = Technique {
    id: "read-kubelet-key",
    title: "take the kubelet's key",
    reason: "the kubelet keeps the key it speaks to the API server with as a file, but where the cloud gives it tokens",
    references: &["T1552.004", "MS-TA9013"],
    confidence: Confidence::Likely,
    controls: CONTROLS,
    examples: examples::READ_KUBELET_KEY,
};

static READ_KEYS: Technique = Technique {
    id: "read-control-plane-files",
    title: "take the keys of the control plane",
    reason: "on its nodes the control plane keeps the keys of its authorities and its database as files",
    references: &["T1552.004", "MS-TA9013"],
    confidence: Confidence::Certain,
    controls: CONTROLS,
    examples: examples::READ_KEYS,
};

static READ_DATABASE: Technique = Technique {
    id: "read-database-files",
    title: "read all secrets in the files of the cluster's database",
    reason: "etcd keeps every object in its files, secrets in plain text unless the API server encrypts them",
    references: &["T1552.001", "T1005"],
    confidence: Confidence::Likely,
    controls: CONTROLS,
    examples: examples::READ_DATABASE,
};

static READ_LOGINS: Technique = Technique {
    id: "read-login-secrets",
    title: "find keys and passwords to log in with",
    reason: "home directories hold private keys, and /etc/shadow holds hashes that may be guessed",
    references: &["T1552.004", "T1003.008"],
    confidence: Confidence::Assumed,
    controls: CONTROLS,
    examples: examples::READ_LOGINS,
};

pub(super) fn add<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mounts: &[Mount<'a>],
    builder: &mut Builder<'w>,
) {
    if mounts.is_empty() {
        return;
    }
    // Nearly all of this is root's; Windows has other paths.
    let Some(most) = inside.as_root().filter(|_| !inside.workload.is_windows()) else { return };
    let grounds = inside.grounds();
    for mount in mounts {
        for technique in TECHNIQUES {
            let rows = ROWS.iter().filter(|row| std::ptr::eq(row.technique, *technique));
            let given: Vec<&Row> = rows.filter(|row| gives(inside, mount, row)).collect();
            for (gained, found) in surest(inside, mount, &given, &grounds) {
                let found = Found { sure: found.sure.min(most), ..found };
                add_row(inside, mount, &found, gained, builder);
            }
        }
    }
}

/// The row by which something is gained.
struct Found<'r> {
    row: &'r Row,
    sure: Confidence,
    /// How sure the node lets it be at most.
    most: Confidence,
}

/// What rows give on all nodes, each with the row by which it is surest: nodes confine containers to different degrees.
fn surest<'r, 'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mount: &Mount<'a>,
    rows: &[&'r Row],
    grounds: &[Ground<'w>],
) -> BTreeMap<Fact<'w>, Found<'r>> {
    let mut all: BTreeMap<Fact<'w>, Found<'r>> = BTreeMap::new();
    for ground in grounds {
        for row in rows {
            let act = if row.writes { Act::Write(row.path) } else { Act::Read(row.path) };
            let Some((gained, placed)) = gained(row.gain, ground) else { continue };
            let Some(most) = mount.most(inside, ground, act) else { continue };
            let sure = row.sure.min(placed).min(most);
            if all.get(&gained).is_none_or(|known| sure >= known.sure) {
                all.insert(gained, Found { row, sure, most });
            }
        }
    }
    all
}

/// What is gained on a node, and how sure it is that the node has it.
fn gained<'w>(gain: Gain, ground: &Ground<'w>) -> Option<(Fact<'w>, Confidence)> {
    let root = ground.root;
    match gain {
        Gain::Node => Some((root, Confidence::Certain)),
        Gain::PodVolumes => Some((pod_volumes(root), Confidence::Certain)),
        Gain::Kubelet => Some((kubelet(root)?, Confidence::Certain)),
        Gain::Keys => Some((Fact::ControlPlaneKeys, ground.keeps_keys?)),
        Gain::Secrets => Some((Fact::Ability(Ability::ReadSecrets, None), ground.keeps_keys?)),
    }
}

fn gives(inside: &Inside<'_, '_, '_>, mount: &Mount<'_>, row: &Row) -> bool {
    let is = if row.with_contents {
        is_within(&mount.path, row.path) && (row.writes || !is_harmless(&mount.path))
    } else {
        mount.path == row.path
    };
    if !is && !is_within(row.path, &mount.path) {
        return false;
    }
    // The node's /proc and /sys cannot be mounted for others' users, and their root has no power there.
    (!row.of_kernel || inside.shares_kernel()) && (!row.writes || mount.may_write(row.path))
}

/// Whether reading a file below the keys is worth nothing: certificates and public keys are for everybody, and the key
/// that the API server shows itself with signs nothing.
fn is_harmless(path: &str) -> bool {
    [".crt", ".pub", "/apiserver.key"].iter().any(|end| path.ends_with(end))
}

fn add_row<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mount: &Mount<'a>,
    found: &Found<'_>,
    gained: Fact<'w>,
    builder: &mut Builder<'w>,
) {
    let Found { row, sure, most } = *found;
    let mut changes = vec![mount.take_out(inside, builder)];
    if row.writes && !row.of_kernel {
        changes.extend(mount.make_read_only(inside, builder));
    }
    let mut basis = vec![mount.basis(inside, row.statement)];
    basis.extend(hindrance(row.sure, most));
    builder.step_with(row.technique, sure, &[inside.fact()], gained, basis, &changes);
}
