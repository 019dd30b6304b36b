use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The operating system and the kernel of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The fields of `os-release`: `ID`, `VERSION_ID`, `PRETTY_NAME` …
    pub os_release: BTreeMap<String, String>,
    /// The kernel's release, as `uname -r` prints it.
    pub kernel: Option<String>,
    /// The kernel parameters that were read, by dotted name.
    pub sysctls: BTreeMap<String, String>,
    /// The loaded kernel modules, sorted.
    pub modules: Vec<String>,
    /// The mounts that bear on security, in the kernel's order.
    pub mounts: Vec<Mount>,
    /// Which control group hierarchy is mounted; absent when none was recognised.
    pub cgroups: Option<CgroupVersion>,
    /// What confines processes.
    pub security_modules: SecurityModules,
    /// Package versions of Kubernetes programs that the package database tells: `kubelet`.
    pub packages: BTreeMap<String, String>,
    /// How many processes ran in all, including those that are not part of the snapshot.
    pub process_count: u32,
}

/// Which control group hierarchy a node uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CgroupVersion {
    /// Only version 1.
    V1,
    /// Only the unified hierarchy.
    V2,
    /// Both: controllers on version 1, the unified hierarchy beside them.
    Hybrid,
}

/// What confines processes on the node; `None` where it could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityModules {
    /// Whether AppArmor is enabled in the kernel.
    pub apparmor: Option<bool>,
    /// `enforcing`, `permissive` or `disabled`.
    pub selinux: Option<String>,
    /// The modules the kernel lists as active.
    pub active: Vec<String>,
}

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is mounted.
    pub target: String,
    /// The file system's type.
    pub kind: String,
    /// Its options, sorted.
    pub options: Vec<String>,
}

/// One listening socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    /// `tcp` or `tcp6` (an IPv6 wildcard socket usually takes IPv4 connections too).
    pub protocol: String,
    /// The address: `0.0.0.0`, `127.0.0.1`, `::`.
    pub address: String,
    /// The port.
    pub port: u16,
    /// The process that holds it, where that was seen.
    pub pid: Option<u32>,
}
