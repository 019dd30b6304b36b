//! Facts about nodes and objects, the gaps between them, and the file they travel in.
//!
//! A [`Snapshot`] is what was seen at one moment, together with what could *not* be seen and
//! why. It is immutable after collection, can be written to a file, carried off an air-gapped
//! node and evaluated again with other rules; the result is the same to the byte, because the
//! live scan evaluates exactly these types too.
//!
//! Values of keys, tokens and passwords are cut out before anything gets in here.

mod certificate;
mod document;
mod file;
mod format;
mod gap;
mod host;
mod inventory;
mod node;
mod overlay;
mod process;
mod wanted;

pub use certificate::{Certificate, PublicKey};
pub use document::{Document, DocumentKind};
pub use file::{File, FileKind, Lookup};
pub use format::{FORMAT, ReadError, Reader, read, write};
pub use gap::{Cause, Gap, Subject};
pub use host::{CgroupVersion, Host, Listener, Mount, SecurityModules};
pub use inventory::{
    Contents, Inventory, Manifest, Object, Origin, Rendered, Source, is_list, is_object,
};
pub use node::{Header, Node, Snapshot};
pub use process::Process;
pub use wanted::{Want, Wanted};
