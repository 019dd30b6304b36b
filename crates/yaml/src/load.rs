//! From parser events to the tree.

mod assemble;
mod places;
mod report;

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};

use self::assemble::{Anchored, Frame, FrameKind, Scalar};
use crate::document::{Comment, Document, Parsed, Placement};
use crate::mapping::Entry;
use crate::node::{Node, Value};
use crate::problem::{Limits, ProblemKind};
use crate::span::{LineIndex, Span};

/// Deeper trees could overflow a small thread's stack when they are dropped.
const DEPTH_CEILING: usize = 512;

/// Reads a text of any number of YAML or JSON documents.
///
/// A broken document is left out with a [`Problem`](crate::Problem); reading goes on at the next
/// `---` line. Where YAML 1.1, which Kubernetes reads, and YAML 1.2 differ in what is well-formed,
/// this is the more lenient of the two, but for three rare things that are told as syntax errors:
/// a flow collection under a block key with lines indented by tabs, a quoted string continued on a
/// line that starts with a tab, and a comment without a blank before it.
#[must_use]
pub fn parse(source: &str, limits: &Limits) -> Parsed {
    load(source, limits).0
}

/// An alias that names a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alias {
    /// The bytes of the alias itself, `*name`.
    pub(crate) token: Span,
    /// The bytes of the node it stands for.
    pub(crate) target: Span,
}

/// Reads a text like [`parse`], and tells of its aliases in source order.
pub(crate) fn load(source: &str, limits: &Limits) -> (Parsed, Vec<Alias>) {
    let mut loader = Loader::new(source, limits);
    let max_bytes = limits.max_bytes.min(Span::MAX_BYTES);
    if source.len() > max_bytes {
        let message = format!(
            "the text has {} bytes, {} are the limit; nothing of it is read",
            source.len(),
            max_bytes
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
    in_document: bool,
    /// Start of the `---` of the document, if it has one.
    document_start: Option<usize>,
    /// End of the last text that belongs to a value or key.
    content_end: usize,
    // Count up over all documents.
    nodes: usize,
    anchored_nodes: usize,
    aliases: Vec<Alias>,
}

impl<'s> Loader<'s> {
    fn new(source: &'s str, limits: &Limits) -> Self {
        let limits = Limits { max_depth: limits.max_depth.min(DEPTH_CEILING), ..*limits };
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
            in_document: false,
            document_start: None,
            content_end: 0,
            nodes: 0,
            anchored_nodes: 0,
            aliases: Vec::new(),
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
                    // A comment speaks for its own document and for no other.
                    self.comments.clear();
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
        self.in_document = false;
        self.document_start = None;
    }

    fn finish(mut self) -> (Parsed, Vec<Alias>) {
        if let Some(last) = self.parsed.documents.last_mut() {
            last.comments.append(&mut self.comments);
        }
        (self.parsed, self.aliases)
    }

    fn take(&mut self, event: Event<'s>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Comment(text, _) => self.comment(&text, span),
            Event::DocumentStart(explicit, _) => {
                self.abandon();
                self.in_document = true;
                self.document_start = explicit.then_some(span.start());
                self.content_end = span.end();
            }
            Event::DocumentEnd => self.end_document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, span)?;
                let span = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar_span(span),
                    _ => span,
                };
                self.content_end = self.content_end.max(span.end());
                let finished =
                    self.scalar(&Scalar { text: &text, style, tag: tag.as_deref(), anchor, span });
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
        let line_start = self.source[..span.start()].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let before = self.source[line_start..span.start()].trim_start_matches('\u{feff}');
        let placement =
            if before.trim().is_empty() { Placement::Alone } else { Placement::Trailing };
        self.comments.push(Comment {
            text: text.trim().into(),
            span,
            line: self.lines.position(span.start()).line,
            placement,
        });
    }

    fn end_document(&mut self, span: Span) {
        let root = self
            .root
            .take()
            .unwrap_or(Node { value: Value::Null, span: Span::new(span.start(), span.start()) });
        let start = self.document_start.unwrap_or(root.span.start());
        let end = self.content_end.max(start);
        self.parsed.documents.push(Document {
            root,
            span: Span::new(start, end),
            comments: std::mem::take(&mut self.comments),
        });
        self.abandon();
    }

    /// Takes back a document that seemed complete, when the text that broke follows without a
    /// marker: it is a part of the same document, as in `{{ template }}` followed by a key.
    pub(super) fn take_back(&mut self, broken_at: usize) {
        if self.in_document {
            return;
        }
        let between = self.source.get(self.content_end..broken_at);
        let separated = between.is_some_and(|text| {
            text.split(['\n', '\r']).any(|line| line.starts_with("---") || line.starts_with("..."))
        });
        if !separated {
            self.parsed.documents.pop();
        }
    }
}

/// The parser gives byte offsets for every event of a `&str`.
fn span_of(span: &granit_parser::Span) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}
