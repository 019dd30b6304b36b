//! Checks, generators and benchmarks of the workspace.

fn main() {}
