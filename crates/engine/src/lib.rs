//! Selects controls, evaluates a snapshot with them, applies justifications.
//!
//! Pure: the same snapshot and the same request give the same report to the byte. Nothing here
//! reads a clock, the environment or a file; the present is the snapshot's time.

mod attack;
mod baseline;
mod cause;
mod configuration;
mod evaluate;
mod glob;
mod inline;
mod justification;
mod rank;
mod threat_model;

pub use attack::attack;
pub use baseline::Baseline;
pub use configuration::{Configuration, ConfigurationError, configuration_schema};
pub use evaluate::{BenchmarkChoice, Request, RequestError, evaluate};
pub use justification::Justification;
pub use merlon_graph::{Endpoint, Search, Technique, UnknownEndpoint, techniques};
pub use rank::Ranking;
pub use threat_model::{PRESETS, Preset, ThreatModel, Weight};
