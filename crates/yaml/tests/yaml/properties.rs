//! What holds for any text.

use merlon_yaml::{Node, Parsed, Value, redact, to_json, walk};
use proptest::prelude::*;

use crate::{one, read};

/// Spans lie in the text, nest, and can all be hidden.
fn check(source: &str) {
    let parsed: Parsed = read(source);
    for document in &parsed.documents {
        assert!(document.span.slice(source).is_some());
        let mut spans = Vec::new();
        walk(&document.root, |visit| {
            assert!(visit.node.span.slice(source).is_some(), "{source:?}");
            assert!(
                visit
                    .key_span
                    .is_none_or(|span| span.slice(source).is_some())
            );
            spans.push(visit.node.span);
        });
        let _ = redact(source, &spans[..spans.len().min(3)]);
        let _ = redact(source, &spans);
        let _ = to_json(&document.root);
        for comment in &document.comments {
            assert!(
                comment
                    .span
                    .slice(source)
                    .is_some_and(|text| text.starts_with('#')),
                "{source:?}"
            );
        }
    }
    let lines = source.lines().count().max(1) + source.matches('\r').count();
    for problem in &parsed.problems {
        assert!(problem.span.slice(source).is_some());
        assert!((1..=lines + 1).contains(&problem.line) && problem.column >= 1);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
        "[ -~]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..8)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whole floats come back as integers: Kubernetes reads YAML by way of Go's JSON, which writes no
/// point for them.
fn whole(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap();
            match format!("{float}").parse::<i64>() {
                Ok(whole) if float.fract() == 0.0 => whole.into(),
                _ => float.into(),
            }
        }
        serde_json::Value::Array(items) => items.into_iter().map(whole).collect(),
        serde_json::Value::Object(entries) => serde_json::Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| (key, whole(value)))
                .collect(),
        ),
        other => other,
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Sequence(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Mapping(mapping) => {
            1 + mapping
                .entries()
                .iter()
                .map(|each| depth(&each.value))
                .max()
                .unwrap_or(0)
        }
        _ => 0,
    }
}

proptest! {
    #[test]
    fn any_text(source in "\\PC*|.*|(.|\\n)*") {
        check(&source);
    }

    #[test]
    fn any_text_of_yaml_pieces(pieces in prop::collection::vec(prop::sample::select(vec![
        "a", "b", ": ", ":", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "\"", "'", "&a ", "*a", "<<: ", "|", ">-", "# c",
        "!!int ", "!x ", "---", "...", "? ", "\t", "\r\n", "\r", "é", "😀", "\u{feff}", "\u{85}", "\u{2028}", "%YAML 1.1", "0644", "yes", "~", " ", "\\", "@", "\0",
    ]), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn json_comes_back(value in json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap().replace("  ", "\t")] {
            // In the second text, spaces inside of strings became tabs as well.
            let expected: serde_json::Value = match serde_json::from_str(&text) {
                Ok(expected) => whole(expected),
                Err(_) => continue,
            };
            let root = one(&text);
            prop_assert_eq!(to_json(&root), expected, "{}", text);
            prop_assert!(depth(&root) <= 8);
        }
    }
}
