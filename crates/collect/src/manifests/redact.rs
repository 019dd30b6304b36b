use merlon_redaction::{apply, redact_manifest};
use merlon_yaml::Document;

/// Gives the text without the credentials of its documents; lines keep their numbers.
pub(super) fn redact(text: &str, documents: &[Document]) -> String {
    let redactions = redact_manifest(text, documents);
    if redactions.is_empty() { text.to_owned() } else { apply(text, &redactions) }
}
