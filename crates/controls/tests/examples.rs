//! Every example of every control is a test of its own.

mod common;

use libtest_mimic::{Arguments, Failed, Trial};
use merlon_controls::{Control, Example, all};
use merlon_model::Outcome;

fn main() {
    let arguments = Arguments::from_args();
    let trials = all().iter().flat_map(|&control| {
        control.examples.iter().enumerate().map(move |(place, example)| {
            let name = format!("{}::{}::{}", control.id, example.outcome, place + 1);
            Trial::test(name, move || check(control, example))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn check(control: &'static Control, example: &Example) -> Result<(), Failed> {
    let findings = common::findings(control, example.input);
    let outcome = Outcome::combine(findings.iter().map(|finding| finding.outcome));
    if outcome == Some(example.outcome) {
        return Ok(());
    }
    Err(format!("on\n{}\nfound {findings:#?}", example.input).into())
}
