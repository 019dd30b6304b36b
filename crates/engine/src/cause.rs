use std::collections::HashSet;
use std::fmt::{self, Write as _};

use merlon_model::{Action, Finding, Location, ObjectEdit, Outcome, Text};
use merlon_views::in_parallel;

/// How many findings a thread names at a time.
const PIECE: usize = 1024;

/// Names the root cause of each failing finding about objects: findings with the same name are mended
/// by the same change.
///
/// Containers that inherit a setting of their pod, objects that one template made, pods of one
/// workload: each is one cause. Returns how many causes there are among all that fails.
pub(crate) fn name(findings: &mut [Finding]) -> usize {
    let pieces: Vec<&[Finding]> = findings.chunks(PIECE).collect();
    let causes = in_parallel(pieces.len(), |number| {
        let fails = |finding: &&Finding| finding.outcome == Outcome::Fail;
        let mut text = String::new();
        let causes = pieces[number]
            .iter()
            .map(|it| Some(it).filter(fails).and_then(|it| cause(it, &mut text)));
        causes.collect::<Vec<_>>()
    });
    for (finding, cause) in findings.iter_mut().zip(causes.into_iter().flatten()) {
        finding.cause = cause;
    }
    let failing = findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    let alone = failing.clone().filter(|finding| finding.cause.is_none()).count();
    let causes: HashSet<&str> = failing.filter_map(|finding| finding.cause.as_deref()).collect();
    causes.len() + alone
}

/// The cause of one finding; `text` is room to write it in.
fn cause(finding: &Finding, text: &mut String) -> Option<Text> {
    text.clear();
    describe(finding, text)?.expect("a text takes everything");
    Some(text.as_str().into())
}

fn describe(finding: &Finding, text: &mut String) -> Option<fmt::Result> {
    let part = finding.part.as_ref()?;
    let place = finding.evidence.first().and_then(|evidence| evidence.location.as_ref());
    let begun = match place {
        // Where one template made several objects, they stand at the same line of it.
        Some(Location::Manifest { path, region, .. }) => {
            write!(text, "{} {path}:{} ", finding.control, region.line)
        }
        _ => write!(text, "{} {} ", finding.control, part.object),
    };
    let edits = finding.actions.iter().filter_map(|action| match action {
        Action::EditObject { edits, .. } => Some(edits.iter()),
        _ => None,
    });
    let mut edits = edits.flatten().peekable();
    if edits.peek().is_none() {
        text.push_str(part.field.as_deref().unwrap_or_default());
    }
    for (number, edit) in edits.enumerate() {
        let (ObjectEdit::Set { pointer, .. } | ObjectEdit::Remove { pointer }) = edit;
        text.push_str(if number == 0 { "" } else { " " });
        text.push_str(pointer);
    }
    Some(begun)
}
