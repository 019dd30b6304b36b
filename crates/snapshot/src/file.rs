use serde::{Deserialize, Serialize};

/// What was found where a path was looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Lookup {
    /// Something is there.
    Present(File),
    /// Nothing is there. (What could not be looked up is a gap, not an absence.)
    Absent,
}

impl Lookup {
    /// What is there, if something is.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::Present(file) => Some(file),
            Self::Absent => None,
        }
    }
}

/// A file, directory or socket, after symbolic links were followed inside the host's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What kind of thing it is.
    pub kind: FileKind,
    /// The permission bits with setuid, setgid and sticky: `0o600`, `0o1777`.
    pub mode: u32,
    /// The owner's id.
    pub uid: u32,
    /// The group's id.
    pub gid: u32,
    /// The owner's name in the host's passwd; absent when the host has no such user.
    pub owner: Option<String>,
    /// The group's name in the host's group file; absent when the host has no such group.
    pub group: Option<String>,
    /// The size in bytes.
    pub size: u64,
    /// Where it really stands, when the path led through symbolic links.
    pub resolved: Option<String>,
}

/// What kind of thing a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A socket.
    Socket,
    /// A named pipe.
    Fifo,
    /// A character or block device.
    Device,
}
