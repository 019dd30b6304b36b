//! Workflow commands of GitHub Actions, which become annotations beside the changed lines.
//!
//! There is one annotation for each root cause that fails, the worst first, and one warning for each
//! reason why something could not be evaluated. GitHub shows [`SHOWN`] annotations of a level for
//! each step, so that no more are written without [`Options::verbose`]. Where an earlier report was
//! compared, only what is new is annotated: the rest is none of the change's doing.

use std::io;

use merlon_model::{BaselineState, Finding, Outcome, Region, Report, Severity};

use crate::order::{self, Alike};
use crate::visible::visible;
use crate::{Options, RenderError, view};

/// How many annotations of one level GitHub shows for a step.
const SHOWN: usize = 10;

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let annotations = annotations(report, options);
    let mut left_out = 0;
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let mut shown = 0;
        for annotation in annotations.iter().filter(|annotation| annotation.level == level) {
            if options.verbose || shown < SHOWN {
                writeln!(out, "{}", annotation.command())?;
                shown += 1;
            } else {
                left_out += 1;
            }
        }
    }
    // No text of the report may stand here: a line that begins with `::` would be a command.
    let fails = view::count(report.summary.get(Outcome::Fail), "finding");
    let errors = report.summary.get(Outcome::Error);
    writeln!(out, "Merlon: {fails}, {errors} could not be evaluated.")?;
    if let Some((new, known, gone)) = view::against_baseline(report) {
        writeln!(out, "Against the baseline: {new} new, {known} known, {gone} gone.")?;
    }
    if left_out > 0 {
        writeln!(out, "Not annotated: {left_out} more, because GitHub shows {SHOWN} of a level.")?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

struct Annotation<'r> {
    level: Level,
    place: Option<(&'r str, &'r Region)>,
    title: String,
    message: String,
}

fn annotations<'r>(report: &'r Report, options: &Options<'_>) -> Vec<Annotation<'r>> {
    let is_new = |finding: &Finding| finding.baseline != Some(BaselineState::Unchanged);
    let members = |group: &Alike<'_>| {
        group.places.iter().filter_map(|&place| report.findings.get(place)).any(is_new)
    };
    let groups = order::alike(report, Outcome::Fail);
    let failing =
        groups.iter().filter(|group| members(group)).map(|group| failing(report, group, options));
    let errors = order::causes(report)
        .into_iter()
        .filter(|cause| cause.findings.iter().any(|finding| is_new(finding)))
        .map(|cause| Annotation {
            level: Level::Warning,
            place: None,
            title: format!(
                "{} could not be evaluated",
                view::count(cause.findings.len(), "finding")
            ),
            message: visible(cause.cause).into_owned(),
        });
    failing.chain(errors).collect()
}

fn failing<'r>(report: &'r Report, group: &Alike<'r>, options: &Options<'_>) -> Annotation<'r> {
    let finding = group.finding;
    let mut message = format!("{}: {}", finding.resource, finding.message);
    let place = view::manifest_place(finding);
    if place.is_none() {
        message.push_str(&format!(" (on {})", group.nodes.join(", ")));
    }
    let others = group.others(report).len();
    if others > 0 {
        message.push_str(&format!(" (and {others} more with this cause)"));
    }
    // Made visible line by line, so that data brings no line of its own.
    let mut lines = vec![visible(&message).into_owned()];
    if let Some(expected) = &finding.expected {
        lines.push(format!("Expected: {}", visible(expected)));
    }
    for action in &finding.actions {
        let remedy = (options.remedy)(action);
        lines.push(format!("Fix: {}", visible(&view::remedy_line(action, &remedy))));
    }
    Annotation {
        level: match finding.severity {
            Severity::Critical | Severity::High => Level::Error,
            Severity::Medium => Level::Warning,
            Severity::Low => Level::Notice,
        },
        place,
        title: format!("{}: {}", finding.severity, view::control_title(&finding.control)),
        message: lines.join("\n"),
    }
}

impl Annotation<'_> {
    /// `::error file=deploy/web.yaml,line=23,endLine=23,col=9,endColumn=18,title=…::message`
    fn command(&self) -> String {
        let name = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        };
        let mut properties = Vec::new();
        if let Some((path, region)) = self.place {
            let path = path.strip_prefix("./").unwrap_or(path);
            properties.push(format!("file={}", property(path)));
            properties.extend(place(region));
        }
        properties.push(format!("title={}", property(&self.title)));
        format!("::{name} {}::{}", properties.join(","), data(&self.message))
    }
}

/// The region's properties. GitHub takes columns for annotations of one line only.
fn place(region: &Region) -> Vec<String> {
    let Region { line, column, end_line, end_column } = *region;
    if line == 0 {
        return Vec::new();
    }
    let end_line = end_line.max(line);
    let mut properties = vec![format!("line={line}"), format!("endLine={end_line}")];
    if end_line == line && column > 0 {
        properties.push(format!("col={column}"));
        properties.push(format!("endColumn={}", end_column.max(column)));
    }
    properties
}

/// Escaped as `@actions/core` escapes what follows the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escaped as `@actions/core` escapes properties.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use merlon_model::Region;

    use super::{data, place, property};

    #[test]
    fn texts_are_escaped_as_the_toolkit_does() {
        assert_eq!(data("100% a:b,c\r\nd"), "100%25 a:b,c%0D%0Ad");
        assert_eq!(property("100% a:b,c"), "100%25 a%3Ab%2Cc");
        assert_eq!(property("a\n::error::b"), "a\\n%3A%3Aerror%3A%3Ab");
    }

    #[test]
    fn columns_stand_for_one_line_only() {
        let check = |given: (u32, u32, u32, u32), expected: &str| {
            let (line, column, end_line, end_column) = given;
            let properties = place(&Region { line, column, end_line, end_column });
            assert_eq!(properties.join(","), expected, "{given:?}");
        };
        check((23, 9, 23, 18), "line=23,endLine=23,col=9,endColumn=18");
        check((23, 9, 25, 3), "line=23,endLine=25");
        check((23, 9, 0, 0), "line=23,endLine=23,col=9,endColumn=9");
        check((0, 0, 0, 0), "");
    }
}
