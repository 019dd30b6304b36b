//! Search in AND/OR graphs: what can be derived, by which paths, and which changes cut them.
//!
//! ```text
//! Builder ──> Hypergraph ──reach────────> Reached: cost and cheapest path of every fact
//!              Query     ──relevant─────> what lies between entries and targets
//!                        ──paths────────> the cheapest path, then really different ones
//!                        ──choke_points─> the lightest changes that leave no path
//!              Live      ──edit─────────> the cheapest path to goals while steps come and go
//! ```
//!
//! A *fact* is what an attacker holds. A *step* gives its conclusion to whoever holds all of its premises (AND);
//! steps with one conclusion are alternatives (OR). A *change* takes steps away; any one change of a step is enough.
//!
//! Everything here is a function of its arguments alone: limits are counted in work, never in time.

mod choke;
mod core;
mod hitting;
mod hypergraph;
mod live;
mod part;
mod paths;
mod query;
mod reach;
mod relevant;
mod rows;
mod support;
mod without;

#[cfg(test)]
mod tests;

pub use choke::{Budget, Cut, Proof, choke_points};
pub use hypergraph::{Builder, ChangeId, FactId, Hypergraph, Step, StepId};
pub use live::Live;
pub use paths::paths;
pub use query::Query;
pub use reach::{Path, Reached, reach};
pub use relevant::{Relevant, relevant, relevant_between};
pub use without::Without;
