//! Controls of the API server.

pub(crate) mod authentication;
mod document;
pub(crate) mod etcd;
pub(crate) mod kubelet;
pub(crate) mod serving;
