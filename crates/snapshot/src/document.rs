use serde::{Deserialize, Serialize};

/// A configuration file's text, without the secrets that stood in it.
///
/// Line numbers are those of the file. The text is kept rather than a parse tree, so that later
/// rules can look at parts that today's do not, and so that evidence can name the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is, which also decided what was cut out.
    pub kind: DocumentKind,
    /// The text; secrets are replaced by `<redacted>`.
    pub text: String,
    /// How many values were cut out.
    pub redactions: u32,
}

/// What a configuration file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// A `KubeletConfiguration`, whole or a drop-in.
    KubeletConfiguration,
    /// A `KubeProxyConfiguration`.
    KubeProxyConfiguration,
    /// A `KubeSchedulerConfiguration`.
    KubeSchedulerConfiguration,
    /// etcd's own YAML configuration.
    EtcdConfiguration,
    /// A static pod's manifest.
    StaticPod,
    /// A kubeconfig; only its shape is kept.
    Kubeconfig,
    /// An `EncryptionConfiguration`; only its shape is kept.
    EncryptionConfiguration,
    /// An `AdmissionConfiguration` or a plugin's own configuration.
    AdmissionConfiguration,
    /// An `AuthenticationConfiguration`.
    AuthenticationConfiguration,
    /// An `AuthorizationConfiguration`.
    AuthorizationConfiguration,
    /// An audit policy.
    AuditPolicy,
    /// A systemd unit or a drop-in of one.
    SystemdUnit,
    /// A file of `NAME=value` lines.
    EnvironmentFile,
    /// One argument a line, as MicroK8s has them.
    ArgumentsFile,
    /// A supervisor's YAML configuration (k3s, RKE2, k0s, Talos, RKE).
    SupervisorConfiguration,
    /// A container runtime's TOML configuration.
    RuntimeConfiguration,
    /// A network plugin's JSON configuration.
    NetworkConfiguration,
    /// A file that only identifies a distribution, such as a version file.
    Marker,
}
