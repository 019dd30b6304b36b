use merlon_snapshot::{Cause, Document, DocumentKind};

use super::{lines, toml, tree};
use crate::trouble::Trouble;

/// The longest marker; a file that only identifies a distribution is short.
const LONGEST_MARKER: usize = 64 << 10;

/// Gives what of a configuration file may enter a snapshot.
///
/// # Errors
/// When the text is not what it should be: then nobody can tell what in it is a secret. The reason
/// names the line, and never quotes it.
pub(crate) fn document(kind: DocumentKind, text: &str) -> Result<Document, Trouble> {
    let shown = match kind {
        DocumentKind::KubeletConfiguration
        | DocumentKind::KubeProxyConfiguration
        | DocumentKind::KubeSchedulerConfiguration
        | DocumentKind::EtcdConfiguration
        | DocumentKind::StaticPod
        | DocumentKind::Kubeconfig
        | DocumentKind::EncryptionConfiguration
        | DocumentKind::AdmissionConfiguration
        | DocumentKind::AuthenticationConfiguration
        | DocumentKind::AuthorizationConfiguration
        | DocumentKind::AuditPolicy
        | DocumentKind::SupervisorConfiguration
        | DocumentKind::NetworkConfiguration => tree::show(kind, text)?,
        DocumentKind::RuntimeConfiguration => toml::show(text)?,
        DocumentKind::SystemdUnit => lines::show_unit(text),
        DocumentKind::EnvironmentFile => lines::show_environment(text),
        DocumentKind::ArgumentsFile => lines::show_arguments(text),
        DocumentKind::Marker if text.len() > LONGEST_MARKER => {
            let detail = format!("more than {LONGEST_MARKER} bytes");
            return Err(Trouble::new(Cause::TooLarge, detail));
        }
        DocumentKind::Marker => lines::show_marker(text),
    };
    Ok(Document { kind, text: shown.text, redactions: shown.redactions })
}
