//! `cargo +nightly fuzz run configuration`: no text makes the reader of merlon.yaml panic, and a
//! justification that is read has a reason and an owner.
#![no_main]

use libfuzzer_sys::fuzz_target;
use merlon_engine::Configuration;

fuzz_target!(|text: &str| {
    let Ok(configuration) = Configuration::read("merlon.yaml", text) else { return };
    for justification in configuration.justifications {
        assert!(!justification.reason.trim().is_empty());
        assert!(!justification.owner.trim().is_empty());
    }
});
