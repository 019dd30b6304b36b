//! One self-contained page, for an auditor's browser or printer.
//!
//! The page loads nothing. Its content security policy allows exactly the style and the script
//! that are part of this crate, by their digests, so that even markup which slipped through
//! escaping could run nothing.

mod documentation;
mod finding;
mod item;

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use merlon_model::{Counts, Finding, NodeReport, Outcome, Report, Severity};
use sha2::{Digest, Sha256};

use crate::visible::visible;
use crate::{Options, RenderError, order, view};
use item::Part;

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
                    (nodes(report))
                    (gaps(report))
                    (justification_notes(report))
                    @if !parts.is_empty() { (filters(report)) (order_of_marks(report)) }
                    div #parts { @for part in &parts { (part_section(report, part, options)) } }
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
            (bar(&report.summary, "all findings"))
            (legend(&report.summary))
        }
    }
}

fn verdict(report: &Report) -> String {
    if report.nodes.is_empty() {
        return "The report has no node, so nothing was judged.".to_owned();
    }
    if view::is_without_kubernetes(report) {
        return "Nothing of Kubernetes was found, so nothing was judged.".to_owned();
    }
    let nodes = view::count(report.nodes.len(), "node");
    let findings = view::count(report.findings.len(), "finding");
    let fails = report.summary.get(Outcome::Fail);
    let errors = match report.summary.get(Outcome::Error) {
        0 => String::new(),
        errors => format!("; {errors} could not be evaluated"),
    };
    format!("{fails} of {findings} on {nodes} fail{errors}.")
}

/// The shares of the outcomes, those that want attention first.
fn bar(counts: &Counts, of: &str) -> Markup {
    let total: usize = Outcome::ALL.into_iter().map(|outcome| counts.get(outcome)).sum();
    let mut start = 0;
    let mut shares = Vec::new();
    for outcome in BAR_ORDER {
        let number = counts.get(outcome);
        if number > 0 {
            shares.push((outcome, start, number));
            start += number;
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
        None => (Counts::of(own.map(|finding| finding.outcome)), "findings"),
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
            td {
                (visible(node.distribution.as_deref().unwrap_or("not recognised")))
                " " (visible(node.kubernetes_version.as_deref().unwrap_or("")))
                @for evidence in &node.distribution_evidence {
                    div.muted { (visible(&view::evidence_line(evidence))) }
                }
            }
            td {
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
            td {
                @match (&node.benchmark, &node.benchmark_problem) {
                    (Some(benchmark), _) => {
                        (visible(&benchmark.name))
                        div.muted { (visible(&benchmark.why)) }
                    },
                    (None, Some(problem)) => (visible(problem)),
                    (None, None) => "none",
                }
            }
            td.outcomes { (bar(&counts, of)) (short_counts(&counts)) }
        }
    }
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
    let with_gaps = || report.nodes.iter().filter(|node| !node.gaps.is_empty());
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
                @for node in with_gaps() {
                    details {
                        summary { (visible(&node.name)) ": " (view::count(node.gaps.len(), "gap")) }
                        ul { @for gap in &node.gaps { li { (visible(gap)) } } }
                    }
                }
            }
        }
    }
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

/// Hidden until the script, which they need, shows them.
fn filters(report: &Report) -> Markup {
    html! {
        form.filters #filters hidden role="search" aria-label="Filter findings" {
            input #search type="search" placeholder="Search" aria-label="Search in all text";
            fieldset {
                legend.hidden { "Outcomes" }
                @for outcome in BAR_ORDER {
                    label class={ "toggle " (outcome) } {
                        input type="checkbox" name="outcome" value=(outcome) checked;
                        (finding::outcome_words(outcome))
                    }
                }
            }
            select #severity aria-label="Severity" {
                option value="" { "any severity" }
                @for severity in Severity::ALL.into_iter().rev() {
                    option value=(severity) { (severity) }
                }
            }
            @if report.nodes.len() > 1 {
                select #node aria-label="Node" {
                    option value="" { "all nodes" }
                    @for (place, node) in report.nodes.iter().enumerate() {
                        option value=(place) { (visible(&node.name)) }
                    }
                }
            }
            button #unfold type="button" { "Unfold all" }
            output #shown aria-live="polite" {}
        }
    }
}

/// What the marks of a row stand for, which only titles say otherwise.
fn order_of_marks(report: &Report) -> Markup {
    let names: Vec<&str> = report.nodes.iter().map(|node| node.name.as_str()).collect();
    html! {
        @if (2..=finding::NODES_MARKED).contains(&names.len()) {
            p.order.muted {
                "The marks of a row stand for " (visible(&names.join(", "))) ", in this order."
            }
        }
    }
}

fn part_section(report: &Report, part: &Part<'_>, options: &Options<'_>) -> Markup {
    let counts = Counts::of(part.items.iter().map(|item| item.outcome));
    html! {
        section.part {
            header {
                h2 { (visible(&part.title)) }
                (short_counts(&counts))
            }
            @for item in &part.items { (finding::item(report, item, options)) }
        }
    }
}
