use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Kind, ObjectReference};
use merlon_yaml::{Comment, Limits, Node, Parsed, ProblemKind, Value, parse};
use serde::{Deserialize, Serialize};

use crate::{Cause, Gap, Subject};

/// The objects of one cluster, or of one set of manifests.
#[derive(Clone, Debug, PartialEq)]
pub struct Inventory {
    /// Its name: the context of a cluster, the path of manifests.
    pub name: String,
    /// Where the objects come from.
    pub origin: Origin,
    /// The manifests that objects stand in; empty for a cluster.
    pub manifests: Vec<Manifest>,
    /// The objects, in the order they were read.
    pub objects: Vec<Object>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Where objects come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "kebab-case")]
pub enum Origin {
    /// A live API server: what is not here, and not a gap, does not exist.
    Cluster {
        /// Its address.
        server: String,
        /// Its release: `v1.37.1`.
        version: Option<String>,
        /// The kinds that it serves and that were listed to the end, also when there are none.
        listed: BTreeSet<Kind>,
    },
    /// Files: what is not here may exist in the cluster all the same.
    Manifests {
        /// How many files were skipped, because nothing in them is of Kubernetes.
        skipped: usize,
    },
}

/// One file of manifests: its text without secrets, and what made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its path, as it was named or found below what was named; `-` for standard input. For
    /// rendered text the template it came from, where the renderer tells.
    pub path: String,
    /// The text; secrets are replaced by markers, line numbers are those of the file.
    pub text: String,
    /// What rendered the text, when it is not a file as it stands.
    pub rendered: Option<Rendered>,
}

/// What rendered a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Rendered {
    /// `helm template`.
    Helm {
        /// The chart's directory.
        chart: String,
        /// For each line of the text the line, from 1, of the template that it came from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<Option<u32>>,
        /// The lines of the template, from 1, that take a key of the chart's values: `image.tag`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, Vec<u32>>,
    },
    /// `kustomize build`.
    Kustomize {
        /// The directory of the kustomization.
        directory: String,
        /// For each line of the text the line, from 1, of the file that says the same; `None`
        /// where a patch or the kustomization itself decided.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<Option<u32>>,
    },
}

impl Rendered {
    /// The line of the file at [`Manifest::path`] that a line of the text comes from; both from 1.
    #[must_use]
    pub fn source_line(&self, line: u32) -> Option<u32> {
        let (Self::Helm { lines, .. } | Self::Kustomize { lines, .. }) = self;
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        lines.get(index).copied().flatten()
    }

    /// The keys in the chart's values that decide a line of the text, from 1.
    #[must_use]
    pub fn values_at(&self, line: u32) -> Vec<&str> {
        let (Self::Helm { values, .. }, Some(line)) = (self, self.source_line(line)) else {
            return Vec::new();
        };
        let takes = values.iter().filter(|(_, lines)| lines.contains(&line));
        takes.map(|(key, _)| key.as_str()).collect()
    }
}

/// One object as a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The whole object. Spans point into its manifest's text; they are empty for a live object.
    pub root: Node,
    /// Where it was read.
    pub source: Source,
}

/// Where an object was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// From an API server.
    Api,
    /// From a manifest.
    Manifest {
        /// The manifest's place in [`Inventory::manifests`].
        manifest: usize,
        /// The document's number in it, from 0.
        document: usize,
        /// The object's number in the `List` that the document is.
        item: Option<usize>,
    },
}

impl Inventory {
    /// The gap that explains why nothing, or not all, is known about a kind of objects.
    #[must_use]
    pub fn gap_of(&self, kind: Kind) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.subject == Subject::Objects { kind })
    }

    /// Whether what is not here does not exist: all of the kind was listed.
    #[must_use]
    pub fn is_complete(&self, kind: Kind) -> bool {
        match &self.origin {
            Origin::Cluster { listed, .. } => listed.contains(&kind),
            Origin::Manifests { .. } => false,
        }
    }
}

impl Object {
    /// The kind, when Merlon knows it.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(text(&self.root, "apiVersion"), text(&self.root, "kind"))
    }

    /// The name; empty where there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.root.get("metadata").map_or("", |metadata| text(metadata, "name"))
    }

    /// The namespace that is written; `None` where there is none.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        let namespace =
            self.root.get("metadata").map_or("", |metadata| text(metadata, "namespace"));
        (!namespace.is_empty()).then_some(namespace)
    }

    /// How findings call it.
    #[must_use]
    pub fn reference(&self) -> ObjectReference {
        let metadata = self.root.get("metadata");
        let name = match self.name() {
            "" => metadata.map_or("", |metadata| text(metadata, "generateName")).to_owned() + "*",
            name => name.to_owned(),
        };
        ObjectReference {
            api_version: text(&self.root, "apiVersion").to_owned(),
            kind: text(&self.root, "kind").to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name,
        }
    }
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// What stands in a manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// The objects, those of lists one by one.
    pub objects: Vec<Object>,
    /// What of the text could not be read, and what Kubernetes would refuse.
    pub gaps: Vec<Gap>,
    /// Documents that are no objects of Kubernetes; empty ones are not counted.
    pub foreign: usize,
    /// The comments of all documents.
    pub comments: Vec<Comment>,
}

impl Manifest {
    /// Reads the objects out of the text; `number` is the manifest's place in its inventory.
    ///
    /// A document that cannot be read is a gap, the others are kept.
    #[must_use]
    pub fn contents(&self, number: usize) -> Contents {
        Contents::of(&self.path, number, parse(&self.text, &Limits::default()))
    }
}

impl Contents {
    /// What stands in a manifest that has been parsed; see [`Manifest::contents`].
    #[must_use]
    pub fn of(path: &str, number: usize, parsed: Parsed) -> Self {
        let mut contents = Self::default();
        for problem in parsed.problems.iter().filter(|problem| problem.kind.is_rejected()) {
            let cause = match problem.kind {
                ProblemKind::Limit => Cause::LimitReached,
                _ => Cause::Unparsable,
            };
            let line = Some(u32::try_from(problem.line).unwrap_or(u32::MAX));
            let subject = Subject::Manifest { path: path.to_owned(), line };
            contents.gaps.push(Gap { subject, cause, detail: problem.message.clone() });
        }
        for (document, read) in parsed.documents.into_iter().enumerate() {
            contents.comments.extend(read.comments);
            let source = |item| Source::Manifest { manifest: number, document, item };
            contents.take(read.root, source);
        }
        contents
    }

    fn take(&mut self, root: Node, source: impl Fn(Option<usize>) -> Source) {
        if root.is_null() {
            return;
        }
        if !is_object(&root) {
            self.foreign += 1;
        } else if is_list(&root) {
            for (number, item) in items(root).into_iter().enumerate() {
                if is_object(&item) {
                    self.objects.push(Object { root: item, source: source(Some(number)) });
                } else {
                    self.foreign += 1;
                }
            }
        } else {
            self.objects.push(Object { root, source: source(None) });
        }
    }
}

/// Whether the tree says what every object of Kubernetes says: its `apiVersion` and `kind`.
#[must_use]
pub fn is_object(root: &Node) -> bool {
    !text(root, "apiVersion").is_empty() && !text(root, "kind").is_empty()
}

/// `List`, and what `kubectl get -o yaml` writes for one kind: `PodList`.
#[must_use]
pub fn is_list(root: &Node) -> bool {
    text(root, "kind").ends_with("List")
        && root.get("items").is_some_and(|items| items.as_sequence().is_some())
}

fn items(root: Node) -> Vec<Node> {
    let Value::Mapping(mapping) = root.value else { return Vec::new() };
    let items = mapping.into_entries().into_iter().find(|entry| &*entry.key == "items");
    match items.map(|entry| entry.value.value) {
        Some(Value::Sequence(items)) => items.into_vec(),
        _ => Vec::new(),
    }
}
