use std::fmt;

/// The group of every user who is known.
pub const AUTHENTICATED: &str = "system:authenticated";
/// The group of everybody else.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The user name of everybody who is not known.
pub const ANONYMOUS: &str = "system:anonymous";
/// The group that may do everything, whatever RBAC says.
pub const MASTERS: &str = "system:masters";
/// The group of all service accounts.
pub const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";
/// The group of all kubelets.
pub const NODES: &str = "system:nodes";

const ACCOUNT_PREFIX: &str = "system:serviceaccount:";
const NODE_PREFIX: &str = "system:node:";

/// Whom a subject of a binding means.
///
/// A `User` whose name is that of a service account means the service account, as it does for Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Every member of a group.
    Group(String),
    /// A user.
    User(String),
}

impl Identity {
    /// The identity behind a user name.
    #[must_use]
    pub fn of_user(name: &str) -> Self {
        match name.strip_prefix(ACCOUNT_PREFIX).and_then(|rest| rest.split_once(':')) {
            Some((namespace, account)) if is_plain(namespace) && is_plain(account) => {
                Self::service_account(namespace, account)
            }
            _ => Self::User(name.to_owned()),
        }
    }

    /// The service account of that name.
    #[must_use]
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The group of that name.
    #[must_use]
    pub fn group(name: &str) -> Self {
        Self::Group(name.to_owned())
    }

    /// A user who is this and nothing else: with the groups that Kubernetes itself adds.
    ///
    /// For a group, a nameless member of it who is known to the cluster, unless the group is the one of those who are
    /// not.
    #[must_use]
    pub fn user(&self) -> User {
        match self {
            Self::ServiceAccount { namespace, name } => User::service_account(namespace, name),
            Self::User(name) => User::named(name),
            Self::Group(name) if name == UNAUTHENTICATED => User::anonymous(),
            Self::Group(name) => {
                let member = User::named("").member_of(name);
                let accounts =
                    name.strip_prefix(SERVICE_ACCOUNTS).is_some_and(|rest| rest.starts_with(':'));
                if accounts { member.member_of(SERVICE_ACCOUNTS) } else { member }
            }
        }
    }
}

fn is_plain(part: &str) -> bool {
    !part.is_empty() && !part.contains(':')
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServiceAccount { namespace, name } => {
                write!(formatter, "service account {namespace}/{name}")
            }
            Self::Group(name) => write!(formatter, "group {name}"),
            Self::User(name) => write!(formatter, "user {name}"),
        }
    }
}

/// Who asks: a name and groups, as authentication hands them to the authorizers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User {
    /// The user name.
    pub name: String,
    /// All groups, those included that Kubernetes adds.
    pub groups: Vec<String>,
    /// For a service account whose token is bound to a pod on a node, that node.
    pub on_node: Option<String>,
}

impl User {
    /// A user who is known to the cluster.
    ///
    /// The names of service accounts and nodes bring their groups along; so does the name of the anonymous user.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == ANONYMOUS {
            return Self::anonymous();
        }
        if let Identity::ServiceAccount { namespace, name } = Identity::of_user(name) {
            return Self::service_account(&namespace, &name);
        }
        let user = Self::with_groups(name, &[AUTHENTICATED]);
        if name.starts_with(NODE_PREFIX) { user.member_of(NODES) } else { user }
    }

    /// A user in exactly these groups.
    #[must_use]
    pub fn with_groups(name: &str, groups: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            on_node: None,
        }
    }

    /// Who is not known to the cluster.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::with_groups(ANONYMOUS, &[UNAUTHENTICATED])
    }

    /// A service account, with the groups of all and of those in its namespace.
    #[must_use]
    pub fn service_account(namespace: &str, name: &str) -> Self {
        let own = format!("{SERVICE_ACCOUNTS}:{namespace}");
        let user = format!("{ACCOUNT_PREFIX}{namespace}:{name}");
        Self::with_groups(&user, &[SERVICE_ACCOUNTS, &own, AUTHENTICATED])
    }

    /// The kubelet of a node.
    #[must_use]
    pub fn node(name: &str) -> Self {
        Self::with_groups(&format!("{NODE_PREFIX}{name}"), &[NODES, AUTHENTICATED])
    }

    /// The same user in one more group.
    #[must_use]
    pub fn member_of(mut self, group: &str) -> Self {
        if !self.is_in(group) {
            self.groups.push(group.to_owned());
        }
        self
    }

    /// Whether the user is in a group.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|each| each == group)
    }

    /// The node whose kubelet this is: both the name and the group say so.
    #[must_use]
    pub fn node_name(&self) -> Option<&str> {
        let name = self.name.strip_prefix(NODE_PREFIX)?;
        self.is_in(NODES).then_some(name)
    }

    /// Everything a binding can name to reach this user, each once.
    #[must_use]
    pub fn identities(&self) -> Vec<Identity> {
        let groups = self.groups.iter().map(|group| Identity::Group(group.clone()));
        let mut all: Vec<Identity> =
            std::iter::once(Identity::of_user(&self.name)).chain(groups).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// The user name that Kubernetes gives a service account.
pub(crate) fn account_user_name(namespace: &str, name: &str) -> String {
    format!("{ACCOUNT_PREFIX}{namespace}:{name}")
}

/// The node that a user name speaks of, by the name alone.
pub(crate) fn node_of_user_name(name: &str) -> Option<&str> {
    name.strip_prefix(NODE_PREFIX).filter(|node| is_subdomain(node))
}

/// The service account that a user name speaks of, when both its parts are legal names.
pub(crate) fn account_of_user_name(name: &str) -> Option<(&str, &str)> {
    let (namespace, account) = name.strip_prefix(ACCOUNT_PREFIX)?.split_once(':')?;
    (is_label(namespace) && is_subdomain(account)).then_some((namespace, account))
}

/// RFC 1123 label, as namespaces are named.
fn is_label(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = text.bytes().all(|byte| legal(byte) || byte == b'-');
    inner
        && text.len() <= 63
        && text.bytes().next().is_some_and(legal)
        && text.bytes().next_back().is_some_and(legal)
}

/// RFC 1123 subdomain, as nodes and service accounts are named.
fn is_subdomain(text: &str) -> bool {
    // Parts of a subdomain have no length of their own.
    let part = |part: &str| {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.bytes().all(|byte| legal(byte) || byte == b'-')
            && part.bytes().next().is_some_and(legal)
            && part.bytes().next_back().is_some_and(legal)
    };
    text.len() <= 253 && text.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::{Identity, User, account_of_user_name, node_of_user_name};

    #[test]
    fn user_names_tell_service_accounts() {
        let check = |name: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map_or(Identity::User(name.to_owned()), |(namespace, name)| {
                Identity::service_account(namespace, name)
            });
            assert_eq!(Identity::of_user(name), expected, "{name}");
        };
        check("system:serviceaccount:dev:robot", Some(("dev", "robot")));
        check("system:serviceaccount:dev:robot:more", None);
        check("system:serviceaccount::robot", None);
        check("system:serviceaccount:dev:", None);
        check("system:serviceaccount:dev", None);
        check("system:serviceaccounts:dev:robot", None);
        check("alice", None);
        check("", None);
    }

    #[test]
    fn kubernetes_adds_groups_by_itself() {
        let check = |user: User, groups: &[&str]| assert_eq!(user.groups, groups, "{}", user.name);
        check(User::named("alice"), &["system:authenticated"]);
        check(User::named("system:anonymous"), &["system:unauthenticated"]);
        check(User::named("system:node:a"), &["system:authenticated", "system:nodes"]);
        let account =
            ["system:serviceaccounts", "system:serviceaccounts:dev", "system:authenticated"];
        check(User::named("system:serviceaccount:dev:robot"), &account);
        check(User::service_account("dev", "robot"), &account);
    }

    #[test]
    fn a_node_is_known_by_name_and_group() {
        assert_eq!(User::node("a").node_name(), Some("a"));
        assert_eq!(User::with_groups("system:node:a", &[]).node_name(), None);
        assert_eq!(User::with_groups("a", &["system:nodes"]).node_name(), None);
        assert_eq!(User::with_groups("system:node:", &["system:nodes"]).node_name(), Some(""));
    }

    #[test]
    fn names_that_cannot_be_are_no_accounts_or_nodes() {
        let check = |name: &str, expected: bool| {
            assert_eq!(account_of_user_name(name).is_some(), expected, "{name}");
        };
        check("system:serviceaccount:dev:robot", true);
        check("system:serviceaccount:dev:a.b-c", true);
        check("system:serviceaccount:d.v:robot", false);
        check("system:serviceaccount:dev:Robot", false);
        check("system:serviceaccount:dev:-robot", false);
        check("system:serviceaccount:dev:a..b", false);
        check("system:serviceaccount:dev:a:b", false);
        assert_eq!(node_of_user_name("system:node:a.example"), Some("a.example"));
        assert_eq!(node_of_user_name("system:node:"), None);
        assert_eq!(node_of_user_name("system:node:A"), None);
    }
}
