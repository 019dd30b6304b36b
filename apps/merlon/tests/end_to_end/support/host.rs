//! Host roots from a few lines of text.
//!
//! ```text
//! # a remark
//! process 812 /usr/bin/kubelet@v1.31.2 --config=/k.yaml   arguments are parted by blanks
//! title 900 /usr/local/bin/k3s@v1.31.2+k3s1 k3s server    one text in place of arguments
//! env ETCD_CLIENT_CERT_AUTH=true             of the process before
//! unit kubelet.service                       that started the process before
//! container                                  the process before has mounts of its own
//! user 1001                                  that the process before runs as
//! file /etc/os-release 0644 0:0              the indented lines are its content
//!   ID=ubuntu
//! dir /var/lib/etcd 0700 0:0
//! link /etc/a /srv/a
//! fifo /etc/b
//! certificate /pki/ca.crt 0644 0:0 kubernetes-ca         self-signed, for a year from now
//! sysctl vm.overcommit_memory=1
//! listen 127.0.0.1:10248 812                 TCP over IPv4, held by the process
//! ```
//!
//! A process's executable is written where it says, with the release that it says. Every host has
//! the first process, a host name, accounts, and a kernel; directories above what is there are
//! `0755 0:0`.

use std::fs;
use std::net::SocketAddrV4;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::executable;

/// A root directory of a host, removed when it goes out of use.
pub(crate) struct Host {
    directory: TempDir,
    process: u32,
    sockets: Vec<String>,
}

/// Whether the tests may give files away; without, who owns them cannot be set and not be judged.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Host {
    /// A host with nothing but its first process.
    pub(crate) fn bare() -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(directory.path(), open).expect("one's own directory");
        let mut host = Self { directory, process: 0, sockets: Vec::new() };
        host.add(include_str!("bare.host"));
        host
    }

    /// The host of that name in `tests/hosts`.
    #[track_caller]
    pub(crate) fn named(name: &str) -> Self {
        let mut host = Self::bare();
        host.add(&data(&format!("{name}.host")));
        host
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// Where a path of the host is.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    /// Adds what lines of text say.
    #[track_caller]
    pub(crate) fn add(&mut self, text: &str) {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let mut content = String::new();
            while let Some(indented) = lines.next_if(|next| next.starts_with("  ")) {
                content.push_str(&indented[2..]);
                content.push('\n');
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some((verb, words)) =
                words.split_first().filter(|(verb, _)| !verb.starts_with('#'))
            else {
                continue;
            };
            self.line(verb, words, &content).unwrap_or_else(|| panic!("not understood: {line}"));
        }
    }

    fn line(&mut self, verb: &str, words: &[&str], content: &str) -> Option<()> {
        match (verb, words) {
            ("process", [pid, program, arguments @ ..]) => {
                let argv = [&[before_release(program)], arguments].concat();
                self.process(pid.parse().ok()?, program, &argv.join("\0"));
            }
            ("title", [pid, program, title @ ..]) => {
                self.process(pid.parse().ok()?, program, &title.join(" "));
            }
            ("env", [variable]) => {
                let path = self.of_process("environ");
                let mut environment = fs::read_to_string(&path).ok()?;
                environment.push_str(&format!("{variable}\0"));
                fs::write(path, environment).ok()?;
            }
            ("unit", [unit]) => {
                let control_group = format!("0::/system.slice/{unit}\n");
                fs::write(self.of_process("cgroup"), control_group).ok()?;
            }
            ("container", []) => {
                let namespace = self.of_process("ns/mnt");
                fs::remove_file(&namespace).ok()?;
                symlink(format!("mnt:[40265{:05}]", self.process), namespace).ok()?;
            }
            ("user", [id]) => {
                let status = status(self.process, id.parse().ok()?);
                fs::write(self.of_process("status"), status).ok()?;
            }
            ("file", [path, mode, owner]) => self.file(path, mode, owner, content)?,
            ("dir", [path, mode, owner]) => {
                fs::create_dir_all(self.path(path)).ok()?;
                self.owned(path, mode, owner)?;
            }
            ("link", [path, target]) => symlink(target, self.made(path)).ok()?,
            ("fifo", [path]) => {
                let mode = rustix::fs::Mode::from_raw_mode(0o644);
                let kind = rustix::fs::FileType::Fifo;
                rustix::fs::mknodat(rustix::fs::CWD, self.made(path), kind, mode, 0).ok()?;
            }
            ("certificate", [path, mode, owner, name]) => {
                self.file(path, mode, owner, &certificate(name)?)?;
            }
            ("sysctl", [parameter]) => {
                let (name, value) = parameter.split_once('=')?;
                let path = self.made(&format!("/proc/sys/{}", name.replace('.', "/")));
                fs::write(path, format!("{value}\n")).ok()?;
            }
            ("listen", [address, pid]) => self.listen(address.parse().ok()?, pid)?,
            _ => return None,
        }
        Some(())
    }

    fn process(&mut self, pid: u32, program: &str, argv: &str) {
        self.process = pid;
        let write = |name: &str, text: &str| {
            fs::write(self.made(&format!("/proc/{pid}/{name}")), text).expect("room");
        };
        write("cmdline", &format!("{argv}\0"));
        write("status", &status(pid, 0));
        write("cgroup", "0::/\n");
        write("environ", "PATH=/usr/sbin:/usr/bin\0");
        let path = before_release(program);
        let links = [("exe", path), ("ns/mnt", "mnt:[4026531841]")];
        for (name, target) in links {
            symlink(target, self.made(&format!("/proc/{pid}/{name}"))).expect("nothing there yet");
        }
        if let Some((_, release)) = program.split_once('@') {
            let name = path.rsplit('/').next().unwrap_or_default();
            fs::write(self.made(path), executable::of_release(name, release)).expect("room");
        }
    }

    fn of_process(&self, name: &str) -> PathBuf {
        self.path(&format!("/proc/{}/{name}", self.process))
    }

    fn file(&self, path: &str, mode: &str, owner: &str, content: &str) -> Option<()> {
        fs::write(self.made(path), content).ok()?;
        self.owned(path, mode, owner)
    }

    fn owned(&self, path: &str, mode: &str, owner: &str) -> Option<()> {
        let (user, group) = owner.split_once(':')?;
        let path = self.path(path);
        if is_root() {
            chown(&path, Some(user.parse().ok()?), Some(group.parse().ok()?)).ok()?;
        }
        let mode = u32::from_str_radix(mode, 8).ok()?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).ok()
    }

    fn made(&self, path: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("room");
        path
    }

    /// A row of the kernel's table, and the descriptor that holds the socket.
    fn listen(&mut self, address: SocketAddrV4, pid: &str) -> Option<()> {
        let inode = 40_000 + self.sockets.len();
        let word = u32::from_ne_bytes(address.ip().octets());
        let number = self.sockets.len();
        self.sockets.push(format!(
            "{number:4}: {word:08X}:{:04X} 00000000:0000 0A 00000000:00000000 00:00000000 \
             00000000     0        0 {inode} 1 0000000000000000 100 0 0 10 0",
            address.port()
        ));
        let header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when";
        let table = format!("{header}\n{}\n", self.sockets.join("\n"));
        fs::write(self.made("/proc/1/net/tcp"), table).ok()?;
        let descriptor = self.made(&format!("/proc/{pid}/fd/{number}"));
        symlink(format!("socket:[{inode}]"), descriptor).ok()
    }
}

/// The text of a file in `tests/hosts`.
#[track_caller]
pub(crate) fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn before_release(program: &str) -> &str {
    program.split('@').next().unwrap_or(program)
}

fn status(pid: u32, user: u32) -> String {
    format!("Name:\tx\nPid:\t{pid}\nPPid:\t1\nUid:\t{user}\t{user}\t{user}\t{user}\n")
}

fn certificate(name: &str) -> Option<String> {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    let now = std::time::SystemTime::now();
    let day = std::time::Duration::from_secs(86_400);
    parameters.not_before = (now - day).into();
    parameters.not_after = (now + 365 * day).into();
    let key = rcgen::KeyPair::generate().ok()?;
    Some(parameters.self_signed(&key).ok()?.pem())
}
