//! Places in a text: byte spans, and line and column for people.

/// A half-open range of bytes in the source text.
///
/// Offsets are kept in 32 bits, for there are many spans; no text over 4 GiB is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The longest text whose spans can be told.
    pub(crate) const MAX_BYTES: usize = u32::MAX as usize;

    /// Gives the span from `start` up to, but not including, `end`.
    ///
    /// Offsets of 4 GiB and more belong to no text and are all taken as the last one below.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: offset(start), end: offset(end) }
    }

    /// Gives the offset of the first byte.
    #[must_use]
    pub const fn start(self) -> usize {
        self.start as usize
    }

    /// Gives the offset just after the last byte.
    #[must_use]
    pub const fn end(self) -> usize {
        self.end as usize
    }

    /// Whether the span covers no text, as for a value that is not written (`key:`).
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Gives the text covered, or `None` when the span does not belong to this source.
    #[must_use]
    pub fn slice(self, source: &str) -> Option<&str> {
        source.get(self.start()..self.end())
    }
}

const fn offset(offset: usize) -> u32 {
    if offset < Span::MAX_BYTES { offset as u32 } else { u32::MAX }
}

/// A place as editors show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters (Unicode scalar values), counted from 1.
    pub column: usize,
}

/// Turns byte offsets of one source text into lines and columns.
///
/// A line ends with `\n`, `\r\n` or a lone `\r`, the three breaks of YAML 1.2 (section 5.4).
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    source: &'a str,
    starts: Vec<usize>,
    /// Characters before every `STRIDE` bytes, so that a column in a long line is found as fast as
    /// in a short one.
    characters: Vec<usize>,
}

const STRIDE: usize = 4096;

impl<'a> LineIndex<'a> {
    /// Indexes the lines of `source`.
    #[must_use]
    pub fn new(source: &'a str) -> Self {
        let bytes = source.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        let mut total = 0;
        let characters = bytes
            .chunks(STRIDE)
            .map(|chunk| {
                let before = total;
                total += count_characters(chunk);
                before
            })
            .collect();
        Self { source, starts, characters }
    }

    /// Gives the line and column of a byte offset; an offset past the end is the end.
    ///
    /// A byte order mark takes no column.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let marked = start == 0 && offset >= 3 && self.source.starts_with('\u{feff}');
        Position {
            line,
            column: self.characters_before(offset)
                - self.characters_before(start)
                - usize::from(marked)
                + 1,
        }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let chunk = offset / STRIDE;
        match self.characters.get(chunk) {
            Some(before) => {
                before + count_characters(&self.source.as_bytes()[chunk * STRIDE..offset])
            }
            // Just at the end of the last full chunk, or of an empty text.
            None => self.characters.last().map_or(0, |before| {
                before + count_characters(&self.source.as_bytes()[(chunk - 1) * STRIDE..offset])
            }),
        }
    }

    /// Gives the number of lines; text after the last break is a line, even when empty.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }
}

/// Continuation bytes of UTF-8 are not characters of their own.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}
