//! Credentials that show by their format what they are.

mod custom;
mod rows;
mod shape;

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

pub(crate) use custom::{decoded, is_certificate_text};
pub(crate) use rows::ROWS;

use crate::kind::CredentialKind;
use shape::{Assignment, Matcher};

/// A credential found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What it is.
    pub kind: &'static CredentialKind,
    /// The bytes of the credential itself; what only announces it stays outside.
    pub range: Range<usize>,
}

/// One row of the table of formats.
pub(crate) struct Row {
    pub(crate) kind: CredentialKind,
    pub(crate) matcher: Matcher,
}

/// Finds the credentials of known formats in a text, sorted and without overlaps.
///
/// Placeholders such as `ghp_xxxx…`, `$(PASSWORD)` and documented examples are none. The time it takes
/// grows with the length of the text, whatever stands in it.
#[must_use]
pub fn find(text: &str) -> Vec<Match> {
    // What goes on for long is not searched again from every place in it.
    const LONG: usize = 4096;
    let mut found = Vec::new();
    let mut passed = 0;
    for hit in SEARCH.keywords.find_overlapping_iter(text) {
        if hit.start() < passed {
            continue;
        }
        let context = OnceCell::new();
        let context =
            || context.get_or_init(|| Assignment::of(text, hit.start(), hit.end())).clone();
        for row in &SEARCH.rows[hit.pattern().as_usize()] {
            if let Some(range) = row.matcher.at(text, hit.start(), hit.end(), context) {
                if range.len() > LONG {
                    passed = passed.max(range.end);
                }
                found.push(Match { kind: &row.kind, range });
            }
        }
    }
    for row in &SEARCH.dotted {
        if let Matcher::Dotted(matches) = row.matcher {
            let dots = text.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
            found.extend(
                dots.filter_map(|(at, _)| matches(text, at))
                    .map(|range| Match { kind: &row.kind, range }),
            );
        }
    }
    without_overlaps(found)
}

/// Gives the kind of a credential that a value of this name is by its format and its name together.
pub(crate) fn named(name: &str, value: &str) -> Option<&'static CredentialKind> {
    if value.len() < 16 || name.is_empty() {
        return None;
    }
    let squashed = shape::squashed(name);
    all_rows().find(|row| row.matcher.fits(&squashed, value)).map(|row| &row.kind)
}

/// Whether credentials of this kind are known by the name before them only.
pub(crate) fn needs_context(kind: &CredentialKind) -> bool {
    all_rows().any(|row| row.kind == *kind && matches!(row.matcher, Matcher::Named(..)))
}

fn without_overlaps(mut found: Vec<Match>) -> Vec<Match> {
    // The sort is stable: of equals the row that comes first in the table stays.
    found.sort_by_key(|each| (each.range.start, std::cmp::Reverse(each.range.end)));
    let mut kept: Vec<Match> = Vec::with_capacity(found.len());
    for each in found {
        match kept.last_mut() {
            Some(last) if each.range.start < last.range.end => {
                last.range.end = last.range.end.max(each.range.end);
            }
            _ => kept.push(each),
        }
    }
    kept
}

fn all_rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().flat_map(|rows| rows.iter())
}

/// The prefilter: every row has keywords without which it finds nothing.
struct Search {
    keywords: AhoCorasick,
    /// The rows of each keyword.
    rows: Vec<Vec<&'static Row>>,
    dotted: Vec<&'static Row>,
}

static SEARCH: LazyLock<Search> = LazyLock::new(|| {
    let mut keywords: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<&'static Row>> = Vec::new();
    for row in all_rows() {
        for keyword in row.matcher.keywords() {
            match keywords.iter().position(|known| *known == keyword) {
                Some(at) => rows[at].push(row),
                None => {
                    keywords.push(keyword);
                    rows.push(vec![row]);
                }
            }
        }
    }
    let keywords = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(&keywords)
        .expect("the table's keywords are few and short");
    let dotted = all_rows().filter(|row| matches!(row.matcher, Matcher::Dotted(_))).collect();
    Search { keywords, rows, dotted }
});

#[cfg(test)]
mod tests;
