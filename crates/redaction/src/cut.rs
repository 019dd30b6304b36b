//! A part of a string that is to go.

use std::ops::Range;

use crate::marker::Marker;

/// A part of a string, and what is to stand in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) range: Range<usize>,
    pub(crate) marker: Marker,
}

impl Cut {
    pub(crate) fn new(range: Range<usize>, marker: Marker) -> Self {
        Self { range, marker }
    }

    pub(crate) fn whole(text: &str, marker: Marker) -> Vec<Self> {
        vec![Self::new(0..text.len(), marker)]
    }
}

/// Sorts cuts and joins those that overlap; the one that starts first, then the longest, gives the
/// marker.
pub(crate) fn merged(mut cuts: Vec<Cut>) -> Vec<Cut> {
    cuts.retain(|cut| !cut.range.is_empty());
    cuts.sort_by_key(|cut| (cut.range.start, std::cmp::Reverse(cut.range.end)));
    let mut merged: Vec<Cut> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match merged.last_mut() {
            Some(last) if cut.range.start < last.range.end => {
                last.range.end = last.range.end.max(cut.range.end);
            }
            _ => merged.push(cut),
        }
    }
    merged
}

/// Gives the text with a marker in place of each part; line breaks inside of one follow it.
pub(crate) fn without(text: &str, cuts: &[Cut]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    for cut in cuts {
        kept.push_str(&text[done..cut.range.start]);
        kept.push_str(&replacement(&text[cut.range.clone()], cut.marker));
        done = cut.range.end;
    }
    kept.push_str(&text[done..]);
    kept
}

/// The marker, the line breaks of what it hides, and the blanks before the rest of the last line.
pub(crate) fn replacement(hidden: &str, marker: Marker) -> String {
    let mut replacement = marker.to_string();
    if let Some(last) = hidden.rfind(['\n', '\r']) {
        replacement.extend(hidden.chars().filter(|symbol| matches!(symbol, '\n' | '\r')));
        let rest = &hidden[last + 1..];
        replacement.push_str(&rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]);
    }
    replacement
}
