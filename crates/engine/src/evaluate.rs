use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use merlon_controls::framework::{self, Assessment, Benchmark};
use merlon_controls::{Control, Parameters};
use merlon_model::{
    BenchmarkReport, Component, ComponentReport, Counts, Finding, NodeReport, Outcome,
    REPORT_FORMAT, Report, SectionReport,
};
use merlon_snapshot::{Node, Snapshot};
use merlon_views::{NodeView, Told};
use thiserror::Error;

use crate::configuration::Configuration;
use crate::glob::matches;
use crate::justification;

/// What a caller wants evaluated.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Which benchmark to go through section by section.
    pub benchmark: BenchmarkChoice,
    /// Patterns of control ids; empty for all. With a benchmark: only these of its controls.
    pub controls: Vec<String>,
    /// Patterns of section ids; empty for all. Only with a benchmark.
    pub sections: Vec<String>,
    /// What a person told about the nodes.
    pub told: Told,
    /// Justifications and severities.
    pub configuration: Configuration,
}

/// Which benchmark to go through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BenchmarkChoice {
    /// None: every control of a default scan, with its own parameters.
    #[default]
    None,
    /// For each node the one that fits its distribution and release.
    Automatic,
    /// The one of that id.
    Named(String),
}

/// Why a request cannot be evaluated at all.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// There is no benchmark of that id.
    #[error("there is no benchmark {0}: `merlon benchmarks` lists them")]
    NoSuchBenchmark(String),
    /// A pattern matches no control.
    #[error("no control matches {0}: `merlon controls` lists them")]
    NoSuchControl(String),
}

/// Evaluates every node of a snapshot.
///
/// # Errors
/// When the request names something that does not exist. What goes wrong with the facts is part
/// of the report.
pub fn evaluate(snapshot: &Snapshot, request: &Request) -> Result<Report, RequestError> {
    check_request(request)?;
    let mut nodes = Vec::new();
    let mut findings = Vec::new();
    for node in &snapshot.nodes {
        nodes.push(evaluate_node(node, snapshot.header.taken_at, request, &mut findings));
    }
    set_severities(&mut findings, &request.configuration.severities);
    let today = day(snapshot.header.taken_at);
    let justifications = &request.configuration.justifications;
    let notes = justification::apply(justifications, &mut findings, &nodes, today);
    for node in &mut nodes {
        if let Some(benchmark) = &mut node.benchmark {
            settle(benchmark, &findings);
        }
    }
    Ok(Report {
        format: REPORT_FORMAT,
        tool: concat!("merlon ", env!("CARGO_PKG_VERSION")).to_owned(),
        taken_at: timestamp(snapshot.header.taken_at).to_string(),
        nodes,
        inventories: Vec::new(),
        summary: Counts::of(findings.iter().map(|finding| finding.outcome)),
        findings,
        justification_notes: notes,
    })
}

fn check_request(request: &Request) -> Result<(), RequestError> {
    if let BenchmarkChoice::Named(id) = &request.benchmark
        && framework::find(id).is_none()
    {
        return Err(RequestError::NoSuchBenchmark(id.clone()));
    }
    let severities = request.configuration.severities.keys();
    let known = |pattern: &&String| {
        merlon_controls::all().iter().any(|control| matches(pattern, control.id))
    };
    match request.controls.iter().chain(severities).find(|pattern| !known(pattern)) {
        Some(pattern) => Err(RequestError::NoSuchControl(pattern.clone())),
        None => Ok(()),
    }
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn day(seconds: i64) -> Date {
    timestamp(seconds).to_zoned(TimeZone::UTC).date()
}

fn evaluate_node(
    node: &Node,
    now: i64,
    request: &Request,
    findings: &mut Vec<Finding>,
) -> NodeReport {
    let view = NodeView::new(node, now, &request.told);
    let mut report = describe(node, &view);
    match choose(&view, &request.benchmark) {
        Ok(None) => evaluate_controls(&view, request, findings),
        Ok(Some((benchmark, why))) => {
            let done = evaluate_benchmark(benchmark, why, &view, request, findings);
            report.benchmark = Some(done);
        }
        Err(problem) => {
            report.benchmark_problem = Some(problem);
            evaluate_controls(&view, request, findings);
        }
    }
    report
}

fn describe(node: &Node, view: &NodeView<'_>) -> NodeReport {
    let recognised = &view.distribution;
    let instances = Component::ALL.into_iter().flat_map(|component| view.instances(component));
    NodeReport {
        name: node.name.clone(),
        distribution: recognised.distribution.map(|distribution| distribution.id.to_owned()),
        distribution_evidence: recognised.evidence.clone(),
        kubernetes_version: view.kubernetes_version().map(ToString::to_string),
        roles: view.roles(),
        components: instances
            .map(|instance| ComponentReport {
                component: instance.component,
                name: instance.name.clone(),
                version: instance.version.as_ref().map(ToString::to_string),
                pid: instance.process.map(|process| process.pid),
            })
            .collect(),
        benchmark: None,
        benchmark_problem: None,
        gaps: node.gaps.iter().map(ToString::to_string).collect(),
    }
}

fn choose(
    view: &NodeView<'_>,
    choice: &BenchmarkChoice,
) -> Result<Option<(&'static Benchmark, String)>, String> {
    match choice {
        BenchmarkChoice::None => Ok(None),
        BenchmarkChoice::Named(id) => {
            Ok(framework::find(id).map(|benchmark| (benchmark, "named by the caller".to_owned())))
        }
        BenchmarkChoice::Automatic => {
            let distribution = view.distribution.distribution.map(|distribution| distribution.id);
            framework::choose(distribution, view.kubernetes_version())
                .map(|chosen| Some((chosen.benchmark, chosen.why)))
                .map_err(|problem| problem.to_string())
        }
    }
}

fn wanted(patterns: &[String], id: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, id))
}

fn evaluate_controls(view: &NodeView<'_>, request: &Request, findings: &mut Vec<Finding>) {
    for &control in merlon_controls::all() {
        let named = !request.controls.is_empty();
        if wanted(&request.controls, control.id) && (named || merlon_controls::is_default(control))
        {
            add(merlon_controls::evaluate(control, view, &Parameters::default()), findings);
        }
    }
}

/// Adds findings in a stable order, and says where they stand.
fn add(mut more: Vec<Finding>, findings: &mut Vec<Finding>) -> Vec<usize> {
    more.sort_by(|a, b| a.resource.cmp(&b.resource));
    let first = findings.len();
    findings.append(&mut more);
    (first..findings.len()).collect()
}

fn evaluate_benchmark(
    benchmark: &Benchmark,
    why: String,
    view: &NodeView<'_>,
    request: &Request,
    findings: &mut Vec<Finding>,
) -> BenchmarkReport {
    // A control with the same parameters is evaluated once, however many sections ask for it.
    let mut done: BTreeMap<(&'static str, Parameters), Vec<usize>> = BTreeMap::new();
    let mut once = |control: &'static Control, with: Parameters| {
        let places = done.entry((control.id, with)).or_insert_with_key(|(_, with)| {
            add(merlon_controls::evaluate(control, view, with), findings)
        });
        places.clone()
    };
    let mut sections = Vec::new();
    for section in benchmark.sections() {
        if !wanted(&request.sections, section.id.as_str()) {
            continue;
        }
        let controls = section.controls.into_iter();
        let controls: Vec<_> =
            controls.filter(|(control, _)| wanted(&request.controls, control.id)).collect();
        if controls.is_empty() {
            continue;
        }
        let ids = controls.iter().map(|(control, _)| control.id.to_owned()).collect();
        let places = controls.into_iter().flat_map(|(control, with)| once(control, with));
        sections.push(SectionReport {
            findings: places.collect(),
            id: section.id.to_string(),
            target: section.target.as_str().to_owned(),
            title: section.title,
            automated: section.assessment == Assessment::Automated,
            outcome: Outcome::Error,
            controls: ids,
        });
    }
    BenchmarkReport {
        id: benchmark.id.to_owned(),
        name: benchmark.name.to_owned(),
        why,
        sections,
        summary: Counts::default(),
    }
}

fn set_severities(findings: &mut [Finding], severities: &BTreeMap<String, merlon_model::Severity>) {
    for finding in findings {
        if let Some(severity) = severities.get(&finding.control) {
            finding.severity = *severity;
        }
    }
}

/// Gives each section the outcome of its findings, after justifications were applied.
fn settle(benchmark: &mut BenchmarkReport, findings: &[Finding]) {
    for section in &mut benchmark.sections {
        let outcomes = section.findings.iter().map(|&place| findings[place].outcome);
        section.outcome = Outcome::combine(outcomes).unwrap_or(Outcome::Error);
    }
    benchmark.summary = Counts::of(benchmark.sections.iter().map(|section| section.outcome));
}
