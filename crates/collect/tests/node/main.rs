//! Collecting from recorded nodes, from this machine, and from a kubelet that this test plays.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod certificates;
mod configz;
mod facts;
mod hostile;
mod tree;
