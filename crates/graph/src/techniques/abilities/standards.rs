//! What API servers hold pods to where namespaces do not say: the admission plugin `PodSecurity` and its configuration.

use merlon_model::Component;
use merlon_pod_security::Configuration;
use merlon_views::{ComponentView, NodeView};
use merlon_yaml::Node;

use crate::world::World;

/// What is known of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standards {
    /// Nothing: no API server was seen, its configuration was not, or several differ.
    Unknown,
    /// It does not run, so that labels are words.
    Off,
    /// It runs so.
    On(Configuration),
}

impl Standards {
    /// What the API servers say that were seen: on nodes, or by the arguments in their mirror pods.
    pub(super) fn of(world: &World<'_, '_>) -> Self {
        let nodes = world.evidence.values();
        let mut all = nodes.flat_map(|node| {
            node.instances(Component::KubeApiserver).iter().map(|server| of_server(node, server))
        });
        let Some(first) = all.next() else { return Self::Unknown };
        if all.all(|it| it == first) { first } else { Self::Unknown }
    }
}

fn of_server(node: &NodeView<'_>, server: &ComponentView<'_>) -> Standards {
    match server.admission_plugin("PodSecurity") {
        Ok(plugin) if plugin.value.as_bool() == Some(false) => Standards::Off,
        Ok(_) => configuration(node, server).map_or(Standards::Unknown, Standards::On),
        Err(_) => Standards::Unknown,
    }
}

/// The plugin's configuration; `None` where it is not known. It stands in the file of all plugins, or in one that this
/// names (`GetAdmissionPluginConfigurationFor` of `k8s.io/apiserver/pkg/admission/config.go`).
fn configuration(node: &NodeView<'_>, server: &ComponentView<'_>) -> Option<Configuration> {
    let Some((path, _)) = server.path("admission-control-config-file").ok()? else {
        return Some(Configuration::default());
    };
    let root = node.text(&path).ok()?.root().ok()?;
    let plugins = root.get("plugins").and_then(Node::as_sequence).unwrap_or_default();
    let text = |plugin: &'_ Node, key| plugin.get(key).and_then(Node::as_str).map(str::to_owned);
    let plugin = plugins.iter().find(|it| text(it, "name").as_deref() == Some("PodSecurity"));
    let Some(plugin) = plugin else { return Some(Configuration::default()) };
    if let Some(inside) = plugin.get("configuration").filter(|it| !it.is_null()) {
        return Configuration::read(inside).ok();
    }
    let named = text(plugin, "path").unwrap_or_default();
    if named.is_empty() {
        return Some(Configuration::default());
    }
    let path = if named.starts_with('/') {
        server.host_path(&named).ok()?
    } else {
        let (directory, _) = path.rsplit_once('/')?;
        format!("{directory}/{named}")
    };
    Configuration::read(node.text(&path).ok()?.root().ok()?).ok()
}
