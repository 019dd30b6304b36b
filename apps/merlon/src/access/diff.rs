use merlon_rbac::risk::Found;
use merlon_rbac::{Change, Permission, changes};
use merlon_report::access::{self, AccessReport, Answer, ChangedSubject, DiffAnswer};
use merlon_report::visible;

use super::arguments::Diff;
use super::describe::{Describer, RBAC, members, notes};
use super::facts::{Facts, Known};
use super::gaps::{gaps, unknown_roles};
use super::subject::shown;
use super::{Answered, tool};
use crate::exit::Exit;

/// Who gains and who loses what.
pub fn run(diff: &Diff) -> anyhow::Result<Answered> {
    let mut before = Facts::read_side(&diff.before, &diff.reading)?;
    let mut after = match &diff.after {
        Some(after) => Facts::read_side(after, &diff.reading)?,
        None => before.with(&diff.with, &diff.reading)?,
    };
    after.same_release_as(&before);
    before.same_release_as(&after);
    let (view_before, view_after) = (before.view(), after.view());
    let (before, after) = (before.known(&view_before), after.known(&view_after));
    if !diff.with.is_empty() {
        tell_of_other_roles(&before, &after);
    }
    let changes = changes(&before.authorizer, &after.authorizer);
    let answer = answer(&before, &after, &changes);
    let mut all_gaps = Vec::new();
    for (side, known) in [("before", &before), ("after", &after)] {
        let of_side = gaps(known, &[]).into_iter().chain(unknown_roles(known));
        all_gaps.extend(of_side.map(|gap| format!("{side}: {gap}")));
    }
    let is_worse = answer.subjects.iter().any(|subject| !subject.new.is_empty());
    let exit = match (diff.fail_on_new && is_worse, all_gaps.is_empty()) {
        (true, _) => Exit::Findings,
        (false, false) => Exit::NotEvaluated,
        (false, true) => Exit::Clean,
    };
    let report = AccessReport {
        tool: tool(),
        sources: vec![before.source(), after.source()],
        covers: RBAC.to_owned(),
        gaps: all_gaps,
        answer: Answer::Diff(answer),
    };
    Ok((report, exit))
}

/// Says where a binding would give another role than it does: the API server refuses that.
fn tell_of_other_roles(before: &Known<'_>, after: &Known<'_>) {
    let (before, after) = (before.authorizer.policy(), after.authorizer.policy());
    for (_, binding) in after.bindings() {
        let old = before.find_binding(binding.namespace.as_deref(), &binding.name);
        let old = old.map(|id| before.binding(id)).filter(|old| old.role != binding.role);
        if let Some(old) = old {
            anstream::eprintln!(
                "Note: {} {} gives {} and cannot be changed to give {}; it has to be deleted first.",
                binding.kind(),
                visible(&binding.name),
                visible(&old.role.to_string()),
                visible(&binding.role.to_string()),
            );
        }
    }
}

fn answer(before: &Known<'_>, after: &Known<'_>, changes: &[Change]) -> DiffAnswer {
    let (old, new) = (Describer::new(before), Describer::new(after));
    let subject = |change: &Change| {
        let identity = &change.identity;
        let told = |describer: &Describer<'_, '_>, all: &[Permission]| -> Vec<access::Permission> {
            all.iter().filter_map(|each| describer.permission(each, false, identity)).collect()
        };
        ChangedSubject {
            subject: shown(identity),
            members: members(after.authorizer.policy(), identity),
            gained: told(&new, &change.gained),
            lost: told(&old, &change.lost),
            new: by_effect(&change.new).map(|found| new.found(found, identity)).collect(),
            gone: by_effect(&change.gone).map(|found| old.found(found, identity)).collect(),
        }
    };
    let found = changes.iter().flat_map(|change| change.new.iter().chain(&change.gone));
    DiffAnswer {
        primitives: notes(found.map(|found| found.primitive)),
        subjects: changes.iter().map(subject).filter(changes_anything).collect(),
    }
}

fn by_effect(found: &[Found]) -> impl Iterator<Item = &Found> {
    let mut sorted: Vec<&Found> = found.iter().collect();
    sorted.sort_by_key(|found| found.primitive.effect);
    sorted.into_iter()
}

/// Whether more is left than rights to what there is not.
fn changes_anything(subject: &ChangedSubject) -> bool {
    let ChangedSubject { gained, lost, new, gone, .. } = subject;
    !(gained.is_empty() && lost.is_empty() && new.is_empty() && gone.is_empty())
}
