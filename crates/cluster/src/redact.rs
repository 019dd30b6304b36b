//! Hiding secrets in objects as they come from a server.
//!
//! Values of secrets are never asked for; what is hidden here stands where it should not: in
//! environment variables, in arguments, in config maps.

use merlon_yaml::{Node, REDACTED, Value};

/// Words in the name of a flag that say its value is a secret.
const SECRET_WORDS: &[&str] =
    &["password", "passwd", "secret", "token", "apikey", "api-key", "credential", "private-key"];

/// Ends of names of flags that take a place or a choice, not the secret itself.
const HARMLESS_ENDS: &[&str] =
    &["file", "path", "dir", "name", "ttl", "url", "issuer", "mode", "version", "expiration"];

/// Hides the values of an object that are secrets, or may be.
pub(crate) fn redact(root: &mut Node) {
    let is_config_map = root.get("kind").and_then(Node::as_str) == Some("ConfigMap");
    each(root, |key, value| match key {
        "data" if is_config_map => each(value, |_, value| hide(value)),
        "metadata" => {}
        _ => within(key, value),
    });
}

fn within(key: &str, node: &mut Node) {
    let Value::Sequence(items) = &mut node.value else {
        return each(node, within);
    };
    match key {
        "env" => items.iter_mut().for_each(|variable| each(variable, hide_value)),
        "command" | "args" => hide_arguments(items),
        _ => items.iter_mut().for_each(|item| within("", item)),
    }
}

fn each(node: &mut Node, mut change: impl FnMut(&str, &mut Node)) {
    if let Value::Mapping(mapping) = &mut node.value {
        mapping.retain(|key, value| {
            change(key, value);
            true
        });
    }
}

fn hide(node: &mut Node) {
    *node = Value::String(REDACTED.into()).into();
}

fn hide_value(key: &str, value: &mut Node) {
    if key == "value" && value.as_str() != Some("") {
        hide(value);
    }
}

fn hide_arguments(items: &mut [Node]) {
    let mut follows = false;
    for item in items {
        let Some(argument) = item.as_str() else { continue };
        let is_value = std::mem::take(&mut follows) && !argument.starts_with('-');
        match argument.split_once('=') {
            // A script, or text for one: too much can stand in it to look for the secret alone.
            _ if argument.contains(char::is_whitespace) && has_secret_word(argument) => hide(item),
            Some((_, "true" | "false")) => {}
            Some((flag, _)) if names_secret(flag) => {
                *item = Value::String(format!("{flag}={REDACTED}").into()).into();
            }
            None if is_value => hide(item),
            None => follows = argument.starts_with('-') && names_secret(argument),
            Some(_) => {}
        }
    }
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
        let mut found = tree(given);
        redact(&mut found);
        assert_eq!(to_json(&found), to_json(&tree(&expected)), "{given}");
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
