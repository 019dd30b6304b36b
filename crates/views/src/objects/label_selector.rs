use merlon_yaml::{Entry, Node};

use super::fields::{Fields, Malformed};

/// A label selector: every requirement has to hold; one without any selects everything.
///
/// Either a `metav1.LabelSelector` (`matchLabels`, `matchExpressions`) or the plain labels of
/// services and replication controllers.
#[derive(Clone, Copy, Debug)]
pub struct LabelSelector<'a> {
    labels: &'a [Entry],
    expressions: &'a [Node],
}

impl<'a> LabelSelector<'a> {
    /// Reads a selector with `matchLabels` and `matchExpressions`; `None` where none is written.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn new(fields: Fields<'a>) -> Result<Option<Self>, Malformed<'a>> {
        let Some(node) = fields.node() else { return Ok(None) };
        if node.as_mapping().is_none() {
            return Err(Malformed { node, expected: "a label selector" });
        }
        let labels = labels(fields.get("matchLabels"))?;
        let expressions = fields.list("matchExpressions")?;
        for expression in expressions.iter().map(Fields::of) {
            check(expression)?;
        }
        Ok(Some(Self { labels, expressions }))
    }

    /// Reads a selector that is nothing but labels; `None` where none is written.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn of_labels(fields: Fields<'a>) -> Result<Option<Self>, Malformed<'a>> {
        let labels = labels(fields)?;
        Ok(fields.is_set().then_some(Self { labels, expressions: &[] }))
    }

    /// Whether it has no requirement, and so selects everything (or, in a service, nothing).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// The labels that have to be as they are here.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.labels.iter().filter_map(|entry| Some((&*entry.key, entry.value.as_str()?)))
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: Fields<'_>) -> bool {
        self.selects_unless(labels, |_| false)
    }

    /// Whether an object is selected that has these labels, and further ones whose values nobody
    /// knows: every requirement on such a label counts as met.
    #[must_use]
    pub fn selects_unless(&self, labels: Fields<'_>, is_unknown: impl Fn(&str) -> bool) -> bool {
        let holds = |node: &Node| {
            let key = node.get("key").and_then(Node::as_str).unwrap_or_default();
            let values = node.get("values").and_then(Node::as_sequence).unwrap_or_default();
            let value = value_of(labels, key);
            let is_listed = || values.iter().any(|item| item.as_str() == value);
            is_unknown(key)
                || match node.get("operator").and_then(Node::as_str) {
                    Some("In") => value.is_some() && is_listed(),
                    Some("NotIn") => value.is_none() || !is_listed(),
                    Some("Exists") => value.is_some(),
                    _ => value.is_none(),
                }
        };
        self.pairs().all(|(key, wanted)| is_unknown(key) || value_of(labels, key) == Some(wanted))
            && self.expressions.iter().all(holds)
    }
}

fn value_of<'l>(labels: Fields<'l>, key: &str) -> Option<&'l str> {
    labels.node()?.get(key)?.as_str()
}

/// The entries of a mapping from text to text.
fn labels(fields: Fields<'_>) -> Result<&[Entry], Malformed<'_>> {
    let Some(node) = fields.node() else { return Ok(&[]) };
    let mapping = node.as_mapping().ok_or(Malformed { node, expected: "a mapping" })?;
    let is_wrong = |entry: &&Entry| entry.value.as_str().is_none();
    match mapping.entries().iter().find(is_wrong) {
        Some(entry) => Err(Malformed { node: &entry.value, expected: "a text" }),
        None => Ok(mapping.entries()),
    }
}

fn check(expression: Fields<'_>) -> Result<(), Malformed<'_>> {
    let Some(node) = expression.node() else { return Ok(()) };
    if expression.text("key")?.is_none() {
        return Err(Malformed { node, expected: "a requirement with a key" });
    }
    let values = expression.list("values")?;
    if let Some(node) = values.iter().find(|value| value.as_str().is_none()) {
        return Err(Malformed { node, expected: "a text" });
    }
    match (expression.text("operator")?, values.is_empty()) {
        (Some("In" | "NotIn"), false) | (Some("Exists" | "DoesNotExist"), true) => Ok(()),
        (Some("In" | "NotIn"), true) => Err(Malformed { node, expected: "one with values" }),
        (Some("Exists" | "DoesNotExist"), false) => {
            Err(Malformed { node, expected: "one without values" })
        }
        _ => Err(Malformed { node, expected: "one with In, NotIn, Exists or DoesNotExist" }),
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::{Fields, LabelSelector};

    fn selects(selector: &str, labels: &str) -> Option<bool> {
        let selector = parse(selector, &Limits::default());
        let labels = parse(labels, &Limits::default());
        let read = LabelSelector::new(Fields::of(&selector.documents[0].root)).ok()?;
        Some(read.is_some_and(|it| it.selects(Fields::of(&labels.documents[0].root))))
    }

    #[test]
    fn objects_are_selected_by_their_labels() {
        let check = |selector: &str, expected: Option<bool>| {
            assert_eq!(selects(selector, "{a: '1', b: x}"), expected, "{selector}");
        };
        let one = |requirement: &str| format!("{{matchExpressions: [{requirement}]}}");
        check("{}", Some(true));
        check("null", Some(false));
        check("{matchLabels: {a: '1'}}", Some(true));
        check("{matchLabels: {a: '2'}}", Some(false));
        check("{matchLabels: {a: '1', c: '1'}}", Some(false));
        check(&one("{key: a, operator: In, values: ['1', '2']}"), Some(true));
        check(&one("{key: a, operator: In, values: ['2']}"), Some(false));
        check(&one("{key: c, operator: In, values: ['2']}"), Some(false));
        check(&one("{key: a, operator: NotIn, values: ['1']}"), Some(false));
        check(&one("{key: c, operator: NotIn, values: ['1']}"), Some(true));
        check(&one("{key: a, operator: Exists}"), Some(true));
        check(&one("{key: a, operator: DoesNotExist}"), Some(false));
        check(&one("{key: c, operator: DoesNotExist}"), Some(true));
        check(
            "{matchLabels: {a: '1'}, matchExpressions: [{key: c, operator: Exists}]}",
            Some(false),
        );
        check("{matchLabels: {a: 1}}", None);
        check("{matchLabels: [a]}", None);
        check("[]", None);
        check(&one("{key: a, operator: In}"), None);
        check(&one("{key: a, operator: Exists, values: [x]}"), None);
        check(&one("{key: a, operator: Gt, values: ['1']}"), None);
        check(&one("{operator: Exists}"), None);
    }
}
