//! From parser events to the tree.

use std::collections::{BTreeMap, HashMap};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};

use crate::document::{Comment, Document, Parsed, Placement};
use crate::node::{Entry, Mapping, Node, Value};
use crate::problem::{Limits, Problem, ProblemKind};
use crate::scalar::{self, Resolved};
use crate::span::{LineIndex, Span};

/// Deeper trees could overflow a small thread's stack when they are dropped.
const DEPTH_CEILING: usize = 512;

/// Enough for any person; a hostile text could have one for each byte.
const PROBLEM_CEILING: usize = 1_000;

/// Reads a text of any number of YAML or JSON documents.
///
/// A broken document is left out with a [`Problem`]; reading goes on at the next `---` line.
#[must_use]
pub fn parse(source: &str, limits: &Limits) -> Parsed {
    let mut loader = Loader::new(source, limits);
    if source.len() > limits.max_bytes {
        let message = format!(
            "the text has {} bytes, {} are the limit; nothing of it is read",
            source.len(),
            limits.max_bytes
        );
        loader.report(ProblemKind::Limit, message, Span::default());
    } else {
        loader.run();
    }
    loader.finish()
}

/// Why reading the present document ends early.
enum Stop {
    /// The next document may be read.
    Document,
    /// Nothing more may be read.
    Everything,
}

struct Loader<'s> {
    source: &'s str,
    lines: LineIndex<'s>,
    limits: Limits,
    parsed: Parsed,
    // Tells of the document in progress.
    frames: Vec<Frame>,
    items: Vec<Node>,
    entries: Vec<Entry>,
    comments: Vec<Comment>,
    anchors: BTreeMap<usize, Anchored>,
    root: Option<Node>,
    document_start: Option<usize>,
    /// End of the last text that belongs to a value or key.
    content_end: usize,
    // Count up over all documents.
    nodes: usize,
    anchored_nodes: usize,
    aliases: usize,
}

/// A collection that is being read.
struct Frame {
    start: usize,
    anchor: usize,
    /// Nodes counted before this one.
    nodes_before: usize,
    /// Collections inside each other below this one.
    height: usize,
    style: StructureStyle,
    kind: FrameKind,
}

enum FrameKind {
    /// Items from this index of `Loader::items` on belong to it.
    Sequence { first: usize },
    /// Entries from this index of `Loader::entries` on belong to it.
    Mapping { first: usize, key: Option<Key> },
}

struct Key {
    text: Box<str>,
    span: Span,
    merge: bool,
}

/// A node that aliases can name.
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

/// A scalar as the parser gives it.
struct Scalar<'e> {
    text: &'e str,
    style: ScalarStyle,
    tag: Option<&'e Tag>,
    anchor: usize,
    span: Span,
}

/// A finished node on its way to its parent.
struct Finished {
    node: Node,
    height: usize,
    /// How it reads as a key, if it can be one.
    key: Option<Box<str>>,
    merge_key: bool,
    alias: bool,
}

impl<'s> Loader<'s> {
    fn new(source: &'s str, limits: &Limits) -> Self {
        let limits = Limits {
            max_depth: limits.max_depth.min(DEPTH_CEILING),
            ..*limits
        };
        Self {
            source,
            lines: LineIndex::new(source),
            limits,
            parsed: Parsed::default(),
            frames: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            comments: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            document_start: None,
            content_end: 0,
            nodes: 0,
            anchored_nodes: 0,
            aliases: 0,
        }
    }

    fn run(&mut self) {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            // The parser's own limits stay just above ours, which see both kinds of nesting.
            flow_nesting_limit: self.limits.max_depth + 1,
            block_nesting_limit: self.limits.max_depth + 1,
            // Whole manifests get commented out; the size of the text bounds them.
            max_buffered_comment_events: usize::MAX,
        };
        let mut parser = Parser::new_from_str_with_options(self.source, options);
        while let Some(event) = parser.next_event() {
            let stop = match event {
                Ok((event, span)) => self.take(event, span_of(&span)).err(),
                Err(error) => {
                    self.report_scan_error(&error);
                    Some(Stop::Document)
                }
            };
            match stop {
                None => {}
                Some(Stop::Everything) => break,
                Some(Stop::Document) => {
                    self.abandon();
                    if !self.recover(&mut parser) {
                        break;
                    }
                }
            }
        }
        self.abandon();
    }

    /// Goes on to the next document; false when there is none.
    fn recover(&mut self, parser: &mut Parser<'s, StrInput<'s>>) -> bool {
        match parser.proceed_next_document() {
            Ok(more) => more,
            Err(error) => {
                self.report_scan_error(&error);
                false
            }
        }
    }

    /// Forgets the document in progress.
    fn abandon(&mut self) {
        self.frames.clear();
        self.items.clear();
        self.entries.clear();
        self.anchors.clear();
        self.root = None;
        self.document_start = None;
    }

    fn finish(mut self) -> Parsed {
        if let Some(last) = self.parsed.documents.last_mut() {
            last.comments.append(&mut self.comments);
        }
        self.parsed
    }

    fn take(&mut self, event: Event<'s>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Comment(text, _) => self.comment(&text, span),
            Event::DocumentStart(explicit, _) => {
                self.abandon();
                self.document_start = explicit.then_some(span.start);
                self.content_end = span.end;
            }
            Event::DocumentEnd => self.end_document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, span)?;
                let span = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar_span(span),
                    _ => span,
                };
                self.content_end = self.content_end.max(span.end);
                let finished = self.scalar(&Scalar {
                    text: &text,
                    style,
                    tag: tag.as_deref(),
                    anchor,
                    span,
                });
                self.complete(finished, anchor, 1)?;
            }
            Event::SequenceStart(style, anchor, _) => {
                let first = self.items.len();
                let span = self.sequence_span(style, span);
                self.open(style, anchor, span, FrameKind::Sequence { first })?;
            }
            Event::MappingStart(style, anchor, _) => {
                let first = self.entries.len();
                self.open(style, anchor, span, FrameKind::Mapping { first, key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor is named `{name}` before this alias");
                self.broken_alias(message, span)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn comment(&mut self, text: &str, span: Span) {
        let line_start = self.source[..span.start]
            .rfind(['\n', '\r'])
            .map_or(0, |at| at + 1);
        let before = self.source[line_start..span.start].trim_start_matches('\u{feff}');
        let placement = if before.trim().is_empty() {
            Placement::Alone
        } else {
            Placement::Trailing
        };
        self.comments.push(Comment {
            text: text.trim().into(),
            span,
            line: self.lines.position(span.start).line,
            placement,
        });
    }

    fn end_document(&mut self, span: Span) {
        let root = self.root.take().unwrap_or(Node {
            value: Value::Null,
            span: Span::new(span.start, span.start),
        });
        let start = self.document_start.unwrap_or(root.span.start);
        let end = self.content_end.max(start);
        self.parsed.documents.push(Document {
            root,
            span: Span::new(start, end),
            comments: std::mem::take(&mut self.comments),
        });
        self.abandon();
    }

    fn scalar(&mut self, scalar: &Scalar<'_>) -> Finished {
        let Scalar { text, span, .. } = *scalar;
        let core = scalar
            .tag
            .map(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:"));
        let plain = scalar.style == ScalarStyle::Plain;
        let merge_key = text == "<<"
            && match &core {
                None => plain,
                Some(core) => core.as_deref() == Some("merge"),
            };
        let mut decoded = None;
        let resolved = match &core {
            None if plain => Ok(Resolved::plain(text)),
            None | Some(None) => Ok(Resolved::Text),
            Some(Some(core)) if core == "binary" => {
                decoded = scalar::decode_binary(text);
                match decoded {
                    Some(_) => Ok(Resolved::Text),
                    None => Err("is not base64, as its tag says"),
                }
            }
            Some(Some(core)) => Resolved::tagged(core, text),
        };
        let resolved = resolved.unwrap_or_else(|reason| {
            let message = format!("the value {reason}; it is taken as a string");
            self.report(ProblemKind::InvalidValue, message, span);
            Resolved::Text
        });
        let text = decoded.as_deref().unwrap_or(text);
        // Most scalars are either a key or a value; one with an anchor may become both.
        let is_key = self.expects_key();
        let key = is_key.then(|| resolved.to_key(text)).flatten();
        let value = if is_key && scalar.anchor == 0 {
            Value::Null
        } else {
            resolved.to_value(text).unwrap_or_else(|| {
                let message = "a number without a JSON form; it is taken as a string".to_owned();
                self.report(ProblemKind::InvalidValue, message, span);
                Value::String(text.into())
            })
        };
        Finished {
            node: Node { value, span },
            height: 0,
            key,
            merge_key,
            alias: false,
        }
    }

    /// The parser starts a block scalar at its first character of text and ends it at the next
    /// token; here it starts at its indicator and ends with its last visible character.
    fn block_scalar_span(&self, span: Span) -> Span {
        let start = self.last_indicator(span.start, |token| token.starts_with(['|', '>']));
        let start = start.unwrap_or(span.start);
        let text = &self.source[start..span.end];
        Span::new(
            start,
            start + text.trim_end_matches([' ', '\t', '\n', '\r']).len(),
        )
    }

    /// The parser starts a block sequence behind its first dash; here it starts at the dash.
    fn sequence_span(&self, style: StructureStyle, span: Span) -> Span {
        let dash = match style {
            StructureStyle::Flow => None,
            StructureStyle::Block => self.last_indicator(span.start, |token| token == "-"),
        };
        dash.map_or(span, |dash| Span::new(dash, span.end.max(dash + 1)))
    }

    /// Finds the last token like that between the content read so far and `end`, comments aside.
    fn last_indicator(&self, end: usize, matches: impl Fn(&str) -> bool) -> Option<usize> {
        let blank = [' ', '\t', '\n', '\r'];
        let mut at = self.content_end;
        let mut found = None;
        while let Some(rest) = self.source.get(at..end).filter(|rest| !rest.is_empty()) {
            let token_end = match rest.chars().next() {
                Some('#') => rest.find(['\n', '\r']),
                Some(first) if blank.contains(&first) => rest.find(|next| !blank.contains(&next)),
                _ => rest.find(blank),
            };
            let token = &rest[..token_end.unwrap_or(rest.len())];
            if matches(token) {
                found = Some(at);
            }
            at += token.len();
        }
        found
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.frames.last().map(|frame| &frame.kind),
            Some(FrameKind::Mapping { key: None, .. })
        )
    }

    fn open(
        &mut self,
        style: StructureStyle,
        anchor: usize,
        span: Span,
        kind: FrameKind,
    ) -> Result<(), Stop> {
        if self.frames.len() >= self.limits.max_depth {
            return Err(self.too_deep(span));
        }
        let nodes_before = self.nodes;
        self.count(1, span)?;
        self.content_end = self.content_end.max(span.end);
        self.frames.push(Frame {
            start: span.start,
            anchor,
            nodes_before,
            height: 0,
            style,
            kind,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        // A block collection has no closing text: its end event stands at what comes next.
        if frame.style == StructureStyle::Flow {
            self.content_end = self.content_end.max(span.end);
        }
        let value = match frame.kind {
            FrameKind::Sequence { first } => Value::Sequence(self.items.drain(first..).collect()),
            FrameKind::Mapping { first, .. } => Value::Mapping(self.mapping(first)),
        };
        let finished = Finished {
            node: Node {
                value,
                span: Span::new(frame.start, self.content_end.max(frame.start)),
            },
            height: frame.height + 1,
            key: None,
            merge_key: false,
            alias: false,
        };
        self.complete(finished, frame.anchor, self.nodes - frame.nodes_before)
    }

    /// Hands a finished node to the collection around it, or makes it the root.
    fn complete(&mut self, finished: Finished, anchor: usize, nodes: usize) -> Result<(), Stop> {
        if anchor != 0 {
            // The copy costs memory too: anchors around anchors would cost it again and again.
            self.anchored_nodes = self.anchored_nodes.saturating_add(nodes);
            self.check_nodes(self.anchored_nodes, finished.node.span)?;
            let anchored = Anchored {
                node: finished.node.clone(),
                nodes,
                height: finished.height,
            };
            self.anchors.insert(anchor, anchored);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(finished.node);
            return Ok(());
        };
        frame.height = frame.height.max(finished.height);
        match &mut frame.kind {
            FrameKind::Sequence { .. } => self.items.push(finished.node),
            FrameKind::Mapping { key, .. } => match key.take() {
                None => {
                    let key = self.key(finished);
                    self.set_key(key);
                }
                Some(key) if key.merge => self.merge(&key, finished),
                Some(key) => self.entries.push(Entry {
                    key: key.text,
                    key_span: key.span,
                    value: finished.node,
                    merged: false,
                }),
            },
        }
        Ok(())
    }

    fn key(&mut self, finished: Finished) -> Key {
        let span = finished.node.span;
        let text = finished.key.unwrap_or_else(|| {
            let message =
                "a key must be a string, a boolean or a number that fits 64 bits".to_owned();
            self.report(ProblemKind::InvalidKey, message, span);
            span.slice(self.source).unwrap_or_default().trim().into()
        });
        Key {
            text,
            span,
            merge: finished.merge_key,
        }
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Frame {
            kind: FrameKind::Mapping { key, .. },
            ..
        }) = self.frames.last_mut()
        {
            *key = Some(new);
        }
    }

    /// Takes in the entries of a merge, where it stands: go-yaml v2 lets them take the place of
    /// equal keys before it, and keys after it take theirs. In a list, earlier mappings win.
    fn merge(&mut self, key: &Key, finished: Finished) {
        let mappings = match finished.node.value {
            Value::Mapping(mapping) => vec![mapping],
            // A list must be written in place: go-yaml does not look for one behind an alias.
            Value::Sequence(items) if !finished.alias => {
                let mut mappings = Vec::with_capacity(items.len());
                for item in items.into_iter().rev() {
                    let Value::Mapping(mapping) = item.value else {
                        return self.invalid_merge(key, item.span);
                    };
                    mappings.push(mapping);
                }
                mappings
            }
            _ => return self.invalid_merge(key, finished.node.span),
        };
        for mut entry in mappings.into_iter().flat_map(Mapping::into_all_entries) {
            entry.merged = true;
            self.entries.push(entry);
        }
    }

    fn invalid_merge(&mut self, key: &Key, span: Span) {
        let message = "a merge takes a mapping or a list of mappings; it is left out".to_owned();
        let span = if span.is_empty() { key.span } else { span };
        self.report(ProblemKind::InvalidMerge, message, span);
    }

    /// Makes a mapping of the entries from `first` on; of equal keys the last one counts.
    fn mapping(&mut self, first: usize) -> Mapping {
        let shadowed = shadowed(&self.entries[first..]);
        if shadowed.is_empty() {
            return Mapping::new(self.entries.drain(first..).collect(), Vec::new());
        }
        for (index, by) in &shadowed {
            let (entry, by) = (&self.entries[first + index], &self.entries[first + by]);
            if !entry.merged && !by.merged {
                let message = format!(
                    "key `{}` is already set on line {}; this one counts",
                    by.key,
                    self.lines.position(entry.key_span.start).line
                );
                let span = by.key_span;
                self.report(ProblemKind::DuplicateKey, message, span);
            }
        }
        let (mut kept, mut left) = (Vec::new(), Vec::new());
        for (index, entry) in self.entries.drain(first..).enumerate() {
            if shadowed.contains_key(&index) {
                left.push(entry);
            } else {
                kept.push(entry);
            }
        }
        Mapping::new(kept, left)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "the alias stands inside the node it names".to_owned();
            return self.broken_alias(message, span);
        };
        let (nodes, height) = (anchored.nodes, anchored.height);
        if self.frames.len() + height > self.limits.max_depth {
            return Err(self.too_deep(span));
        }
        self.count_alias(span)?;
        self.count(nodes, span)?;
        let node = self.anchors[&anchor].node.clone();
        let key = self
            .expects_key()
            .then(|| scalar::key_of(&node.value))
            .flatten();
        let finished = Finished {
            node,
            height,
            key,
            merge_key: false,
            alias: true,
        };
        self.content_end = self.content_end.max(span.end);
        self.complete(finished, 0, nodes)
    }

    fn broken_alias(&mut self, reason: String, span: Span) -> Result<(), Stop> {
        self.count_alias(span)?;
        self.count(1, span)?;
        self.report(
            ProblemKind::UnknownAnchor,
            format!("{reason}; it is read as null"),
            span,
        );
        self.content_end = self.content_end.max(span.end);
        let finished = Finished {
            node: Node {
                value: Value::Null,
                span,
            },
            height: 0,
            key: span.slice(self.source).map(Into::into),
            merge_key: false,
            alias: true,
        };
        self.complete(finished, 0, 1)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.check_nodes(self.nodes, span)
    }

    fn check_nodes(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        if nodes <= self.limits.max_nodes {
            return Ok(());
        }
        let message = format!(
            "more than {} nodes, aliases expanded; the rest is not read",
            self.limits.max_nodes
        );
        self.report(ProblemKind::Limit, message, span);
        Err(Stop::Everything)
    }

    fn count_alias(&mut self, span: Span) -> Result<(), Stop> {
        self.aliases += 1;
        if self.aliases <= self.limits.max_aliases {
            return Ok(());
        }
        let message = format!(
            "more than {} aliases; the rest is not read",
            self.limits.max_aliases
        );
        self.report(ProblemKind::Limit, message, span);
        Err(Stop::Everything)
    }

    fn too_deep(&mut self, span: Span) -> Stop {
        let message = format!(
            "more than {} collections inside each other; the document is left out",
            self.limits.max_depth
        );
        self.report(ProblemKind::Limit, message, span);
        Stop::Document
    }

    fn report_scan_error(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(self.source.len());
        let at = at.min(self.source.len());
        let message = format!("{}; the document is left out", error.info());
        self.report(ProblemKind::Syntax, message, Span::new(at, at));
    }

    fn report(&mut self, kind: ProblemKind, message: String, span: Span) {
        if self.parsed.problems.len() >= PROBLEM_CEILING {
            return;
        }
        let position = self.lines.position(span.start);
        self.parsed.problems.push(Problem {
            kind,
            message,
            line: position.line,
            column: position.column,
            span,
        });
    }
}

/// Gives the index of every entry whose key comes again, with the index of the next one like it.
fn shadowed(entries: &[Entry]) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    // Comparing all pairs is faster than hashing for mappings of the usual size.
    if entries.len() <= 16 {
        for (index, entry) in entries.iter().enumerate() {
            let next = entries[index + 1..]
                .iter()
                .position(|other| other.key == entry.key);
            if let Some(next) = next {
                found.insert(index, index + 1 + next);
            }
        }
        return found;
    }
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        if let Some(before) = last.insert(&entry.key, index) {
            found.insert(before, index);
        }
    }
    found
}

/// The parser gives byte offsets for every event of a `&str`.
fn span_of(span: &granit_parser::Span) -> Span {
    span.byte_range()
        .map_or_else(Span::default, |range| Span::new(range.start, range.end))
}
