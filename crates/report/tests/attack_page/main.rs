//! The page of attack paths in a browser: search, filters, paths and what-if by its address, keys and
//! clicks by a script that plays the user.
//!
//! Chromium is needed. Where it is missing the tests are ignored, with the reason;
//! `MERLON_REQUIRE_TESTKIT=1` makes them fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod browser;
mod chosen;
mod played;
#[path = "../attack/shop.rs"]
mod shop;
#[path = "../attack/synthetic.rs"]
mod synthetic;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

const TESTS: &[(&str, fn())] = &[
    ("nothing_is_chosen_at_first", chosen::nothing),
    ("search_finds_by_name_kind_and_namespace", chosen::search),
    ("filters_leave_the_routes_and_paths_that_match", chosen::filters),
    ("a_chosen_path_is_told_and_the_rest_fades", chosen::path),
    ("facts_and_steps_are_told_with_what_shows_them", chosen::details),
    ("changes_take_away_what_they_should", chosen::what_if),
    ("a_way_that_the_report_does_not_list_is_found", chosen::left),
    ("large_graphs_are_drawn_as_groups", chosen::groups),
    ("hostile_texts_are_only_texts", chosen::hostile),
    ("places_beyond_the_report_are_ignored", chosen::beyond),
    ("a_report_of_nothing_is_a_page", chosen::empty),
    ("keys_go_from_card_to_card", played::keys),
    ("clicks_choose_and_drags_move", played::pointer),
    ("boxes_buttons_and_fields_do_what_their_names_say", played::controls),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let is_required = std::env::var_os("MERLON_REQUIRE_TESTKIT").is_some_and(|value| value == "1");
    let missing = if arguments.list { None } else { browser::missing() };
    if let Some(reason) = &missing {
        eprintln!("skipping the tests of the page: {reason}");
    }
    let trials = TESTS.iter().map(|&(name, test)| match missing.clone() {
        None => Trial::test(name, move || {
            test();
            Ok(())
        }),
        Some(reason) => {
            Trial::test(name, move || Err(reason.into())).with_ignored_flag(!is_required)
        }
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
