//! Who holds rights that lead to more than they say, each in a line or two.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::document::{Grant, PrimitiveFound, PrimitiveNote, RiskyAnswer, RiskySubject};
use super::lines;
use super::page::{BOLD, Page};
use super::table::Table;
use crate::view::count;

/// Lines of the table that are shown before subjects are only counted.
const ROWS: usize = 40;
/// Lines of one subject that are shown before they are only counted.
const ROWS_OF_ONE: usize = 3;
/// Effects that are named in one line.
const EFFECTS_OF_ONE: usize = 5;
/// Subjects alike that are named in one line.
const ALIKE: usize = 4;
/// Places that are named in one line.
const PLACES: usize = 3;

/// What the effects mean, in the order in which they matter.
const EFFECTS: &[(&str, &str)] = &[
    ("everything", "every verb on every resource"),
    ("rights", "gives itself what rights it likes"),
    ("identity", "acts as others"),
    ("node", "becomes root on a node"),
    ("code", "runs code in pods that others made"),
    ("secrets", "reads or replaces credentials"),
    ("cloud", "uses the cloud account"),
    ("admission", "weakens what keeps bad objects out"),
    ("traffic", "redirects or reaches others' traffic"),
    ("data", "reads or changes stored data"),
    ("disruption", "stops or hides things"),
    ("discovery", "learns what to attack"),
];

/// A table of subjects by what they gain, those alike in one line, the worst first.
pub(super) fn overview(
    page: &mut Page<'_, impl io::Write>,
    answer: &RiskyAnswer,
) -> io::Result<()> {
    let number = count(answer.subjects.len(), "subject");
    page.line(
        BOLD,
        &format!("{number} hold rights that lead to more than they say, the worst first"),
    )?;
    page.blank()?;
    let arrow = page.arrow();
    let (mut table, mut shown, mut told) =
        (Table::new(["SUBJECT", "GAINS", "WHERE", "THROUGH"]), 0, BTreeSet::new());
    let mut rows = 0;
    for (subjects, gains) in alike(answer, arrow) {
        if rows + gains.len() > ROWS && shown > 0 {
            break;
        }
        shown += subjects.len();
        rows += gains.len().min(ROWS_OF_ONE + 1);
        told.extend(gains.iter().flat_map(|gain| gain.effects.iter().map(|(effect, _)| *effect)));
        let mut name = lines::shortened(subjects, ALIKE);
        for gain in gains.iter().take(ROWS_OF_ONE) {
            table.row([std::mem::take(&mut name), gain.words(), gain.places(), gain.through()]);
        }
        if let Some(more @ 1..) = gains.len().checked_sub(ROWS_OF_ONE) {
            table.row([name, format!("and {more} more"), String::new(), String::new()]);
        }
    }
    page.table(0, &table)?;
    page.blank()?;
    if let Some(more @ 1..) = answer.subjects.len().checked_sub(shown) {
        page.words(0, "", &format!("and {}: -o tree tells of all", count(more, "more subject")))?;
    }
    let meanings = EFFECTS.iter().filter(|(effect, _)| told.contains(effect));
    let meanings: Vec<String> =
        meanings.map(|(effect, meaning)| format!("{effect}: {meaning}")).collect();
    page.words(
        0,
        "",
        &format!("{}. Behind a ? something besides rights has to be so.", meanings.join("; ")),
    )?;
    let Some(worst) = answer.subjects.first() else { return Ok(()) };
    let next = format!(
        "add a subject to the command, such as {}, for each way and why it works; -o tree has every rule and its place",
        worst.subject
    );
    page.words(0, "Next: ", &next)
}

/// What is gained in one place, or in several alike.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gain<'a> {
    /// Each effect, and whether rights alone are enough for it.
    effects: Vec<(&'a str, bool)>,
    places: Vec<String>,
    through: BTreeSet<String>,
}

impl Gain<'_> {
    fn words(&self) -> String {
        let word =
            |(effect, sure): &(&str, bool)| format!("{effect}{}", if *sure { "" } else { "?" });
        lines::shortened(self.effects.iter().map(word).collect(), EFFECTS_OF_ONE)
    }

    fn places(&self) -> String {
        lines::shortened(self.places.clone(), PLACES)
    }

    fn through(&self) -> String {
        let mut all = self.through.iter();
        match (all.next(), all.count()) {
            (Some(first), 0) => first.clone(),
            (Some(first), more) => format!("{first} and {more} more"),
            (None, _) => "system:masters, to whom nothing is ever refused".to_owned(),
        }
    }
}

/// Subjects that gain the same by the same, in the order of the answer.
fn alike<'a>(answer: &'a RiskyAnswer, arrow: &str) -> Vec<(Vec<String>, Vec<Gain<'a>>)> {
    let mut all: Vec<(Vec<String>, Vec<Gain<'a>>)> = Vec::new();
    for subject in &answer.subjects {
        let gains = gains(subject, &answer.primitives, arrow);
        match all.iter_mut().find(|(_, other)| *other == gains) {
            Some((subjects, _)) => subjects.push(subject.subject.clone()),
            None => all.push((vec![subject.subject.clone()], gains)),
        }
    }
    all
}

/// What a subject gains, in the whole cluster first; what it may do anyway, being allowed everything there, is left out.
fn gains<'a>(
    subject: &'a RiskySubject,
    notes: &'a BTreeMap<String, PrimitiveNote>,
    arrow: &str,
) -> Vec<Gain<'a>> {
    let mut gains: Vec<Gain<'a>> = Vec::new();
    for everything in &subject.everything {
        gains.push(Gain {
            effects: vec![("everything", true)],
            places: vec![lines::place(everything.namespace.as_deref())],
            through: everything.grants.iter().map(|grant| by(grant, arrow)).collect(),
        });
    }
    let mut in_place: BTreeMap<Option<&str>, Vec<&'a PrimitiveFound>> = BTreeMap::new();
    for found in &subject.primitives {
        let holds = |place: &Option<String>| place.is_none() || *place == found.namespace;
        if !subject.everything.iter().any(|it| holds(&it.namespace)) {
            in_place.entry(found.namespace.as_deref()).or_default().push(found);
        }
    }
    for (place, found) in in_place {
        let mut gain = Gain {
            effects: Vec::new(),
            places: vec![lines::place(place)],
            through: BTreeSet::new(),
        };
        for each in found {
            let Some(note) = notes.get(&each.id) else { continue };
            let sure = note.condition.is_none();
            match gain.effects.iter_mut().find(|(effect, _)| *effect == note.effect) {
                Some((_, known)) => *known |= sure,
                None => gain.effects.push((&note.effect, sure)),
            }
            gain.through.extend(each.grants.iter().map(|grant| by(grant, arrow)));
        }
        // What is gained in the whole cluster needs no word in a namespace.
        if place.is_some() {
            let anywhere = |effect: &str| {
                let mut cluster = gains.iter().filter(|it| it.places == [lines::place(None)]);
                cluster.any(|it| it.effects.contains(&(effect, true)))
            };
            gain.effects.retain(|(effect, _)| !anywhere(effect));
        }
        if gain.effects.is_empty() {
            continue;
        }
        match gains.iter_mut().find(|it| it.effects == gain.effects && it.through == gain.through) {
            Some(known) => known.places.append(&mut gain.places),
            None => gains.push(gain),
        }
    }
    gains
}

/// What gives it: the binding, and the role where its name says more.
fn by(grant: &Grant, arrow: &str) -> String {
    if grant.role.name == grant.binding.name && grant.through.is_none() {
        return lines::object(&grant.binding);
    }
    lines::chain(grant, arrow)
}
