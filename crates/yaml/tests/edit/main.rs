//! Edits texts and compares what comes out.

mod block;
mod files;
mod flow;
mod properties;
mod refused;
mod styles;

use merlon_yaml::{Edit, EditError, edit};

/// Reads edits, one a line: `/pointer = json`, `/pointer gone`; `@1` before it for the second
/// document.
fn edits(script: &str) -> Vec<Edit> {
    script
        .lines()
        .map(|line| {
            let (document, line) = match line.strip_prefix('@') {
                Some(rest) => rest.split_once(' ').expect(script),
                None => ("0", line),
            };
            let document = document.parse().expect(script);
            if let Some(pointer) = line.strip_suffix(" gone") {
                return Edit::remove(document, pointer.parse().expect(script));
            }
            let (pointer, value) = line.split_once(" = ").expect(script);
            let value = serde_json::from_str(value).expect(script);
            Edit::set(document, pointer.parse().expect(script), value)
        })
        .collect()
}

fn run(before: &str, script: &str) -> Result<String, EditError> {
    edit(before, &edits(script))
}

/// Compares the edited text of every case.
fn check(cases: &[(&str, &str, &str)]) {
    let mut failures = String::new();
    for (before, script, after) in cases {
        let edited = run(before, script);
        if edited.as_deref() != Ok(*after) {
            let edited = edited.unwrap_or_else(|error| format!("error: {error:?}"));
            failures +=
                &format!("---- {script}\n{before}---- expected\n{after}---- found\n{edited}\n\n");
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
