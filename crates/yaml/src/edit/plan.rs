//! From an edit to the pieces of text that change.

use std::cell::OnceCell;
use std::ops::Range;

use serde_json::Value as Json;

use super::apply;
use super::layout::{Layout, has_brackets, is_block};
use super::quote::Quote;
use super::text::{Splice, Text};
use super::write::BlockStyle;
use super::{Change, Edit, EditError};
use crate::document::Document;
use crate::json::to_json;
use crate::load::Alias;
use crate::mapping::{Entry, Mapping};
use crate::node::{Node, Value};
use crate::pointer::{Pointer, index};
use crate::span::Span;

/// What an edit does to the text.
pub(super) struct Plan {
    /// The lines it depends on.
    pub(super) zone: Range<usize>,
    pub(super) splices: Vec<Splice>,
    /// Whether nothing is left to do for it.
    pub(super) done: bool,
}

impl Plan {
    pub(super) fn new(zone: Range<usize>, splices: Vec<Splice>) -> Self {
        Self { zone, splices, done: true }
    }
}

/// Plans the edits of one document.
pub(super) struct Planner<'a> {
    pub(super) text: Text<'a>,
    pub(super) document: &'a Document,
    layout: OnceCell<Layout>,
    touched: bool,
}

/// What a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Root,
    /// The start of a key.
    Entry(usize),
    /// The start of a dash; in flow, of the item itself.
    Item(usize),
}

/// Where a value is written, or would be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) node: &'a Node,
    pub(super) holder: Holder,
    /// Behind the sign that announces the value: `:`, `-`, `---`.
    pub(super) after: usize,
    /// The value without its tag and anchor; empty, behind these, when nothing is written.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it stands inside of a flow collection.
    pub(super) in_flow: bool,
    pub(super) alias: bool,
}

impl Place<'_> {
    pub(super) fn is_written(&self) -> bool {
        self.start < self.end
    }

    pub(super) fn holder_start(&self) -> usize {
        match self.holder {
            Holder::Root => self.start.min(self.after),
            Holder::Entry(start) | Holder::Item(start) => start,
        }
    }
}

impl<'a> Planner<'a> {
    pub(super) fn new(source: &'a str, document: &'a Document, aliases: &'a [Alias]) -> Self {
        let text = Text::new(source, &document.comments, aliases);
        Self { text, document, layout: OnceCell::new(), touched: false }
    }

    /// Whether an edit of the document was planned before.
    pub(super) fn is_touched(&self) -> bool {
        self.touched
    }

    pub(super) fn touch(&mut self) {
        self.touched = true;
    }

    pub(super) fn plan(&self, edit: &Edit) -> Result<Plan, EditError> {
        let tokens = edit.pointer.tokens();
        let not_found = || EditError::NotFound { pointer: edit.pointer.clone() };
        let mut place = self.root();
        for (depth, token) in tokens.iter().enumerate() {
            let rest = &tokens[depth + 1..];
            if place.alias {
                return Err(EditError::Aliased { pointer: edit.pointer.clone() });
            }
            place = match (&place.node.value, &edit.change) {
                (Value::Null, Change::Set(value)) => {
                    let value = apply::nested(&tokens[depth..], value.clone());
                    self.check_aliases(&place, place.start..place.start, &edit.pointer)?;
                    return self.set_value(&place, &value);
                }
                (Value::Mapping(mapping), change) => match (mapping.entry(token), change) {
                    (Some(entry), Change::Remove) if rest.is_empty() => {
                        return self.remove_key(&place, mapping, entry, &edit.pointer);
                    }
                    (Some(entry), Change::Remove) if entry.merged => {
                        return Err(EditError::Aliased { pointer: edit.pointer.clone() });
                    }
                    (Some(entry), Change::Set(value)) if entry.merged => {
                        let mut whole = to_json(&entry.value);
                        apply::set(&mut whole, rest, value.clone()).ok_or_else(not_found)?;
                        if own(mapping, token).next().is_some() {
                            return Err(EditError::NotExact);
                        }
                        return self.add_key(&place, token, &whole, &edit.pointer);
                    }
                    (Some(entry), _) => self.entry_place(&place, entry)?,
                    (None, Change::Set(value)) => {
                        let value = apply::nested(rest, value.clone());
                        return self.add_key(&place, token, &value, &edit.pointer);
                    }
                    (None, Change::Remove) => return Err(not_found()),
                },
                (Value::Sequence(_), Change::Set(value)) if token == "-" && rest.is_empty() => {
                    self.check_aliases(&place, place.start..place.start, &edit.pointer)?;
                    return self.append(&place, value);
                }
                (Value::Sequence(items), change) => {
                    let number = index(token).filter(|number| *number < items.len());
                    let number = number.ok_or_else(not_found)?;
                    if *change == Change::Remove && rest.is_empty() {
                        return self.remove_index(&place, items, number, &edit.pointer);
                    }
                    self.item_place(&place, items, number)?
                }
                _ => return Err(not_found()),
            };
        }
        match &edit.change {
            Change::Set(value) => {
                self.check_aliases(&place, place.start..place.end, &edit.pointer)?;
                self.set_value(&place, value)
            }
            Change::Remove => Err(not_found()),
        }
    }

    fn add_key(
        &self,
        place: &Place<'_>,
        key: &str,
        value: &Json,
        pointer: &Pointer,
    ) -> Result<Plan, EditError> {
        self.check_aliases(place, place.start..place.start, pointer)?;
        self.insert(place, key, value)
    }

    fn remove_key(
        &self,
        place: &Place<'a>,
        mapping: &'a Mapping,
        entry: &'a Entry,
        pointer: &Pointer,
    ) -> Result<Plan, EditError> {
        let mut same = mapping.shadowed().iter().filter(|each| each.key == entry.key);
        if entry.merged || same.any(|each| each.merged) {
            return Err(EditError::Merged { pointer: pointer.clone() });
        }
        // Of equal keys those that do not count go first, so that none comes back to life.
        let hidden = own(mapping, &entry.key).next();
        let entry = hidden.unwrap_or(entry);
        let value = self.entry_place(place, entry)?;
        let removed = entry.key_span.start()..value.end;
        self.check_aliases(place, removed.clone(), pointer)?;
        let plan = if self.is_flow(place) {
            self.remove_from_flow(place, removed)?
        } else {
            self.remove_entry(place, mapping, entry, &value)?
        };
        Ok(Plan { done: hidden.is_none(), ..plan })
    }

    fn remove_index(
        &self,
        place: &Place<'a>,
        items: &'a [Node],
        number: usize,
        pointer: &Pointer,
    ) -> Result<Plan, EditError> {
        let item = self.item_place(place, items, number)?;
        let removed = item.holder_start()..item.end;
        self.check_aliases(place, removed.clone(), pointer)?;
        if self.is_flow(place) {
            self.remove_from_flow(place, removed)
        } else {
            self.remove_item(place, items, number, &item)
        }
    }

    fn insert(&self, place: &Place<'_>, key: &str, value: &Json) -> Result<Plan, EditError> {
        if self.is_flow(place) {
            self.insert_into_flow(place, key, value)
        } else {
            self.insert_into_block(place, key, value)
        }
    }

    fn append(&self, place: &Place<'_>, value: &Json) -> Result<Plan, EditError> {
        if self.is_flow(place) {
            self.append_to_flow(place, value)
        } else {
            self.append_to_block(place, value)
        }
    }

    fn set_value(&self, place: &Place<'_>, value: &Json) -> Result<Plan, EditError> {
        if place.in_flow {
            Ok(self.set_in_flow(place, value))
        } else {
            self.set_in_block(place, value)
        }
    }

    /// Refuses a change that an alias from outside would show: a change inside of what it names, or
    /// one that takes out (`removed`) what it names.
    fn check_aliases(
        &self,
        changed: &Place<'_>,
        removed: Range<usize>,
        pointer: &Pointer,
    ) -> Result<(), EditError> {
        let outside = |token: Span| token.start() < removed.start || token.end() > removed.end;
        let aliases = self.text.aliases.iter();
        let shows = aliases.filter(|alias| alias.token != alias.target).any(|alias| {
            let (start, end) = (alias.target.start(), alias.target.end());
            let around = start <= changed.start && changed.end <= end;
            let within = removed.start <= start && end <= removed.end && !removed.is_empty();
            (around || within) && outside(alias.token)
        });
        if shows { Err(EditError::Aliased { pointer: pointer.clone() }) } else { Ok(()) }
    }

    fn root(&self) -> Place<'a> {
        let document = self.document;
        let start = document.span.start();
        let after = if self.text.is_at(start, "---") { start + 3 } else { start };
        let node = &document.root;
        let start = node.span.start();
        let end = if node.span.is_empty() { start } else { self.end(node) };
        Place { node, holder: Holder::Root, after, start, end, in_flow: false, alias: false }
    }

    pub(super) fn entry_place(
        &self,
        mapping: &Place<'_>,
        entry: &'a Entry,
    ) -> Result<Place<'a>, EditError> {
        let key = entry.key_span;
        let colon = self.text.skip_trivia(key.end());
        let after = if self.text.is_at(colon, ":") { colon + 1 } else { key.end() };
        self.place(mapping, Holder::Entry(key.start()), after, &entry.value)
    }

    fn item_place(
        &self,
        list: &Place<'_>,
        items: &'a [Node],
        number: usize,
    ) -> Result<Place<'a>, EditError> {
        let flow = self.is_flow(list);
        let mut at = if flow { list.start + 1 } else { list.start };
        for (place, item) in items.iter().enumerate() {
            at = self.text.skip_trivia(at);
            let found = if flow {
                self.place(list, Holder::Item(at), at, item)?
            } else if self.text.is_at(at, "-") {
                self.place(list, Holder::Item(at), at + 1, item)?
            } else {
                return Err(EditError::NotExact);
            };
            if place == number {
                return Ok(found);
            }
            at = found.end;
            if flow {
                at = self.text.skip_trivia(at);
                at += usize::from(self.text.is_at(at, ","));
            }
        }
        Err(EditError::NotExact)
    }

    fn place(
        &self,
        collection: &Place<'_>,
        holder: Holder,
        after: usize,
        node: &'a Node,
    ) -> Result<Place<'a>, EditError> {
        let in_flow = collection.in_flow || self.is_flow(collection);
        let alias = self.text.alias_at(self.text.skip_trivia(after));
        let (start, end) = if let Some(alias) = alias {
            (alias.start(), alias.end())
        } else if node.span.is_empty() {
            let at = self.text.properties(after).last().map_or(after, |last| last.end);
            (at, at)
        } else {
            (node.span.start(), self.end(node))
        };
        if start < after || (end > collection.end && start < end) {
            return Err(EditError::NotExact);
        }
        Ok(Place { node, holder, after, start, end, in_flow, alias: alias.is_some() })
    }

    /// Gives the end of what is written of a node, comments aside.
    ///
    /// The span of a block mapping stops short of its last colon when nothing follows that.
    fn end(&self, node: &Node) -> usize {
        let (start, end) = (node.span.start(), node.span.end());
        let trimmed = self.text.trim_trivia(start, end);
        if !is_block(&self.text, node) {
            return end;
        }
        let inner = match &node.value {
            Value::Mapping(mapping) => {
                let Some(last) = mapping.last_written() else { return trimmed };
                let colon = self.text.skip_trivia(last.key_span.end());
                if last.value.span.is_empty() && self.text.is_at(colon, ":") {
                    colon + 1
                } else if last.value.span.start() > colon {
                    self.end(&last.value)
                } else {
                    trimmed
                }
            }
            Value::Sequence(items) => match items.last() {
                Some(last) if last.span.start() > start => self.end(last),
                _ => trimmed,
            },
            _ => trimmed,
        };
        trimmed.max(inner)
    }

    /// Whether the value is a collection with brackets.
    pub(super) fn is_flow(&self, place: &Place<'_>) -> bool {
        !place.alias && has_brackets(place.node, self.text.between(place.start, place.end))
    }

    pub(super) fn is_block(&self, place: &Place<'_>) -> bool {
        !place.alias && is_block(&self.text, place.node)
    }

    /// Gives all lines that a value stands on, with its key or dash.
    pub(super) fn lines(&self, place: &Place<'_>) -> Range<usize> {
        self.text.line_start(place.holder_start())..self.text.next_line(place.end)
    }

    /// Gives the style of blocks near the line that a place is on.
    pub(super) fn style(&self, at: usize) -> BlockStyle {
        let layout = self.layout.get_or_init(|| Layout::of(&self.text, &self.document.root));
        BlockStyle {
            step: layout.step(at),
            dash: layout.dash(at),
            line_break: self.text.line_break,
            quote: Quote::Plain,
            // The last line of a literal needs its break, and would take in a comment that follows.
            literals: self.text.source.ends_with(['\n', '\r']) && !self.comment_follows(at),
        }
    }

    /// Whether what comes next, after the line of a place, is a comment.
    fn comment_follows(&self, at: usize) -> bool {
        let next = self.text.skip_empty_lines(self.text.next_line(at));
        self.text.is_at(self.text.skip_blanks(next), "#")
    }
}

/// The entries of a key that are written in the mapping itself and do not count.
fn own<'m>(mapping: &'m Mapping, key: &str) -> impl Iterator<Item = &'m Entry> {
    mapping.shadowed().iter().filter(move |each| !each.merged && &*each.key == key)
}
