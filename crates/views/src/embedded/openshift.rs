//! OpenShift: the control plane's arguments stand in the configuration file that
//! `--openshift-config` names (`openshift/api`, `kubecontrolplane/v1`): under
//! `apiServerArguments` of the API server and `extendedArguments` of the controllers.

use merlon_model::{Component, Location};
use merlon_snapshot::{DocumentKind, Node, Wanted};
use merlon_yaml::Node as Yaml;

use super::{document, options};
use crate::manifest::Manifest;
use crate::text::Texts;

const OPTION: &str = "openshift-config";

type Words = Vec<(String, Location)>;

/// The arguments that the file of `--openshift-config` adds; `None` without that option.
///
/// `host_path` tells where a path of the component stands on the host.
pub(crate) fn extended(
    component: Component,
    words: &Words,
    host_path: impl Fn(&str) -> Result<String, String>,
    texts: &Texts<'_>,
) -> Option<Result<Words, String>> {
    let option = options(words, |_| false).into_iter().find(|option| option.name == OPTION)?;
    Some(host_path(&option.value).and_then(|path| read(component, &path, texts)))
}

fn read(component: Component, path: &str, texts: &Texts<'_>) -> Result<Words, String> {
    let key = match component {
        Component::KubeApiserver => "apiServerArguments",
        _ => "extendedArguments",
    };
    let text = texts.get(path)?;
    let arguments = text.root()?.get(key).and_then(Yaml::as_mapping);
    let mut found = Vec::new();
    for entry in arguments.into_iter().flat_map(|arguments| arguments.entries()) {
        let values = entry.value.as_sequence().unwrap_or(std::slice::from_ref(&entry.value));
        for value in values {
            let location = text.location(value.span);
            let text = value.as_str().ok_or_else(|| format!("{location} is no text"))?;
            found.push((format!("--{}={text}", entry.key), location));
        }
    }
    Ok(found)
}

pub(super) fn wanted(node: &Node, texts: &Texts<'_>, into: &mut impl FnMut(Wanted)) {
    for (path, manifest) in &node.documents {
        if manifest.kind != DocumentKind::StaticPod {
            continue;
        }
        let manifest = texts.get(path).and_then(Manifest::read);
        let Ok(Some(manifest)) = manifest else { continue };
        for option in options(&manifest.words, |_| false) {
            if option.name == OPTION
                && let Some(path) = manifest.host_path(&option.value)
            {
                into(document(&path, DocumentKind::SupervisorConfiguration));
            }
        }
    }
}
