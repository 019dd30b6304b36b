//! `cargo +nightly fuzz run parse`: no text makes the loader panic, leave the text, or leak what
//! was hidden.
#![no_main]

use libfuzzer_sys::fuzz_target;
use merlon_yaml::{Limits, parse, redact, to_json, walk};

fuzz_target!(|source: &str| {
    let parsed = parse(source, &Limits::default());
    for document in &parsed.documents {
        let mut spans = Vec::new();
        walk(&document.root, |visit| {
            assert!(visit.node.span.slice(source).is_some());
            assert!(
                visit
                    .key_span
                    .is_none_or(|span| span.slice(source).is_some())
            );
            spans.push(visit.node.span);
        });
        let json = to_json(&document.root).to_string();
        assert!(json_depth(&json) <= Limits::default().max_depth);
        let _ = parse(&redact(source, &spans), &Limits::default());
    }
    for problem in &parsed.problems {
        assert!(problem.span.slice(source).is_some());
    }
});

/// Collections inside each other in a JSON text.
fn json_depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    deepest
}
