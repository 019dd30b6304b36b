use std::collections::BTreeSet;
use std::io;

use anstyle::Style;
use merlon_model::{AttackSummary, Outcome, Report};

use super::page::{Page, outcome_style};
use crate::view::count;

/// Changes that are told before they are only counted.
pub(crate) const TOLD: usize = 10;

/// What an attacker gets to, the changes that cut it off, and how little of all that fails lies on the way.
pub(super) fn summary(
    page: &mut Page<'_, impl io::Write>,
    report: &Report,
    attack: &AttackSummary,
) -> io::Result<()> {
    if attack.routes.is_empty() {
        let text = format!("none that the objects show (threat model {})", attack.threat_model);
        return page.paragraph(
            0,
            "Attack paths: ",
            outcome_style(Outcome::Pass),
            &text,
            Style::new(),
        );
    }
    let style = outcome_style(Outcome::Fail);
    page.paragraph(0, "Attack paths: ", style, &reached(attack), Style::new().bold())?;
    page.words(0, "The shortest:")?;
    for route in &attack.routes {
        let way = format!("{}: {}", route.target, route.way.join(page.arrow()));
        page.words(2, &way)?;
    }
    if !attack.changes.is_empty() {
        let least = if attack.minimal { "; no lighter set does" } else { "" };
        page.words(0, &format!("{}{least}:", cut(attack)))?;
        for (number, change) in attack.changes.iter().take(TOLD).enumerate() {
            page.words(2, &format!("{}. {change}", number + 1))?;
        }
        if attack.changes.len() > TOLD {
            let more = attack.changes.len() - TOLD;
            page.words(2, &format!("and {more} more, which `merlon paths` shows"))?;
        }
    }
    page.words(0, &noise(report, attack))
}

/// `any-pod reaches node; internet and any-pod reach cluster-admin (threat model general)`
pub(crate) fn reached(attack: &AttackSummary) -> String {
    let mut by_entries: Vec<(BTreeSet<&str>, BTreeSet<&str>)> = Vec::new();
    for route in &attack.routes {
        let mut entries: BTreeSet<&str> = route.entries.iter().map(String::as_str).collect();
        entries.insert(&route.entry);
        match by_entries.iter_mut().find(|(other, _)| *other == entries) {
            Some((_, targets)) => _ = targets.insert(&route.target),
            None => by_entries.push((entries, BTreeSet::from([route.target.as_str()]))),
        }
    }
    let clauses = by_entries.into_iter().map(|(entries, targets)| {
        let verb = if entries.len() == 1 { "reaches" } else { "reach" };
        format!("{} {verb} {}", list(entries), list(targets))
    });
    let clauses: Vec<String> = clauses.collect();
    format!("{} (threat model {})", clauses.join("; "), attack.threat_model)
}

pub(crate) fn cut(attack: &AttackSummary) -> String {
    let removable: BTreeSet<&str> =
        attack.routes.iter().filter(|it| it.removable).map(|it| it.target.as_str()).collect();
    match attack.changes.len() {
        1 => format!("This change removes every path to {}", list(removable)),
        many => format!("These {many} changes remove every path to {}", list(removable)),
    }
}

fn list(words: BTreeSet<&str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// `4 of 61 findings lie on a path: look at these first`
pub(crate) fn noise(report: &Report, attack: &AttackSummary) -> String {
    let (fails, on_paths) = (report.summary.get(Outcome::Fail), attack.findings_on_paths);
    let rest = fails.saturating_sub(on_paths);
    let percent = (rest * 100).checked_div(fails).unwrap_or_default();
    format!(
        "{on_paths} of {} lie on a path: {percent} % less to look at first",
        count(fails, "finding")
    )
}
