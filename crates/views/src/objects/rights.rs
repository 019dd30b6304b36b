use std::collections::HashSet;

use merlon_model::Kind;
use merlon_yaml::Node;

use super::inventory::InventoryView;

/// Prefixes of the names that a service account has as a user, and that those of one namespace
/// have as a group.
const USER: &str = "system:serviceaccount:";
const GROUP: &str = "system:serviceaccounts:";

/// The service accounts that bindings name, as namespace and name; the name is empty where all of
/// the namespace are named as a group.
///
/// Groups of every service account or user are left out: what Kubernetes binds to them anyone may
/// do.
pub(crate) fn bound_accounts<'a>(view: &InventoryView<'a>) -> HashSet<(&'a str, &'a str)> {
    let mut bound = HashSet::new();
    for kind in [Kind::RoleBinding, Kind::ClusterRoleBinding] {
        for binding in view.of_kind(kind) {
            let subjects = binding.root.get("subjects").and_then(Node::as_sequence);
            let home = view.namespace_of(binding);
            bound.extend(subjects.into_iter().flatten().filter_map(|it| account(it, home)));
        }
    }
    bound
}

fn account<'a>(subject: &'a Node, home: &'a str) -> Option<(&'a str, &'a str)> {
    let text = |key| subject.get(key).and_then(Node::as_str);
    let name = text("name")?;
    match text("kind")? {
        "ServiceAccount" => Some((text("namespace").unwrap_or(home), name)),
        "User" => name.strip_prefix(USER)?.split_once(':'),
        "Group" => Some((name.strip_prefix(GROUP)?, "")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::account;

    #[test]
    fn service_accounts_are_named_as_themselves_as_users_and_as_groups() {
        let check = |subject: &str, expected: Option<(&str, &str)>| {
            let parsed = parse(subject, &Limits::default());
            assert_eq!(account(&parsed.documents[0].root, "home"), expected, "{subject}");
        };
        check("{kind: ServiceAccount, name: app, namespace: shop}", Some(("shop", "app")));
        check("{kind: ServiceAccount, name: app}", Some(("home", "app")));
        check("{kind: User, name: 'system:serviceaccount:shop:app'}", Some(("shop", "app")));
        check("{kind: Group, name: 'system:serviceaccounts:shop'}", Some(("shop", "")));
        check("{kind: Group, name: 'system:serviceaccounts'}", None);
        check("{kind: Group, name: 'system:authenticated'}", None);
        check("{kind: User, name: app}", None);
        check("{kind: User, name: 'system:serviceaccount:shop'}", None);
        check("{kind: ServiceAccount}", None);
        check("[]", None);
    }
}
