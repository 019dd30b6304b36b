use std::collections::BTreeMap;
use std::ops::Range;

use crate::binding::{Binding, RoleRef};
use crate::decision::Grant;
use crate::identity::Identity;
use crate::role::Role;
use crate::rule::PolicyRule;

/// A role of a [`Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub(crate) u32);

/// A binding of a [`Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub(crate) u32);

/// The roles and bindings of one cluster or one set of manifests.
///
/// Sorted by namespace and name, what is for the whole cluster first, so that everything that is said about it has an
/// order that does not depend on the order of the objects.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    roles: Vec<Role>,
    bindings: Vec<Binding>,
    /// Service accounts by namespace and name; whether they are written, and not only named by bindings.
    accounts: BTreeMap<(String, String), bool>,
}

impl Policy {
    /// The policy of these roles, bindings and service accounts (namespace and name).
    ///
    /// Of several with one name the last one counts. Service accounts that bindings name are known as well.
    #[must_use]
    pub fn new(
        mut roles: Vec<Role>,
        mut bindings: Vec<Binding>,
        accounts: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        // Sorting is stable, so the last of several stays the last.
        roles.sort_by(|one, other| role_key(one).cmp(&role_key(other)));
        bindings.sort_by(|one, other| binding_key(one).cmp(&binding_key(other)));
        keep_last(&mut roles, |one, other| role_key(one) == role_key(other));
        keep_last(&mut bindings, |one, other| binding_key(one) == binding_key(other));
        let accounts = accounts.into_iter().map(|account| (account, true)).collect();
        let mut policy = Self { roles, bindings: Vec::new(), accounts };
        for binding in &bindings {
            for identity in binding.subjects.iter().filter_map(|subject| binding.identity(subject))
            {
                policy.know_account(&identity);
            }
        }
        Self { bindings, ..policy }
    }

    /// All roles with their ids, in order.
    pub fn roles(&self) -> impl Iterator<Item = (RoleId, &Role)> {
        (0..).map(RoleId).zip(&self.roles)
    }

    /// All bindings with their ids, in order.
    pub fn bindings(&self) -> impl Iterator<Item = (BindingId, &Binding)> {
        (0..).map(BindingId).zip(&self.bindings)
    }

    /// Every service account that is known, by namespace and name.
    pub fn service_accounts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.accounts.keys().map(|(namespace, name)| (namespace.as_str(), name.as_str()))
    }

    /// The role of an id.
    ///
    /// # Panics
    /// When the id is of another policy.
    #[must_use]
    pub fn role(&self, id: RoleId) -> &Role {
        &self.roles[id.0 as usize]
    }

    /// The binding of an id.
    ///
    /// # Panics
    /// When the id is of another policy.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.0 as usize]
    }

    /// The rule by which something is granted.
    ///
    /// # Panics
    /// When the grant is of another policy.
    #[must_use]
    pub fn rule(&self, grant: &Grant) -> &PolicyRule {
        &self.role(grant.role).rules[grant.rule as usize]
    }

    /// The role of a namespace (`None` for a `ClusterRole`) and name.
    #[must_use]
    pub fn find_role(&self, namespace: Option<&str>, name: &str) -> Option<RoleId> {
        let found = self.roles.binary_search_by(|role| role_key(role).cmp(&(namespace, name)));
        found.ok().map(|index| RoleId(as_id(index)))
    }

    /// The binding of a namespace (`None` for a `ClusterRoleBinding`) and name.
    #[must_use]
    pub fn find_binding(&self, namespace: Option<&str>, name: &str) -> Option<BindingId> {
        let found =
            self.bindings.binary_search_by(|binding| binding_key(binding).cmp(&(namespace, name)));
        found.ok().map(|index| BindingId(as_id(index)))
    }

    /// The role that a reference means in a binding of `namespace`, `None` for a `ClusterRoleBinding`.
    ///
    /// By kind, namespace and name: a `Role` is looked for in the binding's own namespace only, and never by a
    /// `ClusterRoleBinding`.
    #[must_use]
    pub fn resolve(&self, role: &RoleRef, namespace: Option<&str>) -> Option<RoleId> {
        match role.kind.as_str() {
            "ClusterRole" => self.find_role(None, &role.name),
            "Role" => namespace.and_then(|namespace| self.find_role(Some(namespace), &role.name)),
            _ => None,
        }
    }

    /// Bindings whose role is not there. They give nothing until somebody makes it.
    pub fn dangling(&self) -> impl Iterator<Item = (BindingId, &Binding)> {
        let missing =
            |binding: &Binding| self.resolve(&binding.role, binding.namespace.as_deref()).is_none();
        self.bindings().filter(move |(_, binding)| missing(binding))
    }

    /// The words in which Kubernetes gives a grant as its reason, in reviews and in the audit annotation
    /// `authorization.k8s.io/reason`.
    ///
    /// # Panics
    /// When the grant is of another policy.
    #[must_use]
    pub fn reason(&self, grant: &Grant) -> String {
        let binding = self.binding(grant.binding);
        let subject = &binding.subjects[grant.subject as usize];
        let name = match binding.namespace.as_deref() {
            Some(namespace) => format!("{}/{namespace}", binding.name),
            None => binding.name.clone(),
        };
        let who = match subject.kind.as_str() {
            "ServiceAccount" if subject.namespace.is_empty() => {
                format!("{}/{}", subject.name, binding.namespace())
            }
            "ServiceAccount" => format!("{}/{}", subject.name, subject.namespace),
            _ => subject.name.clone(),
        };
        format!(
            "RBAC: allowed by {} {name:?} of {} {:?} to {} {who:?}",
            binding.kind(),
            binding.role.kind,
            binding.role.name,
            subject.kind,
        )
    }

    /// The ids of the bindings that count in a namespace: those of the cluster, then its own; `None` for all.
    pub(crate) fn bindings_in(&self, namespace: Option<&str>) -> InScope {
        in_scope(&self.bindings, namespace, |binding| binding.namespace.as_deref())
    }

    /// The ids of the roles that can count in a namespace: cluster roles, then its own; `None` for all.
    pub(crate) fn roles_in(&self, namespace: Option<&str>) -> InScope {
        in_scope(&self.roles, namespace, |role| role.namespace.as_deref())
    }

    /// Puts a binding in where there is none of its namespace and name; those behind it get other ids.
    pub(crate) fn insert_binding(&mut self, binding: Binding) -> BindingId {
        let place = self.bindings.partition_point(|own| binding_key(own) < binding_key(&binding));
        self.bindings.insert(place, binding);
        BindingId(as_id(place))
    }

    /// Takes a binding out; those behind it get other ids.
    pub(crate) fn remove_binding(&mut self, id: BindingId) -> Binding {
        self.bindings.remove(id.0 as usize)
    }

    /// Adds a service account that a binding names.
    pub(crate) fn know_account(&mut self, identity: &Identity) {
        if let Identity::ServiceAccount { namespace, name } = identity {
            self.accounts.entry((namespace.clone(), name.clone())).or_insert(false);
        }
    }

    /// Removes a service account that no binding names any more, unless it is written.
    pub(crate) fn forget_account(&mut self, identity: &Identity) {
        if let Identity::ServiceAccount { namespace, name } = identity {
            let account = (namespace.clone(), name.clone());
            if self.accounts.get(&account) == Some(&false) {
                self.accounts.remove(&account);
            }
        }
    }

    pub(crate) fn roles_mut(&mut self) -> &mut [Role] {
        &mut self.roles
    }
}

/// The ids that count in a namespace: all below `cluster`, and those in `own`.
#[derive(Clone, Debug)]
pub(crate) struct InScope {
    cluster: u32,
    own: Range<u32>,
}

impl InScope {
    /// Both parts of a list that is sorted by these ids.
    pub(crate) fn of<'l, T>(
        &self,
        sorted: &'l [T],
        id: impl Fn(&T) -> u32,
    ) -> impl Iterator<Item = &'l T> {
        let cluster = sorted.partition_point(|each| id(each) < self.cluster);
        let (cluster, rest) = sorted.split_at(cluster);
        let from = rest.partition_point(|each| id(each) < self.own.start);
        let to = rest.partition_point(|each| id(each) < self.own.end);
        cluster.iter().chain(&rest[from..to.max(from)])
    }
}

/// No namespace is called `""`, so nothing but the cluster's own counts for requests without one.
fn in_scope<T>(sorted: &[T], namespace: Option<&str>, own: impl Fn(&T) -> Option<&str>) -> InScope {
    let Some(namespace) = namespace else { return InScope { cluster: u32::MAX, own: 0..0 } };
    let before = |end: &str| as_id(sorted.partition_point(|each| own(each) < Some(end)));
    let after = as_id(sorted.partition_point(|each| own(each) <= Some(namespace)));
    InScope { cluster: before(""), own: before(namespace)..after }
}

fn role_key(role: &Role) -> (Option<&str>, &str) {
    (role.namespace.as_deref(), &role.name)
}

fn binding_key(binding: &Binding) -> (Option<&str>, &str) {
    (binding.namespace.as_deref(), &binding.name)
}

fn keep_last<T>(items: &mut Vec<T>, same: impl Fn(&T, &T) -> bool) {
    items.reverse();
    items.dedup_by(|later, kept| same(later, kept));
    items.reverse();
}

/// An index as an id. Four thousand million objects do not fit into memory.
pub(crate) fn as_id(index: usize) -> u32 {
    u32::try_from(index).expect("fewer objects than fit into memory")
}
