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
        Value::from(string).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
