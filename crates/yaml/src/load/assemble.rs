//! Putting nodes together: scalars, keys, collections, merges and aliases.

use granit_parser::{ScalarStyle, StructureStyle, Tag};

use super::{Loader, Stop};
use crate::key::Key;
use crate::mapping::{self, Entry, Mapping};
use crate::node::{Node, Value};
use crate::problem::ProblemKind;
use crate::scalar::{self, Resolved};
use crate::span::Span;

/// A collection that is being read.
pub(super) struct Frame {
    pub(super) start: usize,
    pub(super) anchor: usize,
    /// Nodes counted before this one.
    pub(super) nodes_before: usize,
    /// Collections inside each other below this one.
    pub(super) height: usize,
    pub(super) style: StructureStyle,
    pub(super) kind: FrameKind,
}

pub(super) enum FrameKind {
    /// Items from this index of `Loader::items` on belong to it.
    Sequence { first: usize },
    /// Entries from this index of `Loader::entries` on belong to it.
    Mapping { first: usize, key: Option<FrameKey> },
}

pub(super) struct FrameKey {
    pub(super) text: Key,
    pub(super) span: Span,
    pub(super) merge: bool,
}

/// A node that aliases can name.
pub(super) struct Anchored {
    pub(super) node: Node,
    pub(super) nodes: usize,
    pub(super) height: usize,
}

/// A scalar as the parser gives it.
pub(super) struct Scalar<'e> {
    pub(super) text: &'e str,
    pub(super) style: ScalarStyle,
    pub(super) tag: Option<&'e Tag>,
    pub(super) anchor: usize,
    pub(super) span: Span,
}

/// A finished node on its way to its parent.
pub(super) struct Finished {
    pub(super) node: Node,
    pub(super) height: usize,
    /// How it reads as a key, if it can be one.
    pub(super) key: Option<Key>,
    pub(super) merge_key: bool,
    pub(super) alias: bool,
}

impl Loader<'_> {
    pub(super) fn scalar(&mut self, scalar: &Scalar<'_>) -> Finished {
        let Scalar { text, span, .. } = *scalar;
        let core = scalar.tag.map(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:"));
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
        Finished { node: Node { value, span }, height: 0, key, merge_key, alias: false }
    }

    pub(super) fn expects_key(&self) -> bool {
        matches!(
            self.frames.last().map(|frame| &frame.kind),
            Some(FrameKind::Mapping { key: None, .. })
        )
    }

    pub(super) fn open(
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
        self.content_end = self.content_end.max(span.end());
        self.frames.push(Frame {
            start: span.start(),
            anchor,
            nodes_before,
            height: 0,
            style,
            kind,
        });
        Ok(())
    }

    pub(super) fn close(&mut self, span: Span) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        // A block collection has no closing text: its end event stands at what comes next.
        if frame.style == StructureStyle::Flow {
            self.content_end = self.content_end.max(span.end());
        }
        let value = match frame.kind {
            FrameKind::Sequence { first } => Value::Sequence(self.items.drain(first..).collect()),
            FrameKind::Mapping { first, .. } => Value::Mapping(self.mapping(first)),
        };
        let finished = Finished {
            node: Node { value, span: Span::new(frame.start, self.content_end.max(frame.start)) },
            height: frame.height + 1,
            key: None,
            merge_key: false,
            alias: false,
        };
        self.complete(finished, frame.anchor, self.nodes - frame.nodes_before)
    }

    /// Hands a finished node to the collection around it, or makes it the root.
    pub(super) fn complete(
        &mut self,
        finished: Finished,
        anchor: usize,
        nodes: usize,
    ) -> Result<(), Stop> {
        if anchor != 0 {
            // The copy costs memory too: anchors around anchors would cost it again and again.
            self.anchored_nodes = self.anchored_nodes.saturating_add(nodes);
            self.check_nodes(self.anchored_nodes, finished.node.span)?;
            let anchored = Anchored { node: finished.node.clone(), nodes, height: finished.height };
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
                Some(key) => self.entries.push(Entry::new(key.text, key.span, finished.node)),
            },
        }
        Ok(())
    }

    fn key(&mut self, finished: Finished) -> FrameKey {
        let span = finished.node.span;
        let text = finished.key.unwrap_or_else(|| {
            let message =
                "a key must be a string, a boolean or a number that fits 64 bits".to_owned();
            self.report(ProblemKind::InvalidKey, message, span);
            span.slice(self.source).unwrap_or_default().trim().into()
        });
        FrameKey { text, span, merge: finished.merge_key }
    }

    fn set_key(&mut self, new: FrameKey) {
        if let Some(Frame { kind: FrameKind::Mapping { key, .. }, .. }) = self.frames.last_mut() {
            *key = Some(new);
        }
    }

    /// Takes in the entries of a merge, where it stands: go-yaml v2 lets them take the place of
    /// equal keys before it, and keys after it take theirs. In a list, earlier mappings win.
    fn merge(&mut self, key: &FrameKey, finished: Finished) {
        let mappings = match finished.node.value {
            Value::Mapping(mapping) => vec![mapping],
            // A list must be written in place: go-yaml does not look for one behind an alias.
            Value::Sequence(items) if !finished.alias => {
                let mut mappings = Vec::with_capacity(items.len());
                for item in items.into_vec().into_iter().rev() {
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

    fn invalid_merge(&mut self, key: &FrameKey, span: Span) {
        let message = "a merge takes a mapping or a list of mappings; it is left out".to_owned();
        let span = if span.is_empty() { key.span } else { span };
        self.report(ProblemKind::InvalidMerge, message, span);
    }

    /// Makes a mapping of the entries from `first` on; of equal keys the last one counts.
    fn mapping(&mut self, first: usize) -> Mapping {
        let shadowed = mapping::shadowed(&self.entries[first..]);
        for (index, by) in &shadowed {
            let (entry, by) = (&self.entries[first + index], &self.entries[first + by]);
            if !entry.merged && !by.merged {
                let message = format!(
                    "key `{}` is already set on line {}; this one counts",
                    by.key,
                    self.lines.position(entry.key_span.start()).line
                );
                let span = by.key_span;
                self.report(ProblemKind::DuplicateKey, message, span);
            }
        }
        Mapping::new(self.entries.drain(first..), &shadowed)
    }

    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "the alias stands inside the node it names".to_owned();
            return self.broken_alias(message, span);
        };
        let (nodes, height, target) = (anchored.nodes, anchored.height, anchored.node.span);
        if self.frames.len() + height > self.limits.max_depth {
            return Err(self.too_deep(span));
        }
        self.count_alias(span, target)?;
        self.count(nodes, span)?;
        let node = self.anchors[&anchor].node.clone();
        let key = self.expects_key().then(|| scalar::key_of(&node.value)).flatten();
        let finished = Finished { node, height, key, merge_key: false, alias: true };
        self.content_end = self.content_end.max(span.end());
        self.complete(finished, 0, nodes)
    }

    pub(super) fn broken_alias(&mut self, reason: String, span: Span) -> Result<(), Stop> {
        self.count_alias(span, span)?;
        self.count(1, span)?;
        self.report(ProblemKind::UnknownAnchor, format!("{reason}; it is read as null"), span);
        self.content_end = self.content_end.max(span.end());
        let finished = Finished {
            node: Node { value: Value::Null, span },
            height: 0,
            key: span.slice(self.source).map(Into::into),
            merge_key: false,
            alias: true,
        };
        self.complete(finished, 0, 1)
    }
}
