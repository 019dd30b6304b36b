use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use merlon_controls::framework::{self, Assessment, Benchmark};
use merlon_controls::{Applies, Check, Control, Parameters};
use merlon_model::{
    BenchmarkReport, Component, ComponentReport, Counts, Finding, InventoryReport, Location,
    NodeReport, Outcome, REPORT_FORMAT, Report, SectionReport, Version,
};
use merlon_snapshot::{Inventory, Node, Origin, Rendered, Snapshot};
use merlon_views::objects::control_plane_nodes;
use merlon_views::{InventoryView, NodeView, Told};
use merlon_yaml::Node as Tree;
use thiserror::Error;

use crate::baseline::Baseline;
use crate::cause;
use crate::configuration::Configuration;
use crate::glob::matches;
use crate::inline::{self, Inline};
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
    /// What an earlier report had, to tell what is new.
    pub baseline: Option<Baseline>,
    /// Files of manifests: of findings in manifests only those in these files, or in charts that one
    /// of these files belongs to, are kept. Not with a benchmark.
    pub files: Option<BTreeSet<String>>,
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
    /// A benchmark was asked for together with a choice of files.
    #[error(
        "a benchmark is about everything: leave out either the benchmark or the choice of files"
    )]
    BenchmarkOfFiles,
    /// A pattern matches no control.
    #[error("no control matches {0}: `merlon controls` lists them")]
    NoSuchControl(String),
}

/// Evaluates every node and every inventory of a snapshot.
///
/// # Errors
/// When the request names something that does not exist. What goes wrong with the facts is part
/// of the report.
pub fn evaluate(snapshot: &Snapshot, request: &Request) -> Result<Report, RequestError> {
    check_request(request)?;
    let mut nodes = Vec::new();
    let mut findings = Vec::new();
    let cluster = snapshot.inventories.iter().any(|it| matches!(it.origin, Origin::Cluster { .. }));
    for node in &snapshot.nodes {
        let now = snapshot.header.taken_at;
        nodes.push(evaluate_node(node, now, request, cluster, &mut findings));
    }
    for inventory in &snapshot.inventories {
        let shown = control_plane_nodes(inventory);
        // A node that was looked at itself needs no reflection.
        let is_new = |node: &&Node| snapshot.nodes.iter().all(|known| known.name != node.name);
        for node in shown.iter().filter(is_new) {
            let now = snapshot.header.taken_at;
            let first = findings.len();
            nodes.push(evaluate_shown_node(node, now, request, &mut findings));
            relocate(&mut findings[first..], inventory);
        }
    }
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    let mut inventories = Vec::new();
    for inventory in &snapshot.inventories {
        let now = snapshot.header.taken_at;
        inventories.push(evaluate_inventory(inventory, now, request, &mut findings));
    }
    if let Some(files) = &request.files {
        findings.retain(|finding| stands_in(finding, files, snapshot));
    }
    set_severities(&mut findings, &request.configuration.severities);
    let today = day(snapshot.header.taken_at);
    let justifications = &request.configuration.justifications;
    let benchmarks = nodes.iter().map(|node| &node.benchmark);
    let benchmarks = benchmarks.chain(inventories.iter().map(|inventory| &inventory.benchmark));
    let benchmarks: Vec<&BenchmarkReport> = benchmarks.flatten().collect();
    let mut notes = Vec::new();
    let inline: Vec<Inline> =
        snapshot.inventories.iter().flat_map(|it| inline::read(it, &mut notes)).collect();
    notes.extend(justification::apply(justifications, &inline, &mut findings, &benchmarks, today));
    let causes = cause::name(&mut findings);
    let gone = request.baseline.as_ref().map(|baseline| baseline.compare(&mut findings));
    let benchmarks = nodes.iter_mut().map(|node| &mut node.benchmark);
    let benchmarks = benchmarks.chain(inventories.iter_mut().map(|it| &mut it.benchmark));
    for benchmark in benchmarks.flatten() {
        settle(benchmark, &findings);
    }
    Ok(Report {
        format: REPORT_FORMAT,
        tool: concat!("merlon ", env!("CARGO_PKG_VERSION")).to_owned(),
        taken_at: timestamp(snapshot.header.taken_at).to_string(),
        nodes,
        inventories,
        summary: Counts::of(findings.iter().map(|finding| finding.outcome)),
        findings,
        causes,
        gone,
        attack: None,
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
    if request.files.is_some() && request.benchmark != BenchmarkChoice::None {
        return Err(RequestError::BenchmarkOfFiles);
    }
    let known = |pattern: &&String| {
        merlon_controls::all().iter().any(|control| matches(pattern, control.id))
    };
    match request.controls.iter().chain(severities).find(|pattern| !known(pattern)) {
        Some(pattern) => Err(RequestError::NoSuchControl(pattern.clone())),
        None => Ok(()),
    }
}

pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn day(seconds: i64) -> Date {
    timestamp(seconds).to_zoned(TimeZone::UTC).date()
}

fn evaluate_node(
    node: &Node,
    now: i64,
    request: &Request,
    cluster: bool,
    findings: &mut Vec<Finding>,
) -> NodeReport {
    let view = NodeView::new(node, now, &request.told);
    let mut report = describe(node, &view);
    let distribution = view.distribution.distribution.map(|distribution| distribution.id);
    let chosen = choose(&request.benchmark, distribution, view.kubernetes_version());
    // What objects and people tell is said once, where the cluster is.
    let concerns = |control: &Control| !cluster || !is_about_cluster(control);
    let evaluate = |wanted: &[Wanted]| {
        wanted
            .iter()
            .map(|(control, with)| merlon_controls::evaluate(control, &view, with))
            .collect()
    };
    let is_default =
        |control: &Control| !is_about_cluster(control) && merlon_controls::is_default(control);
    let subject = Subject { concerns: &concerns, is_default: &is_default, evaluate: &evaluate };
    let (benchmark, problem) = subject.evaluate(chosen, request, findings);
    report.benchmark = benchmark;
    report.benchmark_problem = problem;
    report
}

/// Evaluates a node of which an API server shows the arguments of its components: the controls that
/// look at nothing else.
fn evaluate_shown_node(
    node: &Node,
    now: i64,
    request: &Request,
    findings: &mut Vec<Finding>,
) -> NodeReport {
    let view = NodeView::new(node, now, &request.told);
    let mut report = describe(node, &view);
    report.through_api = true;
    let chosen = choose(&request.benchmark, None, view.kubernetes_version());
    let concerns = |control: &Control| match (control.check, control.applies) {
        (Check::Setting(_) | Check::Plugin(_), Applies::Component(component)) => {
            !view.instances(component).is_empty()
        }
        _ => false,
    };
    let evaluate = |wanted: &[Wanted]| {
        wanted
            .iter()
            .map(|(control, with)| merlon_controls::evaluate(control, &view, with))
            .collect()
    };
    let is_default = merlon_controls::is_default;
    let subject = Subject { concerns: &concerns, is_default: &is_default, evaluate: &evaluate };
    let (benchmark, problem) = subject.evaluate(chosen, request, findings);
    report.benchmark = benchmark;
    report.benchmark_problem = problem;
    report
}

/// Arguments of components stand in pods, where an API server showed them.
fn relocate(findings: &mut [Finding], inventory: &Inventory) {
    let locations = findings
        .iter_mut()
        .flat_map(|finding| &mut finding.evidence)
        .filter_map(|evidence| evidence.location.as_mut());
    for location in locations {
        if let Location::Argument { pid, .. } | Location::Process { pid, .. } = location
            && let Some(pod) = inventory.objects.get(*pid as usize)
        {
            let field = "spec.containers".into();
            *location = Location::Object { object: pod.reference().into(), field };
        }
    }
}

fn evaluate_inventory(
    inventory: &Inventory,
    now: i64,
    request: &Request,
    findings: &mut Vec<Finding>,
) -> InventoryReport {
    let view = InventoryView::new(inventory, now, &request.told);
    let mut report = describe_inventory(inventory, &view);
    let chosen = choose(&request.benchmark, None, view.release.as_ref());
    let evaluate = |wanted: &[Wanted]| {
        let controls: Vec<_> = wanted.iter().map(|(control, _)| *control).collect();
        merlon_controls::evaluate_objects_by_all(&controls, &view)
    };
    let subject = Subject {
        concerns: &is_about_cluster,
        is_default: &merlon_controls::is_default,
        evaluate: &evaluate,
    };
    let (benchmark, problem) = subject.evaluate(chosen, request, findings);
    report.benchmark = benchmark;
    report.benchmark_problem = problem;
    report
}

/// Whether objects or people answer the control, not a node.
fn is_about_cluster(control: &Control) -> bool {
    matches!(control.applies, Applies::Objects) || matches!(control.check, Check::Manual(_))
}

fn describe_inventory(inventory: &Inventory, view: &InventoryView<'_>) -> InventoryReport {
    let mut objects = BTreeMap::new();
    for object in &inventory.objects {
        let kind = object.root.get("kind").and_then(Tree::as_str).unwrap_or_default();
        match objects.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                objects.insert(kind.to_owned(), 1);
            }
        }
    }
    let (server, skipped) = match &inventory.origin {
        Origin::Cluster { server, .. } => (Some(server.clone()), 0),
        Origin::Manifests { skipped } => (None, *skipped),
    };
    InventoryReport {
        name: inventory.name.clone(),
        server,
        kubernetes_version: view.release.as_ref().map(ToString::to_string),
        objects,
        manifests: inventory.manifests.len(),
        skipped,
        benchmark: None,
        benchmark_problem: None,
        gaps: inventory.gaps.iter().map(ToString::to_string).collect(),
    }
}

/// What is evaluated: a node or an inventory.
struct Subject<'s> {
    /// Whether a control can say anything of it.
    concerns: &'s dyn Fn(&Control) -> bool,
    /// Whether a control is evaluated that nobody asked for.
    is_default: &'s dyn Fn(&Control) -> bool,
    /// What each of some controls finds.
    evaluate: &'s dyn Fn(&[Wanted]) -> Vec<Vec<Finding>>,
}

/// A control, and what a benchmark gives it.
type Wanted = (&'static Control, Parameters);

type Chosen = Result<Option<(&'static Benchmark, String)>, String>;

impl Subject<'_> {
    fn evaluate(
        &self,
        chosen: Chosen,
        request: &Request,
        findings: &mut Vec<Finding>,
    ) -> (Option<BenchmarkReport>, Option<String>) {
        match chosen {
            Ok(None) => {
                self.evaluate_controls(request, findings);
                (None, None)
            }
            Ok(Some((benchmark, why))) => {
                (Some(self.evaluate_benchmark(benchmark, why, request, findings)), None)
            }
            Err(problem) => {
                self.evaluate_controls(request, findings);
                (None, Some(problem))
            }
        }
    }

    fn evaluate_controls(&self, request: &Request, findings: &mut Vec<Finding>) {
        let named = !request.controls.is_empty();
        let is_wanted = |control: &&&'static Control| {
            (self.concerns)(control)
                && wanted(&request.controls, control.id)
                && (named || (self.is_default)(control))
        };
        let controls = merlon_controls::all().iter().filter(is_wanted);
        let controls: Vec<Wanted> =
            controls.map(|control| (*control, Parameters::default())).collect();
        let found = (self.evaluate)(&controls);
        findings.reserve_exact(found.iter().map(Vec::len).sum());
        for found in found {
            add(found, findings);
        }
    }

    fn evaluate_benchmark(
        &self,
        benchmark: &Benchmark,
        why: String,
        request: &Request,
        findings: &mut Vec<Finding>,
    ) -> BenchmarkReport {
        // A control with the same parameters is evaluated once, however many sections ask for it.
        let mut numbers: BTreeMap<(&'static str, Parameters), usize> = BTreeMap::new();
        let mut all: Vec<Wanted> = Vec::new();
        let mut number = |(control, with): Wanted| {
            *numbers.entry((control.id, with.clone())).or_insert_with(|| {
                all.push((control, with));
                all.len() - 1
            })
        };
        let mut asked = Vec::new();
        for section in benchmark.sections() {
            if !wanted(&request.sections, section.id.as_str()) {
                continue;
            }
            let controls = section.controls.iter().filter(|(control, _)| {
                (self.concerns)(control) && wanted(&request.controls, control.id)
            });
            let controls: Vec<usize> = controls.cloned().map(&mut number).collect();
            if !controls.is_empty() {
                asked.push((section, controls));
            }
        }
        let found = (self.evaluate)(&all);
        let places: Vec<Vec<usize>> = found.into_iter().map(|found| add(found, findings)).collect();
        let sections = asked.into_iter().map(|(section, controls)| SectionReport {
            findings: controls.iter().flat_map(|control| &places[*control]).copied().collect(),
            id: section.id.to_string(),
            target: section.target.as_str().to_owned(),
            title: section.title,
            automated: section.assessment == Assessment::Automated,
            outcome: Outcome::Error,
            controls: controls.iter().map(|control| all[*control].0.id.to_owned()).collect(),
        });
        let sections = sections.collect();
        BenchmarkReport {
            id: benchmark.id.to_owned(),
            name: benchmark.name.to_owned(),
            why,
            sections,
            summary: Counts::default(),
        }
    }
}

fn describe(node: &Node, view: &NodeView<'_>) -> NodeReport {
    let recognised = &view.distribution;
    let instances = Component::ALL.into_iter().flat_map(|component| view.instances(component));
    NodeReport {
        name: node.name.clone(),
        distribution: recognised.distribution.map(|distribution| distribution.id.to_owned()),
        distribution_evidence: recognised.evidence.clone(),
        kubernetes_version: view.kubernetes_version().map(ToString::to_string),
        through_api: false,
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
    choice: &BenchmarkChoice,
    distribution: Option<&str>,
    version: Option<&Version>,
) -> Chosen {
    match choice {
        BenchmarkChoice::None => Ok(None),
        BenchmarkChoice::Named(id) => {
            Ok(framework::find(id).map(|benchmark| (benchmark, "named by the caller".to_owned())))
        }
        BenchmarkChoice::Automatic => framework::choose(distribution, version)
            .map(|chosen| Some((chosen.benchmark, chosen.why)))
            .map_err(|problem| problem.to_string()),
    }
}

fn wanted(patterns: &[String], id: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, id))
}

/// Adds findings in a stable order, and says where they stand.
fn add(mut more: Vec<Finding>, findings: &mut Vec<Finding>) -> Vec<usize> {
    more.sort_by(|a, b| a.resource.cmp(&b.resource));
    let first = findings.len();
    findings.append(&mut more);
    (first..findings.len()).collect()
}

/// Whether a finding stands in one of the files, or in a chart that one of them belongs to. What
/// stands in no manifest is kept.
fn stands_in(finding: &Finding, files: &BTreeSet<String>, snapshot: &Snapshot) -> bool {
    let place = finding.evidence.first().and_then(|evidence| evidence.location.as_ref());
    let Some(Location::Manifest { path, .. }) = place else { return true };
    let chart = snapshot
        .inventories
        .iter()
        .filter(|inventory| inventory.name == finding.scope)
        .flat_map(|inventory| &inventory.manifests)
        .find(|manifest| manifest.path == *path)
        .and_then(|manifest| match &manifest.rendered {
            Some(Rendered::Helm { chart, .. }) => Some(format!("{chart}/")),
            Some(Rendered::Kustomize { directory, .. }) => Some(format!("{directory}/")),
            None => None,
        });
    files.contains(path.as_str())
        || chart.is_some_and(|chart| files.iter().any(|file| file.starts_with(&chart)))
}

fn set_severities(findings: &mut [Finding], severities: &BTreeMap<String, merlon_model::Severity>) {
    for finding in findings {
        if let Some(severity) = severities.get(finding.control.as_str()) {
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
