//! Attack paths, in every format people and programs read.
//!
//! ```text
//! AttackReport --render(AttackFormat)--> tree json mermaid dot graphml html
//! ```
//!
//! As with scans, every format is a pure function of the report and the options, and nothing in a
//! report is trusted: names may hold control characters or markup, and places of facts, steps and
//! changes that the report does not have are left out.

mod dot;
mod drawing;
mod format;
mod graphml;
mod html;
mod json;
mod mermaid;
mod proof;
mod route;
mod tree;

pub use format::{AttackFormat, UnknownAttackFormat, render};
pub use json::{ATTACK_REPORT_SCHEMA_ID, attack_report_schema};
