//! `merlon`: what people install.
//!
//! Each command is a file in `commands`; it reads its arguments, calls the crates, and answers
//! with an [`Exit`]. Nothing is decided here.

#![allow(unreachable_pub, reason = "a program has no outside: pub says what a module offers")]

mod access;
mod alike;
mod arguments;
mod commands;
mod exit;
mod input;
mod source;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("merlon: {error:#}");
            Exit::NotEvaluated.into()
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let terminal = terminal::Terminal::of(arguments.color);
    match &arguments.command {
        Command::Scan(scan) => commands::scan::run(scan, &terminal),
        Command::Collect(collect) => commands::collect::run(collect),
        Command::Snapshot(snapshot) => commands::snapshot::run(snapshot),
        Command::Fix(fix) => commands::fix::run(fix, &terminal),
        Command::Paths(paths) => commands::paths::run(paths, &terminal),
        Command::Explain(explain) => commands::explain::run(explain, &terminal),
        Command::Access(arguments) => access::run(arguments, &terminal),
        Command::Controls(controls) => commands::controls::run(controls, &terminal),
        Command::Benchmarks(benchmarks) => commands::benchmarks::run(benchmarks, &terminal),
        Command::Schema(schema) => commands::generate::schema(schema),
        Command::Completions(completions) => commands::generate::completions(completions),
        Command::ManPage => commands::generate::man_page(),
    }
}
