//! What holds for any text.

use ::serde::Serialize as _;
use merlon_yaml::{Parsed, redact, to_json, walk};
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
            assert!(visit.key_span.is_none_or(|span| span.slice(source).is_some()));
            spans.push(visit.node.span);
        });
        let _ = redact(source, &spans[..spans.len().min(3)]);
        let _ = redact(source, &spans);
        let _ = to_json(&document.root);
        for comment in &document.comments {
            assert!(
                comment.span.slice(source).is_some_and(|text| text.starts_with('#')),
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

/// Takes out the characters that JSON has and YAML has not (section 5.1): the go-yaml of Kubernetes
/// refuses them too, though its JSON decoder does not.
fn printable(text: &str) -> String {
    text.replace(['\u{7f}', '\u{feff}', '\u{fffe}', '\u{ffff}'], "")
        .replace(|symbol| ('\u{80}'..'\u{a0}').contains(&symbol), "")
}

pub(crate) fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(|text| printable(&text).into()),
        "[ -~]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..8).prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, value)| (printable(&key), value));
                serde_json::Value::Object(entries.collect())
            }),
        ]
    })
}

/// Whole floats come back as integers: Kubernetes reads YAML by way of Go's JSON, which writes no
/// point for them.
fn whole(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().expect("it is one");
            match format!("{float}").parse::<i64>() {
                Ok(whole) if float.fract() == 0.0 => whole.into(),
                _ => float.into(),
            }
        }
        serde_json::Value::Array(items) => items.into_iter().map(whole).collect(),
        serde_json::Value::Object(entries) => serde_json::Value::Object(
            entries.into_iter().map(|(key, value)| (key, whole(value))).collect(),
        ),
        other => other,
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
        let mut tabbed = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut tabbed, formatter)).unwrap();
        for text in [value.to_string(), String::from_utf8(tabbed).unwrap()] {
            let root = one(&text);
            prop_assert_eq!(to_json(&root), whole(value.clone()), "{}", text);
        }
    }
}
