//! Rights that lead to more than they say: a catalogue, and who holds what of it.
//!
//! Rights add up over all bindings of a subject, so a [`Primitive`] that needs two is found where one comes from a
//! `ClusterRoleBinding` and the other from a `RoleBinding`. What RBAC does not know, such as whether admission lets a
//! privileged pod in, is the primitive's [`Condition`], for the caller to look at.

mod find;
mod primitive;
mod table;

pub use find::{Found, InRules, primitives_in_rules, primitives_of};
pub use primitive::{Condition, Effect, Place, Primitive, Right};
pub use table::primitives;
