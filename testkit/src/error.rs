use std::path::PathBuf;

use crate::binaries::LocateError;
use crate::pki::PkiError;

/// Why a control plane or kubelet did not start, or could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There are no executables.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The certificates could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The private directory could not be prepared.
    #[error("cannot prepare the files of a host: {0}")]
    Files(#[from] std::io::Error),
    /// An executable could not be started at all.
    #[error(
        "cannot start {program}: {source}; setpriv, unshare and mount of util-linux must be on PATH"
    )]
    Spawn {
        /// What was started.
        program: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A component ended before it was ready.
    #[error("{0}")]
    Ended(String),
    /// A component runs and does not become ready.
    #[error("{what} was not ready after {seconds} s: {last}")]
    NotReady {
        /// What was waited for.
        what: String,
        /// For how long.
        seconds: u64,
        /// The last answer.
        last: String,
    },
    /// A request could not be made or answered.
    #[error("{0}")]
    Client(String),
}

impl From<rcgen::Error> for StartError {
    fn from(error: rcgen::Error) -> StartError {
        StartError::Pki(error.into())
    }
}

impl StartError {
    /// Another process took a port between its choice and its use.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, StartError::Ended(log) if log.contains("address already in use"))
    }
}
