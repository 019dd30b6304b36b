//! What a scan found, in every format people and programs read.
//!
//! ```text
//! Report --render(Format)--> text json kube-bench kube-bench-text junit sarif github gitlab csv
//!                              markdown html
//! ```
//!
//! Every format is a pure function of the report and the [`Options`]: the same report gives the
//! same bytes. Nothing in a report is trusted: node names, paths and messages may hold control
//! characters, markup or formulas, and each format escapes them by its own rules.
//!
//! [`access`] is the same for questions about who may do what.
//!
//! Titles and documentation of controls come from [`merlon_controls`]; a report of another
//! version may name controls that are not known here, and then only what the report says is shown.

pub mod access;
pub mod attack;
mod csv;
mod error;
mod format;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod kube_bench;
mod markdown;
mod options;
mod order;
mod sarif;
mod scope;
mod text;
mod view;
mod visible;
mod wrap;

pub use error::RenderError;
pub use format::{Format, UnknownFormat, render};
pub use json::{REPORT_SCHEMA_ID, report_schema};
pub use options::{Fix, Options, Remedy, Replacement};
pub use visible::visible;
