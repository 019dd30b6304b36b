//! Reading a file that may be anything.

use std::io::Read;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::root::{Found, text};
use crate::trouble::Trouble;

/// How the path of a file came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Somebody named it: a link is followed wherever it leads.
    Named,
    /// It was met on the way and is no link; if it has become one since, it is not followed.
    Found,
}

/// Reads a text of at most `limit` bytes; what is larger, no file, or not UTF-8 is not read.
pub(super) fn read(path: &Path, origin: Origin, limit: usize) -> Result<String, Trouble> {
    let mut flags = OFlags::PATH | OFlags::CLOEXEC;
    if origin == Origin::Found {
        flags |= OFlags::NOFOLLOW;
    }
    let handle = rustix::fs::open(path, flags, Mode::empty())?;
    Found::of(handle)?.text(limit)
}

/// Reads a stream of at most `limit` bytes to its end.
pub(super) fn read_stream(stream: &mut dyn Read, limit: usize) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    stream.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(crate::root::too_large(limit));
    }
    text(bytes)
}
