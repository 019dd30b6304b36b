use std::collections::BTreeSet;

use merlon_model::Component;
use merlon_snapshot::{DocumentKind, Node, Want, Wanted};

use crate::distribution::{ALL, KnownPath, Sign, USUAL_LAYOUT, candidates};
use crate::embedded;
use crate::files::FileRole;
use crate::node::{NodeView, Told};
use crate::referred;
use crate::roles::paths;
use crate::settings;
use crate::unit::{self, Units};

/// Names that a directory may have at most for its files to be looked at one by one.
pub(crate) const MANY_NAMES: usize = 500;

/// Everything that evaluation could look at on a node, given what is known of it so far.
///
/// Call it, collect what is not collected yet, call it again, until it asks for nothing new.
/// More facts only ever lead to more wishes, and every wish leads one step further along a chain
/// (directory, file, file it names), so that this ends after a handful of rounds.
#[must_use]
pub fn wanted(node: &Node, told: &Told) -> BTreeSet<Wanted> {
    let view = NodeView::new(node, 0, told);
    let mut list = List { wanted: BTreeSet::new() };
    list.want("/", Want::State);
    list.signs();
    list.layouts(&view);
    list.settings(&view);
    list.static_pods(&view);
    list.network(&view);
    list.units(&view);
    embedded::wanted(node, &view.texts, &view.units, &mut |wanted| list.put(wanted));
    referred::wanted(&view, &mut |wanted| list.put(wanted));
    list.links(&view);
    list.wanted
}

struct List {
    wanted: BTreeSet<Wanted>,
}

impl List {
    fn want(&mut self, path: &str, want: Want) {
        self.put(Wanted { path: path.to_owned(), want });
    }

    fn put(&mut self, wanted: Wanted) {
        if wanted.path.starts_with('/') && !wanted.path.contains('\0') {
            self.wanted.insert(wanted);
        }
    }

    /// What tells distributions apart.
    fn signs(&mut self) {
        for distribution in ALL {
            let variants = distribution.variants.iter().map(|variant| variant.sign);
            for sign in distribution.signals.iter().map(|signal| signal.sign).chain(variants) {
                if let Sign::Path(path) = sign {
                    self.want(path, Want::State);
                }
            }
        }
    }

    /// The layouts of every distribution that anything speaks for. (Of all of them and not only
    /// of the one recognised so far, which the next facts may correct.)
    fn layouts(&mut self, view: &NodeView<'_>) {
        let layouts = candidates(view.node).flat_map(|distribution| distribution.layout);
        for known in USUAL_LAYOUT.iter().chain(layouts) {
            self.laid_out(known);
            let Some((suffix, kind)) = known.holds else { continue };
            let names = view.node.directories.get(known.path).into_iter().flatten();
            for name in names.filter(|name| name.ends_with(suffix)).take(MANY_NAMES) {
                self.want(&join(known.path, name), Want::Document(kind));
            }
        }
    }

    fn laid_out(&mut self, known: &KnownPath) {
        self.want(known.path, known.want());
    }

    /// What the settings of every instance lead to.
    fn settings(&mut self, view: &NodeView<'_>) {
        for component in Component::ALL {
            for instance in view.instances(component) {
                for setting in settings::of(component) {
                    let Some(want) = setting.leads_to else { continue };
                    for (path, _) in paths(instance, setting).into_iter().flatten() {
                        self.want(&path, want);
                    }
                }
                for file in instance.configuration.files() {
                    let kind = match component {
                        Component::Kubelet => DocumentKind::KubeletConfiguration,
                        Component::KubeProxy => DocumentKind::KubeProxyConfiguration,
                        Component::KubeScheduler => DocumentKind::KubeSchedulerConfiguration,
                        _ => continue,
                    };
                    self.want(file, Want::Document(kind));
                }
            }
        }
    }

    /// The kubelet takes every file whose name begins with no dot, whatever it ends with
    /// (`extractFromDir` in `pkg/kubelet/config/file.go`).
    fn static_pods(&mut self, view: &NodeView<'_>) {
        let manifest = Want::Document(DocumentKind::StaticPod);
        for directory in view.static_pod_directories() {
            self.want(&directory, Want::Directory);
            let names = view.node.directories.get(&directory).into_iter().flatten();
            for name in names.filter(|name| !name.starts_with('.')).take(MANY_NAMES) {
                self.want(&join(&directory, name), manifest);
            }
        }
    }

    fn units(&mut self, view: &NodeView<'_>) {
        self.want(unit::ENABLED, Want::Directory);
        for name in Units::names(view.node) {
            for directory in unit::DIRECTORIES {
                let path = join(directory, &name);
                self.want(&path, Want::Document(DocumentKind::SystemdUnit));
                let drop_ins = format!("{path}.d");
                let names = view.node.directories.get(&drop_ins).into_iter().flatten();
                for each in names.filter(|each| each.ends_with(".conf")).take(MANY_NAMES) {
                    let path = join(&drop_ins, each);
                    self.want(&path, Want::Document(DocumentKind::SystemdUnit));
                }
                self.want(&drop_ins, Want::Directory);
            }
        }
        for unit in view.units.all() {
            for (path, _) in unit.environment_files().unwrap_or_default() {
                self.want(&path, Want::Document(DocumentKind::EnvironmentFile));
            }
        }
    }

    fn network(&mut self, view: &NodeView<'_>) {
        for file in view.layout_paths(FileRole::CniConfiguration) {
            let names = view.node.directories.get(&file).into_iter().flatten();
            for name in names.take(MANY_NAMES) {
                let path = join(&file, name);
                if [".conf", ".conflist", ".json"].iter().any(|suffix| name.ends_with(suffix)) {
                    self.want(&path, Want::Document(DocumentKind::NetworkConfiguration));
                } else if name.ends_with("kubeconfig") {
                    self.want(&path, Want::Document(DocumentKind::Kubeconfig));
                }
            }
        }
    }

    /// What stands above the place that a link leads to decides who can get at it.
    fn links(&mut self, view: &NodeView<'_>) {
        for lookup in view.node.files.values() {
            if let Some(resolved) = lookup.file().and_then(|file| file.resolved.as_deref()) {
                self.want(resolved, Want::State);
            }
        }
    }
}

pub(crate) fn join(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}
