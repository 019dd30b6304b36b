//! Mappings: keys, their values, and those that do not count.

use std::collections::{BTreeMap, HashMap};

use crate::key::Key;
use crate::node::Node;
use crate::span::Span;

/// The entries of a mapping in source order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// The entries that count, then the shadowed ones.
    all: Box<[Entry]>,
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as the JSON string Kubernetes makes of it: `yes:` is `true`, `0644:` is `420`.
    pub key: Key,
    /// The bytes of the key, quotes included.
    pub key_span: Span,
    /// The value.
    pub value: Node,
    /// Whether the entry came in through a merge key (`<<`).
    pub merged: bool,
    /// Whether a later entry has the same key.
    shadowed: bool,
}

impl Entry {
    /// Makes an entry that is written in the mapping itself.
    pub(crate) fn new(key: Key, key_span: Span, value: Node) -> Self {
        Self { key, key_span, value, merged: false, shadowed: false }
    }
}

impl Mapping {
    /// Makes a mapping of entries in source order, given which of them [`shadowed`] found.
    pub(crate) fn new(
        entries: impl ExactSizeIterator<Item = Entry>,
        shadowed: &BTreeMap<usize, usize>,
    ) -> Self {
        if shadowed.is_empty() {
            return Self { all: entries.map(|entry| Entry { shadowed: false, ..entry }).collect() };
        }
        let mut all = Vec::with_capacity(entries.len());
        let mut left = Vec::with_capacity(shadowed.len());
        for (index, entry) in entries.enumerate() {
            let shadowed = shadowed.contains_key(&index);
            let to = if shadowed { &mut left } else { &mut all };
            to.push(Entry { shadowed, ..entry });
        }
        all.append(&mut left);
        Self { all: all.into() }
    }

    /// Makes a mapping of the entries that count alone.
    pub(crate) fn without_shadowed(
        entries: impl ExactSizeIterator<Item = Entry>,
        shadowed: &BTreeMap<usize, usize>,
    ) -> Self {
        if shadowed.is_empty() {
            return Self { all: entries.collect() };
        }
        let entries = entries.enumerate().filter(|(index, _)| !shadowed.contains_key(index));
        Self { all: entries.map(|(_, entry)| entry).collect() }
    }

    /// Gives the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Gives the entry of a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        // One that counts stands before those that it shadows.
        let found = self.all.iter().find(|entry| &*entry.key == key);
        found.filter(|entry| !entry.shadowed)
    }

    /// Gives the entries that count, one for each key, in source order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.all[..self.len()]
    }

    /// Gives the entries that a later one with the same key took the place of.
    ///
    /// They mean nothing to Kubernetes, but their text is there: whoever hides secrets needs them.
    #[must_use]
    pub fn shadowed(&self) -> &[Entry] {
        &self.all[self.len()..]
    }

    /// Gives all entries to be changed in place: those that count, then the shadowed ones.
    ///
    /// Two entries that count must not be given the same key.
    pub fn all_entries_mut(&mut self) -> &mut [Entry] {
        &mut self.all
    }

    /// Gives the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.all.last() {
            Some(last) if last.shadowed => self.all.partition_point(|entry| !entry.shadowed),
            _ => self.all.len(),
        }
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.first().is_none_or(|first| first.shadowed)
    }

    /// Gives the last entry that is written in the mapping itself.
    pub(crate) fn last_written(&self) -> Option<&Entry> {
        let written = self.all.iter().filter(|entry| !entry.merged);
        written.max_by_key(|entry| entry.key_span.start())
    }

    /// Keeps the entries, shadowed ones too, for which `keep` is true; it may change their values.
    ///
    /// An entry that is kept goes on to count or not to count as before.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Node) -> bool) {
        let mut all = std::mem::take(&mut self.all).into_vec();
        all.retain_mut(|entry| keep(&entry.key, &mut entry.value));
        self.all = all.into();
    }

    /// Gives up the entries that count.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        let counting = self.len();
        let mut all = self.all.into_vec();
        all.truncate(counting);
        all
    }

    /// Gives up all entries, those that count last.
    pub(crate) fn into_all_entries(self) -> Vec<Entry> {
        let counting = self.len();
        let mut all = self.all.into_vec();
        all.rotate_left(counting);
        all
    }
}

impl FromIterator<(Key, Node)> for Mapping {
    /// Of equal keys the last one counts; the others are dropped.
    fn from_iter<I: IntoIterator<Item = (Key, Node)>>(entries: I) -> Self {
        let entries: Vec<Entry> = entries
            .into_iter()
            .map(|(key, value)| Entry::new(key, Span::default(), value))
            .collect();
        let shadowed = shadowed(&entries);
        Self::without_shadowed(entries.into_iter(), &shadowed)
    }
}

/// Gives the index of every entry whose key comes again, with the index of the next one like it.
pub(crate) fn shadowed(entries: &[Entry]) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    // Comparing all pairs is faster than hashing for mappings of the usual size.
    if entries.len() <= 16 {
        for (index, entry) in entries.iter().enumerate() {
            let next = entries[index + 1..].iter().position(|other| other.key == entry.key);
            if let Some(next) = next {
                found.insert(index, index + 1 + next);
            }
        }
        return found;
    }
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        if let Some(before) = last.insert(&entry.key, index) {
            found.insert(before, index);
        }
    }
    found
}
