//! GitLab's Code Quality report: what merge requests show beside the changed lines.
//!
//! It has what fails, and what could not be evaluated as `info`. Every entry needs a file: what has
//! none among manifests has the path they were read from, and findings about nodes and clusters have
//! the node's or cluster's name as the first part of a path.

use std::collections::BTreeSet;
use std::io;

use merlon_model::{Finding, Location, Outcome, Report, Severity};
use serde::Serialize;

use crate::visible::visible;
use crate::{Options, RenderError, view};

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let manifests: BTreeSet<&str> = report
        .inventories
        .iter()
        .filter(|inventory| inventory.server.is_none())
        .map(|inventory| inventory.name.as_str())
        .collect();
    let entries: Vec<Entry<'_>> = report
        .findings
        .iter()
        .zip(view::fingerprints(report))
        .filter(|(finding, _)| matches!(finding.outcome, Outcome::Fail | Outcome::Error))
        .map(|(finding, fingerprint)| {
            let place = place(finding, &manifests);
            entry(finding, place, fingerprint, options)
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)?;
    Ok(())
}

#[derive(Serialize)]
struct Entry<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

fn entry<'r>(
    finding: &'r Finding,
    location: Place,
    fingerprint: String,
    options: &Options<'_>,
) -> Entry<'r> {
    let mut description = format!("{}: {}", finding.resource, finding.message);
    if let Some(expected) = &finding.expected {
        description.push_str(&format!("; expected: {expected}"));
    }
    for action in &finding.actions {
        let remedy = (options.remedy)(action);
        description.push_str(&format!("; fix: {}", view::remedy_line(action, &remedy)));
    }
    let severity = match (finding.outcome, finding.severity) {
        (Outcome::Error, _) => "info",
        (_, Severity::Critical) => "blocker",
        (_, Severity::High) => "critical",
        (_, Severity::Medium) => "major",
        (_, Severity::Low) => "minor",
    };
    Entry {
        description: visible(&description).into_owned(),
        check_name: &finding.control,
        fingerprint,
        severity,
        location,
    }
}

fn place(finding: &Finding, manifests: &BTreeSet<&str>) -> Place {
    let (path, line) = match view::manifest_place(finding) {
        Some((path, region)) => (path.to_owned(), region.line),
        None if manifests.contains(finding.scope.as_str()) => (finding.scope.to_string(), 1),
        None => elsewhere(finding),
    };
    let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
    Place { path, lines: Lines { begin: line.max(1) } }
}

fn elsewhere(finding: &Finding) -> (String, u32) {
    let location = view::main_evidence(finding).and_then(|evidence| evidence.location.as_ref());
    let (within, line) = match (location, &finding.part) {
        (Some(Location::File { path, line, .. }), _) => (path.clone(), line.unwrap_or(1)),
        (_, Some(part)) => (part.object.to_string().replace(' ', "/"), 1),
        _ => (finding.resource.to_string(), 1),
    };
    (format!("{}/{}", finding.scope, within.trim_start_matches('/')), line)
}
