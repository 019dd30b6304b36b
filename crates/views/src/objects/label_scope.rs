use merlon_yaml::Node;

use super::fields::Fields;

/// Whether a label selector selects what has these labels; one that is not written selects all.
///
/// What cannot be read counts as selecting, so that nobody concludes from it that nothing applies.
pub(crate) fn selects<'l>(selector: Fields<'_>, label: impl Fn(&str) -> Option<&'l str>) -> bool {
    let equal = selector.get("matchLabels").node().and_then(Node::as_mapping);
    let mut equal = equal.map(|map| map.entries()).unwrap_or_default().iter();
    let expressions = selector.get("matchExpressions").node().and_then(Node::as_sequence);
    let mut expressions = expressions.unwrap_or_default().iter();
    equal.all(|entry| entry.value.as_str().is_none_or(|value| label(&entry.key) == Some(value)))
        && expressions.all(|expression| {
            let text = |key| expression.get(key).and_then(Node::as_str);
            let (Some(key), Some(operator)) = (text("key"), text("operator")) else { return true };
            let values = expression.get("values").and_then(Node::as_sequence).unwrap_or_default();
            let listed = |value| values.iter().any(|item| item.as_str() == Some(value));
            match operator {
                "In" => label(key).is_some_and(listed),
                "NotIn" => !label(key).is_some_and(listed),
                "Exists" => label(key).is_some(),
                "DoesNotExist" => label(key).is_none(),
                _ => true,
            }
        })
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::{Fields, selects};

    #[test]
    fn every_requirement_has_to_hold() {
        let check = |selector: &str, expected: bool| {
            let parsed = parse(selector, &Limits::default());
            let fields = Fields::of(&parsed.documents[0].root);
            let label = |key: &str| (key == "team").then_some("shop");
            assert_eq!(selects(fields, label), expected, "{selector}");
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
