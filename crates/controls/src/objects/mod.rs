//! Controls on objects: pods wherever they are written, roles, policies, namespaces.
//!
//! A control is a function from a view to a [`Verdict`]. What is wrong is a [`Flaw`] at a place,
//! with the change that mends it; paths, lines and columns are found from the place.

mod judge;
mod patch;
pub(crate) mod pods;
pub(crate) mod secrets;
mod verdict;

pub(crate) use judge::evaluate;
pub use verdict::{Flaw, Judged, Verdict, flaw};
