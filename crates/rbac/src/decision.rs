use crate::policy::{BindingId, RoleId};

/// One way in which something is granted: a subject of a binding, and a rule of its role.
///
/// Ordered by role, rule, binding and subject; [`Policy::reason`](crate::Policy::reason) puts it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The role.
    pub role: RoleId,
    /// The index of the rule in the role's `rules`.
    pub rule: u32,
    /// The binding.
    pub binding: BindingId,
    /// The index of the subject in the binding's `subjects`.
    pub subject: u32,
}

/// What the authorizers answer, and through what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// Which part of the chain answered.
    pub by: Stage,
    /// Every way in which RBAC grants it, sorted, also where an authorizer before RBAC answered.
    pub grants: Vec<Grant>,
}

/// The parts of the chain of authorizers, in their usual order.
///
/// Webhooks and attribute files may follow and are not known here: [`Stage::Nobody`] means that RBAC does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The group `system:masters`, which no binding gives and no binding takes away.
    Masters,
    /// The node authorizer.
    Node,
    /// A rule of a role that is bound.
    Rbac,
    /// None of these.
    Nobody,
}

/// Where a right holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In the whole cluster, and for what has no namespace.
    Cluster,
    /// In one namespace.
    Namespace(String),
}

impl Scope {
    /// The scope of a binding of that namespace, `None` for a `ClusterRoleBinding`.
    #[must_use]
    pub fn of(namespace: Option<&str>) -> Self {
        namespace.map_or(Self::Cluster, |namespace| Self::Namespace(namespace.to_owned()))
    }

    /// The namespace, or `None` for the whole cluster.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Cluster => None,
            Self::Namespace(namespace) => Some(namespace),
        }
    }
}
