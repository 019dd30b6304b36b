#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    merlon_collect::fuzzing::build_info(bytes);
});
