//! The processes that belong to Kubernetes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use merlon_model::{Component, Version};
use merlon_snapshot::{Cause, Gap, Process, Subject};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::build_info;
use crate::recognise::{Recognition, base_name, recognise};
use crate::root::{HostRoot, READ, is_procfs, read_all};
use crate::secrets;
use crate::trouble::Trouble;

/// What the list of processes told.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    /// Those of Kubernetes, by process id.
    pub(crate) kubernetes: Vec<Process>,
    /// How many there were in all.
    pub(crate) count: u32,
    /// What could not be seen.
    pub(crate) gaps: Vec<Gap>,
}

/// Enough of the arguments to recognise a program by.
const FIRST_PAGE: usize = 4096;
/// More than the kernel lets a program have.
const ARGV_LIMIT: usize = 8 << 20;
const ARGUMENT_LIMIT: usize = 64 << 10;
const ARGUMENTS_LIMIT: usize = 16 << 10;
const ENVIRON_LIMIT: usize = 4 << 20;
const STATUS_LIMIT: usize = 64 << 10;

/// Looks at every process, and closely at those of Kubernetes.
///
/// Of the others only one page of arguments and the executable link are read. (The `procfs` library
/// is not used here: it reads and parses `stat` of every process before it can be asked anything.)
pub(crate) fn processes(root: &HostRoot) -> Processes {
    let mut seen = Processes::default();
    let (proc, ids) = match open(root) {
        Ok(opened) => opened,
        Err(trouble) => {
            seen.gaps.push(trouble.at(Subject::Processes));
            return seen;
        }
    };
    seen.count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    if is_procfs(proc.as_fd()) && ids.first() != Some(&1) {
        seen.gaps.push(
            Trouble::new(
                Cause::PermissionDenied,
                "the host's first process is not visible: /proc is mounted with hidepid, or belongs \
                 to another process namespace",
            )
            .at(Subject::Processes),
        );
    }
    let host_mounts = link(proc.as_fd(), "1/ns/mnt").ok();
    let mut page = vec![0; FIRST_PAGE];
    for pid in ids {
        match look(proc.as_fd(), pid, &mut page) {
            Ok(Some(recognised)) => {
                let scan =
                    Scan { root, proc: proc.as_fd(), pid, host_mounts: host_mounts.as_deref() };
                scan.process(recognised, &mut seen);
            }
            Ok(None) => {}
            // It ended, and nobody knows what it was.
            Err(trouble) if trouble.cause == Cause::Vanished => {}
            Err(trouble) => seen.gaps.push(trouble.at(part(pid, "argv"))),
        }
    }
    seen
}

fn open(root: &HostRoot) -> Result<(OwnedFd, Vec<u32>), Trouble> {
    let none = || Trouble::new(Cause::Unsupported, "there is no /proc");
    let proc = root.directory("/proc")?.ok_or_else(none)?;
    let mut ids = Vec::new();
    for entry in Dir::read_from(&proc)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name.first().is_some_and(|first| (b'1'..=b'9').contains(first))
            && let Some(pid) = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok())
        {
            ids.push(pid);
        }
    }
    if ids.is_empty() {
        return Err(Trouble::new(Cause::Unsupported, "/proc lists no process"));
    }
    ids.sort_unstable();
    Ok((proc, ids))
}

/// A process that belongs to Kubernetes.
struct Recognised {
    recognition: Recognition,
    executable: Result<String, Trouble>,
}

/// Recognises a process; `None` for those that have nothing to do with Kubernetes.
fn look(proc: BorrowedFd<'_>, pid: u32, page: &mut [u8]) -> Result<Option<Recognised>, Trouble> {
    let file = open_in(proc, &format!("{pid}/cmdline"))?;
    let length = read_retrying(&file, page)?;
    let argv = &page[..length];
    // Kernel threads and the dead have none.
    if argv.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let executable = link(proc, &format!("{pid}/exe"));
    let argv = argv
        .split(|byte| *byte == 0)
        .map(|argument| std::str::from_utf8(argument).unwrap_or_default());
    let recognition = recognise(executable.as_deref().ok(), argv);
    Ok(recognition.is_kubernetes().then_some(Recognised { recognition, executable }))
}

fn read_retrying(file: &OwnedFd, page: &mut [u8]) -> Result<usize, Trouble> {
    Ok(rustix::io::retry_on_intr(|| rustix::io::read(file, &mut *page))?)
}

/// Opens a file of a process, which is never a link, device or pipe.
fn open_in(proc: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Trouble> {
    let file = rustix::fs::openat(proc, path, READ | OFlags::NOFOLLOW, Mode::empty())?;
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
    if kind != FileType::RegularFile {
        return Err(Trouble::new(Cause::WrongKind, "not a regular file"));
    }
    Ok(file)
}

fn read_in(proc: BorrowedFd<'_>, path: &str, limit: usize) -> Result<Vec<u8>, Trouble> {
    read_all(open_in(proc, path)?.into(), 0, limit)
}

fn link(proc: BorrowedFd<'_>, path: &str) -> Result<String, Trouble> {
    let target = rustix::fs::readlinkat(proc, path, Vec::new())?;
    target.into_string().map_err(|_| Trouble::new(Cause::NotUtf8, "the link's target"))
}

fn part(pid: u32, part: &str) -> Subject {
    Subject::Process { pid, part: part.to_owned() }
}

/// One process of Kubernetes.
struct Scan<'a> {
    root: &'a HostRoot,
    proc: BorrowedFd<'a>,
    pid: u32,
    host_mounts: Option<&'a str>,
}

impl Scan<'_> {
    fn process(&self, recognised: Recognised, seen: &mut Processes) {
        let Recognised { recognition, executable } = recognised;
        let gaps = &mut seen.gaps;
        let Some(argv) = self.noted("argv", self.argv(gaps), gaps) else {
            return;
        };
        let executable = self.noted("executable", executable, gaps).map(|path| {
            match path.strip_suffix(" (deleted)") {
                Some(path) => path.to_owned(),
                None => path,
            }
        });
        let status = self.noted("status", self.status(), gaps).unwrap_or_default();
        let cgroup = self.noted("control group", self.cgroup(), gaps).flatten();
        let environment = match recognition.component {
            Some(_) => self.environ("environment", gaps),
            None => Vec::new(),
        };
        let build_version = match executable {
            Some(_) => self
                .noted("build information", self.build_version(recognition.component), gaps)
                .flatten(),
            None => None,
        };
        let name = executable
            .as_deref()
            .or(argv.first().map(String::as_str))
            .map(base_name)
            .unwrap_or_default()
            .to_owned();
        seen.kubernetes.push(Process {
            pid: self.pid,
            parent: status.parent,
            name,
            component: recognition.component,
            argv: secrets::hide_in_argv(&argv),
            uid: status.uid,
            cgroup,
            environment: secrets::allowed(&environment),
            own_mounts: self.own_mounts(gaps),
            build_version,
            executable,
        });
    }

    /// The value, or a gap; a file that a recorded process does not have is no gap.
    fn noted<T>(&self, what: &str, result: Result<T, Trouble>, gaps: &mut Vec<Gap>) -> Option<T> {
        result.map_err(|trouble| gaps.push(trouble.at(part(self.pid, what)))).ok()
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.pid)
    }

    fn argv(&self, gaps: &mut Vec<Gap>) -> Result<Vec<String>, Trouble> {
        let bytes = read_in(self.proc, &self.path("cmdline"), ARGV_LIMIT)?;
        let mut bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
        // A title leaves the room behind it empty.
        if bytes.contains(&b' ')
            && bytes
                .iter()
                .position(|byte| *byte == 0)
                .is_some_and(|end| bytes[end..].iter().all(|byte| *byte == 0))
        {
            bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        }
        let mut argv = Vec::new();
        let mut note = |cause, detail: String| {
            gaps.push(Trouble::new(cause, detail).at(part(self.pid, "argv")));
        };
        for argument in bytes.split(|byte| *byte == 0) {
            let number = argv.len();
            if number == ARGUMENTS_LIMIT {
                note(Cause::TooLarge, format!("more than {ARGUMENTS_LIMIT} arguments"));
                break;
            }
            let kept = &argument[..argument.len().min(ARGUMENT_LIMIT)];
            if kept.len() < argument.len() {
                let detail = format!("argument {number} has more than {ARGUMENT_LIMIT} bytes");
                note(Cause::TooLarge, detail);
            }
            let text = String::from_utf8_lossy(kept);
            // A character that was cut in two is not the process's fault.
            if kept.len() == argument.len() && matches!(text, std::borrow::Cow::Owned(_)) {
                note(Cause::NotUtf8, format!("argument {number}"));
            }
            argv.push(text.into_owned());
        }
        Ok(argv)
    }

    fn status(&self) -> Result<Status, Trouble> {
        let bytes = read_in(self.proc, &self.path("status"), STATUS_LIMIT)?;
        Ok(Status::parse(&String::from_utf8_lossy(&bytes)))
    }

    fn cgroup(&self) -> Result<Option<String>, Trouble> {
        match read_in(self.proc, &self.path("cgroup"), STATUS_LIMIT) {
            Ok(bytes) => Ok(control_group(&String::from_utf8_lossy(&bytes))),
            Err(trouble) => self.absent_or(trouble),
        }
    }

    fn environ(&self, what: &str, gaps: &mut Vec<Gap>) -> Vec<u8> {
        let read = match read_in(self.proc, &self.path("environ"), ENVIRON_LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(trouble) => self.absent_or(trouble),
        };
        self.noted(what, read, gaps).flatten().unwrap_or_default()
    }

    /// A file that is missing though its process is there: the kernel has none, or the recording.
    fn absent_or<T>(&self, trouble: Trouble) -> Result<Option<T>, Trouble> {
        let process = self.pid.to_string();
        let lives = rustix::fs::statat(self.proc, process, AtFlags::SYMLINK_NOFOLLOW).is_ok();
        if trouble.cause == Cause::Vanished && lives {
            return Ok(None);
        }
        Err(trouble)
    }

    fn own_mounts(&self, gaps: &mut Vec<Gap>) -> Option<bool> {
        let host = self.host_mounts?;
        match link(self.proc, &self.path("ns/mnt")) {
            Ok(own) => Some(own != host),
            Err(trouble) => {
                gaps.push(trouble.at(part(self.pid, "mount namespace")));
                None
            }
        }
    }

    fn build_version(&self, component: Option<Component>) -> Result<Option<Version>, Trouble> {
        let executable = match self.root.process_link(self.pid, "exe", READ) {
            Err(Errno::NOENT) => return Ok(None),
            other => std::fs::File::from(other?),
        };
        if !executable.metadata()?.is_file() {
            return Err(Trouble::new(Cause::WrongKind, "not a regular file"));
        }
        Ok(build_info::read(executable)?.and_then(|info| build_info::version(&info, component)))
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    parent: u32,
    uid: Option<u32>,
}

impl Status {
    fn parse(text: &str) -> Self {
        let field = |name: &str, place: usize| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .and_then(|values| values.split_whitespace().nth(place)?.parse().ok())
        };
        Self {
            parent: field("PPid", 0).unwrap_or_default(),
            // Real, effective, saved, file system.
            uid: field("Uid", 1),
        }
    }
}

/// The unified hierarchy's path, or on version 1 systemd's, or the first there is.
fn control_group(text: &str) -> Option<String> {
    let groups: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            path.starts_with('/').then_some((controllers, path))
        })
        .collect();
    let of = |wanted: &str| groups.iter().find(|(controllers, _)| *controllers == wanted);
    of("")
        .filter(|(_, path)| *path != "/" || groups.len() == 1)
        .or_else(|| of("name=systemd"))
        .or_else(|| groups.first())
        .map(|(_, path)| (*path).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Status, control_group};

    #[test]
    fn control_groups_are_read() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(control_group(text).as_deref(), expected, "{text:?}");
        };
        check("0::/system.slice/kubelet.service\n", Some("/system.slice/kubelet.service"));
        check("0::/\n", Some("/"));
        check("1:name=systemd:/a\n0::/\n", Some("/a"));
        check("12:cpu,cpuacct:/b\n1:name=systemd:/a\n", Some("/a"));
        check("12:cpu,cpuacct:/b:c\n", Some("/b:c"));
        check("0::", None);
        check("", None);
    }

    #[test]
    fn status_is_read() {
        let check = |text: &str, parent, uid| {
            assert_eq!(Status::parse(text), Status { parent, uid }, "{text:?}");
        };
        check("Name:\tetcd\nPPid:\t7\nUid:\t1\t2\t3\t4\n", 7, Some(2));
        check("Uid:\t0\n", 0, None);
        check("", 0, None);
    }
}
