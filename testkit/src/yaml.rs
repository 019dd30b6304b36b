use serde_json::Value;

/// A value as block YAML, the way Kubernetes' own tools write it.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, 0, &mut text);
    text
}

fn write_value(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (position, (key, field)) in fields.iter().enumerate() {
                if position > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str(&scalar(key));
                text.push(':');
                write_child(field, indent, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str("- ");
                write_value(item, indent + 2, text);
            }
        }
        Value::String(string) => {
            text.push_str(&scalar(string));
            text.push('\n');
        }
        other => {
            text.push_str(&other.to_string());
            text.push('\n');
        }
    }
}

fn write_child(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            text.push_str(&" ".repeat(indent + 2));
            write_value(value, indent + 2, text);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            write_value(value, indent, text);
        }
        _ => {
            text.push(' ');
            write_value(value, indent, text);
        }
    }
}

/// Plain where no reader can take it for anything but a string, else quoted as JSON quotes.
fn scalar(string: &str) -> String {
    let first_is_letter = string.starts_with(|character: char| {
        character.is_ascii_alphabetic() || character == '/' || character == '-'
    });
    let harmless = string
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "-_./=,".contains(character));
    let word = string.to_ascii_lowercase();
    let reserved =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&word.as_str());
    // A leading dash is safe only for what is plainly a flag.
    let flag = !string.starts_with('-') || string.starts_with("--") && string.len() > 3;
    if first_is_letter && harmless && !reserved && flag {
        string.to_owned()
    } else {
        quoted(string)
    }
}

/// As JSON quotes, and escaped where YAML wants more escaped than JSON does.
fn quoted(string: &str) -> String {
    let mut text = String::new();
    for character in Value::from(string).to_string().chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Values with the strings that YAML readers are tempted to misread.
    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[-a-zA-Z0-9_./=,:#'\"\\\\{}\\[\\]&*!|>%@` ]{0,12}",
            ".{0,8}",
            "(true|no|On|null|~|0x1f|1e3|-1|\\.inf|12:30:45|2026-01-01|---|=|<<)",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..5)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_is_read_back(value in any_value()) {
            let text = to_yaml(&value);
            let read: Result<Value, _> = serde_saphyr::from_str(&text);
            prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(value), "{}", text);
        }
    }

    #[test]
    fn kubernetes_reads_back_what_was_written() {
        let check = |value: Value| {
            let text = to_yaml(&value);
            let read: Value =
                serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(read, value, "{text}");
        };
        check(json!({"a": {"b": [1, true, null, "x"], "c": {}}, "d": []}));
        check(json!([{"a": 1, "b": [[1, 2], {"c": "d"}]}, "e"]));
        check(
            json!({"words": ["true", "No", "1", "1e3", "~", "", " x", "a: b", "# c", "é\n", "-", "--", "---", "- x", "0x1f", "on"]}),
        );
        check(json!({"command": ["kubelet", "--port=1", "--x", "--y=a,b", "--z=\"q\""]}));
        check(json!({"on": 1, "12": 2, "a b": 3}));
    }

    #[test]
    fn it_looks_as_kubeadm_writes_it() {
        let value =
            json!({"spec": {"containers": [{"command": ["etcd", "--name=n"], "name": "etcd"}]}});
        let expected =
            "spec:\n  containers:\n  - command:\n    - etcd\n    - --name=n\n    name: etcd\n";
        assert_eq!(to_yaml(&value), expected);
    }
}
