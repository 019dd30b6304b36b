use std::io;

use anstyle::Style;
use merlon_model::{BenchmarkReport, Outcome, Report, SectionReport};

use super::page::{Page, outcome_style};
use crate::scope;
use crate::view::{self, Chapter};
use crate::visible::visible;

/// Every section of every benchmark, chapter by chapter.
pub(super) fn sections(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    for scope in scope::scopes(report) {
        let Some(benchmark) = scope.benchmark else { continue };
        page.blank()?;
        page.heading(&format!("{} on {}", benchmark.name, scope.name))?;
        for chapter in view::chapters(benchmark) {
            page.blank()?;
            chapter_sections(page, report, benchmark, &chapter)?;
        }
    }
    Ok(())
}

fn chapter_sections(
    page: &mut Page<'_, impl io::Write>,
    report: &Report,
    benchmark: &BenchmarkReport,
    chapter: &Chapter<'_>,
) -> io::Result<()> {
    page.heading(&chapter_title(chapter))?;
    let mut group = chapter.number();
    for section in &chapter.sections {
        let this = view::group_of(&section.id);
        if this != group {
            group = this;
            let title = view::group_title(&benchmark.id, chapter.target, group);
            page.words(2, &format!("{group} {title}"))?;
        }
        section_line(page, report, section, id_width(benchmark))?;
    }
    Ok(())
}

/// The column of ids is as wide as the longest, so that what stands beside lines up.
fn id_width(benchmark: &BenchmarkReport) -> usize {
    let longest = benchmark.sections.iter().map(|section| section.id.chars().count()).max();
    longest.unwrap_or_default().max(7) + 1
}

fn chapter_title(chapter: &Chapter<'_>) -> String {
    format!("{} {}", chapter.number(), chapter.title())
}

/// `1.2.1   fail high   what the section asks`
fn section_line(
    page: &mut Page<'_, impl io::Write>,
    report: &Report,
    section: &SectionReport,
    id_width: usize,
) -> io::Result<()> {
    let mut outcome = page.outcome(section.outcome);
    if section.outcome == Outcome::Fail
        && let Some(severity) = view::section_severity(report, section)
    {
        outcome = format!("{outcome} {severity}");
    }
    let label = format!("{:id_width$}{outcome:17} ", visible(&section.id));
    let title = view::section_statement(report, section);
    page.paragraph(4, &label, outcome_style(section.outcome), &title, Style::new())
}

/// How many sections of each chapter have which outcome.
pub(super) fn summary(page: &mut Page<'_, impl io::Write>, report: &Report) -> io::Result<()> {
    for scope in scope::scopes(report) {
        let Some(benchmark) = scope.benchmark else { continue };
        page.blank()?;
        let heading = format!("{} on {}", benchmark.id, scope.name);
        page.line(Style::new().bold(), &row(&heading, |outcome| column_name(outcome).to_owned()))?;
        for chapter in view::chapters(benchmark) {
            let counts = chapter.counts();
            let row = row(&chapter_title(&chapter), |outcome| counts.get(outcome).to_string());
            page.line(Style::new(), &row)?;
        }
        let total = row("total", |outcome| benchmark.summary.get(outcome).to_string());
        page.line(Style::new().bold(), &total)?;
    }
    Ok(())
}

fn column_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplicable => "n/a",
        other => other.as_str(),
    }
}

fn row(title: &str, cell: impl Fn(Outcome) -> String) -> String {
    let mut row = format!("{:34}", visible(title));
    for outcome in Outcome::ALL {
        let width = column_name(outcome).len().max(4) + 2;
        row.push_str(&format!("{:>width$}", cell(outcome)));
    }
    row
}
