use std::collections::BTreeMap;

use merlon_model::{Component, Version};
use serde::{Deserialize, Serialize};

/// A running process that belongs to Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Its parent's process id.
    pub parent: u32,
    /// The program's name: the last part of the executable, or of argv's first element.
    pub name: String,
    /// The component it is, when it is one; supervisors such as `k3s` are none.
    pub component: Option<Component>,
    /// The executable's path; absent when the link could not be read.
    pub executable: Option<String>,
    /// The arguments with the program first; values of secret flags are cut out.
    pub argv: Vec<String>,
    /// The effective user id; absent when it could not be read.
    pub uid: Option<u32>,
    /// The control group path.
    pub cgroup: Option<String>,
    /// The allow-listed environment variables (`ETCD_*`, …); of secret ones the name alone.
    pub environment: BTreeMap<String, String>,
    /// Whether it sees another file system tree than the host's first process does; absent when
    /// that could not be compared.
    pub own_mounts: Option<bool>,
    /// The release that its executable's build information tells.
    pub build_version: Option<Version>,
}
