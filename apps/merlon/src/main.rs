//! The command people install.

fn main() {}
