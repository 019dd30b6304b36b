//! Where the executables come from.

mod build;
mod locate;
mod tools;

pub use build::{BuildError, cache_directory};
pub use locate::{Binaries, Component, LocateError, missing_prerequisite};
pub use tools::{Tool, ToolError};
