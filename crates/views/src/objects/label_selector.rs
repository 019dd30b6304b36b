use merlon_yaml::{Entry, Node};

use super::fields::{Fields, Malformed};

/// A label selector: every requirement has to hold; one without any selects everything.
///
/// Either a `metav1.LabelSelector` (`matchLabels`, `matchExpressions`) or the plain labels of
/// services and replication controllers.
#[derive(Clone, Copy, Debug, Default)]
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
        expressions.iter().try_for_each(check)?;
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
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// The labels that have to be as they are here.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.labels.iter().filter_map(|entry| Some((&*entry.key, entry.value.as_str()?)))
    }

    /// A label that it asks for, with the values that will do; `None` where it asks for none.
    pub(crate) fn asked(&self) -> Option<(&'a str, Vec<&'a str>)> {
        let listed = |node: &'a Node| {
            let requirement = Requirement::of(node);
            (requirement.operator == "In")
                .then(|| (requirement.key, requirement.values().collect()))
        };
        let pair = self.pairs().next().map(|(key, value)| (key, vec![value]));
        pair.or_else(|| self.expressions.iter().find_map(listed))
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: Fields<'_>) -> bool {
        self.selects_unless(labels, |_| false)
    }

    /// Whether an object is selected that has these labels, and further ones whose values nobody
    /// knows: every requirement on such a label counts as met.
    pub(crate) fn selects_unless(
        &self,
        labels: Fields<'_>,
        is_unknown: impl Fn(&str) -> bool,
    ) -> bool {
        self.holds_unless(|key| labels.node()?.get(key)?.as_str(), is_unknown)
    }

    /// Whether what has these labels is selected.
    pub fn holds<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.holds_unless(label, |_| false)
    }

    /// Whether what has these labels is selected, where nobody knows the values of some; `None`
    /// where these decide.
    pub(crate) fn holds_if_known<'l>(
        &self,
        label: impl Fn(&str) -> Option<&'l str>,
        is_unknown: impl Fn(&str) -> bool,
    ) -> Option<bool> {
        let asks = self.labels.iter().any(|entry| is_unknown(&entry.key))
            || self.expressions.iter().any(|node| is_unknown(Requirement::of(node).key));
        match self.holds_unless(label, is_unknown) {
            false => Some(false),
            true => (!asks).then_some(true),
        }
    }

    /// Whether a selector selects what has these labels; one that is not written selects all.
    ///
    /// What cannot be read counts as selecting, so that nobody concludes from it that nothing
    /// applies.
    pub(crate) fn may_select<'l>(
        fields: Fields<'a>,
        label: impl Fn(&str) -> Option<&'l str>,
    ) -> bool {
        let read = Self::new(fields).ok().flatten();
        read.is_none_or(|selector| selector.holds(label))
    }

    fn holds_unless<'l>(
        &self,
        label: impl Fn(&str) -> Option<&'l str>,
        is_unknown: impl Fn(&str) -> bool,
    ) -> bool {
        self.pairs().all(|(key, wanted)| is_unknown(key) || label(key) == Some(wanted))
            && self.expressions.iter().map(Requirement::of).all(|requirement| {
                is_unknown(requirement.key) || requirement.holds(label(requirement.key))
            })
    }
}

/// One of `matchExpressions`.
struct Requirement<'a> {
    key: &'a str,
    operator: &'a str,
    node: &'a Node,
}

impl<'a> Requirement<'a> {
    fn of(node: &'a Node) -> Self {
        let text = |key| node.get(key).and_then(Node::as_str).unwrap_or_default();
        Self { key: text("key"), operator: text("operator"), node }
    }

    fn values(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let values = self.node.get("values").and_then(Node::as_sequence).unwrap_or_default();
        values.iter().filter_map(Node::as_str)
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let is_listed = |value: &str| self.values().any(|listed| listed == value);
        match self.operator {
            "In" => value.is_some_and(is_listed),
            "NotIn" => !value.is_some_and(is_listed),
            "Exists" => value.is_some(),
            _ => value.is_none(),
        }
    }
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

fn check(node: &Node) -> Result<(), Malformed<'_>> {
    let expression = Fields::of(node);
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

    #[test]
    fn what_the_api_server_refuses_is_malformed() {
        let check = |selector: &str| {
            let tree = parse(&format!("s: {selector}"), &Limits::default());
            let fields = Fields::of(&tree.documents[0].root).get("s");
            assert!(LabelSelector::new(fields).is_err(), "{selector}");
        };
        check("[]");
        check("text");
        check("{matchLabels: [a]}");
        check("{matchLabels: {a: 1}}");
        check("{matchExpressions: {}}");
        check("{matchExpressions: [null]}");
        check("{matchExpressions: [{operator: Exists}]}");
        check("{matchExpressions: [{key: a, operator: In}]}");
        check("{matchExpressions: [{key: a, operator: Exists, values: [b]}]}");
        check("{matchExpressions: [{key: a, operator: Gt, values: [b]}]}");
        check("{matchExpressions: [{key: a}]}");
    }

    #[test]
    fn what_cannot_be_read_may_select() {
        let check = |selector: &str, expected: bool| {
            let parsed = parse(selector, &Limits::default());
            let fields = Fields::of(&parsed.documents[0].root);
            let label = |key: &str| (key == "team").then_some("shop");
            assert_eq!(LabelSelector::may_select(fields, label), expected, "{selector}");
        };
        check("{}", true);
        check("{matchLabels: null}", true);
        check("{matchLabels: {team: shop}}", true);
        check("{matchLabels: {team: shop, tier: web}}", false);
        check("{matchExpressions: [{key: team, operator: In, values: [pay, shop]}]}", true);
        check("{matchExpressions: [{key: team, operator: In, values: [pay]}]}", false);
        check("{matchExpressions: [{key: tier, operator: In, values: [pay]}]}", false);
        check("{matchExpressions: [{key: team, operator: NotIn, values: [shop]}]}", false);
        check("{matchExpressions: [{key: tier, operator: NotIn, values: [shop]}]}", true);
        check("{matchExpressions: [{key: team, operator: Exists}]}", true);
        check("{matchExpressions: [{key: tier, operator: Exists}]}", false);
        check("{matchExpressions: [{key: team, operator: DoesNotExist}]}", false);
        check(
            "{matchLabels: {team: shop}, matchExpressions: [{key: tier, operator: Exists}]}",
            false,
        );
        check("{matchExpressions: [{key: team, operator: Odd}, 3]}", true);
        check("[]", true);
    }
}
