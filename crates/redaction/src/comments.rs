//! Comments that hold a credential.

use std::ops::Range;

use merlon_yaml::{Comment, Placement};

use crate::cut::{Cut, merged};
use crate::embedded::cuts_in_embedded;
use crate::manifest::Redaction;
use crate::object::DEEPEST;
use crate::text::cuts_in_text;

/// Gives what has to go of comments, whose spans point into `text`.
///
/// Comments on lines after each other are read as one text, so that manifests that were commented out
/// are searched as those that are not.
#[must_use]
pub fn redact_comments(text: &str, comments: &[Comment]) -> Vec<Redaction> {
    let mut redactions = Vec::new();
    let mut rest = comments;
    while let Some(first) = rest.first() {
        let together = match first.placement {
            Placement::Trailing => 1,
            Placement::Alone => rest
                .iter()
                .enumerate()
                .take_while(|(at, comment)| {
                    comment.placement == Placement::Alone && comment.line == first.line + at
                })
                .count(),
        };
        let (block, later) = rest.split_at(together.max(1));
        redact_block(text, block, &mut redactions);
        rest = later;
    }
    redactions
}

fn redact_block(text: &str, block: &[Comment], redactions: &mut Vec<Redaction>) {
    let mut joined = String::new();
    // Where each line starts in the joined text, and its body in the source.
    let mut lines: Vec<(usize, Range<usize>)> = Vec::with_capacity(block.len());
    for comment in block {
        let Some(written) = comment.span.slice(text) else { continue };
        let body = written.trim_start_matches('#').trim_end();
        let start = comment.span.start() + (written.len() - written.trim_start_matches('#').len());
        lines.push((joined.len(), start..start + body.len()));
        joined.push_str(body);
        joined.push('\n');
    }
    let mut cuts = cuts_in_text(&joined);
    // At the deepest level an object in a comment would go as a whole; what it is of is no matter here.
    cuts.extend(cuts_in_embedded(&joined, DEEPEST - 1).into_iter().flatten());
    for Cut { range, marker } in merged(cuts) {
        for (start, body) in &lines {
            let from = range.start.max(*start);
            let to = range.end.min(start + body.len());
            if from < to {
                let from = body.start + (from - start);
                let to = body.start + (to.min(start + body.len()) - start);
                let blanks = text[from..to].len() - text[from..to].trim_start().len();
                if from + blanks < to {
                    redactions.push(Redaction::part(from + blanks..to, marker));
                }
            }
        }
    }
}
