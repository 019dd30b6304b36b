//! `merlon access`: who may do what, through which binding, and what a change makes of it.
//!
//! Each question is a file; it asks [`merlon_rbac`] and puts the answer into the words of [`merlon_report::access`].

pub mod arguments;

mod can;
mod describe;
mod diff;
mod facts;
mod gaps;
mod of;
mod question;
mod resources;
mod risky;
mod subject;
mod who_can;

use std::io::{BufWriter, ErrorKind, Write, stdout};

use anyhow::Context;
use merlon_report::access::{AccessReport, AccessStyle, render};
use merlon_report::{RenderError, visible};

use crate::exit::Exit;
use crate::terminal::Terminal;
use arguments::{Access, AccessCommand, Form};

/// The columns where standard output is no terminal.
const WIDTH: usize = 140;

/// How many gaps are told one by one.
const TOLD: usize = 10;

/// Answers a question about access.
pub fn run(access: &Access, terminal: &Terminal) -> anyhow::Result<Exit> {
    let (form, answer) = match &access.command {
        AccessCommand::WhoCan(who_can) => (who_can.form.output, who_can::run(who_can)?),
        AccessCommand::Can(can) => (can.form.output, can::run(can)?),
        AccessCommand::Of(of) => (of.form.output, of::run(of)?),
        AccessCommand::Risky(risky) => (risky.form.output, risky::run(risky)?),
        AccessCommand::Diff(diff) => (diff.form.output, diff::run(diff)?),
    };
    let (report, exit) = answer;
    tell_gaps(&report.gaps);
    print(form, &report, terminal)?;
    Ok(exit)
}

/// What a command answers, and how the program ends.
type Answered = (AccessReport, Exit);

fn tell_gaps(gaps: &[String]) {
    for gap in gaps.iter().take(TOLD) {
        anstream::eprintln!("Not seen: {}", visible(gap));
    }
    match gaps.len().saturating_sub(TOLD) {
        0 => {}
        more => anstream::eprintln!("Not seen: {more} more, which -o json lists"),
    }
}

fn print(form: Form, report: &AccessReport, terminal: &Terminal) -> anyhow::Result<()> {
    let style = AccessStyle {
        colour: terminal.colour,
        unicode: terminal.unicode,
        width: terminal.width.unwrap_or(WIDTH),
    };
    let mut out = BufWriter::new(stdout().lock());
    let rendered = render(form.format(), report, style, &mut out);
    let flushed = rendered.and_then(|()| out.flush().map_err(RenderError::Write));
    match flushed {
        // A reader that had enough (`| head`) is not an error.
        Err(RenderError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        flushed => flushed.context("standard output"),
    }
}

/// The program as reports name it.
fn tool() -> String {
    format!("merlon {}", env!("CARGO_PKG_VERSION"))
}
