//! The words of Merlon: what every other crate talks about.
//!
//! ```text
//! Snapshot --controls--> Finding { Outcome, Evidence @ Location, Action }
//! ```
//!
//! Nothing here does I/O, and nothing here decides anything: a type is in this crate when two
//! others exchange it.

mod action;
mod attack;
mod component;
mod evidence;
mod finding;
mod kind;
mod object;
mod outcome;
mod report;
mod risk;
mod severity;
mod text;
mod vector;
mod version;

pub use action::{Action, Carrier, ConfigValue, EditValue, ObjectEdit, Safety};
pub use attack::{
    ATTACK_REPORT_FORMAT, AttackChange, AttackExtent, AttackFact, AttackPath, AttackReport,
    AttackRoute, AttackStep, AttackTechnique, ChokePoints, Confidence, FactKind,
};
pub use component::{Component, Role};
pub use evidence::{Evidence, Location};
pub use finding::{BaselineState, Finding, JustifiedBy};
pub use kind::Kind;
pub use object::{ObjectReference, Part, Region};
pub use outcome::Outcome;
pub use report::{
    BenchmarkReport, ComponentReport, Counts, InventoryReport, JustificationNote,
    JustificationProblem, NodeReport, REPORT_FORMAT, Report, SectionReport,
};
pub use risk::{AttackSummary, Risk, RiskFactor, RouteSummary};
pub use severity::Severity;
pub use text::Text;
pub use vector::{Score, Vector};
pub use version::Version;
