//! Objects and configuration that stand in a string, as
//! `kubectl.kubernetes.io/last-applied-configuration` does.

use merlon_yaml::{Limits, Value, parse};

use crate::cut::{Cut, merged};
use crate::manifest::{Redaction, redact_manifest_at};
use crate::marker::Marker;
use crate::object::DEEPEST;

/// Gives what has to go of a text that is YAML or JSON with mappings in it, or `None` when it is not.
pub(crate) fn cuts_in_embedded(text: &str, depth: usize) -> Option<Vec<Cut>> {
    if !may_be_one(text) {
        return None;
    }
    let parsed = parse(text, &Limits::default());
    let is_one = !parsed.documents.is_empty()
        && parsed.problems.iter().all(|problem| !problem.kind.is_rejected())
        && parsed.documents.iter().all(|document| {
            matches!(document.root.value, Value::Mapping(_) | Value::Sequence(_) | Value::Null)
        })
        && parsed.documents.iter().any(|document| !document.root.is_null());
    if !is_one {
        return None;
    }
    if depth >= DEEPEST {
        return Some(Cut::whole(text, Marker::PLAIN));
    }
    let redactions = redact_manifest_at(text, &parsed.documents, depth + 1);
    let cuts = redactions.iter().map(|redaction| inner(text, redaction)).collect();
    Some(merged(cuts))
}

fn may_be_one(text: &str) -> bool {
    let trimmed = text.trim_start();
    trimmed.starts_with(['{', '[']) && text.len() > 8
        || text.contains('\n') && (text.contains(": ") || text.contains(":\n"))
}

/// A redaction as a cut, inside of the quotes where there are some, so that it can be made in a string
/// that stands in quotes itself.
fn inner(text: &str, redaction: &Redaction) -> Cut {
    let range = redaction.range();
    let hidden = &text[range.clone()];
    let quoted = hidden.len() >= 2
        && (hidden.starts_with('"') && hidden.ends_with('"')
            || hidden.starts_with('\'') && hidden.ends_with('\''));
    let range = if quoted { range.start + 1..range.end - 1 } else { range };
    Cut::new(range, redaction.marker)
}
