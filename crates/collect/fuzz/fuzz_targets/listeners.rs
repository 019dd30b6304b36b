#![no_main]

libfuzzer_sys::fuzz_target!(|line: &str| {
    merlon_collect::fuzzing::socket(line);
});
