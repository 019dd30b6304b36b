//! Planted credentials never survive, and nothing else changes its shape.

use merlon_redaction::{apply, find, redact_live, redact_manifest};
use merlon_yaml::{Limits, LineIndex, Node, Parsed, Value, parse};
use proptest::prelude::*;
use serde_json::json;

/// What the tests look for; a part of every credential that is planted.
const CORE: &str = "q7Lz1pR5sW8y";

/// Values with a credential in them that shows by its format.
fn formatted() -> impl Strategy<Value = String> {
    let forms = vec![
        format!("{}{CORE}D2fH6jN4cG0aEuXoYiVkB3", concat!("gh", "p_x9m2")),
        format!("{}{CORE}2fH6jN4k", concat!("glp", "at-")),
        format!("postgres://app:{CORE}@db:5432/app"),
        format!(
            "{}\nMIIB{CORE}\nMIIB{CORE}\n{}",
            concat!("-----BEGIN ", "PRIVATE KEY-----"),
            concat!("-----END ", "PRIVATE KEY-----")
        ),
        format!("Authorization: Bearer {CORE}0d9e"),
        format!("root:{CORE}@tcp(db:3306)/x"),
        format!("--password={CORE}"),
        format!("run --token {CORE} --v=2"),
        format!("[db]\nuser=a\npassword={CORE}\nport=1"),
        format!("db:\n  password: {CORE}\n  port: 1\n"),
        format!("# note\n# token: {CORE}\na: 1\n"),
        format!("{{\"auth\": {{\"password\": \"{CORE}\"}}, \"n\": [1, 2]}}"),
        format!("{{\"kind\":\"Secret\",\"data\":{{\"x\":\"{CORE}\"}}}}"),
        format!("export A_TOKEN='{CORE}' && exec x"),
        format!("- name: A_PASSWORD\n  value: {CORE}\n"),
    ];
    (
        prop::sample::select(forms),
        prop::sample::select(vec!["", "\n", "a ", "é\n"]),
        prop::sample::select(vec!["", "\n", "\n\n"]),
    )
        .prop_map(|(form, before, after)| {
            // What is a text of its own stays one.
            if form.contains(": ") && form.contains('\n') || form.starts_with('{') {
                form
            } else {
                format!("{before}{form}{after}")
            }
        })
}

fn leaf() -> impl Strategy<Value = serde_json::Value> {
    let plain = vec![
        json!("info"),
        json!(1),
        json!(true),
        json!(null),
        json!("a: b"),
        json!("multi\nline\n"),
        json!(""),
        json!("x'y\"z"),
        json!("  deep\n text"),
        json!("*/5 * * * *"),
        json!("$(POD)"),
        json!({}),
        json!([]),
        json!("- x"),
        json!("yes"),
    ];
    prop_oneof![3 => prop::sample::select(plain), 2 => formatted().prop_map(serde_json::Value::from)]
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let keys = prop::sample::select(vec![
        "spec",
        "data",
        "name",
        "kind",
        "metadata",
        "args",
        "config.yaml",
        "annotations",
        "a b",
        "x/y",
    ]);
    let secrets = vec![
        json!({"name": "DB_PASSWORD", "value": CORE}),
        json!({"dbPassword": CORE}),
        json!({"kind": "Secret", "data": {"a": CORE, "b": {"c": [CORE]}}}),
        json!({"kind": "Secret", "stringData": {"a": format!("x\n{CORE}\n")}}),
        json!(["--password", CORE, "x"]),
        json!({"clientSecret": {"value": CORE}}),
        json!({"password": format!("two\n  {CORE}\nlines\n")}),
        json!({"tokens": [CORE, CORE]}),
        json!({format!("{}{CORE}D2fH6jN4cG0aEuXoYiVkB3", concat!("gh", "p_x9m2")): "x"}),
    ];
    let leaf = prop_oneof![2 => leaf(), 1 => prop::sample::select(secrets)];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((keys.clone(), inner), 0..4).prop_map(|entries| entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

/// Writes block YAML; strings in the style of their number.
fn yaml(
    value: &serde_json::Value,
    indent: usize,
    styles: &mut dyn Iterator<Item = u8>,
    text: &mut String,
) {
    let pad = " ".repeat(indent);
    match value {
        serde_json::Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                text.push_str(&format!("\n{pad}{}:", serde_json::Value::from(key.clone())));
                yaml(value, indent + 2, styles, text);
            }
        }
        serde_json::Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("\n{pad}-"));
                yaml(item, indent + 2, styles, text);
            }
        }
        serde_json::Value::String(string) => {
            let lines = || {
                string
                    .trim_end_matches('\n')
                    .lines()
                    .map(|line| format!("\n{pad}{line}"))
                    .collect::<String>()
            };
            let is_block = !string.trim().is_empty() && !string.starts_with([' ', '\n']);
            match styles.next().unwrap_or(0) % 4 {
                0 if is_block => text.push_str(&format!(
                    " |{}{}",
                    if string.ends_with('\n') { "" } else { "-" },
                    lines()
                )),
                1 if is_block && !string.contains('\n') => {
                    text.push_str(&format!(" >-{}", lines()))
                }
                2 if !string.contains('\n') => {
                    text.push_str(&format!(" '{}'", string.replace('\'', "''")))
                }
                3 => text.push_str(&format!(" !!str {value}")),
                _ => text.push_str(&format!(" {value}")),
            }
        }
        other => text.push_str(&format!(" {other}")),
    }
}

fn read(text: &str) -> Parsed {
    let parsed = parse(text, &Limits::default());
    assert!(
        parsed.problems.iter().all(|each| !each.kind.is_rejected()),
        "{text}\n{:?}",
        parsed.problems
    );
    parsed
}

/// The keys and lengths of a tree, without values; keys that were cut are all the same.
fn shape(node: &Node, text: &mut String) {
    match &node.value {
        Value::Mapping(mapping) => {
            text.push('{');
            for entry in mapping.entries() {
                text.push_str(if entry.key.contains(CORE) || entry.key.contains("<redacted") {
                    "?"
                } else {
                    &entry.key
                });
                text.push(':');
                shape(&entry.value, text);
            }
            text.push('}');
        }
        Value::Sequence(items) => {
            text.push('[');
            for item in items {
                shape(item, text);
            }
            text.push(']');
        }
        Value::Null => text.push('~'),
        _ => text.push('.'),
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let parsed = read(text);
    let redacted = apply(text, &redact_manifest(text, &parsed.documents));
    prop_assert!(!redacted.contains(CORE), "{}\n----\n{}", text, redacted);
    prop_assert!(find(&redacted).is_empty(), "{}", redacted);
    prop_assert_eq!(
        LineIndex::new(&redacted).lines(),
        LineIndex::new(text).lines(),
        "{}\n----\n{}",
        text,
        &redacted
    );
    let again = read(&redacted);
    prop_assert_eq!(parsed.documents.len(), again.documents.len());
    for (before, after) in parsed.documents.iter().zip(&again.documents) {
        let mut shapes = [String::new(), String::new(), String::new()];
        let mut live = before.root.clone();
        redact_live(&mut live);
        prop_assert!(!format!("{live:?}").contains(CORE), "{}\n{:?}", text, live);
        shape(&before.root, &mut shapes[0]);
        shape(&after.root, &mut shapes[1]);
        shape(&live, &mut shapes[2]);
        prop_assert_eq!(&shapes[0], &shapes[1], "{}\n----\n{}", text, &redacted);
        prop_assert_eq!(&shapes[0], &shapes[2]);
    }
    let twice = apply(&redacted, &redact_manifest(&redacted, &again.documents));
    prop_assert_eq!(&redacted, &twice, "redacting twice");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn planted_credentials_never_survive_in_yaml(tree in tree(), styles in prop::collection::vec(any::<u8>(), 16)) {
        let mut text = String::from("top:");
        yaml(&tree, 2, &mut styles.iter().copied().cycle(), &mut text);
        text.push('\n');
        check(&text)?;
        check(&text.replace('\n', "\r\n"))?;
    }

    #[test]
    fn planted_credentials_never_survive_in_json(tree in tree(), pretty in any::<bool>()) {
        let tree = json!({"top": tree});
        let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.expect("it is JSON");
        check(&text)?;
        let redacted = apply(&text, &redact_manifest(&text, &read(&text).documents));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&redacted).is_ok(), "{}", redacted);
    }

    #[test]
    fn planted_credentials_never_survive_in_strings(tree in tree(), depth in 1..6_usize) {
        let mut text = json!({"top": tree}).to_string();
        for _ in 0..depth {
            text = json!({"kubectl.kubernetes.io/last-applied-configuration": text}).to_string();
        }
        check(&text)?;
    }

    #[test]
    fn planted_credentials_never_survive_in_comments(tree in tree(), styles in prop::collection::vec(any::<u8>(), 16)) {
        let mut text = String::from("top:");
        yaml(&tree, 2, &mut styles.iter().copied().cycle(), &mut text);
        let commented: String = text.lines().map(|line| format!("# {line}\n")).collect();
        let text = format!("a: 1\n{commented}b: 2\n");
        check(&text)?;
    }

    #[test]
    fn any_text_is_taken(text in "[a-z:\\-\"' {}\\[\\],\n#&*!|>$=@/.]{0,80}(password|://|eyJ|-----BEGIN |token: |auth: )?[ -~é\n]{0,40}") {
        let _ = find(&text);
        let parsed = parse(&text, &Limits::default());
        let _ = apply(&text, &redact_manifest(&text, &parsed.documents));
    }
}
