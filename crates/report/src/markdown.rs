//! Markdown, for comments on changes and for wikis (the dialect of GitHub and GitLab).

use std::io;

use merlon_model::{BenchmarkReport, Finding, Outcome, Report};

use crate::order::{self, Alike};
use crate::visible::visible;
use crate::{Options, RenderError, scope, view};

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    writeln!(out, "# Kubernetes security report\n")?;
    writeln!(out, "{}\n", escape(&format!("{}, {}", report.tool, report.taken_at)))?;
    counts(report, out)?;
    nodes(report, out)?;
    inventories(report, out)?;
    if let Some(why) = scope::nothing_judged(report) {
        writeln!(out, "{}\n", escape(why))?;
    }
    failing(report, options, out)?;
    errors(report, out)?;
    justified(report, out)?;
    if options.verbose {
        listed(report, "For a person to judge", Outcome::Manual, options, out)?;
        listed(report, "Passing", Outcome::Pass, options, out)?;
        listed(report, "Not applicable", Outcome::NotApplicable, options, out)?;
    }
    for scope in scope::scopes(report) {
        if let Some(benchmark) = scope.benchmark {
            sections(report, scope.name, benchmark, out)?;
        }
    }
    notes(report, out)?;
    Ok(())
}

fn counts(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let names: Vec<&str> = Outcome::ALL.map(Outcome::as_str).to_vec();
    let counts = view::counts(&report.findings);
    let numbers = Outcome::ALL.map(|outcome| counts.get(outcome).to_string());
    writeln!(out, "| {} |\n|{}", names.join(" | "), "--:|".repeat(names.len()))?;
    writeln!(out, "| {} |\n", numbers.join(" | "))?;
    let fails = report.summary.get(Outcome::Fail);
    if report.causes > 0 && report.causes != fails {
        let causes = view::count(report.causes, "root cause");
        writeln!(out, "{} of {causes}.\n", view::count(fails, "failing finding"))?;
    }
    if let Some((new, known, gone)) = view::against_baseline(report) {
        writeln!(out, "Against the baseline: {new} new, {known} known, {gone} gone.\n")?;
    }
    Ok(())
}

fn nodes(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    if report.nodes.is_empty() {
        return Ok(());
    }
    writeln!(out, "| node | distribution | Kubernetes | roles | components | not seen |")?;
    writeln!(out, "|---|---|---|---|---|--:|")?;
    for node in &report.nodes {
        let roles: Vec<&str> = node.roles.iter().map(|role| role.as_str()).collect();
        let components: Vec<&str> = node.components.iter().map(|c| c.name.as_str()).collect();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            escape(&node.name),
            escape(node.distribution.as_deref().unwrap_or("not recognised")),
            escape(node.kubernetes_version.as_deref().unwrap_or("not known")),
            roles.join(", "),
            if components.is_empty() { "none".to_owned() } else { escape(&components.join(", ")) },
            node.gaps.len(),
        )?;
    }
    writeln!(out)
}

fn inventories(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    if report.inventories.is_empty() {
        return Ok(());
    }
    writeln!(out, "| objects of | from | Kubernetes | objects | skipped files | not seen |")?;
    writeln!(out, "|---|---|---|---|--:|--:|")?;
    for inventory in &report.inventories {
        let from = match &inventory.server {
            Some(server) => escape(server),
            None => view::count(inventory.manifests, "manifest"),
        };
        let kinds = scope::kinds(inventory, KINDS_SHOWN);
        writeln!(
            out,
            "| {} | {from} | {} | {}{} | {} | {} |",
            escape(&inventory.name),
            escape(inventory.kubernetes_version.as_deref().unwrap_or("not known")),
            scope::objects(inventory),
            if kinds.is_empty() { kinds } else { format!(": {}", escape(&kinds)) },
            inventory.skipped,
            inventory.gaps.len(),
        )?;
    }
    writeln!(out)
}

/// Kinds of objects that are named before they are only counted.
const KINDS_SHOWN: usize = 8;

fn failing(report: &Report, options: &Options<'_>, out: &mut impl io::Write) -> io::Result<()> {
    listed(report, "Failing", Outcome::Fail, options, out)
}

fn listed(
    report: &Report,
    heading: &str,
    outcome: Outcome,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let groups = order::alike(report, outcome);
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {heading}\n")?;
    let sections = order::sections_by_finding(report);
    for of_control in groups.chunk_by(|a, b| a.finding.control == b.finding.control) {
        title(&of_control[0], &sections, options, out)?;
        let is_about_objects = of_control.iter().all(|group| group.finding.part.is_some());
        let shown = match is_about_objects && !options.verbose {
            true => of_control.len().min(CAUSES_SHOWN),
            false => of_control.len(),
        };
        for group in &of_control[..shown] {
            block(report, group, options, out)?;
        }
        let rest = &of_control[shown..];
        if !rest.is_empty() {
            let findings = rest.iter().map(|group| group.places.len()).sum();
            let causes = view::count(rest.len(), "further cause");
            writeln!(out, "- and {causes}, {}\n", view::count(findings, "finding"))?;
        }
    }
    Ok(())
}

/// Root causes of one control that are shown before they are only counted: comments have a greatest
/// length.
const CAUSES_SHOWN: usize = 10;

fn title(
    group: &Alike<'_>,
    sections: &[Vec<&str>],
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let finding = group.finding;
    let mut numbers: Vec<&str> = Vec::new();
    for section in group.places.iter().flat_map(|&place| &sections[place]) {
        if !numbers.contains(section) {
            numbers.push(section);
        }
    }
    let statement = view::control_statement(&finding.control, finding.outcome);
    write!(out, "### ")?;
    if finding.outcome == Outcome::Fail {
        write!(out, "{}: ", finding.severity)?;
    }
    if statement != finding.control {
        write!(out, "{} ", escape(&statement))?;
    }
    write!(out, "{}", code(&finding.control))?;
    if !numbers.is_empty() {
        write!(out, " ({})", escape(&numbers.join(", ")))?;
    }
    writeln!(out, "\n")?;
    if let Some(control) = view::known_control(&finding.control)
        && options.verbose
        && finding.outcome == Outcome::Fail
    {
        writeln!(out, "Severity of the worst case: {}\n", escape(&control.explain_severity()))?;
    }
    Ok(())
}

fn block(
    report: &Report,
    group: &Alike<'_>,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let finding = group.finding;
    write!(out, "- **{}**", escape(&finding.resource))?;
    match view::manifest_place(finding) {
        Some((path, region)) => {
            write!(out, " in {}", code(&format!("{path}:{}:{}", region.line, region.column)))?
        }
        None if scope::has_several_scopes(report) => {
            write!(out, " on {}", escape(&group.nodes.join(", ")))?
        }
        None => {}
    }
    writeln!(out, ": {}", escape(&finding.message))?;
    others(&group.others(report), out)?;
    for evidence in &finding.evidence {
        let statement = escape(&evidence.statement);
        match &evidence.location {
            Some(location) => {
                writeln!(out, "  - {}: {statement}", code(&group.location(location)))?
            }
            None => writeln!(out, "  - {statement}")?,
        }
    }
    if let Some(expected) = &finding.expected {
        writeln!(out, "  - expected: {}", escape(expected))?;
    }
    for action in &finding.actions {
        let remedy = (options.remedy)(action);
        writeln!(out, "  - **to do**: {}", escape(&view::remedy_line(action, &remedy)))?;
        if !remedy.commands.is_empty() {
            commands(&remedy.commands, out)?;
        }
    }
    writeln!(out)
}

/// Findings with the same root cause that are named before they are only counted.
const OTHERS_NAMED: usize = 10;

fn others(others: &[&Finding], out: &mut impl io::Write) -> io::Result<()> {
    if others.is_empty() {
        return Ok(());
    }
    let mut named: Vec<String> =
        others.iter().take(OTHERS_NAMED).map(|other| code(&view::placed(other))).collect();
    if others.len() > OTHERS_NAMED {
        named.push(format!("{} others", others.len() - OTHERS_NAMED));
    }
    writeln!(out, "  - the same cause: {}", named.join(", "))
}

/// A fenced block, with a fence that is longer than any in the commands.
fn commands(commands: &[String], out: &mut impl io::Write) -> io::Result<()> {
    let longest = commands.iter().map(|command| longest_run(command, '`')).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    writeln!(out, "\n    {fence}sh")?;
    for line in commands.iter().flat_map(|command| command.lines()) {
        writeln!(out, "    {}", visible(line))?;
    }
    writeln!(out, "    {fence}")
}

fn errors(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let causes = order::causes(report);
    if causes.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Could not be evaluated\n\n| findings | cause |\n|--:|---|")?;
    for cause in &causes {
        writeln!(out, "| {} | {} |", cause.findings.len(), escape(cause.cause))?;
    }
    writeln!(out)
}

fn justified(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let groups = order::alike(report, Outcome::Justified);
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Justified\n")?;
    writeln!(out, "| control | resource | where | why | owner | until | ticket | written in |")?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    for Alike { finding, nodes, .. } in &groups {
        let Finding { control, resource, justification, .. } = finding;
        let by = justification.as_ref();
        let cell = |text: Option<&String>| text.map(|text| escape(text)).unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            escape(control),
            escape(resource),
            escape(&nodes.join(", ")),
            cell(by.map(|by| &by.reason)),
            cell(by.map(|by| &by.owner)),
            cell(by.and_then(|by| by.expires.as_ref())),
            cell(by.and_then(|by| by.ticket.as_ref())),
            cell(by.map(|by| &by.written_in)),
        )?;
    }
    writeln!(out)
}

/// A benchmark folds away: it is long, and the failing findings stand above.
fn sections(
    report: &Report,
    scope: &str,
    benchmark: &BenchmarkReport,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let name = format!("{} on {scope}", benchmark.name);
    writeln!(out, "<details><summary>{}</summary>\n", html_text(&name))?;
    writeln!(out, "| section | outcome | what is the case |\n|---|---|---|")?;
    for section in &benchmark.sections {
        let title = escape(&view::section_statement(report, section));
        writeln!(out, "| {} | {} | {title} |", escape(&section.id), section.outcome)?;
    }
    writeln!(out, "\n</details>\n")
}

fn notes(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    if report.justification_notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Justifications that need care\n")?;
    for note in &report.justification_notes {
        let place = code(&note.written_in);
        writeln!(out, "- {}: {} ({place})", code(&note.subject), escape(&note.message))?;
    }
    writeln!(out)
}

/// Text that no reader of Markdown takes for markup, a link, a mention or a reference.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in visible(text).chars() {
        match character {
            // Forges look for mentions and issue numbers in the rendered text, where a backslash
            // is gone; only a character between keeps them from one.
            '@' | '#' => {
                escaped.push('\\');
                escaped.push(character);
                escaped.push('\u{2060}');
            }
            // As entities, so that nothing of HTML is left for renderers that are less exact.
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '-' | '(' | ')' | ',' | '/' | '\'' | '"' | ';' | '%' | '?' => escaped.push(character),
            c if c.is_ascii_punctuation() => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A code span, with a fence that is longer than any in the text.
fn code(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let space =
        if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Text inside of HTML, which neither HTML nor Markdown takes for markup.
fn html_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' | '<' | '>' | '`' | '\\' | '*' | '_' => {
                escaped.push_str(&format!("&#{};", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{code, escape};

    #[test]
    fn data_is_not_markup() {
        let check = |text: &str, expected: &str| assert_eq!(escape(text), expected, "{text:?}");
        check("/etc/kubernetes/kubelet.conf", "/etc/kubernetes/kubelet\\.conf");
        check("<img src=x>", "&lt;img src\\=x&gt;");
        check("a|b\n# c", "a\\|b\\\\n\\#\u{2060} c");
        check("[x](javascript:1)", "\\[x\\](javascript\\:1)");
        check("*_~`", "\\*\\_\\~\\`");
        check("@everyone", "\\@\u{2060}everyone");
        check("https://example.org", "https\\://example\\.org");
    }

    #[test]
    fn code_spans_hold_backticks() {
        let check = |text: &str, expected: &str| assert_eq!(code(text), expected, "{text:?}");
        check("kubelet", "`kubelet`");
        check("a`b", "``a`b``");
        check("`", "`` ` ``");
    }
}
