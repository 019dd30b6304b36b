//! Parts of the text that edits lay claim to.

use std::collections::BTreeMap;
use std::ops::Range;

/// Ranges of bytes, joined where they overlap.
#[derive(Default)]
pub(super) struct Zones(BTreeMap<usize, usize>);

impl Zones {
    /// Whether the range has a byte in common with one that was added. Ranges that only touch do
    /// not overlap; an empty one overlaps the range it lies in.
    pub(super) fn overlap(&self, range: &Range<usize>) -> bool {
        let before = self.0.range(..range.end).next_back();
        before.is_some_and(|(_, end)| *end > range.start)
    }

    pub(super) fn add(&mut self, mut range: Range<usize>) {
        while let Some((start, end)) = self.0.range(..range.end).next_back() {
            let (start, end) = (*start, *end);
            if end <= range.start {
                break;
            }
            range = start.min(range.start)..end.max(range.end);
            self.0.remove(&start);
        }
        if !range.is_empty() {
            self.0.insert(range.start, range.end);
        }
    }
}
