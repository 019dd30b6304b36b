//! One file per command.

pub mod benchmarks;
pub mod collect;
pub mod controls;
pub mod explain;
pub mod fix;
pub mod generate;
pub mod paths;
pub mod scan;
pub mod snapshot;
