//! The attack graph: what an attacker may hold, what leads to what, and what takes the ways away.
//!
//! ```text
//! InventoryView --World--> techniques --> AttackGraph --search--> paths, choke points --> AttackReport
//!                          facts, steps
//! ```
//!
//! A [`Fact`] is something an attacker holds; a step says that whoever holds all of its premises gains its conclusion.
//! Rights count together: what needs two rights is one step with two premises, whichever bindings give them. Each step
//! says what it rests on and which change would take it away.

mod builder;
mod change;
mod describe;
mod endpoint;
mod fact;
mod graph;
mod live;
mod report;
pub mod search;
mod strangers;
mod technique;
mod techniques;
mod world;

pub use change::Change;
pub use endpoint::{Endpoint, UnknownEndpoint};
pub use fact::{Ability, Fact, Network};
pub use graph::{AttackGraph, Basis, Step};
pub use live::{LiveGraph, Unclear};
pub use report::{Search, report};
pub use strangers::Strangers;
pub use technique::{Example, Technique};
pub use techniques::{attack_graph, techniques};
pub use world::{NodeInfo, World};
