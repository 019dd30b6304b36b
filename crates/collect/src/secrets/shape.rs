//! Files that are mostly secret: what of them stays.

use merlon_snapshot::DocumentKind;
use merlon_yaml::{Node, Segment};

/// The files of which only what is listed stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `v1` `Config` of client-go.
    Kubeconfig,
    /// `apiserver.config.k8s.io` `EncryptionConfiguration`.
    Encryption,
}

/// What may be seen of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// All of it.
    Whole,
    /// An address, without credentials and query.
    Address,
    /// Only that it is there.
    Presence,
}

impl Shape {
    /// The shape that a document has, by what it was asked for as and by what it says itself.
    ///
    /// Either is enough: a flag that wants a harmless file can be given a kubeconfig.
    pub(super) fn of(kind: DocumentKind, root: &Node) -> Option<Self> {
        let says = root.get("kind").and_then(Node::as_str).unwrap_or_default();
        match kind {
            DocumentKind::Kubeconfig => Some(Self::Kubeconfig),
            DocumentKind::EncryptionConfiguration => Some(Self::Encryption),
            _ if says == "EncryptionConfiguration" || says == "EncryptionConfig" => {
                Some(Self::Encryption)
            }
            _ if root.get("users").is_some()
                && (root.get("clusters").is_some() || root.get("contexts").is_some()) =>
            {
                Some(Self::Kubeconfig)
            }
            _ => None,
        }
    }

    /// What may be seen of the scalar at a path.
    pub(super) fn view(self, path: &[Segment<'_>]) -> View {
        let list = match self {
            Self::Kubeconfig => KUBECONFIG,
            Self::Encryption => ENCRYPTION,
        };
        list.iter()
            .find(|(listed, _)| matches(listed, path))
            .map_or(View::Presence, |(_, view)| *view)
    }

    /// Whether a key is one of the format; others could be anything.
    pub(super) fn has_key(self, key: &str) -> bool {
        let (list, others) = match self {
            Self::Kubeconfig => (KUBECONFIG, KUBECONFIG_KEYS),
            Self::Encryption => (ENCRYPTION, ENCRYPTION_KEYS),
        };
        others.contains(&key)
            || list.iter().any(|(path, _)| path.split('/').any(|step| step == key))
    }
}

/// `*` stands for any item of a list.
fn matches(listed: &str, path: &[Segment<'_>]) -> bool {
    let mut steps = listed.split('/');
    path.iter().all(|segment| match (steps.next(), segment) {
        (Some("*"), Segment::Index(_)) => true,
        (Some(step), Segment::Key(key)) => step == *key,
        _ => false,
    }) && steps.next().is_none()
}

/// client-go `tools/clientcmd/api/v1/types.go`.
const KUBECONFIG: &[(&str, View)] = &[
    ("apiVersion", View::Whole),
    ("kind", View::Whole),
    ("current-context", View::Whole),
    ("clusters/*/name", View::Whole),
    ("clusters/*/cluster/server", View::Address),
    ("clusters/*/cluster/certificate-authority", View::Whole),
    ("clusters/*/cluster/insecure-skip-tls-verify", View::Whole),
    ("clusters/*/cluster/tls-server-name", View::Whole),
    ("clusters/*/cluster/proxy-url", View::Address),
    ("contexts/*/name", View::Whole),
    ("contexts/*/context/cluster", View::Whole),
    ("contexts/*/context/user", View::Whole),
    ("contexts/*/context/namespace", View::Whole),
    ("users/*/name", View::Whole),
    ("users/*/user/client-certificate", View::Whole),
    ("users/*/user/client-key", View::Whole),
    ("users/*/user/tokenFile", View::Whole),
    ("users/*/user/exec/apiVersion", View::Whole),
    ("users/*/user/exec/command", View::Whole),
    ("users/*/user/exec/interactiveMode", View::Whole),
    ("users/*/user/auth-provider/name", View::Whole),
];

const KUBECONFIG_KEYS: &[&str] = &[
    "preferences",
    "colors",
    "extensions",
    "extension",
    "disable-compression",
    "certificate-authority-data",
    "client-certificate-data",
    "client-key-data",
    "token",
    "username",
    "password",
    "as",
    "as-uid",
    "as-groups",
    "as-user-extra",
    "config",
    "args",
    "env",
    "value",
    "installHint",
    "provideClusterInfo",
];

/// `k8s.io/apiserver/pkg/apis/apiserver/v1/types_encryption.go`.
const ENCRYPTION: &[(&str, View)] = &[
    ("apiVersion", View::Whole),
    ("kind", View::Whole),
    ("resources/*/resources/*", View::Whole),
    ("resources/*/providers/*/aesgcm/keys/*/name", View::Whole),
    ("resources/*/providers/*/aescbc/keys/*/name", View::Whole),
    ("resources/*/providers/*/secretbox/keys/*/name", View::Whole),
    ("resources/*/providers/*/kms/apiVersion", View::Whole),
    ("resources/*/providers/*/kms/name", View::Whole),
    ("resources/*/providers/*/kms/endpoint", View::Address),
    ("resources/*/providers/*/kms/cachesize", View::Whole),
    ("resources/*/providers/*/kms/timeout", View::Whole),
];

const ENCRYPTION_KEYS: &[&str] = &["secret", "identity", "metadata"];
