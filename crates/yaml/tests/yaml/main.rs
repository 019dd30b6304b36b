//! Reads texts of all kinds and compares what comes out.

mod hostile;
mod merges;
mod positions;
mod properties;
mod redaction;
mod scalars;
mod serde;
mod streams;

use merlon_yaml::{Limits, Node, Parsed, ProblemKind, parse};

/// Reads with the default limits.
fn read(source: &str) -> Parsed {
    parse(source, &Limits::default())
}

/// Reads a text of one document without problems.
fn one(source: &str) -> Node {
    let mut parsed = read(source);
    assert_eq!(parsed.problems, [], "{source}");
    assert_eq!(parsed.documents.len(), 1, "{source}");
    parsed.documents.remove(0).root
}

/// Gives the sorts of problems in order.
fn kinds(parsed: &Parsed) -> Vec<ProblemKind> {
    parsed.problems.iter().map(|problem| problem.kind).collect()
}
