use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{
    AttackChange, AttackPath, AttackReport, AttackRoute, AttackStep, AttackTechnique, ChokePoints,
    Confidence, Evidence,
};
use serde::Serialize;

use super::route;
use crate::visible::visible;
use crate::{Options, view};

/// The report as the page's script reads it, safe inside of a `script` element: every text is made
/// visible, and every place of a fact, step or change exists.
pub(super) fn json(
    report: &AttackReport,
    options: &Options<'_>,
) -> Result<String, serde_json::Error> {
    let data = Data {
        facts: report.facts.iter().map(fact).collect(),
        steps: report.steps.iter().map(|each| step(report, each)).collect(),
        techniques: report.techniques.iter().map(technique).collect(),
        changes: report.changes.iter().map(|each| change(each, options)).collect(),
        routes: report.routes.iter().map(|each| route_of(report, each)).collect(),
        gaps: report.gaps.iter().map(|gap| visible(gap)).collect(),
    };
    // `<` would let a text end the element; all three are only ever within JSON's texts.
    let json = serde_json::to_string(&data)?;
    Ok(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

#[derive(Serialize)]
struct Data<'r> {
    facts: Vec<Fact<'r>>,
    /// Nothing for a step that names facts which the report does not have.
    steps: Vec<Option<Step<'r>>>,
    techniques: BTreeMap<Cow<'r, str>, Technique<'r>>,
    changes: Vec<Change<'r>>,
    routes: Vec<Route<'r>>,
    gaps: Vec<Cow<'r, str>>,
}

#[derive(Serialize)]
struct Fact<'r> {
    kind: &'static str,
    name: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<Cow<'r, str>>,
    title: Cow<'r, str>,
}

fn fact(fact: &merlon_model::AttackFact) -> Fact<'_> {
    Fact {
        kind: route::kind_word(fact),
        name: visible(&fact.name),
        namespace: fact.namespace.as_deref().map(visible),
        title: visible(&fact.title),
    }
}

#[derive(Serialize)]
struct Step<'r> {
    technique: Cow<'r, str>,
    premises: Vec<usize>,
    conclusion: usize,
    /// 0 for assumed, 1 for likely, 2 for certain.
    confidence: u8,
    /// Statement and place.
    evidence: Vec<(Cow<'r, str>, Option<String>)>,
    changes: Vec<usize>,
    commands: Vec<String>,
}

fn step<'r>(report: &'r AttackReport, step: &'r AttackStep) -> Option<Step<'r>> {
    let premises: BTreeSet<usize> = step.premises.iter().copied().collect();
    let is_known = |fact: &usize| *fact < report.facts.len();
    if !premises.iter().chain([&step.conclusion]).all(is_known) {
        return None;
    }
    Some(Step {
        technique: visible(&step.technique),
        premises: premises.into_iter().collect(),
        conclusion: step.conclusion,
        confidence: sureness(step.confidence),
        evidence: step.evidence.iter().map(evidence).collect(),
        changes: route::changes(report, &step.changes).map(|(place, _)| place).collect(),
        commands: step.commands.iter().map(|command| visible_lines(command)).collect(),
    })
}

fn sureness(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Assumed => 0,
        Confidence::Likely => 1,
        Confidence::Certain => 2,
    }
}

fn evidence(evidence: &Evidence) -> (Cow<'_, str>, Option<String>) {
    let place = evidence.location.as_ref().map(|location| visible(&location.to_string()).into());
    (visible(&evidence.statement), place)
}

fn visible_lines(command: &str) -> String {
    command.lines().map(visible).collect::<Vec<_>>().join("\n")
}

#[derive(Serialize)]
struct Technique<'r> {
    title: Cow<'r, str>,
    reason: Cow<'r, str>,
    references: Vec<Cow<'r, str>>,
}

fn technique<'r>(
    (id, technique): (&'r String, &'r AttackTechnique),
) -> (Cow<'r, str>, Technique<'r>) {
    let technique = Technique {
        title: visible(&technique.title),
        reason: visible(&technique.reason),
        references: technique.references.iter().map(|each| visible(each)).collect(),
    };
    (visible(id), technique)
}

#[derive(Serialize)]
struct Change<'r> {
    title: Cow<'r, str>,
    weight: u32,
    remedies: Vec<ChangeRemedy>,
}

#[derive(Serialize)]
struct ChangeRemedy {
    summary: String,
    commands: Vec<String>,
}

fn change<'r>(change: &'r AttackChange, options: &Options<'_>) -> Change<'r> {
    let remedies = change.actions.iter().map(|action| {
        let remedy = (options.remedy)(action);
        ChangeRemedy {
            summary: visible(&view::remedy_line(action, &remedy)).into(),
            commands: remedy.commands.iter().map(|command| visible_lines(command)).collect(),
        }
    });
    Change { title: visible(&change.title), weight: change.weight, remedies: remedies.collect() }
}

#[derive(Serialize)]
struct Route<'r> {
    entry: Cow<'r, str>,
    target: Cow<'r, str>,
    starts: BTreeSet<usize>,
    goals: BTreeSet<usize>,
    paths: Vec<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Points>,
}

#[derive(Serialize)]
struct Path {
    steps: Vec<usize>,
    confidence: u8,
}

#[derive(Serialize)]
struct Points {
    changes: Vec<usize>,
    note: String,
}

fn route_of<'r>(report: &'r AttackReport, each: &'r AttackRoute) -> Route<'r> {
    Route {
        entry: visible(&each.entry),
        target: visible(&each.target),
        starts: route::starts(report, each),
        goals: route::goals(report, each),
        paths: route::all_paths(each).map(|each| path(report, each)).collect(),
        points: each.choke_points.as_ref().map(|each| points(report, each)),
    }
}

fn path(report: &AttackReport, path: &AttackPath) -> Path {
    let known = route::steps(report, path).filter(|(_, each)| step(report, each).is_some());
    Path { steps: known.map(|(place, _)| place).collect(), confidence: sureness(path.confidence) }
}

fn points(report: &AttackReport, points: &ChokePoints) -> Points {
    let changes = match points {
        ChokePoints::Cut { changes, .. } => {
            route::changes(report, changes).map(|(place, _)| place).collect()
        }
        ChokePoints::Impossible { .. } => Vec::new(),
    };
    let words = match points {
        ChokePoints::Cut { .. } => {
            format!("All of them cut every way; {}.", route::proof_words(points))
        }
        ChokePoints::Impossible { .. } => {
            format!("No changes cut every way: {}.", route::proof_words(points))
        }
    };
    Points { changes, note: words }
}
