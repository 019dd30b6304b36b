//! Who reaches whom: network policies, and the ways into the cluster.

pub(crate) mod isolation;
pub(crate) mod rules;
