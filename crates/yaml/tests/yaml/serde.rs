//! Trees read from and written as JSON by way of serde.

use merlon_yaml::{Key, Mapping, Node, Span, Value, from_json, to_json, walk};
use proptest::prelude::*;
use serde_json::json;

use crate::one;
use crate::properties::json;

fn read_json(text: &str) -> Node {
    serde_json::from_str(text).expect(text)
}

#[test]
fn json_reads_like_yaml() {
    for text in [
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "[1, -1, 1.0, 1e3, 1.5, 9223372036854775807, 9223372036854775808, 1e300, -0.0]",
        r#"{"a": {"b": [{"c": null}, "x\u00e9\n"]}, "metadata": {"name": "yes"}}"#,
        r#"{"a": 1, "b": {}, "c": [[]]}"#,
    ] {
        let node = read_json(text);
        assert_eq!(to_json(&node), to_json(&one(text)), "{text}");
        assert_eq!(node, from_json(&serde_json::from_str(text).unwrap()), "{text}");
        walk(&node, |visit| assert_eq!(visit.node.span, Span::default()));
    }
}

#[test]
fn the_order_of_keys_is_kept() {
    let text = r#"{"spec":{"z":1,"containers":[],"a":2},"kind":"Pod"}"#;
    assert_eq!(serde_json::to_string(&read_json(text)).unwrap(), text);
}

#[test]
fn the_last_of_equal_keys_counts_and_is_alone() {
    let many: String = (0..40).map(|key| format!("\"k{}\": {key},", key % 39)).collect();
    for text in [
        r#"{"kind": {"x": 1}, "a": 0, "kind": 2, "kind": 39}"#.to_owned(),
        format!("{{{many} \"kind\": 39}}"),
    ] {
        let node = read_json(&text);
        let mapping = node.as_mapping().unwrap();
        assert!(mapping.shadowed().is_empty());
        assert_eq!(mapping.get("kind").or(mapping.get("k0")), Some(&Value::Int(39).into()));
    }
    let mapping: Mapping =
        [(Key::from("x"), Value::Int(1).into()), (Key::from("x"), Value::Int(2).into())]
            .into_iter()
            .collect();
    assert_eq!((mapping.len(), mapping.get("x").and_then(Node::as_i64)), (1, Some(2)));
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize, around: fn(serde_json::Value) -> serde_json::Value| {
        serde_json::from_value::<Node>((0..depth).fold(json!(1), |value, _| around(value)))
    };
    for around in [|value| json!([value]), |value| json!({"a": value})] {
        assert!(nested(127, around).is_ok());
        for depth in [128, 1000] {
            let error = nested(depth, around).unwrap_err().to_string();
            assert!(error.contains("collections inside each other"), "{error}");
        }
    }
    assert!(serde_json::from_str::<Node>(&"[".repeat(100_000)).is_err());
}

#[test]
fn broken_json_is_refused() {
    for text in ["", "{", "[1,]", "{1: 2}", "{\"a\"}", "nul", "\"\\x\"", "1e999"] {
        assert!(serde_json::from_str::<Node>(text).is_err(), "{text}");
    }
}

#[test]
fn what_does_not_count_is_not_written() {
    let root =
        crate::read("x: 1\nx: 2\na: &a {p: 1}\nb: {<<: *a, q: 3}\n").documents.remove(0).root;
    let text = serde_json::to_string(&root).unwrap();
    assert_eq!(text, r#"{"x":2,"a":{"p":1},"b":{"p":1,"q":3}}"#);
}

#[test]
fn entries_can_be_taken_out() {
    let mut node = read_json(
        r#"{"kind": "Secret", "data": {"a": "eA=="}, "metadata": {"managedFields": []}}"#,
    );
    let Value::Mapping(mapping) = &mut node.value else { panic!("a mapping") };
    mapping.retain(|key, value| {
        if let Value::Mapping(inner) = &mut value.value {
            inner.retain(|key, _| key != "managedFields");
        }
        key != "data"
    });
    assert_eq!(to_json(&node), json!({"kind": "Secret", "metadata": {}}));
    let mut root = crate::read("x: 1\nx: 2\ny: 3\n").documents.remove(0).root;
    let Value::Mapping(mapping) = &mut root.value else { panic!("a mapping") };
    mapping.retain(|_, value| value.as_i64() == Some(1));
    assert!(mapping.is_empty() && mapping.entry("x").is_none());
    assert_eq!(mapping.shadowed().len(), 1);
}

proptest! {
    #[test]
    fn json_and_trees_go_back_and_forth(value in json()) {
        let node = from_json(&value);
        let text = serde_json::to_string(&node).unwrap();
        prop_assert_eq!(serde_json::to_value(&node).unwrap(), to_json(&node));
        prop_assert_eq!(from_json(&to_json(&node)), node.clone());
        prop_assert_eq!(serde_json::from_value::<Node>(value).unwrap(), node.clone());
        // Reading text, `serde_json` may miss the last bit of a float.
        prop_assert_eq!(read_json(&text), from_json(&serde_json::from_str(&text).unwrap()));
    }

    #[test]
    fn keys_keep_their_text(text in "\\PC*") {
        let key = Key::from(text.as_str());
        prop_assert_eq!(&*key, text.as_str());
        prop_assert_eq!(key.to_string(), text.clone());
        prop_assert_eq!(serde_json::from_value::<Key>(text.into()).unwrap(), key);
    }
}
