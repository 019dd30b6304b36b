use std::io;

use merlon_model::{BenchmarkReport, ComponentReport, InventoryReport, NodeReport};

use super::page::Page;
use crate::{scope, view};

/// What a node is, what runs on it and what could not be seen.
pub(super) fn node(page: &mut Page<'_, impl io::Write>, node: &NodeReport) -> io::Result<()> {
    page.blank()?;
    page.heading(&node.name)?;
    page.field(2, "platform", &platform(page, node))?;
    if !node.roles.is_empty() {
        let roles: Vec<&str> = node.roles.iter().map(|role| role.as_str()).collect();
        page.field(2, "roles", &roles.join(", "))?;
    }
    page.field(2, "runs", &components(node))?;
    if node.through_api {
        page.field(2, "seen", "through the API server: only the arguments of static pods")?;
    }
    benchmark(page, node.benchmark.as_ref(), node.benchmark_problem.as_ref())?;
    gaps(page, &node.gaps)
}

/// Kinds of objects that are named before they are only counted.
const KINDS_SHOWN: usize = 8;

/// What objects there are, where they come from and what could not be seen.
pub(super) fn inventory(
    page: &mut Page<'_, impl io::Write>,
    inventory: &InventoryReport,
) -> io::Result<()> {
    page.blank()?;
    page.heading(&inventory.name)?;
    let separator = page.separator();
    let release = inventory.kubernetes_version.as_ref();
    if let Some(server) = &inventory.server {
        let release = release.map_or_else(
            || "release of Kubernetes not known".to_owned(),
            |version| format!("Kubernetes {version}"),
        );
        page.field(2, "cluster", &format!("{server}{separator}{release}"))?;
    }
    let mut text = view::count(scope::objects(inventory), "object");
    if inventory.server.is_none() {
        text = format!("{}{separator}{text}", view::count(inventory.manifests, "manifest"));
    }
    let shown = if page.options.verbose { usize::MAX } else { KINDS_SHOWN };
    let kinds = scope::kinds(inventory, shown);
    if !kinds.is_empty() {
        text.push_str(&format!(": {kinds}"));
    }
    page.field(2, "objects", &text)?;
    if inventory.skipped > 0 {
        let files = view::count(inventory.skipped, "file");
        page.field(2, "skipped", &format!("{files} without anything of Kubernetes"))?;
    }
    benchmark(page, inventory.benchmark.as_ref(), inventory.benchmark_problem.as_ref())?;
    gaps(page, &inventory.gaps)
}

fn benchmark(
    page: &mut Page<'_, impl io::Write>,
    benchmark: Option<&BenchmarkReport>,
    problem: Option<&String>,
) -> io::Result<()> {
    if let Some(benchmark) = benchmark {
        page.field(2, "benchmark", &format!("{} ({})", benchmark.name, benchmark.why))?;
    }
    if let Some(problem) = problem {
        page.field(2, "benchmark", &format!("none: {problem}"))?;
    }
    Ok(())
}

/// The distribution with what gave it away, and the release of Kubernetes.
fn platform(page: &Page<'_, impl io::Write>, node: &NodeReport) -> String {
    let distribution = node.distribution.as_deref().unwrap_or("no distribution recognised");
    let separator = page.separator();
    let mut text = match &node.kubernetes_version {
        Some(version) => format!("{distribution}{separator}Kubernetes {version}"),
        None => format!("{distribution}{separator}release of Kubernetes not known"),
    };
    let shown = if page.options.verbose { usize::MAX } else { 1 };
    let evidence: Vec<String> =
        node.distribution_evidence.iter().take(shown).map(view::evidence_line).collect();
    if !evidence.is_empty() {
        text.push_str(&format!(" ({})", evidence.join("; ")));
    }
    text
}

fn components(node: &NodeReport) -> String {
    if node.components.is_empty() {
        return "no component of Kubernetes".to_owned();
    }
    let names: Vec<String> = node.components.iter().map(component).collect();
    names.join(", ")
}

fn component(component: &ComponentReport) -> String {
    let mut text = component.name.clone();
    if let Some(version) = &component.version {
        text.push_str(&format!(" {version}"));
    }
    match component.pid {
        Some(pid) => text.push_str(&format!(" (pid {pid})")),
        None => text.push_str(" (not running)"),
    }
    text
}

/// Gaps to show before they are only counted.
const GAPS_SHOWN: usize = 3;

fn gaps(page: &mut Page<'_, impl io::Write>, gaps: &[String]) -> io::Result<()> {
    let all = page.options.verbose || gaps.len() <= GAPS_SHOWN;
    let shown = if all { gaps.len() } else { GAPS_SHOWN - 1 };
    for gap in &gaps[..shown] {
        page.field(2, "not seen", gap)?;
    }
    if !all {
        let more = gaps.len() - shown;
        page.field(2, "not seen", &format!("and {more} more (--verbose lists them)"))?;
    }
    Ok(())
}
