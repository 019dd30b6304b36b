use merlon_snapshot::{DocumentKind, Want};

use crate::files::FileRole;

/// A place of a distribution's layout.
#[derive(Clone, Copy, Debug)]
pub struct KnownPath {
    /// What it is for.
    pub role: FileRole,
    /// The absolute path.
    pub path: &'static str,
    /// Why a node of the distribution may lack it, when it may.
    pub why_optional: Option<&'static str>,
    /// For a directory whose files matter: how their names end, and what they are.
    pub(crate) holds: Option<(&'static str, DocumentKind)>,
    pub(super) want: Option<Want>,
}

impl KnownPath {
    /// What of it evaluation wants to see.
    #[must_use]
    pub fn want(&self) -> Want {
        if let Some(want) = self.want {
            return want;
        }
        match self.role {
            FileRole::StaticPodDirectory | FileRole::CniConfiguration => Want::Directory,
            FileRole::StaticPodManifest(_) => Want::Document(DocumentKind::StaticPod),
            FileRole::Kubeconfig(_) | FileRole::AdminKubeconfig => {
                Want::Document(DocumentKind::Kubeconfig)
            }
            FileRole::KubeletUnit => Want::Document(DocumentKind::SystemdUnit),
            FileRole::KubeletConfiguration => Want::Document(DocumentKind::KubeletConfiguration),
            FileRole::KubeProxyConfiguration => {
                Want::Document(DocumentKind::KubeProxyConfiguration)
            }
            FileRole::KubeletClientCa | FileRole::PkiDirectory | FileRole::Certificate => {
                Want::Certificates
            }
            FileRole::EtcdConfiguration => Want::Document(DocumentKind::EtcdConfiguration),
            FileRole::EncryptionConfiguration => {
                Want::Document(DocumentKind::EncryptionConfiguration)
            }
            FileRole::AuditPolicy => Want::Document(DocumentKind::AuditPolicy),
            FileRole::AdmissionConfiguration => {
                Want::Document(DocumentKind::AdmissionConfiguration)
            }
            FileRole::RuntimeConfiguration => Want::Document(DocumentKind::RuntimeConfiguration),
            FileRole::SupervisorConfiguration => {
                Want::Document(DocumentKind::SupervisorConfiguration)
            }
            FileRole::PrivateKey
            | FileRole::EtcdData
            | FileRole::AuditLog
            | FileRole::CriSocket => Want::State,
        }
    }

    /// The same place, of which something else is wanted than its role suggests.
    pub(super) const fn wanting(mut self, want: Want) -> Self {
        self.want = Some(want);
        self
    }

    /// The same place as a directory of files that are documents.
    pub(super) const fn holding(mut self, suffix: &'static str, kind: DocumentKind) -> Self {
        self.want = Some(Want::Directory);
        self.holds = Some((suffix, kind));
        self
    }
}

/// A place that every node of the distribution has.
pub(super) const fn known(role: FileRole, path: &'static str) -> KnownPath {
    KnownPath { role, path, why_optional: None, holds: None, want: None }
}

/// A place that a node of the distribution may lack by design.
pub(super) const fn optional(role: FileRole, path: &'static str, why: &'static str) -> KnownPath {
    KnownPath { role, path, why_optional: Some(why), holds: None, want: None }
}

/// Where things are on most nodes, looked at whatever the distribution: what stands there
/// matters even when nothing tells how it came there.
pub static USUAL_LAYOUT: &[KnownPath] = &[
    known(FileRole::StaticPodDirectory, "/etc/kubernetes/manifests"),
    known(FileRole::PkiDirectory, "/etc/kubernetes/pki"),
    known(FileRole::AdminKubeconfig, "/etc/kubernetes/admin.conf"),
    known(FileRole::AdminKubeconfig, "/etc/kubernetes/super-admin.conf"),
    known(FileRole::AdminKubeconfig, "/root/.kube/config"),
    known(FileRole::EtcdData, "/var/lib/etcd"),
    known(FileRole::CniConfiguration, "/etc/cni/net.d"),
    known(FileRole::CriSocket, "/run/containerd/containerd.sock"),
    known(FileRole::CriSocket, "/run/crio/crio.sock"),
    known(FileRole::CriSocket, "/var/run/crio/crio.sock"),
    known(FileRole::CriSocket, "/run/k3s/containerd/containerd.sock"),
    known(FileRole::CriSocket, "/run/cri-dockerd.sock"),
    known(FileRole::CriSocket, "/run/docker.sock"),
    known(FileRole::CriSocket, "/var/run/docker.sock"),
    known(FileRole::RuntimeConfiguration, "/etc/containerd/config.toml"),
    known(FileRole::RuntimeConfiguration, "/etc/crio/crio.conf"),
    known(FileRole::RuntimeConfiguration, "/etc/docker/daemon.json").wanting(Want::State),
];
