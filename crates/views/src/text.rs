use std::cell::OnceCell;
use std::collections::BTreeMap;

use merlon_model::Location;
use merlon_snapshot::{Document, DocumentKind, Lookup, Node as NodeFacts};
use merlon_yaml::{Limits, Node, Parsed, Span, parse};

/// A configuration file of the snapshot, read when it is first looked at.
#[derive(Debug)]
pub struct Text<'a> {
    /// The path on the node.
    pub path: &'a str,
    /// What it is.
    pub kind: DocumentKind,
    /// The redacted text.
    pub source: &'a str,
    parsed: OnceCell<Parsed>,
    /// Where each line begins.
    lines: OnceCell<Vec<usize>>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(path: &'a str, document: &'a Document) -> Self {
        Self {
            path,
            kind: document.kind,
            source: &document.text,
            parsed: OnceCell::new(),
            lines: OnceCell::new(),
        }
    }

    /// The root of its first YAML document.
    ///
    /// # Errors
    /// Says where and why the text is not YAML.
    pub fn root(&self) -> Result<&Node, String> {
        let parsed = self.parsed();
        if let Some(problem) = parsed.problems.iter().find(|problem| problem.kind.is_rejected()) {
            return Err(format!("{}:{}: {}", self.path, problem.line, problem.message));
        }
        parsed
            .documents
            .first()
            .map(|document| &document.root)
            .ok_or_else(|| format!("{} is empty", self.path))
    }

    /// All of its YAML documents with the problems in them.
    pub fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| parse(self.source, &Limits::default()))
    }

    /// The line where something is written.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let lines = self.lines.get_or_init(|| {
            let ends = self.source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(place, _)| place + 1)).collect()
        });
        let line = lines.partition_point(|begin| *begin <= span.start());
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Location::line(self.path, line)
    }
}

/// The configuration files of a node, by path.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    texts: BTreeMap<&'a str, Text<'a>>,
    node: &'a NodeFacts,
}

impl<'a> Texts<'a> {
    pub(crate) fn of(node: &'a NodeFacts) -> Self {
        let documents = node.documents.iter().map(|(path, document)| (path.as_str(), document));
        let live = node.live_kubelet.iter().map(|document| (LIVE_KUBELET, document));
        let texts = documents
            .chain(live)
            .map(|(path, document)| (path, Text::new(path, document)))
            .collect();
        Self { texts, node }
    }

    /// The configuration file at a path.
    ///
    /// # Errors
    /// Says why there is none: a gap, an absence, or that nobody looked.
    pub(crate) fn get(&self, path: &str) -> Result<&Text<'a>, String> {
        if let Some(text) = self.texts.get(path) {
            return Ok(text);
        }
        Err(match (self.node.gap_at(path), self.node.files.get(path)) {
            (Some(gap), _) => gap.to_string(),
            (None, Some(Lookup::Absent)) => format!("{path} does not exist"),
            (None, _) => format!("{path} was not collected"),
        })
    }
}

/// The name under which the kubelet's own answer stands among the files.
pub(crate) const LIVE_KUBELET: &str = "kubelet:/configz";
