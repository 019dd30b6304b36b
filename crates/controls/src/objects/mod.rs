//! Controls on objects: pods wherever they are written, roles, policies, namespaces.
//!
//! A control is a function from a view to a [`Verdict`]. What is wrong is a [`Flaw`] at a place,
//! with the change that mends it; paths, lines and columns are found from the place.

/// A pod of that specification, for examples.
macro_rules! pod {
    ($spec:literal) => {
        concat!("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: ", $spec)
    };
}

/// A pod with one container of those fields, for examples.
macro_rules! container {
    ($fields:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, ",
            $fields,
            "}]}"
        )
    };
}

pub(crate) mod access;
pub(crate) mod combinations;
mod evaluate;
pub(crate) mod hygiene;
pub(crate) mod images;
mod judge;
pub(crate) mod namespaces;
pub(crate) mod network;
mod no_edit;
mod patch;
pub(crate) mod pods;
pub(crate) mod reliability;
pub(crate) mod resources;
pub(crate) mod secrets;
mod shared;
pub(crate) mod software;
mod verdict;

pub(crate) use evaluate::evaluate;
pub use no_edit::why_no_edit;
pub use verdict::{Flaw, Judged, Verdict, flaw};
