//! From built objects back to the files that they were written in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use merlon_snapshot::{Contents, Object};
use merlon_yaml::{Limits, LineIndex, Node, Value, parse};

use super::super::files::{Origin as FileOrigin, read};
use super::super::kustomization::Kustomization;

/// The objects in the resources of a kustomization.
pub(super) struct Sources {
    files: Vec<(PathBuf, String)>,
    /// By kind; the number of the file, and the object.
    objects: BTreeMap<String, Vec<(usize, Object)>>,
    prefixes: BTreeSet<String>,
    suffixes: BTreeSet<String>,
}

/// Where a built object was written.
pub(super) struct Origin {
    pub(super) file: PathBuf,
    /// For each line of the built object the line of the file, from 1, that says the same.
    pub(super) lines: Vec<Option<u32>>,
}

impl Sources {
    /// Reads all resources; what cannot be read has kept Kustomize from building.
    pub(super) fn read(made_of: &BTreeMap<PathBuf, Kustomization>, limit: usize) -> Self {
        let paths: BTreeSet<&PathBuf> = made_of.values().flat_map(|it| &it.resources).collect();
        let all = |part: fn(&Kustomization) -> &String| {
            made_of.values().map(part).filter(|part| !part.is_empty()).cloned().collect()
        };
        let mut sources = Self {
            files: Vec::new(),
            objects: BTreeMap::new(),
            prefixes: all(|it| &it.prefix),
            suffixes: all(|it| &it.suffix),
        };
        for path in paths {
            let Ok(text) = read(path, FileOrigin::Named, limit) else { continue };
            let contents = Contents::of("", 0, parse(&text, &Limits::default()));
            for object in contents.objects {
                let kind = kind(&object.root).to_owned();
                sources.objects.entry(kind).or_default().push((sources.files.len(), object));
            }
            sources.files.push((path.clone(), text));
        }
        sources
    }

    /// Finds the file of the one object in `document`; `None` when it was generated.
    pub(super) fn origin(&self, document: &str) -> Option<Origin> {
        let parsed = parse(document, &Limits::default());
        let built = &parsed.documents.first()?.root;
        let name = name(built);
        let candidates = self.objects.get(kind(built))?;
        let starts = added(name, &self.prefixes, |name, length, part| {
            name.get(length..).is_some_and(|rest| rest.starts_with(part))
        });
        let ends = added(name, &self.suffixes, |name, length, part| {
            name.get(..name.len() - length).is_some_and(|rest| rest.ends_with(part))
        });
        let is_named_after = |source: &str| {
            !source.is_empty()
                && starts.iter().any(|start| {
                    ends.iter().any(|end| {
                        name.get(*start..name.len().saturating_sub(*end)) == Some(source)
                    })
                })
        };
        // The longest name has the least added to it.
        let (number, object) = candidates
            .iter()
            .filter(|(_, object)| is_named_after(object.name()))
            .max_by_key(|(number, object)| (object.name().len(), std::cmp::Reverse(*number)))?;
        let (file, text) = &self.files[*number];
        let mut lines = vec![None; document.lines().count()];
        let mut pairs = Pairs {
            built: LineIndex::new(document),
            source: LineIndex::new(text),
            lines: &mut lines,
        };
        pairs.same(built, &object.root);
        Some(Origin { file: file.clone(), lines })
    }
}

/// How many bytes at one end of a name may have been added, by any number of kustomizations.
fn added(
    name: &str,
    parts: &BTreeSet<String>,
    follows: fn(&str, usize, &str) -> bool,
) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([0]);
    let mut pending = vec![0];
    while let Some(length) = pending.pop() {
        for part in parts.iter().filter(|part| follows(name, length, part)) {
            if reached.insert(length + part.len()) {
                pending.push(length + part.len());
            }
        }
    }
    reached
}

fn kind(root: &Node) -> &str {
    root.get("kind").and_then(Node::as_str).unwrap_or_default()
}

fn name(root: &Node) -> &str {
    root.path(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default()
}

/// Notes which lines of two texts say the same.
struct Pairs<'a> {
    built: LineIndex<'a>,
    source: LineIndex<'a>,
    lines: &'a mut Vec<Option<u32>>,
}

impl Pairs<'_> {
    fn same(&mut self, built: &Node, source: &Node) {
        match (&built.value, &source.value) {
            (Value::Mapping(all), Value::Mapping(written)) => {
                for entry in all.entries() {
                    let Some(other) = written.entry(&entry.key) else { continue };
                    if alike(&entry.value, &other.value) {
                        self.line(entry.key_span.start(), other.key_span.start());
                        self.same(&entry.value, &other.value);
                    }
                }
            }
            (Value::Sequence(all), Value::Sequence(written)) => {
                for (number, item) in all.iter().enumerate() {
                    let Some(other) = counterpart(item, number, written) else { continue };
                    if alike(item, other) {
                        // A mapping begins with whichever of its keys is sorted first.
                        if item.as_mapping().is_none() {
                            self.line(item.span.start(), other.span.start());
                        }
                        self.same(item, other);
                    }
                }
            }
            _ => {}
        }
    }

    /// The first pair that is noted for a line stays: a key comes before what is in its value.
    fn line(&mut self, built: usize, source: usize) {
        let built = self.built.position(built).line;
        let source = self.source.position(source).line;
        if let Some(slot @ None) = self.lines.get_mut(built - 1) {
            *slot = u32::try_from(source).ok();
        }
    }
}

/// Items of lists are paired by their names, as Kustomize merges them, and else by their values.
fn counterpart<'a>(item: &Node, number: usize, written: &'a [Node]) -> Option<&'a Node> {
    let named = |node: &Node| node.get("name").and_then(Node::as_str).map(str::to_owned);
    match named(item) {
        Some(name) => written.iter().find(|other| named(other).as_ref() == Some(&name)),
        None if matches!(item.value, Value::Mapping(_) | Value::Sequence(_)) => written.get(number),
        None => written.iter().find(|other| other.value == item.value),
    }
}

/// Whether two values are equal, or of a shape in which parts may be.
fn alike(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Mapping(_), Value::Mapping(_)) | (Value::Sequence(_), Value::Sequence(_)) => true,
        (one, other) => one == other,
    }
}
