//! The text between the nodes: lines, blanks, comments and aliases.

use std::ops::Range;

use super::EditError;
use crate::document::Comment;
use crate::load::Alias;
use crate::span::Span;

const BLANKS: [char; 2] = [' ', '\t'];
const BREAKS: [char; 2] = ['\n', '\r'];

/// A piece of text that takes the place of another one.
#[derive(Debug)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }
}

/// Makes all splices; an error when they overlap, which only odd texts bring about.
pub(super) fn splice(source: &str, mut splices: Vec<Splice>) -> Result<String, EditError> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut spliced = String::with_capacity(source.len() + 64 * splices.len());
    let mut done = 0;
    for Splice { range, text } in splices {
        spliced.push_str(source.get(done..range.start).ok_or(EditError::NotExact)?);
        spliced.push_str(&text);
        done = range.end;
    }
    spliced.push_str(source.get(done..).ok_or(EditError::NotExact)?);
    Ok(spliced)
}

/// The text of a document and what is known of it beside its tree.
#[derive(Clone, Copy)]
pub(super) struct Text<'s> {
    pub(super) source: &'s str,
    pub(super) comments: &'s [Comment],
    /// Those of all documents.
    pub(super) aliases: &'s [Alias],
    pub(super) line_break: &'static str,
}

impl<'s> Text<'s> {
    pub(super) fn new(source: &'s str, comments: &'s [Comment], aliases: &'s [Alias]) -> Self {
        let line_break = match source.find(BREAKS) {
            Some(at) if source[at..].starts_with("\r\n") => "\r\n",
            Some(at) if source[at..].starts_with('\r') => "\r",
            _ => "\n",
        };
        Self { source, comments, aliases, line_break }
    }

    /// Gives the text from a place on; nothing where odd texts lead outside.
    pub(super) fn rest(&self, at: usize) -> &'s str {
        self.source.get(at..).unwrap_or_default()
    }

    /// Gives the text between two places; nothing where odd texts lead elsewhere.
    pub(super) fn between(&self, start: usize, end: usize) -> &'s str {
        self.source.get(start..end).unwrap_or_default()
    }

    /// Gives the first byte of the line, a byte order mark aside.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let start = self.between(0, at).rfind(BREAKS).map_or(0, |found| found + 1);
        let marked = start == 0 && at > 0 && self.source.starts_with('\u{feff}');
        if marked { '\u{feff}'.len_utf8() } else { start }
    }

    /// Gives the place of the line break, or the end of the text.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.rest(at).find(BREAKS).map_or(self.source.len(), |found| at + found)
    }

    /// Gives the place behind the line break, or the end of the text.
    pub(super) fn next_line(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let rest = self.rest(end);
        end + if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) }
    }

    /// Gives the place behind the lines without anything that start at `at`.
    pub(super) fn skip_empty_lines(&self, mut at: usize) -> usize {
        while at < self.source.len() && self.between(at, self.line_end(at)).trim().is_empty() {
            at = self.next_line(at);
        }
        at
    }

    /// Gives the number of characters before a place on its line.
    pub(super) fn column(&self, at: usize) -> usize {
        self.prefix(at).chars().count()
    }

    /// Gives the text before a place on its line.
    pub(super) fn prefix(&self, at: usize) -> &'s str {
        self.between(self.line_start(at), at)
    }

    pub(super) fn starts_line(&self, at: usize) -> bool {
        self.prefix(at).trim().is_empty()
    }

    pub(super) fn ends_line(&self, at: usize) -> bool {
        self.between(at, self.line_end(at)).trim().is_empty()
    }

    pub(super) fn is_at(&self, at: usize, start: &str) -> bool {
        self.rest(at).starts_with(start)
    }

    pub(super) fn skip_blanks(&self, at: usize) -> usize {
        let rest = self.rest(at);
        at + rest.len() - rest.trim_start_matches(BLANKS).len()
    }

    /// Gives the place behind blanks, line breaks and comments.
    pub(super) fn skip_trivia(&self, mut at: usize) -> usize {
        loop {
            let rest = self.rest(at);
            at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            if !self.is_at(at, "#") {
                return at;
            }
            let comment = self.comments.binary_search_by_key(&at, |each| each.span.start());
            let Ok(comment) = comment else { return at };
            at = self.comments[comment].span.end();
        }
    }

    /// Gives the place before blanks, line breaks and comments, but none before `floor`.
    pub(super) fn trim_trivia(&self, floor: usize, mut at: usize) -> usize {
        loop {
            let rest = self.between(floor, at);
            at = floor + rest.trim_end_matches([' ', '\t', '\n', '\r']).len();
            let comment = self.comments.partition_point(|each| each.span.end() < at);
            match self.comments.get(comment) {
                Some(each) if each.span.end() == at && each.span.start() >= floor => {
                    at = each.span.start();
                }
                _ => return at,
            }
        }
    }

    pub(super) fn is_trivia(&self, range: Range<usize>) -> bool {
        range.is_empty() || self.skip_trivia(range.start) >= range.end
    }

    /// Whether a comment starts in the range.
    pub(super) fn has_comment(&self, range: Range<usize>) -> bool {
        let first = self.comments.partition_point(|each| each.span.start() < range.start);
        self.comments.get(first).is_some_and(|each| each.span.start() < range.end)
    }

    /// Gives the bytes of the tags and anchors that start at `at`, each without the blanks around.
    pub(super) fn properties(&self, mut at: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        loop {
            let start = self.skip_blanks(at);
            if !self.is_at(start, "&") && !self.is_at(start, "!") {
                return found;
            }
            let rest = self.rest(start);
            let flow = [' ', '\t', '\n', '\r', ',', '[', ']', '{', '}'];
            at = start + rest.find(flow).unwrap_or(rest.len());
            found.push(start..at);
        }
    }

    /// Gives the alias that is written at `at`.
    pub(super) fn alias_at(&self, at: usize) -> Option<Span> {
        let found = self.aliases.partition_point(|alias| alias.token.start() < at);
        self.aliases.get(found).map(|alias| alias.token).filter(|token| token.start() == at)
    }
}
