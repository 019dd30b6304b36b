//! One self-contained page to explore attack paths in.
//!
//! As the page of scans it loads nothing, and its content security policy allows exactly its own style
//! and script. The graph is data in the page; the script, in several files that are read as one,
//! lays it out, draws it and searches it again when changes are tried.

mod data;

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use merlon_model::AttackReport;
use sha2::{Digest, Sha256};

use super::route;
use crate::visible::visible;
use crate::{Options, RenderError};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(
    include_str!("model.js"),
    include_str!("state.js"),
    include_str!("whatif.js"),
    include_str!("scene.js"),
    include_str!("text.js"),
    include_str!("layout.js"),
    include_str!("spatial.js"),
    include_str!("pointer.js"),
    include_str!("draw.js"),
    include_str!("dom.js"),
    include_str!("lists.js"),
    include_str!("panel.js"),
    include_str!("main.js"),
);

pub(super) fn render(
    report: &AttackReport,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let data = data::json(report, options)?;
    out.write_all(page(report, &data).into_string().as_bytes())?;
    writeln!(out)?;
    Ok(())
}

fn page(report: &AttackReport, data: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(content_security_policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { "Attack paths in " (visible(&report.source)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header.top {
                    h1 { "Attack paths in " (visible(&report.source)) }
                    p.muted { "As of " time { (visible(&report.taken_at)) } }
                    (verdicts(report))
                }
                noscript { p { "This page draws with JavaScript, which is switched off here." } }
                main {
                    div.side { (filters()) (lists()) }
                    (drawing(report))
                    aside #panel tabindex="-1" aria-label="Details" {}
                }
                script #data type="application/json" { (PreEscaped(data)) }
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

/// Lines that stand at the top before the rest are counted; the list at the left has all routes.
const VERDICTS_SHOWN: usize = 4;

fn verdicts(report: &AttackReport) -> Markup {
    let mut lines: Vec<(bool, String)> = match &report.routes[..] {
        [only] => vec![(route::is_reached(only), route::verdict(report, only))],
        _ => route::overview(report),
    };
    // What is reached first.
    lines.sort_by_key(|(is_reached, _)| !is_reached);
    html! {
        @for (is_reached, line) in lines.iter().take(VERDICTS_SHOWN) {
            p class=(if *is_reached { "verdict reached" } else { "verdict" }) { (visible(line)) "." }
        }
        @if lines.len() > VERDICTS_SHOWN {
            p.verdict.muted { "and " (lines.len() - VERDICTS_SHOWN) " more" }
        }
    }
}

fn filters() -> Markup {
    html! {
        form #filters role="search" aria-label="Search and filter" {
            input #search type="search" placeholder="Search facts: name, kind, namespace"
                aria-label="Search facts by name, kind and namespace" autocomplete="off";
            (choice("entry", "Entry", "any entry"))
            (choice("target", "Target", "any target"))
            (choice("technique", "Technique", "any technique"))
            (choice("confidence", "Confidence", "however sure"))
            label.toggle { input #whole type="checkbox"; "whole graph" }
        }
    }
}

/// A filter whose further choices the script knows.
fn choice(id: &str, label: &str, all: &str) -> Markup {
    html! { select id=(id) aria-label=(label) { option value="" { (all) } } }
}

fn lists() -> Markup {
    html! {
        section aria-labelledby="routes-title" {
            h2 #routes-title { "Routes" }
            div #routes {}
        }
        section #try aria-labelledby="changes-title" {
            header {
                h2 #changes-title { "What if" }
                button #all-changes type="button" { "Try all" }
            }
            div #changes {}
        }
        section aria-labelledby="facts-title" {
            h2 #facts-title { "Facts" }
            ul #facts {}
            p #more-facts.muted {}
        }
    }
}

fn drawing(report: &AttackReport) -> Markup {
    let is_reached = report.routes.iter().any(route::is_reached);
    html! {
        section.drawing aria-label="Drawing" {
            canvas #canvas tabindex="0" role="application"
                aria-label="The graph. Arrow keys go from card to card; the details tell of each." {}
            div.buttons {
                button #nearer type="button" aria-label="Nearer" { "+" }
                button #farther type="button" aria-label="Farther" { "−" }
                button #fit type="button" aria-label="Show all" { "⤢" }
            }
            @if !is_reached {
                p.empty { "Nothing that was asked for is reached: there is no path to draw." }
            }
            div #tip hidden {}
            output #status aria-live="polite" {}
        }
    }
}
