//! Changes to block collections: lines and indentation.

use std::ops::Range;

use serde_json::Value as Json;

use super::EditError;
use super::plan::{Holder, Place, Plan, Planner};
use super::quote::{Quote, can_be_literal};
use super::text::Splice;
use super::write::{self, BlockStyle};
use crate::mapping::{Entry, Mapping};
use crate::node::{Node, Value};

impl Planner<'_> {
    /// Adds a key at the end of a mapping.
    pub(super) fn insert_into_block(
        &self,
        place: &Place<'_>,
        key: &str,
        value: &Json,
    ) -> Result<Plan, EditError> {
        if place.in_flow {
            // A single pair in a flow list, without brackets of its own.
            return Err(EditError::NotExact);
        }
        let column = self.text.column(place.start);
        let entry = self.style(place.end).entry(key, value, column);
        Ok(self.insert_line(place, column, &entry))
    }

    /// Adds an item at the end of a list.
    pub(super) fn append_to_block(
        &self,
        place: &Place<'_>,
        value: &Json,
    ) -> Result<Plan, EditError> {
        let Value::Sequence(items) = &place.node.value else { return Err(EditError::NotExact) };
        let column = self.text.column(place.start);
        let behind = place.start + 1;
        let gap = self.text.skip_blanks(behind) - behind;
        let gap = if self.text.ends_line(behind) { 1 } else { gap.clamp(1, 8) };
        let last = items.last().map(|last| last.span.slice(self.text.source).unwrap_or_default());
        let style =
            BlockStyle { quote: last.map_or(Quote::Plain, Quote::of), ..self.style(place.end) };
        let item = format!("-{}{}", " ".repeat(gap), style.lines(value, column + 1 + gap));
        Ok(self.insert_line(place, column, &item))
    }

    /// Adds lines, the first of which is still to be indented, behind the end of a collection.
    fn insert_line(&self, place: &Place<'_>, column: usize, lines: &str) -> Plan {
        let mut at = self.text.next_line(place.end);
        if self.keeps_empty_lines(place.node, place.start) {
            at = self.text.skip_empty_lines(at);
        }
        let lines = self.whole_lines(at, &format!("{}{lines}", " ".repeat(column)));
        Plan::new(self.text.line_start(place.start)..at, vec![Splice::new(at..at, lines)])
    }

    /// Gives lines with the break they need between lines, where the last line of the text may have
    /// none.
    fn whole_lines(&self, at: usize, lines: &str) -> String {
        let line_break = self.text.line_break;
        if self.text.between(0, at).ends_with(['\n', '\r']) {
            format!("{lines}{line_break}")
        } else {
            format!("{line_break}{lines}")
        }
    }

    /// Whether the text of a node ends with a block scalar that keeps the empty lines behind it.
    fn keeps_empty_lines(&self, node: &Node, floor: usize) -> bool {
        self.last_header(node, floor).is_some_and(|header| header.contains('+'))
    }

    /// Gives the header (`|`, `>-`) of the block scalar that the text of a node ends with.
    fn last_header(&self, node: &Node, floor: usize) -> Option<&str> {
        if node.span.start() < floor {
            return None;
        }
        match &node.value {
            Value::String(_) => {
                let header = node.span.slice(self.text.source)?.lines().next()?;
                header.starts_with(['|', '>']).then(|| header.split('#').next())?
            }
            Value::Mapping(mapping) => {
                let last = mapping.last_written()?;
                self.last_header(&last.value, last.key_span.end())
            }
            Value::Sequence(items) => self.last_header(items.last()?, node.span.start()),
            _ => None,
        }
    }

    /// Takes a key out of a mapping.
    pub(super) fn remove_entry(
        &self,
        place: &Place<'_>,
        mapping: &Mapping,
        entry: &Entry,
        value: &Place<'_>,
    ) -> Result<Plan, EditError> {
        let start = entry.key_span.start();
        let written = mapping.entries().iter().chain(mapping.shadowed());
        let before = written
            .filter(|each| !each.merged && each.key_span.start() < start)
            .max_by_key(|each| each.key_span.start());
        let before = before.map(|each| (&each.value, each.key_span.end()));
        self.remove_lines(place, start, value, before, &Json::Object(serde_json::Map::new()))
    }

    /// Takes an item out of a list.
    pub(super) fn remove_item(
        &self,
        place: &Place<'_>,
        items: &[Node],
        number: usize,
        item: &Place<'_>,
    ) -> Result<Plan, EditError> {
        let before = number.checked_sub(1).map(|before| (&items[before], place.start));
        self.remove_lines(place, item.holder_start(), item, before, &Json::Array(Vec::new()))
    }

    /// Takes out what starts at `start` and ends with `value`.
    ///
    /// `before` is the sibling before it with the least offset it can have where it is written.
    fn remove_lines(
        &self,
        place: &Place<'_>,
        start: usize,
        value: &Place<'_>,
        before: Option<(&Node, usize)>,
        empty: &Json,
    ) -> Result<Plan, EditError> {
        if place.in_flow {
            return Err(EditError::NotExact);
        }
        let end = value.end;
        if self.text.is_trivia(place.start..start) && self.text.is_trivia(end..place.end) {
            return self.set_in_block(place, empty);
        }
        let mut behind = self.text.next_line(end);
        let mut splices = Vec::new();
        let removed = if self.text.starts_line(start) {
            let header = before.and_then(|(node, floor)| self.last_header(node, floor));
            let keeps = header.is_some_and(|header| header.contains('+'));
            if keeps || self.keeps_empty_lines(value.node, value.after) {
                behind = self.text.skip_empty_lines(behind);
            }
            splices.extend(header.and_then(|_| self.unindented(behind, self.text.column(start))));
            self.text.line_start(start)..behind
        } else {
            // The next one takes its place behind the dash.
            let next = self.text.skip_empty_lines(behind);
            start..self.text.skip_blanks(next)
        };
        let zone = self.text.line_start(place.start)..self.text.next_line(place.end).max(behind);
        let zone = splices
            .iter()
            .fold(zone, |zone, each: &Splice| zone.start..zone.end.max(each.range.end));
        splices.push(Splice::new(removed, ""));
        Ok(Plan::new(zone, splices))
    }

    /// Moves a comment line that follows to the left, for a block scalar before it would take it in.
    fn unindented(&self, at: usize, column: usize) -> Option<Splice> {
        let start = self.text.skip_empty_lines(at);
        let comment = self.text.skip_blanks(start);
        let moves = self.text.is_at(comment, "#") && comment - start > column;
        moves.then(|| Splice::new(start..comment, " ".repeat(column)))
    }

    /// Puts a value in the place of another one, or of none.
    pub(super) fn set_in_block(&self, place: &Place<'_>, value: &Json) -> Result<Plan, EditError> {
        let flow = place.is_written() && !place.alias && self.is_flow(place);
        let mut splices = self.without_tags(place);
        if !write::is_filled(value) {
            self.set_inline(place, &self.inline(place, value), &mut splices);
        } else if flow && !self.text.is_trivia(place.start + 1..place.end - 1) {
            let text = self.value_style(place).value(value, Quote::Plain);
            splices.push(Splice::new(place.start..place.end, text));
        } else {
            self.set_lines(place, value, &mut splices)?;
        }
        Ok(Plan::new(self.lines(place), splices))
    }

    /// Takes out the tags of a value: they may not fit the new one.
    fn without_tags(&self, place: &Place<'_>) -> Vec<Splice> {
        let mut before = place.after;
        let mut splices = Vec::new();
        for property in self.text.properties(place.after) {
            if self.text.is_at(property.start, "!") && property.end <= place.start {
                splices.push(Splice::new(before..property.end, ""));
            }
            before = property.end;
        }
        splices
    }

    /// Writes a scalar in the style of the one it replaces.
    fn inline(&self, place: &Place<'_>, value: &Json) -> String {
        if let Json::String(text) = value
            && can_be_literal(text)
            && self.text.ends_line(place.end)
            && !self.text.has_comment(place.after..place.start)
            && !matches!(place.holder, Holder::Root)
        {
            let column = self.text.column(place.holder_start());
            let style = self.style(place.end);
            if style.literals {
                return style.after_key(value, column).trim_start().to_owned();
            }
        }
        let written = self.text.between(place.start, place.end);
        let scalar = matches!(place.node.value, Value::String(_)) && !place.alias;
        write::scalar(value, if scalar { Quote::of(written) } else { Quote::Plain }, false)
    }

    fn set_inline(&self, place: &Place<'_>, text: &str, splices: &mut Vec<Splice>) {
        let (after, start, end) = (self.behind_properties(place), place.start, place.end);
        if !place.is_written() {
            splices.push(Splice::new(self.unwritten(place), format!(" {text}")));
        } else if !matches!(place.holder, Holder::Entry(_)) || !self.is_block(place) {
            splices.push(Splice::new(start..end, text));
        } else if !self.text.has_comment(after..start) {
            splices.push(Splice::new(after..end, format!(" {text}")));
        } else {
            // Comments between the key and the lines of its value stay.
            splices.push(Splice::new(after..after, format!(" {text}")));
            splices.push(Splice::new(self.own_lines(start..end), ""));
        }
    }

    /// Writes a filled collection as lines.
    fn set_lines(
        &self,
        place: &Place<'_>,
        value: &Json,
        splices: &mut Vec<Splice>,
    ) -> Result<(), EditError> {
        let (start, end) = (place.start, place.end);
        let mut style = self.style(end);
        // A comment behind the value ends up behind the last line, where a literal would take it in.
        style.literals &= self.text.ends_line(end);
        match place.holder {
            Holder::Entry(key) => {
                let same = match &place.node.value {
                    Value::Sequence(_) => value.is_array(),
                    _ => value.is_object(),
                };
                let block = self.is_block(place);
                let inner = if value.is_array() { style.dash } else { style.step };
                let column = if block && same {
                    self.text.column(start)
                } else {
                    self.text.column(key) + inner
                };
                let lines = format!("{}{}", " ".repeat(column), style.lines(value, column));
                if block {
                    if !self.text.starts_line(start) {
                        return Err(EditError::NotExact);
                    }
                    splices.push(Splice::new(self.text.line_start(start)..end, lines));
                    return Ok(());
                }
                if place.is_written() {
                    let after = self.behind_properties(place);
                    let removed = if self.text.starts_line(start) {
                        self.own_lines(start..end)
                    } else {
                        after..end
                    };
                    splices.push(Splice::new(removed, ""));
                }
                let at = self.text.next_line(end);
                splices.push(Splice::new(at..at, self.whole_lines(at, &lines)));
            }
            Holder::Item(dash) if !place.is_written() => {
                let lines = style.lines(value, self.text.column(dash) + 2);
                splices.push(Splice::new(self.unwritten(place), format!(" {lines}")));
            }
            Holder::Root if !place.is_written() => {
                // An empty document behind its `---`.
                let at = self.text.next_line(place.after);
                let lines = self.whole_lines(at, &style.lines(value, 0));
                splices.push(Splice::new(at..at, lines));
            }
            // An anchor in front of a block would be taken for one of its first key.
            Holder::Item(dash) if self.text.is_at(self.text.skip_blanks(place.after), "&") => {
                let column = self.text.column(dash) + 2;
                let (pad, lines) = (" ".repeat(column), style.lines(value, column));
                let text = format!("{}{pad}{lines}", self.text.line_break);
                splices.push(Splice::new(self.behind_properties(place)..end, text));
            }
            Holder::Item(_) | Holder::Root => {
                // Tags that go from the line shift what is behind them.
                let line = self.text.line_start(start);
                let tags = splices.iter().filter(|tag| tag.range.start >= line);
                let shift: usize = tags.map(|tag| tag.range.len()).sum();
                let lines = style.lines(value, self.text.column(start).saturating_sub(shift));
                splices.push(Splice::new(start..end, lines));
            }
        }
        Ok(())
    }

    /// Gives the place of a value that is not written, with the blanks at the end of its line.
    fn unwritten(&self, place: &Place<'_>) -> Range<usize> {
        let blank = self.text.ends_line(place.end);
        place.end..if blank { self.text.line_end(place.end) } else { place.end }
    }

    /// Gives the place behind the tags and anchors of a value.
    fn behind_properties(&self, place: &Place<'_>) -> usize {
        let properties = self.text.properties(place.after);
        let last = properties.last().map_or(place.after, |last| last.end);
        last.min(place.start)
    }

    /// Widens a range that starts its line to all of its lines, but for a comment behind it.
    fn own_lines(&self, range: Range<usize>) -> Range<usize> {
        if self.text.ends_line(range.end) {
            self.text.line_start(range.start)..self.text.next_line(range.end)
        } else {
            range.start..self.text.skip_blanks(range.end)
        }
    }
}
