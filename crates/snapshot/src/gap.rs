use std::fmt;

use merlon_model::Kind;
use serde::{Deserialize, Serialize};

/// Something that should have been seen and was not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// What was not seen.
    pub subject: Subject,
    /// Why not.
    pub cause: Cause,
    /// The cause in the words of whoever reported it: `permission denied (os error 13)`.
    pub detail: String,
}

/// What a gap is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum Subject {
    /// A path: its state, its contents, or the names in it.
    Path {
        /// The path as it was asked for.
        path: String,
    },
    /// The list of processes.
    Processes,
    /// One process.
    Process {
        /// Its process id.
        pid: u32,
        /// What of it: `argv`, `executable`, `environment`.
        part: String,
    },
    /// The listening sockets, or which process holds them.
    Listeners,
    /// A kernel parameter.
    Sysctl {
        /// Its dotted name.
        name: String,
    },
    /// The live configuration of a kubelet.
    Configz {
        /// The address that was asked.
        url: String,
    },
    /// The objects of a kind: none of them, or not all, could be listed.
    Objects {
        /// The kind.
        kind: Kind,
    },
    /// A manifest, or a place in it.
    Manifest {
        /// Its path.
        path: String,
        /// The line, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    },
    /// A fact about an API server: `version`, `discovery`.
    Server {
        /// Which.
        part: String,
    },
    /// Any other fact about the host: `kernel modules`, `mounts`.
    Host {
        /// Which.
        part: String,
    },
}

impl Subject {
    /// The subject that is a path.
    #[must_use]
    pub fn of_path(path: impl Into<String>) -> Self {
        Self::Path { path: path.into() }
    }

    /// The path, if the subject is one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Path { path } => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path } => write!(formatter, "{path}"),
            Self::Processes => write!(formatter, "the list of processes"),
            Self::Process { pid, part } => write!(formatter, "{part} of process {pid}"),
            Self::Listeners => write!(formatter, "listening sockets"),
            Self::Sysctl { name } => write!(formatter, "sysctl {name}"),
            Self::Configz { url } => write!(formatter, "kubelet configuration at {url}"),
            Self::Objects { kind } => write!(formatter, "{}", kind.plural()),
            Self::Manifest { path, line: None } => write!(formatter, "{path}"),
            Self::Manifest { path, line: Some(line) } => write!(formatter, "{path}:{line}"),
            Self::Server { part } => write!(formatter, "{part} of the API server"),
            Self::Host { part } => write!(formatter, "{part}"),
        }
    }
}

/// Why something was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The collector may not look.
    PermissionDenied,
    /// It was larger than the collector reads.
    TooLarge,
    /// A directory, socket, pipe or device stands where a file was expected, or the reverse.
    WrongKind,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The text could not be read as what it should be, and so could not be redacted either.
    Unparsable,
    /// It was there and then was not: a process that ended, a file that was replaced.
    Vanished,
    /// Symbolic links form a loop, or there are too many.
    LinkLoop,
    /// The system has no such facility: no `/proc`, no `openat2`.
    Unsupported,
    /// The other side could not be reached, or its certificate could not be verified.
    Unreachable,
    /// The bound on how much one collection takes was reached.
    LimitReached,
    /// The API server took too long.
    TimedOut,
    /// The API server has too much to do, and went on refusing (429).
    Throttled,
    /// What was being listed was gone before its end (410), again and again.
    Expired,
    /// A program that is needed is not installed; the detail names it.
    ToolMissing,
    /// Anything else; the detail tells.
    Other,
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PermissionDenied => "permission denied",
            Self::TooLarge => "too large",
            Self::WrongKind => "not the expected kind of file",
            Self::NotUtf8 => "not UTF-8",
            Self::Unparsable => "not parsable",
            Self::Vanished => "vanished while it was read",
            Self::LinkLoop => "symbolic links form a loop",
            Self::Unsupported => "not supported here",
            Self::Unreachable => "not reachable",
            Self::LimitReached => "limit reached",
            Self::TimedOut => "timed out",
            Self::Throttled => "the server has too much to do",
            Self::Expired => "gone before its end was reached",
            Self::ToolMissing => "a program is missing",
            Self::Other => "failed",
        })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.cause)?;
        if !self.detail.is_empty() {
            write!(formatter, " ({})", self.detail)?;
        }
        Ok(())
    }
}
