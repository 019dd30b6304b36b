//! The RBAC authorizer of Kubernetes as a library: who may do what, and through which binding.
//!
//! ```text
//! objects --read--> Policy --Authorizer--> Decision { allowed, by, grants }
//!                                          WhoCan, rules held, escalations, impersonations
//!                      risk: rights that lead to more than they say
//! ```
//!
//! Answers are those of the API server, rule for rule: `*` and `*/subresource` are wildcards and `pods/*` is none,
//! names are exact, a `Role` is only ever found in its own namespace. Where releases differ, the [`Release`] decides.
//! Nothing here does I/O.

mod aggregate;
mod authorizer;
mod binding;
mod cover;
mod decision;
mod difference;
mod edit;
mod escalation;
mod fields;
mod identity;
mod impersonation;
mod index;
mod near;
mod node;
mod permission;
mod policy;
mod read;
mod release;
mod request;
pub mod risk;

mod role;
mod rule;
mod selector;
mod who_can;

pub use authorizer::{Authorizer, Held};
pub use binding::{Binding, RoleRef, Subject};
pub use cover::{atoms, uncovered};
pub use decision::{Decision, Grant, Scope, Stage};
pub use difference::{Change, changes};
pub use escalation::{Escalation, RBAC_GROUP, RoleWrite};
pub use identity::{
    ANONYMOUS, AUTHENTICATED, Identity, MASTERS, NODES, SERVICE_ACCOUNTS, UNAUTHENTICATED, User,
};
pub use impersonation::{Impersonation, Mode, Wanted};
pub use near::{Lack, NearMiss};
pub use node::{NodeGraph, Reachable, Thing, node_rules};
pub use permission::Permission;
pub use policy::{BindingId, Policy, RoleId};
pub use read::{Problem, read};
pub use release::{Gate, Release};
pub use request::{Request, ResourceRequest};
pub use role::{Role, RuleOrigin};
pub use rule::PolicyRule;
pub use selector::{LabelSelector, Operator, Requirement};
pub use who_can::WhoCan;
