//! Where collections and block scalars begin and end: the parser's events tell it differently.

use granit_parser::StructureStyle;

use super::Loader;
use super::assemble::FrameKind;
use crate::span::Span;

impl Loader<'_> {
    /// The parser starts a block scalar at its first character of text and ends it at the next
    /// token; here it starts at its indicator and ends with its last visible character.
    pub(super) fn block_scalar_span(&self, span: Span) -> Span {
        let start = self.last_indicator(span.start(), |token| token.starts_with(['|', '>']));
        let start = start.unwrap_or(span.start());
        let text = &self.source[start..span.end()];
        Span::new(start, start + text.trim_end_matches([' ', '\t', '\n', '\r']).len())
    }

    /// The parser starts a block sequence at its dash, but one that stands no deeper than its key
    /// behind the dash.
    pub(super) fn sequence_span(&self, style: StructureStyle, span: Span) -> Span {
        let value_of_key = matches!(
            self.frames.last().map(|frame| &frame.kind),
            Some(FrameKind::Mapping { key: Some(_), .. })
        );
        let dash = (style == StructureStyle::Block && value_of_key)
            .then(|| self.last_indicator(span.start(), |token| token == "-"))
            .flatten();
        dash.map_or(span, |dash| Span::new(dash, dash + 1))
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
}
