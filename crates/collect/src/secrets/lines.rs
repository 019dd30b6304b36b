//! Secrets in files of lines: units, environment files, lists of arguments.

use std::ops::Range;

use super::argv::secrets_in_value;
use super::inline::{merge, replace, secrets_in};
use super::names::{Naming, naming};
use super::shown::Shown;

/// Shows a systemd unit: sections, and settings that may go on after a backslash.
pub(super) fn show_unit(text: &str) -> Shown {
    show(text, |lines, found| {
        let line = lines.next(Continued::AtBackslash);
        let trimmed = text[line.clone()].trim();
        if trimmed.is_empty() || trimmed.starts_with('[') && trimmed.ends_with(']') {
            return;
        }
        setting(text, line, found);
    })
}

/// Shows `NAME=value` lines as systemd reads them: quotes may span lines.
pub(super) fn show_environment(text: &str) -> Shown {
    show(text, |lines, found| {
        let line = lines.next(Continued::InQuotes);
        if !text[line.clone()].trim().is_empty() {
            setting(text, line, found);
        }
    })
}

/// Shows one argument a line.
pub(super) fn show_arguments(text: &str) -> Shown {
    show(text, |lines, found| {
        let line = lines.next(Continued::Never);
        let start = line.start + leading_blanks(&text[line.clone()]);
        let argument = text[start..line.end].trim_end();
        if argument.starts_with('#') {
            found.extend(secret_comment(text, start..line.end));
        } else if let Some((flag, name)) = flag(argument) {
            let rest = &flag[name.len()..];
            let value = rest.trim_start_matches(['=', ' ', '\t']);
            let at = start + argument.len() - value.len();
            found.extend(shifted(secrets_in_value(name, value), at));
        } else if !argument.is_empty() {
            found.push(start..start + argument.len());
        }
    })
}

/// A flag without its dashes, and its name; what has other signs in its name could be anything.
fn flag(argument: &str) -> Option<(&str, &str)> {
    let flag = argument.strip_prefix('-')?.trim_start_matches('-');
    let name = flag.split(['=', ' ', '\t']).next()?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_name.then_some((flag, name))
}

/// Shows a short text of any form.
pub(super) fn show_marker(text: &str) -> Shown {
    shown(text, secrets_in(text))
}

fn show(text: &str, mut look: impl FnMut(&mut Lines<'_>, &mut Vec<Range<usize>>)) -> Shown {
    let mut lines = Lines { text, at: 0 };
    let mut found = Vec::new();
    while lines.at < text.len() {
        look(&mut lines, &mut found);
    }
    shown(text, merge(found))
}

fn shown(text: &str, secrets: Vec<Range<usize>>) -> Shown {
    Shown {
        text: replace(text, &secrets),
        redactions: u32::try_from(secrets.len()).unwrap_or(u32::MAX),
    }
}

/// A comment, or `name=value`; a line that is neither could be anything, and is hidden.
fn setting(text: &str, line: Range<usize>, found: &mut Vec<Range<usize>>) {
    let start = line.start + leading_blanks(&text[line.clone()]);
    let body = &text[start..line.end];
    if body.starts_with(['#', ';']) {
        found.extend(secret_comment(text, start..line.end));
        return;
    }
    let Some((name, value)) = body.split_once('=').filter(|(name, _)| is_name(name)) else {
        found.push(start..start + body.trim_end().len());
        return;
    };
    let at = start + name.len() + 1 + leading_blanks(value);
    let value = value.trim();
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name);
    let unquoted = value.trim_matches(['"', '\'']);
    if !secrets_in_value(name, unquoted).is_empty() && naming(name) != Naming::Harmless {
        found.push(at..at + value.len());
    } else {
        found.extend(shifted(secrets_in(value), at));
    }
}

fn is_name(name: &str) -> bool {
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name);
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// What to hide of a comment: all after its mark, if anything in it is about secrets.
pub(super) fn secret_comment(text: &str, comment: Range<usize>) -> Option<Range<usize>> {
    let body = &text[comment.start + 1..comment.end];
    let names_one = body
        .split(|symbol: char| !(symbol.is_alphanumeric() || "_-.".contains(symbol)))
        .any(|word| naming(word) != Naming::Harmless);
    (names_one || !secrets_in(body).is_empty())
        .then(|| comment.start + 1..comment.start + 1 + body.trim_end().len())
}

fn shifted(ranges: Vec<Range<usize>>, by: usize) -> impl Iterator<Item = Range<usize>> {
    ranges.into_iter().map(move |range| range.start + by..range.end + by)
}

fn leading_blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// When a line goes on after its line break.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Continued {
    Never,
    AtBackslash,
    /// At a backslash, and while a quote is open.
    InQuotes,
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl Lines<'_> {
    /// The next line, with those that it goes on in, without the last line break.
    fn next(&mut self, continued: Continued) -> Range<usize> {
        let start = self.at;
        let is_comment = self.text[start..].trim_start_matches([' ', '\t']).starts_with(['#', ';']);
        let quotes = continued == Continued::InQuotes && !is_comment;
        let escapes = continued != Continued::Never;
        let mut quote = None;
        let mut escaped = false;
        for (offset, byte) in self.text.as_bytes()[start..].iter().enumerate() {
            match byte {
                // A carriage return may stand between the backslash and the line's end.
                b'\r' if escaped => continue,
                b'\n' if !escaped && quote.is_none() => {
                    self.at = start + offset + 1;
                    return start..start + offset;
                }
                b'\\' if escapes && !escaped && quote != Some(b'\'') => {
                    escaped = true;
                    continue;
                }
                b'"' | b'\'' if quotes && !escaped => match quote {
                    None => quote = Some(*byte),
                    Some(open) if open == *byte => quote = None,
                    Some(_) => {}
                },
                _ => {}
            }
            escaped = false;
        }
        self.at = self.text.len();
        start..self.at
    }
}
