//! `merlon` on real nodes: control planes and kubelets of the testkit, each on a private host.

// Like the functions that the standard harness calls, these are tests; clippy cannot know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod node;
mod scan;
mod table;
mod truth;

use std::process::ExitCode;

use merlon_testkit::{Need, Suite};

fn main() -> ExitCode {
    if let Some(name) = node::wanted_here() {
        node::run_here(&name);
        return ExitCode::SUCCESS;
    }
    let mut suite = Suite::new();
    for case in node::CASES {
        suite = suite.alone(
            &format!("the_sections_of_a_node_{}", case.name),
            "has a host of its own",
            &[Need::Kubernetes(case.version), Need::PrivateHost],
            || node::run(case),
        );
    }
    suite.run()
}
