//! `merlon paths` and the ranking of `merlon scan` through the program: questions about manifests and snapshots, and
//! their answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod explained;
mod formats;
mod gaps;
mod hostile;
mod questions;
mod ranked;
mod world;
