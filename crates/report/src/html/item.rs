//! What the page lists: sections of benchmarks, or controls where there is no benchmark.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Outcome, Report, SectionReport, Severity};

use crate::order::{Alike, alike_among};
use crate::{scope, view};

/// A heading with items below it.
pub(super) struct Part<'r> {
    pub(super) title: String,
    pub(super) items: Vec<Item<'r>>,
}

/// A section or a control, over all nodes and inventories.
pub(super) struct Item<'r> {
    /// The section's id; nothing for a control.
    pub(super) number: Option<&'r str>,
    pub(super) title: String,
    pub(super) controls: Vec<&'r str>,
    pub(super) outcome: Outcome,
    /// The worst severity among findings of the outcome.
    pub(super) severity: Option<Severity>,
    /// The outcome on each node or inventory that has the item, by its place in [`crate::scope::scopes`].
    pub(super) nodes: BTreeMap<usize, Outcome>,
    pub(super) findings: Vec<Alike<'r>>,
}

/// Benchmarks with their chapters; then the findings that no section asks for, by severity.
pub(super) fn parts(report: &Report) -> Vec<Part<'_>> {
    let mut parts = benchmark_parts(report);
    let answered: BTreeSet<usize> = scope::benchmarks(report)
        .flat_map(|benchmark| &benchmark.sections)
        .flat_map(|section| section.findings.iter().copied())
        .collect();
    let beside = if parts.is_empty() { "" } else { ", outside of the benchmark" };
    for severity in Severity::ALL.into_iter().rev() {
        let items = control_items(report, severity, &answered);
        if !items.is_empty() {
            parts.push(Part { title: format!("{}{beside}", capital(severity)), items });
        }
    }
    parts
}

fn capital(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    }
}

fn benchmark_parts(report: &Report) -> Vec<Part<'_>> {
    let mut benchmarks: Vec<(&str, &str)> = Vec::new();
    for benchmark in scope::benchmarks(report) {
        if benchmarks.iter().all(|(id, _)| *id != benchmark.id) {
            benchmarks.push((&benchmark.id, &benchmark.name));
        }
    }
    let several = benchmarks.len() > 1;
    let parts = benchmarks.into_iter().flat_map(|(id, name)| {
        chapters(report, id).into_iter().map(move |(target, sections)| {
            let number = sections[0].1.id.split('.').next().unwrap_or_default();
            let title = view::target_title(target);
            let title = if several {
                format!("{name}: {number} {title}")
            } else {
                format!("{number} {title}")
            };
            Part { title, items: section_items(report, &sections) }
        })
    });
    parts.collect()
}

/// A section of one node or inventory, with its place in [`crate::scope::scopes`].
type Placed<'r> = (usize, &'r SectionReport);

/// The sections of a benchmark over all nodes by target, in the order of their first appearance.
fn chapters<'r>(report: &'r Report, benchmark: &str) -> Vec<(&'r str, Vec<Placed<'r>>)> {
    let mut chapters: Vec<(&str, Vec<Placed<'_>>)> = Vec::new();
    for (place, scope) in scope::scopes(report).enumerate() {
        let Some(own) = scope.benchmark.filter(|own| own.id == benchmark) else { continue };
        for section in &own.sections {
            match chapters.iter_mut().find(|(target, _)| *target == section.target) {
                Some((_, sections)) => sections.push((place, section)),
                None => chapters.push((&section.target, vec![(place, section)])),
            }
        }
    }
    chapters
}

fn section_items<'r>(report: &'r Report, sections: &[Placed<'r>]) -> Vec<Item<'r>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut merged: Vec<Vec<Placed<'r>>> = Vec::new();
    for &(node, section) in sections {
        let place = *places.entry(&section.id).or_insert_with(|| {
            merged.push(Vec::new());
            merged.len() - 1
        });
        merged[place].push((node, section));
    }
    merged.iter().map(|same| section_item(report, same)).collect()
}

fn section_item<'r>(report: &'r Report, same: &[Placed<'r>]) -> Item<'r> {
    let first = same[0].1;
    let nodes: BTreeMap<usize, Outcome> =
        same.iter().map(|(node, section)| (*node, section.outcome)).collect();
    let outcome = Outcome::combine(nodes.values().copied()).unwrap_or(first.outcome);
    let mut controls: Vec<&str> = Vec::new();
    for control in same.iter().flat_map(|(_, section)| &section.controls) {
        if !controls.contains(&control.as_str()) {
            controls.push(control);
        }
    }
    let mut deciding = same.iter().filter(|(_, section)| section.outcome == outcome);
    let severities = deciding.clone();
    // What one node's section rests on says nothing of the other nodes.
    let title = match (deciding.next(), same.len()) {
        (Some((_, section)), 1) => view::section_statement(report, section),
        _ => view::statement(&first.title, outcome),
    };
    Item {
        number: Some(&first.id),
        title,
        controls,
        outcome,
        severity: severities.filter_map(|(_, s)| view::section_severity(report, s)).max(),
        nodes,
        findings: by_attention(alike_among(
            report,
            same.iter().flat_map(|(_, section)| section.findings.iter().copied()),
        )),
    }
}

fn control_items<'r>(
    report: &'r Report,
    severity: Severity,
    answered: &BTreeSet<usize>,
) -> Vec<Item<'r>> {
    let mut by_control: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, finding) in report.findings.iter().enumerate() {
        if finding.severity == severity && !answered.contains(&place) {
            by_control.entry(&finding.control).or_default().push(place);
        }
    }
    let mut items: Vec<Item<'_>> = by_control
        .into_iter()
        .filter_map(|(control, places)| control_item(report, control, &places))
        .collect();
    items.sort_by_key(|item| attention(item.outcome));
    items
}

fn control_item<'r>(report: &'r Report, control: &'r str, places: &[usize]) -> Option<Item<'r>> {
    let scopes: Vec<&str> = scope::scopes(report).map(|scope| scope.name).collect();
    let mut nodes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for finding in places.iter().map(|&place| &report.findings[place]) {
        let Some(node) = scopes.iter().position(|name| *name == finding.scope) else {
            continue;
        };
        let known = nodes.get(&node).copied();
        nodes.extend(
            Outcome::combine(known.into_iter().chain([finding.outcome])).map(|o| (node, o)),
        );
    }
    let outcome = Outcome::combine(places.iter().map(|&place| report.findings[place].outcome))?;
    let worst = places
        .iter()
        .map(|&place| &report.findings[place])
        .filter(|finding| finding.outcome == outcome)
        .map(|finding| finding.severity)
        .max();
    Some(Item {
        number: None,
        title: view::control_statement(control, outcome),
        controls: vec![control],
        outcome,
        severity: worst,
        nodes,
        findings: by_attention(alike_among(report, places.iter().copied())),
    })
}

fn by_attention(mut findings: Vec<Alike<'_>>) -> Vec<Alike<'_>> {
    findings.sort_by_key(|group| attention(group.finding.outcome));
    findings
}

/// The order in which readers want outcomes, the reverse of [`Outcome::combine`]'s weights.
fn attention(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Error => 1,
        Outcome::Manual => 2,
        Outcome::Justified => 3,
        Outcome::Pass => 4,
        Outcome::NotApplicable => 5,
    }
}
