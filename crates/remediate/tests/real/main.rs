//! Runs what is generated: Ansible and the shell script on copies of hosts, the edits on cases.
//!
//! Python 3.11 or later and PyPI are needed once; what comes from there is kept in the cache.
//! Where they are missing the tests are ignored, with the reason; `MERLON_REQUIRE_TESTKIT=1`
//! makes them fail.

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod edits;
mod host;
mod playbook;
mod script;
mod tools;
mod waiting;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

type Test = fn(&tools::Tools);

const TESTS: &[(&str, Test)] = &[
    ("commands_do_what_they_say", commands::do_what_they_say),
    ("edits_do_what_each_case_says", edits::cases),
    ("edits_that_are_repeated_change_nothing", edits::repeated),
    ("edits_mean_to_pyyaml_what_they_should", edits::compared),
    ("oldest_python_compiles_the_edits", edits::oldest_python),
    ("files_are_written_in_one_step_beside_their_folder", waiting::files),
    ("units_are_changed_by_a_drop_in_or_refused", waiting::units),
    ("what_was_changed_is_waited_for", waiting::waits),
    ("playbook_mends_a_copy_of_every_host", playbook::mends),
    ("playbook_makes_only_the_edits_whose_tags_are_asked_for", playbook::tags),
    ("playbook_takes_hostile_texts_as_texts", playbook::hostile),
    ("playbook_of_nothing_is_understood", playbook::nothing),
    ("script_mends_a_copy_of_every_host", script::mends),
    ("script_takes_hostile_texts_as_texts", script::hostile),
    ("shellcheck_finds_nothing", script::shellcheck),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let required = std::env::var_os("MERLON_REQUIRE_TESTKIT").is_some_and(|value| value == "1");
    let tools = if arguments.list { Err("not looked for".to_owned()) } else { tools::Tools::get() };
    let tools: &'static Result<tools::Tools, String> = Box::leak(Box::new(tools));
    let trials = TESTS.iter().map(|(name, test)| match tools {
        Ok(tools) => Trial::test(*name, move || {
            test(tools);
            Ok(())
        }),
        Err(reason) => {
            eprintln!("skipping {name}: {reason}");
            Trial::test(*name, move || Err(reason.into())).with_ignored_flag(!required)
        }
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
