//! What is wrong with a text, and how much of one is read.

use crate::span::Span;

/// Something in the text that keeps it, or a part of it, from being read as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What sort of problem it is.
    pub kind: ProblemKind,
    /// One sentence for people: what is wrong and, where known, what was read instead.
    ///
    /// May name keys and anchors, never values.
    pub message: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The bytes concerned; empty where only a place is known.
    pub span: Span,
}

/// The sorts of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The text is not YAML. The document is left out.
    Syntax,
    /// A limit of [`Limits`] was passed. The document is left out, and for all limits but depth
    /// everything after it too.
    Limit,
    /// A key is written twice in one mapping; the last one counts.
    DuplicateKey,
    /// An alias names no anchor before it, or an anchor around itself; it is read as null.
    UnknownAnchor,
    /// The value of `<<` is neither a mapping nor a list of mappings; it is left out.
    InvalidMerge,
    /// A key that has no JSON form (a mapping, a list, null, an integer over 64 bits signed); its
    /// source text is taken as the key.
    InvalidKey,
    /// A value that has no JSON form or does not fit its tag; its text is taken as a string.
    InvalidValue,
}

impl ProblemKind {
    /// Whether Kubernetes refuses the whole document for it.
    ///
    /// True for all but duplicate keys, which only strict field validation refuses.
    #[must_use]
    pub fn is_rejected(self) -> bool {
        self != Self::DuplicateKey
    }
}

/// How much is read before giving up, so that no text can exhaust memory, stack or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the text in bytes.
    pub max_bytes: usize,
    /// Collections inside each other, aliases expanded. Values over 512 are taken as 512: the tree
    /// is walked and dropped by recursion.
    pub max_depth: usize,
    /// Nodes of all documents together, aliases expanded.
    pub max_nodes: usize,
    /// Aliases of all documents together.
    pub max_aliases: usize,
}

impl Default for Limits {
    /// 16 MiB, depth 127, a million nodes, ten thousand aliases.
    ///
    /// 127 is the deepest JSON text that `serde_json` reads back, so every tree that is accepted
    /// here can be written as JSON and read again; Kubernetes objects are rarely deeper than 20.
    /// The API server itself takes requests of 3 MiB.
    fn default() -> Self {
        Self { max_bytes: 16 << 20, max_depth: 127, max_nodes: 1_000_000, max_aliases: 10_000 }
    }
}
