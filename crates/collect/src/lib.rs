//! Looks at nodes and manifests, and changes nothing.
//!
//! [`node`] reads what a scan of a node needs from its file system and its `/proc`, and gives it as
//! the facts and gaps of a snapshot. No process is started, nothing is written, and nothing is sent
//! anywhere unless a kubelet's address is given. [`manifests()`] reads files of objects; to render
//! charts and kustomizations it starts Helm and Kustomize, without network, cluster or configuration.
//! Everything on the way is taken for hostile: links lead nowhere outside the node's root or the tree
//! that was named, pipes and devices are not opened, sizes are bounded, secrets are cut out before
//! anything is kept.

mod accounts;
mod build_info;
mod certificates;
mod configz;
mod host;
mod listeners;
mod lookup;
mod manifests;
mod packages;
mod processes;
mod recognise;
mod root;
mod scan;
mod secrets;
mod trouble;

pub use configz::{Configz, Credential};
pub use manifests::{
    ChangedError, HelmOptions, ManifestOptions, NothingThere, changed_since, manifests,
};
pub use recognise::{Recognition, recognise};
pub use root::HostRoot;
pub use scan::{Options, node};
pub use trouble::Trouble;

/// Doors for `fuzz/`, which feeds the parsers directly.
#[cfg(fuzzing)]
pub mod fuzzing {
    use merlon_snapshot::{Document, DocumentKind};

    /// Reads a `passwd` and `group`.
    pub fn accounts(bytes: &[u8]) {
        let accounts = crate::accounts::Accounts::parse(bytes, bytes);
        assert!(accounts.user(0).is_none_or(|name| !name.is_empty()));
    }

    /// Reads a line of `/proc/net/tcp`.
    pub fn socket(line: &str) {
        let _ = crate::listeners::socket("tcp", line);
    }

    /// Reads a section of build information, and the modules in it.
    pub fn build_info(bytes: &[u8]) {
        if let Some(modules) = crate::build_info::parse(bytes) {
            let _ = crate::build_info::version(&modules, None);
        }
    }

    /// Gives the variables of an environment that are seen.
    pub fn environment(bytes: &[u8]) -> Vec<(String, String)> {
        crate::secrets::allowed(bytes).into_iter().collect()
    }

    /// Gives arguments without their secrets.
    #[must_use]
    pub fn argv(argv: &[&str]) -> Vec<String> {
        crate::secrets::hide_in_argv(argv)
    }

    /// Gives what may be kept of a file.
    #[must_use]
    pub fn document(kind: DocumentKind, text: &str) -> Option<Document> {
        crate::secrets::document(kind, text).ok()
    }

    /// Takes apart what Helm rendered, and traces it back to a template.
    #[must_use]
    pub fn rendered(template: &str, output: &str) -> Vec<(String, String, Vec<Option<u32>>)> {
        crate::manifests::split(output)
            .into_iter()
            .map(|(path, text)| {
                let lines = crate::manifests::provenance(template, &text).lines;
                (path.to_owned(), text, lines)
            })
            .collect()
    }

    /// Reads certificates.
    pub fn certificates(bytes: &[u8]) -> usize {
        crate::certificates::read("/fuzz", bytes).certificates.len()
    }
}
