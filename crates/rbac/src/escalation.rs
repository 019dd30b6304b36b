use crate::authorizer::Authorizer;
use crate::binding::RoleRef;
use crate::cover::uncovered;
use crate::decision::{Grant, Stage};
use crate::identity::User;
use crate::request::Request;
use crate::role::Role;
use crate::rule::PolicyRule;

/// The API group of roles and bindings.
pub const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// Whether the API server lets a user write a role or binding whose content it has seen.
///
/// This is the check that follows the ordinary one: the user also has to be allowed to create or change it at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Escalation {
    /// A member of `system:masters` is not checked.
    Masters,
    /// The verb `escalate` or `bind` allows it, by RBAC through these grants.
    ByVerb(Vec<Grant>),
    /// The user already holds all that the role gives.
    Covered,
    /// The user does not hold this much of it.
    Refused(Vec<PolicyRule>),
    /// The role that is to be bound does not exist.
    NoSuchRole,
}

impl Escalation {
    /// Whether the object may be written.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Masters | Self::ByVerb(_) | Self::Covered)
    }
}

/// A write of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleWrite<'a> {
    /// The role as it is to be.
    pub role: &'a Role,
    /// Whether it is there already and had an aggregation rule; `None` when it is created.
    ///
    /// A creation has no name when `escalate` is checked, so a grant of it for one name does not help.
    pub replaces_aggregation: Option<bool>,
}

impl Authorizer {
    /// Whether a user may create or change a role to this content.
    ///
    /// As `policybased/storage.go` of roles and cluster roles: with `escalate` on it, or when the user's own rules there
    /// cover those of the role; a role with an aggregation rule needs everything. Coverage counts nothing but RBAC.
    #[must_use]
    pub fn may_write_role(&self, user: &User, write: &RoleWrite<'_>) -> Escalation {
        let role = write.role;
        let namespace = role.namespace.as_deref().unwrap_or_default();
        let resource = if role.namespace.is_some() { "roles" } else { "clusterroles" };
        let mut request = Request::resource("escalate", RBAC_GROUP, resource).within(namespace);
        if write.replaces_aggregation.is_some() {
            request = request.named(&role.name);
        }
        if let Some(allowed) = self.by_verb(user, &request) {
            return allowed;
        }
        let refused = self.measure(user, namespace, &role.rules);
        let aggregates = !role.aggregates.is_empty() || write.replaces_aggregation == Some(true);
        if refused != Escalation::Covered || role.namespace.is_some() || !aggregates {
            return refused;
        }
        self.measure(user, namespace, &everything())
    }

    /// Whether a user may bind a role in a namespace, `None` for a `ClusterRoleBinding`, by creating a binding or changing
    /// the subjects of one.
    ///
    /// As `policybased/storage.go` of the bindings: `bind` is checked in the namespace of the binding, also for a
    /// `ClusterRole`, so a `Role` can give it; otherwise the user's own rules there have to cover those of the role.
    #[must_use]
    pub fn may_bind(&self, user: &User, role: &RoleRef, namespace: Option<&str>) -> Escalation {
        let own = namespace.unwrap_or_default();
        let resource = match role.kind.as_str() {
            "ClusterRole" => "clusterroles",
            "Role" => "roles",
            _ => return Escalation::NoSuchRole,
        };
        let request = Request::resource("bind", RBAC_GROUP, resource).within(own).named(&role.name);
        if let Some(allowed) = self.by_verb(user, &request) {
            return allowed;
        }
        match self.policy().resolve(role, namespace) {
            Some(role) => self.measure(user, own, &self.policy().role(role).rules),
            None => Escalation::NoSuchRole,
        }
    }

    fn by_verb(&self, user: &User, request: &Request<'_>) -> Option<Escalation> {
        let decision = self.authorize(user, request);
        match decision.by {
            Stage::Masters => Some(Escalation::Masters),
            Stage::Node | Stage::Rbac => Some(Escalation::ByVerb(decision.grants)),
            Stage::Nobody => None,
        }
    }

    fn measure(&self, user: &User, namespace: &str, rules: &[PolicyRule]) -> Escalation {
        let missing = uncovered(&self.effective_rules(user, namespace), rules);
        if missing.is_empty() { Escalation::Covered } else { Escalation::Refused(missing) }
    }
}

/// What an aggregation rule could bring in.
fn everything() -> [PolicyRule; 2] {
    let star = || vec!["*".to_owned()];
    [
        PolicyRule {
            verbs: star(),
            api_groups: star(),
            resources: star(),
            ..PolicyRule::default()
        },
        PolicyRule { verbs: star(), non_resource_urls: star(), ..PolicyRule::default() },
    ]
}
