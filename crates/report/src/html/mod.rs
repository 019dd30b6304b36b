//! One self-contained page, for an auditor's browser or printer.
//!
//! The page loads nothing. Its content security policy allows exactly the style and the script
//! that are part of this crate, by their digests, so that even markup which slipped through
//! escaping could run nothing.

mod attack;
mod documentation;
mod finding;
mod inventory;
mod item;
mod labels;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use merlon_model::{BenchmarkReport, Counts, Finding, NodeReport, Outcome, Report, Severity};
use sha2::{Digest, Sha256};

use crate::visible::visible;
use crate::{Options, RenderError, order, scope, view};
use item::Part;
use labels::Labels;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    out.write_all(page(report, options).into_string().as_bytes())?;
    writeln!(out)?;
    Ok(())
}

fn page(report: &Report, options: &Options<'_>) -> Markup {
    let parts = item::parts(report);
    let labels = Labels::of(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(content_security_policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { "Kubernetes security report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header.top {
                    h1 { "Kubernetes security report" }
                    p.muted {
                        "Collected " time { (visible(&report.taken_at)) }
                        ", evaluated by " (visible(&report.tool))
                    }
                }
                main {
                    (overview(report))
                    (attack::section(report))
                    @if !report.nodes.is_empty() { (nodes(report)) }
                    @if !report.inventories.is_empty() { (inventory::inventories(report)) }
                    (gaps(report))
                    (justification_notes(report))
                    @if !parts.is_empty() { (filters(report, &labels)) (order_of_marks(report)) }
                    div #parts { @for part in &parts { (part_section(report, part, &labels, options)) } }
                    p #nothing hidden { "Nothing matches the filters." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn content_security_policy() -> String {
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}

fn overview(report: &Report) -> Markup {
    let failing = |severity| {
        let fails = |f: &&Finding| f.outcome == Outcome::Fail && f.severity == severity;
        report.findings.iter().filter(fails).count()
    };
    html! {
        section.overview aria-label="Summary" {
            p.verdict { (verdict(report)) }
            div.severities {
                @for severity in Severity::ALL.into_iter().rev() {
                    @let number = failing(severity);
                    div class={ "tile " (severity) @if number == 0 { " zero" } } {
                        span.value { (number) }
                        span.name { (severity) " failing" }
                    }
                }
            }
            @let counts = view::counts(&report.findings);
            (bar(&counts, "all findings"))
            (legend(&counts))
        }
    }
}

fn verdict(report: &Report) -> String {
    if let Some(why) = scope::nothing_judged(report) {
        return why.to_owned();
    }
    let counts = view::counts(&report.findings);
    let all: usize = counts.0.values().fold(0, |sum, number| sum.saturating_add(*number));
    let findings = view::count(all, "finding");
    let fails = report.summary.get(Outcome::Fail);
    let causes = match report.causes {
        0 => String::new(),
        causes if causes == fails => String::new(),
        causes => format!(", of {}", view::count(causes, "root cause")),
    };
    let errors = match report.summary.get(Outcome::Error) {
        0 => String::new(),
        errors => format!("; {errors} could not be evaluated"),
    };
    let place = if report.inventories.is_empty() { "on" } else { "in" };
    let extent = scope::extent(report);
    let mut text = format!("{fails} of {findings} {place} {extent} fail{causes}{errors}.");
    if let Some((new, known, gone)) = view::against_baseline(report) {
        text.push_str(&format!(" Against the baseline: {new} new, {known} known, {gone} gone."));
    }
    text
}

/// The shares of the outcomes, those that want attention first.
fn bar(counts: &Counts, of: &str) -> Markup {
    let each = Outcome::ALL.into_iter().map(|outcome| counts.get(outcome));
    let total = each.fold(0, usize::saturating_add);
    let mut start = 0;
    let mut shares = Vec::new();
    for outcome in BAR_ORDER {
        let number = counts.get(outcome);
        if number > 0 {
            shares.push((outcome, start, number));
            start = usize::saturating_add(start, number);
        }
    }
    let words: Vec<String> = shares
        .iter()
        .map(|(outcome, _, number)| format!("{number} {}", finding::outcome_words(*outcome)))
        .collect();
    html! {
        @if total > 0 {
            svg.bar role="img" aria-label=(format!("{of}: {}", words.join(", ")))
                viewBox=(format!("0 0 {total} 1")) preserveAspectRatio="none" {
                @for (outcome, start, number) in &shares {
                    rect class=(outcome) x=(start) y="0" width=(number) height="1" {
                        title { (number) " " (finding::outcome_words(*outcome)) }
                    }
                }
            }
        }
    }
}

const BAR_ORDER: [Outcome; 6] = [
    Outcome::Fail,
    Outcome::Error,
    Outcome::Manual,
    Outcome::Justified,
    Outcome::Pass,
    Outcome::NotApplicable,
];

fn legend(counts: &Counts) -> Markup {
    html! {
        ul.legend {
            @for outcome in BAR_ORDER {
                li { (finding::outcome_badge(outcome)) " " (counts.get(outcome)) }
            }
        }
    }
}

fn nodes(report: &Report) -> Markup {
    html! {
        section aria-label="Nodes" {
            h2 { "Nodes" }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Node" } th scope="col" { "Platform" }
                            th scope="col" { "Runs" } th scope="col" { "Benchmark" }
                            th scope="col" { "Outcomes" }
                        }
                    }
                    tbody { @for node in &report.nodes { (node_row(report, node)) } }
                }
            }
        }
    }
}

fn node_row(report: &Report, node: &NodeReport) -> Markup {
    let own = report.findings.iter().filter(|finding| finding.scope == node.name);
    let (counts, of) = match &node.benchmark {
        Some(benchmark) => (benchmark.summary.clone(), "sections"),
        None => (view::counts(own), "findings"),
    };
    html! {
        tr {
            th scope="row" {
                (visible(&node.name))
                div.muted {
                    @for (number, role) in node.roles.iter().enumerate() {
                        @if number > 0 { ", " } (role)
                    }
                }
            }
            td data-label="Platform" {
                (visible(node.distribution.as_deref().unwrap_or("not recognised")))
                " " (visible(node.kubernetes_version.as_deref().unwrap_or("")))
                @if node.through_api {
                    div.muted { "Seen through the API server: only the arguments of static pods" }
                }
                @for evidence in &node.distribution_evidence {
                    div.muted { (visible(&view::evidence_line(evidence))) }
                }
            }
            td data-label="Runs" {
                @if node.components.is_empty() { "no component of Kubernetes" }
                @for component in &node.components {
                    div.component {
                        (visible(&component.name)) " "
                        span.muted {
                            (visible(component.version.as_deref().unwrap_or("")))
                            @if component.pid.is_none() { " (not running)" }
                        }
                    }
                }
            }
            (benchmark_cell(node.benchmark.as_ref(), node.benchmark_problem.as_ref()))
            (outcomes_cell(&counts, of))
        }
    }
}

fn benchmark_cell(benchmark: Option<&BenchmarkReport>, problem: Option<&String>) -> Markup {
    html! {
        td data-label="Benchmark" {
            @match (benchmark, problem) {
                (Some(benchmark), _) => {
                    (visible(&benchmark.name))
                    div.muted { (visible(&benchmark.why)) }
                },
                (None, Some(problem)) => (visible(problem)),
                (None, None) => "none",
            }
        }
    }
}

fn outcomes_cell(counts: &Counts, of: &str) -> Markup {
    html! { td.outcomes data-label="Outcomes" { (bar(counts, of)) (short_counts(counts)) } }
}

/// `5 fail, 2 error, 60 pass` with what is zero left out.
fn short_counts(counts: &Counts) -> Markup {
    let words: Vec<String> = BAR_ORDER
        .into_iter()
        .filter(|outcome| counts.get(*outcome) > 0)
        .map(|outcome| format!("{} {}", counts.get(outcome), finding::outcome_words(outcome)))
        .collect();
    html! { div.muted { (words.join(", ")) } }
}

fn gaps(report: &Report) -> Markup {
    let with_gaps = || scope::scopes(report).filter(|scope| !scope.gaps.is_empty());
    let causes = order::causes(report);
    html! {
        @if with_gaps().next().is_some() || !causes.is_empty() {
            section.attention aria-label="What could not be seen" {
                h2 { "What could not be seen" }
                @if !causes.is_empty() {
                    p { "These findings could not be evaluated. They are neither passed nor failed." }
                    ul {
                        @for cause in &causes {
                            li {
                                strong { (view::count(cause.findings.len(), "finding")) } ": "
                                (visible(cause.cause))
                            }
                        }
                    }
                }
                @for scope in with_gaps() {
                    details {
                        summary { (scope_name(scope.name)) ": " (view::count(scope.gaps.len(), "gap")) }
                        ul { @for gap in scope.gaps { li { (visible(gap)) } } }
                    }
                }
            }
        }
    }
}

/// A node, cluster or set of manifests by name; the directory that was scanned has none.
fn scope_name(name: &str) -> Cow<'_, str> {
    if name == "." { "working directory".into() } else { visible(name) }
}

fn justification_notes(report: &Report) -> Markup {
    html! {
        @if !report.justification_notes.is_empty() {
            section.attention aria-label="Justifications that need care" {
                h2 { "Justifications that need care" }
                ul {
                    @for note in &report.justification_notes {
                        li {
                            strong { (visible(&note.subject)) } ": " (visible(&note.message)) " "
                            code.place { (visible(&note.written_in)) }
                        }
                    }
                }
            }
        }
    }
}

/// The outcomes that are shown at first: what wants attention, where anything does and no benchmark
/// asks for every section.
fn wanted_at_first(report: &Report, counts: &Counts) -> Option<&'static [Outcome]> {
    const ATTENTION: &[Outcome] = &[Outcome::Fail, Outcome::Error, Outcome::Manual];
    let wants = ATTENTION.iter().any(|outcome| counts.get(*outcome) > 0);
    (wants && scope::benchmarks(report).next().is_none()).then_some(ATTENTION)
}

/// Hidden until the script, which they need, shows them.
fn filters(report: &Report, labels: &Labels<'_>) -> Markup {
    let counts = view::counts(&report.findings);
    let wanted = wanted_at_first(report, &counts);
    html! {
        form.filters #filters hidden role="search" aria-label="Filter findings" {
            input #search type="search" placeholder="Search" aria-label="Search in all text";
            fieldset {
                legend.hidden { "Outcomes" }
                @for outcome in BAR_ORDER {
                    @if counts.get(outcome) > 0 {
                        label class={ "toggle " (outcome) } {
                            input type="checkbox" name="outcome" value=(outcome)
                                checked[wanted.is_none_or(|wanted| wanted.contains(&outcome))];
                            (finding::outcome_words(outcome)) " "
                            span.muted { (counts.get(outcome)) }
                        }
                    }
                }
            }
            select #severity aria-label="Severity" {
                option value="" { "any severity" }
                @for severity in Severity::ALL.into_iter().rev() {
                    option value=(severity) { (severity) }
                }
            }
            @if scope::has_several_scopes(report) {
                @let all =
                    if report.inventories.is_empty() { "all nodes" } else { "all nodes and objects" };
                select #node aria-label="Node or set of objects" {
                    option value="" { (all) }
                    @for (place, scope) in scope::scopes(report).enumerate() {
                        option value=(place) { (scope_name(scope.name)) }
                    }
                }
            }
            (choice("namespace", "Namespace", "all namespaces", &labels.namespaces))
            (choice("kind", "Kind", "all kinds", &labels.kinds))
            button #unfold type="button" { "Unfold all" }
            output #shown aria-live="polite" {}
        }
    }
}

/// A filter over what objects are called; nothing where all are called the same.
fn choice(id: &str, label: &str, all: &str, names: &BTreeMap<&str, usize>) -> Markup {
    html! {
        @if names.len() > 1 {
            select id=(id) aria-label=(label) {
                option value="" { (all) }
                @for (name, place) in names { option value=(place) { (visible(name)) } }
            }
        }
    }
}

/// What the marks of a row stand for, which only titles say otherwise.
fn order_of_marks(report: &Report) -> Markup {
    let names: Vec<&str> = scope::scopes(report).map(|scope| scope.name).collect();
    html! {
        @if (2..=finding::NODES_MARKED).contains(&names.len()) {
            p.order.muted {
                "The marks of a row stand for " (visible(&names.join(", "))) ", in this order."
            }
        }
    }
}

fn part_section(
    report: &Report,
    part: &Part<'_>,
    labels: &Labels<'_>,
    options: &Options<'_>,
) -> Markup {
    let counts = Counts::of(part.items.iter().map(|item| item.outcome));
    html! {
        section.part {
            header {
                h2 { (visible(&part.title)) }
                (short_counts(&counts))
            }
            @for item in &part.items { (finding::item(report, item, labels, options)) }
        }
    }
}
