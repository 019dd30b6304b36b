use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use anstyle::{AnsiColor, Style};
use merlon_model::{AttackChange, AttackPath, AttackReport, AttackRoute, ChokePoints};

use super::proof::{self, Line};
use super::route;
use crate::text::page::Page;
use crate::visible::visible;
use crate::wrap::columns;
use crate::{Options, view};

/// Paths beside the shortest that are shown before they are only counted.
const PATHS_SHOWN: usize = 10;
/// Gaps that are shown before they are only counted.
const GAPS_SHOWN: usize = 10;
/// Branches beside each other that are drawn; deeper ones stand under the last.
const BRANCHES_DRAWN: usize = 6;

pub(super) fn render(
    report: &AttackReport,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut page = Page::new(out, options);
    let title = format!("Attack paths in {}{}{}", report.source, page.separator(), report.taken_at);
    page.heading(&title)?;
    page.blank()?;
    if report.routes.is_empty() {
        page.words(0, "No entry and target were looked at, so nothing is known of paths.")?;
    }
    overview(&mut page, report)?;
    let mut told = BTreeSet::new();
    for route in report.routes.iter().filter(|route| route::is_reached(route)) {
        if report.routes.len() > 1 {
            page.blank()?;
        }
        route_lines(&mut page, report, route, &mut told)?;
    }
    gaps(&mut page, report)?;
    next(&mut page, report)
}

/// What each entry reaches, and how far those get that reach nothing. Of a single route that is reached its own verdict
/// is enough.
fn overview(page: &mut Page<'_, impl io::Write>, report: &AttackReport) -> io::Result<()> {
    let is_reached = report.routes.iter().any(route::is_reached);
    if is_reached && report.routes.len() == 1 {
        return Ok(());
    }
    for (is_reached, line) in route::overview(report) {
        let colour = match is_reached {
            true => AnsiColor::Red,
            false if report.gaps.is_empty() => AnsiColor::Green,
            false => AnsiColor::Yellow,
        };
        page.paragraph(0, "", Style::new(), &line, colour.on_default().bold())?;
    }
    if !is_reached && report.extent.objects > 0 {
        page.blank()?;
        page.words(0, &route::extent(report))?;
    }
    Ok(())
}

/// What to ask next.
fn next(page: &mut Page<'_, impl io::Write>, report: &AttackReport) -> io::Result<()> {
    let mut hints = Vec::new();
    if let Some(path) = report.routes.iter().find_map(|route| route::all_paths(route).next()) {
        if let Some((_, step)) = route::steps(report, path).last() {
            hints
                .push(format!("`merlon explain {}` tells how the last step works", step.technique));
        }
        if let Some(object) =
            report.routes.iter().find_map(|route| route::taken_away(report, route))
        {
            hints.push(format!("--without '{object}' shows what is left without it"));
        }
        hints.push("-o html --output-file paths.html writes a page to explore".to_owned());
    } else if !report.routes.is_empty() {
        hints.push("--to secrets, or another --threat-model, asks for other targets".to_owned());
        hints.push("--from 'serviceaccount NAMESPACE/NAME' starts elsewhere".to_owned());
    }
    if hints.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.paragraph(0, "Next: ", Style::new(), &hints.join("; "), Style::new())
}

fn route_lines(
    page: &mut Page<'_, impl io::Write>,
    report: &AttackReport,
    route: &AttackRoute,
    told: &mut BTreeSet<String>,
) -> io::Result<()> {
    let style = AnsiColor::Red.on_default().bold();
    page.paragraph(0, "", Style::new(), &route::verdict(report, route), style)?;
    for (number, path) in route::all_paths(route).enumerate() {
        if number == 0 {
            page.blank()?;
            path_tree(page, report, path, told)?;
        } else if page.options.verbose {
            page.blank()?;
            page.heading(&format!("Another way: {}", length_and_doubt(path)))?;
            page.blank()?;
            path_tree(page, report, path, told)?;
        }
    }
    if !page.options.verbose {
        other_paths(page, report, route)?;
    }
    match &route.choke_points {
        Some(points) => choke_points(page, report, route, points),
        None => Ok(()),
    }
}

fn length_and_doubt(path: &AttackPath) -> String {
    let length = view::count(path.steps.len(), "step");
    match route::doubt(path.confidence) {
        Some(doubt) => format!("{length}, {doubt}"),
        None => length,
    }
}

/// A path from top to bottom, each step between what it needs and what it gives.
fn path_tree(
    page: &mut Page<'_, impl io::Write>,
    report: &AttackReport,
    path: &AttackPath,
    told: &mut BTreeSet<String>,
) -> io::Result<()> {
    let rails = Rails::of(page.options);
    page.margin.push_str("  ");
    let mut branches = 0_usize;
    for line in proof::lines(report, path) {
        match line {
            Line::Start { fact } => page.heading(route::fact_title(report, fact))?,
            Line::Held { fact, after } => {
                let since = match after {
                    Some(number) => format!("held since step {number}"),
                    None => "held from the start".to_owned(),
                };
                page.words(0, &format!("{} ({since})", route::fact_title(report, fact)))?;
            }
            Line::Step { number, step } => {
                page.line(Style::new(), rails.down)?;
                page.margin.push_str(rails.along);
                step_lines(page, report, number, step, told)?;
                page.margin.truncate(page.margin.len() - rails.along.len());
                page.line(Style::new(), rails.arrow)?;
                let conclusion = report.steps.get(step).map_or(usize::MAX, |step| step.conclusion);
                page.heading(route::fact_title(report, conclusion))?;
            }
            Line::Open => {
                page.line(Style::new(), rails.down)?;
                page.line(Style::new(), rails.open)?;
                branches += 1;
                if branches <= BRANCHES_DRAWN {
                    page.margin.push_str(rails.branch);
                }
            }
            Line::Close => {
                if branches <= BRANCHES_DRAWN {
                    page.margin.truncate(page.margin.len() - rails.branch.len());
                }
                branches = branches.saturating_sub(1);
                page.line(Style::new(), rails.close)?;
            }
        }
    }
    page.margin.clear();
    Ok(())
}

/// The lines between facts.
struct Rails {
    down: &'static str,
    along: &'static str,
    arrow: &'static str,
    open: &'static str,
    branch: &'static str,
    close: &'static str,
}

impl Rails {
    fn of(options: &Options<'_>) -> Self {
        if options.unicode {
            Self {
                down: "│",
                along: "│  ",
                arrow: "▼",
                open: "├──┐ and besides",
                branch: "│  ",
                close: "├──┘",
            }
        } else {
            Self {
                down: "|",
                along: "|  ",
                arrow: "v",
                open: "+--+ and besides",
                branch: "|  ",
                close: "+--+",
            }
        }
    }
}

/// How wide the number before a title is.
const NUMBER: usize = 3;

fn numbered(number: usize) -> String {
    format!("{number:<width$} ", width = NUMBER - 1)
}

/// What is done, why it works, what shows it, and how to see it without harm. Why a technique works
/// is said once.
fn step_lines(
    page: &mut Page<'_, impl io::Write>,
    report: &AttackReport,
    number: usize,
    place: usize,
    told: &mut BTreeSet<String>,
) -> io::Result<()> {
    let Some(step) = report.steps.get(place) else { return Ok(()) };
    let mut title = route::step_title(report, step).to_owned();
    if let Some(doubt) = route::doubt(step.confidence) {
        title.push_str(&format!(" ({doubt})"));
    }
    let style = AnsiColor::Yellow.on_default();
    page.paragraph(0, &numbered(number), style, &title, style)?;
    let technique = route::technique(report, step);
    if let Some(technique) = technique
        && told.insert(step.technique.clone())
    {
        page.field(NUMBER, "why", &technique.reason)?;
    }
    for evidence in &step.evidence {
        page.field(NUMBER, "seen", &view::evidence_line(evidence))?;
    }
    if let Some(technique) = technique.filter(|technique| !technique.references.is_empty()) {
        page.field(NUMBER, "known as", &technique.references.join(", "))?;
    }
    if page.options.verbose {
        for (_, change) in route::changes(report, &step.changes) {
            page.field(NUMBER, "cut by", &change.title)?;
        }
        page.field(NUMBER, "more", &format!("`merlon explain {}`", step.technique))?;
    }
    if !step.commands.is_empty() {
        page.field(NUMBER, "try it", "which changes nothing:")?;
    }
    for command in &step.commands {
        page.command(NUMBER, command)?;
    }
    Ok(())
}

/// A line for each path but the shortest.
fn other_paths(
    page: &mut Page<'_, impl io::Write>,
    report: &AttackReport,
    route: &AttackRoute,
) -> io::Result<()> {
    let all = route::all_paths(route).count();
    if all < 2 {
        return Ok(());
    }
    page.blank()?;
    page.heading("Other ways")?;
    for path in route::all_paths(route).skip(1).take(PATHS_SHOWN) {
        let line = path_line(page, report, path);
        page.line(Style::new(), &line)?;
    }
    let hint = "--verbose tells each step by step";
    match all.saturating_sub(1 + PATHS_SHOWN) {
        0 => page.words(2, hint),
        more => page.words(2, &format!("and {more} more; {hint}")),
    }
}

/// `  5 steps, likely: container shop/web > serviceaccount shop/cart > ... > cluster`, with names left
/// out in the middle where a line is too short for all.
fn path_line(page: &Page<'_, impl io::Write>, report: &AttackReport, path: &AttackPath) -> String {
    let (arrow, dots) = if page.options.unicode { (" → ", "…") } else { (" > ", "...") };
    let head = format!("  {}: ", length_and_doubt(path));
    let names: Vec<_> = route::steps(report, path)
        .filter_map(|(_, step)| report.facts.get(step.conclusion))
        .map(|fact| visible(&fact.name))
        .collect();
    let room = page.options.width.saturating_sub(columns(&head));
    head + &abridged(&names, arrow, dots, room)
}

/// The names with arrows between them. Where there is no room for all, those in the middle are left
/// out: what lies next to the target tells ways apart best.
fn abridged(names: &[Cow<'_, str>], arrow: &str, dots: &str, room: usize) -> String {
    let whole = names.join(arrow);
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return whole };
    if columns(&whole) <= room || names.len() < 3 {
        return whole;
    }
    let mut used = columns(first) + columns(last) + columns(dots) + 2 * columns(arrow);
    let mut kept = names.len() - 1;
    for name in names[1..names.len() - 1].iter().rev() {
        used += columns(name) + columns(arrow);
        if used > room {
            break;
        }
        kept -= 1;
    }
    let mut shown = vec![first.as_ref()];
    if kept == names.len() - 1 {
        // The one before the last says more than the first, where there is room for one of them.
        kept -= 1;
        let instead = [dots, &names[kept], last].join(arrow);
        if columns(&instead) <= room {
            return instead;
        }
        kept += 1;
    }
    if kept > 1 {
        shown.push(dots);
    }
    shown.extend(names[kept..].iter().map(AsRef::as_ref));
    shown.join(arrow)
}

fn choke_points(
    page: &mut Page<'_, impl io::Write>,
    report: &AttackReport,
    route: &AttackRoute,
    points: &ChokePoints,
) -> io::Result<()> {
    page.blank()?;
    let proof = route::proof_words(points);
    match points {
        ChokePoints::Cut { changes, .. } => {
            let number = view::count(changes.len(), "change");
            page.heading(&format!("What cuts every way to {}: {number}", route.target))?;
            for (number, (_, change)) in route::changes(report, changes).enumerate() {
                change_lines(page, number + 1, change)?;
            }
            let them = if changes.len() == 1 { "it" } else { "them" };
            page.words(2, &format!("With {them} no way is left; {proof}."))
        }
        ChokePoints::Impossible { path } => {
            page.heading(&format!("Nothing cuts every way to {}", route.target))?;
            page.words(2, &format!("Because {proof}:"))?;
            let line = path_line(page, report, path);
            page.line(Style::new(), &line)
        }
    }
}

fn change_lines(
    page: &mut Page<'_, impl io::Write>,
    number: usize,
    change: &AttackChange,
) -> io::Result<()> {
    page.paragraph(
        2,
        &numbered(number),
        Style::new(),
        &change.title,
        AnsiColor::Cyan.on_default(),
    )?;
    for action in &change.actions {
        let remedy = (page.options.remedy)(action);
        let line = view::remedy_line(action, &remedy);
        if line != change.title {
            page.words(2 + NUMBER, &line)?;
        }
        for command in &remedy.commands {
            page.command(2 + NUMBER, command)?;
        }
    }
    Ok(())
}

fn gaps(page: &mut Page<'_, impl io::Write>, report: &AttackReport) -> io::Result<()> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.heading("Not seen, and there may be more ways through it")?;
    let shown = if page.options.verbose { report.gaps.len() } else { GAPS_SHOWN };
    for gap in report.gaps.iter().take(shown) {
        page.words(2, gap)?;
    }
    match report.gaps.len().saturating_sub(shown) {
        0 => Ok(()),
        more => page.words(2, &format!("and {more} more (--verbose lists them)")),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::abridged;

    #[test]
    fn names_in_the_middle_are_left_out_first() {
        let check = |names: &[&str], room, expected: &str| {
            let names: Vec<Cow<'_, str>> = names.iter().map(|&name| name.into()).collect();
            assert_eq!(abridged(&names, " > ", "...", room), expected, "{names:?} in {room}");
        };
        check(&[], 0, "");
        check(&["one"], 0, "one");
        check(&["one", "two"], 0, "one > two");
        check(&["one", "two", "six"], 15, "one > two > six");
        check(&["one", "two", "six"], 14, "one > ... > six");
        check(&["one", "twenty", "six", "ten"], 21, "one > ... > six > ten");
        check(&["one", "twenty", "six", "ten"], 20, "... > six > ten");
        check(&["one", "twenty", "six", "ten"], 14, "one > ... > ten");
        check(&["one", "two", "six", "ten"], 0, "one > ... > ten");
    }
}
