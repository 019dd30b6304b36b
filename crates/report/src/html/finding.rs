use maud::{Markup, html};
use merlon_model::{Action, BaselineState, Evidence, Finding, Outcome, Report, Severity};

use super::documentation::markdown;
use super::item::Item;
use super::labels::Labels;
use crate::order::Alike;
use crate::visible::visible;
use crate::{Options, scope, view};

/// Nodes that get a mark each before they are only counted.
pub(super) const NODES_MARKED: usize = 8;

/// A section or control: one line that unfolds to findings and documentation.
pub(super) fn item(
    report: &Report,
    item: &Item<'_>,
    labels: &Labels<'_>,
    options: &Options<'_>,
) -> Markup {
    let severity = item.severity.map_or("", Severity::as_str);
    html! {
        details.item data-outcome=(item.outcome) data-severity=(severity) data-nodes=(places(item)) {
            summary {
                span.number { @if let Some(number) = item.number { (visible(number)) } }
                span.title {
                    (visible(&item.title))
                    @for control in &item.controls {
                        @if *control != item.title { " " span.control { (visible(control)) } }
                    }
                }
                @if scope::has_several_scopes(report) { (node_marks(report, item)) }
                span.badges {
                    @let failing = failing(item);
                    @if failing > 1 { span.times title="places that fail" { (failing) "×" } }
                    @if item.outcome == Outcome::Fail { (severity_badge(item.severity)) }
                    (outcome_badge(item.outcome))
                }
            }
            div.body {
                @if item.findings.is_empty() {
                    p.muted { "No finding answers this section." }
                }
                @for group in &item.findings { (finding(report, group, labels, options)) }
                @for control in &item.controls { (documentation(control)) }
            }
        }
    }
}

/// How many of an item's findings fail, those of several nodes counted once.
fn failing(item: &Item<'_>) -> usize {
    item.findings.iter().filter(|group| group.finding.outcome == Outcome::Fail).count()
}

fn places(item: &Item<'_>) -> String {
    item.nodes.keys().map(|node| format!(" {node} ")).collect()
}

fn node_marks(report: &Report, item: &Item<'_>) -> Markup {
    html! {
        span.marks {
            @if scope::scopes(report).count() <= NODES_MARKED {
                @for (place, scope) in scope::scopes(report).enumerate() {
                    @if let Some(outcome) = item.nodes.get(&place) {
                        @let words = format!("{}: {outcome}", visible(scope.name));
                        span class={ "mark " (outcome) } role="img" title=(words) aria-label=(words) {
                            (symbol(*outcome))
                        }
                    } @else {
                        span.mark.none {}
                    }
                }
            } @else {
                @let same = item.nodes.values().filter(|outcome| **outcome == item.outcome).count();
                span.muted { (same) " of " (item.nodes.len()) }
            }
        }
    }
}

fn symbol(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Fail => "✗",
        Outcome::Manual => "?",
        Outcome::NotApplicable => "–",
        Outcome::Error => "!",
        Outcome::Justified => "◆",
    }
}

/// An outcome as words, symbol and colour.
pub(super) fn outcome_badge(outcome: Outcome) -> Markup {
    html! {
        span class={ "badge " (outcome) } {
            span aria-hidden="true" { (symbol(outcome)) } " " (outcome_words(outcome))
        }
    }
}

pub(super) fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplicable => "not applicable",
        other => other.as_str(),
    }
}

fn severity_badge(severity: Option<Severity>) -> Markup {
    html! {
        @if let Some(severity) = severity {
            span class={ "badge severity " (severity) } { (severity) }
        }
    }
}

fn finding(
    report: &Report,
    group: &Alike<'_>,
    labels: &Labels<'_>,
    options: &Options<'_>,
) -> Markup {
    let Finding { outcome, severity, .. } = group.finding;
    let actions = &group.finding.actions;
    let others = group.others(report);
    let (namespaces, kinds) = labels.of_group(report, group);
    let nodes = |name: &&str| scope::scopes(report).position(|scope| scope.name == *name);
    let places: String =
        group.nodes.iter().filter_map(nodes).map(|place| format!(" {place} ")).collect();
    html! {
        article class={ "finding " (outcome) } data-outcome=(outcome) data-severity=(severity)
            data-nodes=(places) data-namespaces=(namespaces) data-kinds=(kinds) {
            header {
                (outcome_badge(*outcome))
                @if !matches!(outcome, Outcome::Pass | Outcome::NotApplicable) {
                    (severity_badge(Some(*severity)))
                }
                strong { (visible(&group.finding.resource)) }
                @if let Some((path, region)) = view::manifest_place(group.finding) {
                    code.place { (visible(path)) ":" (region.line) ":" (region.column) }
                }
                @if group.finding.baseline == Some(BaselineState::New) { span.badge { "new" } }
                @if scope::has_several_scopes(report) {
                    span.muted {
                        "on "
                        @for (number, node) in group.nodes.iter().enumerate() {
                            @if number > 0 { ", " }
                            (visible(node))
                        }
                    }
                }
            }
            p.message { (visible(&group.finding.message)) }
            dl {
                @if let Some(expected) = &group.finding.expected {
                    dt { "Expected" } dd { (visible(expected)) }
                }
                @if !group.finding.evidence.is_empty() {
                    dt { "Evidence" }
                    dd { ul { @for seen in &group.finding.evidence { (evidence(group, seen)) } } }
                }
                @if !actions.is_empty() {
                    dt { @if *outcome == Outcome::Manual { "To do" } @else { "Remedy" } }
                    dd { @for action in actions { (remedy_steps(action, options)) } }
                }
                @if !others.is_empty() {
                    dt { "Same cause" }
                    dd { ul { @for other in others { li { (visible(&view::placed(other))) } } } }
                }
                (justification(group.finding))
            }
        }
    }
}

fn evidence(group: &Alike<'_>, evidence: &Evidence) -> Markup {
    html! {
        li {
            (visible(&evidence.statement))
            @if let Some(location) = &evidence.location {
                " " code.place { (visible(&group.location(location))) }
            }
        }
    }
}

fn remedy_steps(action: &Action, options: &Options<'_>) -> Markup {
    let remedy = (options.remedy)(action);
    html! {
        p { (visible(&view::remedy_line(action, &remedy))) }
        @if !remedy.commands.is_empty() {
            @let lines = remedy.commands.iter().flat_map(|command| command.lines());
            pre tabindex="0" { code { (lines.map(visible).collect::<Vec<_>>().join("\n")) } }
        }
    }
}

fn justification(finding: &Finding) -> Markup {
    let Some(by) = &finding.justification else { return html! {} };
    html! {
        dt { "Justified" }
        dd {
            p { (visible(&by.reason)) }
            p.muted {
                "Accepted by " strong { (visible(&by.owner)) } " instead of " (by.instead_of)
                @match &by.expires {
                    Some(day) => { ", until " strong { (visible(day)) } },
                    None => ", without end",
                }
                @if let Some(ticket) = &by.ticket { ", decided in " (visible(ticket)) }
                ". Written in " code.place { (visible(&by.written_in)) }
            }
        }
    }
}

/// What people should know about a control, when this version knows it.
fn documentation(id: &str) -> Markup {
    let Some(control) = view::known_control(id) else { return html! {} };
    let texts = [
        ("What is looked at", control.documentation.finds),
        ("Why it matters", control.documentation.matters),
        ("Options", control.documentation.options),
        ("When a deviation is acceptable", control.documentation.acceptable),
    ];
    html! {
        details.documentation {
            summary { "About " code { (id) } ": " (control.title) }
            h4 { "Severity" }
            p { (control.explain_severity()) }
            @for (heading, text) in texts { h4 { (heading) } (markdown(text)) }
        }
    }
}
