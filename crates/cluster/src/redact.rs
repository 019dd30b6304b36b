//! Hiding secrets in objects as they come from a server.
//!
//! Values of secrets are never asked for; what is hidden here stands where it should not: in
//! environment variables, in arguments, in config maps.

use merlon_yaml::{Entry, Mapping, Node, REDACTED, Value};

use crate::page::text;

/// Words in the name of a flag that say its value is a secret.
const SECRET_WORDS: &[&str] =
    &["password", "passwd", "secret", "token", "apikey", "api-key", "credential", "private-key"];

/// Ends of names of flags that take a place or a choice, not the secret itself.
const HARMLESS_ENDS: &[&str] = &["file", "path", "dir", "name", "ttl", "url", "issuer", "mode"];

/// Gives an object without the values that are secrets, or may be.
pub(crate) fn redact(root: Node) -> Node {
    let is_config_map = root.get("kind").and_then(Node::as_str) == Some("ConfigMap");
    mapped(root, &mut |entry| match &*entry.key {
        "data" if is_config_map => Entry { value: hidden_values(entry.value), ..entry },
        "metadata" => entry,
        _ => Entry { value: within(&entry.key, entry.value), ..entry },
    })
}

fn within(key: &str, node: Node) -> Node {
    let Value::Sequence(items) = node.value else {
        return mapped(node, &mut |entry| Entry {
            value: within(&entry.key, entry.value),
            ..entry
        });
    };
    let items = match key {
        "env" => items.into_iter().map(hidden_variable).collect(),
        "command" | "args" => arguments(items),
        _ => items.into_iter().map(|item| within("", item)).collect(),
    };
    Node { value: Value::Sequence(items), span: node.span }
}

fn mapped(node: Node, change: &mut dyn FnMut(Entry) -> Entry) -> Node {
    let Value::Mapping(mapping) = node.value else { return node };
    let mapping: Mapping = mapping.into_entries().into_iter().map(change).collect();
    Node { value: Value::Mapping(mapping), span: node.span }
}

fn hidden_values(node: Node) -> Node {
    mapped(node, &mut |entry| Entry { value: text(REDACTED), ..entry })
}

fn hidden_variable(variable: Node) -> Node {
    mapped(variable, &mut |entry| match &*entry.key {
        "value" if entry.value.as_str() != Some("") => Entry { value: text(REDACTED), ..entry },
        _ => entry,
    })
}

fn arguments(items: Vec<Node>) -> Vec<Node> {
    let mut follows = false;
    let hide = |item: Node| {
        let Some(argument) = item.as_str() else { return item };
        let is_value = std::mem::take(&mut follows) && !argument.starts_with('-');
        match argument.split_once('=') {
            // A script, or text for one: too much can stand in it to look for the secret alone.
            _ if argument.contains(char::is_whitespace) && has_secret_word(argument) => {
                text(REDACTED)
            }
            Some((flag, _)) if names_secret(flag) => text(&format!("{flag}={REDACTED}")),
            None if is_value => text(REDACTED),
            None if argument.starts_with('-') && names_secret(argument) => {
                follows = true;
                item
            }
            _ => item,
        }
    };
    items.into_iter().map(hide).collect()
}

fn names_secret(flag: &str) -> bool {
    let flag = flag.to_ascii_lowercase();
    has_secret_word(&flag) && !HARMLESS_ENDS.iter().any(|end| flag.ends_with(end))
}

fn has_secret_word(text: &str) -> bool {
    let text = text.to_ascii_lowercase().replace('_', "-");
    SECRET_WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse, to_json};

    use super::redact;

    fn check(given: &str, expected: &str) {
        let tree = |text: &str| parse(text, &Limits::default()).documents.remove(0).root;
        let expected = expected.replace('*', "<redacted>");
        assert_eq!(to_json(&redact(tree(given))), to_json(&tree(&expected)), "{given}");
    }

    #[test]
    fn values_are_hidden_and_names_stay() {
        check(
            "{kind: ConfigMap, data: {a: b, c: {d: e}}, metadata: {name: x}}",
            "{kind: ConfigMap, data: {a: '*', c: '*'}, metadata: {name: x}}",
        );
        check("{kind: Other, data: {a: b}}", "{kind: Other, data: {a: b}}");
        check(
            "{kind: P, spec: {containers: [{env: [{name: A, value: b}, {name: C}, {name: D, value: ''}]}]}}",
            "{kind: P, spec: {containers: [{env: [{name: A, value: '*'}, {name: C}, {name: D, value: ''}]}]}}",
        );
        check(
            "{spec: {args: [--token=abc, --token-auth-file=/x, --password, pw, --v=2, -c]}}",
            "{spec: {args: ['--token=*', --token-auth-file=/x, --password, '*', --v=2, -c]}}",
        );
        check(
            "{spec: {command: [sh, -c, 'curl -H Token:abc x', 'echo 1', --secure-port=6443, 7]}}",
            "{spec: {command: [sh, -c, '*', 'echo 1', --secure-port=6443, 7]}}",
        );
        check(
            "{spec: {args: --token=x, env: {value: y}}}",
            "{spec: {args: --token=x, env: {value: y}}}",
        );
        check("[1, 2]", "[1, 2]");
    }
}
