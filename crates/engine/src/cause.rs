use std::collections::HashSet;

use merlon_model::{Action, Finding, Location, ObjectEdit, Outcome};
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
        let causes = pieces[number].iter().map(|it| Some(it).filter(fails).and_then(cause));
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

fn cause(finding: &Finding) -> Option<String> {
    let part = finding.part.as_ref()?;
    let place = finding.evidence.first().and_then(|evidence| evidence.location.as_ref());
    let place = match place {
        // Where one template made several objects, they stand at the same line of it.
        Some(Location::Manifest { path, region, .. }) => format!("{path}:{}", region.line),
        _ => part.object.to_string(),
    };
    let edits = finding.actions.iter().filter_map(|action| match action {
        Action::EditObject { edits, .. } => Some(edits),
        _ => None,
    });
    let changed: Vec<&str> = edits
        .flatten()
        .map(|edit| match edit {
            ObjectEdit::Set { pointer, .. } | ObjectEdit::Remove { pointer } => pointer.as_str(),
        })
        .collect();
    let what =
        if changed.is_empty() { part.field.clone().unwrap_or_default() } else { changed.join(" ") };
    Some(format!("{} {place} {what}", finding.control))
}
