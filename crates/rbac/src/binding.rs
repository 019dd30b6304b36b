use std::fmt;

use crate::identity::{Identity, account_user_name};

/// A `RoleBinding` or `ClusterRoleBinding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The namespace of a `RoleBinding`; `None` for a `ClusterRoleBinding`.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The role that is given.
    pub role: RoleRef,
    /// Who is given it, in the order of the object.
    pub subjects: Vec<Subject>,
    /// The index of the object it was read from.
    pub object: usize,
}

/// The role that a binding names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleRef {
    /// `Role`, `ClusterRole`, or what the object says instead, which gives nothing.
    pub kind: String,
    /// The name.
    pub name: String,
}

/// Who a binding names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// `User`, `Group`, `ServiceAccount`, or what the object says instead, which reaches nobody.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace of a service account, `""` where none is written.
    pub namespace: String,
}

impl Binding {
    /// A binding that was not read from anywhere; its object is 0.
    #[must_use]
    pub fn new(namespace: Option<&str>, name: &str, role: RoleRef, subjects: Vec<Subject>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            role,
            subjects,
            object: 0,
        }
    }

    /// `RoleBinding` or `ClusterRoleBinding`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" }
    }

    /// The namespace, or `""` for the whole cluster.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// Whom a subject means, or `None` when it reaches nobody.
    ///
    /// As `appliesToUser` of Kubernetes' `rule.go`: a service account without a namespace is one of the binding's, and
    /// in a `ClusterRoleBinding` none at all; the API group says nothing; no name is a wildcard.
    #[must_use]
    pub fn identity(&self, subject: &Subject) -> Option<Identity> {
        match subject.kind.as_str() {
            "User" => Some(Identity::of_user(&subject.name)),
            "Group" => Some(Identity::Group(subject.name.clone())),
            "ServiceAccount" => {
                let own = subject.namespace.as_str();
                let namespace = if own.is_empty() { self.namespace() } else { own };
                let user = account_user_name(namespace, &subject.name);
                (!namespace.is_empty()).then(|| Identity::of_user(&user))
            }
            _ => None,
        }
    }
}

impl RoleRef {
    /// A `ClusterRole`.
    #[must_use]
    pub fn cluster_role(name: &str) -> Self {
        Self { kind: "ClusterRole".to_owned(), name: name.to_owned() }
    }

    /// A `Role` in the binding's own namespace.
    #[must_use]
    pub fn role(name: &str) -> Self {
        Self { kind: "Role".to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)
    }
}

impl Subject {
    /// A user.
    #[must_use]
    pub fn user(name: &str) -> Self {
        Self { kind: "User".to_owned(), name: name.to_owned(), namespace: String::new() }
    }

    /// A group.
    #[must_use]
    pub fn group(name: &str) -> Self {
        Self { kind: "Group".to_owned(), name: name.to_owned(), namespace: String::new() }
    }

    /// A service account, of the binding's namespace when `namespace` is empty.
    #[must_use]
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self {
            kind: "ServiceAccount".to_owned(),
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, RoleRef, Subject};
    use crate::identity::Identity;

    #[test]
    fn subjects_mean_whom_kubernetes_says() {
        let check = |namespace: Option<&str>, subject: Subject, expected: Option<Identity>| {
            let binding = Binding::new(namespace, "b", RoleRef::cluster_role("r"), vec![subject]);
            assert_eq!(binding.identity(&binding.subjects[0]), expected, "{binding:?}");
        };
        let robot = Identity::service_account("dev", "robot");
        check(None, Subject::user("alice"), Some(Identity::User("alice".to_owned())));
        check(None, Subject::user("*"), Some(Identity::User("*".to_owned())));
        check(None, Subject::user("system:serviceaccount:dev:robot"), Some(robot.clone()));
        check(None, Subject::group("staff"), Some(Identity::group("staff")));
        check(None, Subject::service_account("dev", "robot"), Some(robot.clone()));
        check(None, Subject::service_account("", "robot"), None);
        check(Some("dev"), Subject::service_account("", "robot"), Some(robot.clone()));
        check(Some("other"), Subject::service_account("dev", "robot"), Some(robot));
        let odd = Subject { kind: "user".to_owned(), ..Subject::user("alice") };
        check(None, odd, None);
    }
}
