use std::fs;

use anyhow::Context;
use merlon_model::{Outcome, Report};

use crate::arguments::Fix;
use crate::exit::Exit;
use crate::input;

/// Plans the changes that mend what failed.
pub fn run(fix: &Fix) -> anyhow::Result<Exit> {
    let report = report(fix)?;
    print_plan(&report);
    Ok(Exit::Clean)
}

fn report(fix: &Fix) -> anyhow::Result<Report> {
    if let Some(path) = &fix.report {
        let name = || format!("report {}", path.display());
        let text = fs::read(path).with_context(name)?;
        return serde_json::from_slice(&text).with_context(name);
    }
    let request = input::request(&fix.selection)?;
    let snapshot = input::snapshot(&fix.source, &request.told)?;
    Ok(merlon_engine::evaluate(&snapshot, &request)?)
}

fn print_plan(report: &Report) {
    let failing = report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    for finding in failing {
        anstream::println!("{}  {}  {}", finding.node, finding.control, finding.resource);
        for action in &finding.actions {
            anstream::println!("    {}", merlon_remediate::describe(action));
        }
    }
    anstream::println!("\nNothing was changed.");
}
