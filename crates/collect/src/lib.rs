//! Looks at a node, and changes nothing.
//!
//! [`node`] reads what a scan of a node needs from its file system and its `/proc`, and gives it as
//! the facts and gaps of a snapshot. No process is started, nothing is written, and nothing is sent
//! anywhere unless a kubelet's address is given. Everything on the way is taken for hostile: links
//! lead nowhere outside the node's root, pipes and devices are not opened, sizes are bounded,
//! secrets are cut out before anything is kept.

mod accounts;
mod build_info;
mod certificates;
mod configz;
mod host;
mod listeners;
mod lookup;
mod packages;
mod processes;
mod recognise;
mod root;
mod scan;
mod secrets;
mod trouble;

pub use configz::{Configz, Credential};
pub use recognise::{Recognition, recognise};
pub use root::HostRoot;
pub use scan::{Options, node};
pub use trouble::Trouble;
