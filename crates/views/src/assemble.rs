//! From processes, manifests and the distribution's layout to components.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use merlon_model::{Carrier, Component, Location, Version};
use merlon_snapshot::{DocumentKind, Node, Process, Subject};

use crate::arguments::{Argument, Syntax, parse_arguments};
use crate::component::ComponentView;
use crate::configuration::Configuration;
use crate::distribution::{Recognised, USUAL_LAYOUT, candidates};
use crate::embedded::{Embedded, embedded, extended};
use crate::files::FileRole;
use crate::manifest::Manifest;
use crate::node::{NodeView, Told};
use crate::settings;
use crate::text::{LIVE_KUBELET, Texts};
use crate::unit::{Command, Unit, Units};

/// The components of a node, each with its instances.
pub(crate) fn assemble<'a>(
    node: &'a Node,
    texts: &Rc<Texts<'a>>,
    units: &Units<'a>,
    distribution: &Recognised,
    told: &Told,
) -> BTreeMap<Component, Vec<ComponentView<'a>>> {
    let mut embedded = embedded(node, texts, units);
    let mut manifests = manifests(node, texts);
    let mut components = BTreeMap::new();
    let context = Context { node, texts, units, distribution, told };
    for component in Component::ALL {
        let mut take = || {
            let place = manifests.iter().position(|manifest| manifest.component == component)?;
            Some(manifests.swap_remove(place))
        };
        let running = node.processes.iter().filter(|each| each.component == Some(component));
        let mut instances: Vec<_> =
            running.map(|process| context.running(component, process, take())).collect();
        if instances.is_empty() {
            // A manifest whose pod does not run (yet) still says what will run.
            instances.extend(take().map(|manifest| context.in_manifest(component, manifest)));
        }
        let inside = embedded.extract_if(.., |each| each.component == component);
        instances.extend(inside.map(|each| context.inside(each)));
        if instances.is_empty() {
            instances.extend(context.in_unit(component));
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

/// What an instance is put together from.
struct Context<'c, 'a> {
    node: &'a Node,
    texts: &'c Rc<Texts<'a>>,
    units: &'c Units<'a>,
    distribution: &'c Recognised,
    told: &'c Told,
}

/// An instance's command line: its words, or why they cannot be told.
type Words = Result<Vec<(String, Location)>, String>;

impl<'a> Context<'_, 'a> {
    /// A component that runs in a process of its own.
    fn running(
        &self,
        component: Component,
        process: &'a Process,
        manifest: Option<Manifest<'a>>,
    ) -> ComponentView<'a> {
        let unit = match manifest {
            Some(_) => None,
            None => self.units.of_component(component, Some(process)),
        };
        let command = unit.and_then(|unit| unit.command(self.node).ok());
        let written = match (&manifest, &command) {
            (Some(manifest), _) => manifest.words.clone(),
            (None, Some(command)) => command.words.clone(),
            (None, None) => Vec::new(),
        };
        let words = words(component, process, &written);
        let carrier = match (&manifest, unit) {
            (Some(manifest), _) => self.of_manifest(component, manifest),
            (None, unit) => self.carrier(component, unit, command.as_ref()),
        };
        let (words, environment) = match self.environment(process, command) {
            Ok(environment) => (words, environment),
            // Only etcd takes settings from its environment.
            Err(why) if component == Component::Etcd => (Err(why), BTreeMap::new()),
            Err(_) => (words, BTreeMap::new()),
        };
        self.instance(component, Some(process), manifest, words, environment, carrier)
    }

    fn in_manifest(&self, component: Component, manifest: Manifest<'a>) -> ComponentView<'a> {
        let path = manifest.path;
        let words = if manifest.wrapped {
            Err(format!("{path} starts {component} through a shell, and it does not run"))
        } else {
            Ok(manifest.words.clone())
        };
        let carrier = self.of_manifest(component, &manifest);
        self.instance(component, None, Some(manifest), words, BTreeMap::new(), carrier)
    }

    /// A component inside the process of a supervisor.
    fn inside(&self, embedded: Embedded<'a>) -> ComponentView<'a> {
        let Embedded { component, process, words, carrier } = embedded;
        self.instance(component, process, None, words, BTreeMap::new(), carrier)
    }

    /// A component that a unit would start and that does not run.
    fn in_unit(&self, component: Component) -> Option<ComponentView<'a>> {
        let unit = self.units.starting(component.as_str())?;
        if !self.units.would_run(&unit.name, self.node) {
            return None;
        }
        let command = unit.command(self.node);
        let carrier = self.carrier(component, Some(unit), command.as_ref().ok());
        let (words, environment) = match command {
            Ok(command) => (Ok(command.words), command.environment),
            Err(why) => (Err(why), BTreeMap::new()),
        };
        Some(self.instance(component, None, None, words, environment, carrier))
    }

    /// The environment of a process; what could not be read of it, its unit tells.
    fn environment(
        &self,
        process: &Process,
        command: Option<Command>,
    ) -> Result<BTreeMap<String, (String, Location)>, String> {
        let gap = self.node.gaps.iter().find(|gap| {
            matches!(&gap.subject, Subject::Process { pid, part }
                if *pid == process.pid && part == "environment")
        });
        match (gap, command) {
            (None, command) => {
                let mut found = environment(process);
                // The line in a file is the better place to name.
                for (name, (value, location)) in
                    command.map(|each| each.environment).into_iter().flatten()
                {
                    if let Some(known) = found.get_mut(&name)
                        && known.0 == value
                    {
                        known.1 = location;
                    }
                }
                Ok(found)
            }
            (Some(_), Some(command)) => Ok(command.environment),
            (Some(gap), None) => Err(gap.to_string()),
        }
    }

    /// A manifest is changed by hand, unless the distribution writes it.
    fn of_manifest(&self, component: Component, manifest: &Manifest<'_>) -> Carrier {
        match self.known_carrier(component) {
            Some(carrier @ (Carrier::Supervisor { .. } | Carrier::Vendor { .. })) => carrier,
            _ => Carrier::StaticPod { path: manifest.path.to_owned() },
        }
    }

    fn known_carrier(&self, component: Component) -> Option<Carrier> {
        let distribution = self.distribution.distribution?;
        let mut carriers = distribution.carriers.iter();
        let known = carriers.find(|known| known.component == component)?;
        Some((known.carrier)(self.node))
    }

    /// Where a flag of a component without a manifest is changed.
    fn carrier(
        &self,
        component: Component,
        unit: Option<&Unit<'_>>,
        command: Option<&Command>,
    ) -> Carrier {
        let known = self.known_carrier(component);
        let Some(unit) = unit else {
            return known.unwrap_or(Carrier::Unknown);
        };
        match known {
            // The layout's file only holds where the unit really uses it.
            Some(Carrier::EnvironmentFile { path, variable, .. })
                if command.is_some_and(|command| command.variables.contains(&variable))
                    && unit.reads(&path) =>
            {
                Carrier::EnvironmentFile { path, variable, unit: unit.name.clone() }
            }
            Some(Carrier::EnvironmentFile { .. } | Carrier::Unit { .. }) | None => {
                by_variable(unit, command)
                    .unwrap_or_else(|| Carrier::Unit { unit: unit.name.clone() })
            }
            Some(known) => known,
        }
    }

    fn instance(
        &self,
        component: Component,
        process: Option<&'a Process>,
        manifest: Option<Manifest<'a>>,
        words: Words,
        environment: BTreeMap<String, (String, Location)>,
        carrier: Carrier,
    ) -> ComponentView<'a> {
        let (words, arguments_unknown) = match words {
            Ok(words) => (words, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let live = component == Component::Kubelet && self.node.live_kubelet.is_some();
        let mut view = ComponentView {
            component,
            name: component.as_str().to_owned(),
            process,
            carrier,
            version: version(component, process, manifest.as_ref(), self.node, self.told),
            environment,
            manifest,
            configuration: Configuration::default(),
            live: live.then_some(LIVE_KUBELET),
            arguments_unknown,
            texts: Rc::clone(self.texts),
            arguments: parse(component, &words),
        };
        let on_host = |path: &str| view.host_path(path).map_err(|unknown| unknown.to_string());
        match extended(component, &words, on_host, self.texts) {
            None => {}
            Some(Ok(mut more)) => {
                more.extend(words);
                view.arguments = parse(component, &more);
            }
            Some(Err(why)) => view.arguments_unknown = Some(why),
        }
        view.configuration = configuration(&view, self.node);
        view
    }
}

fn parse(component: Component, words: &[(String, Location)]) -> Vec<Argument> {
    let syntax = if component == Component::Etcd { Syntax::Go } else { Syntax::Pflag };
    parse_arguments(words, syntax, settings::of(component))
}

/// The variable of an environment file that holds the last words of a unit's command line.
fn by_variable(unit: &Unit<'_>, command: Option<&Command>) -> Option<Carrier> {
    let command = command?;
    command.variables.iter().rev().find_map(|variable| {
        let (_, location) = command.environment.get(variable)?;
        let Location::File { path, .. } = location else { return None };
        unit.reads(path).then(|| Carrier::EnvironmentFile {
            path: path.clone(),
            variable: variable.clone(),
            unit: unit.name.clone(),
        })
    })
}

/// The words of a running process's command line after the program, each with its place.
///
/// The process decides. Where its words stand in a manifest or a unit as well, that line is the
/// better place to name, since that is where they are changed.
fn words(component: Component, process: &Process, written: &[(String, Location)]) -> Words {
    if process.argv.is_empty() {
        let pid = process.pid;
        return Err(format!("the arguments of {component} (process {pid}) cannot be read"));
    }
    let skipped = if process.name == "hyperkube" { 2 } else { 1 };
    let words = process.argv.iter().enumerate().skip(skipped).map(|(index, word)| {
        let line = written.iter().find(|(each, _)| each == word);
        let location = line.map(|(_, location)| location.clone());
        let location = location.unwrap_or_else(|| Location::Argument {
            process: process.name.clone(),
            pid: process.pid,
            index: u32::try_from(index).unwrap_or(u32::MAX),
        });
        (word.clone(), location)
    });
    Ok(words.collect())
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

fn version(
    component: Component,
    process: Option<&Process>,
    manifest: Option<&Manifest<'_>>,
    node: &Node,
    told: &Told,
) -> Option<Version> {
    let package = || Version::parse(node.host.packages.get(component.as_str())?);
    let told = || (component != Component::Etcd).then(|| told.kubernetes_version.clone())?;
    // etcd inside k3s is another program's release.
    let own = |process: &&Process| {
        component != Component::Etcd || process.component == Some(Component::Etcd)
    };
    process
        .filter(own)
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
        let configured = kubelets.flat_map(|kubelet| kubelet.paths("staticPodPath"));
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
