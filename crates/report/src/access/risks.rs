//! Tables of rights that lead to more than they say.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::document::{PrimitiveFound, PrimitiveNote, RiskyAnswer, RiskySubject};
use super::lines;
use super::page::{BOLD, DIM, Page};
use super::table::Table;

pub(super) fn risky(page: &mut Page<'_, impl io::Write>, answer: &RiskyAnswer) -> io::Result<()> {
    if answer.subjects.is_empty() {
        page.line(BOLD, "Nobody holds rights that lead to more than they say.")?;
    }
    let mut told = BTreeSet::new();
    for subject in &answer.subjects {
        one(page, subject, answer, &mut told)?;
        page.blank()?;
    }
    legend(page, &answer.primitives, &told)?;
    match answer.left_out {
        0 => Ok(()),
        1 => page.words(
            0,
            "",
            "1 subject holds only what Kubernetes itself gives it: --all shows it.",
        ),
        left_out => page.words(
            0,
            "",
            &format!(
                "{left_out} subjects hold only what Kubernetes itself gives them: --all shows them."
            ),
        ),
    }
}

fn one<'a>(
    page: &mut Page<'_, impl io::Write>,
    subject: &'a RiskySubject,
    answer: &'a RiskyAnswer,
    told: &mut BTreeSet<&'a str>,
) -> io::Result<()> {
    page.line(BOLD, &subject.subject)?;
    if !subject.members.is_empty() {
        page.words(2, "", &lines::members(&subject.members))?;
    }
    let arrow = page.arrow();
    let mut table = Table::new(["EFFECT", "PRIMITIVE", "WHERE", "NAMES", "THROUGH"]);
    for everything in &subject.everything {
        table.row([
            "everything".to_owned(),
            "every verb on every resource".to_owned(),
            lines::place(everything.namespace.as_deref()),
            String::new(),
            lines::chains(&everything.grants, arrow),
        ]);
    }
    for found in &subject.primitives {
        // Who may do everything may do these as well.
        let is_within =
            |namespace: &Option<String>| namespace.is_none() || *namespace == found.namespace;
        if subject.everything.iter().any(|it| is_within(&it.namespace)) {
            continue;
        }
        told.insert(&found.id);
        table.row(row(found, &answer.primitives, arrow));
    }
    page.table(2, &table)
}

pub(super) fn row(
    found: &PrimitiveFound,
    notes: &BTreeMap<String, PrimitiveNote>,
    arrow: &str,
) -> [String; 5] {
    let note = notes.get(&found.id);
    let if_so = note.and_then(|note| note.condition.as_ref()).map_or("", |_| "?");
    [
        format!("{}{if_so}", note.map_or("", |note| note.effect.as_str())),
        found.id.clone(),
        lines::place(found.namespace.as_deref()),
        lines::shortened(found.names.clone(), 3),
        match &found.gate {
            Some(gate) => format!("{} ({gate})", lines::chains(&found.grants, arrow)),
            None => lines::chains(&found.grants, arrow),
        },
    ]
}

/// What each primitive that was told is about, once.
pub(super) fn legend(
    page: &mut Page<'_, impl io::Write>,
    notes: &BTreeMap<String, PrimitiveNote>,
    told: &BTreeSet<&str>,
) -> io::Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    page.line(DIM, "What these are; a ? after the effect: something else has to be so too")?;
    for (id, note) in notes.iter().filter(|(id, _)| told.contains(id.as_str())) {
        page.words(2, &format!("{id}: "), &explained(note))?;
    }
    page.blank()
}

/// `read all secrets: a list holds the contents (works if …)`
pub(super) fn explained(note: &PrimitiveNote) -> String {
    let mut text = format!("{}: {}", note.title, note.reason);
    if let Some(condition) = &note.condition {
        text.push_str(&format!("; to be looked at: whether {condition}"));
    }
    if let Some(releases) = &note.releases {
        text.push_str(&format!(" ({releases})"));
    }
    text
}
