use crate::policy::Policy;
use crate::role::{Role, RuleOrigin};
use crate::rule::PolicyRule;

impl Policy {
    /// Fills in the rules of aggregated `ClusterRole`s, as the controller manager does in a cluster.
    ///
    /// Only for manifests: what a live API server serves is filled in already. For each selector the selected roles by
    /// name, itself left out, each different rule once; again until nothing changes, since `view` goes into `edit`
    /// and that into `admin`. What the manifest itself gives as rules is overwritten.
    #[must_use]
    pub fn aggregated(mut self) -> Self {
        let roles = self.roles_mut();
        // Each round brings rules one role further, so no chain is longer than there are roles.
        for _ in 0..=roles.len() {
            let filled: Vec<_> = roles.iter().map(|role| collected(role, roles)).collect();
            let mut changed = false;
            for (role, filled) in roles.iter_mut().zip(filled) {
                let Some((rules, origins)) = filled else { continue };
                changed |= role.rules != rules;
                (role.rules, role.origins) = (rules, origins);
            }
            if !changed {
                break;
            }
        }
        self
    }
}

type Collected = (Vec<PolicyRule>, Vec<RuleOrigin>);

fn collected(role: &Role, roles: &[Role]) -> Option<Collected> {
    if role.aggregates.is_empty() || role.namespace.is_some() {
        return None;
    }
    let mut rules: Vec<PolicyRule> = Vec::new();
    let mut origins = Vec::new();
    for selector in &role.aggregates {
        // Roles are sorted by name already.
        let cluster_roles = roles.iter().filter(|each| each.namespace.is_none());
        let selected =
            cluster_roles.filter(|each| each.name != role.name && selector.selects(&each.labels));
        for each in selected {
            for (index, rule) in each.rules.iter().enumerate() {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                    origins.push(each.origin(index));
                }
            }
        }
    }
    Some((rules, origins))
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::role::{Role, RuleOrigin};
    use crate::rule::PolicyRule;
    use crate::selector::{LabelSelector, Operator, Requirement};

    fn rule(resource: &str) -> PolicyRule {
        PolicyRule { resources: vec![resource.to_owned()], ..PolicyRule::default() }
    }

    /// A `ClusterRole` with labels, selecting those with a label, and rules for these resources.
    fn role(object: usize, name: &str, labels: &[&str], selects: &[&str], rules: &[&str]) -> Role {
        let exists = |key: &&str| LabelSelector {
            requirements: vec![Requirement { key: (*key).to_owned(), operator: Operator::Exists }],
        };
        Role {
            labels: labels.iter().map(|label| ((*label).to_owned(), "true".to_owned())).collect(),
            aggregates: selects.iter().map(exists).collect(),
            object,
            ..Role::new(None, name, rules.iter().map(|each| rule(each)).collect())
        }
    }

    fn check(roles: Vec<Role>, name: &str, expected: &[&str]) {
        let policy = Policy::new(roles, Vec::new(), []).aggregated();
        let role = policy.role(policy.find_role(None, name).unwrap());
        let resources: Vec<&str> =
            role.rules.iter().map(|rule| rule.resources[0].as_str()).collect();
        assert_eq!(resources, expected, "{name}");
    }

    #[test]
    fn nested_aggregation_reaches_the_outermost_role() {
        let roles = || {
            vec![
                role(0, "admin", &[], &["to-admin"], &["gone"]),
                role(1, "edit", &["to-admin"], &["to-edit"], &[]),
                role(2, "view", &["to-edit"], &["to-view"], &[]),
                role(3, "view-base", &["to-view"], &[], &["pods", "services"]),
                role(4, "edit-base", &["to-edit"], &[], &["secrets", "pods"]),
            ]
        };
        check(roles(), "view", &["pods", "services"]);
        check(roles(), "edit", &["secrets", "pods", "services"]);
        check(roles(), "admin", &["secrets", "pods", "services"]);
        let policy = Policy::new(roles(), Vec::new(), []).aggregated();
        let admin = policy.role(policy.find_role(None, "admin").unwrap());
        assert_eq!(admin.origin(2), RuleOrigin { object: 3, rule: 1 });
    }

    #[test]
    fn a_role_does_not_aggregate_itself_and_circles_end() {
        check(vec![role(0, "a", &["x"], &["x"], &["own"])], "a", &[]);
        let circle = vec![
            role(0, "a", &["x"], &["y"], &["lost"]),
            role(1, "b", &["y"], &["x"], &[]),
            role(2, "c", &["y"], &[], &["pods"]),
        ];
        check(circle, "b", &["pods"]);
    }

    #[test]
    fn a_selector_without_conditions_takes_everything() {
        let mut all = role(0, "all", &[], &[], &[]);
        all.aggregates = vec![LabelSelector::default()];
        check(vec![all, role(1, "a", &[], &[], &["pods"])], "all", &["pods"]);
    }

    #[test]
    fn without_an_aggregation_rule_rules_stay() {
        check(vec![role(0, "a", &[], &[], &["pods"])], "a", &["pods"]);
    }
}
