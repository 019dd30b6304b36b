//! The role that reading a cluster needs.

use std::collections::BTreeMap;

use merlon_model::Kind;

/// A manifest of the `ClusterRole` with which [`collect`](crate::collect) meets no refusal.
///
/// It is made from the kinds that are read. Those of a group are one rule; secrets are a rule of their
/// own, because who may list them may read their values too: RBAC cannot tell the two apart.
#[must_use]
pub fn cluster_role() -> String {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Secret) {
        let resources = groups.entry(kind.group()).or_default();
        if !resources.contains(&kind.plural()) {
            resources.push(kind.plural());
        }
    }
    let mut role = HEAD.to_owned();
    for (group, mut resources) in groups {
        resources.sort_unstable();
        role += &format!("  - apiGroups: [{}]\n    resources:\n", quoted(group));
        for resource in resources {
            role += &format!("      - {resource}\n");
        }
        role += "    verbs: [list]\n";
    }
    role + TAIL
}

/// An empty group has to be quoted; others need not be.
fn quoted(group: &str) -> &str {
    if group.is_empty() { "\"\"" } else { group }
}

const HEAD: &str = "\
# What Merlon reads of a cluster. Bind it cluster-wide; nothing in it lets anybody change anything.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: merlon-reader
rules:
";

const TAIL: &str = "\
  # Merlon asks for names and types of secrets and never for their values, but whoever holds this role
  # could read them. Without this rule, controls that need secrets answer with an error.
  - apiGroups: [\"\"]
    resources:
      - secrets
    verbs: [list]
  # Usually open to everybody who is authenticated.
  - nonResourceURLs: [/version, /api, /api/*, /apis, /apis/*]
    verbs: [get]
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use merlon_model::Kind;
    use merlon_yaml::{Limits, Node, parse};

    use super::cluster_role;

    fn texts(rule: &Node, key: &str) -> Vec<String> {
        let items = rule.get(key).and_then(Node::as_sequence).unwrap_or_default();
        items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn the_role_lists_every_kind_and_does_nothing_else() {
        let parsed = parse(&cluster_role(), &Limits::default());
        assert_eq!(parsed.problems, []);
        let rules = parsed.documents[0].root.get("rules").and_then(Node::as_sequence).unwrap();
        let mut granted = BTreeSet::new();
        for rule in rules {
            let verbs = texts(rule, "verbs");
            if rule.get("nonResourceURLs").is_some() {
                assert_eq!(verbs, ["get"]);
                continue;
            }
            assert_eq!(verbs, ["list"]);
            for group in texts(rule, "apiGroups") {
                granted.extend(texts(rule, "resources").into_iter().map(|it| (group.clone(), it)));
            }
        }
        let wanted: BTreeSet<_> = Kind::ALL
            .iter()
            .map(|kind| (kind.group().to_owned(), kind.plural().to_owned()))
            .collect();
        assert_eq!(granted, wanted);
    }
}
