//! Controls of the kubelet.

pub(crate) mod authentication;
pub(crate) mod authorization;
pub(crate) mod gates;
pub(crate) mod host;
pub(crate) mod pods;
pub(crate) mod rotation;
pub(crate) mod serving;
