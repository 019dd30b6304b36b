//! Anchors, aliases, merges and duplicate keys. The expected values are those of `kubectl` 1.32.

use merlon_yaml::{ProblemKind, to_json, walk};
use serde_json::{Value, json};

use crate::{kinds, one, read};

fn check(source: &str, expected: &Value) {
    assert_eq!(to_json(&one(source)), *expected, "{source}");
}

#[test]
fn merges() {
    for (source, expected) in [
        ("b: &b {x: 1, z: 2}\nm:\n  <<: *b\n  x: 9\n", json!({"x": 9, "z": 2})),
        // go-yaml v2 merges where the merge stands: it takes the place of keys before it.
        ("b: &b {x: 1, z: 2}\nm:\n  x: 9\n  <<: *b\n", json!({"x": 1, "z": 2})),
        (
            "a: &a {x: 1, y1: 1}\nb: &b {x: 2, z: 2}\nm:\n  <<: [*a, *b]\n",
            json!({"x": 1, "y1": 1, "z": 2}),
        ),
        ("a: &a {x: 1}\nb: &b {x: 2, z: 2}\nm:\n  z: 9\n  <<: [*a, *b]\n", json!({"x": 1, "z": 2})),
        ("a: &a {x: 1}\nb: &b {x: 2, z: 2}\nm:\n  <<: *a\n  <<: *b\n", json!({"x": 2, "z": 2})),
        ("m:\n  <<: {x: 1}\n  z: 2\n", json!({"x": 1, "z": 2})),
        ("a: &a {x: 1}\nm:\n  <<: [*a, {x: 2, q: 3}]\n", json!({"x": 1, "q": 3})),
        (
            "a: &a {x: 1}\nb: &b {<<: *a, z: 2}\nm: {<<: *b, w: 3}\n",
            json!({"x": 1, "z": 2, "w": 3}),
        ),
        ("a: &a {x: {p: 1}}\nm: {<<: *a, x: {q: 3}}\n", json!({"x": {"q": 3}})),
        ("m:\n  <<: []\n  z: 2\n", json!({"z": 2})),
        ("m: {x: 1, <<: {x: 5, z: 6}}\n", json!({"x": 5, "z": 6})),
        ("m:\n  !!merge <<: {x: 1}\n", json!({"x": 1})),
        ("m:\n  '<<': {x: 1}\n", json!({"<<": {"x": 1}})),
        ("m:\n  !!str <<: {x: 1}\n", json!({"<<": {"x": 1}})),
        ("m: <<\n", json!("<<")),
    ] {
        let merged = one(source);
        assert_eq!(to_json(merged.get("m").expect("m")), expected, "{source}");
    }
}

#[test]
fn invalid_merges_are_told_and_left_out() {
    for source in [
        "m: {<<: 12, z: 2}",
        "m:\n  <<:\n  z: 2\n",
        "m: {<<: [1], z: 2}",
        "m: {<<: [[{x: 1}]], z: 2}",
        "a: &a [{x: 1}]\nm: {<<: *a, z: 2}",
        "a: &a x\nm: {<<: *a, z: 2}",
    ] {
        let parsed = read(source);
        assert_eq!(kinds(&parsed), [ProblemKind::InvalidMerge], "{source}");
        let merged = parsed.documents[0].root.get("m").expect("m");
        assert_eq!(to_json(merged), json!({"z": 2}), "{source}");
    }
}

#[test]
fn aliases() {
    check("a: &a 1\nb: *a\nc: &a 2\nd: *a\n", &json!({"a": 1, "b": 1, "c": 2, "d": 2}));
    check("a: &a\nb: *a\n", &json!({"a": null, "b": null}));
    check("a: &a !!str 12\nb: *a\n", &json!({"a": "12", "b": "12"}));
    check(
        "a: &a [1, {x: *a1, z: &a1 3}]\n".replace("*a1", "4").as_str(),
        &json!({"a": [1, {"x": 4, "z": 3}]}),
    );
    check(
        "&k key: 1\nb: *k\n*k : 3\nc: *k\n".replace("*k : 3\n", "").as_str(),
        &json!({"key": 1, "b": "key", "c": "key"}),
    );
    check("a: &a foo\nm:\n  *a : f\n", &json!({"a": "foo", "m": {"foo": "f"}}));
}

#[test]
fn aliases_that_lead_nowhere_are_null() {
    for source in ["a: *b\n", "a: &a [*a]\n", "a: &a\n  b: *a\n", "a: *b\nc: &b 1\n"] {
        let parsed = read(source);
        assert_eq!(kinds(&parsed), [ProblemKind::UnknownAnchor], "{source}");
        assert_eq!(parsed.documents.len(), 1);
    }
    // Anchors do not reach into the next document.
    assert_eq!(kinds(&read("a: &a 1\n---\nb: *a\n")), [ProblemKind::UnknownAnchor]);
}

#[test]
fn an_aliased_value_is_placed_at_its_definition() {
    let source = "a: &a secret\nb: *a\n";
    let root = one(source);
    let entry = root.entry("b").expect("b");
    assert_eq!(entry.value.span.slice(source), Some("secret"));
    assert_eq!(entry.key_span.slice(source), Some("b"));
}

#[test]
fn the_last_of_equal_keys_counts() {
    let many: String = (0..40).map(|key| format!("k{}: {key}\n", key % 39)).collect();
    for (source, key, value, problems) in [
        ("x: 1\nx: 2\n", "x", 2, 1),
        ("x: 1\nx: 2\nx: 3\n", "x", 3, 2),
        ("1: 1\n'1': 2\n", "1", 2, 1),
        ("yes: 1\non: 2\n", "true", 2, 1),
        (many.as_str(), "k0", 39, 1),
    ] {
        let parsed = read(source);
        assert_eq!(kinds(&parsed), vec![ProblemKind::DuplicateKey; problems], "{source}");
        let root = &parsed.documents[0].root;
        assert_eq!(root.get(key).and_then(|node| node.as_i64()), Some(value), "{source}");
        let mapping = root.as_mapping().expect("a mapping");
        assert_eq!(mapping.shadowed().len(), problems, "{source}");
        assert_eq!(mapping.len(), source.lines().count() - problems, "{source}");
    }
    let problem = read("a:\n  x: 1\n  x: 2\n").problems.remove(0);
    assert_eq!((problem.line, problem.column), (3, 3));
    assert_eq!(problem.message, "key `x` is already set on line 2; this one counts");
    assert!(!problem.kind.is_rejected());
}

#[test]
fn a_walk_meets_what_is_shadowed() {
    let root = read("x: one\nx: two\n").documents.remove(0).root;
    let mut met = Vec::new();
    walk(&root, |visit| {
        met.extend(visit.node.as_str().map(|text| (text.to_owned(), visit.shadowed)));
    });
    assert_eq!(met, [("two".to_owned(), false), ("one".to_owned(), true)]);
}
