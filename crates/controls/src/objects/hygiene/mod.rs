//! Controls on objects that name what is not there, or are written for another release.

pub(crate) mod backends;
pub(crate) mod selectors;
pub(crate) mod spelling;
pub(crate) mod versions;
