#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = merlon_collect::fuzzing::certificates(bytes);
});
