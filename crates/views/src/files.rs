use merlon_model::{Component, Location};

/// What a file or directory is there for.
///
/// Controls ask for roles, never for paths: where a role's files stand comes from the effective
/// configuration first and from the distribution's layout second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileRole {
    /// The directory the kubelet takes static pods from.
    StaticPodDirectory,
    /// The static pod manifest of a component.
    StaticPodManifest(Component),
    /// The kubeconfig a component authenticates with.
    Kubeconfig(Component),
    /// Kubeconfigs with the rights of an administrator (`admin.conf`, `super-admin.conf`).
    AdminKubeconfig,
    /// The kubelet's systemd unit and its drop-ins.
    KubeletUnit,
    /// The kubelet's configuration file and its drop-ins.
    KubeletConfiguration,
    /// The CA bundle the kubelet checks client certificates with.
    KubeletClientCa,
    /// The configuration file of kube-proxy.
    KubeProxyConfiguration,
    /// Directories with the cluster's certificates and keys.
    PkiDirectory,
    /// Certificates of the cluster.
    Certificate,
    /// Private keys of the cluster.
    PrivateKey,
    /// etcd's data directory.
    EtcdData,
    /// etcd's configuration file or environment file.
    EtcdConfiguration,
    /// Directory and files that configure network plugins.
    CniConfiguration,
    /// The configuration of encryption at rest, which holds its keys.
    EncryptionConfiguration,
    /// The audit policy.
    AuditPolicy,
    /// The audit log and its directory.
    AuditLog,
    /// The admission configuration and what it refers to.
    AdmissionConfiguration,
    /// The sockets of container runtimes.
    CriSocket,
    /// The configuration of the container runtime.
    RuntimeConfiguration,
    /// The supervisor's own configuration, which can hold join tokens (k3s, RKE2, k0s).
    SupervisorConfiguration,
}

/// The files of a role on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleFiles {
    /// The files, sorted by path.
    pub files: Vec<RoleFile>,
    /// Why there may be more: what decides it could not be read. A control that finds nothing
    /// wrong with `files` still has no pass while something stands here.
    pub unknown: Vec<String>,
    /// Why there is none, when it is known that there is none.
    pub none_because: Option<String>,
}

impl RoleFiles {
    pub(crate) fn none(why: String) -> Self {
        Self { none_because: Some(why), ..Self::default() }
    }

    pub(crate) fn unknown(why: String) -> Self {
        Self { unknown: vec![why], ..Self::default() }
    }
}

/// A path that has a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleFile {
    /// The path on the node.
    pub path: String,
    /// Why it has the role.
    pub found_by: FoundBy,
}

/// Why a path is believed to have a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    /// A running component is configured with it: it has to be there.
    Configuration(Location),
    /// The distribution puts it there; it may be absent, which `why_optional` explains if the
    /// distribution's nodes may lack it by design.
    Layout {
        /// The distribution.
        distribution: &'static str,
        /// When a node may lack it.
        why_optional: Option<&'static str>,
    },
}
