//! Edits that are refused, and why.

use merlon_yaml::EditError;

use crate::{edits, run};

fn check(expected: impl Fn(&str) -> EditError, cases: &[(&str, &str)]) {
    for (before, script) in cases {
        let pointer = edits(script).last().expect("an edit").pointer.to_string();
        assert_eq!(run(before, script), Err(expected(&pointer)), "{script}\n{before}");
    }
}

#[test]
fn what_is_not_there_is_not_changed() {
    let not_found =
        |pointer: &str| EditError::NotFound { pointer: pointer.parse().expect("a pointer") };
    check(
        not_found,
        &[
            ("a: 1\n", "/b gone"),
            ("a: 1\n", "/b/c gone"),
            ("a: 1\n", "/a/b = 1"),
            ("a: x\n", "/a/0 = 1"),
            ("a: [x]\n", "/a/1 = 1"),
            ("a: [x]\n", "/a/01 = 1"),
            ("a: [x]\n", "/a/b = 1"),
            ("a: [x]\n", "/a/-/b = 1"),
            ("a: [x]\n", "/a/- gone"),
            ("a: 1\n", " gone"),
            ("a:\n", "/a/b gone"),
            ("a: 1\nb: 2\n", "/a gone\n/a gone"),
            ("a: {x: 1}\n", "/a gone\n/a/x gone"),
        ],
    );
    for (before, script) in
        [("", "/a = 1"), ("# c\n", "/a = 1"), ("a: [\n", "/a = 1"), ("a: 1\n", "@1 /a = 1")]
    {
        assert!(matches!(run(before, script), Err(EditError::NoDocument { .. })), "{before}");
    }
}

#[test]
fn what_several_places_show_is_not_changed() {
    let aliased =
        |pointer: &str| EditError::Aliased { pointer: pointer.parse().expect("a pointer") };
    check(
        aliased,
        &[
            ("a: &x 1\nb: *x\n", "/a = 2"),
            ("a: &x 1\nb: *x\n", "/a gone"),
            ("a: &x\nb: *x\n", "/a = 2"),
            ("a: &x\nb: *x\n", "/a/c = 2"),
            ("a: &x {p: 1}\nb: *x\n", "/a/p = 2"),
            ("a: &x {p: 1}\nb: *x\n", "/a/q = 2"),
            ("a: &x {p: 1}\nb: *x\n", "/a/p gone"),
            ("a: &x {p: 1}\nb: *x\n", "/b/p = 2"),
            ("a: &x {p: 1}\nb: *x\n", "/b/p gone"),
            ("a: &x [1]\nb: *x\n", "/a/- = 2"),
            ("a: &x [1]\nb: *x\n", "/b/- = 2"),
            ("a: &x\n  p:\n    q: 1\nb: *x\n", "/a/p/q = 2"),
            ("b: &b {x: 1}\nm: {<<: *b}\n", "/b/x = 2"),
            ("b: &b {x: 1}\nm: {<<: *b}\n", "/b/y = 2"),
            ("b: &b {x: {p: 1}}\nm: {<<: *b}\n", "/m/x/p gone"),
            ("a: {p: &x 1}\nb: *x\n", "/a gone"),
            ("a: {p: &x 1}\nb: *x\n", "/a = 5"),
            ("- &x 1\n- *x\n", "/0 gone"),
        ],
    );
}

#[test]
fn what_is_merged_is_not_removed() {
    let merged = |pointer: &str| EditError::Merged { pointer: pointer.parse().expect("a pointer") };
    check(
        merged,
        &[
            ("b: &b {x: 1}\nm: {<<: *b}\n", "/m/x gone"),
            ("b: &b {x: 1}\nm: {<<: *b, x: 2}\n", "/m/x gone"),
        ],
    );
}

#[test]
fn what_cannot_be_exact_is_not_done() {
    check(
        |_| EditError::NotExact,
        &[
            ("b: &b {x: 1}\nm: {x: 2, <<: *b}\n", "/m/x = 3"),
            ("a: [b: 1]\n", "/a/0/c = 2"),
            ("{? a : 1, b: 2}\n", "/a gone"),
        ],
    );
    for depth in [128, 100_000] {
        let script = format!("{} = 1", "/a".repeat(depth));
        assert_eq!(run("b: 1\n", &script), Err(EditError::NotExact));
    }
}
