//! What a kustomization is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use merlon_yaml::{Limits, Node, parse};

use super::files::{Origin, read};
use super::walk::KUSTOMIZATION_FILES;

/// How many directories one kustomization is followed into.
const DIRECTORY_LIMIT: usize = 1000;

/// One kustomization; all paths are without links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kustomization {
    /// Its file.
    pub(super) file: PathBuf,
    /// Whether it is of the kind `Component`, which adds to others and is nothing on its own.
    pub(super) component: bool,
    /// Files of resources.
    pub(super) resources: BTreeSet<PathBuf>,
    /// Directories of other kustomizations.
    pub(super) directories: BTreeSet<PathBuf>,
    /// Files that are parts of objects, or no objects at all: patches, what generators take.
    pub(super) fragments: BTreeSet<PathBuf>,
    /// What it puts before names.
    pub(super) prefix: String,
    /// What it puts after names.
    pub(super) suffix: String,
    /// What would have to be fetched.
    pub(super) remote: Vec<String>,
}

impl Kustomization {
    /// Reads the one in `directory`; `None` when there is none, or one that is not Kustomize's.
    ///
    /// Flux has a kind of the same name, in files that are sometimes called the same.
    pub(super) fn read(directory: &Path, limit: usize) -> Option<Self> {
        let file = KUSTOMIZATION_FILES
            .iter()
            .map(|name| directory.join(name))
            .find(|file| file.is_file())?;
        let text = read(&file, Origin::Named, limit).ok()?;
        let parsed = parse(&text, &Limits::default());
        let mut kustomization = Self { file, ..Self::default() };
        let Some(root) = parsed.documents.first().map(|document| &document.root) else {
            return Some(kustomization);
        };
        let version = root.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        if !version.is_empty() && !version.starts_with("kustomize.config.k8s.io/") {
            return None;
        }
        kustomization.component = root.get("kind").and_then(Node::as_str) == Some("Component");
        kustomization.take(root, directory);
        Some(kustomization)
    }

    fn take(&mut self, root: &Node, directory: &Path) {
        let text =
            |key: &str| field(root, key).and_then(Node::as_str).unwrap_or_default().to_owned();
        self.prefix = text("namePrefix");
        self.suffix = text("nameSuffix");
        let list = |key: &str| field(root, key).and_then(Node::as_sequence).unwrap_or_default();
        for key in ["resources", "bases", "components"] {
            for entry in list(key).iter().filter_map(Node::as_str) {
                self.resource(directory, entry);
            }
        }
        for key in
            ["generators", "transformers", "validators", "configurations", "patchesStrategicMerge"]
        {
            for entry in list(key).iter().filter_map(Node::as_str) {
                self.fragment(directory, entry);
            }
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            for entry in list(key).iter().filter_map(|entry| field(entry, "path")?.as_str()) {
                self.fragment(directory, entry);
            }
        }
        if let Some(path) = field(root, "openapi").and_then(|it| field(it, "path")?.as_str()) {
            self.fragment(directory, path);
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for generator in list(key) {
                for part in ["files", "envs"] {
                    let files = field(generator, part).and_then(Node::as_sequence);
                    for entry in files.into_iter().flatten().filter_map(Node::as_str) {
                        let path = entry.split_once('=').map_or(entry, |(_, path)| path);
                        self.fragment(directory, path);
                    }
                }
            }
        }
    }

    fn resource(&mut self, directory: &Path, entry: &str) {
        match fs::canonicalize(directory.join(entry)) {
            Ok(path) if path.is_dir() => {
                self.directories.insert(path);
            }
            Ok(path) => {
                self.resources.insert(path);
            }
            Err(_) if is_remote(entry) => self.remote.push(entry.to_owned()),
            // Kustomize tells what is wrong.
            Err(_) => {}
        }
    }

    /// A file that is named where text may stand as well.
    fn fragment(&mut self, directory: &Path, entry: &str) {
        if entry.contains('\n') {
            return;
        }
        match fs::canonicalize(directory.join(entry)) {
            Ok(path) if path.is_dir() => {
                self.directories.insert(path);
            }
            Ok(path) => {
                self.fragments.insert(path);
            }
            Err(_) if entry.starts_with("https://") || entry.starts_with("http://") => {
                self.remote.push(entry.to_owned());
            }
            Err(_) => {}
        }
    }
}

/// A key in whatever case it is written, which Go's decoder does not mind.
fn field<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let entries = node.as_mapping()?.entries();
    let exact = entries.iter().find(|entry| &*entry.key == key);
    exact
        .or_else(|| entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)))
        .map(|entry| &entry.value)
}

/// Whether Kustomize would fetch it: `https://…`, `git@host:…`, `github.com/owner/name//path?ref=…`.
fn is_remote(entry: &str) -> bool {
    let host = entry.split('/').next().unwrap_or_default();
    entry.contains("://")
        || entry.contains("?ref=")
        || host.contains('@')
        || (entry.contains('/') && host.contains('.') && !host.trim_matches('.').is_empty())
}

/// The kustomization in `directory` with all that it is made of, by directory.
pub(super) fn closure(directory: &Path, limit: usize) -> BTreeMap<PathBuf, Kustomization> {
    let mut closure = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        if closure.contains_key(&directory) || closure.len() == DIRECTORY_LIMIT {
            continue;
        }
        if let Some(kustomization) = Kustomization::read(&directory, limit) {
            pending.extend(kustomization.directories.iter().cloned());
            closure.insert(directory, kustomization);
        }
    }
    closure
}
