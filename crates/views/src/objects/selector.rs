use std::collections::HashMap;

use merlon_yaml::Node;

use super::fields::{Fields, Malformed};

/// The labels of an object; for a namespace with the one that the API server gives it.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    written: Option<&'a Node>,
    namespace: Option<&'a str>,
}

impl<'a> Labels<'a> {
    /// The labels in metadata, which may be missing.
    #[must_use]
    pub fn of(metadata: Option<&'a Node>) -> Self {
        Self { written: metadata.and_then(|node| node.get("labels")), namespace: None }
    }

    /// The labels of a namespace, whose object may be unknown.
    #[must_use]
    pub fn of_namespace(name: &'a str, object: Option<&'a Node>) -> Self {
        let metadata = object.and_then(|root| root.get("metadata"));
        Self { namespace: Some(name), ..Self::of(metadata) }
    }

    fn get(&self, key: &str) -> Option<&'a str> {
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

/// What labels have to be like (`k8s.io/apimachinery/pkg/apis/meta/v1`, `LabelSelector`): every
/// requirement has to hold, and none means every object.
#[derive(Clone, Debug, Default)]
pub struct Selector<'a> {
    requirements: Vec<(&'a str, Requirement<'a>)>,
}

#[derive(Clone, Debug)]
enum Requirement<'a> {
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
    Exists,
    DoesNotExist,
}

impl<'a> Selector<'a> {
    /// Reads a label selector. One that is not written selects everything here; where the API
    /// gives that another meaning, ask [`Fields::is_set`] first.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn of(selector: Fields<'a>) -> Result<Self, Malformed<'a>> {
        if let Some(node) = selector.node()
            && node.as_mapping().is_none()
        {
            return Err(Malformed { node, expected: "a mapping" });
        }
        let mut read = Self::of_labels(selector, "matchLabels")?;
        for node in selector.list("matchExpressions")? {
            let expression = Fields::of(node);
            let key = expression.text("key")?.ok_or(Malformed { node, expected: "with a key" })?;
            let values = expression.texts("values")?;
            let requirement = match expression.text("operator")? {
                Some("In") if !values.is_empty() => Requirement::In(values),
                Some("NotIn") if !values.is_empty() => Requirement::NotIn(values),
                Some("Exists") if values.is_empty() => Requirement::Exists,
                Some("DoesNotExist") if values.is_empty() => Requirement::DoesNotExist,
                _ => {
                    let expected = "In or NotIn with values, or Exists or DoesNotExist without";
                    return Err(Malformed { node, expected });
                }
            };
            read.requirements.push((key, requirement));
        }
        Ok(read)
    }

    /// Reads a mapping of labels below a key, all of which have to be equal.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn of_labels(holder: Fields<'a>, key: &str) -> Result<Self, Malformed<'a>> {
        let mut requirements = Vec::new();
        for (label, node) in holder.map(key)? {
            let value = node.as_str().ok_or(Malformed { node, expected: "a text" })?;
            requirements.push((label, Requirement::In(vec![value])));
        }
        Ok(Self { requirements })
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it selects what has these labels.
    #[must_use]
    pub fn matches(&self, labels: &Labels<'a>) -> bool {
        self.requirements.iter().all(|(key, requirement)| {
            let value = labels.get(key);
            match requirement {
                Requirement::In(values) => value.is_some_and(|value| values.contains(&value)),
                Requirement::NotIn(values) => value.is_none_or(|value| !values.contains(&value)),
                Requirement::Exists => value.is_some(),
                Requirement::DoesNotExist => value.is_none(),
            }
        })
    }
}

/// Selectors of many objects, found by namespace and by one label that each asks for, so that
/// not every object is held against every selector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selectors<'a> {
    selectors: Vec<Selector<'a>>,
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    others: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Selectors<'a> {
    /// Adds the selector of the next object, which is called by its number from 0.
    pub(crate) fn push(&mut self, namespace: &'a str, selector: Selector<'a>) {
        let number = self.selectors.len();
        let asked = selector.requirements.iter().find_map(|(key, requirement)| match requirement {
            Requirement::In(values) => Some((*key, values)),
            _ => None,
        });
        match asked {
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
        candidates.filter(move |number| self.selectors[*number].matches(&labels))
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::{Fields, Labels, Selector, Selectors};

    fn check(selector: &str, labels: &str, expected: bool) {
        let selector_tree = parse(&format!("s: {selector}"), &Limits::default());
        let labels_tree = parse(&format!("labels: {labels}"), &Limits::default());
        let root = &selector_tree.documents[0].root;
        let read = Selector::of(Fields::of(root).get("s")).expect(selector);
        let labels_of = Labels::of(Some(&labels_tree.documents[0].root));
        assert_eq!(read.matches(&labels_of), expected, "{selector} {labels}");
        let mut index = Selectors::default();
        index.push("other", Selector::default());
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

    #[test]
    fn what_the_api_server_refuses_is_malformed() {
        let check = |selector: &str| {
            let tree = parse(&format!("s: {selector}"), &Limits::default());
            let fields = Fields::of(&tree.documents[0].root).get("s");
            assert!(Selector::of(fields).is_err(), "{selector}");
        };
        check("[]");
        check("text");
        check("{matchLabels: [a]}");
        check("{matchLabels: {a: 1}}");
        check("{matchExpressions: {}}");
        check("{matchExpressions: [{operator: Exists}]}");
        check("{matchExpressions: [{key: a, operator: In}]}");
        check("{matchExpressions: [{key: a, operator: Exists, values: [b]}]}");
        check("{matchExpressions: [{key: a, operator: Gt, values: [b]}]}");
        check("{matchExpressions: [{key: a}]}");
    }
}
