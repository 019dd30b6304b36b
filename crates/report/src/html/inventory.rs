use maud::{Markup, html};
use merlon_model::{InventoryReport, Report};

use crate::visible::visible;
use crate::{scope, view};

/// The clusters and sets of manifests, one row each.
pub(super) fn inventories(report: &Report) -> Markup {
    html! {
        section aria-label="Objects" {
            h2 { "Objects" }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Objects of" } th scope="col" { "Kubernetes" }
                            th scope="col" { "Objects" } th scope="col" { "Benchmark" }
                            th scope="col" { "Outcomes" }
                        }
                    }
                    tbody { @for inventory in &report.inventories { (row(report, inventory)) } }
                }
            }
        }
    }
}

fn row(report: &Report, inventory: &InventoryReport) -> Markup {
    let own = report.findings.iter().filter(|finding| finding.scope == inventory.name);
    let (counts, of) = match &inventory.benchmark {
        Some(benchmark) => (benchmark.summary.clone(), "sections"),
        None => (view::counts(own), "findings"),
    };
    html! {
        tr {
            th scope="row" {
                (super::scope_name(&inventory.name))
                div.muted {
                    @match &inventory.server {
                        Some(server) => (visible(server)),
                        None => (view::count(inventory.manifests, "manifest")),
                    }
                    @if inventory.skipped > 0 {
                        ", " (view::count(inventory.skipped, "file")) " skipped"
                    }
                }
            }
            td data-label="Kubernetes" { (visible(inventory.kubernetes_version.as_deref().unwrap_or("not known"))) }
            td data-label="Objects" {
                (scope::objects(inventory))
                div.muted { (visible(&scope::kinds(inventory, usize::MAX))) }
            }
            (super::benchmark_cell(inventory.benchmark.as_ref(), inventory.benchmark_problem.as_ref()))
            (super::outcomes_cell(&counts, of))
        }
    }
}
