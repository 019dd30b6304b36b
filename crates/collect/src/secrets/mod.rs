//! Cutting secrets out of what is collected.
//!
//! Everything that enters a snapshot as text passes through here. Where a file is mostly secret
//! (kubeconfigs, encryption configurations) only what is listed stays; elsewhere what is recognised as a
//! secret goes. A text that cannot be understood cannot be searched either, and is not kept at
//! all.

mod argv;
mod document;
mod environment;
mod inline;
mod lines;
mod names;
mod shape;
mod shown;
mod toml;
mod tree;

pub(crate) use argv::hide_in_argv;
pub(crate) use document::document;
pub(crate) use environment::allowed;
pub(crate) use tree::read as read_tree;

#[cfg(test)]
mod tests;
