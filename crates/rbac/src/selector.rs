use std::collections::BTreeMap;

/// A label selector (`metav1.LabelSelector`): every requirement has to hold; without any, everything is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelSelector {
    /// All of `matchLabels` and `matchExpressions`.
    pub requirements: Vec<Requirement>,
}

/// One condition on one label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// What has to be so.
    pub operator: Operator,
}

/// What a label has to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// There, with one of these values.
    In(Vec<String>),
    /// Not there, or with none of these values.
    NotIn(Vec<String>),
    /// There.
    Exists,
    /// Not there.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            match &requirement.operator {
                Operator::In(values) => value.is_some_and(|value| values.contains(value)),
                Operator::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelSelector, Operator, Requirement};

    #[test]
    fn labels_are_selected() {
        let check = |operators: &[(&str, Operator)], expected: bool| {
            let requirements = operators
                .iter()
                .map(|(key, operator)| Requirement {
                    key: (*key).to_owned(),
                    operator: operator.clone(),
                })
                .collect();
            let labels = [("a".to_owned(), "1".to_owned())].into();
            assert_eq!(LabelSelector { requirements }.selects(&labels), expected, "{operators:?}");
        };
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        check(&[], true);
        check(&[("a", Operator::In(values(&["1", "2"])))], true);
        check(&[("a", Operator::In(values(&["2"])))], false);
        check(&[("b", Operator::In(values(&["1"])))], false);
        check(&[("a", Operator::NotIn(values(&["1"])))], false);
        check(&[("b", Operator::NotIn(values(&["1"])))], true);
        check(&[("a", Operator::Exists), ("b", Operator::DoesNotExist)], true);
        check(&[("a", Operator::Exists), ("b", Operator::Exists)], false);
    }
}
