//! Nodes and inventories of objects, as far as formats treat them alike.

use merlon_model::{BenchmarkReport, InventoryReport, Outcome, Report};

use crate::view::count;

/// What findings are about by their scope: a node or an inventory of objects.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'r> {
    pub(crate) name: &'r str,
    pub(crate) kubernetes_version: Option<&'r str>,
    pub(crate) benchmark: Option<&'r BenchmarkReport>,
    pub(crate) benchmark_problem: Option<&'r str>,
    pub(crate) gaps: &'r [String],
}

/// The nodes, then the inventories, each in the report's order.
pub(crate) fn scopes(report: &Report) -> impl Iterator<Item = Scope<'_>> {
    let nodes = report.nodes.iter().map(|node| Scope {
        name: &node.name,
        kubernetes_version: node.kubernetes_version.as_deref(),
        benchmark: node.benchmark.as_ref(),
        benchmark_problem: node.benchmark_problem.as_deref(),
        gaps: &node.gaps,
    });
    let inventories = report.inventories.iter().map(|inventory| Scope {
        name: &inventory.name,
        kubernetes_version: inventory.kubernetes_version.as_deref(),
        benchmark: inventory.benchmark.as_ref(),
        benchmark_problem: inventory.benchmark_problem.as_deref(),
        gaps: &inventory.gaps,
    });
    nodes.chain(inventories)
}

/// Every benchmark that was evaluated, one for each scope that has any.
pub(crate) fn benchmarks(report: &Report) -> impl Iterator<Item = &BenchmarkReport> {
    scopes(report).filter_map(|scope| scope.benchmark)
}

/// Whether the report says of several nodes or inventories, so that findings name theirs.
pub(crate) fn has_several_scopes(report: &Report) -> bool {
    report.nodes.len() + report.inventories.len() > 1
}

/// How many objects an inventory has.
pub(crate) fn objects(inventory: &InventoryReport) -> usize {
    inventory.objects.values().fold(0, |sum, number| sum.saturating_add(*number))
}

/// The kinds of an inventory's objects with their numbers, the most first: `Deployment 5, Service
/// 4`; what is beyond `shown` is only counted.
pub(crate) fn kinds(inventory: &InventoryReport, shown: usize) -> String {
    let mut kinds: Vec<(&String, &usize)> = inventory.objects.iter().collect();
    kinds.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let more = kinds.len().saturating_sub(shown);
    let mut words: Vec<String> =
        kinds.iter().take(shown).map(|(kind, number)| format!("{kind} {number}")).collect();
    if more > 0 {
        words.push(format!("{} more", count(more, "kind")));
    }
    words.join(", ")
}

/// What was looked at, counted: `2 nodes, 12 manifests and 1 cluster`.
pub(crate) fn extent(report: &Report) -> String {
    let clusters = report.inventories.iter().filter(|it| it.server.is_some()).count();
    let manifests = report
        .inventories
        .iter()
        .filter(|it| it.server.is_none())
        .fold(0, |sum: usize, it| sum.saturating_add(it.manifests));
    let has_manifests = report.inventories.len() > clusters;
    let parts = [
        (!report.nodes.is_empty()).then(|| count(report.nodes.len(), "node")),
        has_manifests.then(|| count(manifests, "manifest")),
        (clusters > 0).then(|| count(clusters, "cluster")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => "0 nodes".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Why nothing was judged, as a sentence, when that is so and known.
pub(crate) fn nothing_judged(report: &Report) -> Option<&'static str> {
    if report.nodes.is_empty() && report.inventories.is_empty() {
        return Some("The report has no node and no objects, so nothing was judged.");
    }
    let nothing = report.nodes.iter().all(|node| node.components.is_empty())
        && report.inventories.iter().all(|inventory| objects(inventory) == 0)
        && report
            .findings
            .iter()
            .all(|f| matches!(f.outcome, Outcome::NotApplicable | Outcome::Manual));
    match (nothing, report.nodes.is_empty()) {
        (false, _) => None,
        (true, true) => Some("No object of Kubernetes was found, so nothing was judged."),
        (true, false) => Some("Nothing of Kubernetes was found here, so nothing was judged."),
    }
}
