//! `cargo +nightly fuzz run read`: no file makes the snapshot reader panic, and what it reads is
//! written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use merlon_snapshot::{read, write};

fuzz_target!(|bytes: &[u8]| {
    let Ok(snapshot) = read(bytes) else { return };
    let mut written = Vec::new();
    write(&snapshot, &mut written).expect("memory takes everything");
    assert_eq!(read(written.as_slice()).expect("it was just written"), snapshot);
});
