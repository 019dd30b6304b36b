//! Controls on pods and their containers.

pub(crate) mod isolation;
pub(crate) mod privileges;
