//! Controls on what containers are promised and may use, and on what namespaces set by default.

pub(crate) mod containers;
pub(crate) mod namespaces;
