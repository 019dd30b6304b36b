//! `cargo +nightly fuzz run edit`: no edit of any text panics or goes on for ever.
#![no_main]

use libfuzzer_sys::fuzz_target;
use merlon_yaml::{Edit, Limits, Pointer, edit, parse, walk};

fuzz_target!(|input: (u8, u8, &str)| {
    let (place, action, text) = input;
    let parsed = parse(text, &Limits::default());
    let mut places: Vec<(usize, Pointer)> = Vec::new();
    for (number, document) in parsed.documents.iter().enumerate() {
        walk(&document.root, |visit| {
            if places.len() < 256 {
                places.push((number, visit.path.iter().copied().collect()));
            }
        });
    }
    if places.is_empty() {
        return;
    }
    let (number, pointer) = &places[usize::from(place) % places.len()];
    let below = |token: &str| format!("{pointer}/{token}").parse().expect("a pointer");
    let value = serde_json::json!({"p": ["x\ny", {"q": "yes"}]});
    let change = match action % 5 {
        0 => Edit::set(*number, pointer.clone(), value),
        1 => Edit::set(*number, pointer.clone(), true.into()),
        2 => Edit::set(*number, below("new"), value),
        3 => Edit::set(*number, below("-"), value),
        _ => Edit::remove(*number, pointer.clone()),
    };
    let _ = edit(text, &[change.clone(), change]);
});
