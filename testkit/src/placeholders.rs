use std::collections::BTreeMap;

use serde_json::Value;

/// What the placeholders of a [`Profile`](crate::Profile) stand for in one cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placeholders(BTreeMap<&'static str, String>);

impl Placeholders {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, value.into());
    }

    /// The port that the placeholder `name` stands for.
    pub(crate) fn port(&self, name: &str) -> Option<u16> {
        self.0.get(name)?.parse().ok()
    }

    /// Fills placeholders such as `{root}`; braces that are none of ours stay.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// Fills the placeholders in every string of a value.
    pub(crate) fn fill_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_value(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, field)| (name.clone(), self.fill_value(field))).collect()
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_placeholders_are_filled_and_other_braces_stay() {
        let mut placeholders = Placeholders::default();
        placeholders.set("root", "/r");
        placeholders.set("etcd-port", "1");
        let check = |text: &str, expected: &str| assert_eq!(placeholders.fill(text), expected);
        check("{root}/etc", "/r/etc");
        check("{root}{root}:{etcd-port}", "/r/r:1");
        check("{other} {} {root", "{other} {} {root");
        let value = json!({"{root}": ["{root}/a", 1, {"b": "{etcd-port}"}], "c": null});
        let expected = json!({"{root}": ["/r/a", 1, {"b": "1"}], "c": null});
        assert_eq!(placeholders.fill_value(&value), expected);
    }
}
