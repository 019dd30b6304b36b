//! Controls of the API server.

pub(crate) mod admission;
pub(crate) mod audit;
mod audit_policy;
pub(crate) mod audit_rules;
pub(crate) mod authentication;
pub(crate) mod authorization;
mod document;
pub(crate) mod encryption;
mod encryption_configuration;
pub(crate) mod etcd;
pub(crate) mod kubelet;
pub(crate) mod serving;
