//! The operating system, the kernel, and what is mounted.

use std::collections::BTreeMap;

use merlon_snapshot::{Cause, CgroupVersion, Gap, Host, Mount, SecurityModules, Subject};

use crate::packages;
use crate::root::HostRoot;
use crate::trouble::Trouble;

/// A file that the kernel makes up is never longer than this, nor is `os-release`.
const LIMIT: usize = 1 << 20;

/// The kernel parameters that bear on the safety of a node.
const SYSCTLS: [&str; 30] = [
    "fs.protected_fifos",
    "fs.protected_hardlinks",
    "fs.protected_regular",
    "fs.protected_symlinks",
    "fs.suid_dumpable",
    "kernel.core_pattern",
    "kernel.dmesg_restrict",
    "kernel.kexec_load_disabled",
    "kernel.keys.root_maxbytes",
    "kernel.keys.root_maxkeys",
    "kernel.kptr_restrict",
    "kernel.panic",
    "kernel.panic_on_oops",
    "kernel.perf_event_paranoid",
    "kernel.randomize_va_space",
    "kernel.unprivileged_bpf_disabled",
    "kernel.unprivileged_userns_clone",
    "kernel.yama.ptrace_scope",
    "net.bridge.bridge-nf-call-iptables",
    "net.core.bpf_jit_harden",
    "net.ipv4.conf.all.accept_redirects",
    "net.ipv4.conf.all.accept_source_route",
    "net.ipv4.conf.all.route_localnet",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.all.send_redirects",
    "net.ipv4.ip_forward",
    "net.ipv4.tcp_syncookies",
    "user.max_user_namespaces",
    "vm.overcommit_memory",
    "vm.panic_on_oom",
];

/// Where the mounts are that bear on the safety of a node; control group mounts come on top.
const MOUNTS: [&str; 16] = [
    "/",
    "/boot",
    "/dev/shm",
    "/etc",
    "/etc/kubernetes",
    "/home",
    "/proc",
    "/tmp",
    "/usr",
    "/var",
    "/var/lib",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/log",
    "/var/tmp",
];

/// Looks at the host; what could not be seen is added to `gaps`.
pub(crate) fn host(root: &HostRoot, gaps: &mut Vec<Gap>) -> Host {
    let mut look = Look { root, gaps };
    let mut host = Host {
        os_release: look.os_release(),
        kernel: look.line("kernel release", "/proc/sys/kernel/osrelease"),
        sysctls: look.sysctls(),
        modules: look.modules(),
        packages: packages::packages(root, look.gaps),
        ..Host::default()
    };
    let mounts = look.mounts();
    host.cgroups = control_groups(&mounts);
    host.mounts = mounts;
    host.security_modules = look.security_modules();
    host
}

/// What a node is called that nothing names.
pub(crate) const UNNAMED: &str = "unnamed";

/// The node's name: what `/etc/hostname` says, or else the kernel.
pub(crate) fn name(root: &HostRoot, gaps: &mut Vec<Gap>) -> String {
    let mut look = Look { root, gaps };
    look.line("host name", "/etc/hostname")
        .or_else(|| look.line("host name", "/proc/sys/kernel/hostname"))
        .unwrap_or_else(|| UNNAMED.to_owned())
}

struct Look<'a> {
    root: &'a HostRoot,
    gaps: &'a mut Vec<Gap>,
}

impl Look<'_> {
    /// A text that is there or not; a gap when it could not be read.
    fn text(&mut self, part: &str, path: &str) -> Option<String> {
        self.noted(Subject::Host { part: part.to_owned() }, path)
    }

    fn noted(&mut self, subject: Subject, path: &str) -> Option<String> {
        match self.root.text(path, LIMIT) {
            Ok(text) => text,
            Err(trouble) => {
                self.gaps.push(trouble.at(subject));
                None
            }
        }
    }

    /// The first line that is neither empty nor a comment.
    fn line(&mut self, part: &str, path: &str) -> Option<String> {
        let text = self.text(part, path)?;
        text.lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
    }

    fn os_release(&mut self) -> BTreeMap<String, String> {
        self.text("os-release", "/etc/os-release")
            .or_else(|| self.text("os-release", "/usr/lib/os-release"))
            .map(|text| shell_assignments(&text))
            .unwrap_or_default()
    }

    fn sysctls(&mut self) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for name in SYSCTLS {
            let path = format!("/proc/sys/{}", name.replace('.', "/"));
            let subject = Subject::Sysctl { name: name.to_owned() };
            if let Some(value) = self.noted(subject, &path) {
                values.insert(name.to_owned(), value.trim().to_owned());
            }
        }
        values
    }

    fn modules(&mut self) -> Vec<String> {
        let text = self.text("kernel modules", "/proc/modules").unwrap_or_default();
        let mut modules: Vec<String> = text
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .map(str::to_owned)
            .collect();
        modules.sort_unstable();
        modules.dedup();
        modules
    }

    /// The mounts as the host's first process sees them; the collector may see others.
    fn mounts(&mut self) -> Vec<Mount> {
        match self.root.text("/proc/1/mountinfo", LIMIT) {
            Ok(Some(text)) => text.lines().filter_map(mount_of_mountinfo).filter(bears).collect(),
            Ok(None) => {
                let text = self.text("mounts", "/proc/mounts").unwrap_or_default();
                text.lines().filter_map(mount_of_mounts).filter(bears).collect()
            }
            Err(trouble) => {
                self.gaps.push(trouble.at(Subject::Host { part: "mounts".to_owned() }));
                Vec::new()
            }
        }
    }

    fn security_modules(&mut self) -> SecurityModules {
        let active: Vec<String> = self
            .line("security modules", "/sys/kernel/security/lsm")
            .map(|line| line.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        SecurityModules { apparmor: self.apparmor(), selinux: self.selinux(&active), active }
    }

    fn apparmor(&mut self) -> Option<bool> {
        let before = self.gaps.len();
        match self.text("AppArmor", "/sys/module/apparmor/parameters/enabled") {
            Some(text) => Some(text.trim() == "Y"),
            // Where the kernel lists its modules and this is none of them, it is not there.
            None if self.gaps.len() == before => {
                matches!(self.root.find("/sys/module"), Ok(Some(_))).then_some(false)
            }
            None => None,
        }
    }

    /// SELinux' mode; `active` are the modules the kernel lists, if it does.
    fn selinux(&mut self, active: &[String]) -> Option<String> {
        let before = self.gaps.len();
        let enforce = self.line("SELinux", "/sys/fs/selinux/enforce");
        if self.gaps.len() > before {
            return None;
        }
        let lists_it = active.iter().any(|module| module == "selinux");
        let mode = match enforce.as_deref() {
            Some("1") => "enforcing",
            Some("0") => "permissive",
            None if !active.is_empty() && !lists_it => "disabled",
            // Its file system need not be visible from here though it is active.
            None if active.is_empty() && self.is_selinux_off() => "disabled",
            None if active.is_empty() => return None,
            _ => {
                let detail = "/sys/fs/selinux/enforce does not tell though SELinux is active";
                let part = "SELinux".to_owned();
                self.gaps.push(Trouble::new(Cause::Other, detail).at(Subject::Host { part }));
                return None;
            }
        };
        Some(mode.to_owned())
    }

    fn is_selinux_off(&mut self) -> bool {
        self.text("SELinux", "/etc/selinux/config")
            .is_some_and(|text| text.lines().any(|line| line.trim() == "SELINUX=disabled"))
    }
}

/// The lines of `os-release`: `NAME=value`, `NAME="value"`.
fn shell_assignments(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let (name, value) = line.trim().split_once('=')?;
            let is_name =
                |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            (!name.is_empty() && name.bytes().all(is_name))
                .then(|| (name.to_owned(), unquoted(value)))
        })
        .collect()
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return match quote {
                '"' => inner.replace("\\\"", "\"").replace("\\$", "$").replace("\\\\", "\\"),
                _ => inner.to_owned(),
            };
        }
    }
    value.to_owned()
}

fn bears(mount: &Mount) -> bool {
    mount.kind.starts_with("cgroup") || MOUNTS.contains(&mount.target.as_str())
}

/// `36 35 98:0 /root /target rw,noatime shared:1 - ext4 /dev/sda1 rw,errors=continue`
fn mount_of_mountinfo(line: &str) -> Option<Mount> {
    let (mount, system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(4);
    let target = mount.next()?;
    let own = mount.next()?;
    let mut system = system.split(' ');
    let kind = system.next()?;
    let shared = system.nth(1).unwrap_or_default();
    // Whether it can be written is the mount's own affair.
    let shared = shared.split(',').filter(|option| !matches!(*option, "rw" | "ro"));
    Some(Mount {
        target: unescaped(target),
        kind: kind.to_owned(),
        options: options(own.split(',').chain(shared)),
    })
}

/// `/dev/sda1 /target ext4 rw,noatime 0 0`
fn mount_of_mounts(line: &str) -> Option<Mount> {
    let mut fields = line.split(' ').skip(1);
    Some(Mount {
        target: unescaped(fields.next()?),
        kind: fields.next()?.to_owned(),
        options: options(fields.next()?.split(',')),
    })
}

fn options<'a>(options: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut options: Vec<String> =
        options.filter(|option| !option.is_empty()).map(str::to_owned).collect();
    options.sort_unstable();
    options.dedup();
    options
}

/// The kernel writes blanks and backslashes in octal.
fn unescaped(path: &str) -> String {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

fn control_groups(mounts: &[Mount]) -> Option<CgroupVersion> {
    let has = |kind: &str| mounts.iter().any(|mount| mount.kind == kind);
    match (has("cgroup"), has("cgroup2")) {
        (true, true) => Some(CgroupVersion::Hybrid),
        (true, false) => Some(CgroupVersion::V1),
        (false, true) => Some(CgroupVersion::V2),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{mount_of_mountinfo, mount_of_mounts, shell_assignments};

    #[test]
    fn os_release_is_read() {
        let check = |text: &str, name: &str, expected: Option<&str>| {
            let fields = shell_assignments(text);
            assert_eq!(fields.get(name).map(String::as_str), expected, "{text:?}");
        };
        check("ID=ubuntu\n", "ID", Some("ubuntu"));
        check(
            "PRETTY_NAME=\"Ubuntu 24.04 \\\"x\\\"\"\n",
            "PRETTY_NAME",
            Some("Ubuntu 24.04 \"x\""),
        );
        check("ID='k'\n", "ID", Some("k"));
        check("# ID=x\n\nID\n=x\n", "ID", None);
    }

    #[test]
    fn mounts_are_read() {
        let check = |mount: Option<super::Mount>, expected: &str| {
            let shown = mount.map(|mount| {
                format!("{} {} {}", mount.target, mount.kind, mount.options.join(","))
            });
            assert_eq!(shown.unwrap_or_default(), expected);
        };
        check(
            mount_of_mountinfo("36 35 98:0 / /var ro,nosuid shared:1 master:2 - ext4 /dev/a rw,x"),
            "/var ext4 nosuid,ro,x",
        );
        check(mount_of_mountinfo("36 35 98:0 / /a\\040b rw - tmpfs t rw"), "/a b tmpfs rw");
        check(mount_of_mountinfo("36 35 98:0 /"), "");
        check(mount_of_mounts("/dev/a /tmp tmpfs rw,nodev 0 0"), "/tmp tmpfs nodev,rw");
        check(mount_of_mounts("/dev/a"), "");
    }
}
