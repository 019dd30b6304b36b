//! Several documents, comments, JSON, and reaching into the tree.

use merlon_yaml::{Placement, ProblemKind, to_json};
use serde_json::{Value, json};

use crate::{kinds, one, read};

#[test]
fn documents() {
    for (source, expected) in [
        ("", vec![]),
        ("# only\n", vec![]),
        ("---\n", vec![json!(null)]),
        ("---\n---\n", vec![json!(null), json!(null)]),
        ("a: 1\n---\nb: 2\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ("a: 1\n...\n---\nb: 2\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ("--- # c\na: 1\n--- {b: 2}\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ("%YAML 1.1\n---\na: 1\n", vec![json!({"a": 1})]),
        ("\u{feff}a: 1\r\n---\r\nb: 2\r\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ("{\n\t\"a\":\t1,\n\t\"b\": [\n\t\t1\n\t]\n}\n", vec![json!({"a": 1, "b": [1]})]),
        ("{\"a\": \"x\\/\\u00e9\\ud83d\\ude00\\n\"}", vec![json!({"a": "x/é😀\n"})]),
        ("\"text\"", vec![json!("text")]),
    ] {
        let parsed = read(source);
        assert_eq!(parsed.problems, [], "{source}");
        let found: Vec<Value> = parsed.documents.iter().map(|each| to_json(&each.root)).collect();
        assert_eq!(found, expected, "{source}");
    }
}

#[test]
fn a_broken_document_leaves_the_others() {
    for broken in [
        "a: [1, 2\n",
        "a: b: c\n",
        "a: @x\n",
        "\"open\n",
        "{{ if .Values.x }}\nb: 1\n",
        "a: \tb: 1\n",
        "{a: 1}{b: 2}\n",
        "@\n",
    ] {
        let source = format!("x: 1 # first\n---\n# lost\n{broken}# lost\n---\nz: 3 # last\n");
        let parsed = read(&source);
        assert_eq!(kinds(&parsed).last(), Some(&ProblemKind::Syntax), "{source}");
        let found: Vec<Value> = parsed.documents.iter().map(|each| to_json(&each.root)).collect();
        assert_eq!(found, [json!({"x": 1}), json!({"z": 3})], "{source}");
        assert_eq!(parsed.documents[1].span.slice(&source), Some("---\nz: 3"));
        let comments = parsed.documents.iter().flat_map(|each| &each.comments);
        let comments: Vec<&str> = comments.map(|each| &*each.text).collect();
        assert_eq!(comments, ["first", "last"], "{source}");
    }
}

#[test]
fn comments() {
    let source = "# top\na: 1 # right\n# above\nb: |  # head\n  # text\n  x\n# low\n---\n# second\nc: '#no' #yes\n# end\n";
    let parsed = read(source);
    assert_eq!(parsed.problems, []);
    let found: Vec<Vec<(&str, usize, Placement)>> = parsed
        .documents
        .iter()
        .map(|document| {
            let comments = document.comments.iter();
            comments.map(|each| (&*each.text, each.line, each.placement)).collect()
        })
        .collect();
    let (alone, trailing) = (Placement::Alone, Placement::Trailing);
    assert_eq!(
        found,
        [
            vec![
                ("top", 1, alone),
                ("right", 2, trailing),
                ("above", 3, alone),
                ("head", 4, trailing),
                ("low", 7, alone)
            ],
            vec![("second", 9, alone), ("yes", 10, trailing), ("end", 11, alone)],
        ]
    );
    let first = &parsed.documents[0].comments[1];
    assert_eq!(first.span.slice(source), Some("# right"));
}

#[test]
fn long_runs_of_comments_are_no_error() {
    let comments = "# - commented out\n".repeat(5_000);
    let source = format!(
        "a:\n  b:\n{comments}  - c\n{comments}d:\n{comments}---\n{comments}e: 1\n{comments}"
    );
    let parsed = read(&source);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.documents.len(), 2);
    let found: usize = parsed.documents.iter().map(|each| each.comments.len()).sum();
    assert_eq!(found, 25_000);
}

#[test]
fn reaching_in() {
    let root = one("a: {b: [x, {c/d: yes, 'e~f': 1.5, '01': 2}]}\nz:\n");
    for (pointer, expected) in [
        ("", Some(to_json(&root))),
        ("/a/b/0", Some(json!("x"))),
        ("/a/b/1/c~1d", Some(json!(true))),
        ("/a/b/1/e~0f", Some(json!(1.5))),
        ("/a/b/1/01", Some(json!(2))),
        ("/a/b/01", None),
        ("/a/b/+1", None),
        ("/a/b/", None),
        ("/a/b/2", None),
        ("/a/b/0/x", None),
        ("a", None),
        ("/z", Some(json!(null))),
    ] {
        assert_eq!(root.pointer(pointer).map(to_json), expected, "{pointer}");
    }
    assert_eq!(root.path(&["a", "b"]).and_then(|b| b.as_sequence()).map(<[_]>::len), Some(2));
    assert!(root.path(&["a", "b", "c"]).is_none());
    assert!(root.get("z").is_some_and(merlon_yaml::Node::is_null));
    assert_eq!(root.pointer("/a/b/1/e~0f").and_then(|node| node.as_f64()), Some(1.5));
    assert_eq!(root.pointer("/a/b/1/01").and_then(|node| node.as_i64()), Some(2));
    assert_eq!(root.pointer("/a/b/1/c~1d").and_then(|node| node.as_bool()), Some(true));
}
