use crate::decision::{Decision, Grant, Scope, Stage};
use crate::identity::{MASTERS, User};
use crate::index::Index;
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
    pub(crate) policy: Policy,
    release: Release,
    nodes: Option<NodeGraph>,
    pub(crate) index: Index,
    /// What each identity is given: binding, index of the subject, role. Sorted.
    pub(crate) given_to: Vec<Vec<(BindingId, u32, RoleId)>>,
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
        let index = Index::new(&policy);
        let mut given_to = vec![Vec::new(); index.identities.len()];
        for (id, binding) in policy.bindings() {
            let Some(role) = policy.resolve(&binding.role, binding.namespace.as_deref()) else {
                continue;
            };
            for (subject, identity) in (0..).zip(index.subjects.get(id.0 as usize)) {
                if let Some(identity) = identity {
                    given_to[*identity as usize].push((id, subject, role));
                }
            }
        }
        Self { policy, release, nodes: None, index, given_to }
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

    pub(crate) fn index(&self) -> &Index {
        &self.index
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
            .filter_map(|identity| self.index.identities.binary_search(&identity).ok())
            .flat_map(|identity| self.given_to[identity].iter().copied())
    }
}
