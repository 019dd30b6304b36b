//! Controls of the kubelet.

pub(crate) mod authentication;
