//! The program from end to end: real host roots in temporary directories, the real executable, its
//! output and its exit code.
//!
//! Hosts and what is expected of them are data in `tests/hosts`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod absence;
mod codes;
mod distributions;
mod harmless;
mod hostile;
mod kube_bench;
mod kubespray;
mod mending;
mod replay;
mod support;
mod surface;
#[path = "../../../../crates/remediate/tests/real/tools.rs"]
mod tools;

use libtest_mimic::{Arguments, Trial};

/// Functions as trials of their names.
macro_rules! trials {
    ($($module:ident: $($name:ident),+;)+) => {
        vec![$($(
            Trial::test(concat!(stringify!($module), "::", stringify!($name)), || {
                $module::$name();
                Ok(())
            }),
        )+)+]
    };
}

fn main() {
    let mut trials = trials! {
        absence:
            a_host_without_kubernetes_has_no_pass,
            a_host_that_may_not_be_seen_has_no_pass,
            a_directory_that_is_no_host_has_no_pass;
        codes:
            codes_say_what_a_scan_came_to,
            other_commands_use_the_same_codes,
            a_configuration_beside_the_caller_is_used,
            a_report_goes_to_the_file_that_is_named;
        distributions:
            every_distribution_has_a_host;
        hostile:
            a_broken_thing_is_an_error_and_the_rest_is_complete,
            links_lead_nowhere_outside_the_host,
            names_cannot_speak_to_a_terminal,
            more_manifests_than_are_read_hide_nothing,
            no_secret_leaves_the_host;
        kube_bench:
            programs_that_read_kube_bench_read_this;
        kubespray:
            accepted_deviations_are_counted_apart_and_stay_visible,
            what_others_explain_away_needs_no_justification,
            what_nobody_accepted_still_fails,
            expired_and_unused_justifications_are_told,
            a_value_that_was_not_accepted_is_not_covered;
        mending:
            what_a_script_mended_passes;
        replay:
            a_snapshot_gives_the_report_of_the_live_scan,
            a_snapshot_gives_the_same_bytes_each_time,
            snapshots_make_one_report,
            a_snapshot_that_is_not_whole_is_refused_with_its_cause,
            a_snapshot_can_be_looked_into,
            a_snapshot_is_for_its_owner_alone;
        surface:
            every_command_has_help,
            explaining_what_does_not_exist_says_what_does,
            every_control_can_be_explained,
            completions_are_what_the_shells_read,
            reports_are_as_the_schema_says,
            configurations_are_as_the_schema_says,
            the_manual_page_names_every_command;
    };
    trials.extend(distributions::trials());
    trials.extend(watched(trials! {
        harmless:
            a_scan_starts_no_process,
            a_scan_opens_no_socket,
            a_scan_writes_nothing;
    }));
    let arguments = Arguments::from_args();
    trials.push(with_ansible(&arguments));
    libtest_mimic::run(&arguments, trials).exit();
}

/// The test that needs Ansible: ignored by name where it cannot be had, and failed where nothing
/// may be skipped.
fn with_ansible(arguments: &Arguments) -> Trial {
    let name = "mending::what_a_playbook_mended_passes";
    let tools = if arguments.list { Err("not looked for".to_owned()) } else { tools::Tools::get() };
    let missing = tools.as_ref().err().cloned();
    let trial = Trial::test(name, move || {
        mending::what_a_playbook_mended_passes(&tools?);
        Ok(())
    });
    let Some(why) = missing else { return trial };
    if std::env::var_os("MERLON_REQUIRE_TESTKIT").is_some_and(|required| required == "1") {
        return trial;
    }
    eprintln!("Ansible is not here: {why}");
    trial.with_ignored_flag(true)
}

/// Tests that watch system calls: ignored by name where that cannot be done, and failed where
/// nothing may be skipped.
fn watched(trials: Vec<Trial>) -> Vec<Trial> {
    let Some(why) = harmless::cannot_watch() else { return trials };
    if std::env::var_os("MERLON_REQUIRE_TESTKIT").is_some_and(|required| required == "1") {
        return trials;
    }
    eprintln!("system calls cannot be watched: {why}");
    trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect()
}
