//! What a text is read into.

use crate::node::Node;
use crate::problem::Problem;
use crate::span::Span;

/// Everything read from one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents that could be read, in source order. An empty one has a null root.
    ///
    /// Documents after a `...` line without `---` are read here and not by Kubernetes, which
    /// splits at `---` alone.
    pub documents: Vec<Document>,
    /// What could not be read as written, in source order.
    pub problems: Vec<Problem>,
}

/// One document of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The value of the document.
    pub root: Node,
    /// From the `---` line, or the first byte of the content, to the end of the content.
    pub span: Span,
    /// The comments in and before it, in source order; those after the last document of the text
    /// belong to that one.
    pub comments: Vec<Comment>,
}

/// A `# comment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text after `#`, blanks at both ends taken off.
    pub text: Box<str>,
    /// The bytes from `#` to the end of the line.
    pub span: Span,
    /// Line, counted from 1.
    pub line: usize,
    /// How it stands to the content.
    pub placement: Placement,
}

/// How a comment stands on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// Alone on its line.
    Alone,
    /// After content on the same line.
    Trailing,
}
