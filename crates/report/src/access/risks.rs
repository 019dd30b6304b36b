//! Rights that lead to more than they say: of one subject each way, of several an overview.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::document::{PrimitiveFound, PrimitiveNote, RiskyAnswer, RiskySubject};
use super::lines;
use super::overview::overview;
use super::page::{BOLD, DIM, Page};
use super::table::Table;

pub(super) fn risky(page: &mut Page<'_, impl io::Write>, answer: &RiskyAnswer) -> io::Result<()> {
    if answer.subjects.is_empty() {
        page.line(BOLD, "Nobody holds rights that lead to more than they say.")?;
    }
    match &answer.subjects[..] {
        [] => {}
        [subject] => {
            let mut told = BTreeSet::new();
            one(page, subject, answer, &mut told)?;
            legend(page, &answer.primitives, &told)?;
        }
        _ => overview(page, answer)?,
    }
    match answer.left_out {
        0 => Ok(()),
        1 => page.blank().and_then(|()| {
            page.words(
                0,
                "",
                "1 subject holds only what Kubernetes itself gives it: --all shows it.",
            )
        }),
        left_out => page.blank().and_then(|()| {
            let what = "subjects hold only what Kubernetes itself gives them: --all shows them.";
            page.words(0, "", &format!("{left_out} {what}"))
        }),
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
    let mut table = primitives_table();
    for everything in &subject.everything {
        table.row([
            "everything".to_owned(),
            lines::place(everything.namespace.as_deref()),
            "every verb on every resource".to_owned(),
            String::new(),
            match everything.grants.len() {
                0 => "system:masters, to whom nothing is ever refused".to_owned(),
                _ => lines::chains(&everything.grants, arrow),
            },
        ]);
    }
    // Who may do everything may do these as well.
    let is_more = |found: &&PrimitiveFound| {
        let holds =
            |namespace: &Option<String>| namespace.is_none() || *namespace == found.namespace;
        !subject.everything.iter().any(|it| holds(&it.namespace))
    };
    let more: Vec<&PrimitiveFound> = subject.primitives.iter().filter(is_more).collect();
    told.extend(more.iter().map(|found| found.id.as_str()));
    for row in rows(more.into_iter(), &answer.primitives, arrow) {
        table.row(row);
    }
    page.table(2, &table)
}

pub(super) fn primitives_table() -> Table<5> {
    Table::new(["EFFECT", "WHERE", "PRIMITIVES", "NAMES", "THROUGH"])
}

/// A row for each effect: the primitives, then the places where all of them are held.
///
/// What gives them is told for all together; a tree tells it one by one.
pub(super) fn rows<'f>(
    found: impl Iterator<Item = &'f PrimitiveFound>,
    notes: &'f BTreeMap<String, PrimitiveNote>,
    arrow: &str,
) -> Vec<[String; 5]> {
    // In one place by effect, limits and gate, in the order of the answer.
    type Alike<'f> = (&'f str, &'f Option<String>, &'f [String], &'f Option<String>);
    let mut in_place: Vec<(Alike<'f>, Row)> = Vec::new();
    for each in found {
        let note = notes.get(&each.id);
        let if_so = note.and_then(|note| note.condition.as_ref()).map_or("", |_| "?");
        let effect = note.map_or("", |note| note.effect.as_str());
        let alike = (effect, &each.namespace, &each.names[..], &each.gate);
        let known = in_place.iter().position(|(other, _)| *other == alike);
        let place = known.unwrap_or_else(|| {
            in_place.push((alike, Row::new(effect, each)));
            in_place.len() - 1
        });
        let row = &mut in_place[place].1;
        row.primitives.push(format!("{}{if_so}", each.id));
        row.through.extend(each.grants.iter().map(|grant| lines::chain(grant, arrow)));
    }
    let mut rows: Vec<Row> = Vec::new();
    for (_, row) in in_place {
        match rows.iter_mut().find(|other| other.is_like(&row)) {
            Some(other) => {
                other.places.extend(row.places);
                other.through.extend(row.through);
            }
            None => rows.push(row),
        }
    }
    rows.into_iter().map(Row::cells).collect()
}

struct Row {
    effect: String,
    places: Vec<String>,
    primitives: Vec<String>,
    names: Vec<String>,
    gate: Option<String>,
    through: BTreeSet<String>,
}

impl Row {
    fn new(effect: &str, found: &PrimitiveFound) -> Self {
        Self {
            effect: effect.to_owned(),
            places: vec![lines::place(found.namespace.as_deref())],
            primitives: Vec::new(),
            names: found.names.clone(),
            gate: found.gate.clone(),
            through: BTreeSet::new(),
        }
    }

    /// Whether it is the same in another place.
    fn is_like(&self, other: &Self) -> bool {
        (&self.effect, &self.primitives, &self.names, &self.gate)
            == (&other.effect, &other.primitives, &other.names, &other.gate)
    }

    fn cells(self) -> [String; 5] {
        let through = lines::shortened(self.through.into_iter().collect(), 2);
        [
            self.effect,
            lines::shortened(self.places, 3),
            self.primitives.join(", "),
            lines::shortened(self.names, 3),
            match self.gate {
                Some(gate) => format!("{through} ({gate})"),
                None => through,
            },
        ]
    }
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
    page.blank()?;
    page.line(DIM, "What these are; behind a ? something besides rights has to be so")?;
    for (id, note) in notes.iter().filter(|(id, _)| told.contains(id.as_str())) {
        page.meaning(id, &explained(note))?;
    }
    Ok(())
}

/// `read all secrets, since a list holds the contents; to be looked at: whether …`
pub(super) fn explained(note: &PrimitiveNote) -> String {
    let mut text = format!("{}, since {}", note.title, note.reason);
    if let Some(condition) = &note.condition {
        text.push_str(&format!("; to be looked at: whether {condition}"));
    }
    if let Some(releases) = &note.releases {
        text.push_str(&format!(" ({releases})"));
    }
    text
}
