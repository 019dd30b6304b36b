//! Collecting from recorded nodes, from this machine, and from a kubelet that this test plays.

mod certificates;
mod configz;
mod facts;
mod hostile;
mod tree;
