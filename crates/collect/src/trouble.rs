use std::fmt;
use std::io;

use merlon_snapshot::{Cause, Gap, Subject};
use rustix::io::Errno;
use thiserror::Error;

/// Why something could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Trouble {
    /// The sort of reason.
    pub cause: Cause,
    /// The reason in the words of whoever gave it; never a part of what was read.
    pub detail: String,
}

impl Trouble {
    pub(crate) fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }

    pub(crate) fn at(self, subject: Subject) -> Gap {
        Gap { subject, cause: self.cause, detail: self.detail }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.cause, self.detail)
    }
}

impl From<Errno> for Trouble {
    fn from(error: Errno) -> Self {
        let cause = match error {
            Errno::ACCESS | Errno::PERM => Cause::PermissionDenied,
            Errno::NOENT | Errno::SRCH | Errno::STALE => Cause::Vanished,
            Errno::LOOP => Cause::LinkLoop,
            Errno::NOSYS => Cause::Unsupported,
            Errno::NOTDIR | Errno::ISDIR | Errno::NXIO => Cause::WrongKind,
            _ => Cause::Other,
        };
        Self::new(cause, error.to_string())
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => errno.into(),
            None => Self::new(Cause::Other, error.to_string()),
        }
    }
}
