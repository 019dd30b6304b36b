//! `merlon access` through the program: questions about manifests and snapshots, and their answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod can;
mod diff;
mod formats;
mod gaps;
mod of;
mod risky;
mod who_can;
mod world;
