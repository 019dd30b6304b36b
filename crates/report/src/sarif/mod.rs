//! SARIF 2.1.0, for code scanning and security tools.
//!
//! A fail is a result of kind `fail`; a justified finding is one with a suppression. An error is
//! `open` (3.27.9: what was seen does not suffice). What passes, does not apply or waits for a
//! person is written with [`Options::verbose`] only: GitHub's code scanning takes every result
//! for an alert, whatever its kind.

mod fix;
mod log;
mod place;

use std::collections::BTreeMap;
use std::io;

use merlon_controls::Control;
use merlon_model::{Finding, Outcome, Report, Severity};

use crate::scope::{self, Scope};
use crate::{Options, RenderError, view};
use log::{
    Configuration, Descriptor, Invocation, Log, Notification, ResultProperties, RuleProperties,
    Run, SarifResult, Suppression, TaxonReference, TaxonomyReference, Text, Tool, ToolComponent,
};
use place::Bases;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: vec![run(report, options)] };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)?;
    Ok(())
}

fn run(report: &Report, options: &Options<'_>) -> Run {
    let shown = |finding: &Finding| {
        let attention = [Outcome::Fail, Outcome::Error, Outcome::Justified];
        options.verbose || attention.contains(&finding.outcome)
    };
    let rules = severities(report.findings.iter().filter(|finding| shown(finding)));
    let ids: Vec<&str> = rules.keys().copied().collect();
    let taxa = taxa_by_finding(report);
    let bases = Bases::of(report);
    let results = report
        .findings
        .iter()
        .zip(taxa)
        .zip(view::fingerprints(report))
        .filter(|((finding, _), _)| shown(finding))
        .map(|((finding, taxa), fingerprint)| {
            let places = bases.places(finding);
            result(finding, places, fingerprint, taxa, &ids, options)
        })
        .collect();
    Run {
        tool: Tool { driver: driver(&report.tool, &rules) },
        invocations: vec![invocation(report)],
        original_uri_base_ids: bases.declared(),
        results,
        taxonomies: taxonomies(report),
        column_kind: "unicodeCodePoints",
    }
}

/// The severity of each control's worst finding, of those that fail if any does: a finding that
/// passes has the severity of the worst case.
fn severities<'r>(findings: impl Iterator<Item = &'r Finding>) -> BTreeMap<&'r str, Severity> {
    let mut worst: BTreeMap<&str, (bool, Severity)> = BTreeMap::new();
    for finding in findings {
        let fails = matches!(finding.outcome, Outcome::Fail | Outcome::Justified);
        let found = (fails, finding.severity);
        let entry = worst.entry(&finding.control).or_insert(found);
        *entry = (*entry).max(found);
    }
    worst.into_iter().map(|(control, (_, severity))| (control, severity)).collect()
}

fn driver(tool: &str, rules: &BTreeMap<&str, Severity>) -> ToolComponent {
    ToolComponent {
        name: "Merlon".to_owned(),
        full_name: Some(tool.to_owned()),
        version: tool.split_whitespace().nth(1).map(str::to_owned),
        information_uri: Some(env!("CARGO_PKG_REPOSITORY")),
        rules: rules.iter().map(|(id, severity)| rule(id, *severity)).collect(),
        taxa: Vec::new(),
    }
}

fn rule(id: &str, severity: Severity) -> Descriptor {
    let control = view::known_control(id);
    Descriptor {
        id: id.to_owned(),
        short_description: Text::plain(view::control_title(id)),
        full_description: control.map(|control| Text::plain(control.documentation.finds)),
        help: control.map(|control| {
            let documentation = &control.documentation;
            let markdown = format!(
                "{}\n\n## Severity\n\n{}\n\n## Why it matters\n\n{}\n\n## Options\n\n{}\n\n## When a deviation is \
                 acceptable\n\n{}",
                documentation.finds,
                control.explain_severity(),
                documentation.matters,
                documentation.options,
                documentation.acceptable
            );
            Text { text: markdown.clone(), markdown: Some(markdown) }
        }),
        default_configuration: Some(Configuration { level: level(severity) }),
        properties: Some(RuleProperties {
            tags: vec!["security", "kubernetes"],
            precision: "very-high",
            security_severity: security_severity(control, severity),
        }),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The control's score where its severity holds; where it was lowered or set otherwise, the
/// middle of GitHub's range for what it is now (from 9.0 critical, 7.0 high, 4.0 medium).
fn security_severity(control: Option<&Control>, severity: Severity) -> String {
    let score = control.map(|control| control.vector.score());
    match (score.filter(|score| score.severity() == severity), severity) {
        (Some(score), _) => score.to_string(),
        (None, Severity::Critical) => "9.5".to_owned(),
        (None, Severity::High) => "8.0".to_owned(),
        (None, Severity::Medium) => "5.5".to_owned(),
        (None, Severity::Low) => "2.0".to_owned(),
    }
}

fn result(
    finding: &Finding,
    mut places: Vec<log::Place>,
    fingerprint: String,
    taxa: Vec<TaxonReference>,
    rules: &[&str],
    options: &Options<'_>,
) -> SarifResult {
    let kind = match finding.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail | Outcome::Justified => "fail",
        Outcome::Manual => "review",
        Outcome::NotApplicable => "notApplicable",
        Outcome::Error => "open",
    };
    let related = places.split_off(1);
    let justification = view::justification_line(finding);
    SarifResult {
        rule_id: finding.control.clone(),
        rule_index: rules
            .binary_search(&finding.control.as_str())
            .expect("every finding that is shown has put its control among the rules"),
        kind,
        // 3.27.10: only a result of kind "fail" has another level than "none".
        level: if kind == "fail" { level(finding.severity) } else { "none" },
        message: message(finding, options),
        locations: places,
        related_locations: related
            .into_iter()
            .enumerate()
            .map(|(number, place)| log::Place { id: Some(number + 1), ..place })
            .collect(),
        partial_fingerprints: BTreeMap::from([("findingIdentity/v1", fingerprint)]),
        baseline_state: finding.baseline,
        suppressions: justification
            .map(|justification| Suppression {
                kind: "external",
                status: "accepted",
                justification,
            })
            .into_iter()
            .collect(),
        taxa,
        fixes: (options.fix)(finding).map(fix::of).into_iter().collect(),
        properties: ResultProperties {
            outcome: finding.outcome.as_str(),
            severity: finding.severity.as_str(),
            expected: finding.expected.clone(),
            cause: finding.cause.clone(),
        },
    }
}

/// Why, what would pass and what to do.
fn message(finding: &Finding, options: &Options<'_>) -> Text {
    let place = match view::manifest_place(finding) {
        Some(_) => String::new(),
        None => format!(" on {}", finding.scope),
    };
    let mut text = format!("{}{place}: {}", finding.resource, finding.message);
    if let Some(expected) = &finding.expected {
        text.push_str(&format!("; expected: {expected}"));
    }
    for action in &finding.actions {
        let remedy = (options.remedy)(action);
        text.push_str(&format!("; to do: {}", view::remedy_line(action, &remedy)));
    }
    escaped(&text)
}

/// A text as a message: brackets would be links (3.11.6), braces placeholders (3.11.5).
fn escaped(text: &str) -> Text {
    let text = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    Text::plain(text.replace('{', "{{").replace('}', "}}"))
}

fn invocation(report: &Report) -> Invocation {
    let gaps = scope::scopes(report).flat_map(|scope| {
        let line = move |gap: &String| format!("not seen of {}: {gap}", scope.name);
        scope.gaps.iter().map(line).map(|text| notification("warning", text))
    });
    let problem = |scope: Scope<'_>| {
        let problem = scope.benchmark_problem?;
        Some(notification("error", format!("{} has no benchmark: {problem}", scope.name)))
    };
    let notes = report.justification_notes.iter().map(|note| {
        let text = format!("{}: {}: {}", note.written_in, note.subject, note.message);
        notification("warning", text)
    });
    Invocation {
        execution_successful: true,
        end_time_utc: utc(&report.taken_at),
        tool_execution_notifications: gaps.collect(),
        tool_configuration_notifications: scope::scopes(report)
            .filter_map(problem)
            .chain(notes)
            .collect(),
    }
}

fn notification(level: &'static str, text: String) -> Notification {
    Notification { level, message: Text::plain(text.replace('{', "{{").replace('}', "}}")) }
}

/// A time in the form that SARIF asks for (3.9); nothing when the report's is none.
fn utc(time: &str) -> Option<String> {
    let time: jiff::Timestamp = time.parse().ok()?;
    Some(time.to_string())
}

/// Every benchmark of the report as a taxonomy, its sections as taxa.
fn taxonomies(report: &Report) -> Vec<ToolComponent> {
    let mut taxonomies: BTreeMap<&str, ToolComponent> = BTreeMap::new();
    for benchmark in scope::benchmarks(report) {
        let taxonomy = taxonomies.entry(&benchmark.id).or_insert_with(|| ToolComponent {
            name: benchmark.id.clone(),
            full_name: Some(benchmark.name.clone()),
            version: None,
            information_uri: None,
            rules: Vec::new(),
            taxa: Vec::new(),
        });
        for section in &benchmark.sections {
            if taxonomy.taxa.iter().all(|taxon| taxon.id != section.id) {
                taxonomy.taxa.push(Descriptor {
                    id: section.id.clone(),
                    short_description: Text::plain(section.title.clone()),
                    full_description: None,
                    help: None,
                    default_configuration: None,
                    properties: None,
                });
            }
        }
    }
    taxonomies.into_values().collect()
}

fn taxa_by_finding(report: &Report) -> Vec<Vec<TaxonReference>> {
    let mut taxa: Vec<Vec<TaxonReference>> = report.findings.iter().map(|_| Vec::new()).collect();
    for benchmark in scope::benchmarks(report) {
        for section in &benchmark.sections {
            for &place in &section.findings {
                let Some(taxa) = taxa.get_mut(place) else { continue };
                taxa.push(TaxonReference {
                    id: section.id.clone(),
                    tool_component: TaxonomyReference { name: benchmark.id.clone() },
                });
            }
        }
    }
    taxa
}
