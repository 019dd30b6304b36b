//! From processes, manifests and the distribution's layout to components.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use merlon_model::{Carrier, Component, Location, Version};
use merlon_snapshot::{DocumentKind, Node, Process};

use crate::arguments::{Syntax, parse_arguments};
use crate::component::ComponentView;
use crate::configuration::Configuration;
use crate::distribution::{Recognised, USUAL_LAYOUT, candidates};
use crate::files::FileRole;
use crate::manifest::Manifest;
use crate::node::{NodeView, Told};
use crate::roles::paths;
use crate::settings;
use crate::text::{LIVE_KUBELET, Texts};

/// The components of a node, each with its instances.
pub(crate) fn assemble<'a>(
    node: &'a Node,
    texts: &Rc<Texts<'a>>,
    distribution: &Recognised,
    told: &Told,
) -> BTreeMap<Component, Vec<ComponentView<'a>>> {
    let mut manifests = manifests(node, texts);
    let mut components = BTreeMap::new();
    for component in Component::ALL {
        let mut instances: Vec<_> = node
            .processes
            .iter()
            .filter(|process| process.component == Some(component))
            .map(|process| {
                let place = manifests.iter().position(|manifest| manifest.component == component);
                let manifest = place.map(|place| manifests.swap_remove(place));
                instance(component, Some(process), manifest, node, texts, distribution, told)
            })
            .collect();
        if instances.is_empty() {
            // A manifest whose pod does not run (yet) still says what will run.
            let place = manifests.iter().position(|manifest| manifest.component == component);
            instances.extend(place.map(|place| {
                let manifest = manifests.swap_remove(place);
                instance(component, None, Some(manifest), node, texts, distribution, told)
            }));
        }
        if instances.len() > 1 {
            name_apart(&mut instances);
        }
        if !instances.is_empty() {
            components.insert(component, instances);
        }
    }
    components
}

fn name_apart(instances: &mut [ComponentView<'_>]) {
    for instance in instances {
        if let Some(process) = instance.process {
            instance.name = format!("{}[{}]", instance.component, process.pid);
        }
    }
}

fn manifests<'a>(node: &'a Node, texts: &Texts<'a>) -> Vec<Manifest<'a>> {
    node.documents
        .iter()
        .filter(|(_, document)| document.kind == DocumentKind::StaticPod)
        // A manifest that cannot be read hides its component: see `hides_components`.
        .filter_map(|(path, _)| Manifest::read(texts.get(path).ok()?).ok().flatten())
        .collect()
}

fn instance<'a>(
    component: Component,
    process: Option<&'a Process>,
    manifest: Option<Manifest<'a>>,
    node: &'a Node,
    texts: &Rc<Texts<'a>>,
    distribution: &Recognised,
    told: &Told,
) -> ComponentView<'a> {
    let syntax = if component == Component::Etcd { Syntax::Go } else { Syntax::Pflag };
    let (words, arguments_unknown) = words(component, process, manifest.as_ref());
    let arguments = parse_arguments(&words, syntax, settings::of(component));
    let mut view = ComponentView {
        component,
        name: component.as_str().to_owned(),
        process,
        carrier: carrier(component, manifest.as_ref(), distribution),
        version: version(component, process, manifest.as_ref(), node, told),
        environment: process.map(environment).unwrap_or_default(),
        manifest,
        configuration: Configuration::default(),
        live: (component == Component::Kubelet && node.live_kubelet.is_some())
            .then_some(LIVE_KUBELET),
        arguments_unknown,
        texts: Rc::clone(texts),
        arguments,
    };
    view.configuration = configuration(&view, node);
    view
}

/// The words of the command line after the program, each with its place.
///
/// A running process decides. Where its words stand in the manifest as well, the manifest's line
/// is the better place to name, since that is where they are changed.
fn words(
    component: Component,
    process: Option<&Process>,
    manifest: Option<&Manifest<'_>>,
) -> (Vec<(String, Location)>, Option<String>) {
    let Some(process) = process else {
        return match manifest {
            Some(manifest) if manifest.wrapped => {
                let path = manifest.path;
                let what =
                    format!("{path} starts {component} through a shell, and it does not run");
                (Vec::new(), Some(what))
            }
            Some(manifest) => (manifest.words.clone(), None),
            None => (Vec::new(), Some(format!("nothing shows the arguments of {component}"))),
        };
    };
    let skipped = if process.name == "hyperkube" { 2 } else { 1 };
    let words = process.argv.iter().enumerate().skip(skipped).map(|(index, word)| {
        let written = manifest
            .and_then(|manifest| manifest.words.iter().find(|(written, _)| written == word))
            .map(|(_, location)| location.clone());
        let location = written.unwrap_or_else(|| Location::Argument {
            process: process.name.clone(),
            pid: process.pid,
            index: u32::try_from(index).unwrap_or(u32::MAX),
        });
        (word.clone(), location)
    });
    let unknown = process.argv.is_empty().then(|| {
        format!("the arguments of {} (process {}) cannot be read", component, process.pid)
    });
    (words.collect(), unknown)
}

fn environment(process: &Process) -> BTreeMap<String, (String, Location)> {
    process
        .environment
        .iter()
        .map(|(name, value)| {
            let location = Location::Environment {
                process: process.name.clone(),
                pid: process.pid,
                name: name.clone(),
            };
            (name.clone(), (value.clone(), location))
        })
        .collect()
}

fn carrier(
    component: Component,
    manifest: Option<&Manifest<'_>>,
    distribution: &Recognised,
) -> Carrier {
    if let Some(manifest) = manifest {
        return Carrier::StaticPod { path: manifest.path.to_owned() };
    }
    distribution
        .distribution
        .and_then(|distribution| {
            distribution.carriers.iter().find(|known| known.component == component)
        })
        .map_or(Carrier::Unknown, |known| (known.carrier)())
}

fn version(
    component: Component,
    process: Option<&Process>,
    manifest: Option<&Manifest<'_>>,
    node: &Node,
    told: &Told,
) -> Option<Version> {
    let package = || Version::parse(node.host.packages.get(component.as_str())?);
    let told = || (component != Component::Etcd).then(|| told.kubernetes_version.clone())?;
    process
        .and_then(|process| process.build_version.clone())
        .or_else(|| manifest.and_then(|manifest| manifest.version.clone()))
        .or_else(package)
        .or_else(told)
}

/// The configuration files that an instance was given.
fn configuration(view: &ComponentView<'_>, node: &Node) -> Configuration {
    let flag = match view.component {
        Component::Kubelet | Component::KubeScheduler | Component::KubeProxy => "config",
        Component::Etcd => "config-file",
        Component::KubeApiserver | Component::KubeControllerManager => {
            return Configuration::default();
        }
    };
    let mut files = match view.path(flag) {
        Ok(file) => Vec::from_iter(file.map(|(path, _)| path)),
        Err(unknown) => return Configuration::unreadable(unknown.to_string()),
    };
    if view.component == Component::Kubelet {
        match drop_ins(view, node) {
            Ok(more) => files.extend(more),
            Err(what) => return Configuration::unreadable(what),
        }
    }
    Configuration::of_files(files)
}

/// The kubelet's drop-in files: every `*.conf` below the directory, in lexical order.
fn drop_ins(view: &ComponentView<'_>, node: &Node) -> Result<Vec<String>, String> {
    let Some((directory, _)) = view.path("config-dir").map_err(|unknown| unknown.to_string())?
    else {
        return Ok(Vec::new());
    };
    let Some(names) = node.directories.get(&directory) else {
        return match node.gap_at(&directory) {
            Some(gap) => Err(gap.to_string()),
            None => Err(format!("{directory} was not listed")),
        };
    };
    let drop_ins = names.iter().filter(|name| name.ends_with(".conf"));
    Ok(drop_ins.map(|name| format!("{directory}/{name}")).collect())
}

impl NodeView<'_> {
    /// The directories that static pods are taken from.
    pub(crate) fn static_pod_directories(&self) -> BTreeSet<String> {
        let kubelets = self.instances(Component::Kubelet).iter();
        let configured = kubelets.flat_map(|kubelet| paths(kubelet, "staticPodPath"));
        let configured = configured.flatten().map(|(path, _)| path);
        configured.chain(self.layout_paths(FileRole::StaticPodDirectory)).collect()
    }

    /// The places of a role in the layouts of every distribution that anything speaks for, and
    /// the usual ones.
    pub(crate) fn layout_paths(&self, role: FileRole) -> BTreeSet<String> {
        candidates(self.node)
            .flat_map(|distribution| distribution.layout)
            .chain(USUAL_LAYOUT)
            .filter(|known| known.role == role)
            .map(|known| known.path.to_owned())
            .collect()
    }
}
