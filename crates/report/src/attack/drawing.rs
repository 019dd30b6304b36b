use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{AttackFact, AttackReport, AttackStep};

use super::route;
use crate::Options;
use crate::visible::visible;

/// The part of the graph that a drawing shows, in the report's order.
pub(super) struct Drawing<'r> {
    /// The facts with their places.
    pub(super) facts: BTreeMap<usize, DrawnFact<'r>>,
    /// The steps with their places; all their facts are among those above.
    pub(super) steps: Vec<(usize, &'r AttackStep)>,
}

/// A fact, and whether a route starts from it or leads to it.
pub(super) struct DrawnFact<'r> {
    pub(super) fact: &'r AttackFact,
    pub(super) is_entry: bool,
    pub(super) is_target: bool,
}

impl<'r> Drawing<'r> {
    /// What the paths of all routes are made of, with where routes start and end; everything when
    /// the options ask for it.
    pub(super) fn of(report: &'r AttackReport, options: &Options<'_>) -> Self {
        let entries: BTreeSet<usize> =
            report.routes.iter().flat_map(|each| route::starts(report, each)).collect();
        let targets: BTreeSet<usize> =
            report.routes.iter().flat_map(|each| route::goals(report, each)).collect();
        let is_known = |(_, step): &(usize, &AttackStep)| {
            let facts = step.premises.iter().chain([&step.conclusion]);
            facts.into_iter().all(|&fact| fact < report.facts.len())
        };
        let on_paths: BTreeSet<usize> = report
            .routes
            .iter()
            .flat_map(route::all_paths)
            .flat_map(|path| path.steps.iter().copied())
            .collect();
        let steps: Vec<_> = report
            .steps
            .iter()
            .enumerate()
            .filter(|(place, _)| options.verbose || on_paths.contains(place))
            .filter(is_known)
            .collect();
        let mut shown: BTreeSet<usize> = entries.union(&targets).copied().collect();
        shown.extend(steps.iter().flat_map(|(_, step)| &step.premises));
        shown.extend(steps.iter().map(|(_, step)| step.conclusion));
        if options.verbose {
            shown.extend(0..report.facts.len());
        }
        let drawn = |place| {
            let fact = report.facts.get(place)?;
            let is_entry = entries.contains(&place);
            let is_target = targets.contains(&place);
            Some((place, DrawnFact { fact, is_entry, is_target }))
        };
        Self { facts: shown.into_iter().filter_map(drawn).collect(), steps }
    }
}

/// What to write at a step: the technique, and how sure it is where it is not certain.
pub(super) fn step_label(report: &AttackReport, step: &AttackStep) -> String {
    let title = visible(route::step_title(report, step));
    match route::doubt(step.confidence) {
        Some(doubt) => format!("{title} ({doubt})"),
        None => title.into_owned(),
    }
}
