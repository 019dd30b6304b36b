//! The real program, and hosts for it to look at.

mod executable;
mod host;
mod program;

pub(crate) use host::{Host, data, is_root};
pub(crate) use program::{Merlon, merlon, report, scan};
