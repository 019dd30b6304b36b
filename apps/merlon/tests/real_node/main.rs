//! `merlon` on real nodes: control planes and kubelets of the testkit, each on a private host.

// Like the functions that the standard harness calls, these are tests; clippy cannot know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod configz;
mod help;
mod node;
mod scan;
mod table;
mod truth;

use std::process::ExitCode;

use merlon_testkit::{Need, Suite, Version};

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
    for name in ["control-plane", "worker"] {
        let test = format!("the_sections_of_the_recorded_{name}");
        suite = suite.alone(&test, "starts nothing", &[], move || scan::recorded(name));
    }
    for version in Version::ALL {
        suite = suite.alone(
            &format!("the_table_of_settings_is_what_components_say_{version}"),
            "starts nothing",
            &[Need::Kubernetes(version)],
            move || help::flags_and_defaults(version),
        );
    }
    suite.run()
}
