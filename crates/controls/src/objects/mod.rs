//! Controls on objects: pods wherever they are written, roles, policies, namespaces.
//!
//! A control is a function from a view to a [`Verdict`]. What is wrong is a [`Flaw`] at a place,
//! with the change that mends it; paths, lines and columns are found from the place.

// Its macros write the pods of examples.
#[macro_use]
pub(crate) mod pods;

pub(crate) mod access;
pub(crate) mod images;
mod judge;
pub(crate) mod namespaces;
pub(crate) mod network;
mod patch;
pub(crate) mod software;
mod verdict;

pub(crate) use judge::evaluate;
pub use verdict::{Flaw, Judged, Verdict, flaw};
