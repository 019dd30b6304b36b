//! What mends a finding, as a viewer can apply it.

use super::escaped;
use super::log::{ArtifactChange, Content, Fix, Region, Replacement};
use super::place::source;

/// A fix of one file.
pub(super) fn of(fix: crate::Fix) -> Fix {
    let replacements = fix.replacements.into_iter().map(|replacement| Replacement {
        deleted_region: region(replacement.line, &replacement.deleted),
        inserted_content: (!replacement.inserted.is_empty())
            .then_some(Content { text: replacement.inserted }),
    });
    let change = ArtifactChange {
        artifact_location: source(&fix.path),
        replacements: replacements.collect(),
    };
    Fix { description: escaped(&fix.summary), artifact_changes: vec![change] }
}

/// The region of a text that begins with its line. One of no length is a place to insert at
/// (3.30.2).
fn region(start_line: u32, text: &str) -> Region {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let ends = text.matches('\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default();
    Region {
        start_line,
        start_column: Some(1),
        end_line: Some(start_line.saturating_add(number(ends))),
        end_column: Some(number(last.chars().count()).saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn regions_end_just_after_their_text() {
        let check = |text: &str, expected: (u32, u32)| {
            let region = region(5, text);
            let end = (region.end_line.unwrap(), region.end_column.unwrap());
            assert_eq!((region.start_line, region.start_column), (5, Some(1)));
            assert_eq!(end, expected, "{text:?}");
        };
        check("", (5, 1));
        check("a: 1\n", (6, 1));
        check("a: 1\r\nb: 2\r\n", (7, 1));
        check("a: 1\nb: \u{e9}\u{1f600}", (6, 6));
    }
}
