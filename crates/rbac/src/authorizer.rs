use std::collections::BTreeMap;

use crate::decision::{Decision, Grant, Scope, Stage};
use crate::identity::{Identity, MASTERS, User};
use crate::node::NodeGraph;
use crate::policy::{BindingId, Policy, RoleId, as_id};
use crate::release::Release;
use crate::request::Request;
use crate::rule::PolicyRule;

/// A policy that is ready to be asked, at the speed of an index.
///
/// ```
/// use merlon_rbac::{Authorizer, Release, Request, User, read};
/// use merlon_yaml::{Limits, parse};
///
/// let parsed = parse("
/// apiVersion: rbac.authorization.k8s.io/v1
/// kind: ClusterRole
/// metadata: {name: shell}
/// rules: [{verbs: [create], apiGroups: [''], resources: ['*/exec']}]
/// ---
/// apiVersion: rbac.authorization.k8s.io/v1
/// kind: RoleBinding
/// metadata: {name: shell, namespace: dev}
/// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shell}
/// subjects: [{kind: ServiceAccount, name: robot}]
/// ", &Limits::default());
/// let (policy, problems) = read(parsed.documents.iter().map(|document| &document.root));
/// assert!(problems.is_empty());
/// let authorizer = Authorizer::new(policy, Release::unknown());
/// let robot = User::service_account("dev", "robot");
/// let request = Request::resource("create", "", "pods").subresource("exec").named("web").within("dev");
/// let decision = authorizer.authorize(&robot, &request);
/// assert!(decision.allowed);
/// assert_eq!(
///     authorizer.policy().reason(&decision.grants[0]),
///     r#"RBAC: allowed by RoleBinding "shell/dev" of ClusterRole "shell" to ServiceAccount "robot/dev""#,
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Authorizer {
    policy: Policy,
    release: Release,
    nodes: Option<NodeGraph>,
    /// Rules by each resource they name, as it is written.
    pub(crate) by_resource: BTreeMap<String, Vec<(RoleId, u32)>>,
    /// Rules that name paths.
    pub(crate) by_path: Vec<(RoleId, u32)>,
    /// The bindings of each role, sorted.
    pub(crate) bindings_of: Vec<Vec<BindingId>>,
    /// Everybody a binding reaches, sorted.
    pub(crate) identities: Vec<Identity>,
    /// The identity of each subject of each binding.
    pub(crate) subjects_of: Vec<Vec<Option<u32>>>,
    /// What each identity is given: binding, index of the subject, role. Sorted.
    given_to: Vec<Vec<(BindingId, u32, RoleId)>>,
}

/// A rule that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Where it holds.
    pub scope: Scope,
    /// Through what.
    pub grant: Grant,
}

impl Authorizer {
    /// Indexes a policy. The release decides what newer kinds of rights mean.
    #[must_use]
    pub fn new(policy: Policy, release: Release) -> Self {
        let mut by_resource: BTreeMap<String, Vec<(RoleId, u32)>> = BTreeMap::new();
        let mut by_path = Vec::new();
        for (id, role) in policy.roles() {
            for (index, rule) in role.rules.iter().enumerate() {
                let place = (id, as_id(index));
                for resource in &rule.resources {
                    let places = by_resource.entry(resource.clone()).or_default();
                    if places.last() != Some(&place) {
                        places.push(place);
                    }
                }
                if !rule.non_resource_urls.is_empty() {
                    by_path.push(place);
                }
            }
        }
        let reached = policy.all_bindings().iter();
        let mut identities: Vec<Identity> = reached
            .flat_map(|binding| {
                binding.subjects.iter().filter_map(|subject| binding.identity(subject))
            })
            .collect();
        identities.sort();
        identities.dedup();
        let mut bindings_of = vec![Vec::new(); policy.roles().count()];
        let mut given_to = vec![Vec::new(); identities.len()];
        let mut subjects_of = Vec::new();
        for (id, binding) in policy.bindings() {
            let role = policy.resolve(&binding.role, binding.namespace.as_deref());
            if let Some(role) = role {
                bindings_of[role.0 as usize].push(id);
            }
            let identity =
                |subject| Some(as_id(identities.binary_search(&binding.identity(subject)?).ok()?));
            let subjects: Vec<Option<u32>> = binding.subjects.iter().map(identity).collect();
            for (index, identity) in subjects.iter().enumerate() {
                if let (Some(identity), Some(role)) = (identity, role) {
                    given_to[*identity as usize].push((id, as_id(index), role));
                }
            }
            subjects_of.push(subjects);
        }
        Self {
            policy,
            release,
            nodes: None,
            by_resource,
            by_path,
            bindings_of,
            identities,
            subjects_of,
            given_to,
        }
    }

    /// The same with a node authorizer before it, as in nearly every cluster (`--authorization-mode=Node,RBAC`).
    #[must_use]
    pub fn with_nodes(mut self, nodes: NodeGraph) -> Self {
        self.nodes = Some(nodes);
        self
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The release that is assumed.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// What the node authorizer knows, when there is one.
    #[must_use]
    pub fn nodes(&self) -> Option<&NodeGraph> {
        self.nodes.as_ref()
    }

    /// Whether a user may do something, and every way in which RBAC grants it.
    #[must_use]
    pub fn authorize(&self, user: &User, request: &Request<'_>) -> Decision {
        let mut grants: Vec<Grant> = self
            .given(user, request.namespace())
            .flat_map(|(binding, subject, role)| {
                let rules = self.policy.role(role).rules.iter().enumerate();
                rules.filter(|(_, rule)| rule.allows(request)).map(move |(rule, _)| Grant {
                    role,
                    rule: as_id(rule),
                    binding,
                    subject,
                })
            })
            .collect();
        grants.sort_unstable();
        let by_node = || {
            let (nodes, node) = (self.nodes.as_ref()?, user.node_name()?);
            nodes.authorize(node, request, &self.release).then_some(())
        };
        let by = if user.is_in(MASTERS) {
            Stage::Masters
        } else if by_node().is_some() {
            Stage::Node
        } else if grants.is_empty() {
            Stage::Nobody
        } else {
            Stage::Rbac
        };
        Decision { allowed: by != Stage::Nobody, by, grants }
    }

    /// Every rule that a user holds by RBAC, in the order of the bindings, with the scope of each.
    #[must_use]
    pub fn rules_of(&self, user: &User) -> Vec<Held> {
        let mut held: Vec<Held> = self
            .all_given(user)
            .flat_map(|(binding, subject, role)| {
                let scope = Scope::of(self.policy.binding(binding).namespace.as_deref());
                (0..as_id(self.policy.role(role).rules.len())).map(move |rule| {
                    let grant = Grant { role, rule, binding, subject };
                    Held { scope: scope.clone(), grant }
                })
            })
            .collect();
        held.sort();
        held
    }

    /// The rules that count for a user in a namespace, `""` for the whole cluster: what escalations are measured by.
    pub(crate) fn effective_rules(&self, user: &User, namespace: &str) -> Vec<&PolicyRule> {
        self.given(user, namespace).flat_map(|(_, _, role)| &self.policy.role(role).rules).collect()
    }

    /// What a user is given that counts in a namespace: bindings of the cluster and of the namespace.
    fn given(
        &self,
        user: &User,
        namespace: &str,
    ) -> impl Iterator<Item = (BindingId, u32, RoleId)> {
        let counts = move |binding: BindingId| {
            let own = self.policy.binding(binding).namespace.as_deref();
            own.is_none_or(|own| !namespace.is_empty() && own == namespace)
        };
        self.all_given(user).filter(move |(binding, _, _)| counts(*binding))
    }

    fn all_given(&self, user: &User) -> impl Iterator<Item = (BindingId, u32, RoleId)> {
        user.identities()
            .into_iter()
            .filter_map(|identity| self.identities.binary_search(&identity).ok())
            .flat_map(|identity| self.given_to[identity].iter().copied())
    }
}
