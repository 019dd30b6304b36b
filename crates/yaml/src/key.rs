//! Keys of mappings, the names that Kubernetes uses kept only once.

use std::fmt;
use std::ops::Deref;

/// Names of fields (of the API groups in Kubernetes 1.33) and of usual labels and annotations,
/// sorted.
const NAMES_TEXT: &str = include_str!("key/names.txt");
const NAMES: [&str; count_names(NAMES_TEXT)] = split_names(NAMES_TEXT);

/// A hash table with open addressing: a number is the place of a name in `NAMES`, plus one.
static SLOTS: [u16; SLOT_COUNT] = fill_slots();
static KNOWN: [&str; NAMES.len()] = NAMES;
/// A power of two, at least twice the number of names.
const SLOT_COUNT: usize = (NAMES.len() * 2).next_power_of_two();

/// The key of an entry: text that costs no memory of its own where it is a usual name of
/// Kubernetes (`metadata`, `containers`).
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Text);

/// One text has one form only, so that forms can be compared.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    Known(u16),
    Other(Box<str>),
}

impl Key {
    /// Gives the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Known(place) => KNOWN[usize::from(*place)],
            Text::Other(text) => text,
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(known(text).map_or_else(|| Text::Other(text.into()), Text::Known))
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(known(&text).map_or_else(|| Text::Other(text.into()), Text::Known))
    }
}

impl Deref for Key {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

fn known(text: &str) -> Option<u16> {
    let mut slot = first_slot(text.as_bytes());
    loop {
        let place = SLOTS[slot].checked_sub(1)?;
        if KNOWN[usize::from(place)] == text {
            return Some(place);
        }
        slot = (slot + 1) % SLOT_COUNT;
    }
}

/// FNV-1a.
const fn first_slot(text: &[u8]) -> usize {
    let mut hash: u32 = 0x811C_9DC5;
    let mut at = 0;
    while at < text.len() {
        hash = (hash ^ text[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash ^ (hash >> 15)) as usize % SLOT_COUNT
}

const fn fill_slots() -> [u16; SLOT_COUNT] {
    let mut slots = [0; SLOT_COUNT];
    let mut place = 0;
    while place < NAMES.len() {
        let mut slot = first_slot(NAMES[place].as_bytes());
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOT_COUNT;
        }
        place += 1;
        slots[slot] = place as u16;
    }
    slots
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r')
}

const fn count_names(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut count = 0;
    let mut at = 0;
    while at < bytes.len() {
        if !is_blank(bytes[at]) && (at == 0 || is_blank(bytes[at - 1])) {
            count += 1;
        }
        at += 1;
    }
    count
}

const fn split_names<const COUNT: usize>(text: &'static str) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut rest = text;
    let mut found = 0;
    while found < COUNT {
        let bytes = rest.as_bytes();
        let mut start = 0;
        while is_blank(bytes[start]) {
            start += 1;
        }
        let mut end = start;
        while end < bytes.len() && !is_blank(bytes[end]) {
            end += 1;
        }
        let (before, after) = rest.split_at(end);
        names[found] = before.split_at(start).1;
        rest = after;
        found += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(KNOWN.is_sorted_by(|one, next| one < next));
        assert_eq!(KNOWN.len(), NAMES_TEXT.split_whitespace().count());
        for name in NAMES_TEXT.split_whitespace() {
            let key = Key::from(name);
            assert!(matches!(key.0, Text::Known(_)), "{name}");
            assert_eq!(key.as_str(), name);
            assert!(*key == *name && !key.is_empty());
        }
    }

    #[test]
    fn other_texts_are_kept() {
        for text in ["", "a", "Metadata", "metadata ", "é"] {
            let key = Key::from(text);
            assert_eq!((key.as_str(), &key), (text, &Key::from(text.to_owned())));
            assert!(*key == *text && *key != *"kind", "{text}");
            assert!(matches!(key.0, Text::Other(_)), "{text}");
        }
        assert!(*Key::from("kind") != *"Kind");
    }

    #[test]
    fn trees_are_small() {
        assert_eq!(size_of::<Key>(), 16);
        assert_eq!(size_of::<crate::Node>(), 32);
        assert_eq!(size_of::<crate::Entry>(), 64);
    }
}
