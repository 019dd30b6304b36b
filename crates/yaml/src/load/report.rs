//! Counting against the limits, and telling what went wrong.

use granit_parser::{ErrorKind, ScanError};

use super::{Alias, Loader, Stop};
use crate::problem::{Problem, ProblemKind};
use crate::span::Span;

/// Enough for any person; a hostile text could have one for each byte.
const PROBLEM_CEILING: usize = 1_000;

impl Loader<'_> {
    pub(super) fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.check_nodes(self.nodes, span)
    }

    pub(super) fn check_nodes(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        if nodes <= self.limits.max_nodes {
            return Ok(());
        }
        let message = format!(
            "more than {} nodes, aliases expanded; the rest is not read",
            self.limits.max_nodes
        );
        self.report(ProblemKind::Limit, message, span);
        Err(Stop::Everything)
    }

    pub(super) fn count_alias(&mut self, token: Span, target: Span) -> Result<(), Stop> {
        self.aliases.push(Alias { token, target });
        if self.aliases.len() <= self.limits.max_aliases {
            return Ok(());
        }
        let message =
            format!("more than {} aliases; the rest is not read", self.limits.max_aliases);
        self.report(ProblemKind::Limit, message, token);
        Err(Stop::Everything)
    }

    pub(super) fn too_deep(&mut self, span: Span) -> Stop {
        let message = format!(
            "more than {} collections inside each other; the document is left out",
            self.limits.max_depth
        );
        self.report(ProblemKind::Limit, message, span);
        Stop::Document
    }

    pub(super) fn report_scan_error(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(self.source.len());
        let at = at.min(self.source.len());
        // The parser reads ahead and may meet the same depth before we do.
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            self.too_deep(Span::new(at, at));
            return;
        }
        let message = format!("{}; the document is left out", error.info());
        self.report(ProblemKind::Syntax, message, Span::new(at, at));
        self.take_back(at);
        self.content_end = self.content_end.max(at);
    }

    pub(super) fn report(&mut self, kind: ProblemKind, message: String, span: Span) {
        if self.parsed.problems.len() >= PROBLEM_CEILING {
            return;
        }
        let position = self.lines.position(span.start());
        self.parsed.problems.push(Problem {
            kind,
            message,
            line: position.line,
            column: position.column,
            span,
        });
    }
}
