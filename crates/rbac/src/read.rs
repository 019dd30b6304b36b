use std::collections::BTreeMap;

use merlon_yaml::Node;

use crate::binding::{Binding, RoleRef, Subject};
use crate::fields::{Malformed, Shape, required, sequence, string, string_map, strings};
use crate::policy::Policy;
use crate::role::Role;
use crate::rule::PolicyRule;
use crate::selector::{LabelSelector, Operator, Requirement};

/// An object that is not in the policy, or not with all it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The index of the object.
    pub object: usize,
    /// Its kind.
    pub kind: String,
    /// Its namespace, `""` where it has none.
    pub namespace: String,
    /// Its name, `""` where it cannot be read.
    pub name: String,
    /// What is wrong, in small letters and without a final stop.
    pub reason: String,
}

/// Reads roles, bindings and service accounts; objects of other kinds are passed over.
///
/// Takes `rbac.authorization.k8s.io/v1` and `v1beta1`, which have one shape, and `v1` `ServiceAccount`s. An object
/// without a namespace that needs one is in `default`, where `kubectl` puts it. An object that the API server could not
/// decode is left out and told of; of several objects of one kind, namespace and name the last one counts, as when
/// they are applied one after the other.
///
/// Rules of aggregated roles are those that are written; see [`Policy::aggregated`].
pub fn read<'n>(objects: impl Iterator<Item = &'n Node>) -> (Policy, Vec<Problem>) {
    let mut found = Found::default();
    for (index, object) in objects.enumerate() {
        let Some(kind) = kind_of(object) else { continue };
        if let Err(Malformed(reason)) = found.take(index, kind, object) {
            found.tell(index, kind, object, reason);
        }
    }
    found.problems.sort_by_key(|problem| problem.object);
    (Policy::new(found.roles, found.bindings, found.accounts), found.problems)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Role,
    ClusterRole,
    RoleBinding,
    ClusterRoleBinding,
    ServiceAccount,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::ClusterRole => "ClusterRole",
            Self::RoleBinding => "RoleBinding",
            Self::ClusterRoleBinding => "ClusterRoleBinding",
            Self::ServiceAccount => "ServiceAccount",
        }
    }

    fn is_namespaced(self) -> bool {
        !matches!(self, Self::ClusterRole | Self::ClusterRoleBinding)
    }
}

fn kind_of(object: &Node) -> Option<Kind> {
    let version = object.get("apiVersion")?.as_str()?;
    let kind = object.get("kind")?.as_str()?;
    let group = "rbac.authorization.k8s.io/";
    match (version.strip_prefix(group), kind) {
        (Some("v1" | "v1beta1"), "Role") => Some(Kind::Role),
        (Some("v1" | "v1beta1"), "ClusterRole") => Some(Kind::ClusterRole),
        (Some("v1" | "v1beta1"), "RoleBinding") => Some(Kind::RoleBinding),
        (Some("v1" | "v1beta1"), "ClusterRoleBinding") => Some(Kind::ClusterRoleBinding),
        (None, "ServiceAccount") if version == "v1" => Some(Kind::ServiceAccount),
        _ => None,
    }
}

#[derive(Default)]
struct Found {
    roles: Vec<Role>,
    bindings: Vec<Binding>,
    accounts: Vec<(String, String)>,
    problems: Vec<Problem>,
    /// The object that stands for a kind, namespace and name so far.
    seen: BTreeMap<(Kind, Option<String>, String), usize>,
}

impl Found {
    fn take(&mut self, index: usize, kind: Kind, object: &Node) -> Result<(), Malformed> {
        let empty = Node { value: merlon_yaml::Value::Null, span: object.span };
        let metadata = object.get("metadata").unwrap_or(&empty);
        let name = required(metadata, "metadata", "name")?;
        let namespace = kind
            .is_namespaced()
            .then(|| string(metadata, "metadata", "namespace"))
            .transpose()?
            .map(|namespace| if namespace.is_empty() { "default".to_owned() } else { namespace });
        match kind {
            Kind::Role | Kind::ClusterRole => {
                let role = Role {
                    labels: string_map(metadata, "metadata", "labels")?,
                    aggregates: if kind == Kind::ClusterRole {
                        aggregates(object)?
                    } else {
                        Vec::new()
                    },
                    object: index,
                    ..Role::new(namespace.as_deref(), &name, rules(object)?)
                };
                self.roles.push(role);
            }
            Kind::RoleBinding | Kind::ClusterRoleBinding => {
                let role =
                    object.get("roleRef").ok_or(Malformed("roleRef is not set".to_owned()))?;
                let role = RoleRef {
                    kind: required(role, "roleRef", "kind")?,
                    name: required(role, "roleRef", "name")?,
                };
                let subjects = subjects(object)?;
                let binding = Binding::new(namespace.as_deref(), &name, role, subjects);
                self.bindings.push(Binding { object: index, ..binding });
            }
            Kind::ServiceAccount => {
                self.accounts.extend(namespace.clone().map(|namespace| (namespace, name.clone())));
            }
        }
        // Two manifests of one service account say the same for our purposes.
        if kind != Kind::ServiceAccount
            && let Some(earlier) = self.seen.insert((kind, namespace, name), index)
        {
            let reason = "another object of this name comes later and takes its place".to_owned();
            self.tell(earlier, kind, object, reason);
        }
        Ok(())
    }

    fn tell(&mut self, index: usize, kind: Kind, object: &Node, reason: String) {
        let text = |key: &str| {
            let value = object.path(&["metadata", key]).and_then(Node::as_str);
            value.unwrap_or_default().to_owned()
        };
        self.problems.push(Problem {
            object: index,
            kind: kind.name().to_owned(),
            namespace: if kind.is_namespaced() { text("namespace") } else { String::new() },
            name: text("name"),
            reason,
        });
    }
}

fn rules(object: &Node) -> Result<Vec<PolicyRule>, Malformed> {
    let Some(rules) = sequence(object, "", "rules")? else { return Ok(Vec::new()) };
    rules.iter().enumerate().map(|(index, node)| rule(node, &format!("rules[{index}]"))).collect()
}

fn rule(node: &Node, place: &str) -> Result<PolicyRule, Malformed> {
    node.expect_mapping(place)?;
    Ok(PolicyRule {
        verbs: strings(node, place, "verbs")?,
        api_groups: strings(node, place, "apiGroups")?,
        resources: strings(node, place, "resources")?,
        resource_names: strings(node, place, "resourceNames")?,
        non_resource_urls: strings(node, place, "nonResourceURLs")?,
    })
}

fn subjects(object: &Node) -> Result<Vec<Subject>, Malformed> {
    let Some(subjects) = sequence(object, "", "subjects")? else { return Ok(Vec::new()) };
    let subject = |(index, node): (usize, &Node)| {
        let place = format!("subjects[{index}]");
        node.expect_mapping(&place)?;
        Ok(Subject {
            kind: string(node, &place, "kind")?,
            name: string(node, &place, "name")?,
            namespace: string(node, &place, "namespace")?,
        })
    };
    subjects.iter().enumerate().map(subject).collect()
}

fn aggregates(object: &Node) -> Result<Vec<LabelSelector>, Malformed> {
    let Some(aggregation) = object.get("aggregationRule") else { return Ok(Vec::new()) };
    aggregation.expect_mapping("aggregationRule")?;
    let place = "aggregationRule";
    let Some(selectors) = sequence(aggregation, place, "clusterRoleSelectors")? else {
        return Ok(Vec::new());
    };
    let place = |index: usize| format!("{place}.clusterRoleSelectors[{index}]");
    selectors.iter().enumerate().map(|(index, node)| selector(node, &place(index))).collect()
}

fn selector(node: &Node, place: &str) -> Result<LabelSelector, Malformed> {
    node.expect_mapping(place)?;
    let labels = string_map(node, place, "matchLabels")?;
    let mut requirements: Vec<Requirement> = labels
        .into_iter()
        .map(|(key, value)| Requirement { key, operator: Operator::In(vec![value]) })
        .collect();
    for (index, node) in
        sequence(node, place, "matchExpressions")?.unwrap_or_default().iter().enumerate()
    {
        let place = format!("{place}.matchExpressions[{index}]");
        node.expect_mapping(&place)?;
        let values = strings(node, &place, "values")?;
        let operator = match string(node, &place, "operator")?.as_str() {
            "In" => Operator::In(values),
            "NotIn" => Operator::NotIn(values),
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            other => return Err(Malformed(format!("{place}.operator is {other:?}"))),
        };
        requirements.push(Requirement { key: required(node, &place, "key")?, operator });
    }
    Ok(LabelSelector { requirements })
}

#[cfg(test)]
mod tests;
