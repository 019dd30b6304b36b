//! Changes to flow collections: brackets and commas.

use std::ops::Range;

use serde_json::{Map, Value as Json};

use super::EditError;
use super::plan::{Holder, Place, Plan, Planner};
use super::quote::Quote;
use super::text::Splice;
use super::write::{FlowStyle, Pretty};
use crate::mapping::Entry;
use crate::node::Value;

impl Planner<'_> {
    /// Adds a key at the end of a mapping.
    pub(super) fn insert_into_flow(
        &self,
        place: &Place<'_>,
        key: &str,
        value: &Json,
    ) -> Result<Plan, EditError> {
        let style = self.flow_style(place);
        let whole = Json::Object(Map::from_iter([(key.to_owned(), value.clone())]));
        self.add(place, &style, &style.entry(key, value), &whole)
    }

    /// Adds an item at the end of a list.
    pub(super) fn append_to_flow(
        &self,
        place: &Place<'_>,
        value: &Json,
    ) -> Result<Plan, EditError> {
        let style = self.flow_style(place);
        let last = match &place.node.value {
            Value::Sequence(items) => items.last(),
            _ => None,
        };
        let last = last.map(|last| last.span.slice(self.text.source).unwrap_or_default());
        let item = style.value(value, last.map_or(Quote::Plain, Quote::of));
        self.add(place, &style, &item, &Json::Array(vec![value.clone()]))
    }

    /// Adds an item to a collection, or puts `whole` in the place of an empty one.
    fn add(
        &self,
        place: &Place<'_>,
        style: &FlowStyle,
        item: &str,
        whole: &Json,
    ) -> Result<Plan, EditError> {
        let (first, close) = (place.start + 1, place.end - 1);
        let last = self.text.trim_trivia(first, close);
        let zone = self.lines(place);
        if last == first {
            if self.text.has_comment(first..close) {
                return Ok(Plan::new(zone, vec![Splice::new(first..first, item)]));
            }
            return Ok(match place.holder {
                Holder::Root => {
                    let style = FlowStyle { json: true, compact: false, pretty: None };
                    let text = style.value(whole, Quote::Double);
                    Plan::new(zone, vec![Splice::new(place.start..place.end, text)])
                }
                _ if place.in_flow => self.set_in_flow(place, whole),
                _ => return self.set_in_block(place, whole),
            });
        }
        let comma = self.text.between(0, last).ends_with(',');
        let (before, after) = if comma { ("", ",") } else { (",", "") };
        let splices = match &style.pretty {
            Some(Pretty { prefix, line_break, .. }) => {
                let line_end = self.text.line_end(last);
                let at = if line_end <= close { line_end } else { last };
                vec![
                    Splice::new(last..last, before),
                    Splice::new(at..at, format!("{line_break}{prefix}{item}{after}")),
                ]
            }
            None => {
                let blank = if style.compact { "" } else { " " };
                vec![Splice::new(last..last, format!("{before}{blank}{item}{after}"))]
            }
        };
        Ok(Plan::new(zone, splices))
    }

    /// Takes a key with its value, or an item, out of a collection.
    pub(super) fn remove_from_flow(
        &self,
        place: &Place<'_>,
        item: Range<usize>,
    ) -> Result<Plan, EditError> {
        let text = &self.text;
        let (first, close) = (place.start + 1, place.end - 1);
        let before = text.trim_trivia(first, item.start);
        let next = text.skip_trivia(item.end);
        let comma_before = text.between(first, before).ends_with(',');
        let comma_after = text.is_at(next, ",");
        if (before > first && !comma_before) || (!comma_after && next != close) {
            return Err(EditError::NotExact);
        }
        let end = if comma_after { next + 1 } else { item.end };
        let splices = if before == first && text.skip_trivia(end) >= close {
            let lone = !text.has_comment(first..item.start) && !text.has_comment(end..close);
            vec![Splice::new(if lone { first..close } else { item.start..end }, "")]
        } else if comma_after {
            vec![Splice::new(self.item_lines(item.start..end, close), "")]
        } else if text.between(before, item.start).trim().is_empty() {
            vec![Splice::new(before - 1..self.behind_comment(item.end, close), "")]
        } else {
            vec![Splice::new(before - 1..before, ""), Splice::new(self.item_lines(item, close), "")]
        };
        Ok(Plan::new(self.lines(place), splices))
    }

    /// Widens a range to its lines with the comment behind it, if nothing else is on them, or to
    /// the blanks behind it.
    fn item_lines(&self, range: Range<usize>, close: usize) -> Range<usize> {
        let end = self.behind_comment(range.end, close);
        let alone = self.text.starts_line(range.start) && self.text.ends_line(end);
        if alone && self.text.line_end(end) < close {
            self.text.line_start(range.start)..self.text.next_line(end)
        } else if self.text.ends_line(end) {
            range.start..end
        } else {
            range.start..self.text.skip_blanks(range.end)
        }
    }

    /// Gives the end of the comment that follows on the same line, or the same place.
    fn behind_comment(&self, at: usize, close: usize) -> usize {
        let line_end = self.text.line_end(at);
        let blank = self.text.skip_blanks(at);
        if line_end < close && self.text.has_comment(blank..blank + 1) { line_end } else { at }
    }

    /// Puts a value inside of a flow collection in the place of another one, or of none.
    pub(super) fn set_in_flow(&self, place: &Place<'_>, value: &Json) -> Plan {
        let style = self.value_style(place);
        let written = self.text.between(place.start, place.end);
        let scalar = matches!(place.node.value, Value::String(_)) && !place.alias;
        let quote = if scalar { Quote::of(written) } else { Quote::Plain };
        let text = style.value(value, quote);
        let mut splices = Vec::new();
        let mut before = place.after;
        for property in self.text.properties(place.after) {
            if self.text.is_at(property.start, "!") && property.end <= place.start {
                // An item has its own blank before it, a value the one behind its colon.
                let end = if before == property.start {
                    self.text.skip_blanks(property.end).min(place.start)
                } else {
                    property.end
                };
                splices.push(Splice::new(before..end, ""));
            }
            before = property.end;
        }
        let text = if place.is_written() {
            text
        } else if self.text.between(0, place.after).ends_with(':') {
            format!(" {text}")
        } else {
            format!(": {text}")
        };
        splices.push(Splice::new(place.start..place.end, text));
        Plan::new(self.lines(place), splices)
    }

    /// Gives the style of what takes the place of a value.
    pub(super) fn value_style(&self, place: &Place<'_>) -> FlowStyle {
        let mut style = self.flow_style(place);
        if let Some(pretty) = &mut style.pretty
            && let Some(outer) = pretty.prefix.strip_suffix(&pretty.unit)
            && self.is_filled(place)
        {
            pretty.prefix = outer.to_owned();
        }
        style
    }

    /// Gives the style of what is added to a flow collection, or written in the place of a value
    /// that has nothing inside.
    pub(super) fn flow_style(&self, place: &Place<'_>) -> FlowStyle {
        let json = last_key(place)
            .map_or_else(|| self.is_json(), |last| self.text.is_at(last.key_span.start(), "\""));
        let colon = last_key(place).or_else(|| self.first_key());
        let compact = json
            && colon.is_some_and(|entry| {
                let end = entry.key_span.end();
                self.text.is_at(end, ":")
                    && !self.text.is_at(end, ": ")
                    && !self.text.ends_line(end + 1)
            });
        FlowStyle { json, compact, pretty: self.pretty(place) }
    }

    /// Whether the value is a flow collection with something in it.
    fn is_filled(&self, place: &Place<'_>) -> bool {
        self.is_flow(place) && !self.text.is_trivia(place.start + 1..place.end - 1)
    }

    fn pretty(&self, place: &Place<'_>) -> Option<Pretty> {
        let text = &self.text;
        let line_break = text.line_break;
        let lead = |at: usize| {
            let line = text.rest(text.line_start(at));
            &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
        };
        if self.is_filled(place) {
            // The first sign of the last line with an item.
            let last = text.trim_trivia(place.start + 1, place.end - 1);
            let start = match &place.node.value {
                Value::Mapping(_) => last_key(place).map(|entry| entry.key_span.start()),
                Value::Sequence(items) => items.last().map(|item| item.span.start()),
                _ => None,
            };
            let start = start.filter(|start| (place.start..last).contains(start))?;
            let prefix = text.prefix(start);
            let unit = prefix.strip_prefix(lead(place.start)).filter(|unit| !unit.is_empty());
            let unit = unit.unwrap_or("  ").to_owned();
            return text.starts_line(start).then(|| Pretty {
                prefix: prefix.to_owned(),
                unit,
                line_break,
            });
        }
        let first = self.first_key()?.key_span.start();
        let holder = place.holder_start();
        (self.is_json() && text.starts_line(first) && text.starts_line(holder)).then(|| Pretty {
            prefix: text.prefix(holder).to_owned(),
            unit: text.prefix(first).to_owned(),
            line_break,
        })
    }

    /// Whether the document is JSON, as far as its first key tells.
    fn is_json(&self) -> bool {
        let start = self.document.root.span.start();
        let flow = self.text.is_at(start, "{") || self.text.is_at(start, "[");
        let quoted = |entry: &Entry| self.text.is_at(entry.key_span.start(), "\"");
        flow && self.first_key().is_none_or(quoted)
    }

    /// Gives the first entry of the document's root.
    fn first_key(&self) -> Option<&Entry> {
        self.document.root.as_mapping()?.entries().iter().find(|entry| !entry.merged)
    }
}

/// Gives the last entry that is written in a mapping.
fn last_key<'n>(place: &Place<'n>) -> Option<&'n Entry> {
    place.node.as_mapping().filter(|_| !place.alias)?.last_written()
}
