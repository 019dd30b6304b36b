//! Reads the objects of a live cluster, and changes nothing.
//!
//! [`collect`] asks an API server for every kind that Merlon knows and the server has, page by page,
//! and gives an [`Inventory`](merlon_snapshot::Inventory). Only `GET` is ever sent. What may not be
//! read, or breaks off, is a gap of its kind; the rest goes on. The values of secrets are not asked
//! for: the server is told to answer with names and types.
//!
//! ```no_run
//! use merlon_cluster::{ClusterOptions, collect};
//!
//! let inventory = collect(&ClusterOptions::default())?;
//! println!("{} objects, {} gaps", inventory.objects.len(), inventory.gaps.len());
//! # Ok::<(), merlon_cluster::ConnectError>(())
//! ```

mod connect;
mod discovery;
mod error;
mod gather;
mod keep;
mod list;
mod options;
mod page;
mod rate;
mod role;
mod rules;
mod server;
mod trouble;
mod uri;

#[cfg(test)]
mod tests;

pub use connect::{Contexts, contexts};
pub use error::ConnectError;
pub use gather::collect;
pub use options::{ClusterOptions, Progress};
pub use role::cluster_role;
