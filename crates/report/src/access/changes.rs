//! Tables of what changes for whom.

use std::collections::BTreeSet;
use std::io;

use super::document::{ChangedSubject, DiffAnswer, Permission};
use super::page::{BAD, BOLD, Page};
use super::table::Table;
use super::{lines, risks};

pub(super) fn diff(page: &mut Page<'_, impl io::Write>, answer: &DiffAnswer) -> io::Result<()> {
    if answer.subjects.is_empty() {
        return page.line(BOLD, "Nobody gains or loses anything.");
    }
    let mut told = BTreeSet::new();
    for (number, subject) in answer.subjects.iter().enumerate() {
        if number > 0 {
            page.blank()?;
        }
        one(page, subject)?;
        let arrow = page.arrow();
        for (found, title) in [
            (&subject.new, "holds new rights that lead to more than they say:"),
            (&subject.gone, "no longer holds:"),
        ] {
            if found.is_empty() {
                continue;
            }
            page.line(if title.ends_with("say:") { BAD } else { BOLD }, &format!("  {title}"))?;
            told.extend(found.iter().map(|each| each.id.as_str()));
            let mut table = risks::primitives_table();
            for row in risks::rows(found.iter(), &answer.primitives, arrow) {
                table.row(row);
            }
            page.table(4, &table)?;
        }
    }
    risks::legend(page, &answer.primitives, &told)?;
    page.blank()?;
    page.line(BOLD, &verdict(answer))
}

fn one(page: &mut Page<'_, impl io::Write>, subject: &ChangedSubject) -> io::Result<()> {
    page.line(BOLD, &subject.subject)?;
    if !subject.members.is_empty() {
        page.words(2, "", &lines::members(&subject.members))?;
    }
    let arrow = page.arrow();
    let mut table = Table::new(["", "WHERE", "VERBS", "RESOURCES", "NAMES", "THROUGH"]);
    let mut add = |sign: &str, permissions: &[Permission]| {
        for [place, verbs, resources, names, through] in
            lines::permissions(permissions.iter(), arrow)
        {
            table.row([sign.to_owned(), place, verbs, resources, names, through]);
        }
    };
    add("+", &subject.gained);
    add("-", &subject.lost);
    page.table(2, &table)
}

/// `2 subjects gain rights, 1 loses some; 3 new primitives`
fn verdict(answer: &DiffAnswer) -> String {
    let count = |has: &dyn Fn(&&ChangedSubject) -> bool| answer.subjects.iter().filter(has).count();
    let gain = count(&|subject| !subject.gained.is_empty());
    let lose = count(&|subject| !subject.lost.is_empty());
    let worse = count(&|subject| !subject.new.is_empty());
    let who = |number: usize, one: &str, several: &str| match number {
        0 => format!("nobody {one}"),
        1 => format!("1 subject {one}"),
        _ => format!("{number} subjects {several}"),
    };
    format!(
        "{}, {}; {}",
        who(gain, "gains rights", "gain rights"),
        who(lose, "loses rights", "lose rights"),
        who(
            worse,
            "newly holds rights that lead to more than they say",
            "newly hold rights that lead to more than they say",
        ),
    )
}
