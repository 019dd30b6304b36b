use crate::DocumentKind;

/// One thing on a node's file system that evaluation wants to see.
///
/// Collection and evaluation meet here: the evaluator says what it would look at, given the facts
/// so far, and the collector goes and looks, until nothing new is asked for. So the collector
/// has no knowledge of its own about which files matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The absolute path on the node.
    ///
    /// A path below `/proc/PID/root/` is looked up in that process's own file system tree.
    pub path: String,
    /// What of it.
    pub want: Want,
}

/// What is wanted of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// Kind, mode and owner, of the path and of every directory above it.
    State,
    /// The redacted text, read as that kind; and the state.
    Document(DocumentKind),
    /// The names in the directory, and the state of each.
    Directory,
    /// The certificates in the file, or in the files of the directory and those below it; and
    /// the state of each file, keys included.
    Certificates,
}
