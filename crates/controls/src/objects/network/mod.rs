//! Who reaches whom: network policies, and the ways into the cluster.

pub(crate) mod isolation;
pub(crate) mod plugin;
pub(crate) mod routes;
pub(crate) mod rules;
pub(crate) mod services;
