//! Where the executables come from.

mod build;
mod locate;

pub use build::{BuildError, cache_directory};
pub use locate::{Binaries, Component, LocateError, missing_prerequisite};
