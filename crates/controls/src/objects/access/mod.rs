//! Who may do what: roles, bindings and service accounts.
//!
//! A role is judged by what it grants, once, and who is bound to it is told along; a role that
//! nobody is bound to matters less. What Kubernetes ships is as it has to be; what people changed
//! in it is not.

/// A cluster role with one rule.
macro_rules! role {
    ($rules:literal) => {
        concat!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n",
            "rules: [",
            $rules,
            "]\n"
        )
    };
}

/// A cluster role with one rule, bound to a service account in the whole cluster.
macro_rules! bound {
    ($rules:literal) => {
        concat!(
            role!($rules),
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n",
            "metadata: {name: b}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}\n",
            "subjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n"
        )
    };
}

pub(crate) mod bindings;
pub(crate) mod control_plane;
mod grant;
pub(crate) mod roles;
pub(crate) mod subjects;
pub(crate) mod workloads;
