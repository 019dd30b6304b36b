//! Files that configuration files refer to.

use merlon_model::Location;
use merlon_snapshot::{DocumentKind, Want, Wanted};
use merlon_yaml::{Node, Segment, Value, walk};

use crate::component::{ComponentView, Unknown};
use crate::node::NodeView;
use crate::roles::parent;
use crate::text::Text;

/// A file that a configuration file names.
pub(crate) struct Referred {
    pub(crate) path: Result<String, Unknown>,
    pub(crate) location: Location,
}

/// The configuration files of admission plugins that the API server's admission configuration
/// names (`AdmissionPluginConfiguration.path`, relative to the file it stands in).
pub(crate) fn admission_plugins(view: &NodeView<'_>) -> Vec<Referred> {
    let mut found = Vec::new();
    for instance in view.instances(merlon_model::Component::KubeApiserver) {
        for (path, _) in instance.paths("admission-control-config-file").into_iter().flatten() {
            let Ok(text) = view.texts.get(&path) else { continue };
            let Ok(root) = text.root() else { continue };
            let plugins = root.get("plugins").and_then(Node::as_sequence).unwrap_or_default();
            for plugin in plugins.iter().filter_map(|plugin| plugin.get("path")) {
                let Some(named) = plugin.as_str().filter(|named| !named.is_empty()) else {
                    continue;
                };
                let location = text.location(plugin.span);
                found.push(Referred { path: place(named, &path, instance), location });
            }
        }
    }
    found
}

/// Where a path that stands in a file of a component is on the host.
fn place(named: &str, file: &str, instance: &ComponentView<'_>) -> Result<String, Unknown> {
    if named.starts_with('/') {
        return instance.host_path(named);
    }
    Ok(format!("{}/{named}", parent(file)))
}

/// What the documents of a node refer to.
pub(crate) fn wanted(view: &NodeView<'_>, into: &mut impl FnMut(Wanted)) {
    for plugin in admission_plugins(view) {
        if let Ok(path) = plugin.path {
            let want = Want::Document(DocumentKind::AdmissionConfiguration);
            into(Wanted { path, want });
        }
    }
    for (path, document) in &view.node.documents {
        let keys = keys(document.kind);
        if keys.is_empty() {
            continue;
        }
        let Ok(text) = view.texts.get(path) else { continue };
        for (named, want) in named(text, keys) {
            if let Some(path) = on_host(&named, path, document.kind, view) {
                into(Wanted { path, want });
            }
        }
    }
}

/// The keys of a kind of document whose texts are paths.
fn keys(kind: DocumentKind) -> &'static [(&'static str, Want)] {
    const KUBECONFIG: Want = Want::Document(DocumentKind::Kubeconfig);
    match kind {
        DocumentKind::Kubeconfig => &[
            ("certificate-authority", Want::Certificates),
            ("client-certificate", Want::Certificates),
            ("client-key", Want::State),
            ("tokenFile", Want::State),
        ],
        // `imagePolicy.kubeConfigFile`, `WebhookAdmissionConfiguration.kubeConfigFile`, and the
        // same of a webhook authorizer's connection.
        DocumentKind::AdmissionConfiguration | DocumentKind::AuthorizationConfiguration => {
            &[("kubeConfigFile", KUBECONFIG)]
        }
        DocumentKind::EncryptionConfiguration => &[("endpoint", Want::State)],
        _ => &[],
    }
}

fn named(text: &Text<'_>, keys: &[(&str, Want)]) -> Vec<(String, Want)> {
    let Ok(root) = text.root() else { return Vec::new() };
    let mut found = Vec::new();
    walk(root, |visit| {
        if let (Some(Segment::Key(key)), Value::String(named)) =
            (visit.path.last(), &visit.node.value)
            && let Some((_, want)) = keys.iter().find(|(known, _)| known == key)
        {
            found.push((named.to_string(), *want));
        }
    });
    found
}

/// Where a path that a document names is on the host.
fn on_host(named: &str, document: &str, kind: DocumentKind, view: &NodeView<'_>) -> Option<String> {
    let named = named.strip_prefix("unix://").unwrap_or(named);
    if named.is_empty() || named.contains("://") || named == "<redacted>" {
        return None;
    }
    if !named.starts_with('/') {
        return Some(format!("{}/{named}", parent(document)));
    }
    if let Some(root) = container_root(document) {
        return Some(format!("{root}{named}"));
    }
    // These are read by the API server, so their paths are its own.
    let api_server = match kind {
        DocumentKind::Kubeconfig => None,
        _ => view.instances(merlon_model::Component::KubeApiserver).first(),
    };
    api_server.map_or_else(|| Some(named.to_owned()), |instance| instance.host_path(named).ok())
}

/// `/proc/PID/root` of a path in a container's own tree.
fn container_root(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/proc/")?;
    let (pid, _) = rest.split_once("/root/")?;
    pid.bytes().all(|byte| byte.is_ascii_digit()).then(|| &path[.."/proc//root".len() + pid.len()])
}
