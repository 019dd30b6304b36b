//! One row per finding.

use std::io;

use merlon_model::{BaselineState, Finding, Report};

use crate::order::sections_by_finding;
use crate::visible::visible;
use crate::{Options, RenderError, view};

/// The columns, in their order.
const COLUMNS: [&str; 29] = [
    "scope",
    "control",
    "title",
    "severity",
    "resource",
    "outcome",
    "message",
    "expected",
    "evidence",
    "remedy",
    "commands",
    "sections",
    "justified_by",
    "justification",
    "justified_until",
    "ticket",
    "written_in",
    "count",
    "api_version",
    "kind",
    "namespace",
    "object",
    "container",
    "field",
    "file",
    "line",
    "column",
    "cause",
    "baseline",
];

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS).map_err(write_error)?;
    let sections = sections_by_finding(report);
    for (finding, sections) in report.findings.iter().zip(&sections) {
        let cells = row(finding, sections, options).map(|cell| guarded(&cell));
        writer.write_record(cells).map_err(write_error)?;
    }
    writer.flush()?;
    Ok(())
}

fn row(finding: &Finding, sections: &[&str], options: &Options<'_>) -> [String; COLUMNS.len()] {
    let remedies = view::remedies(finding, options);
    let seen = |text: &str| visible(text).into_owned();
    let evidence = finding.evidence.iter().map(|one| seen(&view::evidence_line(one)));
    let evidence: Vec<String> = evidence.collect();
    let summaries: Vec<String> = remedies.iter().map(|remedy| seen(&remedy.summary)).collect();
    let commands = remedies.iter().flat_map(|remedy| &remedy.commands);
    let commands: Vec<String> = commands.flat_map(|command| command.lines()).map(seen).collect();
    let part = finding.part.as_ref();
    let object = part.map(|part| &part.object);
    let place = view::manifest_place(finding);
    let baseline = match finding.baseline {
        None => "",
        Some(BaselineState::New) => "new",
        Some(BaselineState::Unchanged) => "unchanged",
    };
    let by = finding.justification.as_ref();
    let [owner, reason, written_in] = match by {
        Some(by) => [by.owner.clone(), by.reason.clone(), by.written_in.clone()],
        None => Default::default(),
    };
    [
        seen(&finding.scope),
        finding.control.to_string(),
        view::control_title(&finding.control).to_owned(),
        finding.severity.to_string(),
        seen(&finding.resource),
        finding.outcome.to_string(),
        seen(&finding.message),
        finding.expected.as_deref().map(seen).unwrap_or_default(),
        evidence.join("\n"),
        summaries.join("\n"),
        commands.join("\n"),
        sections.join(" "),
        owner,
        reason,
        by.and_then(|by| by.expires.clone()).unwrap_or_default(),
        by.and_then(|by| by.ticket.clone()).unwrap_or_default(),
        written_in,
        finding.count.to_string(),
        object.map(|object| seen(&object.api_version)).unwrap_or_default(),
        object.map(|object| seen(&object.kind)).unwrap_or_default(),
        object.and_then(|object| object.namespace.as_deref()).map(seen).unwrap_or_default(),
        object.map(|object| seen(&object.name)).unwrap_or_default(),
        part.and_then(|part| part.container.as_deref()).map(seen).unwrap_or_default(),
        part.and_then(|part| part.field.as_deref()).map(seen).unwrap_or_default(),
        place.map(|(path, _)| seen(path)).unwrap_or_default(),
        place.map(|(_, region)| region.line.to_string()).unwrap_or_default(),
        place.map(|(_, region)| region.column.to_string()).unwrap_or_default(),
        finding.cause.as_deref().map(seen).unwrap_or_default(),
        baseline.to_owned(),
    ]
}

/// Keeps a spreadsheet from taking a cell for a formula: an apostrophe goes before the characters
/// that begin one. (OWASP, CSV injection.)
fn guarded(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠') => {
            format!("'{cell}")
        }
        _ => cell.to_owned(),
    }
}

fn write_error(error: csv::Error) -> RenderError {
    RenderError::Write(error.into())
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn formulas_are_defused() {
        let check = |cell: &str, expected: &str| assert_eq!(guarded(cell), expected, "{cell:?}");
        check("", "");
        check("kubelet", "kubelet");
        check("a=1", "a=1");
        check("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")");
        check("--profiling is true", "'--profiling is true");
        check("+1", "'+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
    }
}
