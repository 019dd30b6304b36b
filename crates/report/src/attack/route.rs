use std::collections::BTreeSet;

use merlon_model::{
    Action, AttackChange, AttackFact, AttackPath, AttackReport, AttackRoute, AttackStep,
    AttackTechnique, ChokePoints, Confidence, FactKind,
};

use crate::view;
use crate::visible::visible;

/// The facts that a route starts from: the one that the entry names, and what its paths take for
/// granted.
pub(super) fn starts(report: &AttackReport, route: &AttackRoute) -> BTreeSet<usize> {
    let named = report.facts.iter().position(|fact| fact.name == route.entry);
    let granted = all_paths(route).flat_map(|path| {
        let mut gained = BTreeSet::new();
        let mut granted = Vec::new();
        for (_, step) in steps(report, path) {
            let premises = step.premises.iter().copied();
            granted.extend(premises.filter(|premise| !gained.contains(premise)));
            gained.insert(step.conclusion);
        }
        granted
    });
    let entries = route.entries.iter().copied();
    entries.chain(named).chain(granted).filter(|&fact| fact < report.facts.len()).collect()
}

/// The facts that a route leads to: the one that the target names, and what its paths end with.
pub(super) fn goals(report: &AttackReport, route: &AttackRoute) -> BTreeSet<usize> {
    let named = report.facts.iter().position(|fact| fact.name == route.target);
    let last = all_paths(route).filter_map(|path| goal(report, path));
    named.into_iter().chain(last).filter(|&fact| fact < report.facts.len()).collect()
}

/// What a path ends with.
pub(super) fn goal(report: &AttackReport, path: &AttackPath) -> Option<usize> {
    steps(report, path).last().map(|(_, step)| step.conclusion)
}

/// The paths of a route and the one that nothing cuts, which need not be among them.
pub(super) fn all_paths(route: &AttackRoute) -> impl Iterator<Item = &AttackPath> {
    let uncut = match &route.choke_points {
        Some(ChokePoints::Impossible { path }) => Some(path),
        _ => None,
    };
    let uncut = uncut.filter(|uncut| !route.paths.contains(uncut));
    route.paths.iter().chain(uncut)
}

/// The steps of a path that the report has, with their places.
pub(super) fn steps<'r>(
    report: &'r AttackReport,
    path: &'r AttackPath,
) -> impl Iterator<Item = (usize, &'r AttackStep)> {
    path.steps.iter().filter_map(|&place| Some((place, report.steps.get(place)?)))
}

/// The changes of these places that the report has, with their places.
pub(super) fn changes<'r>(
    report: &'r AttackReport,
    places: &'r [usize],
) -> impl Iterator<Item = (usize, &'r AttackChange)> {
    places.iter().filter_map(|&place| Some((place, report.changes.get(place)?)))
}

/// What holding a fact means.
pub(super) fn fact_title(report: &AttackReport, fact: usize) -> &str {
    report.facts.get(fact).map_or("something that the report does not name", |fact| &fact.title)
}

/// A step's technique, when the report tells of it.
pub(super) fn technique<'r>(
    report: &'r AttackReport,
    step: &AttackStep,
) -> Option<&'r AttackTechnique> {
    report.techniques.get(&step.technique)
}

/// What an attacker does in a step, in a few words.
pub(super) fn step_title<'r>(report: &'r AttackReport, step: &'r AttackStep) -> &'r str {
    technique(report, step).map_or(&step.technique, |technique| &technique.title)
}

/// How sure a step is, in a word; nothing where it is certain.
pub(super) fn doubt(confidence: Confidence) -> Option<&'static str> {
    match confidence {
        Confidence::Certain => None,
        other => Some(confidence_word(other)),
    }
}

pub(super) fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Assumed => "assumed",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    }
}

/// The kind of a fact, in a word.
pub(super) fn kind_word(fact: &AttackFact) -> &'static str {
    match fact.kind {
        FactKind::Outside => "outside",
        FactKind::Identity => "identity",
        FactKind::Container => "container",
        FactKind::Workload => "workload",
        FactKind::Node => "node",
        FactKind::Secret => "secret",
        FactKind::Ability => "ability",
        FactKind::Cloud => "cloud",
        FactKind::Cluster => "cluster",
    }
}

/// Whether there is a way.
pub(super) fn is_reached(route: &AttackRoute) -> bool {
    all_paths(route).next().is_some()
}

/// What is to be said of routes of one entry that lead somewhere:
/// `any-pod reaches cluster-admin in 2 steps and node in 1 step`.
fn reached(routes: &[&AttackRoute]) -> String {
    let entry = routes.first().map_or("", |route| &route.entry);
    let targets = routes.iter().map(|route| {
        let length = all_paths(route).next().map_or(0, |path| path.steps.len());
        format!("{} in {}", route.target, view::count(length, "step"))
    });
    format!("{entry} reaches {}", listed(targets.collect(), "and"))
}

/// What is to be said of routes of one entry that lead nowhere:
/// `internet does not reach node or cloud-role; the furthest it gets: acts as serviceaccount shop/web`.
fn not_reached(report: &AttackReport, routes: &[&AttackRoute]) -> String {
    let entry = routes.first().map_or("", |route| route.entry.as_str());
    let targets = routes.iter().map(|route| route.target.clone()).collect();
    let extent = if report.gaps.is_empty() { "" } else { ", as far as could be seen" };
    // An entry that reaches other targets gets further than could be told.
    let is_whole = report.routes.iter().all(|other| other.entry != entry || !is_reached(other));
    let gained = routes.first().filter(|_| is_whole).map(|it| gained(it)).unwrap_or_default();
    format!("{entry} does not reach {}{extent}{gained}", listed(targets, "or"))
}

/// `; the furthest it gets: can read all secrets in the cluster (1 of 5)`
fn gained(route: &AttackRoute) -> String {
    let (told, all) = (route.furthest.len(), route.gained.unwrap_or_default());
    match told {
        0 => String::new(),
        _ => {
            let of = if all > told { format!(", and {} more", all - told) } else { String::new() };
            format!("; the furthest it gets: {}{of}", route.furthest.join(", "))
        }
    }
}

fn listed(words: Vec<String>, last_word: &str) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {last_word} {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What each entry reaches and what not, a line each, with whether it is reached.
pub(super) fn overview(report: &AttackReport) -> Vec<(bool, String)> {
    let mut lines = Vec::new();
    for of_entry in report.routes.chunk_by(|one, next| one.entry == next.entry) {
        let (ways, none): (Vec<&AttackRoute>, Vec<&AttackRoute>) =
            of_entry.iter().partition(|route| is_reached(route));
        if !ways.is_empty() {
            lines.push((true, reached(&ways)));
        }
        if !none.is_empty() {
            lines.push((false, not_reached(report, &none)));
        }
    }
    lines
}

/// How much was looked at, where no way was found.
pub(super) fn extent(report: &AttackReport) -> String {
    let merlon_model::AttackExtent { objects, facts, steps } = report.extent;
    format!(
        "Looked at {}: they let somebody hold {} by {}, and none of these leads there.",
        view::count(objects, "object"),
        view::count(facts, "thing"),
        view::count(steps, "step")
    )
}

/// A binding that a choke point changes, as `--without` takes it: `ClusterRoleBinding web`.
pub(super) fn taken_away(report: &AttackReport, route: &AttackRoute) -> Option<String> {
    let Some(ChokePoints::Cut { changes: cut, .. }) = &route.choke_points else { return None };
    changes(report, cut).flat_map(|(_, change)| &change.actions).find_map(|action| match action {
        Action::EditObject { object, .. } if object.kind.ends_with("RoleBinding") => {
            let text = object.to_string();
            (!text.contains(['\'', '\\']) && visible(&text) == text).then_some(text)
        }
        _ => None,
    })
}

/// What is to be said of a route in one line:
/// `internet reaches cluster-admin in 4 steps; at least 7 ways; 2 changes cut them all`.
pub(super) fn verdict(report: &AttackReport, route: &AttackRoute) -> String {
    let (entry, target) = (&route.entry, &route.target);
    let Some(shortest) = all_paths(route).next() else {
        return not_reached(report, &[route]);
    };
    let length = view::count(shortest.steps.len(), "step");
    let mut parts = vec![format!("{entry} reaches {target} in {length}")];
    match all_paths(route).count() {
        1 => {}
        ways => parts.push(format!("at least {ways} ways")),
    }
    parts.extend(route.choke_points.as_ref().map(|points| cut_words(points, route)));
    parts.join("; ")
}

fn cut_words(points: &ChokePoints, route: &AttackRoute) -> String {
    let all = if all_paths(route).nth(1).is_some() { "them all" } else { "every way" };
    match points {
        ChokePoints::Cut { changes, .. } => match changes.len() {
            1 => format!("1 change cuts {all}"),
            several => format!("{several} changes cut {all}"),
        },
        ChokePoints::Impossible { .. } => "no change cuts every way".to_owned(),
    }
}

/// What is known of how good the choke points are, without a final stop.
pub(super) fn proof_words(points: &ChokePoints) -> String {
    match points {
        ChokePoints::Cut { minimal: true, .. } => "no lighter set of changes does that".to_owned(),
        ChokePoints::Cut { at_least, .. } => {
            format!("a lighter set may exist, though none of a weight below {at_least}")
        }
        ChokePoints::Impossible { .. } => {
            "there is a way in which nothing can be changed".to_owned()
        }
    }
}
