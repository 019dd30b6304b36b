//! The effective configuration of components, as rows: what was given, and what came of it.

#![allow(missing_docs)]

mod admission;
mod defaults;
mod gates;
mod precedence;
mod properties;
mod structured;
mod support;
