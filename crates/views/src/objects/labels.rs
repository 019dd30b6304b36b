use std::collections::HashMap;

use merlon_yaml::Node;

use super::label_selector::LabelSelector;

/// The labels of an object; for a namespace with the one that the API server gives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    written: Option<&'a Node>,
    namespace: Option<&'a str>,
}

impl<'a> Labels<'a> {
    /// The labels in metadata, which may be missing.
    pub(crate) fn of(metadata: Option<&'a Node>) -> Self {
        Self { written: metadata.and_then(|node| node.get("labels")), namespace: None }
    }

    /// The labels of a namespace, whose object may be unknown.
    pub(crate) fn of_namespace(name: &'a str, object: Option<&'a Node>) -> Self {
        let metadata = object.and_then(|root| root.get("metadata"));
        Self { namespace: Some(name), ..Self::of(metadata) }
    }

    /// The value of a label.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        match self.namespace {
            Some(name) if key == "kubernetes.io/metadata.name" => Some(name),
            _ => self.written?.get(key)?.as_str(),
        }
    }

    fn pairs(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mapping = self.written.and_then(Node::as_mapping);
        let entries = mapping.map(|mapping| mapping.entries()).unwrap_or_default();
        entries.iter().filter_map(|entry| Some((&*entry.key, entry.value.as_str()?)))
    }
}

/// Selectors of many objects, found by namespace and by one label that each asks for, so that
/// not every object is held against every selector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selectors<'a> {
    selectors: Vec<LabelSelector<'a>>,
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    others: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Selectors<'a> {
    /// Adds the selector of the next object, which is called by its number from 0.
    pub(crate) fn push(&mut self, namespace: &'a str, selector: LabelSelector<'a>) {
        let number = self.selectors.len();
        match selector.asked() {
            Some((key, values)) => {
                for value in values {
                    let numbers = self.by_label.entry((namespace, key, value)).or_default();
                    // A value may be written twice.
                    if numbers.last() != Some(&number) {
                        numbers.push(number);
                    }
                }
            }
            None => self.others.entry(namespace).or_default().push(number),
        }
        self.selectors.push(selector);
    }

    /// The numbers of the objects that select what has these labels in that namespace.
    pub(crate) fn selecting<'s>(
        &'s self,
        namespace: &'a str,
        labels: Labels<'a>,
    ) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let asked = labels
            .pairs()
            .filter_map(move |(key, value)| self.by_label.get(&(namespace, key, value)));
        let candidates = self.others.get(namespace).into_iter().chain(asked).flatten().copied();
        candidates.filter(move |number| self.selectors[*number].holds(|key| labels.get(key)))
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::super::Fields;
    use super::{LabelSelector, Labels, Selectors};

    fn check(selector: &str, labels: &str, expected: bool) {
        let selector_tree = parse(&format!("s: {selector}"), &Limits::default());
        let labels_tree = parse(&format!("labels: {labels}"), &Limits::default());
        let root = &selector_tree.documents[0].root;
        let read =
            LabelSelector::new(Fields::of(root).get("s")).expect(selector).unwrap_or_default();
        let labels_of = Labels::of(Some(&labels_tree.documents[0].root));
        assert_eq!(read.holds(|key| labels_of.get(key)), expected, "{selector} {labels}");
        let mut index = Selectors::default();
        index.push("other", LabelSelector::default());
        index.push("here", read);
        let found: Vec<usize> = index.selecting("here", labels_of).collect();
        assert_eq!(found, if expected { vec![1] } else { vec![] }, "{selector} {labels}");
    }

    #[test]
    fn selectors_select_as_the_api_server_does() {
        check("{}", "{a: b}", true);
        check("null", "{a: b}", true);
        check("{matchLabels: {}}", "null", true);
        check("{matchLabels: {a: b}}", "{a: b, c: d}", true);
        check("{matchLabels: {a: b}}", "{a: c}", false);
        check("{matchLabels: {a: b, c: d}}", "{a: b}", false);
        check("{matchLabels: {a: ''}}", "{a: ''}", true);
        check("{matchLabels: {a: ''}}", "{}", false);
        let expression = |text: &str| format!("{{matchExpressions: [{{{text}}}]}}");
        check(&expression("key: a, operator: In, values: [b, b, c]"), "{a: b}", true);
        check(&expression("key: a, operator: In, values: [b, c]"), "{a: d}", false);
        check(&expression("key: a, operator: In, values: [b, c]"), "{}", false);
        check(&expression("key: a, operator: NotIn, values: [b]"), "{a: b}", false);
        check(&expression("key: a, operator: NotIn, values: [b]"), "{a: c}", true);
        // What has no such label is not in the list either.
        check(&expression("key: a, operator: NotIn, values: [b]"), "{}", true);
        check(&expression("key: a, operator: Exists"), "{a: ''}", true);
        check(&expression("key: a, operator: Exists"), "{}", false);
        check(&expression("key: a, operator: DoesNotExist"), "{b: c}", true);
        check(&expression("key: a, operator: DoesNotExist"), "{a: c}", false);
        let both = "{matchLabels: {a: b}, matchExpressions: [{key: c, operator: Exists}]}";
        check(both, "{a: b}", false);
        check(both, "{a: b, c: d}", true);
    }
}
