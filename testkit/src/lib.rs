//! Real servers and recorded hosts for the tests.
//!
//! Merlon's claims are about what kube-apiserver, etcd, the kubelet and the authorizers really do, so
//! tests ask them: as plain processes on loopback, each in a private directory, with certificates made for
//! the occasion and files laid out as kubeadm lays them out. No container and no virtual machine is involved.
//!
//! ```no_run
//! use merlon_testkit::{ControlPlane, Credential, Profile, Version, block_on};
//!
//! let plane = ControlPlane::builder(Version::NEWEST)
//!     .profile(Profile::hardened())
//!     .configure(|profile| { profile.apiserver.set("request-timeout", "30s"); })
//!     .start()?;
//! let answer = block_on(plane.get(&Credential::Anonymous, "/version"))?;
//! assert_eq!(answer.status, 401);
//! println!("files: {}", plane.root().display());
//! # Ok::<(), merlon_testkit::StartError>(())
//! ```
//!
//! [`Suite`] runs such tests, lets them share a control plane, and reports as skipped what the machine cannot run.

mod audit;
mod binaries;
mod client;
mod control_plane;
mod credential;
mod error;
mod flags;
mod generate;
mod home;
mod kubelet;
mod layout;
mod objects;
mod pki;
mod placeholders;
mod ports;
mod private_host;
mod process;
mod profile;
mod suite;
mod version;
mod yaml;

pub use audit::AuditReceiver;
pub use binaries::{
    Binaries, BuildError, Component, LocateError, Tool, ToolError, cache_directory,
    missing_prerequisite,
};
pub use client::{Answer, block_on, eventually};
pub use control_plane::{ControlPlane, ControlPlaneBuilder};
pub use credential::Credential;
pub use error::StartError;
pub use flags::Flags;
pub use generate::{ClusterSize, GeneratedCluster};
pub use kubelet::{Kubelet, KubeletBuilder};
pub use objects::{LoadError, read_manifests};
pub use pki::PkiError;
pub use private_host::PrivateHost;
pub use profile::{HostFile, Profile};
pub use suite::{Need, Suite};
pub use version::Version;
