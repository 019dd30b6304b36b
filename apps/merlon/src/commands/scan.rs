use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write, stdout};

use anyhow::Context;
use merlon_engine::{Baseline, BenchmarkChoice, Preset, Ranking};
use merlon_model::{Action, BaselineState, Finding, Outcome, Report};
use merlon_remediate::{LineChange, TextFix};
use merlon_report::{Fix, Format, Options, Remedy, RenderError, Replacement};

use crate::arguments::{Scan, Threshold};
use crate::exit::Exit;
use crate::input;
use crate::source;
use crate::terminal::Terminal;

/// Scans and reports.
pub fn run(scan: &Scan, terminal: &Terminal) -> anyhow::Result<Exit> {
    if scan.print_rbac {
        anstream::print!("{}", merlon_cluster::cluster_role());
        return Ok(Exit::Clean);
    }
    let mut request = input::request(&scan.selection)?;
    if let Some(path) = &scan.baseline {
        let name = || format!("baseline {}", path.display());
        let text = fs::read(path).with_context(name)?;
        let report: Report = serde_json::from_slice(&text).with_context(name)?;
        request.baseline = Some(Baseline::of(&report));
    }
    if let Some(revision) = &scan.changed_since {
        let files = merlon_collect::changed_since(&scan.source.paths, revision)?;
        request.files = Some(files.iter().map(|path| path.display().to_string()).collect());
    }
    let snapshot = source::snapshot(&scan.source, &request.told)?;
    let named = scan.threat_model.as_deref().and_then(Preset::find).map(Preset::model);
    let model = named.or_else(|| request.configuration.threat_model.clone()).unwrap_or_default();
    let is_ranked = request.benchmark == BenchmarkChoice::None && request.files.is_none();
    let ranking = is_ranked.then(|| Ranking::new(&snapshot, &request.told, &model));
    let mut report = merlon_engine::evaluate(&snapshot, &request)?;
    if let Some(ranking) = ranking {
        ranking.apply(&mut report);
    }
    let format: Format = scan.output.parse()?;
    let fix = |finding: &Finding| merlon_remediate::text_fix(&snapshot, finding).map(fix);
    match &scan.output_file {
        None => {
            let options = Options { fix: &fix, ..options(scan, Some(terminal)) };
            let mut out = BufWriter::new(stdout().lock());
            done(merlon_report::render(format, &report, &options, &mut out))?;
            finish(&mut out)?;
        }
        Some(path) => {
            let name = || format!("report {}", path.display());
            let mut out = BufWriter::new(File::create(path).with_context(name)?);
            let options = Options { fix: &fix, ..options(scan, None) };
            merlon_report::render(format, &report, &options, &mut out).with_context(name)?;
            out.flush().with_context(name)?;
        }
    }
    Ok(exit(&report, scan.fail_on, scan.fail_on_new))
}

fn options(scan: &Scan, terminal: Option<&Terminal>) -> Options<'static> {
    let mut options = Options::new(&remedy);
    options.verbose = scan.verbose;
    if let Some(terminal) = terminal {
        options.colour = terminal.colour;
        options.unicode = terminal.unicode;
        options.width = terminal.width.unwrap_or(options.width);
    }
    options
}

/// How actions are put into words and commands.
pub fn remedy(action: &Action) -> Remedy {
    Remedy {
        summary: merlon_remediate::describe(action),
        commands: merlon_remediate::commands(action),
    }
}

fn fix(fix: TextFix) -> Fix {
    let replacement = |change: LineChange| Replacement {
        line: u32::try_from(change.line).unwrap_or(u32::MAX),
        deleted: change.deleted,
        inserted: change.inserted,
    };
    let replacements = fix.changes.into_iter().map(replacement).collect();
    Fix { summary: fix.summary, path: fix.path, replacements }
}

/// A reader that had enough (`| head`) is not an error.
fn done(rendered: Result<(), RenderError>) -> anyhow::Result<()> {
    match rendered {
        Err(RenderError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        rendered => Ok(rendered?),
    }
}

fn finish(out: &mut impl Write) -> anyhow::Result<()> {
    match out.flush() {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("standard output"),
    }
}

/// What a report means to a pipeline.
fn exit(report: &Report, fail_on: Threshold, only_new: bool) -> Exit {
    let failing =
        |outcome| report.findings.iter().filter(move |finding| finding.outcome == outcome);
    if let Threshold::From(severity) = fail_on
        && failing(Outcome::Fail)
            .filter(|finding| !only_new || finding.baseline == Some(BaselineState::New))
            .any(|finding| finding.severity >= severity)
    {
        return Exit::Findings;
    }
    let evaluated = |outcome| {
        matches!(outcome, Outcome::Pass | Outcome::Fail | Outcome::Manual | Outcome::Justified)
    };
    let nothing = !report.findings.iter().any(|finding| evaluated(finding.outcome));
    let blocked = report.nodes.iter().any(|node| node.benchmark_problem.is_some())
        || report.inventories.iter().any(|it| it.benchmark_problem.is_some());
    // A chart that could not be rendered, a file that could not be read: not all was looked at.
    let partial = report.inventories.iter().any(|inventory| !inventory.gaps.is_empty());
    if nothing || blocked || partial || failing(Outcome::Error).next().is_some() {
        return Exit::NotEvaluated;
    }
    Exit::Clean
}
