use std::fmt;

use merlon_snapshot::{File, FileKind, Lookup};

use crate::node::NodeView;

const READ: u32 = 0o444;
const WRITE: u32 = 0o222;
const GROUP_SEARCH: u32 = 0o010;
const OTHERS_SEARCH: u32 = 0o001;
const STICKY: u32 = 0o1000;

/// Who can really get at a file, the directories above it counted in.
///
/// The rules are those of `path_resolution(7)` and of the sticky bit in `inode(7)`: reaching a
/// file takes search permission on every directory above it, and whoever may write in one of
/// those directories can put another file in its place. Nothing is known of group memberships,
/// so the bits are an upper bound: a bit is taken away only when nobody of that class can pass.
/// Access control lists and capabilities are not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The path that was asked about.
    pub path: String,
    /// What stands there: its own mode and owner.
    pub file: File,
    /// The read and write bits that remain: reading only where the own mode and every directory
    /// allow it, writing also where a directory allows the file to be replaced.
    pub effective: u32,
    /// The directories that take bits of the own mode away, the topmost first.
    pub limited_by: Vec<Ancestor>,
    /// The directories in which somebody besides root and the file's owner can replace it, the
    /// topmost first.
    pub widened_by: Vec<Widening>,
}

/// A directory above a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Its path.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner, by name or else by number.
    pub owner: String,
    /// Its group, by name or else by number.
    pub group: String,
}

/// A directory in which somebody can replace what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widening {
    /// The directory.
    pub ancestor: Ancestor,
    /// Who.
    pub who: Who,
}

/// Who can replace a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The directory's owner, who is neither root nor the file's owner.
    Owner,
    /// The members of the directory's group.
    Group,
    /// Everybody.
    Everyone,
}

impl fmt::Display for Ancestor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, mode, owner, group } = self;
        write!(formatter, "{path} is {mode:o} {owner}:{group}")
    }
}

impl fmt::Display for Widening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.who {
            Who::Owner => format!("its owner {}", self.ancestor.owner),
            Who::Group => format!("the group {}", self.ancestor.group),
            Who::Everyone => "everybody".to_owned(),
        };
        write!(formatter, "{}: {who} can replace what is in it", self.ancestor)
    }
}

impl Exposure {
    /// The file's own permission bits.
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.file.mode
    }
}

impl NodeView<'_> {
    /// Who can really read and write what stands at a path.
    ///
    /// # Errors
    /// Says why that is not known: nothing is there, or a directory above it could not be seen.
    pub fn exposure(&self, path: &str) -> Result<Exposure, String> {
        let Lookup::Present(file) = self.lookup(path)? else {
            return Err(format!("{path} does not exist"));
        };
        let mut above = self.directories_above(path)?;
        // Links were followed, so what stands above the real place decides as well.
        if let Some(resolved) = &file.resolved {
            for directory in self.directories_above(resolved)? {
                if !above.iter().any(|(known, _)| *known == directory.0) {
                    above.push(directory);
                }
            }
        }
        Ok(expose(path, file, &above))
    }

    fn directories_above<'p>(&self, path: &'p str) -> Result<Vec<(&'p str, &File)>, String> {
        ancestors(path)
            .into_iter()
            .map(|ancestor| match self.lookup(ancestor)? {
                Lookup::Present(directory) => Ok((ancestor, directory)),
                Lookup::Absent => Err(format!("{ancestor} vanished while {path} was looked at")),
            })
            .collect()
    }
}

/// The directories above an absolute path, the topmost first.
///
/// In a container's own tree they begin below its root, since what stands above that is the
/// kernel's view of the process and no directory.
fn ancestors(path: &str) -> Vec<&str> {
    let first = match path.strip_prefix("/proc/").and_then(|rest| rest.split_once("/root/")) {
        Some((pid, _)) if pid.bytes().all(|byte| byte.is_ascii_digit()) => {
            "/proc/".len() + pid.len() + "/root".len()
        }
        _ => 0,
    };
    let path = path.trim_end_matches('/');
    let mut found = if first == 0 { vec!["/"] } else { vec![&path[..first]] };
    let slashes = path.match_indices('/').map(|(place, _)| place);
    found.extend(slashes.filter(|place| *place > first).map(|place| &path[..place]));
    if path.is_empty() {
        found.clear();
    }
    found
}

fn expose(path: &str, file: &File, above: &[(&str, &File)]) -> Exposure {
    let own = file.mode & (READ | WRITE);
    let mut reach = READ | WRITE;
    let mut widened = 0;
    let mut limited_by = Vec::new();
    let mut widened_by = Vec::new();
    for (place, directory) in above {
        if directory.kind != FileKind::Directory {
            continue;
        }
        let passing = search(directory, file);
        if reach & own & !passing != 0 {
            limited_by.push(ancestor(place, directory));
        }
        reach &= passing;
        for (who, bits) in replacers(directory, file) {
            // Whoever cannot get as far as this directory cannot write in it either.
            if bits & reach == 0 && who != Who::Owner {
                continue;
            }
            widened |= bits & reach;
            widened_by.push(Widening { ancestor: ancestor(place, directory), who });
        }
    }
    let effective = (own & reach) | widened;
    Exposure { path: path.to_owned(), file: file.clone(), effective, limited_by, widened_by }
}

/// The classes of the file's mode of which somebody may pass the directory, as read and write
/// bits of each.
fn search(directory: &File, file: &File) -> u32 {
    let mode = directory.mode;
    let by_any = mode & (GROUP_SEARCH | OTHERS_SEARCH) != 0;
    let same_group = directory.gid == file.gid;
    let owner = file.uid == 0 || if directory.uid == file.uid { mode & 0o100 != 0 } else { by_any };
    // The kernel looks at the bits of one class alone: a member of the directory's group has
    // those of the group, even when others may do more.
    let group = if same_group { mode & GROUP_SEARCH != 0 } else { by_any };
    let others = if same_group { mode & OTHERS_SEARCH != 0 } else { by_any };
    let bits = |passes: bool, class: u32| if passes { class } else { 0 };
    bits(owner, 0o600) | bits(group, 0o060) | bits(others, 0o006)
}

/// Who besides root and the file's owner can replace entries of the directory, with the write
/// bits that this amounts to in the file's own mode.
fn replacers(directory: &File, file: &File) -> Vec<(Who, u32)> {
    let mut found = Vec::new();
    // An owner can always give the missing permission to themselves, and the sticky bit does not
    // bind them.
    if directory.uid != 0 && directory.uid != file.uid {
        found.push((Who::Owner, 0));
    }
    if directory.mode & STICKY != 0 {
        return found;
    }
    let can = |bits: u32| directory.mode & bits == bits;
    if can(0o003) {
        found.push((Who::Everyone, 0o022));
    } else if can(0o030) {
        // Members of another group are others to the file.
        let class = if directory.gid == file.gid { 0o020 } else { 0o002 };
        found.push((Who::Group, class));
    }
    found
}

fn ancestor(path: &str, directory: &File) -> Ancestor {
    let name = |name: &Option<String>, id: u32| name.clone().unwrap_or_else(|| id.to_string());
    Ancestor {
        path: path.to_owned(),
        mode: directory.mode,
        owner: name(&directory.owner, directory.uid),
        group: name(&directory.group, directory.gid),
    }
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{File, FileKind};
    use proptest::prelude::*;

    use super::{READ, WRITE, ancestors, expose};

    fn entry(kind: FileKind, mode: u32, uid: u32, gid: u32) -> File {
        File { kind, mode, uid, gid, owner: None, group: None, size: 0, resolved: None }
    }

    fn directory(mode: u32, uid: u32, gid: u32) -> File {
        entry(FileKind::Directory, mode, uid, gid)
    }

    /// A file `/a/b/f` with the directories `/`, `/a`, `/a/b`; each is (mode, user, group).
    fn check(file: (u32, u32, u32), above: [(u32, u32, u32); 2], effective: u32, why: &[&str]) {
        let facts = entry(FileKind::Regular, file.0, file.1, file.2);
        let root = directory(0o755, 0, 0);
        let [a, b] = above.map(|(mode, uid, gid)| directory(mode, uid, gid));
        let exposure = expose("/a/b/f", &facts, &[("/", &root), ("/a", &a), ("/a/b", &b)]);
        assert_eq!(
            exposure.effective, effective,
            "{file:?} below {above:?}: {:o} is not {effective:o}",
            exposure.effective
        );
        let limited = exposure.limited_by.iter().map(ToString::to_string);
        let widened = exposure.widened_by.iter().map(ToString::to_string);
        assert_eq!(limited.chain(widened).collect::<Vec<_>>(), why, "{file:?} below {above:?}");
    }

    #[test]
    fn directories_limit_and_widen() {
        let open = (0o755, 0, 0);
        check((0o600, 0, 0), [open, open], 0o600, &[]);
        check((0o644, 0, 0), [open, open], 0o644, &[]);
        check((0o644, 0, 0), [(0o700, 0, 0), open], 0o600, &["/a is 700 0:0"]);
        check((0o666, 0, 0), [open, (0o750, 0, 0)], 0o660, &["/a/b is 750 0:0"]);
        // The group of the directory is among the file's others.
        check((0o644, 0, 0), [open, (0o750, 0, 7)], 0o644, &[]);
        // A member of the group has the group's bits, even where others may do more.
        check((0o640, 0, 7), [open, (0o705, 0, 7)], 0o600, &["/a/b is 705 0:7"]);
        check((0o600, 5, 5), [(0o700, 0, 0), open], 0, &["/a is 700 0:0"]);
        check((0o600, 5, 5), [open, (0o700, 5, 5)], 0o600, &[]);
        check(
            (0o600, 0, 0),
            [open, (0o777, 0, 0)],
            0o622,
            &["/a/b is 777 0:0: everybody can replace what is in it"],
        );
        check((0o600, 0, 0), [(0o1777, 0, 0), open], 0o600, &[]);
        check(
            (0o600, 0, 0),
            [open, (0o775, 0, 7)],
            0o602,
            &["/a/b is 775 0:7: the group 7 can replace what is in it"],
        );
        check(
            (0o640, 0, 7),
            [open, (0o770, 0, 7)],
            0o660,
            &["/a/b is 770 0:7: the group 7 can replace what is in it"],
        );
        // Who cannot get to the writable directory cannot write in it.
        check((0o666, 0, 0), [(0o700, 0, 0), (0o777, 0, 0)], 0o600, &["/a is 700 0:0"]);
        check(
            (0o600, 0, 0),
            [(0o1755, 9, 0), open],
            0o600,
            &["/a is 1755 9:0: its owner 9 can replace what is in it"],
        );
        // Writing in a directory takes searching it too.
        check((0o600, 0, 0), [open, (0o752, 0, 0)], 0o600, &[]);
    }

    #[test]
    fn ancestors_are_those_of_the_tree_that_the_path_is_in() {
        let check = |path: &str, expected: &[&str]| assert_eq!(ancestors(path), expected, "{path}");
        check("/", &[]);
        check("/etc", &["/"]);
        check("/etc/kubernetes/", &["/", "/etc"]);
        check(
            "/etc/kubernetes/pki/ca.crt",
            &["/", "/etc", "/etc/kubernetes", "/etc/kubernetes/pki"],
        );
        check("/proc/7/root/etc/x", &["/proc/7/root", "/proc/7/root/etc"]);
        check("/proc/x/root/y", &["/", "/proc", "/proc/x", "/proc/x/root"]);
    }

    fn facts(kind: FileKind) -> impl Strategy<Value = File> {
        (0..0o10000u32, 0..3u32, 0..3u32)
            .prop_map(move |(mode, uid, gid)| entry(kind, mode, uid, gid))
    }

    proptest! {
        #[test]
        fn nobody_reads_more_than_the_own_mode_allows(
            file in facts(FileKind::Regular),
            above in prop::collection::vec(facts(FileKind::Directory), 0..4),
        ) {
            let above: Vec<_> = above.iter().map(|directory| ("/d", directory)).collect();
            let exposure = expose("/d/f", &file, &above);
            prop_assert_eq!(exposure.effective & READ & !file.mode, 0);
            // One more directory that everybody passes and only root writes changes nothing.
            let open = directory(0o755, 0, 0);
            let mut more = above.clone();
            more.push(("/d", &open));
            prop_assert_eq!(expose("/d/f", &file, &more).effective, exposure.effective);
        }

        #[test]
        fn a_sticky_directory_lets_no_stranger_replace(
            file in facts(FileKind::Regular),
            mut above in prop::collection::vec(facts(FileKind::Directory), 0..4),
        ) {
            for directory in &mut above {
                directory.mode |= 0o1000;
            }
            let above: Vec<_> = above.iter().map(|directory| ("/d", directory)).collect();
            let exposure = expose("/d/f", &file, &above);
            prop_assert_eq!(exposure.effective & WRITE & !file.mode, 0);
        }

        #[test]
        fn a_closed_root_directory_leaves_nothing_to_others(
            file in facts(FileKind::Regular),
            above in prop::collection::vec(facts(FileKind::Directory), 0..4),
        ) {
            let closed = directory(0o700, 0, file.gid);
            let mut all = vec![("/", &closed)];
            all.extend(above.iter().map(|directory| ("/d", directory)));
            prop_assert_eq!(expose("/d/f", &file, &all).effective & 0o066, 0);
        }

        #[test]
        fn ancestors_never_panic(path in "/[a-z0-9/.é]{0,30}") {
            for ancestor in ancestors(&path) {
                prop_assert!(path.starts_with(ancestor));
            }
        }
    }
}
