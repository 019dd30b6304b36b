//! The one way to the node's file system.

use std::ffi::CString;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use merlon_snapshot::{Cause, File, FileKind};
use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use crate::accounts::Accounts;
use crate::trouble::Trouble;

/// A node's root directory, which no look-up leaves.
///
/// Every path is resolved by the kernel with this directory as its root (`openat2` with
/// `RESOLVE_IN_ROOT`): an absolute link, or one with too many `..`, ends inside it. So the agent in
/// a pod that has the node mounted at `/host` sees the node's files and never its own, and a
/// recorded tree can stand in for a node. Where the kernel has no `openat2` nothing is read at all,
/// because any other way would be a guess.
#[derive(Debug)]
pub struct HostRoot {
    directory: OwnedFd,
    /// What the kernel calls the directory, to tell real paths below it.
    name: Vec<u8>,
}

/// Something that was found, held open so that it stays the same thing.
#[derive(Debug)]
pub(crate) struct Found {
    handle: OwnedFd,
    stat: Stat,
    resolved: Option<String>,
}

const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
/// Never waits (FIFO, terminal) and never becomes a controlling terminal.
pub(crate) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
const INSIDE: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);

impl HostRoot {
    /// Opens the directory that is to be the root: `/`, or where the node is mounted.
    ///
    /// # Errors
    /// When it is not a directory that can be opened, or when the kernel (or a seccomp filter) has
    /// no `openat2`.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        let directory = rustix::fs::open(path, LOOK | OFlags::DIRECTORY, Mode::empty())?;
        Self::of(directory)
    }

    fn of(directory: OwnedFd) -> Result<Self, Trouble> {
        match rustix::fs::openat2(&directory, ".", LOOK, Mode::empty(), INSIDE) {
            // Filters written before the call existed answer EPERM. Opening `.` for nothing but
            // its name needs no permission, so EPERM can have no other meaning here.
            Err(Errno::NOSYS | Errno::PERM) => Err(Trouble::new(
                Cause::Unsupported,
                "openat2 is missing: it needs Linux 5.6 and a seccomp filter that lets it through",
            )),
            Err(error) => Err(error.into()),
            Ok(_) => {
                let name = name_of(directory.as_fd())?;
                Ok(Self { directory, name })
            }
        }
    }

    /// Looks at a path; `None` when nothing is there.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Found>, Trouble> {
        let inside = path.trim_start_matches('/');
        let inside = if inside.is_empty() { "." } else { inside };
        match rustix::fs::openat2(&self.directory, inside, LOOK, Mode::empty(), INSIDE) {
            Ok(handle) => self.found(handle, path).map(Some),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn found(&self, handle: OwnedFd, path: &str) -> Result<Found, Trouble> {
        let stat = rustix::fs::fstat(&handle)?;
        let name = name_of(handle.as_fd())?;
        let resolved = self.relative(&name).filter(|real| real != trimmed(path));
        Ok(Found { handle, stat, resolved })
    }

    /// The kernel's name of something below this root, as a path from this root.
    fn relative(&self, name: &[u8]) -> Option<String> {
        let base: &[u8] = if self.name == b"/" { b"" } else { &self.name };
        let rest = name.strip_prefix(base)?;
        let rest = if rest.is_empty() { b"/" } else { rest };
        let rest = std::str::from_utf8(rest).ok()?;
        // A file that was removed since it was opened has no path.
        (rest.starts_with('/') && !rest.ends_with(" (deleted)")).then(|| rest.to_owned())
    }

    /// Opens a directory; `None` when nothing is there.
    pub(crate) fn directory(&self, path: &str) -> Result<Option<OwnedFd>, Trouble> {
        match self.find(path)? {
            Some(found) => found.open_directory().map(Some),
            None => Ok(None),
        }
    }

    /// Reads a whole file of at most `limit` bytes; `None` when nothing is there.
    pub(crate) fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Trouble> {
        match self.find(path)? {
            Some(found) => found.read(limit).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a whole text of at most `limit` bytes; `None` when nothing is there.
    pub(crate) fn text(&self, path: &str, limit: usize) -> Result<Option<String>, Trouble> {
        self.read(path, limit)?.map(text).transpose()
    }

    /// Opens what a link in a process's directory leads to: `root` or `exe`.
    ///
    /// In a real `/proc` these are not paths but references, which lead out of this root to what
    /// the process itself sees; that is wanted here and only here. In a recorded tree they are
    /// ordinary links, and stay inside.
    pub(crate) fn process_link(
        &self,
        pid: u32,
        link: &str,
        flags: OFlags,
    ) -> Result<OwnedFd, Errno> {
        let path = format!("proc/{pid}/{link}");
        match rustix::fs::openat2(&self.directory, &path, flags, Mode::empty(), INSIDE) {
            Err(Errno::LOOP) => {}
            other => return other,
        }
        let directory = format!("proc/{pid}");
        let directory =
            rustix::fs::openat2(&self.directory, &directory, LOOK, Mode::empty(), INSIDE)?;
        if !is_procfs(directory.as_fd()) {
            return Err(Errno::LOOP);
        }
        rustix::fs::openat(&directory, link, flags, Mode::empty())
    }

    /// The root directory that a process has.
    pub(crate) fn of_process(&self, pid: u32) -> Result<Self, Trouble> {
        Self::of(self.process_link(pid, "root", LOOK | OFlags::DIRECTORY)?)
    }
}

impl Found {
    /// Looks at what a handle of a path (`O_PATH`) holds; it has no other path.
    pub(crate) fn of(handle: OwnedFd) -> Result<Self, Trouble> {
        let stat = rustix::fs::fstat(&handle)?;
        Ok(Self { handle, stat, resolved: None })
    }

    /// What is told of it in a snapshot.
    pub(crate) fn file(&self, accounts: &Accounts) -> File {
        File {
            kind: self.kind(),
            mode: self.stat.st_mode & 0o7777,
            uid: self.stat.st_uid,
            gid: self.stat.st_gid,
            owner: accounts.user(self.stat.st_uid).map(str::to_owned),
            group: accounts.group(self.stat.st_gid).map(str::to_owned),
            size: u64::try_from(self.stat.st_size).unwrap_or(0),
            resolved: self.resolved.clone(),
        }
    }

    pub(crate) fn kind(&self) -> FileKind {
        match FileType::from_raw_mode(self.stat.st_mode) {
            FileType::Directory => FileKind::Directory,
            FileType::Socket => FileKind::Socket,
            FileType::Fifo => FileKind::Fifo,
            FileType::CharacterDevice | FileType::BlockDevice => FileKind::Device,
            _ => FileKind::Regular,
        }
    }

    pub(crate) fn resolved(&self) -> Option<&str> {
        self.resolved.as_deref()
    }

    /// Reads it if it is a regular file of at most `limit` bytes.
    pub(crate) fn read(&self, limit: usize) -> Result<Vec<u8>, Trouble> {
        let size = usize::try_from(self.stat.st_size).unwrap_or(usize::MAX);
        if self.kind() == FileKind::Regular && size > limit {
            return Err(too_large(limit));
        }
        read_all(self.open()?, size, limit)
    }

    /// Reads it as text.
    pub(crate) fn text(&self, limit: usize) -> Result<String, Trouble> {
        text(self.read(limit)?)
    }

    /// Opens the file's bytes, if it is a regular file.
    ///
    /// Opening a device can act on it, so what is opened is the very thing that was looked at, by
    /// way of its descriptor, and not whatever has that name by now.
    pub(crate) fn open(&self) -> Result<std::fs::File, Trouble> {
        self.must_be(FileKind::Regular)?;
        Ok(std::fs::File::from(self.reopen(READ)?))
    }

    /// The names in it, if it is a directory; at most `limit`.
    pub(crate) fn names(&self, limit: usize) -> Result<Names, Trouble> {
        let directory = self.open_directory()?;
        let mut names = Names::default();
        for entry in Dir::new(directory)? {
            let entry = entry?;
            match entry.file_name().to_str() {
                Ok("." | "..") => {}
                Ok(_) if names.names.len() == limit => {
                    names.cut = true;
                    break;
                }
                Ok(name) => names.names.push(name.to_owned()),
                Err(_) => names.not_utf8 = true,
            }
        }
        names.names.sort_unstable();
        Ok(names)
    }

    fn open_directory(&self) -> Result<OwnedFd, Trouble> {
        self.must_be(FileKind::Directory)?;
        self.reopen(READ | OFlags::DIRECTORY)
    }

    fn must_be(&self, wanted: FileKind) -> Result<(), Trouble> {
        if self.kind() == wanted {
            return Ok(());
        }
        Err(Trouble::new(
            Cause::WrongKind,
            format!("{} where {} was expected", a(self.kind()), a(wanted)),
        ))
    }

    fn reopen(&self, flags: OFlags) -> Result<OwnedFd, Trouble> {
        let own = format!("/proc/self/fd/{}", self.handle.as_raw_fd());
        rustix::fs::open(own, flags, Mode::empty()).map_err(|error| match error {
            // It is held open, so it cannot be what is missing.
            Errno::NOENT => no_own_proc(),
            error => error.into(),
        })
    }
}

/// The names in a directory.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The names, sorted.
    pub(crate) names: Vec<String>,
    /// Whether there were more.
    pub(crate) cut: bool,
    /// Whether there were names that are not UTF-8.
    pub(crate) not_utf8: bool,
}

/// Reads to the end, but fails as soon as there are more than `limit` bytes.
pub(crate) fn read_all(
    file: std::fs::File,
    expected: usize,
    limit: usize,
) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::with_capacity(expected.min(limit) + 1);
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(too_large(limit));
    }
    Ok(bytes)
}

pub(crate) fn text(bytes: Vec<u8>) -> Result<String, Trouble> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        Trouble::new(Cause::NotUtf8, format!("line {line}, byte {at} of the file"))
    })
}

pub(crate) fn too_large(limit: usize) -> Trouble {
    Trouble::new(Cause::TooLarge, format!("more than {limit} bytes"))
}

fn a(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Regular => "a file",
        FileKind::Directory => "a directory",
        FileKind::Socket => "a socket",
        FileKind::Fifo => "a named pipe",
        FileKind::Device => "a device",
    }
}

fn name_of(descriptor: BorrowedFd<'_>) -> Result<Vec<u8>, Trouble> {
    let own = format!("/proc/self/fd/{}", descriptor.as_raw_fd());
    rustix::fs::readlink(own, Vec::new()).map(CString::into_bytes).map_err(|_| no_own_proc())
}

fn no_own_proc() -> Trouble {
    Trouble::new(Cause::Unsupported, "the collector's own /proc is not mounted")
}

pub(crate) fn is_procfs(descriptor: BorrowedFd<'_>) -> bool {
    rustix::fs::fstatfs(descriptor)
        .is_ok_and(|system| system.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

/// The path without slashes at its end.
pub(crate) fn trimmed(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed }
}
