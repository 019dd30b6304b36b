//! Secrets in TOML.

use std::ops::Range;

use merlon_snapshot::Cause;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::argv::{secrets_in_argv, secrets_in_value};
use super::inline::{marked_secrets_in, merge, replace};
use super::lines::secret_comment;
use super::names::{Naming, hides, naming};
use super::shown::Shown;
use crate::trouble::Trouble;

/// Shows a TOML text.
pub(super) fn show(text: &str) -> Result<Shown, Trouble> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let line = 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        Trouble::new(Cause::Unparsable, format!("line {line}: not TOML"))
    })?;
    let mut hidden = Hidden { text, secrets: Vec::new(), written: Vec::new() };
    hidden.table(table.get_ref());
    hidden.comments();
    let secrets = merge(hidden.secrets);
    let count = secrets.len();
    let quoted: Vec<Range<usize>> = secrets;
    let text = replace(text, &quoted);
    let marked = marked_secrets_in(&text);
    Ok(Shown {
        redactions: u32::try_from(count + marked.len()).unwrap_or(u32::MAX),
        text: replace(&text, &marked),
    })
}

struct Hidden<'t> {
    text: &'t str,
    secrets: Vec<Range<usize>>,
    /// Where keys and values are written: `#` begins no comment there.
    written: Vec<Range<usize>>,
}

impl Hidden<'_> {
    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            self.written.push(key.span());
            self.value(key.get_ref(), value);
        }
    }

    fn value(&mut self, name: &str, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table),
            DeValue::Array(items) => {
                let arguments: Vec<&str> =
                    items.iter().map(|item| item.get_ref().as_str().unwrap_or_default()).collect();
                for ((item, argument), secrets) in
                    items.iter().zip(&arguments).zip(secrets_in_argv(&arguments))
                {
                    match item.get_ref() {
                        DeValue::String(_) => {
                            let is_listed = naming(name) >= Naming::Key && hides(name, argument);
                            self.scalar(item.span(), is_listed || !secrets.is_empty());
                        }
                        _ => self.value(name, item),
                    }
                }
            }
            DeValue::String(text) => {
                self.scalar(value.span(), !secrets_in_value(name, text).is_empty());
            }
            DeValue::Boolean(_) => self.scalar(value.span(), false),
            _ => {
                let text = self.text.get(value.span()).unwrap_or_default();
                let is_secret = !secrets_in_value(name, text).is_empty();
                self.scalar(value.span(), is_secret);
            }
        }
    }

    fn scalar(&mut self, span: Range<usize>, is_secret: bool) {
        if is_secret {
            self.secrets.push(inside_quotes(self.text, span.clone()));
        }
        self.written.push(span);
    }

    fn comments(&mut self) {
        let written = merge(std::mem::take(&mut self.written));
        let mut written = written.iter().peekable();
        let mut comment_end = 0;
        for (at, _) in self.text.match_indices('#') {
            while written.next_if(|range| range.end <= at).is_some() {}
            if at < comment_end || written.peek().is_some_and(|range| range.contains(&at)) {
                continue;
            }
            comment_end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
            self.secrets.extend(secret_comment(self.text, at..comment_end));
        }
    }
}

/// A string stays a string when only what is between its quotes is replaced.
fn inside_quotes(text: &str, span: Range<usize>) -> Range<usize> {
    let written = text.get(span.clone()).unwrap_or_default();
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if written.len() >= 2 * quote.len()
            && written.starts_with(quote)
            && written.ends_with(quote)
        {
            return span.start + quote.len()..span.end - quote.len();
        }
    }
    span
}
