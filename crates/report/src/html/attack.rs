use maud::{Markup, html};
use merlon_model::{AttackSummary, Report};

use crate::text::attack::{TOLD, cut, noise, reached};
use crate::visible::visible;

/// What an attacker gets to, and the changes that cut it off.
pub(super) fn section(report: &Report) -> Markup {
    html! {
        @if let Some(attack) = &report.attack {
            section.overview aria-label="Attack paths" {
                h2 { "Attack paths" }
                @if attack.routes.is_empty() {
                    p { "None that the objects show (threat model " (visible(&attack.threat_model)) ")." }
                } @else {
                    (ways(report, attack))
                }
            }
        }
    }
}

fn ways(report: &Report, attack: &AttackSummary) -> Markup {
    html! {
        p { strong { (visible(&reached(attack))) } }
        p { "The shortest:" }
        ul {
            @for route in &attack.routes {
                li { (visible(&route.target)) ": " (visible(&route.way.join(" → "))) }
            }
        }
        @if !attack.changes.is_empty() {
            p { (visible(&cut(attack))) @if attack.minimal { "; no lighter set does" } ":" }
            ol {
                @for change in attack.changes.iter().take(TOLD) { li { (visible(change)) } }
            }
            @if attack.changes.len() > TOLD {
                p.muted { "and " (attack.changes.len() - TOLD) " more, which " code { "merlon paths" } " shows" }
            }
        }
        p.muted { (noise(report, attack)) "." }
    }
}
