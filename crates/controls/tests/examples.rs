//! Every example of every control is a test of its own.

use libtest_mimic::{Arguments, Failed, Trial};
use merlon_controls::{Control, Example, Parameters, all, evaluate, example};
use merlon_model::Outcome;
use merlon_views::{NodeView, Told};

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
    let node = example::node(example.node);
    let view = NodeView::new(&node, example::NOW, &Told::default());
    let findings = evaluate(control, &view, &Parameters::default());
    let outcome = Outcome::combine(findings.iter().map(|finding| finding.outcome));
    if outcome == Some(example.outcome) {
        return Ok(());
    }
    Err(format!("on\n{}\nfound {findings:#?}", example.node).into())
}
