//! The attack graph: what leads to what, paths, choke points.

pub mod search;
