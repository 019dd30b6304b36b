//! Benchmarks and frameworks: whose sections map to which controls.
//!
//! ```text
//! (distribution, release) --choose--> Benchmark --sections--> Section { id, controls }
//! ```
//!
//! The tables are `frameworks/*.csv`; `frameworks/README.md` describes them.

mod benchmark;
mod choose;
mod section;
#[cfg(test)]
mod tests;

pub use benchmark::{Benchmark, Releases, benchmarks, find};
pub use choose::{CannotChoose, Chosen, choose};
pub use section::{Assessment, Section, SectionId, Target};
